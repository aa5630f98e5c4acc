"""A name server that knows SRV records of local servers, and that nothing else exists.

ejabberd asks Erlang's resolver for SRV records alone; addresses come from the system, which knows localhost.
"""

import socket
import struct
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Self

_SRV = 33
_ANSWER = 0x8580  # response, authoritative, recursion available
_NO_SUCH_NAME = 3
_POINTER_TO_QUESTION = 0xC00C


class NameServer:
    """`_xmpp-server._tcp.DOMAIN` leads to localhost and a port (RFC 2782); a context manager that listens on UDP."""

    def __init__(self, ports: Mapping[str, int]) -> None:
        self._records = {f"_xmpp-server._tcp.{domain}": port for domain, port in ports.items()}
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, name="name server")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", ("127.0.0.1", self.port))  # an empty datagram ends the thread
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while True:
            query, sender = self._socket.recvfrom(1500)
            if not query:
                return
            self._socket.sendto(self._answer(query), sender)

    def _answer(self, query: bytes) -> bytes:
        labels = []
        at = 12
        while length := query[at]:
            labels.append(query[at + 1 : at + 1 + length].decode())
            at += 1 + length
        question = query[12 : at + 5]
        (kind,) = struct.unpack_from("!H", query, at + 1)
        port = self._records.get(".".join(labels).lower()) if kind == _SRV else None
        if port is None:
            return query[:2] + struct.pack("!5H", _ANSWER | _NO_SUCH_NAME, 1, 0, 0, 0) + question
        data = struct.pack("!3H", 0, 0, port) + b"\x09localhost\x00"
        record = struct.pack("!3HIH", _POINTER_TO_QUESTION, _SRV, 1, 1, len(data)) + data
        return query[:2] + struct.pack("!5H", _ANSWER, 1, 1, 0, 0) + question + record
