"""Who of our users has reported a stranger that has written to it: so many of them are believed without any filter.

One report proves nothing, and a few accounts of one person prove no more. So a report counts only by an account of ours
that the reported has written to, unasked and as itself; each account counts once a day for one sender, and for so many
senders a day at most, so that nobody who reports everything adds to all bans.
"""

from typing import Any, Final

from xmppfilter.memory.bans import Bans
from xmppfilter.memory.packed import KEPT
from xmppfilter.memory.sets import Set
from xmppfilter.memory.state import Opener
from xmppfilter.memory.window import Window
from xmppfilter.registers.terms import DAY

MOST_REPORTERS: Final = KEPT
"""Reporters of one sender that are told apart."""
REPORTED_A_DAY: Final = 20
"""Senders that one account reports in a day to some effect."""
_PAIRS: Final = 100_000
"""Pairs of a stranger and a user of ours that it has written to."""
_REMEMBERED: Final = 7 * DAY
"""Seconds for which each is: who is away at the weekend reports on Monday."""
_REPORTING: Final = 100_000
"""Accounts of ours that have reported lately."""
_MASK: Final = (1 << 64) - 1


class Reporters:
    """Whom strangers have reached, and who has reported them. All of it is stored."""

    def __init__(self, opener: Opener, reached: Set, reported: Bans, reporting: Window) -> None:
        self._key = opener.key
        self._kept_key = opener.kept_key
        self._number = opener.number
        self._reached = reached
        self._reported = reported
        self._reporting = reporting

    @staticmethod
    def structures(scope: Opener, senders: int) -> dict[str, Any]:
        """Return its structures, for as many *senders* that were reported, by the names of its parameters."""
        return {
            "reached": scope.set("reached", capacity=_PAIRS, seconds=_REMEMBERED),
            "reported": scope.bans("reported", capacity=senders, seconds=DAY),
            "reporting": scope.window("reporting", capacity=_REPORTING, limit=REPORTED_A_DAY, seconds=DAY),
        }

    def knows(self, pair: bytes, now: float) -> bool:
        """Whether it was noted within a day that one of a *pair* has written to the other; see `pair`."""
        return self._reached.has(pair, now + _REMEMBERED - DAY)

    def reached(self, pair: bytes, now: float) -> None:
        """Note that what one of a *pair* wrote to the other was delivered."""
        self._reached.add(pair, now)

    def report(self, sender: bytes, address: str, reporter: str, *, monitored: bool, now: float) -> int:
        """Take the report of *address*, whose key is *sender*, and return how many have reported it within a day.

        0: this report counts for nothing.
        """
        if not self._reached.has(self.pair(sender, reporter), now):
            return 0
        known, who = self.count(sender, monitored, now), self._key(reporter)
        if self._reporting.reached(who, now):
            return 0
        self._reported.report(_apart(sender, monitored), address, when=now, weight=1, reporter=who)
        count = self.count(sender, monitored, now)
        if count > known:
            self._reporting.note(who, now)
        return count

    def count(self, sender: bytes, monitored: bool, now: float) -> int:
        """Return how many have reported the *sender* of that key within a day."""
        return self._reported.reporters(_apart(sender, monitored), now - DAY)

    def forget(self, sender: bytes, now: float) -> None:
        """Forget who has reported the *sender* of that key."""
        for monitored in (False, True):
            self._reported.pardon(_apart(sender, monitored), when=now)

    def pair(self, sender: bytes, recipient: str) -> bytes:
        """Return the key of the *sender* of that key and *recipient*, a bare JID of ours."""
        # both are keyed hashes, so this is as hard to foresee as the hash of both, and quicker
        mixed = int.from_bytes(sender, "big") * self._number + int.from_bytes(self._kept_key(recipient), "big")
        return (mixed & _MASK).to_bytes(8, "big")


def _apart(sender: bytes, monitored: bool) -> bytes:
    """Return the key of what was reported in that mode: nothing of monitor mode counts in enforce mode."""
    return sender[::-1] if monitored else sender
