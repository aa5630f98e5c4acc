"""Catches invitations to rooms that are on a blocklist, or by inviters that are.

An invitation comes from the room itself, which names the inviter (XEP-0045 7.8.2), or from the inviter, who names the
room (XEP-0249). The room, its domain and the inviter that a room names are looked up in the lists of `blocklist`: its
services, files, `agree` and `allow`. A listed room does not become a good one by naming a contact of the recipient as
the inviter, for that is only the room's word. Of many invitations in one stanza the first hundred of a kind are looked
at, or fewer where their addresses are very long. The reason that an invitation gives is the business of `patterns` and
`mentions`.

Never looks at: groupchat, errors, anything that is no invitation.
"""

from collections.abc import Collection, Iterable
from typing import ClassVar, Final

from xmppfilter.judging.case import Case
from xmppfilter.judging.filter import Stage
from xmppfilter.judging.invitations import invitations
from xmppfilter.judging.options import Options, Remark
from xmppfilter.judging.verdict import Finding, Rank, Verdict
from xmppfilter.lists.lists import Lists
from xmppfilter.memory.state import Scope
from xmppfilter.stanza.jid import Jid
from xmppfilter.stanza.kind import Kind

RULES = {
    "room": "the room of an invitation is listed",
    "domain": "the domain of an invitation's room is listed",
    "inviter": "whom a room names as the inviter is listed",
}
_RANK: Final = Rank.ROOM_LISTED


class Config(Options):
    """No options of its own: the lists are those of blocklist."""

    def remarks(self, others: Collection[str]) -> Iterable[Remark]:
        """Tell where nothing is listed."""
        if "blocklist" not in others:
            yield (), "blocklist is not on: it finds only what `xmppfilter ctl lists add` adds"


class Filter:
    """Looks up what an invitation names."""

    stage: ClassVar = Stage.ADDRESS
    kinds: ClassVar = frozenset({Kind.MESSAGE})
    observes: ClassVar[frozenset[Kind]] = frozenset()

    def __init__(self, config: Config, state: Scope) -> None:  # noqa: ARG002 - the contract's
        self._lists = state.shared(Lists)

    def check(self, case: Case, now: float) -> tuple[Finding, ...] | None:  # noqa: ARG002 - the contract's
        """Find what is listed of an invitation, each rule once."""
        if case.ordinary:
            return None
        rooms, inviters, _ = case.once(invitations)
        found: dict[str, Finding] = {}
        for room in rooms:
            self._room(room, found)
        for inviter in inviters:
            if inviter is not None:
                self._inviter(inviter, found)
        return tuple(found.values()) or None

    def _room(self, room: Jid, found: dict[str, Finding]) -> None:
        listed = self._lists.blocked
        heeded = self._lists.heeded
        by_room, by_domain = (heeded(by, room.domain) for by in (listed.jid(room), listed.domain(room.domain)))
        if (by_room or by_domain) and not self._lists.allows(room):
            if by_room:
                found.setdefault(
                    "room", Finding("invitation.room", f"the room {room.bare} is listed by {by_room}", rank=_RANK)
                )
            if by_domain:
                detail = f"the room's domain {room.domain} is listed by {by_domain}"
                found.setdefault("domain", Finding("invitation.domain", detail, rank=_RANK))

    def _inviter(self, inviter: Jid, found: dict[str, Finding]) -> None:
        listed = self._lists.blocked
        heeded, domain = self._lists.heeded, inviter.domain
        by = heeded(listed.jid(inviter), domain) or heeded(listed.domain(domain), domain)
        if by and not self._lists.allows(inviter):
            detail = f"the room names {inviter.bare} as the inviter, who is listed by {by}"
            found.setdefault("inviter", Finding("invitation.inviter", detail, rank=_RANK))

    def observe(self, case: Case, verdict: Verdict, now: float) -> None:
        """Remember nothing."""
