"""The one clock of the process: Unix time that never goes back and never stands still, however the system's is set.

Between two looks at the system's clock it goes on by a clock that nobody can set, so a minute is a minute: windows
pass and bans end although the clock was put back. What the system's clock says is taken over with care:

- It is a little ahead, by up to `STEP`: followed at once.
- It is far ahead: followed once it has been for `BELIEVED_AFTER`; until then we go on as before. Somebody's slip that
  is put right within that time changes nothing, and a clock that was wrong at the machine's start is right soon enough.
- It is behind: we go on from where we are, and lose one second in `HEALS` until both agree. What is larger than that
  can heal is healed by a restart, for a process begins with the system's clock, and the store moves what lies in the
  future back to the present when it is read (see `memory.offences.Record.clamp`).

Everything that needs the time of day reads this clock: the stream, commands, reload, status, store, files, HTTP.
"""

import time
from collections.abc import Callable
from typing import Final

STEP: Final = 60.0
"""Seconds that the system's clock may leap ahead and be believed at once: it is set, or the machine slept a little."""
BELIEVED_AFTER: Final = 600.0
"""Seconds after which a greater leap is believed."""
HEALS: Final = 10.0
"""While we are ahead of the system's clock, one second in so many is left out."""


def steady() -> float:
    """Return the seconds of a monotonic clock; CLOCK_BOOTTIME where there is one, which counts suspended time too."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.clock_gettime(boot) if boot is not None else time.monotonic()


class Clock:
    """Call it for the Unix time in seconds; two calls never go back."""

    __slots__ = ("_leapt", "_now", "_passed", "_steady", "_wall")

    def __init__(self, wall: Callable[[], float] = time.time, passed: Callable[[], float] = steady) -> None:
        """Begin with the time of day that *wall* returns; *passed* returns the seconds of a monotonic clock."""
        self._wall = wall
        self._passed = passed
        self._steady = passed()
        self._now = wall()
        self._leapt: float | None = None
        """When *passed* first found *wall* far ahead."""

    @property
    def ahead(self) -> float:
        """Seconds by which this clock is ahead of the system's; negative where it is behind."""
        return self() - self._wall()

    def __call__(self) -> float:
        """Return the time."""
        steady, wall = self._passed(), self._wall()
        passed = max(0.0, steady - self._steady)
        self._steady = steady
        reckoned = self._now + passed
        ahead = reckoned - wall
        if ahead > 0:
            self._leapt = None
            reckoned -= min(ahead, passed / HEALS)
        elif ahead >= -STEP or self._believes(steady):
            self._leapt = None
            reckoned = wall
        self._now = max(self._now, reckoned)
        return self._now

    def _believes(self, steady: float) -> bool:
        """Whether the system's clock has been far ahead for long enough."""
        if self._leapt is None:
            self._leapt = steady
        return steady - self._leapt >= BELIEVED_AFTER
