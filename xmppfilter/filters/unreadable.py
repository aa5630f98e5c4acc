"""Catches stanzas that no filter could look into.

What cannot be looked into must not count as clean, or whoever makes it so has passed all filters that look at contents.
There are two ways. `unreadable.size`: the content was too large, so the server has asked without it (`max_stanza_size`,
and what the server itself takes from a component); such a stanza is odd from a stranger, but a long text or a picture
in it can make one, so by itself its score is not enough. `unreadable.xml`: the stanza is no well-formed XML with
namespaces. No honest server sends that: each has parsed what it sends, and RFC 6120 11.3 wants a stream closed that has
it; but not every server checks all of that, and somebody may write such a stanza on purpose. So that blocks by itself.

What goes by addresses and bytes (bans, lists of senders, rates, bodies that stand there in clear) judges both.

Never looks at: what was read; presence other than requests; IQs.
"""

from typing import ClassVar

from xmppfilter.judging.case import Case
from xmppfilter.judging.filter import Stage
from xmppfilter.judging.options import Options
from xmppfilter.judging.verdict import Finding, Verdict
from xmppfilter.memory.state import Scope
from xmppfilter.stanza.kind import Kind

RULES = {
    "size": "the content was too large to look into",
    "xml": "the stanza is not well-formed, so nobody could look into it",
}
_SCORES = {"unreadable.size": 5.0, "unreadable.xml": 10.0}


class Config(Options):
    """No options of its own."""


class Filter:
    """Asks what became of the others' attempts to look into a stanza, and of what the server has left out."""

    stage: ClassVar = Stage.REST
    kinds: ClassVar = frozenset({Kind.MESSAGE, Kind.GROUPCHAT, Kind.ERROR, Kind.SUBSCRIBE})
    observes: ClassVar[frozenset[Kind]] = frozenset()

    def __init__(self, config: Config, state: Scope) -> None:
        """Keep nothing: the stanza says it all."""

    def check(self, case: Case, now: float) -> Finding | None:  # noqa: ARG002 - the contract's
        """Find what nobody could look into."""
        stanza = case.stanza
        # in what is plain names are found by bytes, and who needed more has parsed it; the rest all have parsed
        if stanza.broken or not (stanza.is_plain or stanza.well_formed):
            return _finding("unreadable.xml", "not well-formed")
        size = stanza.told("size")
        return _finding("unreadable.size", f"a content that was left out, of {size[:20]} bytes") if size else None

    def observe(self, case: Case, verdict: Verdict, now: float) -> None:
        """Remember nothing."""


def _finding(rule: str, seen: str) -> Finding:
    return Finding(rule, seen, _SCORES[rule])
