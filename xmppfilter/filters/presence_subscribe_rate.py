"""Catches floods of subscription requests.

People ask for one subscription at a time; bots ask whole servers. More than `limit_per_minute` requests from one bare
JID within any 60 seconds are spam, and so is whatever comes while they are that many: refused requests count like any
other, and so does asking the same user again. Whoever moves to another address asks all contacts at once, or a client
does so by itself; with `burst_per_day` about so many requests beyond that limit pass within a day. Bots have more.

Who asks the same user again and again, however slowly, is heard `repeats_per_day` times more. A thousand accounts that
ask one user are heard `recipient_limit_per_hour` times in all, and one server's accounts `server_limit_per_minute`
times. A repeat is no new request there, nor is one that its sender's own limit has stopped. All of these block, and ban
nobody: servers send unanswered requests again, and among the many are people.

The domain's limit counts over all senders of a domain, and bans nobody either.

Never looks at: presence of other types, messages; and our own users, and senders whom the recipient has written to,
count towards none but their own limit.
"""

from collections.abc import Callable
from typing import ClassVar, Final, NamedTuple

from pydantic import Field

from xmppfilter.judging.case import Case
from xmppfilter.judging.filter import Stage
from xmppfilter.judging.options import CountOrOff, Options
from xmppfilter.judging.verdict import About, Finding, Verdict
from xmppfilter.memory.state import Scope
from xmppfilter.memory.window import Window
from xmppfilter.stanza.ip import server_of
from xmppfilter.stanza.kind import Kind

RULES = {
    "sender": "one sender asked for too many subscriptions in a minute",
    "repeat": "one sender asked the same user again too often in a day",
    "recipient": "too many asked one user for a subscription in an hour",
    "server": "users of one server together asked for too many subscriptions in a minute",
    "domain": "the users of one domain together asked for too many subscriptions in a minute",
}
MINUTE: Final = 60.0
HOUR: Final = 3600.0
DAY: Final = 86400.0
_SAID: Final = {
    "repeat": "by this sender to this user within a day",
    "recipient": "to this user within an hour",
    "server": "by users of the sender's server within a minute",
    "domain": "by users of the sender's domain within a minute",
}
_ALWAYS: Final = frozenset({"repeat", "domain"})
"""Limits for which a repeat counts, and a request that its sender's own limit has stopped."""


class Config(Options):
    """Options of presence_subscribe_rate."""

    limit_per_minute: int = Field(
        default=5, ge=1, le=100_000, description="Requests that one sender may make within 60 seconds."
    )
    burst_per_day: CountOrOff = Field(
        default=None, description="Requests beyond that limit that one sender may make within a day, as movers do."
    )
    repeats_per_day: CountOrOff = Field(
        default=5, description="Requests that one sender may make to the same user within a day, after the first."
    )
    recipient_limit_per_hour: CountOrOff = Field(
        default=60, description="Requests that one user may get within an hour, of whomever."
    )
    server_limit_per_minute: CountOrOff = Field(
        default=60, description="Requests that all users of one server may make within 60 seconds."
    )
    domain_limit_per_minute: CountOrOff = Field(
        default=None, description="Requests that all senders of one domain may make within 60 seconds."
    )
    max_senders: int = Field(
        default=100_000,
        ge=100,
        le=100_000_000,
        description="Senders remembered at once, and as many pairs with a user; the oldest quiet ones go first.",
    )


class _Limit(NamedTuple):
    """A limit beside the sender's own."""

    window: Window
    key: Callable[[Case], bytes | None]
    """Who is counted; None: that is not known."""
    rule: str
    detail: str
    about: About


class Filter:
    """Keeps the times of the newest requests by sender, pair, recipient, server and domain."""

    stage: ClassVar = Stage.RATE
    kinds: ClassVar = frozenset({Kind.SUBSCRIBE})
    observes: ClassVar = frozenset({Kind.SUBSCRIBE})

    def __init__(self, config: Config, state: Scope) -> None:
        self._limit = config.limit_per_minute
        self._key = state.key
        self._kept_key = state.kept_key
        self._senders = state.window("senders", capacity=config.max_senders, limit=self._limit, seconds=MINUTE)
        burst = config.burst_per_day
        self._burst = (
            # what is left of it after a restart is not worth a row for each request
            state.rates("bursts", capacity=config.max_senders, limit=burst - 0.5, seconds=DAY, persist=False)
            if burst is not None
            else None
        )
        repeats = config.repeats_per_day
        found = (
            ("pairs", None if repeats is None else repeats + 1, DAY, self._pair, "repeat", About.RECIPIENT),
            ("recipients", config.recipient_limit_per_hour, HOUR, self._recipient, "recipient", About.RECIPIENT),
            ("servers", config.server_limit_per_minute, MINUTE, self._server, "server", About.GROUP),
            ("domains", config.domain_limit_per_minute, MINUTE, self._domain, "domain", About.GROUP),
        )
        self._limits = [
            _Limit(
                # what lasts a minute or an hour is not worth a row for each request
                state.window(name, capacity=config.max_senders, limit=limit, seconds=seconds, persist=rule in _ALWAYS),
                key,
                rule,
                _SAID[rule],
                about,
            )
            for name, limit, seconds, key, rule, about in found
            if limit is not None
        ]

    def check(self, case: Case, now: float) -> tuple[Finding, ...] | None:
        """Find the request after the last one allowed."""
        found: tuple[Finding, ...] = ()
        if self._is_over(case, now):
            detail = f"more than {self._limit} subscription requests by this sender within a minute"
            found = (Finding("presence_subscribe_rate.sender", detail),)
        keys = case.known[self] = self._keys(case, now)
        for limit, key in keys:
            if limit.window.reached(key, now):
                detail = f"more than {limit.window.limit} subscription requests {limit.detail}"
                found += (Finding(f"presence_subscribe_rate.{limit.rule}", detail, about=limit.about),)
        return found or None

    def observe(self, case: Case, verdict: Verdict, now: float) -> None:
        """Count the request, whatever became of it."""
        bursts = False
        for sender in self._parties(case):
            if self._burst is not None and self._senders.reached(sender, now):
                bursts = True
                self._burst.note(sender, self._kept_key(case.recipient.bare), now)
            self._senders.note(sender, now)
        keys = case.known[self] if self in case.known else self._keys(case, now)
        is_new = verdict.offence is None
        for limit, key in keys:
            if is_new and limit.rule == "repeat":
                is_new = not limit.window.count(key, now)
            if bursts and limit.rule == "server":
                continue  # one who moves uses up nobody else's share
            if is_new or limit.rule in _ALWAYS:
                limit.window.note(key, now)

    def _keys(self, case: Case, now: float) -> list[tuple[_Limit, bytes]]:
        """Return the limits beside the sender's own that *case* counts for: of users of ours none; the pair's first.

        Nor of those whom the recipient has written to.
        """
        if case.from_local_user or case.contacted(now):
            return []
        return [(limit, key) for limit in self._limits if (key := limit.key(case)) is not None]

    def _is_over(self, case: Case, now: float) -> bool:
        burst = self._burst
        return any(
            self._senders.reached(sender, now) and (burst is None or burst.exceeds(sender, now))
            for sender in self._parties(case)
        )

    def _parties(self, case: Case) -> tuple[bytes, ...]:
        """Return who counts as the sender: of one whose mark of an occupant can be forged, its bare JID as well."""
        return (case.sender_key, self._key(case.sender.bare)) if case.marked else (case.sender_key,)

    def _pair(self, case: Case) -> bytes:
        return self._key(f"{case.sender.bare} {case.recipient.bare}")

    def _recipient(self, case: Case) -> bytes:
        return self._kept_key(case.recipient.bare)

    def _server(self, case: Case) -> bytes | None:
        server = server_of(case.stanza.ip)
        return self._kept_key(server) if server else None

    def _domain(self, case: Case) -> bytes:
        return self._kept_key(case.sender.domain)
