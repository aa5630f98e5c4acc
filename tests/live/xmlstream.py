"""What a raw XMPP client and a raw component have in common: one stream, its stanzas as elements and as bytes."""
# ruff: noqa: ASYNC109 -- how long a test waits is a parameter; `asyncio.timeout` does the waiting

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self, cast
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

STREAMS = "http://etherx.jabber.org/streams"
_ROOT_DEPTH = 1


@dataclass(frozen=True, slots=True, eq=False)
class Received:
    """A first-level element of the stream, `{namespace}name` as in ElementTree, and its bytes as they came."""

    element: Element
    raw: bytes = field(repr=False)

    @property
    def name(self) -> str:
        """The element's name without its namespace."""
        return self.element.tag.rpartition("}")[2]

    def get(self, attribute: str) -> str | None:
        return self.element.get(attribute)

    def child(self, name: str, namespace: str | None = None) -> Element | None:
        """Return the first direct child; without *namespace*, in the namespace of the stanza itself."""
        if namespace is None:
            namespace = self.element.tag[1:].partition("}")[0]
        return self.element.find(f"{{{namespace}}}{name}")

    @property
    def body(self) -> str | None:
        found = self.child("body")
        return None if found is None else found.text


class StreamClosedError(ConnectionError):
    """The other side ended the stream while something was still expected of it."""


class XmlStream(asyncio.Protocol):
    """A stream over plain TCP. Nothing is answered by itself; subclasses and tests do that."""

    content_namespace = "jabber:client"

    def __init__(self) -> None:
        self.inbox: list[Received] = []
        self.header: dict[str, str] = {}
        self.stream_error: Element | None = None
        self.closed = False
        self._transport: asyncio.Transport | None = None
        self._changed = asyncio.Event()
        self._restart_parser()

    @classmethod
    async def _open(cls, stream: Self, host: str, port: int) -> Self:
        await asyncio.get_running_loop().create_connection(lambda: stream, host, port)
        return stream

    # --- sending

    def send(self, xml: str | bytes) -> None:
        """Send bytes as they are: well-formedness is the caller's affair."""
        if self._transport is None or self.closed:
            raise StreamClosedError(self._describe("the stream is closed"))
        self._transport.write(xml.encode() if isinstance(xml, str) else xml)

    def open_stream(self, to: str) -> None:
        self._restart_parser()
        self.send(
            f"<?xml version='1.0'?><stream:stream xmlns:stream='{STREAMS}' xmlns='{self.content_namespace}'"
            f" to='{to}' version='1.0'>"
        )

    def pause(self) -> None:
        """Stop reading: the peer's bytes stay in the kernel, as with a process that hangs."""
        if self._transport is not None:
            self._transport.pause_reading()

    def resume(self) -> None:
        if self._transport is not None:
            self._transport.resume_reading()

    def abort(self) -> None:
        """Drop the connection with nothing said, as when the process is killed."""
        if self._transport is not None:
            self._transport.abort()

    async def close(self) -> None:
        """End the stream in good order."""
        if not self.closed:
            self.send("</stream:stream>")
            await self.until(lambda: self.closed, "closed stream")

    # --- receiving

    async def until(self, condition: Callable[[], bool], what: str, timeout: float = 10) -> None:
        """Wait for *condition()*, looked at whenever something arrives; TimeoutError says what came instead."""
        try:
            async with asyncio.timeout(timeout):
                while not condition():
                    if self.closed:
                        raise StreamClosedError(self._describe(f"the stream ended while waiting for {what}"))
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise TimeoutError(self._describe(f"no {what} within {timeout:g} s")) from None

    async def take(self, wanted: Callable[[Received], bool], what: str = "stanza", timeout: float = 10) -> Received:
        """Wait for the first stanza that is *wanted*, take it out of the inbox, and return it."""
        await self.until(lambda: any(map(wanted, self.inbox)), what, timeout)
        found = next(filter(wanted, self.inbox))
        self.inbox.remove(found)
        return found

    def arrived(self, stanza: Received) -> None:
        """Keep a stanza; a subclass may act on it first."""
        self.inbox.append(stanza)

    # --- asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        try:
            self._parser.Parse(data, False)
        finally:
            self._changed.set()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self.closed = True
        self._changed.set()

    # --- parsing

    def _restart_parser(self) -> None:
        self._parser = expat.ParserCreate(namespace_separator="}")
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._buffer = b""
        self._dropped = 0  # bytes of this stream that are no longer in the buffer
        self._depth = 0
        self._start_index = 0
        self._builder = TreeBuilder()

    @staticmethod
    def _clark(name: str) -> str:
        return "{" + name if "}" in name else name

    def _start(self, name: str, attributes: dict[str, Any]) -> None:
        if self._depth == 0:
            self.header = dict(attributes)
        else:
            if self._depth == _ROOT_DEPTH:
                self._builder = TreeBuilder()
                self._start_index = self._parser.CurrentByteIndex
            self._builder.start(self._clark(name), {self._clark(key): value for key, value in attributes.items()})
        self._depth += 1

    def _text(self, text: str) -> None:
        if self._depth > _ROOT_DEPTH:
            self._builder.data(text)

    def _end(self, name: str) -> None:
        self._depth -= 1
        if self._depth == 0:
            self._other_side_closed()
            return
        self._builder.end(self._clark(name))
        if self._depth == _ROOT_DEPTH:
            self._finish(self._builder.close())

    def _finish(self, element: Element) -> None:
        start = self._start_index - self._dropped
        end = self._parser.CurrentByteIndex - self._dropped
        if end == start:  # an empty element: expat stands at its beginning
            end = self._buffer.index(b"/>", start) + 2
        elif self._buffer.startswith(b"</", end):
            end = self._buffer.index(b">", end) + 1
        raw = self._buffer[start:end]
        self._buffer = self._buffer[end:]
        self._dropped += end
        if element.tag == f"{{{STREAMS}}}error":
            self.stream_error = element
            return
        self.arrived(Received(element, raw))

    def _other_side_closed(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(b"</stream:stream>")
            self._transport.close()

    def _describe(self, what: str) -> str:
        unread = "".join(f"\n  {stanza.raw.decode(errors='replace')[:500]}" for stanza in self.inbox[-10:])
        error = "" if self.stream_error is None else f"; stream error {[child.tag for child in self.stream_error]}"
        return f"{what}{error}; unread:{unread or ' nothing'}"
