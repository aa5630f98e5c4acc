"""How much longer a stanza takes through our component than through a raw echo, at 1,000 stanzas a second.

Messages go out one by one, a millisecond apart by the clock, so that lateness does not add up, and each is timed from
when it was really written to when it was read back. The generator has a processor for itself and spins on it, for a
timer of the event loop is no finer than a millisecond. Ours (the five filters, inline) and the echo take turns of a
second or two; the differences of their medians and of their 99th percentiles are taken for each pair of turns, and the
median of those counts.
"""

import asyncio
import gc
import re
import time
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median

from tests.bench import configurations
from tests.bench.link import Link, Subject
from tests.bench.report import Figure, Findings
from tests.bench.traffic import Generator, wrapped

APART = 0.001
_ID = re.compile(rb" id='([0-9a-f]{8}-4f1c-9a57)'><")
_LONGEST = 32
"""More bytes than `_ID` matches."""


class Stopwatch(Link):
    """Notes when each stanza was written, and when it was read."""

    def __init__(self) -> None:
        super().__init__()
        self._tail = b""
        self.written: dict[bytes, float] = {}
        self.read: dict[bytes, float] = {}

    def take(self, data: bytes) -> None:
        now = time.perf_counter()
        joined = self._tail + data
        for name in _ID.findall(joined):
            self.read.setdefault(name, now)
        self._tail = joined[-_LONGEST:]
        super().take(data)

    async def pace(self, stanzas: list[bytes]) -> list[float]:
        """Send *stanzas* at an even pace, and return for how many milliseconds each was away, the shortest first."""
        self.written.clear()
        self.read.clear()
        begin = time.perf_counter()
        for number, stanza in enumerate(stanzas):
            await self._spin(begin + number * APART)
            name = _ID.findall(stanza)[0]
            self.written[name] = time.perf_counter()
            self.transport.write(stanza)
        await self.until(lambda: len(self.read) >= len(stanzas))
        return sorted(1e3 * (self.read[name] - written) for name, written in self.written.items())

    async def _spin(self, until: float) -> None:
        """Let the loop go round, without a rest, *until* then."""
        while time.perf_counter() < until:  # noqa: ASYNC110 - no event tells the time
            await asyncio.sleep(0)


def percentile(ordered: list[float], of: float) -> float:
    """Return the smallest of *ordered* that is not less than *of* 100 of them."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * of / 100))]


async def measure(folder: Path, *, quick: bool) -> Findings:
    """Let both take turns."""
    pairs, count = (3, 1_000) if quick else (10, 2_000)
    five = configurations.write(folder, "five", configurations.FIVE, route="inline")
    generator = Generator()
    ours, echo = Stopwatch(), Stopwatch()
    turns: dict[Stopwatch, list[list[float]]] = {ours: [], echo: []}
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(Subject("tests.bench.gateway", str(five), greetings=1, link=ours))
        await stack.enter_async_context(Subject("tests.bench.echo", link=echo))
        gc.collect()
        gc.disable()  # the generator's own collector would be measured as well
        try:
            for number in range(pairs + 1):
                for link, times in turns.items():
                    taken = await link.pace(generator.messages(count, wrapped).stanzas)
                    if number:  # the first turn warms up
                        times.append(taken)
        finally:
            gc.enable()
    figures = {f"added_p{of}_ms": _added(turns[ours], turns[echo], of) for of in (50, 99)}
    return Findings(figures)


def _added(ours: list[list[float]], echo: list[list[float]], of: int) -> Figure:
    pairs = [(percentile(one, of), percentile(other, of)) for one, other in zip(ours, echo, strict=True)]
    own, others = ([round(pair[which], 3) for pair in pairs] for which in (0, 1))
    says = f"{median(own):.3f} ms, echo {median(others):.3f}"
    details = {"ours_ms": own, "echo_ms": others}
    return Figure.of((one - other for one, other in pairs), says, details, noise=0.1 if of == 50 else 1.0)
