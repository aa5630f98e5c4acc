"""`python -m tests.bench.soak [--seconds N]`: the real application under half of what it can take, for ten minutes.

All filters, with what they know stored on disk, get all kinds of stanzas (inline), campaigns among them. They have room
for a few thousand senders and pairs, fewer than there are, so that before long they hold all they may and forget some
with every stanza. Pairs of which 100,000 are remembered whatever the options say, more than come within minutes, are
there before anything is sent (full_memory.py). At the end, or as soon as nothing comes back any more:

- every stanza that had to pass has come back, and none that had to be stopped;
- nothing has failed: no filter, no stanza, no write to the store;
- it has stayed connected, although a hostile stranger sent what is too large, too expensive or too much
  (hostile_stranger.py) at 64 KiB a second all the time, and nothing of that stranger's banned account has come back;
- the memory in RAM has stopped growing: the first third of the time is for filling what is bounded, and of the rest the
  median of the second half may lie 8 bytes a stanza above that of the first, or 4 MiB if that is more. An object that
  is left behind for each stanza takes three times that at least; arenas and SQLite's cache come and go by a few MiB,
  and of each banned sender some dozens of offences are kept, 20 bytes each;
- no tasks pile up: of the same halves the median number is the same.

How fast it may go is measured first, by sending as fast as stanzas come back. Exits with 1 where anything is wrong.
"""

import argparse
import asyncio
import os
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from tests.bench import configurations
from tests.bench.hostile_stranger import BYTES_A_SECOND, HostileStranger
from tests.bench.link import CPUS, Subject
from tests.bench.traffic import Generator, Traffic, wrapped

MIB = 1 << 20
LEAK = 8.0
"""Bytes a stanza by which the memory may grow."""
SLACK = 4 * MIB
DOMAINS = 50_000
"""So many that none is too busy for a filter, however fast the gateway is."""
ROOM: dict[str, Any] = {
    "known_spammers": {"max_senders": 5_000},
    "presence_subscribe_rate": {"max_senders": 5_000},
    "stranger_rate": {"max_senders": 10_000},
    "first_contact": {"max_pairs": 20_000},
}
PAIRS = 100_000
"""Of what no option bounds so many are remembered."""
TRIAL = 4_000
TRIALS = 5
SHARE = 0.5
SEND_EVERY = 0.005
LOOK_EVERY = 1.0
TELL_EVERY = 60
"""Looks between two lines of progress."""
BEHIND = 10.0
"""Seconds that may pass without a stanza coming back."""


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen at one time."""

    at: float
    """Seconds since the beginning."""
    resident: int
    """Bytes in RAM."""
    tasks: int
    sent: int
    """Stanzas."""


@dataclass
class Soaked:
    """All that was seen."""

    seconds: float
    looks: list[Look] = field(default_factory=list)
    sent: int = 0
    passing: int = 0
    back: int = 0
    unwanted: int = 0
    judged: int = 0
    failures: int = 0
    connections: int = 1
    hostile: int = 0
    """Stanzas of the hostile stranger that may be judged, those that are too large left out."""
    oversized: int = 0


@dataclass(frozen=True, slots=True)
class Growth:
    """How something went on after the first third of the time."""

    before: float
    after: float
    stanzas: int
    """How many came between the middles of the two halves that are compared."""


def growth(looks: list[Look], seconds: float, what: str) -> Growth | None:
    """Compare the medians of the two halves of the time after the first third; None: too little was seen."""
    warm = seconds / 3
    middle = (warm + seconds) / 2
    halves = [[look for look in looks if warm <= look.at < middle], [look for look in looks if look.at >= middle]]
    if not all(halves):
        return None
    before, after = (median(getattr(look, what) for look in half) for half in halves)
    early, late = (median(look.sent for look in half) for half in halves)
    return Growth(before, after, max(1, int(late - early)))


def judge(soaked: Soaked) -> list[str]:
    """Return what is wrong, in words; nothing: all is well."""
    wrong: list[str] = []
    if soaked.back < soaked.passing:
        wrong.append(f"{soaked.passing - soaked.back} stanzas of {soaked.passing} that had to come back are lost")
    if soaked.back > soaked.passing:
        wrong.append(f"{soaked.back} stanzas came back, {soaked.passing} had to")
    if soaked.unwanted:
        wrong.append(f"{soaked.unwanted} stanzas came back that had to be stopped")
    sent = soaked.sent + soaked.hostile
    if not sent <= soaked.judged <= sent + soaked.oversized:
        wrong.append(f"{sent} stanzas were sent, {soaked.judged} judged")
    if soaked.connections != 1:
        wrong.append(f"it lost its connection, {soaked.connections - 1} times")
    if soaked.failures:
        wrong.append(f"{soaked.failures} failures were counted")
    memory, tasks = (growth(soaked.looks, soaked.seconds, what) for what in ("resident", "tasks"))
    if memory is None or tasks is None:
        return [*wrong, f"it ended too early: {len(soaked.looks)} looks in place of {soaked.seconds:.0f}"]
    more, allowed = memory.after - memory.before, max(SLACK, LEAK * memory.stanzas)
    if more > allowed:
        each = f"{more / memory.stanzas:.0f} bytes a stanza; {allowed / MIB:.1f} MiB may be"
        wrong.append(f"memory grew by {more / MIB:.1f} MiB within {memory.stanzas} stanzas, {each}")
    if tasks.after > tasks.before:
        wrong.append(f"{tasks.before:.0f} tasks became {tasks.after:.0f}")
    return wrong


class Soak:
    """One run."""

    def __init__(self, subject: Subject, seconds: float) -> None:
        self._subject = subject
        self._link = subject.link
        self._generator = Generator(domains=DOMAINS)
        self._stranger = HostileStranger(wrapped)
        self.soaked = Soaked(seconds)
        self.told: dict[str, Any] = {}
        """What the process said at last."""
        self._stuck = False
        self._sent_before = self._back_before = self._unwanted_before = 0

    async def run(self) -> None:
        """Find out what it takes, and give it half of that."""
        await self._introduce()
        capacity = await self._capacity()
        rate = SHARE * capacity
        print(
            f"it takes {capacity:,.0f} stanzas a second; it gets {rate:,.0f} for {self.soaked.seconds:.0f} s",
            flush=True,
        )
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._look())
            tasks.create_task(self._send(rate))
            tasks.create_task(self._send_what_is_hostile())
        await self._settle()

    async def _introduce(self) -> None:
        """Let it know the campaigns; until then some copies pass."""
        traffic = self._generator.introduction(wrapped)
        self._link.transport.write(traffic.data)
        await self._link.until(lambda: self._link.last.count > 0)
        self._sent_before = traffic.count
        self._back_before, self._unwanted_before = self._link.came.count, self._link.unwanted.count

    async def _capacity(self) -> float:
        """Return how many stanzas a second it takes."""
        rates = []
        for _ in range(TRIALS):
            traffic = self._next(TRIAL)
            begin = time.perf_counter()
            await self._link.blast(traffic, traffic.passing)
            rates.append(TRIAL / (time.perf_counter() - begin))
        return median(rates)

    def _next(self, count: int) -> Traffic:
        traffic = self._generator.everything(count, wrapped)
        self.soaked.sent += traffic.count
        self.soaked.passing += traffic.passing
        return traffic

    async def _send(self, rate: float) -> None:
        began = moved = time.perf_counter()
        sent, back = 0, -1
        while (now := time.perf_counter()) < began + self.soaked.seconds:
            if (due := int((now - began) * rate) - sent) > 0:
                self._link.transport.write(self._next(due).data)
                sent += due
            if self._link.came.count != back:
                moved, back = now, self._link.came.count
            elif now > moved + BEHIND:
                self._stuck = True  # what is missing will be told
                return
            await asyncio.sleep(SEND_EVERY)

    async def _send_what_is_hostile(self) -> None:
        """Let the hostile stranger send what it may."""
        began, sent = time.perf_counter(), 0
        for stanza in self._stranger.stanzas():
            while sent + len(stanza) > (time.perf_counter() - began) * BYTES_A_SECOND:
                await asyncio.sleep(SEND_EVERY)
                if time.perf_counter() - began >= self.soaked.seconds or self._stuck:
                    return
            self._link.transport.write(stanza)
            self._stranger.note(stanza)
            sent += len(stanza)

    async def _look(self) -> None:
        began = time.perf_counter()
        while (at := time.perf_counter() - began) < self.soaked.seconds and not self._stuck:
            await asyncio.sleep(LOOK_EVERY)
            told = await self._subject.tell()
            look = Look(at, self._subject.resident(), told["tasks"], self.soaked.sent)
            if len(self.soaked.looks) % TELL_EVERY == 0:
                print(f"{at:5.0f} s  {look.resident / MIB:6.1f} MiB  {look.sent:,} sent", flush=True)
            self.soaked.looks.append(look)

    def _back(self) -> int:
        """Return how many stanzas of the others have come back."""
        return self._link.came.count - self._link.hostile.count - self._back_before

    async def _settle(self) -> None:
        """Wait for the rest, and take down what there was."""
        soaked, link = self.soaked, self._link
        try:
            await link.until(lambda: self._back() >= soaked.passing, within=BEHIND)
        except TimeoutError:
            print("not everything has come back", flush=True)
        told = await self._subject.tell()
        soaked.back = self._back()
        soaked.unwanted = link.unwanted.count - self._unwanted_before
        soaked.judged = told["judged"] - self._sent_before
        soaked.failures = told["failures"]
        soaked.connections = link.connections
        soaked.hostile, soaked.oversized = self._stranger.sent, self._stranger.oversized
        self.told = told


def report(soaked: Soaked, told: dict[str, Any], cpu: float) -> None:
    """Print what happened."""
    each = f"{cpu / soaked.sent * 1e6:.0f} us each"
    print(f"stanzas    {soaked.sent:,} sent, {soaked.back:,} back, {soaked.sent - soaked.back:,} stopped; {each}")
    for what, unit in (("resident", MIB), ("tasks", 1)):
        if (grown := growth(soaked.looks, soaked.seconds, what)) is not None:
            figures = f"{grown.before / unit:.1f}, then {grown.after / unit:.1f}"
            print(f"{what:<11}{figures}; {grown.stanzas:,} stanzas between")
    print(f"hostile    {soaked.hostile:,} sent, {soaked.oversized:,} more that were too large")
    print(f"failures   {soaked.failures}; rows not yet written {told['unwritten']}")
    print(f"found      {told['rules']}")
    print(f"remembers  { ({name: size for name, size in told['tracked'].items() if size}) }")


async def soak(seconds: float) -> int:
    """Soak it; return the exit code."""
    os.sched_setaffinity(0, {CPUS[0]})
    with TemporaryDirectory(prefix="xmppfilter-soak-") as name:
        folder = Path(name)
        store = {"sqlite": str(folder / "state.db")}
        config = configurations.write(folder, "soak", configurations.full(folder) | ROOM, route="inline", store=store)
        async with Subject("tests.bench.gateway", str(config), str(PAIRS), greetings=1) as subject:
            while (await subject.tell())["growing"] is None:  # noqa: ASYNC110 - another process
                await asyncio.sleep(LOOK_EVERY)
            run = Soak(subject, seconds)
            await run.run()
            report(run.soaked, run.told, subject.cpu())
    wrong = judge(run.soaked)
    for line in wrong:
        print(f"soak: {line}", file=sys.stderr)
    print("soak: something is wrong" if wrong else "soak: all is well")
    return 1 if wrong else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=600.0)
    return asyncio.run(soak(parser.parse_args().seconds))


if __name__ == "__main__":
    sys.exit(main())
