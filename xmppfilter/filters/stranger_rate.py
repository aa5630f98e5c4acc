"""Catches senders, domains and servers that write to strangers too often, or to too many.

People write to few strangers, and wait for an answer. Here every message to somebody who does not know the sender
counts, and so does each different recipient, in a sliding minute: by sender, by the sender's domain, and by the server
that handed it in (its address, or its network of /64). Refused messages count like any other; what was sent fades, so
that a steady stream counts as much as comes in a minute, and a burst is over a few minutes later.

From its limit on a rate scores 3, and more the higher it is: a sender 10 at four times the limit, a domain or a server,
which others use too, at sixteen times. Of messages and recipients the worse one is told; so it is of domain and server.
What a domain or a server scores is no offence of the one who happens to write, and what one sender was stopped for does
not count there. Neither is it an offence of the one occupant of a room who writes that its occupants together, whose
mark can be forged, write too often. Between users of ours a sender's rates weigh half: a notice to all colleagues is no
flood.

Encrypted messages count as well. What says nothing is no contact attempt, and counts here in nothing: receipts, chat
states, and what services hand on to those who subscribed to it. Of that one sender may send `quiet_per_minute` to one
user; what is more is stopped, and no offence. Recipients are estimated (a dozen to one, a hundred to ten).

A crowd that writes to one user is seen as well: strangers whom that user has not written to, within ten minutes. From
`recipient_senders_per_10_minutes` on it scores 3, at four times that 10, whoever writes; it is no offence of anybody.

So is one stranger who goes on writing to a user who never answers, however slowly: from `unanswered` messages within a
week on that scores 3, at four times as many 10, and is no offence either. An answer, or a place in the roster, ends it.
Ten a day are never stopped. What sends more than that to people who only read (alerts, news) belongs in their rosters,
under `trusted`, or here under `allow`. The answers must be seen: where the server tells neither `contacted` nor what
users send, switch it off.

Never looks at: groupchat, errors, presence (see presence_subscribe_rate), senders on the `allow` list, and those whom
the recipient has written to; and our own users do not count towards a domain's or a server's limit.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import partial
from math import log2
from typing import Annotated, ClassVar, Final, NamedTuple

from pydantic import BeforeValidator, Field

from xmppfilter.judging.allowed import Broadcasters, SenderText
from xmppfilter.judging.case import Case
from xmppfilter.judging.facts import is_contact_attempt
from xmppfilter.judging.filter import Stage
from xmppfilter.judging.options import COUNT_OR_OFF_SCHEMA, CountOrOff, Options, Remark, parse_off
from xmppfilter.judging.verdict import About, Fact, Finding, Verdict
from xmppfilter.memory.kept import kept
from xmppfilter.memory.rates import Rates
from xmppfilter.memory.state import Scope
from xmppfilter.stanza.ip import server_of
from xmppfilter.stanza.kind import Kind

RULES = {
    "messages": "one sender wrote too many messages to strangers in a minute",
    "recipients": "one sender wrote to too many strangers in a minute",
    "domain": "the users of one domain together wrote to strangers too often, or to too many",
    "quiet": "one sender sent one user too many messages without words in a minute",
    "recipient": "too many strangers wrote to one user, or one too often to one who never answers",
    "server": "what one server handed in was for strangers too often, or for too many",
}
MINUTE: Final = 60.0
TEN_MINUTES: Final = 600.0
WEEK: Final = 604_800.0
MOST_IN_CROWD: Final = 66
"""Four times as many strangers can still be told apart."""
LEAST: Final = 3.0
MOST: Final = 10.0
OF_ONE: Final = 3.5
"""Points for each doubling beyond the limit: of a sender,"""
OF_MANY: Final = 1.75
"""and of those who share a domain or a server."""

MOST_RECIPIENTS: Final = 250
"""A limit beyond what `Rates.distinct` can estimate would never be reached."""
_TOGETHER: Final = [
    {f"stranger_rate.{rule}" for rule in rules}
    for rules in (("messages", "recipients", "quiet"), ("domain", "server"), ("recipient",))
]
"""Rules of which the worst is told."""
_KEPT_SERVERS: Final = 16_384
_WORTH_A_LOOK: Final = 0.3
"""Of a limit: messages of the last minute have faded to a third at most, while recipients have not."""


RecipientsOrOff = Annotated[
    Annotated[int, Field(ge=1, le=MOST_RECIPIENTS)] | None, BeforeValidator(parse_off), COUNT_OR_OFF_SCHEMA
]


CrowdOrOff = Annotated[
    Annotated[int, Field(ge=1, le=MOST_IN_CROWD)] | None, BeforeValidator(parse_off), COUNT_OR_OFF_SCHEMA
]


class Config(Options):
    """Options of stranger_rate."""

    messages_per_minute: CountOrOff = Field(default=60, description="Messages to strangers by one sender.")
    recipients_per_minute: RecipientsOrOff = Field(default=12, description="Strangers that one sender may write to.")
    domain_messages_per_minute: CountOrOff = Field(
        default=600, description="Messages to strangers by all senders of one domain."
    )
    domain_recipients_per_minute: RecipientsOrOff = Field(
        default=100, description="Strangers that all senders of one domain may write to; beyond 200 they are too many."
    )
    server_messages_per_minute: CountOrOff = Field(
        default=600, description="Messages to strangers that one server may hand in."
    )
    server_recipients_per_minute: RecipientsOrOff = Field(
        default=100, description="Strangers that one server may hand in messages for; beyond 200 they are too many."
    )
    recipient_senders_per_10_minutes: CrowdOrOff = Field(
        default=60, description="Strangers that may write to one user within ten minutes; beyond 200 they are too many."
    )
    unanswered: CountOrOff = Field(
        default=20, description="Messages within a week by one stranger to one user who does not answer."
    )
    quiet_per_minute: CountOrOff = Field(
        default=600, description="Messages without words (receipts, chat states, events) by one sender to one user."
    )
    allow: list[SenderText] = Field(
        default_factory=list,
        description="Who may write to many: JIDs, domains, addresses of servers (192.0.2.7, 2001:db8::/32).",
    )
    max_senders: int = Field(
        default=100_000,
        ge=100,
        le=100_000_000,
        description="Senders remembered at once, and as many domains and servers; the oldest quiet ones go first.",
    )

    def remarks(self, others: Collection[str]) -> Iterable[Remark]:  # noqa: ARG002 - it looks at nobody else
        """Tell where every limit is off."""
        if all(value is None for name, value in self if name not in {"allow", "max_senders"}):
            yield (), "every limit is off, so it finds nothing"


class _Limits(NamedTuple):
    """What one kind of party may do, and the memory of what each does."""

    rates: Rates
    messages: int | None
    recipients: int | None
    of_many: bool
    """Many may have reached it together."""


_Party = tuple[_Limits, bytes, About, bytes]
"""Who answers for a message, by what key, whom too much of it is about, and to or of whom it is."""


class Filter:
    """Keeps a decaying rate and bits of the recipients by sender, domain and server."""

    stage: ClassVar = Stage.RATE
    kinds: ClassVar = frozenset({Kind.MESSAGE})
    observes: ClassVar = frozenset({Kind.MESSAGE})

    def __init__(self, config: Config, state: Scope) -> None:
        self._key = state.key
        self._kept_key = state.kept_key
        self._server_key = kept(self._key_of_server, _KEPT_SERVERS)
        self._allowed = Broadcasters(config.allow) if config.allow else None

        def limits(
            name: str, messages: int | None, recipients: int | None, seconds: float = MINUTE, *, of_many: bool = False
        ) -> _Limits | None:
            least = min((limit for limit in (messages, recipients) if limit is not None), default=None)
            if least is None:
                return None
            size, least_told, lasts = config.max_senders, least * _WORTH_A_LOOK, seconds >= WEEK
            # what lasts minutes is not worth a row for each message
            rates = state.rates(name, capacity=size, limit=least_told, seconds=seconds, persist=lasts)
            return _Limits(rates, messages, recipients, of_many)

        self._senders = limits("senders", config.messages_per_minute, config.recipients_per_minute)
        messages, recipients = config.domain_messages_per_minute, config.domain_recipients_per_minute
        self._domains = limits("domains", messages, recipients, of_many=True)
        messages, recipients = config.server_messages_per_minute, config.server_recipients_per_minute
        self._servers = limits("servers", messages, recipients, of_many=True)
        self._quiet = limits("quiet", config.quiet_per_minute, None)
        crowd = config.recipient_senders_per_10_minutes
        self._crowds = limits("recipients", None, crowd, TEN_MINUTES, of_many=True)
        self._unanswered = limits("unanswered", config.unanswered, None, WEEK)

    def check(self, case: Case, now: float) -> tuple[Finding, ...] | None:
        """Find the message after the last one allowed."""
        found: tuple[Finding, ...] = ()
        parties = case.known[self] = self._parties(case, now)
        for party in parties:
            if party[0].rates.exceeds(party[1], now):  # as nearly none
                found += tuple(self._excess(party, case, now))
        if found and case.colleagues:
            for finding in found:
                finding.score *= 1.0 if finding.fact is None else 0.5
        if len(found) > 1:
            # of what one does, of what many do together and of what comes over a user the worst one each
            found = tuple(max(group, key=lambda one: one.score) for group in _by_whom(found))
        return found or None

    def observe(self, case: Case, verdict: Verdict, now: float) -> None:
        """Count the message, whatever became of it."""
        parties = case.known[self] if self in case.known else self._parties(case, now)
        stopped = verdict.stops_sender
        for limits, key, _, other in parties:
            # who is stopped for what it does itself makes no crowd, and no flood of a domain: one sender cannot close a
            # user's door, nor its neighbours' mouths
            if not (stopped and limits.of_many):
                limits.rates.note(key, other, now)

    def _parties(self, case: Case, now: float) -> Sequence[_Party]:
        """Return who answers for *case*: nobody, where it is allowed, or the recipient wrote first."""
        if (self._allowed is not None and self._allowed.has(case)) or case.contacted(now):
            return ()
        user, sender = self._kept_key(case.recipient.bare), case.sender_key
        bare = self._kept_key(case.sender.bare) if case.marked else sender
        if not case.once(is_contact_attempt):
            return () if self._quiet is None else ((self._quiet, bare + user, About.RECIPIENT, user),)
        parties: list[_Party] = []
        if self._senders is not None:
            parties.append((self._senders, sender, About.SENDER, user))
            if case.marked:  # the mark of an occupant can be forged, so who bears it counts for its bare JID as well
                parties.append((self._senders, bare, About.GROUP, user))
        return parties if case.from_local_user else [*parties, *self._of_strangers(case, user, bare)]

    def _of_strangers(self, case: Case, user: bytes, bare: bytes) -> list[_Party]:
        """Return who answers beside the sender itself, where that is no user of ours."""
        parties: list[_Party] = []
        if self._domains is not None:
            parties.append((self._domains, self._kept_key(case.sender.domain), About.GROUP, user))
        if self._servers is not None and (server := self._server_key(case.stanza.ip)):
            parties.append((self._servers, server, About.GROUP, user))
        if case.to_local_user:
            if self._crowds is not None:
                parties.append((self._crowds, user, About.RECIPIENT, bare))
            if self._unanswered is not None:
                parties.append((self._unanswered, case.sender_key + user, About.RECIPIENT, user))
                if case.marked:
                    parties.append((self._unanswered, bare + user, About.RECIPIENT, user))
        return parties

    def _key_of_server(self, ip: str) -> bytes | None:
        server = server_of(ip)
        return self._key(server) if server else None

    def _excess(self, party: _Party, case: Case, now: float) -> Iterator[Finding]:
        limits, key, about, _ = party
        count, each = limits.rates.count(key, now) + 1, OF_MANY
        if limits is self._quiet:
            if limits.messages is not None and count > limits.messages:
                said = "{:.0f} messages without words to this user within a minute; {} may pass"
                yield Finding("stranger_rate.quiet", partial(said.format, count, limits.messages), about=about)
            return
        if limits is self._crowds:
            said = "about {:.0f} strangers wrote to this user within ten minutes"
            strangers = limits.rates.distinct(key, now)
            yield from _beyond("recipient", about, OF_ONE, strangers, limits.recipients, said)
            return
        if limits is self._unanswered:
            said = "{:.0f} messages within a week to this user, who does not answer"
            yield from _beyond("recipient", about, OF_ONE, round(count), limits.messages, said)
            return
        if limits is self._senders:
            who, rule, distinct, each = "this sender", "messages", "recipients", OF_ONE
        elif limits is self._domains:
            who, rule, distinct = f"users of {case.sender.domain}", "domain", "domain"
        else:
            who, rule, distinct = f"the server {server_of(case.stanza.ip)}", "server", "server"
        if limits.messages is not None and count > limits.messages:
            said = "{:.0f} messages to strangers by {} within a minute; {} may pass"
            yield from _beyond(rule, about, each, count, limits.messages, said, who, limits.messages)
        if limits.recipients is not None:
            said = "messages to about {:.0f} strangers by {} within a minute; {} may pass"
            to = limits.rates.distinct(key, now)
            yield from _beyond(distinct, about, each, to, limits.recipients, said, who, limits.recipients)


def _beyond(
    rule: str, about: About, each: float, count: float, limit: int | None, said: str, *more: object
) -> Iterator[Finding]:
    """Find *count* where it has reached *limit* (None: there is none), and say so with *more*."""
    if limit is not None and count >= limit:
        score = min(MOST, LEAST + each * log2(count / limit))
        fact = None if rule == "recipient" else Fact.SPREAD
        yield Finding(f"stranger_rate.{rule}", partial(said.format, count, *more), round(score, 1), about, fact=fact)


def _by_whom(found: tuple[Finding, ...]) -> Iterator[list[Finding]]:
    for rules in _TOGETHER:
        if group := [finding for finding in found if finding.rule in rules]:
            yield group
