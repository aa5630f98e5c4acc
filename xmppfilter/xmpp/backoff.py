"""How long to wait before the next attempt to connect."""

from collections.abc import Callable
from typing import Final

FIRST_RETRY: Final = 1.0
"""Seconds before the first attempt to come back; each further one waits twice as long."""
LONGEST_RETRY: Final = 60.0
LONGEST_RETRY_AT_HOME: Final = 5.0
"""The same where the server is on this machine: it costs nobody else anything, and until then nothing is filtered."""


class Backoff:
    """Exponential backoff with jitter: between half and all of each wait."""

    def __init__(self, jitter: Callable[[], float], *, at_home: bool) -> None:
        """Draw numbers from 0 to 1 of *jitter*; *at_home*: the server is on this machine."""
        self._jitter = jitter
        self.longest = LONGEST_RETRY_AT_HOME if at_home else LONGEST_RETRY
        self.reset()

    def reset(self) -> None:
        """Begin again: the connection was there."""
        self.next = FIRST_RETRY

    def delay(self) -> float:
        """Return the seconds to wait now; the next time it is twice as long."""
        delay = self.next * (1 + self._jitter()) / 2
        self.next = min(2 * self.next, self.longest)
        return delay
