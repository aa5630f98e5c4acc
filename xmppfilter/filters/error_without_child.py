"""Catches error messages that carry no error.

Whatever a client or server bounces has an `<error/>` child (RFC 6120 8.3.1); spammers send `type='error'` without one
because clients show its body and nobody answers. A body does not stand in for the child; the child of old servers,
`<error code='…'/>`, does.

Never looks at: anything but messages of type error.
"""

from typing import ClassVar

from xmppfilter.judging.case import Case
from xmppfilter.judging.filter import Stage
from xmppfilter.judging.options import Options
from xmppfilter.judging.verdict import Finding, Verdict
from xmppfilter.memory.state import Scope
from xmppfilter.stanza.kind import Kind

RULES = {"missing": "a message of type error has no error in it"}


class Config(Options):
    """No options of its own."""


class Filter:
    """Looks for a direct `<error/>` child in the stanza's own namespace."""

    stage: ClassVar = Stage.ADDRESS
    kinds: ClassVar = frozenset({Kind.ERROR})
    observes: ClassVar[frozenset[Kind]] = frozenset()

    def __init__(self, config: Config, state: Scope) -> None:
        """Keep nothing: the stanza says it all."""

    def check(self, case: Case, now: float) -> Finding | None:  # noqa: ARG002 - the contract's
        """Find an error message without an error."""
        stanza = case.stanza
        if stanza.has_error_child or stanza.told("size"):  # its content was left out, an error maybe
            return None
        return Finding("error_without_child.missing", "a message of type error without an <error/> child")

    def observe(self, case: Case, verdict: Verdict, now: float) -> None:
        """Remember nothing."""
