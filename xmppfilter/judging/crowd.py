"""Tells people from robots among the accounts that have sent one text, by what else they do to strangers.

One account proves nothing. Who has written to one stranger or two may be anybody, and speaks a little against a
campaign; who has written what others write to several, and talks with nobody, speaks for one; who talks with somebody
speaks against it. What that adds up to for a few dozen accounts is hardly ever found by chance.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from xmppfilter.duplicates.tally import Cluster
from xmppfilter.judging.case import Case
from xmppfilter.memory.habits import EVERYBODYS_PARTNER, Habit, Habits

BY_STRANGERS: Final = (-0.5, -0.5, 0.0, 1.5, 2.5, 3.5)
"""What an account speaks for a campaign that talks with nobody, by how many strangers it has written to."""
HANDED_ON: Final = ((2, -0.5), (12, 0.0), (64, 2.0))
"""The same where all of them got it on one occasion: up to so many so much. People hand a text on to all at once."""
TWICE: Final = ((2, 0.0), (5, 0.75), (64, 1.0))
"""The same on two occasions,"""
OFTEN: Final = ((4, 2.0), (64, 3.0))
"""and on more than that."""
TALKING: Final = -2.0
"""What one does that talks with somebody, or had got the text before it sent it."""
CHATTING: Final = -1.0
"""What one does that writes texts of its own to a stranger who has not answered."""
ELSEWHERE: Final = 1.0
"""What one does that has had a part in another sure campaign, beside what its strangers say."""
SEVERAL: Final = 3
"""Strangers that only a robot writes to, or somebody who hands a text on."""
ANSWERED: Final = 4
"""Of so many strangers that one writes to, one who answers makes it a person: a robot gets an answer now and then."""
_MANY: Final = len(BY_STRANGERS) - 1
_BY_OCCASIONS: Final = tuple(
    tuple(next(speaks for most, speaks in table if strangers <= most) for strangers in range(65))
    for table in (HANDED_ON, HANDED_ON, TWICE, OFTEN)
)
"""What an account speaks by its occasions, three standing for more, and by its strangers."""
_CHATS_WITH: Final = 4
_GROWN: Final = 16
_MINUTES: Final = 600.0


class Crowd(NamedTuple):
    """What the accounts looked at, of all that have sent one text, are like."""

    looked_at: int = 0
    """How many that are known."""
    several: int = 0
    """Those who have written to three strangers or more, and talk with nobody."""
    talking: int = 0
    """Those who talk with somebody."""
    handing_on: float = 0.0
    """What all of them speak for a campaign, where people may hand on the text to many at once,"""
    vouched: float = 0.0
    """where they may not, to those that the server has said to be strangers,"""
    varied: float = 0.0
    """and where they may not at all."""
    copies: int = 0
    """The copies that there were then,"""
    when: float = 0.0
    """and the time."""

    def __str__(self) -> str:
        """Return it in words, as far as there is anything to say."""
        if not self.looked_at:
            return ""
        return (
            f"; of {self.looked_at} accounts looked at {self.several} write to several strangers and talk with nobody, "
            f"{self.talking} talk with somebody"
        )


NOBODY: Final = Crowd()


class Accounts:
    """What accounts do to strangers, as far as it says who sends a text: people, or robots."""

    def __init__(self, habits: Habits) -> None:
        """Remember it in *habits*."""
        self._habits = habits

    def crowd(self, cluster: Cluster, copies: int, now: float) -> Crowd:
        """Return what the senders of *cluster* are like, of which there are so many *copies*.

        They are looked at anew for each sixteenth that it grows, and every ten minutes.
        """
        known: Crowd | None = cluster.crowd
        if known is not None and copies - known.copies <= known.copies // _GROWN and 0 <= now - known.when < _MINUTES:
            return known
        cluster.crowd = found = _look_at(cluster.accounts, _mark_of(cluster), self._habits, copies, now)
        return found

    def may_say(self, case: Case, account: bytes, clusters: Iterable[Cluster | None], now: float, *, new: bool) -> bool:
        """Whether *account* may say what some spam says, copies of which are in *clusters*.

        A user of ours who has got it may ask somebody what it is, and so may whoever talks with several people. Who
        has written to no stranger before may do so in a few words: that is what *new* says of them.
        """
        if case.from_local_user and any(one is not None and one.seen(now).reached(account) for one in clusters):
            return True
        habit = self._habits.get(account, now)
        return new if habit is None else habit.partners > 1 and is_person(habit)

    def note(
        self, case: Case, account: bytes, to: bytes, clusters: Iterable[Cluster | None], now: float, *, own: bool
    ) -> None:
        """Remember that *account* has written to whom has the key *to*: copies in *clusters*, or an *own* text."""
        habits = self._habits
        if case.contacted(now):
            witness = habits.get(to, now)
            if witness is None or witness.partners < EVERYBODYS_PARTNER:
                habits.talks(account, to, now)
            habits.talks(to, account, now)
            return
        shared = any(cluster is not None and cluster.seen(now).by_others(account) for cluster in clusters)
        if shared or own:
            vouched = shared and (case.roster is not None or case.stanza.told("contacted") != "")
            habits.wrote(account, to, now, shared=shared, own=own, vouched=vouched)

    def blame(self, account: bytes, cluster: Cluster, now: float) -> None:
        """Remember that *account* has had a part in a campaign that is sure."""
        self._habits.mark(account, _mark_of(cluster), now)


def is_person(habit: Habit) -> bool:
    """Whether an account of that habit talks with people."""
    return 0 < habit.partners * ANSWERED >= habit.strangers


def _mark_of(cluster: Cluster) -> int:
    """Return by what a campaign is told from most others: 1 to 255."""
    return 1 + sum((cluster.stamp or cluster.key)[:64]) % 255


def _look_at(accounts: Iterable[bytes], mark: int, habits: Habits, copies: int, now: float) -> Crowd:
    looked_at = several = talking = 0
    handing_on = vouched = varied = 0.0
    for account in accounts:
        habit = habits.get(account, now)
        if habit is None:
            continue
        looked_at += 1
        strangers = habit.strangers
        if is_person(habit):
            talking += 1
            speaks = TALKING
        elif habit.chats and strangers <= _CHATS_WITH:
            speaks = CHATTING
        else:
            several += strangers >= SEVERAL
            speaks = ELSEWHERE if habit.mark not in (0, mark) else 0.0
            on_occasions = _BY_OCCASIONS[min(habit.occasions, 3)][strangers] + speaks
            handing_on += on_occasions
            vouched += max(on_occasions, BY_STRANGERS[min(habit.vouched, _MANY)] + speaks)
            varied += BY_STRANGERS[min(strangers, _MANY)] + speaks
            continue
        handing_on += speaks
        vouched += speaks
        varied += speaks
    return Crowd(looked_at, several, talking, handing_on, vouched, varied, copies, now)
