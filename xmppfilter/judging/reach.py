"""Weighs how far something has spread: how many strangers it has reached, from how many accounts, how fast."""

from math import log2
from typing import Final, NamedTuple

from xmppfilter.duplicates.tally import Span
from xmppfilter.judging.crowd import NOBODY, TALKING, Crowd

SURE: Final = 10.0
MOST: Final = 6.0
"""What is not sure scores no more,"""
MOST_TINY: Final = 2.0
"""and that of a few letters no more than this."""
MOST_TARGET: Final = 4.0
"""What is not sure of what is advertised scores no more,"""
MOST_HANDED_ON: Final = 2.0
"""and what people hand on no more than this."""
EACH_TO_MANY: Final = 5
"""Strangers for each account, from which on they are few accounts that write to many."""
TO_SEVERAL: Final = 3
"""Strangers for each account, from which on nobody only hands on what another has sent."""
WIDE: Final = 5
"""Times `strangers`: what is sure however slow it goes."""
ENOUGH: Final = 12.0
"""What the accounts must speak for a campaign (see `Crowd`) so that it is one, however slow it goes and short it is."""
PEOPLE: Final = 1 / 8
"""The share of accounts that talk with somebody from which on people hand it on, so that nothing is sure."""
MANY_AT: Final = 2 / 3
"""Of the rate at which few accounts send spam, the part at which many do."""
_UNITS: Final = (600.0, 1, "s"), (36_000.0, 60, "min"), (259_200.0, 3600, "hours")
"""Up to how many seconds which unit of time says enough."""


class Weighed(NamedTuple):
    """What it scores that something has spread."""

    score: float
    few: bool
    """Whether few accounts write to many, and not many accounts to some each."""


class Limits(NamedTuple):
    """From where on something has spread as only spam does."""

    strangers: int
    """Strangers that it has reached."""
    accounts: int
    """From this number on they are many accounts."""
    rate: float
    """Copies a second, over a minute, at which few accounts send spam."""

    def of_copies(
        self, seen: Span, strangers: int, rate: float, weight: float, of_few: float, crowd: Crowd = NOBODY
    ) -> Weighed | None:
        """Weigh a text that *strangers* got of which each counts *weight*, with few accounts *of_few*.

        *crowd* is what those accounts are like. None: they are too few to be worth a look.
        """
        accounts = seen.senders
        few = self._is_of_few(strangers, accounts)
        reached = strangers * (of_few if few else weight)
        by_all, varied = accounts >= 4 * self.accounts, 2 * seen.varied > seen.copies
        # what is short many say for themselves, and what is not they hand on to the letter
        evidence = crowd.vouched if weight < 1 else crowd.varied if varied else crowd.handing_on
        by_robots = (
            not few
            and strangers >= self.strangers
            and (of_few == 1 or by_all)  # one organiser may invite sixty
            and self._are_robots(seen, accounts, crowd, evidence)
        )
        if reached < self.strangers / 4 and not by_robots:
            return None
        if few:
            sure = self._few_are_sure(reached, rate)
        elif by_robots or self._are_people(seen, accounts, crowd):
            sure = by_robots
        else:
            quick = self._is_quick(reached, accounts, rate)
            if by_all and not varied:  # people hand on a warning as it is, and for an hour many do so at once
                quick = quick and rate >= self.rate
            wide = reached >= WIDE * self.strangers and by_all
            sure = weight == 1 and (quick or (wide and varied))
        if sure:
            return Weighed(SURE, few)
        senders, recipients = seen.domains
        score = self._soft(reached, accounts, rate) + 0.25 * min(4, senders - 1) + 0.25 * min(2, recipients - 1)
        if self._are_people(seen, accounts, crowd):
            score = min(MOST_HANDED_ON, score)
        return Weighed(round(min(MOST, score), 1), few)

    def of_target(
        self,
        seen: Span,
        strangers: int,
        rate: float,
        *,
        bare: bool = False,
        invites: bool = False,
        crowd: Crowd = NOBODY,
    ) -> Weighed | None:
        """Weigh what was advertised to *strangers*; *seen* has the wordings in place of the domains of recipients.

        *bare*: by links without a word, which people hand on at any rate; *invites*: by invitations, of which one
        organiser sends many. None: they are too few to be worth a look.
        """
        accounts = seen.senders
        few = self._is_of_few(strangers, accounts)
        reached = strangers / 4 if invites else float(strangers)
        if (reached if few else strangers) < self.strangers / 4:
            return None
        senders, wordings = seen.domains
        if few:
            sure = self._few_are_sure(reached, rate)
        elif self._are_people(seen, accounts, crowd):
            sure = False
        elif strangers >= self.strangers and self._are_robots(seen, accounts, crowd, crowd.handing_on):
            sure = True
        else:
            each = TO_SEVERAL if accounts >= 4 * self.accounts and 2 * wordings > seen.copies else EACH_TO_MANY
            wide = reached >= WIDE * self.strangers and strangers >= each * accounts
            sure = wide or (not bare and self._is_quick(strangers, accounts, rate))
        if sure:
            return Weighed(SURE, few)
        slow = rate < MANY_AT * self.rate / 2 and strangers < TO_SEVERAL * accounts
        handed_on = not few and (bare or slow or self._are_people(seen, accounts, crowd))
        if handed_on:
            reached = strangers / 4
        if reached < self.strangers / 4:
            return None
        score = self._soft(reached, accounts, rate) + 0.25 * min(4, senders - 1)
        return Weighed(round(min(MOST_HANDED_ON if handed_on else MOST_TARGET, score), 1), few)

    def _is_of_few(self, strangers: int, accounts: int) -> bool:
        return accounts < self.accounts and strangers >= EACH_TO_MANY * accounts

    def _are_robots(self, seen: Span, accounts: int, crowd: Crowd, evidence: float) -> bool:
        """Whether the accounts behave as only robots do."""
        if accounts < self.accounts or evidence + TALKING * self._returned(seen, accounts, crowd) < ENOUGH:
            return False
        return not self._are_people(seen, accounts, crowd)

    def _are_people(self, seen: Span, accounts: int, crowd: Crowd) -> bool:
        return crowd.talking + self._returned(seen, accounts, crowd) > PEOPLE * crowd.looked_at

    @staticmethod
    def _returned(seen: Span, accounts: int, crowd: Crowd) -> float:
        """Return how many of the accounts looked at had got it before they sent it."""
        return seen.returned * crowd.looked_at / max(1, accounts)

    def _few_are_sure(self, reached: float, rate: float) -> bool:
        return (reached >= self.strangers and rate >= self.rate) or reached >= WIDE * self.strangers

    def _is_quick(self, reached: float, accounts: int, rate: float) -> bool:
        return reached >= self.strangers and accounts >= self.accounts and rate >= MANY_AT * self.rate

    def _soft(self, reached: float, accounts: int, rate: float) -> float:
        """Weigh what is not sure: 1.5 for each doubling of the strangers reached, and a little for speed and spread."""
        score = 0.5 + 1.5 * log2(4 * reached / self.strangers)
        score += min(1.5, rate / self.rate)
        return score + min(1.0, accounts / (4 * self.accounts))


def in_words(subject: str, strangers: int, accounts: int, seconds: float, rate: float, crowd: Crowd) -> str:
    """Return how far *subject* has spread, and what those are like who have sent it."""
    return (
        f"{subject} {strangers} strangers by {accounts} account{'s' * (accounts != 1)} "
        f"in {_rough(seconds)} ({rate:.2g} copies a second){crowd}"
    )


def _rough(seconds: float) -> str:
    for most, unit, name in _UNITS:
        if seconds < most:
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds / 86400:.0f} days"
