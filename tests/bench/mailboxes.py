"""Users who are logged in, and whose mail is counted by a byte search: far cheaper than what is measured."""

import asyncio
from collections.abc import Iterable
from time import perf_counter

from tests.live.rawclient import RawClient

_EACH = b"</message>"
"""What every message that is delivered has once."""


class Mailboxes:
    """The streams of all recipients, counted together."""

    def __init__(self, clients: Iterable[RawClient] = ()) -> None:
        """Take the streams over from *clients*, who are logged in."""
        self.count = 0
        """Messages that have arrived, ever."""
        self.counted_at = 0.0
        """When the last of them arrived, in the time of `perf_counter`."""
        self._due = 0
        self._complete = asyncio.Event()
        self._wanted = b""
        for client in clients:
            assert client._transport is not None
            client._transport.set_protocol(Mailbox(self))

    def arrived(self, count: int, data: bytes) -> None:
        """Count what a recipient was sent: *count* messages, the last of which ends within *data*."""
        self.count += count
        self.counted_at = perf_counter()
        if self._wanted and self._wanted in data:
            self._wanted = b""
        if self.count >= self._due:
            self._complete.set()

    async def until(self, count: int) -> None:
        """Wait until *count* messages have arrived, ever."""
        self._due = count
        self._complete.clear()
        if self.count < count:
            await self._complete.wait()

    def look_for(self, words: bytes) -> None:
        """Look for a message with *words* from now on, instead of any words before."""
        self._wanted = words

    @property
    def found(self) -> bool:
        """Whether the words that were to be looked for have come."""
        return not self._wanted


class Mailbox(asyncio.Protocol):
    """One recipient's stream after the login."""

    def __init__(self, all_: Mailboxes) -> None:
        self._all = all_
        self._rest = b""

    def data_received(self, data: bytes) -> None:
        data = self._rest + data
        end = data.rfind(_EACH) + len(_EACH)
        if end < len(_EACH):
            self._rest = data
            return
        self._rest = data[end:]
        self._all.arrived(data.count(_EACH), data)
