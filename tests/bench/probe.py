"""Watches an event loop from within: how long it does not come round, and what the process did meanwhile.

A callback is due every millisecond, and how late it runs is how long a stanza would have waited that came just then.
From that is taken off what the machine is to blame for: the time for which the loop's thread could have run and had no
processor, save what other threads of the same process used meanwhile. Every few seconds the whole memory is collected,
as happens by itself once in a while.
"""

import asyncio
import gc
import os
import threading
import time
from typing import Any, NamedTuple

STEP = 0.001
"""Seconds between two looks."""
WORTH_NOTING = 0.003
"""Seconds from which on a stop is kept."""
COLLECT_EVERY = 5.0
KEPT = 20


class Stop(NamedTuple):
    """One stop, in seconds."""

    own: float
    """What the process is to blame for."""
    collector: float
    """What of it the collector took."""
    wall: float
    """What the clock says."""


class Probe:
    """To be made where the loop runs."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._schedstat = os.open(f"/proc/self/task/{threading.get_native_id()}/schedstat", os.O_RDONLY)
        self._collect_at = self._loop.time() + COLLECT_EVERY
        self._collector = self._collector_began = 0.0
        self._wall = 0.0
        self._stops: list[Stop] = []
        self._before = self._clocks()
        gc.callbacks.append(self._collecting)
        self._plan()

    def taken(self) -> dict[str, Any]:
        """Return the longest stops since the last time, in milliseconds, and forget them."""
        longest = [{name: round(1e3 * seconds, 2) for name, seconds in stop._asdict().items()} for stop in self._stops]
        wall, self._wall, self._stops = self._wall, 0.0, []
        return {"longest": longest, "wall": round(1e3 * wall, 2)}

    def _plan(self) -> None:
        self._due = self._loop.time() + STEP
        self._loop.call_later(STEP, self._look)

    def _look(self) -> None:
        now = self._loop.time()
        late = now - self._due
        clocks = self._clocks()
        self._wall = max(self._wall, late)
        if late >= WORTH_NOTING:
            waited, others = (after - before for after, before in zip(clocks, self._before, strict=True))
            stop = Stop(own(late, waited, others), self._collector, late)
            self._stops = sorted([*self._stops, stop], reverse=True)[:KEPT]
        self._before, self._collector = clocks, 0.0
        if now >= self._collect_at:
            self._collect_at = now + COLLECT_EVERY
            self._loop.call_soon(gc.collect)
        self._plan()

    def _clocks(self) -> tuple[float, float]:
        """Return the seconds that the loop's thread has waited for a processor, and those that others have used."""
        waited = int(os.pread(self._schedstat, 100, 0).split()[1]) / 1e9
        return waited, time.process_time() - time.thread_time()

    def _collecting(self, phase: str, _: dict[str, int]) -> None:
        if phase == "start":
            self._collector_began = time.thread_time()
        else:
            self._collector += time.thread_time() - self._collector_began


def own(late: float, waited: float, others: float) -> float:
    """Return how much of a stop of *late* seconds the process is to blame for.

    *waited* is for how long the loop's thread could have run and did not, *others* what the process's other threads
    used of the processor meanwhile.
    """
    return late - min(late, max(0.0, waited - others))
