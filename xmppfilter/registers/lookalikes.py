"""The users of ours and their domains by what they look like, so that somebody who only looks like one is found."""

from typing import Final

from xmppfilter.memory.kept import kept
from xmppfilter.memory.sets import Set
from xmppfilter.memory.state import Opener
from xmppfilter.stanza.jid import Jid
from xmppfilter.text.fold import skeleton

_KEPT: Final = 8192


class LookAlikes:
    """Learns users of ours in a set of keys: whoever was there first is who another looks like."""

    def __init__(self, users: Set, opener: Opener) -> None:
        self._users = users
        self._key = opener.key
        self._domains = kept(self._domain_of, _KEPT)

    def learn(self, user: Jid, now: float) -> None:
        """Remember a user of ours."""
        users = self._users
        known = self._key(f"= {user.bare}")
        if not users.has(known, now) and not users.has(alike := self._looks(skeleton(user.bare)), now):
            for key in (known, alike, self._domains(user.domain)[1]):
                users.add(key, now)

    def resembles_user(self, other: Jid, now: float) -> bool:
        """Whether *other* looks like a user of ours, and is another."""
        users = self._users
        return (
            bool(other.local)
            and users.has(self._domains(other.domain)[1], now)  # of nearly no domain; names of its users cost more
            and users.has(self._looks(skeleton(other.bare)), now)
            and not users.has(self._key(f"= {other.bare}"), now)
        )

    def is_of_user(self, alike: str, now: float) -> bool:
        """Whether the address of a user of ours looks like *alike* (see `skeleton`)."""
        return self._users.has(self._looks(alike), now)

    def resembles_domain(self, domain: str, other: str) -> bool:
        """Whether *other* looks like *domain*, and is another."""
        return domain != other and self._domains(domain)[0] == self._domains(other)[0]

    def _domain_of(self, domain: str) -> tuple[str, bytes]:
        alike = skeleton(domain)
        return alike, self._key(f"@ {alike}")

    def _looks(self, alike: str) -> bytes:
        return self._key(f"~ {alike}")
