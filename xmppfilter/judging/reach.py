"""Weighs how far something has spread: how many strangers it has reached, from how many accounts, how fast."""

from math import log2
from typing import Final, NamedTuple

from xmppfilter.duplicates.tally import Span

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
MANY_AT: Final = 2 / 3
"""Of the rate at which few accounts send spam, the part at which many do."""


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

    def of_copies(self, seen: Span, strangers: int, rate: float, weight: float, of_few: float) -> Weighed | None:
        """Weigh a text that *strangers* got of which each counts *weight*, with few accounts *of_few*.

        None: they are too few to be worth a look.
        """
        accounts = seen.senders
        few = self._is_of_few(strangers, accounts)
        reached = strangers * (of_few if few else weight)
        if reached < self.strangers / 4:
            return None
        if few:
            sure = self._few_are_sure(reached, rate)
        else:
            quick = self._is_quick(reached, accounts, rate)
            by_all, varied = accounts >= 4 * self.accounts, 2 * seen.varied > seen.copies
            if by_all and not varied:  # people hand on a warning as it is, and for an hour many do so at once
                quick = quick and rate >= self.rate
            wide = reached >= WIDE * self.strangers and by_all
            sure = weight == 1 and (quick or (wide and varied))
        if sure:
            return Weighed(SURE, few)
        senders, recipients = seen.domains
        score = self._soft(reached, accounts, rate) + 0.25 * min(4, senders - 1) + 0.25 * min(2, recipients - 1)
        return Weighed(round(min(MOST, score), 1), few)

    def of_target(
        self, seen: Span, strangers: int, rate: float, *, bare: bool = False, invites: bool = False
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
        else:
            each = TO_SEVERAL if accounts >= 4 * self.accounts and 2 * wordings > seen.copies else EACH_TO_MANY
            wide = reached >= WIDE * self.strangers and strangers >= each * accounts
            sure = wide or (not bare and self._is_quick(strangers, accounts, rate))
        if sure:
            return Weighed(SURE, few)
        handed_on = not few and (bare or (rate < MANY_AT * self.rate / 2 and strangers < TO_SEVERAL * accounts))
        if handed_on:
            reached = strangers / 4
        if reached < self.strangers / 4:
            return None
        score = self._soft(reached, accounts, rate) + 0.25 * min(4, senders - 1)
        return Weighed(round(min(MOST_HANDED_ON if handed_on else MOST_TARGET, score), 1), few)

    def _is_of_few(self, strangers: int, accounts: int) -> bool:
        return accounts < self.accounts and strangers >= EACH_TO_MANY * accounts

    def _few_are_sure(self, reached: float, rate: float) -> bool:
        return (reached >= self.strangers and rate >= self.rate) or reached >= WIDE * self.strangers

    def _is_quick(self, reached: float, accounts: int, rate: float) -> bool:
        return reached >= self.strangers and accounts >= self.accounts and rate >= MANY_AT * self.rate

    def _soft(self, reached: float, accounts: int, rate: float) -> float:
        """Weigh what is not sure: 1.5 for each doubling of the strangers reached, and a little for speed and spread."""
        score = 0.5 + 1.5 * log2(4 * reached / self.strangers)
        score += min(1.5, rate / self.rate)
        return score + min(1.0, accounts / (4 * self.accounts))
