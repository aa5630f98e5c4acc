"""What an operator has ordered until further notice: the mode. It outlasts reloads and restarts."""

from math import inf
from typing import Any, Final, Self

from xmppfilter.memory.sets import Set
from xmppfilter.memory.state import Opener, Shared

MODES: Final = ("enforce", "monitor")


class StandingOrders(Shared):
    """The operator's mode, kept in a set that is stored.

    It holds until the operator gives another one, or the mode in the configuration is another than it was then:
    whoever changes that means it.
    """

    def __init__(self, kept: Set) -> None:
        """Keep orders in *kept*."""
        self._kept = kept
        self._seen = -1

    @classmethod
    def on(cls, opener: Opener, known: Self | None, terms: Any = None) -> Self:  # noqa: ARG003 - there is nothing to say
        """Return *known* if it is on the structures of *opener*, or else new orders that are; see `Shared`."""
        kept = opener.scoped("operator").set("mode", capacity=len(MODES) ** 2, seconds=inf)
        return known if known is not None and known.is_on(kept) else cls(kept)

    def is_on(self, kept: Set) -> bool:
        """Whether this is the structure that orders are kept in."""
        return self._kept is kept

    @property
    def are_news(self) -> bool:
        """Whether something was ordered since `mode` was asked for, here or before the store could be read."""
        return self._seen != self._kept.revision

    def mode(self, configured: str, now: float) -> str | None:
        """Return the mode that the operator wants in place of the *configured* one; None: that one.

        Orders over another mode in the configuration are forgotten.
        """
        found: str | None = None
        for over in MODES:
            for mode in MODES:
                key = _key(mode, over)
                if not self._kept.has(key, now):
                    continue
                if over == configured:
                    found = mode
                else:
                    self._kept.remove(key, now)
        self._seen = self._kept.revision
        return found

    def order(self, mode: str, configured: str, now: float) -> None:
        """Let *mode* hold in place of the *configured* one."""
        for other in MODES:
            if other != mode:
                self._kept.remove(_key(other, configured), now)
        if mode != configured:
            self._kept.add(_key(mode, configured), now)


def _key(mode: str, configured: str) -> bytes:
    return f"{mode} over {configured}".encode()
