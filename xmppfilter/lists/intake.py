"""Takes what a service says of one list into what is looked up: a bit at a time, with stanzas judged in between.

What is published or taken back holds at once. What is fetched is gathered beside the list in force, and put in its
place when the last page is read. Each piece of work is an iterator: a None stands for one step, which costs about as
much as one entry that is read, whatever else it yields is an effect.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Final

from xmppfilter.judging.effects import Notice, Work
from xmppfilter.lists.copies import Feed
from xmppfilter.lists.entry import Entry
from xmppfilter.lists.lists import Lists
from xmppfilter.lists.page import Page
from xmppfilter.lists.pubsub import Said
from xmppfilter.lists.reading import read_item
from xmppfilter.lists.refill import News, Refill
from xmppfilter.lists.source import Entries

_AT_ONCE: Final = 16
"""Entries that are published or retracted together."""


class Intake:
    """What is being taken in of one list."""

    def __init__(self, feed: Feed, holds: str, lists: Lists) -> None:
        self.feed = feed
        self.holds = holds
        self.lists = lists
        self.source = lists.copies.source(feed)
        self._refill: Refill | None = None

    # --- what is fetched

    def expect(self) -> None:
        """Begin to gather a list that is going to be asked for: what is heard from now on is newer."""
        self._refill = Refill(self.source)

    def give_up(self) -> None:
        """Forget what was gathered."""
        self._refill = None

    def read(self, page: Page) -> Work:
        """Gather what stands on *page*. Raises XmlError."""
        for ids in page.read():
            yield None
            yield from self.take(ids)

    def take(self, items: Iterable[str]) -> Work:
        """Gather *items*."""
        most = self._most
        for item in items:
            refill, entry = self._refill, read_item(self.holds, item)
            if refill is not None and entry is not None:
                refill.take(entry, most)
            yield None

    @property
    def overrun(self) -> bool:
        """Whether more has happened while the list was fetched than can be remembered."""
        return self._refill is not None and self._refill.overrun

    @property
    def _most(self) -> int:
        return self._size + self.lists.growth

    @property
    def _size(self) -> int:
        return len(self.source)

    def finish(self, clock: Callable[[], float]) -> Work:
        """Put what was gathered in the place of the list in force; *clock* says when that was."""
        refill, source = self._refill, self.source
        if refill is None:
            return
        while refill.shorten(self._most):
            yield None
        self._refill = None
        added = len(refill.news)
        removed = self._size - (len(refill.entries) - added)
        source.trouble, source.updated, source.left_out = None, clock(), refill.left_out
        self.lists.refilled(self.feed, refill.entries, refill.news)
        yield Notice("list_fetched", self._fields() | {"added": added, "removed": removed})
        if refill.left_out:
            yield Notice("list_capped", self._fields() | {"left_out": refill.left_out})

    # --- what is heard

    def hear(self, said: Said) -> Work:
        """Take in what has happened to the node."""
        if said.published:
            return self._published(said.published)
        return self._retracted(said.retracted) if said.retracted else self._emptied()

    def _published(self, items: Iterable[str]) -> Work:
        room, added, left_out = self.lists.growth, 0, 0
        for entries, read in self._entries(items):
            change = self.source.add(entries, room)
            room -= len(change.added)
            added += len(change.added)
            left_out += change.left_out
            self.lists.changed(self.feed, change)
            if self._refill is not None:
                for entry in entries:
                    if entry in self.source.entries:
                        self._refill.published(entry)
            for _ in range(read):
                yield None
        yield from self._changed(added=added)
        if left_out:
            yield Notice("list_capped", self._fields() | {"left_out": left_out})

    def _retracted(self, items: Iterable[str]) -> Work:
        removed = 0
        for entries, read in self._entries(items):
            change = self.source.remove(entries)
            removed += len(change.removed)
            self.lists.changed(self.feed, change)
            if self._refill is not None:
                for entry in entries:
                    self._refill.retracted(entry)
            for _ in range(read):
                yield None
        yield from self._changed(removed=removed)

    def _emptied(self) -> Work:
        removed = self._size
        self.source.left_out = 0
        if self._refill is not None:
            self.lists.let_go(self._refill.emptied())
        self.lists.refilled(self.feed, Entries(), News())
        yield from self._changed(removed=removed)

    def _changed(self, *, added: int = 0, removed: int = 0) -> Work:
        yield Notice("list_changed", self._fields() | {"added": added, "removed": removed})

    def _entries(self, items: Iterable[str]) -> Iterator[tuple[list[Entry], int]]:
        """Yield what *items* name, some at once, with how many of them were read."""
        ids = iter(items)
        while some := list(islice(ids, _AT_ONCE)):
            yield [entry for item in some if (entry := read_item(self.holds, item)) is not None], len(some)

    def _fields(self) -> dict[str, object]:
        return {"service": self.feed.service, "node": self.feed.node, "size": len(self.source)}
