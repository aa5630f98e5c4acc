"""Follows the blocklists that pubsub services publish: subscribe, then fetch, then take every event in.

The order matters: what is published between the two would otherwise be missed. A fetch that fails changes nothing; it
is tried again sooner than the next would have been due. Only the configured services are believed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from xmppfilter.effects import Effect, Event, Fetch, Subscribe
from xmppfilter.memory.copies import Feed
from xmppfilter.memory.listed import Change, Source
from xmppfilter.memory.lists import Lists
from xmppfilter.routes import pubsub
from xmppfilter.stanza import Stanza
from xmppfilter.text.entries import read_item

ANSWER_WITHIN: Final = 60.0
"""Seconds after which a service that has not answered is told to be silent."""
FIRST_RETRY: Final = 60.0
"""Seconds until a fetch that failed is tried again; each further failure doubles them, up to `refresh`."""
LOSSES: Final = 2
"""Connections lost while a list was awaited, after which the list may be what loses them, and has to wait."""
IDS: Final = ("subscribe-", "unsubscribe-", "items-")
"""How the ids of our requests begin."""
_NEVER: Final = float("inf")


@dataclass(frozen=True, slots=True)
class ListFetched:
    """A service has given all items of a node, or it has not: then `error` says why."""

    feed: Feed
    items: tuple[str, ...] | None
    error: str = ""


@dataclass(slots=True)
class Following:
    """How it stands with one feed."""

    source: Source
    subscription: str = "not asked"
    due: float = 0.0
    """When it is to be asked for again."""
    subscribing: str = ""
    """The id of the request that is not answered yet."""
    fetching: str = ""
    asked: float = 0.0
    failures: int = 0
    losses: int = 0

    @property
    def silent(self) -> bool:
        """Whether an answer is awaited."""
        return bool(self.subscribing or self.fetching)


class Feeds:
    """All feeds that are configured."""

    def __init__(self) -> None:
        self._following: dict[Feed, Following] = {}
        self._lists: Lists | None = None
        self._connected = False
        self._own = ""
        self._ids = 0

    @property
    def due(self) -> float:
        """The Unix time at which `tick` has something to do; infinity: nothing is awaited."""
        return min(map(self._due, self._following.values()), default=_NEVER) if self._connected else _NEVER

    def _due(self, following: Following) -> float:
        return following.asked + ANSWER_WITHIN if following.silent else following.due

    def configure(self, own: str, lists: Lists | None, now: float) -> tuple[Effect, ...]:
        """Speak as *own*, and follow the feeds that *lists* wants; those that stay are asked anew."""
        before = self._following
        self._own, self._lists = own, lists
        self._following = {}
        for feed in lists.wanted.feeds if lists is not None else ():
            known = before.get(feed)
            source = lists.copies.source(feed) if lists is not None else Source("")
            self._following[feed] = Following(source, losses=known.losses if known else 0, due=now)
        if not self._connected:
            return ()
        gone = [feed for feed in before if feed not in self._following]
        return (*(self._unsubscribe(feed) for feed in gone), *self._ask_all(self._following, now))

    def connected(self, now: float) -> tuple[Effect, ...]:
        """Ask for everything: a subscription may be gone, and what happened meanwhile was not told."""
        self._connected = True
        for following in self._following.values():
            if following.losses < LOSSES:
                following.due = now
        return self._ask_all([feed for feed, following in self._following.items() if following.due <= now], now)

    def disconnected(self, now: float) -> None:
        """Note that what was asked will not be answered."""
        self._connected = False
        for following in self._following.values():
            if following.fetching:
                following.losses += 1
                following.source.trouble = "the connection was lost while it was awaited (larger than max_stanza_size?)"
                following.due = now + self._wait(following.losses - LOSSES)
            following.subscribing = following.fetching = ""
            following.subscription = "not asked"

    def tick(self, now: float) -> tuple[Effect, ...]:
        """Ask for what is due, and give up on who has not answered."""
        if now < self.due:
            return ()
        effects: list[Effect] = []
        for feed, following in self._following.items():
            if not following.silent or now < following.asked + ANSWER_WITHIN:
                continue
            if following.subscribing:
                following.subscribing, following.subscription = "", "no answer"
            if following.fetching:
                effects += self._failed(feed, following, self._silence(feed), now)
        due = [feed for feed, following in self._following.items() if not following.silent and following.due <= now]
        return (*effects, *self._ask_all(due, now))

    def _silence(self, feed: Feed) -> str:
        return (
            f"no answer from {feed.service}: to answer, it must find {self._own}, by a DNS record such as"
            f" _xmpp-server._tcp.{self._own} (SRV), and trust it, by a certificate or dialback"
        )

    # --- asking

    def _ask_all(self, feeds: Iterable[Feed], now: float) -> tuple[Effect, ...]:
        return tuple(effect for feed in feeds for effect in self._ask(feed, now))

    def _ask(self, feed: Feed, now: float) -> tuple[Effect, ...]:
        following = self._following[feed]
        following.subscribing, following.fetching = self._id("subscribe"), self._id("items")
        following.asked = now
        return (Subscribe(*feed, following.subscribing), Fetch(*feed, following.fetching))

    def _unsubscribe(self, feed: Feed) -> Effect:
        return Subscribe(*feed, self._id("unsubscribe"), wanted=False)

    def _id(self, what: str) -> str:
        self._ids += 1
        return f"{what}-{self._ids}"

    def _wait(self, failures: int) -> float:
        refresh = self._lists.wanted.refresh if self._lists is not None else FIRST_RETRY
        return min(FIRST_RETRY * 2.0 ** max(0, min(failures, 20)), refresh)

    # --- hearing

    def is_service(self, jid: str) -> bool:
        """Whether *jid* is believed about its lists."""
        return any(feed.service == jid for feed in self._following)

    def answered(self, answer: Stanza) -> ListFetched | None:
        """Take the answer to a request of ours; what a fetch has brought is for `fetched`."""
        sender, name = answer.sender.full, answer.id or ""
        for feed, following in self._following.items():
            if feed.service != sender:
                continue
            trouble = _condition(answer) if answer.type == "error" else None
            if name == following.subscribing:
                following.subscribing = ""
                following.subscription = f"refused: {trouble}" if trouble else pubsub.state_of(answer)
            elif name == following.fetching:
                items = None if trouble else pubsub.items_of(answer)
                return ListFetched(feed, items, trouble or ("" if items is not None else "an answer without items"))
        return None

    def fetched(self, fetched: ListFetched, now: float) -> tuple[Effect, ...]:
        """Let all that a feed holds replace what was known of it; a fetch that failed changes nothing."""
        feed, items = fetched.feed, fetched.items
        following, lists = self._following.get(feed), self._lists
        if following is None or lists is None:
            return ()
        if items is None:
            return self._failed(feed, following, fetched.error, now)
        following.fetching = ""
        following.failures = following.losses = 0
        following.due = now + lists.wanted.refresh
        source = following.source
        source.trouble, source.updated = None, now
        entries = [entry for item in items if (entry := read_item(feed.node, item)) is not None]
        change = source.replace(entries, min(lists.wanted.max_growth, lists.copies.room))
        return self._changed(feed, change, "list_fetched")

    def _failed(self, feed: Feed, following: Following, why: str, now: float) -> tuple[Effect, ...]:
        """Keep what is known, and try again later."""
        following.subscribing = following.fetching = ""
        following.losses = 0
        following.source.trouble = why
        following.due = now + self._wait(following.failures)
        following.failures += 1
        return (Event("list_not_fetched", {"service": feed.service, "node": feed.node, "why": why}),)

    def published(self, message: Stanza) -> tuple[Effect, ...]:
        """Take in what a service says has happened to its nodes."""
        effects: list[Effect] = []
        service = message.sender.full
        for (node, kind), happened in groupby(pubsub.published(message), lambda told: (told.node, _kind(told))):
            feed = Feed(service, node)
            if feed in self._following:
                effects += self._happened(feed, kind, happened)
        return tuple(effects)

    def _happened(self, feed: Feed, kind: str, happened: Iterable[pubsub.Published]) -> tuple[Effect, ...]:
        source, lists = self._following[feed].source, self._lists
        if lists is None:
            return ()
        told = [told.added if told.added is not None else told.removed or "" for told in happened]
        entries = [entry for item in told if (entry := read_item(feed.node, item)) is not None]
        if kind == "added":
            change = source.add(entries, min(lists.wanted.max_growth, lists.copies.room))
        elif kind == "removed":
            change = source.remove(entries)
        else:
            change = source.replace(())
        return self._changed(feed, change, "list_changed")

    def _changed(self, feed: Feed, change: Change, name: str) -> tuple[Effect, ...]:
        if self._lists is not None:
            self._lists.copies.changed(feed, change)
            self._lists.compile()
        fields = {"service": feed.service, "node": feed.node, "size": len(self._following[feed].source)}
        counts = {"added": len(change.added), "removed": len(change.removed)}
        told: tuple[Effect, ...] = (Event(name, fields | counts),)
        if change.left_out:
            told += (Event("list_capped", fields | {"left_out": change.left_out}),)
        return told

    def states(self) -> Iterator[tuple[Feed, Following]]:
        """Yield how it stands with each feed."""
        yield from self._following.items()


def _kind(told: pubsub.Published) -> str:
    if told.added is not None:
        return "added"
    return "removed" if told.removed is not None else "emptied"


def _condition(answer: Stanza) -> str:
    error = next(answer.children("error"), None)
    conditions = [child.tag.rpartition("}")[2] for child in (error if error is not None else ())]
    return next((name for name in conditions if name != "text"), "an error")
