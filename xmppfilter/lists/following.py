"""Follows one list of one pubsub service: subscribe, then fetch, page by page, and hear what happens all the while.

The order matters: what is published between the two would otherwise be missed. A fetch that fails changes nothing; it
is tried again sooner than the next would have been due.
"""

from collections import deque
from collections.abc import Callable, Iterable
from typing import Final

from xmppfilter.judging.effects import Effect, Fetch, Notice, Subscribe, Work
from xmppfilter.lists import pubsub
from xmppfilter.lists.copies import Feed
from xmppfilter.lists.intake import Intake
from xmppfilter.lists.lists import Lists
from xmppfilter.lists.page import NOT_UNDERSTOOD, PAGE, FetchError, OddPagesError, Page, Paging
from xmppfilter.lists.source import Source
from xmppfilter.stanza.iq import error_condition
from xmppfilter.stanza.view import Stanza
from xmppfilter.stanza.xml import XmlError

ANSWER_WITHIN: Final = 60.0
"""Seconds after which a service that has not answered is told to be silent."""
FIRST_RETRY: Final = 60.0
"""Seconds until a fetch that failed is tried again; each further failure doubles them, up to `refresh`."""
LOSSES: Final = 2
"""Connections lost while a list was awaited, after which the list may be what loses them, and has to wait."""
MOST_WAITING: Final = 64
"""Events that may wait for their turn; a service that says more is heard at once, and read no faster."""
LOST: Final = "the connection was lost while it was awaited (larger than the server lets pass?)"


class Following:
    """How it stands with one feed."""

    def __init__(
        self, feed: Feed, holds: str, lists: Lists, name: Callable[[str], str], told: Callable[[Feed, str, float], None]
    ) -> None:
        """Follow *feed*, whose items are what it *holds*, into *lists*.

        *name* gives requests their ids; *told* is told when the feed was fetched, or why it was not.
        """
        self.feed = feed
        self.holds = holds
        self.lists = lists
        self.subscription = "not asked"
        self.due = 0.0
        """When it is to be asked for again."""
        self.losses = 0
        self._name = name
        self._told = told
        self._intake = Intake(feed, holds, lists)
        self._paging = Paging()
        self._subscribing = ""
        """The id of the request that is not answered yet."""
        self._fetching = ""
        self._asked = 0.0
        self._failures = 0
        self._outdated = False
        """What is being read is taken in, but has to be asked for anew: the connection is gone over which it came."""
        self._reading: Work | None = None
        """What is left to do with what was fetched."""
        self._events: deque[Work] = deque()
        self._now = 0.0

    @property
    def source(self) -> Source:
        """What it lists."""
        return self._intake.source

    @property
    def silent(self) -> bool:
        """Whether an answer is awaited."""
        return bool(self._subscribing or self._fetching)

    @property
    def hears(self) -> bool:
        """Whether something has happened that is not taken in."""
        return bool(self._events)

    @property
    def reads(self) -> bool:
        """Whether something was fetched that is not taken in."""
        return self._reading is not None

    @property
    def wakes(self) -> float:
        """When it has to be asked for again, or has not answered in time."""
        return self._asked + ANSWER_WITHIN if self.silent else self.due

    # --- asking

    def renew(self, now: float) -> None:
        """Want everything anew, as if nothing had gone wrong."""
        self.due = now
        self._failures = 0
        self._outdated = self.reads

    def ask(self, now: float) -> tuple[Effect, ...]:
        """Ask for everything; for the list only when it is due, and what has come of it was taken in."""
        if now < self.due or self.reads:
            return (self._subscribe(now),) if self.subscription == "not asked" and not self._subscribing else ()
        self._outdated = False
        return (self._subscribe(now), self._fetch(now, Paging()))

    def _subscribe(self, now: float) -> Subscribe:
        self._subscribing, self._asked = self._name("subscribe"), now
        return Subscribe(*self.feed, self._subscribing)

    def _fetch(self, now: float, paging: Paging) -> Fetch:
        self._paging = paging
        self._intake.expect()
        return self._fetch_page(now, "")

    def _fetch_page(self, now: float, after: str) -> Fetch:
        self._fetching, self._asked = self._name("items"), now
        return Fetch(*self.feed, self._fetching, 0 if self._paging.plain and not after else PAGE, after)

    def give_up(self, why: str, now: float) -> tuple[Effect, ...]:
        """Wait no longer for the answers that have not come."""
        if self._subscribing:
            self._subscribing, self.subscription = "", "no answer"
        return self._failed(why, now) if self._fetching else ()

    def lost(self, now: float) -> None:
        """Note that the connection is gone, and with it the answers; what came before is still taken in."""
        fetching, self._fetching = self._fetching, ""
        self._subscribing, self.subscription = "", "not asked"
        self._outdated = True
        if fetching:
            self._intake.give_up()
            self.losses += 1
            self.source.trouble = LOST
            self.due = now + self._wait(self.losses - LOSSES)

    def too_large(self, start: Stanza, now: float) -> tuple[Effect, ...]:
        """Note that the service has sent what was too large to be held, and began with *start*."""
        if start.name == "message":
            # something has happened to its nodes, and nobody knows what
            self.due = min(self.due, now + FIRST_RETRY)
            return ()
        if not self._fetching or start.id != self._fetching:
            return ()
        effects = self._failed("its answer is larger than max_stanza_size, and not in pages (XEP-0059)", now)
        self.due = now + self.lists.wanted.refresh  # sooner it would be no smaller
        return effects

    def _wait(self, failures: int) -> float:
        return min(FIRST_RETRY * 2.0 ** max(0, min(failures, 20)), self.lists.wanted.refresh)

    def _failed(self, why: str, now: float) -> tuple[Effect, ...]:
        """Keep what is known, and try again later."""
        self._intake.give_up()
        self._fetching = ""
        self.losses = 0
        self.source.trouble = why
        if not self._outdated:
            self.due = now + self._wait(self._failures)
        self._failures += 1
        self._told(self.feed, why, now)
        fields = {"service": self.feed.service, "node": self.feed.node, "why": why}
        return (Notice("list_not_fetched", fields),)

    # --- hearing

    def answered(self, answer: Stanza, now: float) -> tuple[Effect, ...]:
        """Take the answer to a request of ours, if it is one."""
        name = answer.id or ""
        trouble = error_condition(answer) if answer.type == "error" else ""
        if name and name == self._subscribing:
            self._subscribing = ""
            self.subscription = f"refused: {trouble}" if trouble else pubsub.state_of(answer)
        elif name and name == self._fetching:
            self._fetching = ""
            if not trouble:
                self._reading = self._read(Page(answer.raw))
            elif trouble in NOT_UNDERSTOOD and not self._paging.pages and not self._paging.plain:
                return (self._fetch(now, Paging(plain=True)),)
            else:
                return self._failed(trouble, now)
        return ()

    def fetched(self, items: Iterable[str] | None, error: str, now: float) -> tuple[Effect, ...]:
        """Take in all *items* of the feed; None: they could not be fetched."""
        self._fetching = ""
        if items is None:
            self._reading = None
            return self._failed(error, now)
        self._intake.expect()
        self._reading = self._take(items)
        return ()

    def happened(self, said: pubsub.Said) -> tuple[Effect, ...]:
        """Hear what has happened, after what was said before."""
        self._events.append(self._intake.hear(said))
        effects: list[Effect] = []
        while len(self._events) > MOST_WAITING:
            effects += filter(None, self._events.popleft())
        return tuple(effects)

    # --- taking in

    def hear(self, steps: int) -> tuple[list[Effect], int]:
        """Take in what has happened, in *steps* at most; return what came of it, and how many are left."""
        effects: list[Effect] = []
        while steps > 0 and self._events:
            ended, steps = _advance(self._events[0], steps, effects)
            if ended:
                self._events.popleft()
        return effects, steps

    def read(self, steps: int, now: float) -> tuple[list[Effect], int]:
        """Take in what was fetched, in *steps* at most; return what came of it, and how many are left.

        What has happened goes first, so that a recording, which has it first, says the same.
        """
        self._now = now
        effects: list[Effect] = []
        if steps > 0 and self._reading is not None and not self._events:
            ended, steps = _advance(self._reading, steps, effects)
            if ended:
                self._reading = None
        return effects, steps

    def _read(self, page: Page) -> Work:
        """Take *page* in, and then ask for the next, or let the list be in force."""
        try:
            yield from self._intake.read(page)
            after = self._paging.next(page)
        except OddPagesError as odd:
            yield from self._odd(str(odd))
        except (FetchError, XmlError) as wrong:
            yield from self._failed(str(wrong), self._now)
        else:
            if after is None or self._intake.overrun:
                yield from self._finish()
            elif self._may_go_on():
                yield self._fetch_page(self._now, after)

    def _take(self, items: Iterable[str]) -> Work:
        yield from self._intake.take(items)
        yield from self._finish()

    def _may_go_on(self) -> bool:
        """Whether the next page may be asked for; where something was missed in between, all of it has to be."""
        if self._outdated:
            self._intake.give_up()
        return not self._outdated

    def _odd(self, why: str) -> Work:
        """Try without pages, once."""
        if self._paging.plain:
            yield from self._failed(why, self._now)
        elif self._may_go_on():
            yield Notice("odd_pages", {"service": self.feed.service, "node": self.feed.node, "why": why})
            yield self._fetch(self._now, Paging(plain=True))

    def _finish(self) -> Work:
        if self._intake.overrun:
            yield from self._failed("too much happened while it was fetched", self._now)
            return
        self._failures = self.losses = 0
        if not self._outdated:
            self.due = self._now + self.lists.wanted.refresh
        yield from self._intake.finish(lambda: self._now)
        self._told(self.feed, "", self._now)


def _advance(work: Work, steps: int, effects: list[Effect]) -> tuple[bool, int]:
    """Do *steps* of *work* at most, gather its *effects*; return whether it has come to its end, and the steps left."""
    for step in work:
        if step is not None:
            effects.append(step)
            continue
        steps -= 1
        if not steps:
            return False, 0
    return True, steps
