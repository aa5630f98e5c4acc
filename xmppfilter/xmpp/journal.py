"""One line of log for each verdict that is not a plain delivery, without what the stanza says."""

import logging
from typing import Any, Final

from xmppfilter.routes.protocol import describe
from xmppfilter.stanza import Stanza
from xmppfilter.verdict import INVALID, Verdict

log: Final = logging.getLogger("xmppfilter.verdicts")


def log_verdict(stanza: Stanza, verdict: Verdict) -> None:
    """Log what was decided of *stanza* and why: bare JIDs only, full ones where debug is on."""
    if not log.isEnabledFor(logging.INFO):
        return
    if verdict is INVALID:
        log.info("invalid address", extra={"fields": {"action": verdict.action.value, "kind": stanza.name}})
        return
    fields: dict[str, Any] = {
        "action": verdict.action.value,
        "kind": stanza.kind.name.lower(),
        **_addresses(stanza, full=log.isEnabledFor(logging.DEBUG)),
        "score": verdict.score,
        "findings": describe(verdict.findings),
    }
    if verdict.decided_by is not None:
        fields["decided_by"] = verdict.decided_by.rule
    if verdict.would is not None:
        fields["would"] = verdict.would.value
    log.info("verdict", extra={"fields": fields})


def _addresses(stanza: Stanza, *, full: bool) -> dict[str, str]:
    sender, recipient = stanza.sender, stanza.recipient
    if full:
        return {"from": sender.full, "to": recipient.full, "id": stanza.id or ""}
    return {"from": sender.bare, "to": recipient.bare}
