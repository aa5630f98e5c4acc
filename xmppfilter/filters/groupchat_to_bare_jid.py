"""Catches groupchat messages that no room sent: those to a user's bare JID.

A room sends to the full JIDs of its occupants (XEP-0045 7.4). A message of type groupchat to a bare JID reaches every
client of the user, and some show it as if it came from a room that the user has joined. MIX channels do send to bare
JIDs, but they are in the roster, and what comes from the roster is not judged.

Never looks at: other types, messages to a full JID, messages to our own rooms, what our own users send.
"""

from typing import ClassVar

from xmppfilter.judging.case import Case
from xmppfilter.judging.filter import Stage
from xmppfilter.judging.options import Options
from xmppfilter.judging.verdict import Finding, Verdict
from xmppfilter.memory.state import Scope
from xmppfilter.stanza.kind import Kind

RULES = {"bare": "a groupchat message to a user's bare JID"}


class Config(Options):
    """No options of its own."""


class Filter:
    """Compares type and address."""

    stage: ClassVar = Stage.ADDRESS
    kinds: ClassVar = frozenset({Kind.GROUPCHAT})
    observes: ClassVar[frozenset[Kind]] = frozenset()

    def __init__(self, config: Config, state: Scope) -> None:
        """Keep nothing: the stanza says it all."""

    def check(self, case: Case, now: float) -> Finding | None:  # noqa: ARG002 - the contract's
        """Find a groupchat message to a local user's bare JID."""
        recipient = case.recipient
        if not case.to_local_user or recipient.resource:
            return None
        return Finding("groupchat_to_bare_jid.bare", "a groupchat message to a user's bare JID, as no room sends it")

    def observe(self, case: Case, verdict: Verdict, now: float) -> None:
        """Remember nothing."""
