"""The server's side of XEP-0114 in a few lines: what a test writes goes out as it is, what comes in is kept."""

import asyncio
import hashlib
from collections.abc import Callable
from types import TracebackType
from typing import Self

HEADER = (
    "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' "
    "xmlns:stream='http://etherx.jabber.org/streams' from='filter.example.org' id='s1'>"
)
SECRET = "secret"
DIGEST = hashlib.sha1(f"s1{SECRET}".encode()).hexdigest()
NOT_AUTHORIZED = (
    "<stream:error><not-authorized xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>"
)
WITHIN = 10.0
"""Seconds that anything may take before a test gives up."""


class Connection(asyncio.Protocol):
    """One component's connection."""

    def __init__(self, accepted: Callable[["Connection"], None], *, greets: bool) -> None:
        self._accepted = accepted
        self._greets = greets
        self._changed = asyncio.Event()
        self._tail = b""
        self.received = bytearray()
        self.stanzas = 0
        """Messages that have come back, whole."""
        self.lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        if not self._greets:
            self._accepted(self)

    def data_received(self, data: bytes) -> None:
        self.received += data
        self.stanzas += (self._tail + data).count(b"</message>")
        self._tail = (self._tail + data)[1 - len(b"</message>") :]
        if self._greets and b"</handshake>" in self.received:
            self._greets = False
            right = DIGEST.encode() in self.received
            self.received.clear()
            self.send("<handshake/>" if right else NOT_AUTHORIZED)
            if right:
                self._accepted(self)
            else:
                self.transport.close()
        elif self._greets and b"<stream:stream" in self.received and b"<handshake" not in self.received:
            self.send(HEADER)
        self._changed.set()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's
        self.lost = True
        self._changed.set()

    def send(self, xml: str | bytes) -> None:
        self.transport.write(xml.encode() if isinstance(xml, str) else xml)

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait until *true* of what was received."""
        async with asyncio.timeout(WITHIN):
            while not true():
                self._changed.clear()
                await self._changed.wait()

    async def get(self, needle: bytes) -> bytes:
        """Wait for *needle*; return everything up to its end, and forget that."""
        await self.until(lambda: needle in self.received)
        end = self.received.index(needle) + len(needle)
        got = bytes(self.received[:end])
        del self.received[:end]
        return got

    async def end(self) -> None:
        """Wait until the component is gone."""
        await self.until(lambda: self.lost)


class FakeServer:
    """Listens on a port of its own on the loopback interface while its context lasts."""

    def __init__(self, *, greets: bool = True) -> None:
        self._greets = greets
        self._accepted: asyncio.Queue[Connection] = asyncio.Queue()
        self.connections: list[Connection] = []
        self.port = 0

    async def __aenter__(self) -> Self:
        await self.listen()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    async def listen(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._new, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    def stop(self) -> None:
        """Stop listening, and cut every connection."""
        self._server.close()
        for connection in self.connections:
            if not connection.lost:
                connection.transport.abort()

    def _new(self) -> Connection:
        connection = Connection(self._accepted.put_nowait, greets=self._greets)
        self.connections.append(connection)
        return connection

    async def accept(self) -> Connection:
        """Wait for the next component whose handshake was right (or, without greeting, for any)."""
        return await asyncio.wait_for(self._accepted.get(), WITHIN)
