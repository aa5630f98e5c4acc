"""What follows from what was found: the one place where findings become an action."""

from collections.abc import Iterable
from typing import Final

from xmppfilter.judging.case import Case
from xmppfilter.judging.verdict import CLEAN, PASSING, About, Action, Fact, Finding, Rank, Verdict
from xmppfilter.stanza.kind import Kind
from xmppfilter.stanza.namespaces import MUC_USER, PUBSUB_EVENT
from xmppfilter.stanza.view import Stanza

_INVITE: Final = f"{{{MUC_USER}}}invite"
_PUBSUB_EVENT: Final = PUBSUB_EVENT.encode()
# reading a member of an enumeration costs as much as a call, up to Python 3.11
_MESSAGE: Final = Kind.MESSAGE
_IQ: Final = Kind.IQ
_IQ_REPLY: Final = Kind.IQ_REPLY
_DELIVER: Final = Action.DELIVER
_TAG: Final = Action.TAG
_BOUNCE: Final = Action.BOUNCE
_SENDER: Final = About.SENDER
_BAN: Final = Rank.BAN
_SCORE: Final = Rank.SCORE
_ANSWERABLE: Final = frozenset({Kind.MESSAGE, Kind.GROUPCHAT, Kind.SUBSCRIBE})


# Three questions are answered here, and they are not the same.
#
# Is it spam? Scores add up, reassuring ones too, and a stanza is spam from the threshold on. So a filter need not be
# sure: several weak signs make one strong one, and the admin moves one number. But what several filters see of one fact
# is one sign: who writes to many strangers, with one text, at one speed, is counted by three filters and need not be a
# spammer; of such findings the heaviest counts. A ban stands apart from that. It is no
# sign that this stanza is spam but a sentence for earlier ones, so it is enough alone, even where the threshold is
# `off`; unless the admin has given it a weight of its own, for then it is meant to be weighed like the rest. What a
# filter finds that is only watched is listed, and counts nowhere below.
#
# What is done? What the admin wants for the finding that decided (`actions:`), by rule, by filter, or in general. A ban
# decides before all others, since it would have stopped the stanza anyway; then what an admin's or a service's list
# says of the sender, of the room that it invites to, of what it mentions, for lists were made by people who have
# looked; then the highest score. Of two from one list the heavier one. In monitor mode the same is decided, noted as
# what would have been, and the stanza delivered. Whatever is decided, XMPP has the last word: an IQ request is always
# answered (RFC 6120 8.2.3), an error never (8.3.1), and so neither is what would make a bounce a message to somebody
# who sent none.
#
# Is it an offence, for which its sender is banned? Only what the sender itself has done: findings about a group (a
# domain, a server, a text that people hand on) or about the recipient (a crowd that writes to one user) make a stanza
# spam and nobody an offender, so the findings about the sender must reach the threshold without them. Then the heaviest
# of these is the offence, and it is soft where no finding was enough alone. A ban is no offence, or being banned would
# prolong the ban. A room that relays what an occupant wrote is not banned for it.
#
# One thing overrides the last two. What rests on the recipient's roster, or on which users there are here, must not be
# seen by the sender, who could otherwise find out a stranger's contacts by trying: no error is sent, and there is no
# ban, which shows by the errors that IQs get. In a mediated invitation that holds for whatever was found in its
# content, as that is not even looked at where the inviter is a contact; and nobody is told that it was judged at all.
def decide(case: Case, findings: tuple[Finding, ...]) -> Verdict:
    """Turn *findings*, in whatever order, into a verdict."""
    if not findings:
        return CLEAN
    stanza, rules = case.stanza, case.rules
    invites = is_mediated_invitation(stanza)
    ban: Finding | None = None
    heaviest: Finding | None = None
    offence: Finding | None = None
    counted: list[Finding] = []
    for finding in findings:
        if finding.monitored:
            continue
        if finding.rank is _BAN:
            ban = ban or finding
            continue
        counted.append(finding)
        weight = finding.score
        if heaviest is None or weight > heaviest.score:
            heaviest = finding
        if finding.about is _SENDER and (offence is None or weight > offence.score):
            offence = finding
    score = _sum(counted)
    public = _sum(one for one in counted if not (one.private or (invites and one.of_content)))
    own = _sum(one for one in counted if one.about is _SENDER)
    limit = rules.spam
    is_spam = limit is not None and score >= limit
    unseen = limit is not None and public < limit
    silently = invites or (unseen and not _stops(ban, public, limit))
    if not is_spam or limit is None or unseen or own < limit or _relays(stanza, invites=invites):
        offence = None
    total = round(score + ban.score, 6) if ban is not None else score
    decided_by: Finding | None = None
    action = _DELIVER
    if is_spam or (ban is not None and (not ban.weighed or (limit is not None and total >= limit))):
        decided_by = ban or _decider(findings, heaviest)
        action = _permitted(rules.action_for(decided_by.rule), stanza, silently=silently)
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


def _stops(ban: Finding | None, public: float, limit: float | None) -> bool:
    """Whether *ban* stops the stanza with what is *public*: its sender knows that, and hears the same in any case."""
    return ban is not None and (not ban.weighed or (limit is not None and round(public + ban.score, 6) >= limit))


def _sum(findings: Iterable[Finding]) -> float:
    """Return what *findings* weigh together: of those that rest on one fact the heaviest."""
    total = 0.0
    heaviest: dict[Fact, float] = {}
    for finding in findings:
        fact, weight = finding.fact, finding.score
        if fact is None or weight < 0:
            total += weight
        elif weight > heaviest.get(fact, 0.0):
            total += weight - heaviest.get(fact, 0.0)
            heaviest[fact] = weight
    return round(total, 6)


def _decider(findings: tuple[Finding, ...], heaviest: Finding | None) -> Finding:
    listed = [one for one in findings if _BAN < one.rank < _SCORE and one.score > 0 and not one.monitored]
    if listed:
        return min(listed, key=lambda finding: (finding.rank, -finding.score))
    assert heaviest is not None  # noqa: S101 - something reached the threshold
    return heaviest


def refuse(case: Case, verdict: Verdict, finding: Finding) -> Verdict:
    """Return what becomes of *verdict* where the policy refuses the stanza by *finding*, whatever it scores."""
    rules = case.rules
    action = verdict.action if verdict.would is None else verdict.would
    decided_by = verdict.decided_by
    if action in PASSING:
        action, decided_by = _permitted(rules.action_for(finding.rule), case.stanza, silently=True), finding
    return Verdict(
        _DELIVER if rules.monitor else action,
        findings=(*verdict.findings, finding),
        score=verdict.score,
        decided_by=decided_by,
        offence=verdict.offence,
        offence_is_soft=verdict.offence_is_soft,
        would=action if rules.monitor else None,
    )


def is_mediated_invitation(stanza: Stanza) -> bool:
    """Whether *stanza* has an invitation that a room hands on, or so it says (XEP-0045 7.8.2)."""
    if stanza.kind is not _MESSAGE or stanza.lacks(b"muc#user") or not stanza.well_formed:
        return False
    return any(x.find(_INVITE) is not None for x in stanza.children("x", MUC_USER))


def _relays(stanza: Stanza, *, invites: bool) -> bool:
    """Whether a room hands *stanza*, which *invites* or not, on for somebody else.

    A room invites from its bare JID (XEP-0045 7.8.2), and so sends what happens to those who subscribed to it by
    pubsub (MUC/Sub); a client cannot, for its server puts a resource to its address (RFC 6120 8.1.2.1).
    """
    if stanza.sender.resource or not stanza.sender.local:
        return False
    return invites or (
        not stanza.lacks(_PUBSUB_EVENT) and next(stanza.children("event", PUBSUB_EVENT), None) is not None
    )


def _permitted(action: Action, stanza: Stanza, *, silently: bool = False) -> Action:
    """Return what may be done to *stanza* where *action* is wanted; *silently*: its sender must not see it."""
    kind = stanza.kind
    if kind is _IQ:
        if action is _TAG or stanza.id is None:
            return _DELIVER if action is _TAG else Action.DROP
        return _BOUNCE
    if kind is _IQ_REPLY and action is _TAG:
        return _DELIVER
    if action is _BOUNCE and (silently or kind not in _ANSWERABLE):
        return Action.DROP
    return action
