"""Follows the blocklists that pubsub services publish. Only the configured services are believed."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from xmppfilter.judging.effects import Effect, Subscribe
from xmppfilter.lists import pubsub
from xmppfilter.lists.copies import Feed
from xmppfilter.lists.following import LOSSES, Following
from xmppfilter.lists.lists import Lists
from xmppfilter.stanza.view import Stanza

IDS: Final = ("subscribe-", "unsubscribe-", "items-")
"""How the ids of our requests begin."""
STEPS: Final = 150
"""How much is taken in at once: as many entries, or so, which takes a millisecond or two."""
PAUSE: Final = 0.01
"""Seconds until as much again may be taken in."""
_NEVER: Final = float("inf")


@dataclass(frozen=True, slots=True)
class ListFetched:
    """A service has given all items of a node, or it has not: then `error` says why."""

    feed: Feed
    items: tuple[str, ...] | None
    error: str = ""


class Allowance:
    """Steps that may be taken, so many in a while."""

    def __init__(self) -> None:
        self._left = STEPS
        self._renewed = 0.0

    def renew(self, now: float) -> None:
        """Allow as many as ever from *now* on."""
        self._left, self._renewed = STEPS, now

    def spend(self, work: Sequence[Callable[[int], tuple[list[Effect], int]]], now: float) -> list[Effect]:
        """Let each piece of *work* take its share, and what those before it leave; return what came of it."""
        if now >= self._renewed + PAUSE:
            self.renew(now)
        effects: list[Effect] = []
        for place, take in enumerate(work):
            share = self._left // (len(work) - place)
            done, left = take(share)
            effects += done
            self._left -= share - left
        return effects


class Feeds:
    """All feeds that are configured."""

    def __init__(self, told: Callable[[Feed, str, float], None]) -> None:
        """Call *told* when a feed was fetched, or with why it was not."""
        self._told = told
        self._following: dict[Feed, Following] = {}
        self._connected = False
        self._own = ""
        self._ids = 0
        self._hearing = Allowance()
        """For what is published: that holds at once, however much is being fetched."""
        self._reading = Allowance()

    @property
    def due(self) -> float:
        """The Unix time at which `tick` has something to do; infinity: nothing is awaited."""
        if self.busy:
            return 0.0
        return min((one.wakes for one in self._following.values()), default=_NEVER) if self._connected else _NEVER

    @property
    def busy(self) -> bool:
        """Whether something is being taken in."""
        return any(following.hears or following.reads for following in self._following.values())

    def configure(self, own: str, lists: Lists | None, now: float, *, anew: bool = True) -> tuple[Effect, ...]:
        """Speak as *own*, and follow the feeds that *lists* wants.

        Of those that stay all are asked *anew*, or else those that are due or could not be had.
        """
        before, self._own, self._following = self._following, own, {}
        if lists is not None:
            for feed, holds in lists.wanted.feeds.items():
                known = before.get(feed)
                if known is None or known.lists is not lists or known.holds != holds:
                    known = Following(feed, holds, lists, self._id, self._told)
                    known.renew(now)
                elif anew or known.source.trouble:
                    known.renew(now)
                else:
                    known.due = min(known.due, now + lists.wanted.refresh)
                self._following[feed] = known
        if not self._connected:
            return ()
        gone = [feed for feed in before if feed not in self._following]
        left = (Subscribe(*feed, self._id("unsubscribe"), wanted=False) for feed in gone)
        return (*left, *self._ask(self._following.values(), now))

    def connected(self, now: float) -> tuple[Effect, ...]:
        """Ask for everything: a subscription may be gone, and what happened meanwhile was not told."""
        self._connected = True
        for following in self._following.values():
            if following.losses < LOSSES:
                following.due = now
        return self._ask(self._following.values(), now)

    def disconnected(self, now: float) -> None:
        """Note that what was asked will not be answered."""
        self._connected = False
        for one in self._following.values():
            one.lost(now)

    def tick(self, now: float) -> tuple[Effect, ...]:
        """Go on taking in, ask for what is due, and give up on who has not answered."""
        for allowance in (self._hearing, self._reading):
            allowance.renew(now)
        effects = (*self._hear(now), *self._read(now))
        if not self._connected:
            return effects
        late = [one for one in self._following.values() if one.silent and one.wakes <= now]
        given_up = [effect for one in late for effect in one.give_up(self._silence(one.feed), now)]
        return (*effects, *given_up, *self._ask((one for one in self._following.values() if not one.silent), now))

    def _silence(self, feed: Feed) -> str:
        return (
            f"no answer from {feed.service}: to answer, it must find {self._own}, by a DNS record such as"
            f" _xmpp-server._tcp.{self._own} (SRV), and trust it, by a certificate or dialback"
        )

    def _ask(self, followed: Iterable[Following], now: float) -> tuple[Effect, ...]:
        return tuple(effect for one in followed for effect in one.ask(now))

    def _id(self, what: str) -> str:
        self._ids += 1
        return f"{what}-{self._ids}"

    # --- hearing

    def is_service(self, jid: str) -> bool:
        """Whether *jid* is believed about its lists."""
        return any(feed.service == jid for feed in self._following)

    def answered(self, answer: Stanza, now: float) -> tuple[Effect, ...]:
        """Take the answer to a request of ours."""
        sender = answer.sender.full
        followed = [one for feed, one in self._following.items() if feed.service == sender]
        return tuple(effect for one in followed for effect in one.answered(answer, now)) + self._read(now)

    def too_large(self, start: Stanza, now: float) -> tuple[Effect, ...]:
        """Note that something was too large to be held that began with *start*: if a service sent it, see whose it was.

        Raises JidError.
        """
        followed = [one for feed, one in self._following.items() if feed.service == start.sender.full]
        return tuple(effect for one in followed for effect in one.too_large(start, now))

    def fetched(self, fetched: ListFetched, now: float) -> tuple[Effect, ...]:
        """Let all that a feed holds replace what was known of it; a fetch that failed changes nothing."""
        following = self._following.get(fetched.feed)
        if following is None:
            return ()
        return following.fetched(fetched.items, fetched.error, now) + self._read(now)

    def published(self, message: Stanza, now: float) -> tuple[Effect, ...]:
        """Take in what a service says has happened to its nodes."""
        service = message.sender.full
        effects: list[Effect] = []
        for said in pubsub.said(message):
            following = self._following.get(Feed(service, said.node))
            if following is not None:
                effects += following.happened(said)
        return (*effects, *self._hear(now))

    def states(self) -> Iterator[tuple[Feed, Following]]:
        """Yield how it stands with each feed."""
        yield from self._following.items()

    # --- taking in: as much as may be now, and the rest at the next ticks

    def _hear(self, now: float) -> tuple[Effect, ...]:
        return tuple(self._hearing.spend([one.hear for one in self._following.values() if one.hears], now))

    def _read(self, now: float) -> tuple[Effect, ...]:
        reading = [partial(one.read, now=now) for one in self._following.values() if one.reads]
        return tuple(self._reading.spend(reading, now))
