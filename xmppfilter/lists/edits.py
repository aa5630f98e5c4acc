"""What operators have listed or taken out, kept by a set that is stored and shared."""

from collections.abc import Callable, Iterator
from typing import Final

from xmppfilter.lists.entry import Entry, stored_entry
from xmppfilter.lists.source import Entries, Source
from xmppfilter.memory.sets import Set

_EACH: Final = 4
"""Edits that are taken over in a step."""


class Edits:
    """What operators have listed, as a source that follows a set which is stored and shared.

    Only what happened to the set elsewhere, as when it was read from the store, is a reason to go through all of it.
    """

    __slots__ = ("_gathered", "_kept", "_reached", "_seen", "source")

    def __init__(self, kept: Set, name: str) -> None:
        self._kept = kept
        self._seen = -1
        self._gathered: Entries | None = None
        """What is going to be listed, while all is gone through,"""
        self._reached = -1
        """and the revision that it is of."""
        self.source = Source(name)

    def is_on(self, kept: Set) -> bool:
        """Whether it follows that set."""
        return self._kept is kept

    def add(self, entry: Entry, now: float) -> bool:
        """List *entry*; whether it was not. Raises ValueError: there are as many as can be."""
        self.source.entries.check_room(entry)
        known = entry in self.source.entries
        if not known and len(self._kept) >= self._kept.capacity:
            raise ValueError(f"found {self._kept.capacity} entries already; wanted fewer: put them into a file")
        before = self._kept.revision
        self._kept.add(_key(entry), now)
        self._edited(before, Entries.add, entry)
        return not known

    def remove(self, entry: Entry, now: float) -> bool:
        """List *entry* no more; whether it was listed."""
        before = self._kept.revision
        removed = self._kept.remove(_key(entry), now)
        self._edited(before, Entries.discard, entry)
        return removed

    def _edited(self, before: int, edit: Callable[[Entries, Entry], None], entry: Entry) -> None:
        """Do with what is listed as was done with the set."""
        self._seen += self._kept.revision - before
        edit(self.source.entries, entry)
        if self._gathered is not None:
            self._reached += self._kept.revision - before
            edit(self._gathered, entry)

    @property
    def is_behind(self) -> bool:
        """Whether something has happened to the set that nobody follows yet."""
        return self._seen != self._kept.revision and self._gathered is None

    def follow(self, let_go: Callable[[Entries], None]) -> Iterator[None]:
        """Take over what has happened to the set, bit by bit, and let go of what was listed."""
        gathered = self._gathered = Entries()
        self._reached = self._kept.revision
        for number, key in enumerate(self._kept.current()):
            if self._kept.has(key, 0.0) and (entry := _entry(key)) is not None:
                gathered.add(entry)
            if number % _EACH == 0:
                yield
        former, self.source.entries = self.source.entries, gathered
        self._seen, self._gathered = self._reached, None
        let_go(former)


def _key(entry: Entry) -> bytes:
    return f"{entry.what} {entry.value}".encode("utf-8", "surrogatepass")


def _entry(key: bytes) -> Entry | None:
    """Return the entry under *key*; None: it is of a version that lists more than this one knows of."""
    try:
        what, _, value = key.decode("utf-8", "surrogatepass").partition(" ")
        return stored_entry(what, value)
    except ValueError:
        return None
