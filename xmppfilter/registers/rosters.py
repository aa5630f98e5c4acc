"""Whom a user knows (RFC 6121 2), as far as it makes somebody no stranger."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Self

from xmppfilter.memory.state import Opener, Shared
from xmppfilter.stanza.jid import Jid
from xmppfilter.text.fold import skeleton

_CONTACT: Final = frozenset({"both", "to", "from"})
_LET_IN: Final = frozenset({"both", "from"})


@dataclass(frozen=True, slots=True)
class RosterItem:
    """One item of a user's roster (RFC 6121 2.1.2)."""

    jid: Jid
    subscription: str = "none"
    ask: str | None = None
    approved: bool = False
    name: str = ""
    """What the user calls it."""


class Roster:
    """One user's roster, as far as it makes somebody no stranger."""

    __slots__ = ("_alike", "_contacts", "_gateways", "_inviting_gateways", "_names", "_names_alike", "_subscribed")

    def __init__(self, items: Iterable[RosterItem]) -> None:
        items = tuple(items)
        self._contacts = frozenset(
            item.jid.bare for item in items if item.subscription in _CONTACT or item.ask == "subscribe" or item.approved
        )
        self._subscribed = frozenset(item.jid.bare for item in items if item.subscription in _CONTACT)
        self._gateways = frozenset(
            item.jid.domain for item in items if not item.jid.local and item.subscription in _CONTACT
        )
        self._inviting_gateways = frozenset(
            item.jid.domain for item in items if not item.jid.local and item.subscription in _LET_IN
        )
        self._names = {item.name: item.jid.bare for item in items if item.name and item.jid.bare in self._contacts}
        self._alike: dict[str, str] | None = None
        self._names_alike: dict[str, str] | None = None

    def resembling(self, alike: str) -> str | None:
        """Return the bare JID of a contact with that skeleton; see `Contacts`."""
        if self._alike is None:
            self._alike = {skeleton(contact): contact for contact in sorted(self._contacts)}
        return self._alike.get(alike)

    def called(self, alike: str) -> str | None:
        """Return the bare JID of a contact whose name has that skeleton; see `Contacts`."""
        if self._names_alike is None:
            self._names_alike = {skeleton(name): contact for name, contact in sorted(self._names.items())}
        return self._names_alike.get(alike)

    def has(self, jid: Jid) -> bool:
        """Whether *jid* is a contact, or comes from a gateway that is one."""
        return jid.bare in self._contacts or jid.domain in self._gateways

    def is_known_to(self, jid: Jid) -> bool:
        """Whether the user is no stranger to *jid*.

        What the user has done alone proves nothing, or a spammer of ours would ask everybody first. Nor does a
        subscription to a whole domain: servers grant it to anybody. A gateway asks for one itself.
        """
        return jid.bare in self._subscribed or jid.domain in self._inviting_gateways


class Rosters(Shared):
    """The rosters that servers have told of, by their users' bare JIDs. Nothing of them is stored."""

    def __init__(self) -> None:
        self.by_user: dict[str, Roster] = {}

    @classmethod
    def on(cls, opener: Opener, known: Self | None, terms: Any = None) -> Self:  # noqa: ARG003 - it opens nothing
        """Return *known*, or else a register without any rosters; see `Shared`."""
        return known if known is not None else cls()

    def replace(self, user: Jid, items: Iterable[RosterItem]) -> None:
        """Let *items* be the roster of *user*, in place of what was known of it."""
        self.by_user[user.bare] = Roster(items)
