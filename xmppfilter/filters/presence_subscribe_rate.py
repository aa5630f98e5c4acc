"""Catches floods of subscription requests.

People ask for one subscription at a time; bots ask whole servers. More than `limit_per_minute` requests from one bare
JID within any 60 seconds are spam, and so is whatever comes while they are that many: refused requests count like any
other, and so does asking the same user again. Whoever moves to another address asks all contacts at once, or a client
does so by itself; with `burst_per_day` about so many requests beyond that limit pass within a day. Bots have more.

Who asks the same user again and again, however slowly, is heard `repeats_per_day` times more. A thousand accounts that
ask one user are heard `recipient_limit_per_hour` times in all, and one server's accounts `server_limit_per_minute`
times. A repeat is no new request there, nor is one that its sender's own limit has stopped. All of these block, and ban
nobody: servers send unanswered requests again, and among the many are people. Nor is any occupant of a room banned for
what its occupants together ask, for their mark can be forged.

The domain's limit counts over all senders of a domain, and bans nobody either.

Never looks at: presence of other types, messages, requests of our users to somebody who has asked them within a day
(clients return a subscription by themselves); and our own users, and senders whom the recipient has written to,
count towards none but their own limit.
"""

from collections.abc import Sequence
from typing import ClassVar, Final, NamedTuple

from pydantic import Field

from xmppfilter.judging.case import Case
from xmppfilter.judging.filter import Stage
from xmppfilter.judging.options import CountOrOff, Options
from xmppfilter.judging.verdict import About, Finding, Verdict
from xmppfilter.memory.kept import kept
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
_KEPT_SERVERS: Final = 16_384
_SAID: Final = {
    "sender": "by this sender within a minute",
    "repeat": "by this sender to this user within a day",
    "recipient": "to this user within an hour",
    "server": "by users of the sender's server within a minute",
    "domain": "by users of the sender's domain within a minute",
}
_ALWAYS: Final = frozenset({"sender", "repeat", "domain"})
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
    rule: str
    about: About


_Counted = tuple[_Limit, bytes]
"""A limit, and the key that a request counts under."""


class Filter:
    """Keeps the times of the newest requests by sender, pair, recipient, server and domain."""

    stage: ClassVar = Stage.RATE
    kinds: ClassVar = frozenset({Kind.SUBSCRIBE})
    observes: ClassVar = frozenset({Kind.SUBSCRIBE})

    def __init__(self, config: Config, state: Scope) -> None:
        self._kept_key = state.kept_key
        self._server_key = kept(self._key_of_server, _KEPT_SERVERS)

        def limit(
            name: str, most: int | None, seconds: float, rule: str, about: About, *, persist: bool = False
        ) -> _Limit | None:
            # what lasts a minute or an hour is not worth a row for each request
            size = config.max_senders
            return (
                _Limit(state.window(name, capacity=size, limit=most, seconds=seconds, persist=persist), rule, about)
                if most is not None
                else None
            )

        senders = state.window("senders", capacity=config.max_senders, limit=config.limit_per_minute, seconds=MINUTE)
        self._sender = _Limit(senders, "sender", About.SENDER)
        self._room = _Limit(senders, "sender", About.GROUP)
        burst = config.burst_per_day
        self._burst = (
            # what is left of it after a restart is not worth a row for each request
            state.rates("bursts", capacity=config.max_senders, limit=burst - 0.5, seconds=DAY, persist=False)
            if burst is not None
            else None
        )
        # where repeats have no limit, they are still no new requests
        repeats = config.repeats_per_day
        pairs = state.window("pairs", capacity=config.max_senders, limit=(repeats or 0) + 1, seconds=DAY)
        self._pairs = _Limit(pairs, "repeat", About.RECIPIENT)
        self._repeats_count = repeats is not None
        hourly, server, domain = (
            config.recipient_limit_per_hour,
            config.server_limit_per_minute,
            config.domain_limit_per_minute,
        )
        self._recipients = limit("recipients", hourly, HOUR, "recipient", About.RECIPIENT)
        self._servers = limit("servers", server, MINUTE, "server", About.GROUP)
        self._domains = limit("domains", domain, MINUTE, "domain", About.GROUP, persist=True)

    def check(self, case: Case, now: float) -> tuple[Finding, ...] | None:
        """Find the request after the last one allowed."""
        found: tuple[Finding, ...] = ()
        known = case.known[self] = self._counted(case, now)
        for limit, key in known:
            if limit.window.reached(key, now) and self._is_limited(case, limit, key, now):
                detail = f"more than {limit.window.limit} subscription requests {_SAID[limit.rule]}"
                found += (Finding(f"presence_subscribe_rate.{limit.rule}", detail, about=limit.about),)
        return found or None

    def observe(self, case: Case, verdict: Verdict, now: float) -> None:
        """Count the request, whatever became of it."""
        is_new, bursts = not verdict.stops_sender, False
        for limit, key in case.known[self] if self in case.known else self._counted(case, now):
            if limit is self._pairs:
                is_new = is_new and not limit.window.count(key, now)
            elif limit.rule == "sender" and self._burst is not None and limit.window.reached(key, now):
                bursts = True
                self._burst.note(key, self._kept_key(case.recipient.bare), now)
            if bursts and limit is self._servers:
                continue  # one who moves uses up nobody else's share
            if is_new or limit.rule in _ALWAYS:
                limit.window.note(key, now)

    def _counted(self, case: Case, now: float) -> Sequence[_Counted]:
        """Return what *case* counts for: the pair before the limits for which a repeat is none."""
        user, sender = self._kept_key(case.recipient.bare), case.sender_key
        bare = self._kept_key(case.sender.bare) if case.occupant else sender
        if case.from_local_user and self._pairs.window.count(user + bare, now):
            return ()
        counted: list[_Counted] = [(self._sender, sender)]
        if case.marked:  # the mark of an occupant can be forged, so who bears it counts for its bare JID as well
            counted.append((self._room, bare))
        counted.append((self._pairs, bare + user))
        if case.from_local_user or case.contacted(now):
            return counted
        if self._recipients is not None:
            counted.append((self._recipients, user))
        if self._servers is not None and (server := self._server_key(case.stanza.ip)):
            counted.append((self._servers, server))
        if self._domains is not None:
            counted.append((self._domains, self._kept_key(case.sender.domain)))
        return counted

    def _is_limited(self, case: Case, limit: _Limit, key: bytes, now: float) -> bool:
        """Whether *limit*, which has been reached, holds for *case*."""
        if limit.rule == "sender":
            return self._burst is None or self._burst.exceeds(key, now)
        if limit is self._pairs:  # none for our users, and who may answer to one of them
            return self._repeats_count and not case.from_local_user and not case.contacted(now)
        return True

    def _key_of_server(self, ip: str) -> bytes | None:
        server = server_of(ip)
        return self._kept_key(server) if server else None
