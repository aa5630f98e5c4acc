"""The component: connects, comes back after every loss, and lets the gateway live in real time.

Whatever the gateway decides is written with one call for each read. While the server does not take what we
write, we do not read what it writes: nothing piles up here, and nothing is lost.
"""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Final

from xmppfilter import __version__
from xmppfilter.config.settings import Component
from xmppfilter.gateway.events import Connected, Disconnected, Leaving, Ticked
from xmppfilter.gateway.gateway import Gateway
from xmppfilter.judging.effects import Effect
from xmppfilter.observe.tasks import spawn
from xmppfilter.observe.verdicts import Journal
from xmppfilter.xmpp import liveness
from xmppfilter.xmpp.backoff import Backoff
from xmppfilter.xmpp.header import Header
from xmppfilter.xmpp.splitter import StreamBroken
from xmppfilter.xmpp.stream import QuietComponent
from xmppfilter.xmpp.ticker import Ticker
from xmppfilter.xmpp.wire import Wire

log = logging.getLogger(__name__)

HANDSHAKE_WITHIN: Final = 30.0
"""Seconds that the server may take to accept us."""
LINGER: Final = 2.0
"""Seconds that the server may take to read our last words."""
LEAVE_WITHIN: Final = 7.0
"""Seconds that leaving may take."""
BUFFER: Final = 1 << 20
"""Bytes waiting to be written from which on nothing more is read."""
READ: Final = 1 << 16
"""Bytes that are read at once: some eighty stanzas, for nothing else goes on while they are judged."""

Stored = Callable[[], Awaitable[str | None]]
"""Stores what has been learnt so far; returns why that failed."""


class FilterComponent(QuietComponent):
    """One connection to a server. To be made while its event loop runs."""

    def __init__(
        self,
        settings: Component,
        secret: str,
        gateway: Gateway,
        journal: Journal,
        *,
        clock: Callable[[], float] = time.time,
        jitter: Callable[[], float] = random.random,
        max_stanza_size: int = 1 << 20,
        stored: Stored | None = None,
    ) -> None:
        """Prepare to serve *gateway*, and to keep *journal*, which is told of its verdicts. Raises InvalidJID.

        *clock* gives Unix time, *jitter* numbers from 0 to 1. With *stored* what says that something is done waits
        until it is stored.
        """
        super().__init__(settings.written, secret, settings.host, settings.port, name="xmppfilter", version=__version__)
        self._gateway = gateway
        self._journal = journal
        self._clock = clock
        self._max = max_stanza_size
        self._stored = stored
        self._wire = self._new_wire()
        self._header: Header | None = Header()
        """The stream's, until it is complete."""
        self._leaving = False
        """We are about to go, and read what the servers have handed over before they know."""
        self._stopping = False
        """We read nothing more."""
        self._since: float | None = None
        """The loop's time when the session began."""
        self._backoff = Backoff(jitter, at_home=liveness.is_loopback(settings.host))
        self._retry: asyncio.TimerHandle | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._watch: asyncio.TimerHandle | None = None
        self._ticker = Ticker(self.loop, clock, gateway.next_tick, self._tick)
        self.ticks = self._ticker.health
        """How the clock fares."""
        self._writable = asyncio.Event()
        self._farewell = asyncio.Event()
        self._gone = asyncio.Event()
        for name, handler in (
            ("connected", self._on_connected),
            ("connection_failed", self._on_failed),
            ("session_start", self._on_session),
            ("disconnected", self._on_disconnected),
        ):
            self.add_event_handler(name, handler)

    async def run_until(self, stop: asyncio.Event) -> None:
        """Connect, stay connected until *stop* is set, and leave."""
        self._ticker.plan()
        self._attempt()
        try:
            await stop.wait()
        finally:
            await self.shutdown()
            self._journal.close()

    async def shutdown(self, within: float = LEAVE_WITHIN) -> None:
        """Say farewell, read what is handed over until it is heard, write what is owed and close, *within* seconds."""
        self._leaving = True
        self._ticker.stop()
        for timer in (self._retry, self._deadline, self._watch):
            if timer is not None:
                timer.cancel()
        self.cancel_connection_attempt()
        if self._since is not None:
            await self._say_farewell()
        self._stopping = True
        transport = self.transport
        if transport is None:
            return
        try:
            async with asyncio.timeout(within - 2 * LINGER):
                transport.pause_reading()
                await self.idle()
                transport.set_write_buffer_limits(high=0)
                await self._writable.wait()
            async with asyncio.timeout(LINGER):
                if not transport.is_closing():
                    transport.write(self.stream_footer.encode())
                    transport.resume_reading()
                await self._gone.wait()
        except TimeoutError:
            log.warning("the server did not let us leave in time; what it has not read is lost")
            transport.abort()
            await self._gone.wait()

    async def _say_farewell(self) -> None:
        """Tell the servers that we go, and wait until each has said that it hands us nothing more."""
        self.perform(self._gateway.handle(Leaving(), self._clock()))
        if not self._gateway.pushes.may_leave:
            with suppress(TimeoutError):
                async with asyncio.timeout(LINGER):
                    await self._farewell.wait()

    def perform(self, effects: Iterable[Effect]) -> None:
        """Send and log what the gateway wants, after an operator's command or a reload."""
        out: list[bytes] = []
        self._wire.perform(effects, out)
        self._write(out)
        self._ticker.plan()

    # --- asyncio's callbacks, in slixmpp's place

    def data_received(self, data: bytes | str) -> None:
        """Take in what the server writes, and answer it with one write."""
        if self._stopping:
            return
        chunk = data.encode() if isinstance(data, str) else data
        if self._header is not None:
            chunk = self._read_header(self._header, chunk)
        out: list[bytes] = []
        try:
            self._wire.receive(chunk, out)
        except StreamBroken as broken:
            log.error("stream given up", extra={"problem": str(broken)})  # noqa: TRY400 - the message says all
            self._wire.ended = True
        self._write(out)
        self._ticker.plan()
        if self._wire.ended:
            self._close()
        if self._leaving and self._gateway.pushes.may_leave:
            self._farewell.set()

    def pause_writing(self) -> None:
        """Stop reading from a server that does not read."""
        self._writable.clear()
        if self.transport is not None:
            self.transport.pause_reading()

    def resume_writing(self) -> None:
        """Read on (asyncio calls this when the write buffer has drained)."""
        self._writable.set()
        if self.transport is not None and not self._stopping:
            self.transport.resume_reading()

    def _read_header(self, header: Header, data: bytes) -> bytes:
        """Return what stands in *data* behind the stream's header, which goes to slixmpp."""
        try:
            found = header.complete(data)
        except StreamBroken:
            fields = {"host": self.server_host, "port": self.server_port}
            log.error("no XMPP server answers there", extra=fields)  # noqa: TRY400 - it says all
            self._close()
            return b""
        written, rest = found or (b"", b"")
        if written:
            self._header = None
            self.give(written)
        return rest

    def _write(self, out: list[bytes]) -> None:
        if out and self.transport is not None:
            self.transport.write(b"".join(out))

    def _new_wire(self) -> Wire:
        confirm = self._confirm if self._stored is not None else None
        return Wire(self._gateway, self._clock, to_slixmpp=self.give, confirm=confirm, max_stanza_size=self._max)

    def _confirm(self, xml: bytes) -> None:
        spawn(self._confirm_stored(xml, self._wire), name="confirmation")

    async def _confirm_stored(self, xml: bytes, wire: Wire) -> None:
        """Write *xml* to the stream of *wire* once what it confirms is stored; what is not is not confirmed."""
        if self._stored is not None and await self._stored() is None and wire is self._wire and xml:
            self._write([xml])

    def _attempt(self) -> None:
        self._retry = None
        self.connect()

    def _on_failed(self, reason: object) -> None:
        self.cancel_connection_attempt()  # slixmpp would try again, at a pace of its own
        self._try_again("not connected", str(reason))

    def _try_again(self, what: str, why: str) -> None:
        if self._leaving:
            return
        delay = self._backoff.delay()
        fields = {"host": self.server_host, "port": self.server_port, "why": why, "retry_in": round(delay, 1)}
        log.warning(what, extra=fields)
        self._retry = self.loop.call_later(delay, self._attempt)

    def _on_connected(self, _: object) -> None:
        self._wire = self._new_wire()
        self._header = Header()
        self._since = None
        self._gone.clear()
        self._writable.set()
        self._deadline = self.loop.call_later(HANDSHAKE_WITHIN, self._give_up)

    def _give_up(self) -> None:
        log.error("the server did not answer our handshake", extra={"seconds": HANDSHAKE_WITHIN})
        if self.transport is not None:
            self.transport.abort()

    def _on_session(self, _: object) -> None:
        self._forget_deadline()
        self._since = self.loop.time()
        if self.transport is not None:
            self.transport.set_write_buffer_limits(high=BUFFER)
            # asyncio has no other way to say it
            self.transport.max_size = READ  # type: ignore[attr-defined]
            liveness.keep_alive(self.transport)
            self._look_after(self.transport)
        log.info("connected", extra={"host": self.server_host, "port": self.server_port, "jid": self.boundjid.bare})
        self.perform(self._gateway.handle(Connected(), self._clock()))

    def _look_after(self, transport: asyncio.Transport) -> None:
        """Close the connection when its other end is gone; else look again a little later."""
        if liveness.is_dead(transport):
            log.error("nobody acknowledges what we send", extra={"seconds": liveness.SILENT_FOR})
            transport.abort()
        else:
            self._watch = self.loop.call_later(liveness.LOOK_EVERY, self._look_after, transport)

    def _close(self) -> None:
        """Leave a stream that is over: what is owed is written, for a moment."""
        transport = self.transport
        if transport is None or transport.is_closing():
            return
        transport.write(self.stream_footer.encode())
        transport.close()
        self._forget_deadline()
        self._deadline = self.loop.call_later(LINGER, transport.abort)

    def _forget_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()

    def _on_disconnected(self, reason: object) -> None:
        self._forget_deadline()
        if self._watch is not None:
            self._watch.cancel()
        if self._since is not None:
            self.perform(self._gateway.handle(Disconnected(), self._clock()))
            # a stream that lived, however short, is no reason to stay away: meanwhile nothing is filtered
            self._backoff.reset()
            self._since = None
        self._gone.set()
        self._farewell.set()
        self._writable.set()
        self._try_again("connection lost", str(reason or "closed by the server"))

    def _tick(self, now: float) -> None:
        self._journal.tick(now)
        self.perform(self._gateway.handle(Ticked(), now))
