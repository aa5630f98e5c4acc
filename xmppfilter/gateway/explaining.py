"""What would become of one stanza, and why, in plain data: what `explain` shows."""

from typing import Any

from xmppfilter.gateway.gateway import Gateway
from xmppfilter.judging.verdict import Finding, Verdict
from xmppfilter.routes import protocol
from xmppfilter.stanza.jid import JidError
from xmppfilter.stanza.namespaces import CHECK, FORWARD
from xmppfilter.stanza.view import Stanza

Row = dict[str, Any]


def read_asked(text: str) -> Stanza:
    """Return the stanza that *text* is, or that it asks about: a `<check/>` with its `<meta/>`, or a wrapped stanza.

    Raises ValueError (StanzaError).
    """
    stanza = Stanza.read(text.strip())
    if stanza.lacks(CHECK.encode()) or stanza.lacks(FORWARD.encode()):
        return stanza
    if stanza.name == "iq":
        return protocol.question_of(stanza) or stanza
    return protocol.unwrap(stanza) if protocol.element(stanza, "meta") is not None else stanza


def explanation_of(gateway: Gateway, stanza: Stanza, now: float) -> Row:
    """Return what would become of *stanza* at *now*, why, and what was known; nothing changes, nothing is counted.

    Raises ValueError (JidError) where an address is invalid.
    """
    failed: dict[str, str] = {}

    def note(name: str, failure: Exception) -> None:
        failed[name] = f"{type(failure).__name__}: {failure}"

    verdict = gateway.judge.explain(stanza, now, note)
    health = gateway.setup.pipeline.health
    return {
        "kind": stanza.name,
        "what": stanza.kind.name.lower(),
        "from": str(stanza.sender),
        "to": str(stanza.recipient),
        **verdict_row(verdict),
        "failed": failed,
        "muted": [name for name, fares in health.items() if fares.muted_until > now],
        "knew": _known(gateway, stanza, now),
    }


def verdict_row(verdict: Verdict) -> Row:
    """Return *verdict* in plain data."""
    return {
        "action": verdict.action.value,
        "decided_by": verdict.decided_by.filter if verdict.decided_by else None,
        "score": verdict.score,
        "exempt": verdict.exempt,
        "findings": [finding_row(finding) for finding in verdict.findings],
        "would": verdict.would.value if verdict.would is not None else None,
    }


def finding_row(finding: Finding) -> Row:
    """Return *finding* in plain data; one of a filter that is only watched weighs nothing, and says what it would."""
    row: Row = {
        "filter": finding.filter,
        "rule": finding.rule,
        "score": 0.0 if finding.monitored else finding.score,
        "detail": finding.detail,
    }
    return row | {"would_score": finding.score} if finding.monitored else row


def _known(gateway: Gateway, stanza: Stanza, now: float) -> Row:
    """Return what *gateway* knew when it was asked: of this sender, and by number of entries."""
    lists = gateway.library.lists
    spammers = gateway.spammers
    try:
        ban = spammers.show(gateway.setup.policy.address_of(stanza.sender), now) if spammers is not None else None
    except JidError:
        ban = None
    return {
        "senders_offences": ban.offences if ban is not None else 0,
        "listed": sum(len(source) for source in lists.mentioned.sources) if lists is not None else 0,
        "remembered": sum(len(structure) for structure in gateway.state.structures.values()),
    }
