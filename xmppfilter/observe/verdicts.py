"""A line of log for each verdict that is not a plain delivery, without what the stanza says; of a flood, a summary."""

import logging
from collections import Counter
from typing import Any, Final

from xmppfilter.judging.verdict import INVALID, Verdict
from xmppfilter.observe.private import findings_in_words
from xmppfilter.routes.protocol import describe
from xmppfilter.stanza.view import Stanza

log: Final = logging.getLogger("xmppfilter.verdicts")

IN_FULL: Final = 20
"""Verdicts by one rule that have a line of their own in a minute; further ones are counted."""
MINUTE: Final = 60.0
NAMED: Final = 5
"""Domains of senders that a summary names, those with most stanzas first."""
KINDS_AT_MOST: Final = 1000
"""Rules, and domains for each, that are counted apart in a minute."""
OTHERS: Final = "others"


class _Flood:
    """What was decided by one rule in one minute."""

    __slots__ = ("actions", "domains", "lines")

    def __init__(self) -> None:
        self.lines = 0
        self.actions: Counter[str] = Counter()
        """Verdicts that have no line of their own, by action."""
        self.domains: Counter[str] = Counter()
        """Verdicts that have no line of their own, by the sender's domain."""


class Journal:
    """Logs verdicts: the first of each rule in a minute one by one, and how many more there were when it is over."""

    def __init__(self) -> None:
        self._floods: dict[str, _Flood] = {}
        self._until = 0.0

    def verdict(self, stanza: Stanza, verdict: Verdict, now: float) -> None:
        """Log what was decided of *stanza* at *now*: bare JIDs only, full ones, and every single one, with debug."""
        if not log.isEnabledFor(logging.INFO):
            return
        debug = log.isEnabledFor(logging.DEBUG)
        if not debug and self._counted(stanza, verdict, now):
            return
        if verdict is INVALID:
            log.info("invalid address", extra={"fields": {"action": verdict.action.value, "kind": stanza.name}})
            return
        fields: dict[str, Any] = {
            "action": verdict.action.value,
            "kind": stanza.kind.name.lower(),
            **_addresses(stanza, full=debug),
            "score": verdict.score,
            "findings": describe(verdict.findings) if debug else findings_in_words(verdict.findings),
        }
        if verdict.decided_by is not None:
            fields["decided_by"] = verdict.decided_by.rule
        if verdict.would is not None:
            fields["would"] = verdict.would.value
        log.info("verdict", extra={"fields": fields})

    def tick(self, now: float) -> None:
        """Log the summaries of the last minute once it is over; *now* is in seconds, and never goes back."""
        if now < self._until:
            return
        floods, self._floods = self._floods, {}
        self._until = now + MINUTE
        for rule, flood in floods.items():
            if flood.actions:
                fields = {"rule": rule, **flood.actions, "domains": dict(flood.domains.most_common(NAMED))}
                log.info("verdicts without a line of their own, in a minute", extra={"fields": fields})

    def close(self) -> None:
        """Log what has been counted so far: nothing more will come."""
        self.tick(self._until)

    def _counted(self, stanza: Stanza, verdict: Verdict, now: float) -> bool:
        """Whether there were so many of the same rule in this minute that *verdict* is only counted."""
        self.tick(now)
        rule = _rule(verdict)
        if rule not in self._floods and len(self._floods) >= KINDS_AT_MOST:
            rule = OTHERS
        flood = self._floods.setdefault(rule, _Flood())
        flood.lines += 1
        if flood.lines <= IN_FULL:
            return False
        flood.actions[verdict.action.value] += 1
        domain = "" if verdict is INVALID else stanza.sender.domain
        if domain not in flood.domains and len(flood.domains) >= KINDS_AT_MOST:
            domain = OTHERS
        flood.domains[domain] += 1
        return True


def _rule(verdict: Verdict) -> str:
    """Return the rule that *verdict* is counted under: the one that decided, else the first that found something."""
    if verdict is INVALID:
        return "invalid address"
    decider = verdict.decided_by or next(iter(verdict.findings), None)
    return decider.rule if decider is not None else OTHERS


def _addresses(stanza: Stanza, *, full: bool) -> dict[str, str]:
    sender, recipient = stanza.sender, stanza.recipient
    if full:
        return {"from": sender.full, "to": recipient.full, "id": stanza.id or ""}
    return {"from": sender.bare, "to": recipient.bare}
