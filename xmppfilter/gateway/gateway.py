"""The core without a network: events go in, effects come out, and the time is what the caller says it is.

The component, a replay and the tests differ only in who feeds the events and performs the effects. Everything goes
through `handle`; whoever has read a question already, from the bytes, has it answered by `questions` at once.
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Final, assert_never

from xmppfilter.gateway.dialogue import Dialogue
from xmppfilter.gateway.events import (
    Connected,
    Disconnected,
    GatewayEvent,
    Leaving,
    Received,
    RosterKnown,
    Ticked,
    TooLarge,
)
from xmppfilter.gateway.seams import Seams
from xmppfilter.gateway.setup import NOBODY, Listeners, Setup
from xmppfilter.judging.counts import Counts
from xmppfilter.judging.effects import Effect, Forward, Notice, Reply, Work
from xmppfilter.judging.judge import Judge
from xmppfilter.judging.verdict import PASSING
from xmppfilter.lists.feeds import ListFetched
from xmppfilter.lists.library import Library, ListRead
from xmppfilter.lists.lists import Lists
from xmppfilter.memory.state import State
from xmppfilter.registers.bans import BanList
from xmppfilter.registers.rosters import Rosters
from xmppfilter.routes import protocol, unasked, unread
from xmppfilter.routes.chores import Chores
from xmppfilter.routes.pushes import Pushes, Server
from xmppfilter.routes.questions import Questions
from xmppfilter.routes.route import Question
from xmppfilter.stanza.iq import iq_error, may_be_answered
from xmppfilter.stanza.jid import JidError
from xmppfilter.stanza.view import Stanza, StanzaError
from xmppfilter.stanza.xml import XmlError

HOUSEKEEPING: Final = 0.25
"""Seconds between two looks at what has expired."""
EXPIRE_AT_MOST: Final = 1000
"""Entries that one look may forget, of whatever structures, so that no stanza waits for it."""
HURRIED: Final = 0.05
"""Seconds to the next look, where that was not enough."""


class Gateway:
    """Decides, and remembers. Only one thread may use it."""

    def __init__(self, setup: Setup, state: State, listeners: Listeners = NOBODY) -> None:
        """Judge by *setup* on *state*, and tell *listeners* what happens."""
        self.state = state
        self.counts = Counts()
        self.connected = False
        self.troubles: dict[str, str] = {}
        """What is wrong with what is done at each tick, by its name."""
        self.servers: dict[str, Server] = {}
        self.chores = Chores()
        """What is done bit by bit."""
        self.pushes = Pushes(self.chores)
        self.library = Library(listeners.on_fetched)
        self._next_look = 0.0
        self.spammers: BanList | None = None
        """The ban list; None: no filter that is on uses it."""
        self._seams = Seams((), {})
        self.setup = setup
        self.judge = Judge(
            setup.policy,
            setup.pipeline,
            counts=self.counts,
            owe=self.pushes.owe,
            on_stanza=listeners.on_stanza,
            on_verdict=listeners.on_verdict,
        )
        self.questions = Questions(self.judge.judge, self.counts)
        self._dialogue = Dialogue(self.judge, self.counts, self.library.feeds, self.pushes, self.chores)
        self.configure(setup, 0.0)

    def configure(self, setup: Setup, now: float, *, anew: bool = True) -> tuple[Effect, ...]:
        """Go on with *setup*, on what has been learnt. Returns what is to be said to servers and services now.

        With *anew* lists that are followed already are fetched again at once, and not only when they are due.
        """
        was_monitor = self.setup.policy.rules.monitor
        self.setup = setup
        self._obey(now)
        self.judge.go_by(setup.policy, setup.pipeline)
        self.spammers = setup.registers.get(BanList)
        former, self._seams = self._seams, Seams(setup.pipeline.mounts, setup.registers)
        self._seams.resume(former, now, setup.admins | setup.policy.unfiltered)
        if was_monitor and not setup.policy.rules.monitor:
            self._seams.begin_enforcing(now)
        strangers = [jid for jid in setup.servers if jid not in self.servers]
        self.servers = {jid: self.servers.get(jid) or Server(jid) for jid in sorted(setup.servers)}
        self.questions.configure(setup.jid.bare, self.servers)
        hello = protocol.hello(setup.software, setup.route, "bans locks reports", setup.max_stanza_size)
        self._dialogue.configure(setup, self.servers, self._seams, hello)
        self.pushes.configure(setup.written, hello, self.servers, self._seams.banning, setup.locks)
        self._tell_exceptions(now)
        self._next_look = now
        lists = setup.registers.get(Lists)
        wants, ours = self._seams.wants_lists, setup.policy.ours
        asked = self.library.configure(setup.written, lists, wants, now, anew=anew, ours=ours)
        greetings = tuple(greeting for jid in strangers for greeting in self.pushes.greet(jid))
        return (*greetings, *asked) if self.connected else ()

    # --- the operator's mode

    @property
    def ordered_mode(self) -> str | None:
        """The mode that an operator has ordered in place of the configured one; None: that one holds."""
        mode = "monitor" if self.setup.policy.rules.monitor else "enforce"
        return mode if mode != self.setup.mode else None

    def order_mode(self, mode: str, now: float) -> None:
        """Let *mode* hold, over reloads and restarts, until it is ordered otherwise or the configured one changes."""
        self.setup.orders.order(mode, self.setup.mode, now)
        self._change_mode(now)

    def _obey(self, now: float) -> bool:
        """Let the policy go by the mode that was ordered, or else the configured one; whether it went by another."""
        monitor = (self.setup.orders.mode(self.setup.mode, now) or self.setup.mode) == "monitor"
        if monitor == self.setup.policy.rules.monitor:
            return False
        self.setup.policy.switch(monitor=monitor)
        return True

    def _change_mode(self, now: float) -> bool:
        """Do the same while we judge."""
        changed = self._obey(now)
        if changed and not self.setup.policy.rules.monitor:
            self._seams.begin_enforcing(now)
        self._tell_exceptions(now)
        return changed

    def _tell_exceptions(self, now: float) -> None:
        """Let servers know what the policy of now means for the banned of whom we are not asked."""
        policy = self.setup.policy
        self.pushes.spare(unasked.exceptions(policy, self._seams.bans), policy.trusted, now)

    # --- events

    def handle(self, event: GatewayEvent, now: float) -> tuple[Effect, ...]:  # noqa: C901, PLR0911 - one for each event
        """Take *event* in, and return what is to be done. *now* is Unix time in seconds; it never goes back."""
        now = self.judge.now = max(now, self.judge.now)
        match event:
            case Received():
                return self._received(event.stanza, now)
            case TooLarge():
                return self._too_large(event, now)
            case RosterKnown():
                self.state.shared(Rosters).replace(event.user, event.items)
                return ()
            case Connected():
                self.connected = True
                self.pushes.begin(now)
                greetings = tuple(greeting for jid in self.servers for greeting in self.pushes.greet(jid))
                return greetings + self.library.feeds.connected(now)
            case Disconnected():
                self.connected = False
                for server in self.servers.values():
                    server.software = None
                self.library.feeds.disconnected(now)
                return ()
            case Leaving():
                return self.pushes.leave()
            case Ticked():
                return self._ticked(now)
            case ListFetched():
                return self.library.feeds.fetched(event, now)
            case ListRead():
                return self.library.read(event, now)
        assert_never(event)

    def next_tick(self) -> float:
        """Return the Unix time at which `Ticked` is due."""
        return 0.0 if self.busy else min(self._next_look, self.pushes.due, self.library.due)

    @property
    def busy(self) -> bool:
        """Whether something is being done, a bit at each tick."""
        return self.library.busy or self.chores.busy

    def next_event(self) -> float:
        """Return when something falls due that is worth a word; `next_tick` also looks after what has expired."""
        return self._seams.due

    def _too_large(self, gone: TooLarge, now: float) -> tuple[Effect, ...]:
        """Do what can be done about a stanza of which only the beginning is there."""
        self.counts.too_large += 1
        start = unread.start_of(gone.head)
        if start is None:
            return (Notice("too_large", {"size": gone.size}),)
        event = Notice(
            "too_large", {"from": _bare(start.attributes.get("from", "")), "what": start.name, "size": gone.size}
        )
        try:
            return (*self._unread(start, gone, now), event)
        except JidError:
            return (event,)

    def _unread(self, start: Stanza, gone: TooLarge, now: float) -> tuple[Effect, ...]:
        question = self.questions.read_head(start, gone.head, gone.size)
        if question is not None:
            return self._answer(question, now)
        if may_be_answered(start):
            most = f"larger than {self.setup.max_stanza_size} bytes"
            return (Reply(iq_error(start, "modify", "policy-violation", most)),)
        return self.library.feeds.too_large(start, now)

    def _received(self, stanza: Stanza, now: float) -> tuple[Effect, ...]:
        try:
            question = self.questions.read(stanza)
            return self._answer(question, now) if question is not None else self._dialogue.hear(stanza, now)
        except (StanzaError, XmlError, JidError) as wrong:
            self.counts.malformed += 1
            event = Notice("malformed", {"from": _bare(stanza.attributes.get("from", "")), "problem": str(wrong)[:200]})
            if isinstance(wrong, JidError) or not may_be_answered(stanza):
                return (event,)
            return (Reply(iq_error(stanza, "modify", "bad-request", str(wrong)[:200])), event)

    def _answer(self, question: Question, now: float) -> tuple[Effect, ...]:
        written: list[bytes] = []
        outcome = self.questions.answer(question, now, written)
        passed_on = question[0].passes_on and outcome.verdict.action in PASSING
        return (*(Forward(xml) if passed_on else Reply(xml) for xml in written), *outcome.effects)

    def command(self, effects: Iterable[Effect]) -> tuple[Effect, ...]:
        """Carry out what an operator's command wants done."""
        return self.pushes.owe(effects, self.judge.now)

    # --- the clock

    def _ticked(self, now: float) -> tuple[Effect, ...]:
        todo: list[tuple[str, Callable[[float], Iterable[Effect]]]] = [("pushes", self._pay)]
        if now >= self._next_look:
            self._next_look = now + HOUSEKEEPING
            todo += [
                ("expiry", self._expire),
                ("filters", self._wake),
                ("orders", self._follow_orders),
            ]
            todo += ((name, partial(self._begin, tick)) for name, tick in self._seams.ticks())
        effects: list[Effect] = []
        for name, chore in (*todo, ("chores", self._work), ("lists", self.library.tick)):
            try:
                effects.extend(chore(now))
            except Exception as failure:  # noqa: BLE001 - a mistake in one must not cost the others their turn
                self.troubles[name] = f"{type(failure).__name__}: {failure}"
                effects.append(Notice("chore_failed", {"chore": name, "failure": self.troubles[name]}))
            else:
                self.troubles.pop(name, None)
        return tuple(effects)

    def _pay(self, now: float) -> tuple[Effect, ...]:
        self.pushes.pay_bans(now)
        return tuple(self.pushes.pay_locks(now))

    def _expire(self, now: float) -> tuple[Effect, ...]:
        if self.state.expire(now, EXPIRE_AT_MOST) >= EXPIRE_AT_MOST:
            self._next_look = now + HURRIED
        return ()

    def _follow_orders(self, now: float) -> tuple[Effect, ...]:
        """Hear what was ordered before the store could be read, or elsewhere."""
        if self.setup.orders.are_news and self._change_mode(now):
            return (Notice("mode", {"mode": self.ordered_mode or self.setup.mode}),)
        return ()

    def _wake(self, now: float) -> tuple[Effect, ...]:
        self.setup.pipeline.wake(now)
        return ()

    def _begin(self, tick: Callable[[float], Work | None], now: float) -> tuple[Effect, ...]:
        """Begin what a filter or a register wants done now."""
        if (work := tick(now)) is not None:
            self.chores.add(work)
        return ()

    def _work(self, now: float) -> Iterable[Effect]:
        return self.pushes.owe(self.chores.work(), now)


def _bare(text: str) -> str:
    """Return what the log may show of an address that need not be one."""
    return text.partition("/")[0][:200]
