"""What a source is going to list: gathered bit by bit while it goes on listing what it does, then put in its place."""

from collections.abc import Iterator
from typing import Final

from xmppfilter.lists.entry import Entry, What
from xmppfilter.lists.source import Entries, Source

MOST_HEARD: Final = 100_000
"""Entries of which something newer may be heard while a list is fetched."""
_AT_ONCE: Final = 32
"""Values that are let go of for the price of one entry that is read."""


class News:
    """Entries in the order in which they came, kept as mere texts: the collector would walk over each entry."""

    __slots__ = ("_values",)

    def __init__(self) -> None:
        self._values: dict[What, dict[str, None]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._values.values()))

    def add(self, entry: Entry) -> None:
        """Put *entry* at the end, if it is not among them."""
        self._values.setdefault(entry.what, {})[entry.value] = None

    def discard(self, entry: Entry) -> None:
        """Take *entry* out."""
        self._values.get(entry.what, {}).pop(entry.value, None)

    def pop(self) -> Entry | None:
        """Take the last one out; None: there is none."""
        for what, values in self._values.items():
            if values:
                return Entry(what, values.popitem()[0])
        return None


class Refill:
    """The next entries of one source.

    What is heard of an entry meanwhile is newer than whatever a fetch brings, now or later: the last word holds. So
    nothing that is published or taken back between two bits is lost, in whichever of them it would have come.
    """

    __slots__ = ("_emptied", "_heard", "_source", "entries", "left_out", "news", "overrun")

    def __init__(self, source: Source) -> None:
        self._source = source
        self.entries = Entries()
        self.news = News()
        """Those of them that the source does not list now."""
        self.left_out = 0
        """How many were more than the source may hold."""
        self.overrun = False
        """More was heard than can be remembered, so that nobody knows what belongs here."""
        self._heard: set[Entry] = set()
        self._emptied = False

    def take(self, entry: Entry, most: int) -> None:
        """Take in what was fetched; of what the source does not list yet no more than *most*."""
        if self._emptied or entry in self._heard or entry in self.entries:
            return
        if entry not in self._source.entries:
            if len(self.news) >= most:
                self.left_out += 1
                return
            self.news.add(entry)
        self.entries.add(entry)

    def published(self, entry: Entry) -> None:
        """Take in what was published meanwhile; the source lists it already."""
        if self._hear(entry):
            self.entries.add(entry)

    def retracted(self, entry: Entry) -> None:
        """Leave out what was retracted meanwhile."""
        if self._hear(entry):
            self.entries.discard(entry)

    def _hear(self, entry: Entry) -> bool:
        self.overrun = self.overrun or len(self._heard) >= MOST_HEARD
        if not self.overrun:
            self._heard.add(entry)
            self.news.discard(entry)
        return not self.overrun

    def emptied(self) -> Entries:
        """Leave out everything but what is published from now on; return what was gathered, to be let go of.

        Nobody knows which of the items that are still to come the service has put there since it emptied its node,
        but it tells of all that it does.
        """
        gathered, self.entries = self.entries, Entries()
        self.news = News()
        self._heard.clear()
        self._emptied = True
        return gathered

    def shorten(self, most: int) -> bool:
        """Leave the newest news out, one, if there are more than *most* entries; whether there were."""
        entry = self.news.pop() if len(self.entries) > most else None
        if entry is None:
            return False
        self.entries.discard(entry)
        self.left_out += 1
        return True


def let_go(entries: Entries) -> Iterator[None]:
    """Free *entries* bit by bit: to free a hundred thousand texts at once takes several milliseconds."""
    pools: list[dict[str, None] | dict[int, None]] = [*entries.texts.values(), *entries.networks.numbers.values()]
    for pool in pools:
        while pool:
            for _ in range(min(len(pool), _AT_ONCE)):
                pool.popitem()
            yield
