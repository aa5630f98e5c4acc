"""The gateway's lists: which are wanted by the filters that are on, and what services and files say of them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from xmppfilter.judging.effects import Effect, Notice
from xmppfilter.lists.copies import Feed
from xmppfilter.lists.feeds import STEPS, Feeds, ListFetched
from xmppfilter.lists.lists import ListFile, Lists, Wanted
from xmppfilter.lists.source import Entries

OnFetched = Callable[[ListFetched, float], None]


@dataclass(frozen=True, slots=True)
class ListRead:
    """A file was read, or could not be: then `error` says why."""

    file: ListFile
    entries: Entries | None
    """Handed over: nobody else changes them."""
    error: str = ""
    bad_lines: tuple[tuple[int, str], ...] = ()
    """Line numbers, and what is wrong there; the first ones."""
    skipped: int = 0
    """How many bad lines there are in all."""


@runtime_checkable
class WantsLists(Protocol):
    """A filter whose options name lists."""

    def wanted_lists(self) -> Wanted:
        """Return what the configuration says of lists."""
        ...


def merged(wanted: Iterable[Wanted]) -> Wanted:
    """Return what all of *wanted* want together; how services are followed is said by those who name some.

    Where several do, the most of them must agree, the least growth is let in, and lists are fetched the most often.
    """
    every = tuple(wanted)
    files = dict.fromkeys(file for one in every for file in one.files)
    mentions_files = dict.fromkeys(file for one in every for file in one.mentions_files)
    allow = dict.fromkeys(entry for one in every for entry in one.allow)
    feeds: dict[Feed, str] = {}
    for one in every:
        feeds |= {feed: holds for feed, holds in one.feeds.items() if feed not in feeds}
    following = [one for one in every if one.feeds] or [Wanted()]
    return Wanted(
        feeds=feeds,
        files=tuple(files),
        mentions_files=tuple(mentions_files),
        agree=max(one.agree for one in following),
        allow=tuple(allow),
        max_growth=min(one.max_growth for one in following),
        refresh=min(one.refresh for one in following),
    )


class Library:
    """All lists, and where they come from."""

    def __init__(self, on_fetched: Iterable[OnFetched] = ()) -> None:
        """Have *on_fetched* called for every list that was fetched, when it comes into force, or could not be."""
        self.feeds = Feeds(self._record)
        self.lists: Lists | None = None
        """None: no filter that is on looks into lists."""
        self._on_fetched = tuple(on_fetched)
        self._looked = -1
        """The state of the lists in which domains of ours were looked up last,"""
        self._told: frozenset[tuple[str, str]] = frozenset()
        """and which are listed by whom: each is told once, while it is."""

    def configure(
        self,
        own: str,
        lists: Lists | None,
        wants: Iterable[WantsLists],
        now: float,
        *,
        anew: bool = True,
        ours: Iterable[str] = (),
    ) -> tuple[Effect, ...]:
        """Go on as *own* with the *lists* that filters look into, and what *wants* say of them, all of them *anew*.

        What is listed of the domains *ours* is told. Return what is to be asked.
        """
        self.lists = lists
        if lists is not None:
            lists.ours = frozenset(ours)
            self._looked = -1
            lists.configure(merged(one.wanted_lists() for one in wants))
        return self.feeds.configure(own, lists, now, anew=anew)

    @property
    def busy(self) -> bool:
        """Whether lists are being taken in."""
        return self.feeds.busy or (self.lists is not None and self.lists.busy)

    @property
    def due(self) -> float:
        """The Unix time at which `tick` has something to do; infinity: nothing is awaited."""
        return 0.0 if self.busy else self.feeds.due

    def _record(self, feed: Feed, error: str, now: float) -> None:
        if self._on_fetched and self.lists is not None:
            items = None if error else self.lists.copies.source(feed).values()
            for listener in self._on_fetched:
                listener(ListFetched(feed, items, error), now)

    def read(self, read: ListRead, now: float) -> tuple[Effect, ...]:
        """Let what stands in a file replace what stood there; one that cannot be read changes nothing."""
        source = self.lists.files.get(read.file) if self.lists is not None else None
        if self.lists is None or source is None:
            return ()
        path = read.file.path
        if read.entries is None:
            source.trouble = read.error
            return (Notice("list_not_read", {"file": path, "why": read.error}),)
        self.lists.reread(read.file, read.entries)
        source.updated = now
        source.trouble = f"bad lines: {read.skipped}" if read.skipped else None
        told = Notice("list_read", {"file": path, "size": len(source), "bad_lines": read.skipped})
        bad = (Notice("bad_line", {"file": path, "line": line, "problem": text}) for line, text in read.bad_lines)
        return (told, *bad)

    def tick(self, now: float) -> tuple[Effect, ...]:
        """Go on taking in, ask for what is due, and hear what operators did elsewhere."""
        if self.lists is not None:
            self.lists.follow()
            self.lists.work(STEPS // 2)
        return (*self.feeds.tick(now), *self._ours_listed())

    def _ours_listed(self) -> tuple[Effect, ...]:
        """Return what tells the operator of domains of ours that have come onto a list."""
        lists = self.lists
        if lists is None or self._looked == lists.compiled:
            return ()
        self._looked = lists.compiled
        looked_up = ((domain, lists.mentioned.domain(domain)) for domain in sorted(lists.ours))
        found = frozenset((domain, by) for domain, by in looked_up if by and not lists.heeded(by, domain))
        new, self._told = found - self._told, found
        return tuple(Notice("domain_listed", {"domain": domain, "by": by}) for domain, by in sorted(new))
