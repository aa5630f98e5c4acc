"""CPU time per stanza beside plain slixmpp: how many times less ours takes for the same traffic.

All processes share one processor and take turns, so that what disturbs one disturbs the others; each ratio is taken
within a round, and the median over the rounds is what counts. A process's time is that of all its threads.

Every ratio knows what must come back of what it sends, and says so when anything else does: by what its link has
counted and by what the process says of itself. In `full_x` and `flood_x` campaigns are introduced before the first
round, 60 copies of each, so that from then on every copy has to be stopped and nothing else may be. What is stopped is
cheaper than what is delivered: `stopped` says how many were.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench import configurations
from tests.bench.link import Subject
from tests.bench.report import Figure, Findings
from tests.bench.traffic import Generator, Traffic, Wrap, asked, bare, wrapped

COMPILED = {"XMPPFILTER_PURE": "0"}


@dataclass
class Ratio:
    """One figure: ours and the plain one on the same traffic."""

    name: str
    config: Path
    traffic: Callable[[Generator, int, Wrap], Traffic]
    count: int
    """Stanzas in a round,"""
    plain_count: int
    """and for the plain one, which is many times slower, and whose figure is as steady with fewer."""
    wrap: Wrap = wrapped
    plain_wrap: Wrap = bare
    introduced: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    """What the process gets besides: how a row of its own, of the same ratio, is measured (`passthrough_x, fast`)."""

    def __post_init__(self) -> None:
        self.subject = Subject("tests.bench.gateway", str(self.config), greetings=1, environment=self.environment)
        self._ours: list[float] = []
        self._plain: list[float] = []
        self._wanted: Counter[str] = Counter(stopped=0, unwanted=0, failures=0)
        self._introduced = Counter(judged=0, stopped=0, unwanted=0)

    async def begin(self, generator: Generator) -> None:
        """Let the process know the campaigns, if it should."""
        if not self.introduced:
            return
        link = self.subject.link
        traffic = generator.introduction(self.wrap)
        before = link.came.count
        link.transport.write(traffic.data)
        await link.until(lambda: link.last.count > 0)
        came = link.came.count - before
        self._introduced.update(judged=traffic.count, stopped=traffic.count - came, unwanted=link.unwanted.count)

    async def round(self, generator: Generator, yardstick: Subject, *, counts: bool) -> None:
        """Measure both once; the first round warms up, and does not count."""
        traffic = self.traffic(generator, self.plain_count, self.plain_wrap)
        plain = await yardstick.measure(traffic, traffic.count)
        traffic = self.traffic(generator, self.count, self.wrap)
        back = traffic.count if self.wrap is asked else traffic.passing
        ours = await self.subject.measure(traffic, back)
        self._wanted.update(judged=traffic.count, stopped=traffic.count - traffic.passing, back=back)
        if counts:
            self._plain.append(plain)
            self._ours.append(ours)

    async def end(self) -> Findings:
        """End the process; return the figure, and in what its verdicts are not those that the traffic deserves."""
        link, introduced = self.subject.link, self._introduced
        told = await self.subject.end()
        found = Counter(
            judged=told["judged"] - introduced["judged"],
            stopped=sum(told["actions"].values()) - introduced["stopped"],
            failures=told["failures"],
            back=link.came.count - 1 - (introduced["judged"] - introduced["stopped"]),  # it has greeted us
            unwanted=link.unwanted.count - introduced["unwanted"],
        )
        mistakes = [] if found == self._wanted else [f"{self.name}: wanted {self._wanted}, found {found}"]
        return Findings({self.name: self._figure(told)}, mistakes)

    def _figure(self, told: Mapping[str, Any]) -> Figure:
        us, plain = median(self._ours), median(self._plain)
        judged, stopped = self._wanted["judged"], self._wanted["stopped"]
        details = {
            "us": round(us, 2),
            "plain_us": round(plain, 2),
            "judged": judged,
            "stopped": stopped,
            "introduced": self._introduced["judged"],
            "actions": told["actions"],
            "rules": told["rules"],
        }
        says = f"{us:.1f} us, plain {plain:.1f}; {stopped / judged:.1%} stopped"
        return Figure.of((plain / ours for plain, ours in zip(self._plain, self._ours, strict=True)), says, details)


def all_ratios(folder: Path, *, quick: bool) -> list[Ratio]:
    """Return the ratios; their configurations are written into *folder*."""
    count = 4_000 if quick else 20_000
    few = count // 4
    nothing = configurations.write(folder, "nothing", {}, route="inline")
    five = configurations.write(folder, "five", configurations.FIVE, route="inline")
    full = configurations.write(folder, "full", configurations.full(folder), route="inline")
    return [
        Ratio("passthrough_x", nothing, Generator.messages, count, few),
        Ratio("passthrough_x, compiled", nothing, Generator.messages, count, few, environment=COMPILED),
        Ratio("five_x", five, Generator.mixed, count, few),
        Ratio("five_x, compiled", five, Generator.mixed, count, few, environment=COMPILED),
        Ratio("full_x", full, Generator.everything, few, few, introduced=True),
        Ratio("full_x, compiled", full, Generator.everything, few, few, introduced=True, environment=COMPILED),
        Ratio("flood_x", full, Generator.flood, few, few, introduced=True),
        Ratio("flood_x, compiled", full, Generator.flood, few, few, introduced=True, environment=COMPILED),
        Ratio("verdict_x", five, Generator.mixed, count, few, wrap=asked, plain_wrap=asked),
        Ratio("verdict_x, compiled", five, Generator.mixed, count, few, asked, asked, environment=COMPILED),
    ]


async def measure(folder: Path, *, quick: bool) -> Findings:
    """Measure all ratios, in turns. Raises ModuleNotFoundError: no kernel is compiled."""
    import_module("xmppfilter.kernels._reading")  # without it its rows would be Python's
    rounds = 3 if quick else 9
    ratios = all_ratios(folder, quick=quick)
    generator = Generator()
    findings = Findings()
    async with AsyncExitStack() as stack:
        yardstick = await stack.enter_async_context(Subject("tests.bench.plain"))
        for ratio in ratios:
            await stack.enter_async_context(ratio.subject)
            await ratio.begin(generator)
        for number in range(rounds + 1):
            for ratio in ratios:
                await ratio.round(generator, yardstick, counts=number > 0)
        for ratio in ratios:
            findings.add(await ratio.end())
    return findings
