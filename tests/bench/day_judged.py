"""Lets the day pass through the gateway's core on a virtual clock, and counts what became of it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import yaml

from tests.bench import day_crowds, day_people, day_services, day_spam
from tests.bench.day_life import Arrival, Life, Order, Script
from tests.bench.day_world import (
    ADMIN,
    ASKING,
    DAY,
    OURS,
    ROOMS,
    TELLING_NOTHING,
    TO_US,
    Group,
    Sent,
    World,
    bare,
    domain,
)
from xmppfilter.build import Core
from xmppfilter.cli.init import Server, configuration
from xmppfilter.gateway.events import Received, Ticked
from xmppfilter.judging.catalogue import filter_names
from xmppfilter.judging.effects import Effect, Notice
from xmppfilter.judging.verdict import PASSING, Verdict
from xmppfilter.operators import commands
from xmppfilter.stanza.view import Stanza

MORE: dict[str, dict[str, Any] | None] = {"patterns": {"strings": ["a string that nobody writes"]}}
"""Options of filters that find nothing without any."""
BEGIN = 1_700_006_400.0
"""A midnight, in Unix time."""


def write_settings(folder: Path) -> Path:
    """Write what `init` writes, in enforce mode, and every other filter at its defaults; return where."""
    written = configuration(f"filter.{ASKING}", [ASKING, TELLING_NOTHING], Server.PROSODY)
    found: dict[str, Any] = yaml.safe_load(written)
    found["component"] = {"jid": f"filter.{ASKING}", "secret": "a secret of this day"}
    found["policy"]["mode"] = "enforce"
    found["rooms"] = [ROOMS]
    found["admins"] = [ADMIN]
    found.pop("store", None)
    for name in filter_names():
        found["filters"].setdefault(name, MORE.get(name))
    path = folder / "day.yaml"
    path.write_text(yaml.safe_dump(found, sort_keys=False), encoding="utf-8")
    path.chmod(0o600)
    return path


@dataclass
class Tally:
    """What became of one group's stanzas."""

    judged: Counter[str] = field(default_factory=Counter)
    """By kind: those that a server asked about, or a component saw."""
    unasked: int = 0
    blocked: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By kind, and the rules whose findings weigh."""
    offenders: dict[str, str] = field(default_factory=dict)
    """Who has committed an offence, and so was banned, with the first one in words."""
    examples: dict[tuple[str, str], str] = field(default_factory=dict)


class Heard(NamedTuple):
    """A stanza from elsewhere that was judged."""

    sent: Sent
    known: bool
    """Whether the sender is a contact of the recipient, of which a server may tell nothing."""


@dataclass
class _Playing:
    """A script that goes on, and what it does next."""

    script: Script
    begun: float
    next: Sent | Order


class Part(Protocol):
    """A module of life: it says what begins when."""

    __name__: str

    def arrivals(self, world: World, life: Life) -> Iterable[Arrival]: ...


PARTS: tuple[Part, ...] = (day_people, day_crowds, day_services, day_spam)


class Run:
    """Some time, mostly one day, through one core."""

    def __init__(self, core: Core, world: World, seed: int, heard: list[Heard] | None = None) -> None:
        """Begin with nothing learnt; into *heard* goes what comes from elsewhere."""
        self.tallies = {group: Tally() for group in Group}
        self.events: Counter[str] = Counter()
        self.disabled: list[str] = []
        self._core = core
        self._world = world
        self._seed = seed
        self._heard = heard
        self._numbers = count()
        self._waiting: list[tuple[float, int, Arrival | _Playing]] = []

    def play(self, parts: Iterable[Part] = PARTS, span: float = DAY) -> None:
        """Let everything happen that begins within *span* seconds, in the order of time."""
        world = self._world
        self._core.begin(BEGIN)
        for part in parts:
            for arrival in part.arrivals(world, Life(world, f"{self._seed} {part.__name__}")):
                self._await(BEGIN + arrival.at, arrival)
        for roster in world.rosters():
            self._collect(self._core.gateway.handle(roster, BEGIN))
        while self._waiting:
            now, number, what = heappop(self._waiting)
            if now >= BEGIN + span:
                break
            if isinstance(what, Arrival):
                script = what.play(Life(world, f"{self._seed} {number}", what.group))
                self._go_on(script, now, now, None)
            else:
                self._go_on(what.script, what.begun, now, self._happen(what.next, now))

    def _await(self, at: float, what: Arrival | _Playing) -> None:
        heappush(self._waiting, (at, next(self._numbers), what))

    def _go_on(self, script: Script, begun: float, now: float, passed: bool | None) -> None:
        """Let *script* go on to what it does next; *passed* is what became of the last."""
        try:
            event = next(script) if passed is None else script.send(passed)
            while isinstance(event, Arrival):
                self._await(max(now, begun + event.at), event)
                event = script.send(True)
        except StopIteration:
            return
        self._await(max(now, begun + event.at), _Playing(script, begun, event))

    def _happen(self, event: Sent | Order, now: float) -> bool:
        """Let *event* happen, and return whether it was delivered."""
        gateway = self._core.gateway
        while (due := gateway.next_event()) <= now:
            self._collect(gateway.handle(Ticked(), due))
        if isinstance(event, Order):
            self._collect(commands.run(gateway, event.words, now)[1])
            return True
        if event.kind == TO_US:
            self._collect(gateway.handle(Received(Stanza.read(event.xml)), now))
            return True
        return self._judge(event, now)

    def _judge(self, sent: Sent, now: float) -> bool:
        if OURS.isdisjoint((domain(sent.sender), domain(sent.to))):  # it passes other servers alone
            return True
        tally = self.tallies[sent.group]
        facts = self._world.facts(sent)
        if facts is None:
            tally.unasked += 1
            self._world.passed(sent)
            return True
        tally.judged[sent.kind] += 1
        if self._heard is not None and domain(sent.sender) not in OURS:
            self._heard.append(Heard(sent, self._world.knows(sent.to, sent.sender)))
        outcome = self._core.gateway.judge.judge(Stanza.read(sent.xml, facts), now)
        if outcome.effects:
            self._collect(outcome.effects)
        verdict = outcome.verdict
        if verdict.action in PASSING:
            self._world.passed(sent)
            return True
        self._note_blocked(tally, sent, verdict)
        return False

    def _note_blocked(self, tally: Tally, sent: Sent, verdict: Verdict) -> None:
        rules = " + ".join(sorted({one.rule for one in verdict.findings if one.score > 0})) or "an invalid address"
        banned = [one.rule for one in verdict.findings if one.rule == "known_spammers.banned"]
        key = sent.kind, banned[0] if banned else rules
        tally.blocked[key] += 1
        tally.examples.setdefault(key, f"{sent.sender} to {sent.to}: {[*map(str, verdict.findings)]} {sent.xml}")
        if verdict.offence is not None:
            tally.offenders.setdefault(bare(sent.sender), f"{sent.kind}: {verdict.offence.rule}")

    def _collect(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, Notice):
                self.events[effect.name] += 1
                if effect.name == "account_disabled":
                    self.disabled.append(str(effect.fields["jid"]))
