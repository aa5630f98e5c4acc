"""One source of entries: a file, a node of a service, or the operators' own word; each entry is found by a dict."""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from xmppfilter.lists.entry import Entry, What, network_of
from xmppfilter.lists.globs import MOST_GLOBS, Globs, is_glob
from xmppfilter.stanza.networks import Networks


class Entries:
    """The entries of one source.

    Texts and numbers are the keys of dicts, which Python's collector does not walk over as it does over sets: 100,000
    entries would cost ten milliseconds whenever it comes by.
    """

    __slots__ = ("globs", "networks", "texts")

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self.texts: dict[What, dict[str, None]] = {what: {} for what in What}
        self.networks = Networks()
        self.globs = Globs()
        """The JIDs with a * in them, which stand among the texts as well."""
        for entry in entries:
            self.add(entry)

    def __len__(self) -> int:
        return sum(map(len, self.texts.values()))

    def __iter__(self) -> Iterator[Entry]:
        return (Entry(what, text) for what, texts in self.texts.items() for text in texts)

    def common(self, other: "Entries") -> int:
        """Return how many entries are in *other* as well."""
        return sum(len(texts.keys() & other.texts[what].keys()) for what, texts in self.texts.items())

    def walk(self) -> Iterator[Entry]:
        """Yield every entry, while others may come and go: those are not among them, or are nevertheless."""
        for what, texts in self.texts.items():
            for text in tuple(texts):
                yield Entry(what, text)

    def __contains__(self, entry: Entry) -> bool:
        return entry.value in self.texts[entry.what]

    def check_room(self, entry: Entry) -> None:
        """Raise ValueError where *entry* is one pattern more than a source may have."""
        is_pattern = entry.what is What.JID and is_glob(entry.value)
        if is_pattern and len(self.globs) >= MOST_GLOBS and entry not in self:
            raise ValueError(f"found {MOST_GLOBS} JIDs with a * already; wanted fewer: list whole domains")

    def add(self, entry: Entry) -> None:
        """Take *entry* in."""
        self.texts[entry.what][entry.value] = None
        if entry.what is What.IP:
            self.networks.add(network_of(entry.value))
        elif entry.what is What.JID and is_glob(entry.value):
            self.globs.add(entry.value)

    def discard(self, entry: Entry) -> None:
        """Take *entry* out."""
        self.texts[entry.what].pop(entry.value, None)
        if entry.what is What.IP:
            self.networks.discard(network_of(entry.value))
        elif entry.what is What.JID and is_glob(entry.value):
            self.globs.discard(entry.value)

    def replace(self, entries: Iterable[Entry]) -> None:
        """Hold *entries* and nothing else; the dicts of texts stay the same objects."""
        for texts in self.texts.values():
            texts.clear()
        self.networks.clear()
        self.globs.clear()
        for entry in entries:
            self.add(entry)


class Change(NamedTuple):
    """What an update did to a source."""

    added: frozenset[Entry] = frozenset()
    removed: frozenset[Entry] = frozenset()
    left_out: int = 0
    """Entries that were beyond what it may grow by."""


class Source:
    """One file, one node of a service, or the operators' own word: what it lists itself.

    What an operator has taken out is still among it, and passed over when it is looked up (see `listing.Listing`).
    """

    __slots__ = ("entries", "left_out", "name", "trouble", "updated", "voice")

    def __init__(self, name: str, voice: str = "") -> None:
        self.name = name
        """What the operator calls it."""
        self.voice = voice
        """Whose word it is: the service's JID. An empty one needs nobody's agreement."""
        self.entries = Entries()
        self.updated: float | None = None
        """Unix time of the last complete reading."""
        self.trouble: str | None = None
        """Why the last reading was none."""
        self.left_out = 0

    def __len__(self) -> int:
        return len(self.entries)

    def values(self) -> tuple[str, ...]:
        """Return the values of all that it lists, as a service would give them."""
        return tuple(chain.from_iterable(self.entries.texts.values()))

    def switch(self, entries: Entries) -> Entries:
        """List *entries* from now on, at once; return the former ones, which nobody looks at any more."""
        former, self.entries = self.entries, entries
        return former

    def add(self, entries: Iterable[Entry], max_growth: int | None = None) -> Change:
        """List *entries* as well, and no more than *max_growth* new ones."""
        fresh = {entry: None for entry in entries if entry not in self.entries}
        left_out = 0
        if max_growth is not None and len(fresh) > max_growth:
            left_out = len(fresh) - max_growth
            fresh = dict.fromkeys(list(fresh)[:max_growth])
        added = frozenset(fresh)
        for entry in fresh:
            self.entries.add(entry)
        return Change(added, left_out=left_out)

    def remove(self, entries: Iterable[Entry]) -> Change:
        """List *entries* no more."""
        gone = {entry for entry in entries if entry in self.entries}
        for entry in gone:
            self.entries.discard(entry)
        return Change(removed=frozenset(gone))
