"""Whom accounts of ours have written to, or asked for a subscription, and who has written to them: both may answer.

Only what was delivered, and what a person wrote, counts (see `Policy.learn`). The ban list remembers something else:
whether a report by somebody of one of our accounts can be true, for which any message is enough.
"""

from collections.abc import Iterable
from typing import Any, Final, Self

from xmppfilter.memory.sets import Set
from xmppfilter.memory.state import Opener, Shared

MOST: Final = 100_000
"""Pairs that are remembered at once."""
SECONDS: Final = 180 * 86400.0
"""How long each is."""
RENEWED: Final = 86400.0
"""Seconds in which a pair is not written down again: people write to the same few all day."""


HEARD: Final = 7 * 86400.0
"""Seconds in which a user of ours may answer what somebody has written to it."""


class Correspondents(Shared):
    """Pairs of a bare JID of ours and an address that it has written to, and of the reverse."""

    def __init__(self, pairs: Set, heard: Set, opener: Opener) -> None:
        self._pairs = pairs
        self._heard = heard
        self._key = opener.key
        self._kept_key = opener.kept_key

    @classmethod
    def on(cls, opener: Opener, known: Self | None, terms: Any = None) -> Self:  # noqa: ARG003 - there is nothing to say
        """Return *known* if it is on the structures of *opener*, or else a new register that is; see `Shared`."""
        scope = opener.scoped("policy")
        pairs = scope.set("correspondents", capacity=MOST, seconds=SECONDS)
        # not stored: strangers fill it, and answers come soon
        heard = scope.set("heard", capacity=MOST, seconds=HEARD, persist=False)
        return known if known is not None and known.is_on(pairs, heard) else cls(pairs, heard, opener)

    def is_on(self, pairs: Set, heard: Set) -> bool:
        """Whether these are the structures behind the register."""
        return self._pairs is pairs and self._heard is heard

    def add(self, ours: str, others: Iterable[str], now: float) -> None:
        """Remember that *ours* has written to somebody who answers from any of the addresses *others*."""
        pairs = self._pairs
        for other in others:
            pair = self._key(f"{ours} {other}")
            if not pairs.has(pair, now + SECONDS - RENEWED):
                pairs.add(pair, now)

    def has(self, ours: str, other: str, now: float) -> bool:
        """Whether *ours* has written to *other*."""
        pairs = self._pairs
        return not pairs.empty and pairs.has(self._key(f"{ours} {other}"), now)

    def heard(self, ours: str, other: bytes, now: float) -> None:
        """Remember that whoever has the key *other* has written to *ours*."""
        self._heard.add(self._kept_key(ours) + other, now)

    def has_heard(self, ours: str, other: bytes, now: float) -> bool:
        """Whether whoever has the key *other* has written to *ours* of late."""
        return self._heard.has(self._kept_key(ours) + other, now)
