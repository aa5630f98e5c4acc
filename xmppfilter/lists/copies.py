"""The last good copy of every list that comes from elsewhere, kept by the store."""

from collections.abc import Iterable, Iterator
from itertools import chain
from math import inf, isfinite
from struct import Struct
from typing import ClassVar, Final, NamedTuple

from xmppfilter.lists.entry import Entry, stored_entry
from xmppfilter.lists.refill import News, let_go
from xmppfilter.lists.source import Change, Entries, Source
from xmppfilter.memory.contract import Row, Structure

_TIME: Final = Struct("<d")
_PARTS: Final = 4
_AT_ONCE: Final = 8
"""Entries that the store is told of for the price of one that is read."""


class Feed(NamedTuple):
    """A list that a service publishes: a node of its pubsub (XEP-0060)."""

    service: str
    """The service's JID, normalised."""
    node: str


class Copies(Structure):
    """One source for each feed, at most `capacity` entries in all.

    Every gateway asks the services itself, so nothing of this is sent to other cores.
    """

    kind: ClassVar[str] = "copies"

    __slots__ = ("_read_whole", "revision", "sources")

    def __init__(self, *, capacity: int, name: str = "") -> None:
        super().__init__(capacity=capacity, name=name, persist=True)
        self.sources: dict[Feed, Source] = {}
        self.revision = 0
        """Counts how often something kept was taken in, so that whoever looks things up here sees that it is old."""
        self._read_whole: set[Feed] = set()
        """Lists that their service has given to this process: what was kept of them is older."""

    def __len__(self) -> int:
        return sum(map(len, self.sources.values()))

    @property
    def lifetime(self) -> float:
        """A list matters as long as its service is configured."""
        return inf

    def source(self, feed: Feed) -> Source:
        """Return the source of *feed*."""
        if feed not in self.sources:
            self.sources[feed] = Source(f"{feed.service} {feed.node}", feed.service)
        return self.sources[feed]

    def retain(self, feeds: Iterable[Feed]) -> Iterator[None]:
        """Forget every feed that is not among *feeds*; what is returned lets the store follow, bit by bit."""
        gone = [(feed, self.sources.pop(feed)) for feed in self.sources.keys() - set(feeds)]
        return chain.from_iterable(self._dropped(feed, source) for feed, source in gone)

    def _dropped(self, feed: Feed, source: Source) -> Iterator[None]:
        self._read_whole.discard(feed)
        return self._followed(feed, source.entries, News())

    def exchanged(self, feed: Feed, former: Entries, news: News) -> Iterator[None]:
        """Let the store follow, bit by bit, after the source of *feed* went over from *former* to other entries.

        Those in *news* were not among the former; both are let go of. What is listed no longer is first, so that a
        process which ends in the middle leaves a list that is too short, and not one that names whom its service has
        forgiven.
        """
        self._read_whole.add(feed)
        return self._followed(feed, former, news)

    def _followed(self, feed: Feed, former: Entries, news: News) -> Iterator[None]:
        for place, entry in enumerate(former):
            source = self.sources.get(feed)
            if source is None or entry not in source.entries:
                self._mark(_key(feed, entry))
            if place % _AT_ONCE == 0:
                yield
        while (new := news.pop()) is not None:
            self._mark(_key(feed, new))
            if len(news) % _AT_ONCE == 0:
                yield
        self._mark(_key(feed, None))
        yield from let_go(former)

    @property
    def room(self) -> int:
        """How many more entries may be held."""
        return max(0, self.capacity - len(self))

    def changed(self, feed: Feed, change: Change) -> None:
        """Note that *change* happened to the source of *feed*, whose time was set."""
        self._note(feed, change.added)
        self._note(feed, change.removed)
        self._mark(_key(feed, None))

    def _note(self, feed: Feed, entries: Iterable[Entry]) -> None:
        for entry in entries:
            self._mark(_key(feed, entry))

    def held(self) -> Iterator[bytes]:
        """Yield the keys of times and entries; see `Structure`."""
        for feed, source in tuple(self.sources.items()):
            yield _key(feed, None)
            for entry in source.entries.walk():
                yield _key(feed, entry)

    def _row(self, key: bytes) -> Row | None:
        feed, entry = self._read(key)
        source = self.sources.get(feed)
        if source is None:
            return None
        if entry is not None:
            return Row(key, b"", inf) if entry in source.entries else None
        return None if source.updated is None else Row(key, _TIME.pack(source.updated), inf)

    def restore(self, rows: Iterable[Row], now: float) -> int:
        """Take entries and times in; see `Structure`."""
        known = [(*self._read(row.key), row) for row in rows if row.expires > now]
        self.revision += 1
        for feed, entry, row in known:
            if feed in self._read_whole:
                self._mark(row.key)  # so that the store follows
            elif entry is None:
                self.source(feed).updated = min(self._time(row.value), now)
            else:
                self.source(feed).entries.add(entry)
        return len(known)

    def expire(self, now: float, budget: int) -> int:  # noqa: ARG002 - the protocol's
        """Drop nothing: only its service shortens a list; see `Structure`."""
        return 0

    def _read(self, key: bytes) -> tuple[Feed, Entry | None]:
        parts = key.decode("utf-8", "surrogatepass").split("\n")
        if len(parts) != _PARTS:
            raise ValueError(f"{self.name}: a key of {len(parts)} parts, {_PARTS} are wanted")
        service, node, what, value = parts
        return Feed(service, node), stored_entry(what, value) if what else None

    def _time(self, value: bytes) -> float:
        if len(value) != _TIME.size or not isfinite(when := _TIME.unpack(value)[0]):
            raise ValueError(f"{self.name}: a time that is no number")
        return float(when)


def _key(feed: Feed, entry: Entry | None) -> bytes:
    what, value = entry if entry is not None else ("", "")
    return f"{feed.service}\n{feed.node}\n{what}\n{value}".encode("utf-8", "surrogatepass")
