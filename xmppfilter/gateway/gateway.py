"""The core without a network: events go in, effects come out, and the time is what the caller says it is.

The component, a replay and the tests differ only in who feeds the events and performs the effects. Everything goes
through `handle`; whoever has read a question already, from the bytes, has it answered by `questions` at once.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, assert_never

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
from xmppfilter.judging.counts import Counts
from xmppfilter.judging.effects import Effect, Event, Forward, LockAccount, Reply, Work
from xmppfilter.judging.judge import Judge
from xmppfilter.judging.pipeline import Pipeline
from xmppfilter.judging.policy import Policy
from xmppfilter.judging.seams import Evidence, Source
from xmppfilter.judging.verdict import PASSING
from xmppfilter.lists import feeds, pubsub
from xmppfilter.lists.feeds import ListFetched
from xmppfilter.lists.library import Library, ListRead, OnFetched
from xmppfilter.lists.lists import Lists
from xmppfilter.memory.sets import Set
from xmppfilter.memory.state import State
from xmppfilter.registers.bans import BanList
from xmppfilter.registers.rosters import Rosters
from xmppfilter.registers.standing import StandingOrders
from xmppfilter.routes import protocol, unasked, unread
from xmppfilter.routes.chores import Chores
from xmppfilter.routes.pushes import Pushes, Server
from xmppfilter.routes.questions import Questions
from xmppfilter.routes.reports import is_report, report_of
from xmppfilter.routes.route import Question
from xmppfilter.stanza.iq import build_iq, error_condition, iq_error, may_be_answered
from xmppfilter.stanza.jid import Jid, JidError
from xmppfilter.stanza.namespaces import CHECK, FORWARD
from xmppfilter.stanza.view import Kind, Stanza, StanzaError
from xmppfilter.stanza.xml import XmlError

HOUSEKEEPING: Final = 0.25
"""Seconds between two looks at what has expired."""
SHOWN: Final = 10
"""Accounts that a server refused to lock which are told of one answer."""
EXPIRE_AT_MOST: Final = 500
"""Entries that one look may forget, so that no stanza waits for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """All that a reload exchanges; what has been learnt stays."""

    jid: Jid
    """The component's own address."""
    written: str
    """The same as the server's configuration spells it: a server knows a domain by one spelling alone."""
    servers: frozenset[str]
    """JIDs that may hand us stanzas, reports and rosters."""
    admins: frozenset[str]
    """Bare JIDs that may ask the component what it is, and whose accounts are never disabled."""
    route: str
    software: str
    max_stanza_size: int
    """Bytes that a question may have, to be looked into."""
    policy: Policy
    mode: str
    """What the configuration says; the operator may have ordered otherwise."""
    orders: StandingOrders
    locks: Set
    """Where orders to lock accounts are kept until servers have said that they are done."""
    pipeline: Pipeline
    registers: Mapping[type, Any]
    """Every register that is in use, by its kind."""
    structures: frozenset[str]
    """The names of all structures that are in use; others age out."""


class Gateway:
    """Decides, and remembers. Only one thread may use it."""

    def __init__(self, setup: Setup, state: State, on_fetched: Iterable[OnFetched] = ()) -> None:
        """Judge by *setup* on *state*; *on_fetched* are told of every list that was fetched."""
        self.state = state
        self.counts = Counts()
        self.connected = False
        self.troubles: dict[str, str] = {}
        """What is wrong with what is done at each tick, by its name."""
        self.servers: dict[str, Server] = {}
        self.chores = Chores()
        """What is done bit by bit."""
        self.pushes = Pushes(self.chores)
        self.library = Library(on_fetched)
        self._next_look = 0.0
        self.spammers: BanList | None = None
        """The ban list; None: no filter that is on uses it."""
        self._seams = Seams((), {})
        self.setup = setup
        self.judge = Judge(setup.policy, setup.pipeline, counts=self.counts, owe=self.pushes.owe)
        self.questions = Questions(self.judge.judge, self.counts)
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
        self._seams.resume(former, now, setup.admins)
        if was_monitor and not setup.policy.rules.monitor:
            self._seams.begin_enforcing(now)
        strangers = [jid for jid in setup.servers if jid not in self.servers]
        self.servers = {jid: self.servers.get(jid) or Server(jid) for jid in sorted(setup.servers)}
        self.questions.configure(setup.jid.bare, self.servers)
        self._hello = protocol.hello(setup.software, setup.route, "bans locks reports", setup.max_stanza_size)
        self.pushes.configure(setup.written, self._hello, self.servers, self._seams.banning, setup.locks)
        self._tell_exceptions(now)
        self._next_look = now
        lists = setup.registers.get(Lists)
        asked = self.library.configure(setup.written, lists, self._seams.wants_lists, now, anew=anew)
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
        self.pushes.spare(unasked.exceptions(self.setup.policy, self._seams.bans), now)

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
            return (Event("too_large", {"size": gone.size}),)
        event = Event(
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
            return self._answer(question, now) if question is not None else self._for_us(stanza, now)
        except (StanzaError, XmlError, JidError) as wrong:
            self.counts.malformed += 1
            event = Event("malformed", {"from": _bare(stanza.attributes.get("from", "")), "problem": str(wrong)[:200]})
            if isinstance(wrong, JidError) or not may_be_answered(stanza):
                return (event,)
            return (Reply(iq_error(stanza, "modify", "bad-request", str(wrong)[:200])), event)

    def _answer(self, question: Question, now: float) -> tuple[Effect, ...]:
        written: list[bytes] = []
        outcome = self.questions.answer(question, now, written)
        passed_on = question[0].passes_on and outcome.verdict.action in PASSING
        return (*(Forward(xml) if passed_on else Reply(xml) for xml in written), *outcome.effects)

    # --- what is said to the component itself

    def _for_us(self, stanza: Stanza, now: float) -> tuple[Effect, ...]:
        server = self.servers.get(stanza.sender.bare)
        if stanza.name == "iq":
            return self._iq(stanza, server, now)
        if stanza.name != "message" or stanza.kind is Kind.ERROR:
            return ()
        if pubsub.is_event(stanza):
            return self._published(stanza, now)
        return self._message(stanza, server, now)

    def _message(self, stanza: Stanza, server: Server | None, now: float) -> tuple[Effect, ...]:
        if server is None:
            claims = is_report(stanza) or not stanza.lacks(FORWARD.encode())
            return self._disbelieve(stanza) if claims else ()
        if is_report(stanza):
            report = report_of(stanza)
            return self._report(report.reported, report.reporter, now)
        return ()

    def _iq(self, stanza: Stanza, server: Server | None, now: float) -> tuple[Effect, ...]:
        if stanza.kind is Kind.IQ_REPLY and (stanza.id or "").startswith(feeds.IDS):
            return self.library.feeds.answered(stanza, now)
        if stanza.lacks(CHECK.encode()) and stanza.kind is Kind.IQ:
            return ()
        if server is None:
            return self._disbelieve(stanza) if stanza.kind is Kind.IQ else ()
        # an error may have in it what it is about: our own hello
        if stanza.type != "error" and (said := protocol.element(stanza, "hello")) is not None:
            return self._greeted(stanza, said.attrib, server, now)
        if stanza.kind is Kind.IQ_REPLY:
            return self._answered(stanza, server, now)
        return self._unlocked(stanza, server, now)

    def _disbelieve(self, stanza: Stanza) -> tuple[Effect, ...]:
        self.counts.disbelieved += 1
        event = Event("disbelieved", {"from": stanza.sender.bare, "what": stanza.name})
        if not may_be_answered(stanza):
            return (event,)
        return (Reply(iq_error(stanza, "auth", "forbidden")), event)

    def _greeted(self, stanza: Stanza, said: Mapping[str, str], server: Server, now: float) -> tuple[Effect, ...]:
        server.software = said.get("software", "unknown")[:200]
        server.written = stanza.attributes.get("from", "").partition("/")[0]
        server.route = said.get("route", "")[:20]
        server.options = said.get("options", "")[:200]
        server.trouble = None
        reply: tuple[Effect, ...] = ()
        if may_be_answered(stanza):
            attributes = stanza.attributes
            asker, name = attributes.get("from", ""), attributes.get("id", "")
            reply = (Reply(build_iq("result", attributes.get("to", ""), asker, name, self._hello)),)
        event = Event("hello", {"server": server.jid, "software": server.software, "route": server.route})
        self.pushes.welcome(server, now)
        return (*reply, event, *self.chores.work())

    def _answered(self, stanza: Stanza, server: Server, now: float) -> tuple[Effect, ...]:
        """Take the answer to a push or hello of ours: only trouble is worth a word."""
        name = stanza.id or ""
        trouble = error_condition(stanza) if stanza.type == "error" else ""
        self.pushes.answered(name, server, trouble, now)
        if not trouble:
            said = protocol.element(stanza, "locks")
            refused = [] if said is None else [one.get("jid", "")[:200] for one in said if one.tag == protocol.REFUSED]
            fields = {"server": server.jid, "what": "locks"}
            return tuple(Event("refused", {**fields, "jid": jid, "why": "not its account"}) for jid in refused[:SHOWN])
        if name.startswith("hello-"):
            if server.greeted:
                return ()  # one of several spellings of its name is none that it knows
            server.trouble = trouble
        return (Event("refused", {"server": server.jid, "what": name.partition("-")[0], "why": trouble}),)

    def _unlocked(self, stanza: Stanza, server: Server, now: float) -> tuple[Effect, ...]:
        """Pardon an account that an operator of its own server has unlocked there."""
        said = protocol.element(stanza, "unlocked")
        if said is None:
            raise StanzaError("wanted <check/>, <hello/> or <unlocked/>")
        try:
            jid = Jid.parse(said.get("jid", ""))
        except JidError as wrong:
            raise StanzaError(f"<unlocked/>: {wrong}") from wrong
        if not jid.local or jid.domain != server.jid:
            return (Reply(iq_error(stanza, "cancel", "item-not-found", "no account of yours")),)
        self.pushes.orders.withdraw(jid.bare, now)
        pardoned = self.spammers.pardon(jid.bare, now) if self.spammers is not None else None
        # its server knows already that it is not locked
        effects = [effect for effect in pardoned or () if not isinstance(effect, LockAccount)]
        attributes = stanza.attributes
        answer = build_iq("result", attributes["to"], attributes["from"], attributes.get("id", ""), "")
        event = Event("account_unlocked", {"jid": jid.bare, "server": server.jid})
        return (Reply(answer, durable=True), event, *self.pushes.owe(effects, now))

    def _report(self, reported: Jid, reporter: str | None, now: float) -> tuple[Effect, ...]:
        self.counts.reports["named" if reporter else "unnamed"] += 1
        policy = self.setup.policy
        evidence = Evidence(
            source=Source.REPORT,
            about=policy.address_of(reported),
            by=reporter,
            local=policy.is_local_user(reported),
            monitored=policy.is_monitored(Jid.parse(reporter) if reporter else reported),
        )
        return self.pushes.owe(self._seams.learn(evidence, now), now)

    def _published(self, stanza: Stanza, now: float) -> tuple[Effect, ...]:
        """Take in what a service says has happened to its lists, if it is one of ours."""
        if not self.library.feeds.is_service(stanza.sender.full):
            return self._disbelieve(stanza)
        if self.judge.recorder is not None:
            self.judge.recorder(stanza, now)
        return self.library.feeds.published(stanza, now)

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
                effects.append(Event("chore_failed", {"chore": name, "failure": self.troubles[name]}))
            else:
                self.troubles.pop(name, None)
        return tuple(effects)

    def _pay(self, now: float) -> tuple[Effect, ...]:
        self.pushes.pay_bans(now)
        return tuple(self.pushes.pay_locks(now))

    def _expire(self, now: float) -> tuple[Effect, ...]:
        self.state.expire(now, EXPIRE_AT_MOST)
        return ()

    def _follow_orders(self, now: float) -> tuple[Effect, ...]:
        """Hear what was ordered before the store could be read, or elsewhere."""
        if self.setup.orders.are_news and self._change_mode(now):
            return (Event("mode", {"mode": self.ordered_mode or self.setup.mode}),)
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
