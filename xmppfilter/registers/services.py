"""What is remembered of senders that write to many strangers, so that services are told from spammers.

Of every stranger that writes to a user of ours only this: that its domain has such an account. The rest is remembered
of those that something was found of which rests on their spread. Domains are what somebody has registered, so that
names below one are no others. All of it is stored, save the rate of a minute.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Final, NamedTuple, Self

from xmppfilter.duplicates.clusters import Clusters
from xmppfilter.duplicates.tally import Cluster
from xmppfilter.judging.advertised import Reader as Advertising
from xmppfilter.judging.case import Case
from xmppfilter.judging.effects import Effect, Notice
from xmppfilter.judging.said import ENCRYPTED, Said
from xmppfilter.judging.seams import Evidence
from xmppfilter.judging.services import (
    ALIKE,
    FEW,
    FOR_EACH,
    MOST,
    Known,
    advertises_others,
    is_asked_for,
    leads_home,
    speaks_against,
    stands_alone,
)
from xmppfilter.judging.verdict import Fact, Finding, Verdict
from xmppfilter.memory.kept import kept
from xmppfilter.memory.rates import Rates
from xmppfilter.memory.sets import Set
from xmppfilter.memory.state import Opener, Shared
from xmppfilter.stanza.kind import Kind
from xmppfilter.text.hosts import registered_domain

MINUTE: Final = 60.0
DAY: Final = 86_400.0
WEEK: Final = 7 * DAY
MONTH: Final = 30 * DAY
_SENDERS: Final = 100_000
_PAIRS: Final = 200_000
_FOUND: Final = 1000
_KEPT: Final = 8192
_COUNTABLE: Final = 150
"""Of bits alone no more can be told apart."""


class _Stored(NamedTuple):
    """The structures behind the register."""

    senders: Set
    """Strangers that have written to a user of ours;"""
    accounts: Rates
    """how many of each domain."""
    reached: Set
    """Pairs of a sender and a stranger that it has written to;"""
    strangers: Rates
    """how many of late, by sender and by domain;"""
    pace: Rates
    """how many messages in a minute;"""
    asked: Rates
    """who of them wrote first, or answered;"""
    complaints: Rates
    """and who has reported it."""
    found: Set
    """Bare JIDs of services, since when;"""
    told: Set
    """the same, of which the operator was told today."""
    away: Set
    """Texts by sender of which a copy has led to others: in the next it may be better hidden."""


class Services(Shared):
    """Senders that may be services. One object as long as its structures are in use."""

    def __init__(self, opener: Opener, stored: _Stored) -> None:
        self._key = opener.key
        self._kept_key = opener.kept_key
        self._stored = stored
        self._domain_key = kept(lambda domain: opener.key(f"@ {registered_domain(domain)}"), _KEPT)

    @classmethod
    def on(cls, opener: Opener, known: Self | None, terms: Any = None) -> Self:  # noqa: ARG003 - there is nothing to say
        """Return *known* if it is on the structures of *opener*, or else a new register that is; see `Shared`."""
        scope = opener.scoped("services")
        stored = _Stored(
            senders=scope.set("senders", capacity=_SENDERS, seconds=MONTH),
            # domains of several accounts are forgotten last, or a flood of others would make them look like new ones
            accounts=scope.rates("accounts", capacity=_SENDERS, limit=FEW - 1, seconds=MONTH),
            reached=scope.set("reached", capacity=_PAIRS, seconds=MONTH),
            strangers=scope.rates("strangers", capacity=_SENDERS, limit=50, seconds=DAY),
            pace=scope.rates("pace", capacity=_SENDERS, limit=50, seconds=MINUTE, persist=False),
            asked=scope.rates("asked", capacity=_SENDERS, limit=FOR_EACH, seconds=MONTH),
            complaints=scope.rates("complaints", capacity=_SENDERS, limit=2, seconds=WEEK),
            found=scope.set("found", capacity=_FOUND, seconds=6 * MONTH),
            told=scope.set("told", capacity=_FOUND, seconds=DAY),
            away=scope.set("away", capacity=_SENDERS, seconds=MONTH),
        )
        return known if known is not None and known.is_on(stored) else cls(opener, stored)

    def is_on(self, stored: _Stored) -> bool:
        """Whether these are the structures behind the register."""
        return all(ours is theirs for ours, theirs in zip(self._stored, stored, strict=True))

    def is_service(
        self, case: Case, against: float, most: int, text: bytes, leads_elsewhere: Callable[[], bool], now: float
    ) -> bool:
        """Whether the sender of *case* is a service, *against* which other findings speak.

        *most*: strangers that one with a domain of its own may write to in a day. *text*: the key of what it says, of
        which a copy may have led to others before.
        """
        known = self.known_of(case, now)
        if is_asked_for(known, against, contacted=case.contacted(now)):
            return True
        if case.from_local_user or not stands_alone(known, against, most) or self._stored.away.has(text, now):
            return False
        if leads_elsewhere():
            case.known[self] = text
            return False
        return True

    def known_of(self, case: Case, now: float) -> Known:
        """Return what is remembered of the sender of *case*."""
        stored, sender, domain = self._stored, self._sender_key(case), self._domain_key(case.sender.domain)
        accounts = stored.accounts.distinct(domain, now)
        complaints = stored.complaints.distinct(sender, now)
        if accounts < FEW:
            complaints = max(complaints, stored.complaints.distinct(domain, now))
        return Known(
            accounts=accounts,
            strangers=stored.strangers.count(sender, now),
            of_domain=stored.strangers.count(domain, now),
            asked=self._asked(sender, now),
            complaints=complaints,
            a_minute=stored.pace.count(sender, now),
        )

    def _asked(self, sender: bytes, now: float) -> float:
        asked = self._stored.asked
        distinct = asked.distinct(sender, now)
        return distinct if distinct < _COUNTABLE else asked.count(sender, now)

    def note(self, case: Case, findings: Iterable[Finding], now: float) -> None:
        """Remember a message, of which *findings* were found."""
        if case.kind is not Kind.MESSAGE:
            return
        if case.from_local_user:
            if not case.to_local_user:
                self._answered(case, now)
            return
        if case.occupant and not case.marked:  # a room hands on what many say
            return
        stored, sender = self._stored, self._sender_key(case)
        if not stored.senders.has(sender, now):
            stored.senders.add(sender, now)
            stored.accounts.note(self._domain_key(case.sender.domain), sender, now)
        if findings and any(one.fact is Fact.SPREAD for one in findings):
            self._note_spread(case, sender, now)
        elif stored.strangers.count(sender, now) and case.contacted(now):
            stored.asked.note(sender, self._kept_key(case.recipient.bare), now)

    def _note_spread(self, case: Case, sender: bytes, now: float) -> None:
        stored, recipient = self._stored, self._kept_key(case.recipient.bare)
        if (text := case.known.get(self)) is not None:
            stored.away.add(text, now)
        stored.pace.note(sender, recipient, now)
        if case.contacted(now):
            stored.asked.note(sender, recipient, now)
        elif not stored.reached.has(pair := sender + recipient, now):
            stored.reached.add(pair, now)
            stored.strangers.note(sender, recipient, now)
            stored.strangers.note(self._domain_key(case.sender.domain), recipient, now)

    def _answered(self, case: Case, now: float) -> None:
        """Remember that a user of ours has written to somebody that writes to many."""
        other = self._key(case.recipient.bare)
        if self._stored.strangers.count(other, now):
            self._stored.asked.note(other, case.sender_key, now)

    def learn(self, evidence: Evidence, now: float) -> None:
        """Remember that somebody who was written to complains."""
        if evidence.monitored or evidence.by is None or not evidence.by_ours:
            return
        stored, sender, reporter = self._stored, self._key(evidence.about), self._key(evidence.by)
        if stored.reached.has(sender + reporter, now):
            stored.complaints.note(sender, reporter, now)
            domain = evidence.about.partition("/")[0].rpartition("@")[2]
            stored.complaints.note(self._domain_key(domain), reporter, now)

    def tell(self, case: Case, now: float) -> tuple[Effect, ...] | None:
        """Tell the operator of a service, once a day."""
        address = case.sender.bare
        key, stored = address.encode(), self._stored
        if stored.told.has(key, now):
            return None
        stored.told.add(key, now)
        if not stored.found.has(key, now):
            stored.found.add(key, now)
        known = self.known_of(case, now)
        fields = {
            "jid": address,
            "strangers": round(known.strangers),
            "answered": round(known.asked),
            "since": stored.found.added(key),
        }
        return (Notice("service", fields),)

    def _sender_key(self, case: Case) -> bytes:
        # the mark of an occupant can be forged, and resources are free
        return self._key(case.sender.bare) if case.marked else case.sender_key


class Desk:
    """Where one filter asks about services: it knows the texts, the register the senders."""

    def __init__(
        self,
        opener: Opener,
        rule: str,
        most: int | None,
        accounts: int,
        advertising: Advertising,
        targets: Clusters,
    ) -> None:
        """Find services by *rule*, each of which may write to *most* strangers in a day; None: there are none.

        So many *accounts* that send one text are many, or `ALIKE` times so many where each leads to its own domain.
        What a text leads to is read by *advertising*, and in *targets* is how many were led there.
        """
        self._services = opener.shared(Services) if most is not None else None
        self._rule = rule
        self._most = most or 0
        self._accounts = accounts
        self._advertising = advertising
        self._targets = targets

    def moderate(
        self,
        case: Case,
        findings: tuple[Finding, ...],
        said: tuple[Said, ...],
        clusters: Sequence[Cluster | None],
        now: float,
    ) -> Finding | None:
        """Let what rests on the spread of a service weigh `MOST` at most, and return why; None: this is none.

        *case* has *said* what belongs to *clusters*, one for each.
        """
        heavy = [one for one in findings if one.fact is Fact.SPREAD and one.score > MOST]
        services = self._services
        if services is None or not heavy or case.occupant or case.kind is not Kind.MESSAGE:
            return None
        known = [cluster for cluster in clusters if cluster is not None]
        if self._by_many(case, said, max((one.seen(now).senders for one in known), default=0)):
            return None
        text = case.sender_key + (known[0].stamp if known else b"")
        leads_elsewhere = partial(self._leads_elsewhere, case, said, now)
        if not services.is_service(case, speaks_against(findings), self._most, text, leads_elsewhere, now):
            return None
        for one in heavy:
            one.score = MOST
        sender = services.known_of(case, now)
        detail = f"about {sender.strangers:.0f} strangers in a day, {sender.asked:.0f} wrote first or answered"
        return Finding(self._rule, f"a service: {detail}", MOST, fact=Fact.SPREAD)

    def _by_many(self, case: Case, said: tuple[Said, ...], accounts: int) -> bool:
        """Whether so many *accounts* are too many: letters of several services may be written by one template."""
        if accounts < self._accounts:
            return False
        return accounts >= ALIKE * self._accounts or not leads_home(case, self._advertising.advertised(case, said))

    def _leads_elsewhere(self, case: Case, said: tuple[Said, ...], now: float) -> bool:
        if not said or said[0].subject == ENCRYPTED:
            return True
        return advertises_others(case, self._advertising.advertised(case, said), self._targets, now)

    def note(self, case: Case, verdict: Verdict, now: float) -> tuple[Effect, ...] | None:
        """Remember a message, and tell the operator of a service."""
        if self._services is None:
            return None
        self._services.note(case, verdict.findings, now)
        served = any(one.rule == self._rule for one in verdict.findings)
        return self._services.tell(case, now) if served else None
