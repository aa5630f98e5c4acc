"""Catches senders, domains and servers that write to strangers too often, or to too many.

People write to few strangers, and wait for an answer. Here every message to somebody who does not know the sender
counts, and so does each different recipient, in a sliding minute: by sender, by the sender's domain, and by the server
that handed it in (its address, or its network of /64). Refused messages count like any other; what was sent fades, so
that a steady stream counts as much as comes in a minute, and a burst is over a few minutes later.

From its limit on a rate scores 3, and more the higher it is: a sender 10 at four times the limit, a domain or a server,
which others use too, at sixteen times. Of messages and recipients the worse one is told; so it is of domain and server.
What a domain or a server scores is no offence of the one who happens to write.

Encrypted messages count as well. What says nothing is no contact attempt, and counts here in nothing: receipts, chat
states, and what services hand on to those who subscribed to it. Of that one sender may send `quiet_per_minute` to one
user; what is more is stopped, and no offence. Recipients are estimated (a dozen to one, a hundred to ten).

A crowd that writes to one user is seen as well: strangers whom that user has not written to, within ten minutes. From
`recipient_senders_per_10_minutes` on it scores 3, at four times that 10, whoever writes; it is no offence of anybody.

Never looks at: groupchat, errors, presence (see presence_subscribe_rate), senders on the `allow` list, and those whom
the recipient has written to; and our own users do not count towards a domain's or a server's limit.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
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
    "recipient": "too many strangers wrote to one user in ten minutes",
    "server": "what one server handed in was for strangers too often, or for too many",
}
MINUTE: Final = 60.0
TEN_MINUTES: Final = 600.0
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
_KEPT_SERVERS: Final = 4096
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
        if all(value is None for name, value in self if name.endswith(("_per_minute", "_per_10_minutes"))):
            yield (), "every limit is off, so it finds nothing"


class _Limits(NamedTuple):
    """What one kind of party may do, and the memory of what each does."""

    rates: Rates
    messages: int | None
    recipients: int | None


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

        def limits(name: str, messages: int | None, recipients: int | None) -> _Limits | None:
            least = min((limit for limit in (messages, recipients) if limit is not None), default=None)
            if least is None:
                return None
            rates = state.rates(name, capacity=config.max_senders, limit=least * _WORTH_A_LOOK, seconds=MINUTE)
            return _Limits(rates, messages, recipients)

        self._senders = limits("senders", config.messages_per_minute, config.recipients_per_minute)
        self._domains = limits("domains", config.domain_messages_per_minute, config.domain_recipients_per_minute)
        self._servers = limits("servers", config.server_messages_per_minute, config.server_recipients_per_minute)
        self._quiet = limits("quiet", config.quiet_per_minute, None)
        self._crowd_limit = crowd = config.recipient_senders_per_10_minutes
        self._crowds: Rates | None = None
        if crowd is not None:
            size, least = config.max_senders, crowd * _WORTH_A_LOOK
            self._crowds = state.rates("recipients", capacity=size, limit=least, seconds=TEN_MINUTES, persist=False)

    def check(self, case: Case, now: float) -> tuple[Finding, ...] | None:
        """Find the message after the last one allowed."""
        of_one: tuple[Finding, ...] = ()
        of_many: tuple[Finding, ...] = ()
        parties = case.known[self] = self._parties(case, now)
        for limits, key in parties:
            if limits.rates.exceeds(key, now):  # as nearly none
                found = tuple(self._excess(limits, key, case, now))
                if limits is self._senders or limits is self._quiet:
                    of_one = _worst(of_one + found)
                else:
                    of_many = _worst(of_many + found)
        if parties and self._crowds is not None:
            return of_one + of_many + self._crowded(self._crowds, case, now) or None
        return of_one + of_many or None

    def _crowded(self, crowds: Rates, case: Case, now: float) -> tuple[Finding, ...]:
        """Find a crowd of strangers at one user."""
        user = self._kept_key(case.recipient.bare)
        if self._crowd_limit is None or not crowds.exceeds(user, now) or not self._may_crowd(case):
            return ()
        if (strangers := crowds.distinct(user, now)) < self._crowd_limit:
            return ()
        detail = partial("about {:.0f} strangers wrote to this user within ten minutes".format, strangers)
        return (_weighed("recipient", detail, strangers / self._crowd_limit, OF_ONE, About.RECIPIENT),)

    def _may_crowd(self, case: Case) -> bool:
        """Whether *case* is one of a stranger that its recipient has not written to."""
        return case.to_local_user and not case.from_local_user and case.once(is_contact_attempt)

    def observe(self, case: Case, verdict: Verdict, now: float) -> None:
        """Count the message, whatever became of it."""
        parties = case.known[self] if self in case.known else self._parties(case, now)
        if parties:
            recipient = self._kept_key(case.recipient.bare)
            for limits, key in parties:
                limits.rates.note(key, recipient, now)
            # who is stopped for what it does itself makes no crowd: one sender cannot close a user's door
            if self._crowds is not None and verdict.offence is None and self._may_crowd(case):
                # with the mark of an occupant, which can be forged, one sender would be a crowd by its resources
                self._crowds.note(recipient, self._key(case.sender.bare) if case.marked else case.sender_key, now)

    def _parties(self, case: Case, now: float) -> list[tuple[_Limits, bytes]]:
        """Return who answers for *case*: nobody, where the recipient wrote first."""
        parties: list[tuple[_Limits, bytes]] = []
        if (self._allowed is not None and self._allowed.has(case)) or case.contacted(now):
            return parties
        if not case.once(is_contact_attempt):
            if self._quiet is not None:
                parties.append((self._quiet, self._key(f"{case.sender.bare} {case.recipient.bare}")))
            return parties
        if self._senders is not None:
            parties.append((self._senders, case.sender_key))
            if case.marked:  # the mark of an occupant can be forged, so who bears it counts for its bare JID as well
                parties.append((self._senders, self._key(case.sender.bare)))
        if not case.from_local_user:
            if self._domains is not None:
                parties.append((self._domains, self._kept_key(case.sender.domain)))
            if self._servers is not None and (server := self._server_key(case.stanza.ip)):
                parties.append((self._servers, server))
        return parties

    def _key_of_server(self, ip: str) -> bytes | None:
        server = server_of(ip)
        return self._key(server) if server else None

    def _excess(self, limits: _Limits, key: bytes, case: Case, now: float) -> Iterator[Finding]:
        count = limits.rates.count(key, now) + 1
        if limits is self._quiet:
            if limits.messages is not None and count > limits.messages:
                detail = partial(
                    "{:.0f} messages without words to this user within a minute; {} may pass".format,
                    count,
                    limits.messages,
                )
                yield Finding("stranger_rate.quiet", detail, about=About.RECIPIENT)
            return
        about = About.SENDER if limits is self._senders else About.GROUP
        if limits is self._senders:
            who, rules, each = "this sender", ("messages", "recipients"), OF_ONE
        elif limits is self._domains:
            who, rules, each = f"users of {case.sender.domain}", ("domain", "domain"), OF_MANY
        else:
            who, rules, each = f"the server {server_of(case.stanza.ip)}", ("server", "server"), OF_MANY
        if limits.messages is not None and count > limits.messages:
            detail = partial(
                "{:.0f} messages to strangers by {} within a minute; {} may pass".format, count, who, limits.messages
            )
            yield _weighed(rules[0], detail, count / limits.messages, each, about)
        if limits.recipients is not None and (to := limits.rates.distinct(key, now)) >= limits.recipients:
            detail = partial(
                "messages to about {:.0f} strangers by {} within a minute; {} may pass".format,
                to,
                who,
                limits.recipients,
            )
            yield _weighed(rules[1], detail, to / limits.recipients, each, about)


def _weighed(rule: str, detail: Callable[[], str], times: float, each: float, about: About) -> Finding:
    score = min(MOST, LEAST + each * log2(max(1.0, times)))
    return Finding(
        f"stranger_rate.{rule}", detail, round(score, 1), about, fact=None if rule == "recipient" else Fact.SPREAD
    )


def _worst(found: tuple[Finding, ...]) -> tuple[Finding, ...]:
    return (max(found, key=lambda finding: finding.score),) if found else ()
