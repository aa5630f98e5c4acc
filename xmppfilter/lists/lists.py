"""The lists that filters share: who lists what, how many must agree, and what is allowed all the same."""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from math import inf
from typing import Any, Final, NamedTuple, Self

from xmppfilter.lists.copies import Copies, Feed
from xmppfilter.lists.edits import Edits
from xmppfilter.lists.entry import Entry
from xmppfilter.lists.lookup import Listing, forms
from xmppfilter.lists.refill import News, let_go
from xmppfilter.lists.source import Change, Entries, Source
from xmppfilter.memory.sets import Set
from xmppfilter.memory.state import Opener, Shared
from xmppfilter.stanza.jid import Jid

OPERATOR: Final = "the operator"
"""Who lists or takes out what no file, service or configuration does."""
MOST_EDITS: Final = 100_000
_AT_ONCE: Final = 250
"""Steps that are taken at once when operators did something elsewhere; the others follow bit by bit."""
MOST_ENTRIES: Final = 1_000_000
"""Entries of all feeds together."""


class ListFile(NamedTuple):
    """A file with an entry a line."""

    kind: str
    """What it lists: domains, jids, bare_jids, ips, urls."""
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the configuration says of lists."""

    feeds: Mapping[Feed, str] = field(default_factory=dict)
    """With what the items of each are: see `text.entries.read_item`."""
    files: tuple[ListFile, ...] = ()
    mentions_files: tuple[ListFile, ...] = ()
    """Those that only what is mentioned is compared with."""
    agree: int = 1
    """How many services must list the same; a file or an operator needs nobody's agreement."""
    allow: tuple[Entry, ...] = ()
    max_growth: int = 50_000
    refresh: float = 43_200.0


class Stored(NamedTuple):
    """The structures behind the lists."""

    edits: Set
    """What operators have listed,"""
    allowed: Set
    """and allowed,"""
    removed: Set
    """and taken out of what files, services and they themselves list,"""
    disallowed: Set
    """and of what the configuration allows."""
    copies: Copies


class Lists(Shared):
    """Every source, and the three ways in which filters look at them. One object as long as the process lives."""

    __slots__ = (
        "_allowed",
        "_chores",
        "_disallowed",
        "_edits",
        "_given",
        "_kept",
        "_removed",
        "_stored",
        "advertised",
        "allow",
        "blocked",
        "compiled",
        "copies",
        "files",
        "mentioned",
        "ours",
        "wanted",
    )

    def __init__(self, stored: Stored) -> None:
        self._stored = stored
        self._edits = Edits(stored.edits, OPERATOR)
        self._allowed = Edits(stored.allowed, OPERATOR)
        self._removed = Edits(stored.removed, OPERATOR)
        self._disallowed = Edits(stored.disallowed, OPERATOR)
        self._given = Source("the configuration")
        self._chores: deque[Iterator[None]] = deque()
        self.copies = stored.copies
        self._kept = -1
        """The revision of the copies that is looked up in."""
        self.files: dict[ListFile, Source] = {}
        self.wanted = Wanted()
        self.blocked = Listing()
        """What senders and rooms are looked up in."""
        self.mentioned = Listing()
        """What stands in a text is looked up in: the same, and the files of `mentions`."""
        self.ours: frozenset[str] = frozenset()
        """Domains of ours: see `heeded`."""
        self.compiled = 0
        """Counts how often something that is listed changed."""
        self.advertised = Listing()
        """The files of `mentions` alone: what they name is advertised, and sends nothing."""
        self.allow = Listing()

    @classmethod
    def on(cls, opener: Opener, known: Self | None, terms: Any = None) -> Self:  # noqa: ARG003 - see `configure`
        """Return *known* if it is on the structures of *opener*, or else new lists on those; see `Shared`."""
        scope, sets = opener.scoped("lists"), ("edits", "allowed", "removed", "disallowed")
        edits, allowed, removed, disallowed = [scope.set(name, capacity=MOST_EDITS, seconds=inf) for name in sets]
        stored = Stored(edits, allowed, removed, disallowed, scope.open("copies", Copies, capacity=MOST_ENTRIES))
        return known if known is not None and known.are_on(stored) else cls(stored)

    def are_on(self, stored: Stored) -> bool:
        """Whether these are the structures behind the lists."""
        return all(ours is theirs for ours, theirs in zip(self._stored, stored, strict=True))

    def configure(self, wanted: Wanted) -> None:
        """Go on by *wanted*. What operators took out stays out."""
        self.wanted = wanted
        self._chores.append(self.copies.retain(wanted.feeds))
        for feed in wanted.feeds:
            self.copies.source(feed)
        files = dict.fromkeys((*wanted.files, *wanted.mentions_files))
        self._chores.extend(let_go(source.entries) for file, source in self.files.items() if file not in files)
        self.files = {file: self.files.get(file) or Source(f"the file {file.path}") for file in files}
        self._given.entries.replace(wanted.allow)
        self.follow()
        self.compile()

    def compile(self) -> None:
        """Look at what has changed."""
        wanted = self.wanted
        self.compiled += 1
        self._kept = self.copies.revision
        feeds = [self.copies.source(feed) for feed in wanted.feeds]
        shared = [*feeds, *(self.files[file] for file in wanted.files), self._edits.source]
        own = [self.files[file] for file in wanted.mentions_files if file not in wanted.files]
        advertised = [self.files[file] for file in wanted.mentions_files]
        self.blocked.compile(shared, wanted.agree, self.taken_out.entries)
        self.mentioned.compile([*shared, *own], wanted.agree, self.taken_out.entries)
        self.advertised.compile(advertised, 1, self.taken_out.entries)
        self.allow.compile([self._given, self._allowed.source], 1, self._disallowed.source.entries)

    @property
    def growth(self) -> int:
        """By how many entries an update may lengthen a service's list."""
        return min(self.wanted.max_growth, self.copies.room)

    def refilled(self, feed: Feed, entries: Entries, news: News) -> None:
        """Let *entries*, of which those in *news* are new, be what *feed* lists; both are handed over."""
        former = self.copies.source(feed).switch(entries)
        self.compile()
        self._chores.append(self.copies.exchanged(feed, former, news))

    def changed(self, feed: Feed, change: Change) -> None:
        """Look at what *feed* lists anew, after *change*."""
        self.copies.changed(feed, change)
        self.compile()

    def reread(self, file: ListFile, entries: Entries) -> None:
        """Let *entries* be what *file* lists."""
        former = self.files[file].switch(entries)
        self.compile()
        self.let_go(former)

    def let_go(self, entries: Entries) -> None:
        """Free *entries*, which nobody looks at any more, when there is time."""
        self._chores.append(let_go(entries))

    @property
    def busy(self) -> bool:
        """Whether there is something to `work` at."""
        return bool(self._chores)

    def work(self, steps: int) -> int:
        """Tidy up behind lists that were exchanged, *steps* at most; return how many are left."""
        while steps > 0 and self._chores:
            done = sum(1 for _ in islice(self._chores[0], steps))
            if done < steps:
                self._chores.popleft()
            steps -= done
        return steps

    def follow(self) -> None:
        """Take over what operators did elsewhere, and what the store had of lists."""
        for edits in (self._edits, self._allowed, self._removed, self._disallowed):
            if edits.is_behind:
                work = self._followed(edits)
                if sum(1 for _ in islice(work, _AT_ONCE)) == _AT_ONCE:
                    self._chores.append(work)
        if self._kept != self.copies.revision:
            self.compile()

    def _followed(self, edits: Edits) -> Iterator[None]:
        yield from edits.follow(self.let_go)
        self.compile()

    def allows(self, jid: Jid, ip: str = "") -> bool:
        """Whether *jid* is allowed, itself or its domain, or its server's address *ip*: that goes before every list."""
        allow = self.allow
        return bool(allow.domain(jid.domain) or allow.jid(jid) or (ip and allow.ip(ip)))

    def heeded(self, by: str | None, domain: str) -> str | None:
        """Return *by*, who list something at *domain*; None where that is a domain of ours, and no operator says so.

        A service or a file that names us is wrong, or turned against us.
        """
        return None if by is None or (domain in self.ours and OPERATOR not in by.split(", ")) else by

    # --- the operators' words

    @property
    def own(self) -> Source:
        """What operators have listed."""
        return self._edits.source

    @property
    def own_allowed(self) -> Source:
        """What operators have allowed."""
        return self._allowed.source

    @property
    def taken_out(self) -> Source:
        """What operators have taken out, in every form in which a list may have it."""
        return self._removed.source

    def add(self, entry: Entry, now: float) -> bool:
        """List *entry*, and let it count where it was taken out; whether no operator had listed it before.

        Raises ValueError: there are as many as can be.
        """
        return self._put_in(entry, self._edits, self._removed, now)

    def remove(self, entry: Entry, now: float) -> list[str]:
        """Take *entry* out wherever it came from, until an operator adds it again; return who listed it.

        Raises ValueError: there are as many as can be.
        """
        return self._take_out(entry, self.mentioned, self._edits, self._removed, now)

    def add_allowed(self, entry: Entry, now: float) -> bool:
        """Allow *entry*; whether no operator had allowed it before. Raises ValueError: there are as many as can be."""
        return self._put_in(entry, self._allowed, self._disallowed, now)

    def remove_allowed(self, entry: Entry, now: float) -> list[str]:
        """Allow *entry* no more, until an operator does so again; return who allowed it.

        Raises ValueError: there are as many as can be.
        """
        return self._take_out(entry, self.allow, self._allowed, self._disallowed, now)

    def _put_in(self, entry: Entry, edits: Edits, removed: Edits, now: float) -> bool:
        added = edits.add(entry, now)
        for form in forms(entry):
            removed.remove(form, now)
        self.compile()
        return added

    def _take_out(self, entry: Entry, listing: Listing, edits: Edits, removed: Edits, now: float) -> list[str]:
        # every form is taken out of every source: a list may have an address and its hash
        same = forms(entry)
        listed = dict.fromkeys(source for form in same for source in listing.entry(form))
        if any(source is not edits.source for source in listed):
            for form in same:
                removed.add(form, now)
        for form in same:
            edits.remove(form, now)
        self.compile()
        return [source.name for source in listed]
