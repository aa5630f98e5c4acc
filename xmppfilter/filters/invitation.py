"""Catches invitations to rooms that are on a blocklist, or by inviters that are, and far too many of them.

An invitation comes from the room itself, which names the inviter (XEP-0045 7.8.2), or from the inviter, who names the
room (XEP-0249). The room, its domain and the inviter that a room names are looked up in the lists of `blocklist`: its
services, files, `agree` and `allow`. A listed room does not become a good one by naming a contact of the recipient as
the inviter, for that is only the room's word. Of many invitations in one stanza the first hundred of a kind are looked
at, or fewer where their addresses are very long. The reason that an invitation gives is the business of `patterns` and
`mentions`.

Rooms that nobody has listed are advertised, too. So strangers' invitations are counted: the rooms that one inviter
invites to, the users that are invited to one room, and how often one user is invited to one room. From its limit on
each scores 3, at four times that 10. Whom a room names as the inviter is counted for the rooms of its service alone,
since it may name anybody. Only who invites directly, to too many rooms, is an offender: to a room others may invite
to have it blocked. Rooms of our own (`rooms`) are not counted, nor is who answers our user.

Never looks at: groupchat, errors, anything that is no invitation.
"""

from collections.abc import Collection, Iterable, Iterator
from math import log2
from typing import Annotated, ClassVar, Final

from pydantic import BeforeValidator, Field

from xmppfilter.judging.case import Case
from xmppfilter.judging.filter import Stage
from xmppfilter.judging.invitations import invitations
from xmppfilter.judging.options import COUNT_OR_OFF_SCHEMA, Options, Remark, parse_off
from xmppfilter.judging.verdict import About, Fact, Finding, Rank, Verdict
from xmppfilter.lists.lists import Lists
from xmppfilter.memory.rates import Rates
from xmppfilter.memory.state import Scope
from xmppfilter.stanza.jid import Jid
from xmppfilter.stanza.kind import Kind
from xmppfilter.text.targets import is_within

RULES = {
    "room": "the room of an invitation is listed, or invited to too often",
    "domain": "the domain of an invitation's room is listed",
    "inviter": "whom a room names as the inviter is listed, or somebody invites to too many rooms",
}
_RANK: Final = Rank.ROOM_LISTED
HOUR: Final = 3600.0
DAY: Final = 86400.0
MOST_TOLD_APART: Final = 66
"""Four times as many rooms, or users, can still be told apart."""
SURE_AT: Final = 4
"""Times a limit."""
LEAST: Final = 3.0
MOST: Final = 10.0
EACH: Final = 3.5
"""Points for each doubling beyond the limit."""
_WORTH_A_LOOK: Final = 0.3
"""Of a limit: events have faded to a third when who was met has not."""
_MOST_COUNTED: Final = 4
"""Rooms of one stanza that are counted."""

FewOrOff = Annotated[
    Annotated[int, Field(ge=1, le=MOST_TOLD_APART)] | None, BeforeValidator(parse_off), COUNT_OR_OFF_SCHEMA
]


class Config(Options):
    """Options of invitation; the lists are those of blocklist."""

    inviter_rooms_per_hour: FewOrOff = Field(default=12, description="Rooms that one stranger may invite to.")
    room_users_per_hour: FewOrOff = Field(
        default=60, description="Users of ours that strangers may invite to one room."
    )
    repeats_per_day: FewOrOff = Field(default=5, description="Invitations of one user to one room by strangers.")
    max_rooms: int = Field(
        default=20_000,
        ge=100,
        le=10_000_000,
        description="Rooms, inviters and invited users remembered at once, each; the oldest quiet ones go first.",
    )

    def remarks(self, others: Collection[str]) -> Iterable[Remark]:
        """Tell where nothing is listed."""
        if "blocklist" not in others:
            yield (), "blocklist is not on: listed is only what `xmppfilter ctl lists add` adds"


class Filter:
    """Looks up what an invitation names, and counts it."""

    stage: ClassVar = Stage.ADDRESS
    kinds: ClassVar = frozenset({Kind.MESSAGE})
    observes: ClassVar = frozenset({Kind.MESSAGE})

    def __init__(self, config: Config, state: Scope) -> None:
        self._lists = state.shared(Lists)
        self._key = state.key
        self._config = config

        def rates(name: str, limit: int | None) -> Rates | None:
            if limit is None:
                return None
            return state.rates(name, capacity=config.max_rooms, limit=limit * _WORTH_A_LOOK, seconds=HOUR)

        self._inviters = rates("inviters", config.inviter_rooms_per_hour)
        self._rooms = rates("rooms", config.room_users_per_hour)
        often = config.repeats_per_day
        self._repeats = (
            state.window("repeats", capacity=config.max_rooms, limit=SURE_AT * often, seconds=DAY)
            if often is not None
            else None
        )

    def check(self, case: Case, now: float) -> tuple[Finding, ...] | None:
        """Find what is listed of an invitation, each rule once, and what there is too much of."""
        if case.ordinary:
            return None
        rooms, inviters, _ = case.once(invitations)
        found: dict[str, Finding] = {}
        for room in rooms:
            self._room(room, found)
        for inviter in inviters:
            if inviter is not None:
                self._inviter(inviter, found)
        listed = tuple(found.values())
        return listed + self._excess(case, now) or None if rooms else listed or None

    def _excess(self, case: Case, now: float) -> tuple[Finding, ...]:
        """Find what there is too much of, of each kind the worst."""
        worst: dict[tuple[str, About], Finding] = {}
        for inviter, room, user in self._counted(case, now):
            for finding in self._too_many(inviter, room, user, case, now):
                kind = finding.rule, finding.about
                if kind not in worst or finding.score > worst[kind].score:
                    worst[kind] = finding
        return tuple(worst.values())

    def _too_many(self, inviter: bytes, room: bytes, user: bytes, case: Case, now: float) -> Iterator[Finding]:
        config = self._config
        if self._inviters is not None and (most := config.inviter_rooms_per_hour) is not None:
            count = self._inviters.distinct(inviter, now)
            if count >= most:
                direct = not any(case.once(invitations).inviters)
                about = About.SENDER if direct else About.GROUP
                detail = f"one inviter invited to about {count:.0f} rooms within an hour; {most} may be"
                yield _weighed("inviter", detail, count / most, about, Fact.SPREAD)
        if self._rooms is not None and (most := config.room_users_per_hour) is not None:
            count = self._rooms.distinct(room, now)
            if count >= most:
                detail = f"about {count:.0f} users were invited to this room within an hour; {most} may be"
                yield _weighed("room", detail, count / most, About.GROUP, Fact.SPREAD)
        if self._repeats is not None and (most := config.repeats_per_day) is not None:
            count = self._repeats.count(room + user, now) + 1
            if count > most:
                detail = f"invitation {count} of this user to this room within a day; {most} may pass"
                yield _weighed("room", detail, count / most, About.RECIPIENT, None)

    def _counted(self, case: Case, now: float) -> Iterator[tuple[bytes, bytes, bytes]]:
        """Yield the keys of inviter, room and invited user: of strangers' invitations to rooms of others."""
        rooms, inviters, _ = case.once(invitations)
        if not rooms or case.invited_by_contact or case.contacted(now):
            return
        named = next(filter(None, inviters), None)
        user = self._key(case.recipient.bare)
        for room in rooms[:_MOST_COUNTED]:
            if not is_within(room.domain, case.rules.own) and not self._lists.allows(room):
                if named is not None:
                    inviter = self._key(f"{named.bare} in {case.sender.domain}")
                else:  # the mark of an occupant can be forged, and resources are free
                    inviter = self._key(case.sender.bare) if case.marked else case.sender_key
                yield inviter, self._key(room.bare), user

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

    def observe(self, case: Case, verdict: Verdict, now: float) -> None:  # noqa: ARG002 - blocked ones count too
        """Count the invitation, whatever became of it."""
        if case.ordinary:
            return
        for inviter, room, user in self._counted(case, now):
            if self._inviters is not None:
                self._inviters.note(inviter, room, now)
            if self._rooms is not None:
                self._rooms.note(room, user, now)
            if self._repeats is not None:
                self._repeats.note(room + user, now)


def _weighed(rule: str, detail: str, times: float, about: About, fact: Fact | None) -> Finding:
    score = min(MOST, LEAST + EACH * log2(max(1.0, times)))
    return Finding(f"invitation.{rule}", detail, round(score, 1), about, fact=fact)
