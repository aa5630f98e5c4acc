"""A limit that many keep to, and what going beyond it scores."""

from functools import partial
from math import log2
from typing import Final

from xmppfilter.judging.verdict import About, Fact, Finding
from xmppfilter.memory.rates import Rates

_EACH: Final = 1.5
"""Points for each doubling beyond the limit."""


class Limit:
    """How often somebody may do something in an hour, and what more of it scores."""

    __slots__ = ("_about", "_detail", "_fact", "_first", "_most", "_private", "_rule", "limit", "rates")

    def __init__(
        self,
        rates: Rates,
        limit: int,
        rule: str,
        detail: str,
        first: float,
        most: float,
        *,
        about: About = About.SENDER,
        private: bool = False,
        fact: Fact | None = None,
    ) -> None:
        self.rates = rates
        """How often somebody does; what is beyond its own limit is worth a look."""
        self.limit = limit
        self._rule = rule
        self._detail = detail
        self._first = first
        self._most = most
        self._about = about
        self._private = private
        self._fact = fact

    def excess(self, key: bytes, now: float) -> Finding:
        """Tell of somebody who has done it too often already."""
        count = self.rates.count(key, now)
        score = min(self._most, self._first + _EACH * max(0.0, log2((count + 1) / self.limit)))
        detail = partial("about {:.0f} {} within an hour; {} may pass".format, count, self._detail, self.limit)
        return Finding(self._rule, detail, round(score, 1), self._about, private=self._private, fact=self._fact)
