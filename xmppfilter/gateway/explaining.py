"""What would become of one stanza, and why, in plain data: the command `explain`."""

from typing import Annotated, Any, Final

from xmppfilter.gateway.gateway import Gateway
from xmppfilter.judging.verdict import Finding, Verdict
from xmppfilter.registers.command import (
    Answer,
    Column,
    CommandError,
    Context,
    Counts,
    Parameter,
    Record,
    Table,
    Value,
    command,
)
from xmppfilter.routes import protocol
from xmppfilter.stanza.jid import JidError
from xmppfilter.stanza.namespaces import CHECK, FORWARD
from xmppfilter.stanza.view import Stanza

Row = dict[str, Any]

_EXPLANATION: Final = Record(
    "what would become of the stanza",
    {
        "kind": Value("message, presence or iq"),
        "what": Value("the same, more exactly"),
        "from": Value("its sender"),
        "to": Value("its recipient"),
        "action": Value("deliver, tag, bounce or drop"),
        "decided_by": Value("the filter that decided", null=True),
        "score": Value("the sum of the findings' scores, of those that rest on one fact the heaviest", "number"),
        "exempt": Value("why it is not judged", null=True),
        "findings": Table(
            "what the filters found",
            (
                Column("filter", Value("which filter")),
                Column("rule", Value("by which of its rules")),
                Column("score", Value("what it weighs", "number")),
                Column("detail", Value("what was found")),
                Column("would_score", Value("what it would weigh out of monitor mode", "number", optional=True)),
            ),
        ),
        "would": Value("what enforce mode would do", null=True),
        "failed": Counts("filters that failed, and how", each=Value("how")),
        "muted": Value("filters that are not asked for a while, after too many failures", "texts"),
        "knew": Record(
            "what the gateway knew",
            {
                "senders_offences": Value("the sender's offences", "number"),
                "listed": Value("entries of lists", "number"),
                "remembered": Value("other entries", "number"),
            },
        ),
    },
)


@command("explain", Record("the explanation", {"explained": _EXPLANATION}))
def explain(
    gateway: Gateway,
    context: Context,
    stanza: Annotated[str, Parameter("STANZA", "one stanza as XML, or a server's question about one")],
) -> Answer:
    """Tell what would become of one stanza, and why; nothing of it is counted or remembered."""
    try:
        return Answer({"explained": explanation_of(gateway, read_asked(stanza), context.now)})
    except ValueError as wrong:
        raise CommandError(f"explain: {wrong}") from wrong


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
