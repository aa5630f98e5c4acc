"""Who is judged at all, and what follows from what was found."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import islice
from typing import Final

from xmppfilter.judging.case import Case, Contacts, Rules
from xmppfilter.judging.verdict import CLEAN, PASSING, About, Action, Finding, Verdict
from xmppfilter.memory.state import Scope
from xmppfilter.stanza.jid import Jid, JidError
from xmppfilter.stanza.namespaces import MUC_USER, OMEMO, OPENPGP, PUBSUB_EVENT
from xmppfilter.stanza.view import Kind, Stanza
from xmppfilter.stanza.xml import all_text
from xmppfilter.text.budget import Budget, price_of_jid

BAN: Final = "known_spammers"
LISTS: Final = ("blocklist", "invitation", "mentions")
"""Filters whose word goes before any score but a ban's, in this order."""

CONTENT: Final = frozenset({"campaign", "first_contact", "mentions", "patterns", "same_long_body"})
"""Filters that do not judge a mediated invitation whose inviter is a contact."""
PRIVATE_RULES: Final = frozenset(f"first_contact.{rule}" for rule in ("contact", "nick", "nonexistent", "user"))
"""What is found by looking at the recipient's roster, or at which users of ours there are."""

EXEMPTIONS: Final = ("unfiltered_recipient", "self", "server", "contact", "correspondent")
"""Why a stanza is not judged."""

FAILS_OPEN: Final = {
    "a filter raises": "its opinion is missing; the stanza is judged by the others",
    "a filter raises again and again": f"it is muted for a while; {BAN} too, and then bans do not hold",
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
_IQ: Final = Kind.IQ
_IQ_REPLY: Final = Kind.IQ_REPLY
_DELIVER: Final = Action.DELIVER
_TAG: Final = Action.TAG
_BOUNCE: Final = Action.BOUNCE
_SENDER: Final = About.SENDER
_ANSWERABLE: Final = frozenset({Kind.MESSAGE, Kind.GROUPCHAT, Kind.SUBSCRIBE})
_MOST_INVITATIONS: Final = 100
"""In one stanza; no room sends more than one."""


class Policy:
    """The relation between sender and recipient, and the one place where findings become an action."""

    def __init__(
        self,
        rules: Rules,
        *,
        per_domain: Mapping[str, Rules],
        domains: Iterable[str],
        rooms: Iterable[str],
        state: Scope,
        rosters: Mapping[str, Contacts],
    ) -> None:
        self.rules = rules
        """Those of every domain that has none of its own."""
        self._per_domain = dict(per_domain)
        self._domains = frozenset(domains)
        self._rooms = frozenset(rooms)
        self._rosters = rosters
        learns = rules.correspondents or any(other.correspondents for other in self._per_domain.values())
        self._correspondents = state.set("correspondents", capacity=100_000, seconds=180 * 86400.0) if learns else None
        self._key = state.key

    def is_local(self, jid: Jid) -> bool:
        """Whether *jid* is an account of ours, or a protected domain itself."""
        return jid.domain in self._domains

    def is_local_user(self, jid: Jid) -> bool:
        """Whether *jid* is an account of ours."""
        return bool(jid.local) and jid.domain in self._domains

    def is_monitored(self, jid: Jid) -> bool:
        """Whether what concerns *jid* is only watched."""
        return self._per_domain.get(jid.domain, self.rules).monitor

    @property
    def own_modes(self) -> dict[str, str]:
        """The modes of domains that have one of their own, and do not follow the gateway's."""
        return {
            domain: "monitor" if rules.monitor else "enforce"
            for domain, rules in self._per_domain.items()
            if not rules.follows_mode
        }

    def spared_by_bans(self) -> frozenset[str] | None:
        """Return the accounts and domains to whom and from whom a banned sender's stanzas may be delivered.

        None: there are others, who cannot be named. Contacts and correspondents are not among them.
        """
        if not _stops_the_banned(self.rules):
            return None
        spared = set(self.rules.unfiltered_recipients)
        for domain, rules in self._per_domain.items():
            spared |= rules.unfiltered_recipients
            if not _stops_the_banned(rules):
                spared.add(domain)
        return frozenset(spared)

    def switch(self, *, monitor: bool) -> None:
        """Change the mode, save of domains that have one of their own."""
        self.rules = replace(self.rules, monitor=monitor)
        for domain, rules in self._per_domain.items():
            if rules.follows_mode:
                self._per_domain[domain] = replace(rules, monitor=monitor)

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
        if self._per_domain:
            rules = self._per_domain.get(ours.domain, rules)
        return Case(
            stanza,
            rules,
            self._key,
            outbound=outbound,
            from_local_user=from_us and sender.local != "",
            to_local_user=to_us and recipient.local != "",
            occupant=occupant,
            marked=marked,
            invited_by_contact=of_rooms and kind is _MESSAGE and self._invited_by_contact(stanza),
            roster=self._rosters.get(ours.bare) if self._rosters else None,
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
        roster, outbound = case.roster, case.outbound
        if roster is not None and (
            # servers send unanswered requests again, and the first was judged
            roster.is_known_to if outbound and case.kind is not _SUBSCRIBE else roster.has
        )(recipient if outbound else sender):
            return "contact"
        if rules.correspondents and not outbound and self._has_written_to(recipient, sender, case, now):
            return "correspondent"
        return None

    def _is_server(self, sender: Jid, recipient: Jid) -> bool:
        """Whether a protected domain itself speaks, or is spoken to from inside."""
        domains = self._domains
        return sender.domain in domains and (not sender.local or (not recipient.local and recipient.domain in domains))

    def _has_written_to(self, ours: Jid, other: Jid, case: Case, now: float) -> bool:
        if case.stanza.meta.get("contacted") == "true":
            return True
        known = self._correspondents
        return known is not None and known.has(self._key(f"{ours.bare} {self._address(other, case)}"), now)

    def _address(self, other: Jid, case: Case) -> str:
        return other.full if case.occupant or other.domain in self._rooms else other.bare

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

    def decide(self, case: Case, findings: tuple[Finding, ...]) -> Verdict:
        """Turn *findings* into a verdict."""
        if not findings:
            return CLEAN
        stanza, rules = case.stanza, case.rules
        ban: Finding | None = None
        heaviest: Finding | None = None
        score: float = 0
        for finding in findings:
            if finding.monitored:
                continue
            if ban is None and finding.filter == BAN:
                ban = finding
                continue
            score += finding.score
            if heaviest is None or finding.score > heaviest.score:
                heaviest = finding
        score = round(score, 6)
        limit = rules.spam
        is_spam = limit is not None and score >= limit
        unseen = is_spam and limit is not None and _rests_on_private(stanza, findings, limit)
        offence = None
        if is_spam and limit is not None and not unseen and not _relays(stanza):
            offence = _offence(findings, limit)
        total = round(score + ban.score, 6) if ban is not None else score
        decided_by: Finding | None = None
        action = _DELIVER
        if is_spam or (ban is not None and _bans(ban, total, limit)):
            decided_by = ban or _decider(findings, heaviest)
            action = _permitted(_configured(decided_by, rules), stanza, silently=unseen)
        elif rules.tag is not None and total >= rules.tag and (ban or heaviest) is not None:
            decided_by = ban or _decider(findings, heaviest)
            action = _permitted(_TAG, stanza)
        return Verdict(
            _DELIVER if rules.monitor else action,
            findings=findings,
            score=total,
            decided_by=decided_by,
            offence=offence,
            offence_is_soft=offence is not None and limit is not None and offence.score < limit,
            would=action if rules.monitor else None,
        )

    def learn(self, case: Case, verdict: Verdict, now: float) -> None:
        """Remember whom a local user has written to: only what was delivered, and what a person wrote."""
        known = self._correspondents
        if known is None or case.kind is not _MESSAGE or not self.is_local(case.sender):
            return
        stanza = case.stanza
        if verdict.action not in (Action.DELIVER, Action.TAG) or verdict.would in (Action.DROP, Action.BOUNCE):
            return
        if _says_something(stanza):
            other = stanza.recipient
            # behind a full address somebody answers as itself, or as an occupant of a room that we do not know
            to_occupant = other.domain in self._rooms or (other.resource and _has_mark(stanza))
            addresses = {other.full} if to_occupant else {other.bare, other.full}
            for address in addresses:
                known.add(self._key(f"{stanza.sender.bare} {address}"), now)


def _has_mark(stanza: Stanza) -> bool:
    return stanza.well_formed and next(stanza.children("x", MUC_USER), None) is not None


def _says_something(stanza: Stanza) -> bool:
    """Whether *stanza* has words of a person in it, in clear or encrypted: clients send receipts and the like alone."""
    if any(map(str.strip, stanza.bodies)):
        return True
    if not stanza.well_formed:
        return False
    if not stanza.lacks(b"<encrypted") and any(
        encrypted.find(f"{{{space}}}payload") is not None
        for space in OMEMO
        for encrypted in stanza.children("encrypted", space)
    ):
        return True
    return not stanza.lacks(b"<openpgp") and any(
        all_text(child).strip() for child in stanza.children("openpgp", OPENPGP)
    )


def _bans(ban: Finding, total: float, limit: float | None) -> bool:
    """Say whether *ban* blocks: alone, whatever the threshold, unless the admin gave it a weight of its own."""
    return not ban.weighed or (limit is not None and total >= limit)


def _decider(findings: tuple[Finding, ...], heaviest: Finding | None) -> Finding:
    listed = [one for one in findings if one.filter in LISTS and one.score > 0 and not one.monitored]
    if listed:
        return min(listed, key=lambda finding: (LISTS.index(finding.filter), -finding.score))
    assert heaviest is not None  # noqa: S101 - something reached the threshold
    return heaviest


def _stops_the_banned(rules: Rules) -> bool:
    action = rules.actions.get(f"{BAN}.banned") or rules.actions.get(BAN) or rules.action
    return not rules.monitor and action not in PASSING


def _configured(finding: Finding, rules: Rules) -> Action:
    return rules.actions.get(finding.rule) or rules.actions.get(finding.filter) or rules.action


def _rests_on_private(stanza: Stanza, findings: Iterable[Finding], limit: float) -> bool:
    """Whether *stanza* is spam only by what the recipient's roster or the list of our users has to do with.

    Then its sender must see nothing of that: no error, and no ban, which is seen by the errors that IQs get. In a
    mediated invitation that is all that it says, for it is not judged where the inviter is a contact.
    """
    invites = _is_mediated_invitation(stanza)
    public = sum(
        finding.score
        for finding in findings
        if not finding.monitored
        and finding.filter != BAN
        and finding.rule not in PRIVATE_RULES
        and not (invites and finding.filter in CONTENT)
    )
    return round(public, 6) < limit


def _is_mediated_invitation(stanza: Stanza) -> bool:
    """Whether *stanza* has an invitation that a room hands on, or so it says (XEP-0045 7.8.2)."""
    if stanza.kind is not _MESSAGE or stanza.lacks(b"muc#user") or not stanza.well_formed:
        return False
    return any(x.find(_INVITE) is not None for x in stanza.children("x", MUC_USER))


def _offence(findings: Iterable[Finding], limit: float) -> Finding | None:
    """Return the heaviest of the findings about the sender, if these alone reach *limit*.

    What a group, or all who write to one user, bring about is nobody's offence.
    """
    own = [
        finding for finding in findings if finding.about is _SENDER and not finding.monitored and finding.filter != BAN
    ]
    if round(sum(finding.score for finding in own), 6) < limit:
        return None
    return max(own, key=lambda finding: finding.score, default=None)


def _relays(stanza: Stanza) -> bool:
    """Whether a room hands *stanza* on for somebody else: it must not answer for what any occupant may write.

    A room invites from its bare JID (XEP-0045 7.8.2), and so sends what happens to those who subscribed to it by
    pubsub (MUC/Sub); a client cannot, for its server puts a resource to its address (RFC 6120 8.1.2.1).
    """
    if stanza.sender.resource or not stanza.sender.local:
        return False
    return _is_mediated_invitation(stanza) or (
        not stanza.lacks(PUBSUB_EVENT.encode()) and next(stanza.children("event", PUBSUB_EVENT), None) is not None
    )


def _permitted(action: Action, stanza: Stanza, *, silently: bool = False) -> Action:
    """Return what may be done to *stanza* (RFC 6120 8.2.3, 8.3.1): an IQ is always answered, an error never.

    *silently*: its sender must not see it, and neither whether an invitation is judged at all.
    """
    kind = stanza.kind
    if kind is _IQ:
        if action is _TAG or stanza.id is None:
            return _DELIVER if action is _TAG else Action.DROP
        return _BOUNCE
    if kind is _IQ_REPLY and action is _TAG:
        return _DELIVER
    if action is _BOUNCE and (silently or kind not in _ANSWERABLE or _is_mediated_invitation(stanza)):
        return Action.DROP
    return action
