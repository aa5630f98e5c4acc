"""A foreign server that costs next to nothing: it sends what was made before, over s2s, as strangers' mail comes.

It proves its name by dialback (XEP-0220), without TLS: encryption would cost the server under test the same with a
filter and without, and hide part of the difference.
"""

import asyncio
import re
from typing import Self

STRANGERS = "strangers.example"
"""Where harmless strangers live."""
LISTED = "listed.example"
"""A domain that stands on the blocklists of the filters that have one."""
WITHIN = 30.0
"""Seconds that anything may take."""

_HEADER = (
    "<?xml version='1.0'?><stream:stream xmlns='jabber:server' xmlns:db='jabber:server:dialback'"
    " xmlns:stream='http://etherx.jabber.org/streams' version='1.0' {}>"
)
_FEATURES = "<stream:features><dialback xmlns='urn:xmpp:features:dialback'/></stream:features>"
_KEY = re.compile(rb"<db:(result|verify)([^>]*)>[^<]*</db:\1>")
_ATTRIBUTE = re.compile(rb"\s(from|to|id)=(?:'([^']*)'|\"([^\"]*)\")")


class _Protocol(asyncio.Protocol):
    """Keeps what it was sent, and lets others wait for it."""

    def __init__(self) -> None:
        self.received = bytearray()
        self._changed = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.received += data
        self._changed.set()

    async def until(self, wanted: bytes) -> None:
        """Wait until *wanted* has come; raises TimeoutError with what came instead."""
        try:
            async with asyncio.timeout(WITHIN):
                while wanted not in self.received:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise TimeoutError(
                f"wanted {wanted!r} within {WITHIN:g} s, found {bytes(self.received[-500:])!r}"
            ) from None


class _Confirming(_Protocol):
    """A connection from the server under test: every key is said to be right."""

    def __init__(self) -> None:
        super().__init__()
        self._opened = False

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if not self._opened and b"<stream:stream" in self.received:
            self._opened = True
            self.transport.write((_HEADER.format("id='authority'") + _FEATURES).encode())
        for kind, attributes in _KEY.findall(self.received):
            self.transport.write(_confirmation(kind, attributes))
        self.received = bytearray(_KEY.sub(b"", self.received))


def _confirmation(kind: bytes, attributes: bytes) -> bytes:
    """Answer `<db:result/>` or `<db:verify/>` (XEP-0220 2.1.2 and 2.2.2)."""
    found = {name: one or other for name, one, other in _ATTRIBUTE.findall(attributes)}
    ident = b" id='%b'" % found[b"id"] if b"id" in found else b""
    return b"<db:%b from='%b' to='%b'%b type='valid'/>" % (kind, found[b"to"], found[b"from"], ident)


class Authority:
    """Where the server under test asks whether a key is right, and where its errors to strangers arrive."""

    def __init__(self) -> None:
        self.port = 0
        self._server: asyncio.Server | None = None
        self._connections: list[_Confirming] = []

    async def __aenter__(self) -> Self:
        self._server = await asyncio.get_running_loop().create_server(self._connect, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for connection in self._connections:
            connection.transport.abort()

    def _connect(self) -> _Confirming:
        self._connections.append(_Confirming())
        return self._connections[-1]

    def was_refused(self, ident: str) -> bool:
        """Whether an error to the stanza of this id has come back."""
        wanted = ident.encode()
        return any(wanted in connection.received for connection in self._connections)


class Strangers(_Protocol):
    """The connection of one foreign domain to the server under test."""

    @classmethod
    async def connect(cls, domain: str, host: str, port: int) -> Self:
        """Connect to the server of *host*, and return when it believes that this is *domain*."""
        _, self = await asyncio.get_running_loop().create_connection(cls, "127.0.0.1", port)
        addresses = f"from='{domain}' to='{host}'"
        self.send(_HEADER.format(addresses).encode())
        await self.until(b"</stream:features>")
        self.send(f"<db:result {addresses}>0123456789abcdef</db:result>".encode())
        await self.until(b"valid")
        if b"invalid" in self.received:
            raise RuntimeError(f"the server does not believe {domain}: {bytes(self.received)!r}")
        self.received.clear()
        return self

    def send(self, data: bytes) -> None:
        self.transport.write(data)

    def abort(self) -> None:
        self.transport.abort()
