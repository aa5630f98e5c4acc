"""A DNS server that knows where the test's own XMPP servers are, so that they find each other by s2s.

Prosody asks it when `unbound` is set to `resolver_options(port)` and Debian's `lua-unbound` is installed.
"""

import asyncio
import struct
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, cast

_A, _SRV = 1, 33
_IN = 1
_HEADER = struct.Struct("!6H")
_QUESTION = struct.Struct("!2H")
_RECORD = struct.Struct("!3HIH")
_NAME_OF_THE_QUESTION = 0xC00C  # a pointer to the first name of the packet (RFC 1035 4.1.4)
_ANSWER_FLAGS = 0x8580  # a response, authoritative, recursion desired and available
_NXDOMAIN = 3
_SERVICE = "_xmpp-server._tcp."
_LOOPBACK = bytes([127, 0, 0, 1])


class _Responder(asyncio.DatagramProtocol):
    def __init__(self, servers: Mapping[str, int]) -> None:
        self._servers = servers
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        assert self._transport is not None
        self._transport.sendto(_answer(data, self._servers), addr)


def _answer(query: bytes, servers: Mapping[str, int]) -> bytes:
    ident = _HEADER.unpack_from(query)[0]
    name, end = _read_name(query, _HEADER.size)
    kind, _ = _QUESTION.unpack_from(query, end)
    question = query[_HEADER.size : end + _QUESTION.size]
    domain = name.removeprefix(_SERVICE)
    known = domain in servers
    data = b""
    if known and kind == _SRV and name.startswith(_SERVICE):
        data = struct.pack("!3H", 0, 0, servers[domain]) + _write_name(domain)
    elif known and kind == _A and name == domain:
        data = _LOOPBACK
    record = _RECORD.pack(_NAME_OF_THE_QUESTION, kind, _IN, 60, len(data)) + data if data else b""
    flags = _ANSWER_FLAGS | (0 if known else _NXDOMAIN)
    return _HEADER.pack(ident, flags, 1, 1 if data else 0, 0, 0) + question + record


def _read_name(packet: bytes, offset: int) -> tuple[str, int]:
    labels = []
    while length := packet[offset]:
        labels.append(packet[offset + 1 : offset + 1 + length].decode("ascii").lower())
        offset += 1 + length
    return ".".join(labels), offset + 1


def _write_name(name: str) -> bytes:
    return b"".join(bytes([len(label)]) + label.encode("ascii") for label in name.split(".")) + b"\0"


@asynccontextmanager
async def responder(port: int, servers: Mapping[str, int]) -> AsyncIterator[None]:
    """Answer on 127.0.0.1:*port* (UDP) where each domain of *servers* takes s2s connections."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: _Responder(servers), ("127.0.0.1", port))
    try:
        yield
    finally:
        transport.close()


def resolver_options(port: int) -> dict[str, Any]:
    """Return Prosody's `unbound` setting for asking *port* alone."""
    return {
        "resolvconf": False,
        "hoststxt": False,
        "forward": [f"127.0.0.1@{port}"],
        "options": {"do-not-query-localhost:": "no"},
    }
