"""Who is judged at all: how sender and recipient stand to each other, and whom the rules spare."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Final, Protocol

from xmppfilter.judging.case import Case, Contacts, Rules
from xmppfilter.judging.facts import is_contact_attempt, says_something
from xmppfilter.judging.strangers import refusal
from xmppfilter.judging.trusted import Trusted
from xmppfilter.judging.verdict import PASSING, Action, Finding, Verdict
from xmppfilter.stanza.jid import Jid, JidError
from xmppfilter.stanza.kind import Kind
from xmppfilter.stanza.namespaces import MUC_USER
from xmppfilter.stanza.view import Stanza
from xmppfilter.text.budget import Budget, price_of_jid

EXEMPTIONS: Final = ("unfiltered_recipient", "self", "server", "service", "trusted", "contact", "correspondent")
"""Why a stanza is not judged."""

FAILS_OPEN: Final = {
    "a filter raises": "its opinion is missing; the stanza is judged by the others",
    "a filter raises again and again": "it is muted for a while; the one that finds the banned, too",
    "the gateway raises": "the stanza is delivered, the failure counted and logged",
    "the relation is unknown": "the sender counts as a stranger, and is judged as one",
    "the store fails": "judging goes on from memory; what could not be written is tried again",
    "the server is not answered in time": "the server delivers (deploy/PROTOCOL.md, section 1)",
}
"""What happens when something breaks. Only a stanza whose address is invalid is ever dropped for a reason of form."""

_INVITE: Final = f"{{{MUC_USER}}}invite"
_HASH: Final = ord("#")
# reading a member of an enumeration costs as much as a call, up to Python 3.11
_MESSAGE: Final = Kind.MESSAGE
_GROUPCHAT: Final = Kind.GROUPCHAT
_SUBSCRIBE: Final = Kind.SUBSCRIBE
_STOPPED: Final = frozenset({Action.DROP, Action.BOUNCE})
_MOST_INVITATIONS: Final = 100
"""In one stanza; no room sends more than one."""


class Correspondents(Protocol):
    """Whom accounts of ours have written to."""

    def add(self, ours: str, others: Iterable[str], now: float) -> None:
        """Remember that *ours* has written to somebody who answers from any of the addresses *others*."""

    def has(self, ours: str, other: str, now: float) -> bool:
        """Whether *ours* has written to *other*."""

    def heard(self, ours: str, other: bytes, now: float) -> None:
        """Remember that whoever has the key *other* has written to *ours*."""

    def has_heard(self, ours: str, other: bytes, now: float) -> bool:
        """Whether whoever has the key *other* has written to *ours* of late."""


class Policy:
    """The relation between sender and recipient: who is exempt, and which rules hold."""

    def __init__(
        self,
        rules: Rules,
        *,
        per_domain: Mapping[str, Rules],
        per_user: Mapping[str, Rules],
        domains: Iterable[str],
        rooms: Iterable[str],
        trusted: Trusted,
        key: Callable[[str], bytes],
        rosters: Mapping[str, Contacts],
        correspondents: Correspondents,
    ) -> None:
        """Go by *rules*, *per_domain* by those of domains, *per_user* by those of recipients, by their bare JIDs.

        Remember addresses by *key*, and in *correspondents* whom users of ours write to.
        """
        self.rules = rules
        """Those of every domain that has none of its own."""
        self._per_domain = dict(per_domain)
        self._per_user = dict(per_user)
        self._has_others = bool(per_domain or per_user)
        self.refuses = any(one.refused for one in (rules, *per_domain.values(), *per_user.values()))
        """Whether there is anybody to whom strangers may not send everything."""
        self._domains = frozenset(domains)
        self._rooms = frozenset(rooms)
        self.ours = self._domains | self._rooms | trusted.services
        """All domains of ours: those of users, of rooms and of services."""
        self.trusted = trusted
        """Whom no filter judges, our services among them."""
        self._trusts = bool(trusted)
        self._rosters = rosters
        self._correspondents = correspondents
        self._key = key
        self._has_written = self._may_answer

    def is_local(self, jid: Jid) -> bool:
        """Whether *jid* is an account of ours, or a protected domain itself."""
        return jid.domain in self._domains

    def is_local_user(self, jid: Jid) -> bool:
        """Whether *jid* is an account of ours."""
        return bool(jid.local) and jid.domain in self._domains

    def is_monitored(self, jid: Jid) -> bool:
        """Whether what concerns *jid* is only watched."""
        return self._rules_for(jid).monitor

    @property
    def unfiltered(self) -> frozenset[str]:
        """The accounts that receive everything, of whatever domain."""
        return self.rules.unfiltered_recipients.union(*(rules.unfiltered_recipients for _, rules in self._others()))

    @property
    def own_modes(self) -> dict[str, str]:
        """The modes of domains and users that have one of their own, and do not follow the gateway's."""
        return {
            whose: "monitor" if rules.monitor else "enforce"
            for whose, rules in self._others()
            if not rules.follows_mode
        }

    def _others(self) -> Iterator[tuple[str, Rules]]:
        """Yield the domains and the users that have rules of their own, and these."""
        yield from self._per_domain.items()
        yield from self._per_user.items()

    def _rules_for(self, recipient: Jid) -> Rules:
        return self._per_user.get(recipient.bare) or self._per_domain.get(recipient.domain, self.rules)

    def spared_by(self, rule: str) -> frozenset[str] | None:
        """Return the accounts and domains to whom and from whom stanzas may be delivered that are spam by *rule* alone.

        None: there are others, who cannot be named. Contacts and correspondents are not among them, nor are those whom
        `trusted` knows by their JIDs: servers are told of no ban of theirs.
        """
        if not _stops(self.rules, rule) or self.trusted.by_network:
            return None
        spared = set(self.rules.unfiltered_recipients)
        for whose, rules in self._others():
            spared |= rules.unfiltered_recipients
            if not _stops(rules, rule):
                spared.add(whose)
        return frozenset(spared)

    def switch(self, *, monitor: bool) -> None:
        """Change the mode, except of domains and users that have one of their own."""
        self.rules = replace(self.rules, monitor=monitor)
        for others in (self._per_domain, self._per_user):
            for whose, rules in others.items():
                if rules.follows_mode:
                    others[whose] = replace(rules, monitor=monitor)

    def address_of(self, jid: Jid) -> str:
        """Return the address that *jid* is known by: its bare JID, or an occupant's full JID."""
        return jid.full if jid.domain in self._rooms else jid.bare

    def meet(self, stanza: Stanza) -> Case:
        """Return the case that *stanza* makes. Raises JidError where an address is missing or invalid."""
        sender, recipient = stanza.sender, stanza.recipient
        direction, kind = stanza.direction, stanza.kind
        domains = self._domains
        from_us, to_us = sender.domain in domains, recipient.domain in domains
        outbound = (from_us and not to_us) if direction is None else direction == "out"
        # any spelling of the namespace has this character, and one character is found ten times faster
        of_rooms = _HASH in stanza.raw and not stanza.lacks(b"muc#user") and stanza.well_formed
        if not from_us and sender.resource:  # an account of ours is in no room of that address
            known = sender.domain in self._rooms
            marked = not known and (kind is _GROUPCHAT or (of_rooms and _has_mark(stanza)))
            occupant = known or marked
        else:
            marked = occupant = False
        rules = self.rules
        ours = sender if outbound else recipient
        if self._has_others:
            rules = self._per_domain.get(ours.domain, rules) if outbound else self._rules_for(recipient)
        return Case(
            stanza,
            rules,
            self._key,
            outbound,
            from_us and sender.local != "",
            to_us and recipient.local != "",
            occupant,
            marked,
            of_rooms and kind is _MESSAGE and self._invited_by_contact(stanza),
            self._rosters.get(ours.bare) if self._rosters else None,
            self._has_written,
        )

    def exemption(self, case: Case, now: float) -> str | None:
        """Return why *case* is not judged: it is no stranger's, or its recipient wants everything. None: judge it."""
        sender, recipient, rules = case.sender, case.recipient, case.rules
        if rules.unfiltered_recipients and recipient.bare in rules.unfiltered_recipients:
            return "unfiltered_recipient"
        if sender.bare == recipient.bare:
            return "self"
        if (not sender.local or not recipient.local) and self._is_server(sender, recipient):
            return "server"
        if self._trusts and (reason := self.trusted.exempts(case)) is not None:
            return reason
        roster, outbound = case.roster, case.outbound
        if roster is not None and (
            # servers send unanswered requests again, and the first was judged
            roster.is_known_to if outbound and case.kind is not _SUBSCRIBE else roster.has
        )(recipient if outbound else sender):
            return "contact"
        return "correspondent" if rules.correspondents and self._has_written_to(case, now) else None

    def refusal(self, case: Case, now: float) -> Finding | None:
        """Return what is found where *case* is refused because a stranger sends it: one to whom nobody has written."""
        if not case.rules.refused:
            return None
        found = refusal(case, from_rooms=case.sender.domain in self._rooms)
        return None if found is None or self._has_written_to(case, now) else found

    def _is_server(self, sender: Jid, recipient: Jid) -> bool:
        """Whether a protected domain itself speaks, or is spoken to from inside."""
        domains = self._domains
        return sender.domain in domains and (not sender.local or (not recipient.local and recipient.domain in domains))

    def _has_written_to(self, case: Case, now: float) -> bool:
        """Whether the recipient, a user of ours, has written to the sender of *case*, by the server's word or by ours.

        A sender who sees that knows it already: it got what was written.
        """
        if case.outbound:
            return False
        if case.stanza.told("contacted") == "true":
            return True
        sender = case.sender
        other = sender.full if case.occupant or sender.domain in self._rooms else sender.bare
        return self._correspondents.has(case.recipient.bare, other, now)

    def _may_answer(self, case: Case, now: float) -> bool:
        """Whether the recipient of *case* has written to its sender, whichever of them is a user of ours."""
        if not case.outbound:
            return self._has_written_to(case, now)
        other, known = case.recipient, self._correspondents
        # who has a full address may have written as itself, or as an occupant of a room that we do not know
        names = {other.full} if other.domain in self._rooms else {other.bare, other.full}
        return any(known.has_heard(case.sender.bare, self._key(name), now) for name in names)

    def _invited_by_contact(self, stanza: Stanza) -> bool:
        invitations = (invite.get("from") for x in stanza.children("x", MUC_USER) for invite in x.iterfind(_INVITE))
        named = list(islice(invitations, _MOST_INVITATIONS + 1))
        if not 0 < len(named) <= _MOST_INVITATIONS:
            return False
        if stanza.meta.get("inviter") == "contact":
            return True
        roster = self._rosters.get(stanza.recipient.bare)
        budget = Budget()
        try:
            return roster is not None and all(
                budget.spend(price_of_jid(inviter or "")) and roster.has(Jid.parse(inviter or "")) for inviter in named
            )
        except JidError:
            return False

    def hear(self, case: Case, verdict: Verdict, now: float) -> None:
        """Remember who has written to a user of ours, who may answer without being taken for somebody that floods."""
        if case.kind is not _MESSAGE or case.from_local_user or case.outbound or not case.to_local_user:
            return
        if verdict.action in PASSING and verdict.would not in _STOPPED and case.once(is_contact_attempt):
            self._correspondents.heard(case.recipient.bare, case.sender_key, now)

    def learn(self, case: Case, verdict: Verdict, now: float) -> None:
        """Remember whom a local user has written to, or asked for a subscription.

        Only what was delivered counts, and of messages only what a person wrote.
        """
        if not case.from_local_user or (case.kind is not _MESSAGE and case.kind is not _SUBSCRIBE):
            return
        stanza, sender, other = case.stanza, case.sender, case.recipient
        if verdict.action not in PASSING or verdict.would in _STOPPED or sender.bare == other.bare:
            return
        if case.kind is _SUBSCRIBE:
            self._correspondents.add(sender.bare, {other.bare}, now)
        elif says_something(stanza):
            # behind a full address somebody answers as itself, or as an occupant of a room that we do not know
            to_occupant = other.domain in self._rooms or (other.resource and _has_mark(stanza))
            self._correspondents.add(sender.bare, {other.full} if to_occupant else {other.bare, other.full}, now)


def _has_mark(stanza: Stanza) -> bool:
    return stanza.well_formed and next(stanza.children("x", MUC_USER), None) is not None


def _stops(rules: Rules, rule: str) -> bool:
    return not rules.monitor and rules.action_for(rule) not in PASSING
