"""A clock that ticks when something is due, by one timer, whatever happens."""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from xmppfilter.observe.private import where
from xmppfilter.observe.tasks import Watched

log = logging.getLogger(__name__)

LONGEST_NAP: Final = 1.0
"""Seconds between two looks at the clock at most: it may be set while we wait."""
SHORTEST_NAP: Final = 0.01


class Ticker:
    """Ticks until it is stopped. A tick that fails is told once, and tried again."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        clock: Callable[[], float],
        due: Callable[[], float],
        tick: Callable[[float], None],
    ) -> None:
        """Call *tick* with the time of *clock*, Unix time, as soon as that is what *due* returns."""
        self._loop = loop
        self._clock = clock
        self._due = due
        self._tick = tick
        self._timer: asyncio.TimerHandle | None = None
        self._planned = 0.0
        """What was due when the timer was set, Unix time."""
        self._stopped = False
        self.health = Watched()

    def plan(self) -> None:
        """See to it that the next tick comes in time: something may be due earlier than was known."""
        due = self._due()
        if self._stopped or (self._timer is not None and self._planned <= due):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._planned = due
        nap = min(max(due - self._clock(), SHORTEST_NAP), LONGEST_NAP)
        self._timer = self._loop.call_later(nap, self._on_time)

    def stop(self) -> None:
        """Tick no more."""
        self._stopped = True
        if self._timer is not None:
            self._timer.cancel()

    def _on_time(self) -> None:
        self._timer = None
        try:
            self._tick(self._clock())
        except Exception as failure:  # noqa: BLE001 - told, and tried again
            # or nothing would ever fall due again
            if self.health.trouble is None:
                log.error("a tick failed", extra=where(failure))  # noqa: TRY400 - its message may quote somebody
            self.health.failed(failure)
            self._planned = 0.0
            self._timer = self._loop.call_later(LONGEST_NAP, self._on_time)
        else:
            self.health.worked()
