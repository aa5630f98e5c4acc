"""Catches floods of subscription requests.

People ask for one subscription at a time; bots ask whole servers. More than `limit_per_minute` requests from one bare
JID within any 60 seconds are spam, and so is whatever comes while they are that many: refused requests count like any
other, and so does asking the same user again. The domain's limit counts over all senders of a domain.

Never looks at: presence of other types, messages; and our own users do not count towards a domain's limit.
"""

from typing import ClassVar, Final

from pydantic import Field

from xmppfilter.filter import Stage
from xmppfilter.memory.state import Scope
from xmppfilter.options import CountOrOff, Options
from xmppfilter.stanza import Kind, Stanza
from xmppfilter.verdict import Finding, Verdict

RULES = {
    "sender": "one sender asked for too many subscriptions in a minute",
    "domain": "the users of one domain together asked for too many subscriptions in a minute",
}
MINUTE: Final = 60.0


class Config(Options):
    """Options of presence_subscribe_rate."""

    limit_per_minute: int = Field(
        default=5, ge=1, le=100_000, description="Requests that one sender may make within 60 seconds."
    )
    domain_limit_per_minute: CountOrOff = Field(
        default=None, description="Requests that all senders of one domain may make within 60 seconds."
    )
    max_senders: int = Field(
        default=100_000,
        ge=100,
        le=100_000_000,
        description="Senders remembered at once; the oldest quiet ones go first.",
    )


class Filter:
    """Keeps the times of the newest requests by sender and by domain."""

    stage: ClassVar = Stage.RATE
    kinds: ClassVar = frozenset({Kind.SUBSCRIBE})
    observes: ClassVar = frozenset({Kind.SUBSCRIBE})

    def __init__(self, config: Config, state: Scope) -> None:
        self._limit = config.limit_per_minute
        self._domain_limit = config.domain_limit_per_minute
        self._key = state.key
        self._senders = state.window(
            "senders", capacity=config.max_senders, limit=config.limit_per_minute, seconds=MINUTE
        )
        self._domains = (
            state.window("domains", capacity=config.max_senders, limit=self._domain_limit, seconds=MINUTE)
            if self._domain_limit is not None
            else None
        )

    def check(self, stanza: Stanza, now: float) -> tuple[Finding, ...] | None:
        """Find the request after the last one allowed."""
        found: tuple[Finding, ...] = ()
        if self._is_over(stanza, now):
            detail = f"more than {self._limit} subscription requests by this sender within a minute"
            found = (Finding("presence_subscribe_rate.sender", detail),)
        if self._domains is not None and self._counts_domain(stanza):
            domain = stanza.sender.domain
            if self._domains.reached(self._key(domain), now):
                detail = f"more than {self._domain_limit} subscription requests by users of {domain} within a minute"
                found += (Finding("presence_subscribe_rate.domain", detail),)
        return found or None

    def observe(self, stanza: Stanza, verdict: Verdict, now: float) -> None:  # noqa: ARG002 - the refused count too
        """Count the request, whatever became of it."""
        self._senders.note(stanza.sender_key, now)
        if stanza.marked:
            self._senders.note(self._key(stanza.sender.bare), now)
        if self._domains is not None and self._counts_domain(stanza):
            self._domains.note(self._key(stanza.sender.domain), now)

    def _is_over(self, stanza: Stanza, now: float) -> bool:
        # the mark of an occupant can be forged, so who bears it counts for its bare JID as well
        return self._senders.reached(stanza.sender_key, now) or (
            stanza.marked and self._senders.reached(self._key(stanza.sender.bare), now)
        )

    def _counts_domain(self, stanza: Stanza) -> bool:
        return not stanza.from_local_user
