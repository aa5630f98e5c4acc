"""Searches for the most expensive stanza that a stranger can write, of some size: for one filter, or for all of it.

Hill climbing: it begins with the shapes that were expensive once, keeps the worst ones, and changes something of one of
them, again and again. Everything that remembers texts is emptied before each look, as a stranger never sends one twice.
"""

import functools
import gc
import time
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, NamedTuple

from tests.bench.recipes import Part, Recipe, mutated, random_unit, render
from tests.harness import item
from tests.harness import settings as settings_of
from xmppfilter.build import Core
from xmppfilter.gateway.events import Connected, RosterKnown
from xmppfilter.judging.catalogue import filter_names
from xmppfilter.judging.verdict import CLEAN
from xmppfilter.memory.state import State
from xmppfilter.operators import commands
from xmppfilter.stanza.fields import FIELDS
from xmppfilter.stanza.jid import Jid, JidError, normal_domains
from xmppfilter.stanza.view import Stanza
from xmppfilter.stanza.xml import XmlError

SIZES = (6_000, 65_536)
"""Bytes of a stanza."""
BARS = {6_000: 5.0, 65_536: 20.0}
"""Milliseconds that a filter may take for one."""
ALL = "all"
"""The target that is everything together: the relation, the filters, the verdict."""
NOW = 1e9
KEPT = 12
"""The worst ones, one of which is changed."""
FRESH = 0.1
"""How often it begins anew."""
FAR = 0.1
"""Of a bar: below it nothing is searched for."""
SETTLED = 5
"""Looks of which the shortest counts in the end."""
_LISTED = 40
FILTERS: Mapping[str, Mapping[str, Any]] = {
    "patterns": {
        "strings": [f"buy {n} followers" for n in range(1000)],
        "regexes": [rf"(?i)\bcasino{n}\s+bonus" for n in range(100)],
        "normalize": True,
        "scan": list(FIELDS),
    },
    "same_long_body": {"normalize": True, "fuzzy": True},
}
"""What is not as it comes: whatever takes longest."""
SEEDS = (
    Recipe((Part("body", "hxxp:%41"),)),
    Recipe((Part("body", "%hxxp:"),)),
    Recipe((Part("body", "http:%2F\u00fc"),)),
    Recipe((Part("inviter", "xn--{r}.", "a@", 16), Part("room", "xn--{r}.", "a@", 16))),
    Recipe((Part("inviter", "\u00fc{n}.b", "a@", 1),)),
    Recipe((Part("xhtml link", "http://\u00fc{n}.b", times=1),)),
    Recipe((Part("xhtml link", "xmpp:a@\u00fc{n}.b", times=1),)),
    Recipe((Part("body", "a@\u00fc{n}.b "),)),
    Recipe((Part("body", "a@b@"),)),
    Recipe((Part("body", "http://xn--{r}.xn--{r}.b "),)),
    Recipe((Part("body", "\u202ea.b%3A\u200b\u70b9 dot \u597d "),)),
    Recipe((Part("body", "a."),)),
    Recipe((Part("body", "a.\u0301\u0316"),)),
    Recipe((Part("body", "\ufdfa"),)),
    Recipe((Part("body", "[.]"),)),
    Recipe((Part("body", "a\u200b"),)),
    Recipe((Part("body", "aio"),)),
    Recipe((Part("body", "now is the time for all good men "),)),
    Recipe((Part("body", "telegram @abcd{n} "),)),
    Recipe((Part("body", "a{n}.b", times=1),)),
    Recipe((Part("body", "Buy this, now, {n} ", times=10),)),
    Recipe((Part("child", "a", times=1),)),
    Recipe((Part("element", "a", times=1),)),
    Recipe((Part("attributes", "a", times=1),)),
    Recipe((Part("prefixes", "urn:{n}", times=1),)),
    Recipe((Part("nick", "rn", times=0),), "subscribe"),
    Recipe((Part("status", "a.b{n} ", times=0),), "subscribe"),
    Recipe((Part("sender", "xn--{r}."), Part("body", "a"))),
    Recipe((Part("reason", "{n}.b", times=1),)),
    Recipe((Part("oob", "http://{n}.b", times=1),)),
    Recipe((Part("forwarded", "{n}.b", times=1),)),
)  # fmt: skip
"""Shapes that were expensive once, or look as if they could be."""


class Found(NamedTuple):
    """One recipe, and what it costs."""

    milliseconds: float
    recipe: Recipe


class Course:
    """A gateway with all filters, and lists, rosters and campaigns in its memory, for stanzas to be judged by."""

    def __init__(self) -> None:
        names = {name: FILTERS.get(name, {}) for name in filter_names()}
        self._core = Core(settings_of(names), State(b"secret"))
        self._core.begin(NOW)
        gateway = self._core.gateway
        gateway.handle(Connected(), NOW)
        for n in range(_LISTED):
            for words in (
                ("domain", f"listed{n}.example"),
                ("domain", f"*.wide{n}.example"),
                ("jid", f"listed{n}@named.example"),
                ("ip", f"10.{n}.0.0/16"),
                ("url", f"https://listed{n}.example/offer"),
            ):
                commands.run(gateway, ("lists", "add", *words), NOW)
            commands.run(gateway, ("allow", "add", "domain", f"good{n}.example"), NOW)
        contacts = tuple(item(f"friend{n}@b.example", "both", name=f"Friend {n}") for n in range(_LISTED))
        gateway.handle(RosterKnown(Jid.parse("alice@example.org"), contacts), NOW)
        self._filters = {mount.name: mount.filter for mount in gateway.setup.pipeline.mounts}
        self._memories = [one for one in gc.get_objects() if _remembers(one)]
        gc.freeze()  # as the gateway does: what is here now no collection walks over again
        self._count = 0

    @property
    def targets(self) -> tuple[str, ...]:
        """What can be searched for: each filter, and all of it."""
        return (*self._filters, ALL)

    def cost(self, recipe: Recipe, size: int, target: str) -> float:
        """Return the milliseconds of CPU that the stanza costs; nothing where it is none."""
        self._count += 1
        raw = render(recipe, size, f"{self._count:x}")
        try:
            Stanza.read(raw)  # what is not well-formed is no stanza
            stanza = Stanza.parse(raw)
        except ValueError:
            return 0.0
        for memory in self._memories:
            memory.cache_clear()
        normal_domains.clear()
        gateway = self._core.gateway
        if target == ALL:
            began = time.process_time()
            gateway.judge.judge(stanza, NOW + self._count)
            return (time.process_time() - began) * 1e3
        policy = gateway.setup.policy
        one = self._filters[target]
        try:
            case = policy.meet(stanza)
            policy.exemption(case, NOW)
        except (JidError, XmlError):
            return 0.0
        began = time.process_time()
        case.prepare()
        if case.kind in one.kinds:
            one.check(case, NOW + self._count)
        if case.kind in one.observes:
            one.observe(case, CLEAN, NOW + self._count)
        return (time.process_time() - began) * 1e3


def _remembers(thing: object) -> bool:
    """Whether *thing* is a memory of texts, or of addresses; to read the list of suffixes anew takes very long."""
    return (
        isinstance(thing, functools._lru_cache_wrapper)
        and str(getattr(thing, "__module__", "")).startswith("xmppfilter")
        and thing.__name__ not in {"_suffixes", "_cutter"}
    )


class Climb:
    """The search for what costs one target most, at one size."""

    def __init__(
        self, course: Course, target: str, size: int, random: Random, starts: Sequence[Recipe] = SEEDS
    ) -> None:
        self.target = target
        self.size = size
        self.looks = 0
        self._course = course
        self._random = random
        self._starts = list(reversed(starts))
        self._worst: list[Found] = []

    @property
    def has_begun(self) -> bool:
        """Whether all shapes have been looked at that are known."""
        return not self._starts

    @property
    def worst(self) -> Found:
        """The worst so far."""
        return self._worst[0]

    @property
    def height(self) -> float:
        """How much of what it may the worst takes."""
        return self.worst.milliseconds / BARS[self.size]

    def step(self) -> None:
        """Look at another one."""
        self.looks += 1
        recipe = self._starts.pop() if self._starts else self._next()
        cost = self._cost(recipe)
        if len(self._worst) == KEPT and cost <= self._worst[-1].milliseconds:
            return
        cost = min(cost, self._cost(recipe), self._cost(recipe))  # once may be an accident of the machine
        found = [one for one in self._worst if one.recipe != recipe]
        self._worst = sorted([*found, Found(cost, recipe)], key=lambda one: -one.milliseconds)[:KEPT]

    def settled(self) -> Found:
        """Return the worst, measured anew."""
        anew = (Found(min(self._cost(one.recipe) for _ in range(SETTLED)), one.recipe) for one in self._worst[:3])
        return max(anew, key=lambda one: one.milliseconds)

    def _cost(self, recipe: Recipe) -> float:
        return self._course.cost(recipe, self.size, self.target)

    def _next(self) -> Recipe:
        random = self._random
        if random.random() < FRESH:
            return mutated(Recipe((Part("body", random_unit(random)),)), random)
        at = min(random.randrange(KEPT), random.randrange(KEPT), len(self._worst) - 1)
        return mutated(self._worst[at].recipe, random)


class Row(NamedTuple):
    """What was found for one target at one size."""

    target: str
    size: int
    milliseconds: float
    looks: int
    recipe: str


def search(seconds: float, seed: int, sizes: Sequence[int] = SIZES, targets: Sequence[str] = ()) -> list[Row]:
    """Return the worst found for each target and size within *seconds* of CPU.

    What is known is looked at first, for each; what is far from its bar then is left alone.
    """
    course = Course()
    ends = time.process_time() + seconds
    climbs = [
        Climb(course, target, size, Random(f"{seed} {target} {size}"))
        for size in sizes
        for target in targets or course.targets
    ]
    for climb in climbs:
        while not climb.has_begun:
            climb.step()
    high = [climb for climb in climbs if climb.height > FAR] or climbs
    left = {climb: (ends - time.process_time()) / len(high) for climb in high}
    for climb, its in left.items():
        until = time.process_time() + its
        while time.process_time() < until:
            climb.step()
    return [_row(climb) for climb in climbs]


def _row(climb: Climb) -> Row:
    found = climb.settled()
    return Row(climb.target, climb.size, round(found.milliseconds, 3), climb.looks, str(found.recipe))
