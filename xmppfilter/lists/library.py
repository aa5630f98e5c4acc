"""The gateway's lists: which are wanted by the filters that are on, and what services and files say of them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from xmppfilter.filters import blocklist, invitation, mentions
from xmppfilter.judging.effects import Effect, Event
from xmppfilter.judging.filter import Filter
from xmppfilter.lists.copies import Feed
from xmppfilter.lists.feeds import STEPS, Feeds, ListFetched
from xmppfilter.lists.lists import ListFile, Lists, Wanted
from xmppfilter.lists.source import Entries
from xmppfilter.memory.state import State


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


class Library:
    """All lists, where they come from, and the filter that remembers who mentions what is listed."""

    def __init__(self, state: State) -> None:
        self.feeds = Feeds(self._record)
        self.lists: Lists | None = None
        """None: no filter that is on looks into lists."""
        self.mentions: mentions.Filter | None = None
        self.recorder: Callable[[ListFetched, float], None] | None = None
        """Told of every list that was fetched, when it comes into force, or could not be."""
        self._state = state

    def configure(self, own: str, filters: Iterable[Filter], now: float, *, anew: bool = True) -> tuple[Effect, ...]:
        """Go on as *own* with the lists that *filters* want, all of them *anew*; returns what is to be asked."""
        shared: blocklist.Filter | None = None
        needed = False
        self.mentions = None
        for one in filters:
            if isinstance(one, blocklist.Filter):
                shared = one
            elif isinstance(one, mentions.Filter):
                self.mentions = one
            needed |= isinstance(one, blocklist.Filter | mentions.Filter | invitation.Filter)
        self.lists = self._state.shared(Lists) if needed else None
        if self.lists is not None:
            self.lists.configure(self._wanted(shared))
        return self.feeds.configure(own, self.lists, now, anew=anew)

    def _wanted(self, shared: blocklist.Filter | None) -> Wanted:
        own = self.mentions.config.files.named() if self.mentions is not None else ()
        if shared is None:
            return Wanted(mentions_files=own)
        config = shared.config
        return Wanted(
            feeds=config.feeds,
            files=config.files.named(),
            mentions_files=own,
            agree=config.agree,
            allow=config.allow.entries(),
            max_growth=config.max_growth,
            refresh=config.refresh,
        )

    @property
    def busy(self) -> bool:
        """Whether lists are being taken in."""
        return self.feeds.busy or (self.lists is not None and self.lists.busy)

    @property
    def due(self) -> float:
        """The Unix time at which `tick` has something to do; infinity: nothing is awaited."""
        return 0.0 if self.busy else self.feeds.due

    def _record(self, feed: Feed, error: str, now: float) -> None:
        if self.recorder is not None and self.lists is not None:
            items = None if error else self.lists.copies.source(feed).values()
            self.recorder(ListFetched(feed, items, error), now)

    def read(self, read: ListRead, now: float) -> tuple[Effect, ...]:
        """Let what stands in a file replace what stood there; one that cannot be read changes nothing."""
        source = self.lists.files.get(read.file) if self.lists is not None else None
        if self.lists is None or source is None:
            return ()
        path = read.file.path
        if read.entries is None:
            source.trouble = read.error
            return (Event("list_not_read", {"file": path, "why": read.error}),)
        self.lists.reread(read.file, read.entries)
        source.updated = now
        source.trouble = f"bad lines: {read.skipped}" if read.skipped else None
        told = Event("list_read", {"file": path, "size": len(source), "bad_lines": read.skipped})
        bad = (Event("bad_line", {"file": path, "line": line, "problem": text}) for line, text in read.bad_lines)
        return (told, *bad)

    def tick(self, now: float) -> tuple[Effect, ...]:
        """Go on taking in, ask for what is due, and hear what operators did elsewhere."""
        if self.lists is not None:
            self.lists.follow()
            self.lists.work(STEPS // 2)
        return self.feeds.tick(now)
