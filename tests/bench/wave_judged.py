"""Plays a wave and the honest life around it through the gateway's core, and counts what became of both."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any, NamedTuple

from tests.bench.day_judged import Heard, Run, Tally, write_settings
from tests.bench.day_life import Arrival, Life, Order, Script
from tests.bench.day_texts import Texts
from tests.bench.day_world import Group, World
from tests.bench.wave_operators import ways
from tests.bench.wave_people import VIRAL, People
from tests.bench.wave_services import Services
from tests.bench.wave_spam import FULL, PACES, Known, Wave
from tests.bench.wave_templates import TEMPLATES, Template
from xmppfilter.build import Core
from xmppfilter.config.loader import load
from xmppfilter.memory.state import State

_PADS, _FAVOURITES = 400, 2
"""Harmless texts that spam is padded with, half of all the time with two of them."""


class Plan(NamedTuple):
    """What is played. The same plan makes the same figures."""

    pace: str
    messages: int = FULL
    seed: int = 1
    texts: Texts | None = None
    only: tuple[str, ...] = ()
    """The names of the texts that are sent; none: all."""
    life: int | None = None
    """Honest life is as around a wave of so many messages; None: of this one."""


class Listing:
    """A part of life, for `day_judged.Run`: an operator lists what is known of the wave before it begins."""

    __name__ = "listing"

    def __init__(self, wave: Wave) -> None:
        self._wave = wave

    def arrivals(self, world: World, life: Life) -> Iterator[Arrival]:  # noqa: ARG002 - as all parts
        """Yield it, at once."""
        yield Arrival(0, Group.SPAM, self._list)

    def _list(self, life: Life) -> Script:  # noqa: ARG002 - as all scripts
        known = self._wave.known()
        for kind, values in (("domain", known.domains), ("jid", known.jids), ("url", known.urls)):
            for value in values:
                yield Order(0, ("lists", "add", kind, value))


class Played:
    """A wave that has passed: what became of it, and for who plays it elsewhere, what came and what was known."""

    def __init__(self, plan: Plan, *, listed: bool = False) -> None:
        """Let the wave pass; *listed*: an operator has listed before what was known."""
        self.heard: list[Heard] = []
        self.result, self.known = _play(plan, listed, self.heard)


def run(plan: Plan) -> dict[str, Any]:
    """Let a wave pass, and return what became of it and of the rest."""
    return _play(plan, listed=False)[0]


def _play(plan: Plan, listed: bool, heard: list[Heard] | None = None) -> tuple[dict[str, Any], Known]:
    began = process_time()
    templates = tuple(one for one in TEMPLATES if not plan.only or one.name in plan.only)
    around = plan.messages if plan.life is None else plan.life
    texts = plan.texts or Texts()
    world = World(max(plan.messages, around), plan.seed, texts)
    dice = random.Random(f"{plan.seed} padding")
    padding = [texts.fresh(dice, dice.randint(30, 160), n % 4) for n in range(_PADS)]
    pace, size = PACES[plan.pace], around / FULL
    favourites = padding[:_FAVOURITES]
    wave = Wave(pace, plan.messages, templates, ways(padding + favourites * (_PADS // _FAVOURITES)))
    with TemporaryDirectory() as folder:
        core = Core(load(write_settings(Path(folder))).settings, State(b"a wave"))
        life = Run(core, world, plan.seed, heard)
        parts = wave, People(pace.span, size, [*padding, *favourites * 10]), Services(pace.span, size)
        life.play((*parts, Listing(wave)) if listed else parts, pace.span)
    result = {
        "messages": plan.messages,
        "accounts": wave.accounts,
        "servers": wave.servers,
        "cpu_seconds": round(process_time() - began, 1),
        "spam": _spam(life.tallies[Group.SPAM], templates),
        "honest": _honest(life.tallies),
    }
    return result, wave.known()


def _spam(tally: Tally, templates: tuple[Template, ...]) -> dict[str, Any]:
    """Return what passed, by what it says, in which language and in which form."""
    blocked = _by_kind(tally)
    language = {one.name: one.language for one in templates}
    found: dict[str, defaultdict[str, list[int]]] = {
        name: defaultdict(lambda: [0, 0]) for name in ("by_template", "by_language", "by_operator")
    }
    for kind, sent in tally.judged.items():
        template, _, way = kind.partition("|")
        for counts, key in zip(found.values(), (template, language[template], way), strict=True):
            counts[key][0] += sent
            counts[key][1] += sent - blocked[kind]
    return {
        **_passed(tally.judged.total(), tally.judged.total() - blocked.total()),
        **{name: {key: _passed(*row) for key, row in sorted(counts.items())} for name, counts in found.items()},
    }


def _passed(sent: int, passed: int) -> dict[str, Any]:
    return {"sent": sent, "passed": passed, "share": passed / max(1, sent)}


def _by_kind(tally: Tally) -> Counter[str]:
    blocked: Counter[str] = Counter()
    for (kind, _), number in tally.blocked.items():
        blocked[kind] += number
    return blocked


def _honest(tallies: dict[Group, Tally]) -> dict[str, Any]:
    """Return what was blocked of each kind of honest life, and who was banned."""
    people, services, letters = (tallies[group] for group in (Group.PEOPLE, Group.SERVICES, Group.NEWSLETTERS))
    kinds = {
        "people": (people, [kind for kind in people.judged if not kind.startswith(VIRAL)]),
        "viral": (people, [kind for kind in people.judged if kind.startswith(VIRAL)]),
        "services": (services, list(services.judged)),
        "newsletters": (letters, list(letters.judged)),
    }
    found: dict[str, Any] = {}
    for name, (tally, those) in kinds.items():
        blocked = _by_kind(tally)
        rows = {kind: {"judged": tally.judged[kind], "blocked": blocked[kind]} for kind in sorted(those)}
        judged, lost = (sum(row[key] for row in rows.values()) for key in ("judged", "blocked"))
        found[name] = {"judged": judged, "blocked": lost, "share": lost / max(1, judged), "by_kind": rows}
    most = [found[name] for name in ("people", "viral", "services")]
    found["blocked_without_newsletters"] = sum(one["blocked"] for one in most) / max(
        1, sum(one["judged"] for one in most)
    )
    found["banned"] = {
        group.value: dict(sorted(tallies[group].offenders.items()))
        for group in (Group.PEOPLE, Group.SERVICES, Group.NEWSLETTERS)
    }
    found["why"] = [
        {"kind": kind, "rules": rules, "stanzas": number, "example": tally.examples[kind, rules]}
        for tally in (people, services, letters)
        for (kind, rules), number in tally.blocked.most_common()
    ]
    return found
