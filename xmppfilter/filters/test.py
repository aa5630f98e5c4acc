"""Catches the test line GTUBE, by which an admin sees whether stanzas come this way.

GTUBE is a line that spam filters of mail know as spam, and that nobody writes by accident:

    XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X

A message whose body is that line, with white space around it and nothing else, scores 10. It is no offence: nobody is
banned for it, and no account is disabled.

Try it from an address that is not in the recipient's roster and that the recipient has never written to: contacts pass
without being judged. An account of ours will do. In `mode: monitor` the log tells what would have been done.

Never looks at: anything but bodies of messages; groupchat, errors.
"""

from typing import ClassVar, Final

from xmppfilter.judging.case import Case
from xmppfilter.judging.filter import Stage
from xmppfilter.judging.options import Options
from xmppfilter.judging.verdict import About, Finding, Verdict
from xmppfilter.memory.state import Scope
from xmppfilter.stanza.kind import Kind

RULES = {"gtube": "the body is the GTUBE test line"}
GTUBE: Final = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
_NEEDLE: Final = GTUBE.encode()


class Config(Options):
    """No options of its own."""


class Filter:
    """Compares bodies with the test line."""

    stage: ClassVar = Stage.CONTENT
    kinds: ClassVar = frozenset({Kind.MESSAGE})
    observes: ClassVar[frozenset[Kind]] = frozenset()

    def __init__(self, config: Config, state: Scope) -> None:
        """Keep nothing: the stanza says it all."""

    def check(self, case: Case, now: float) -> Finding | None:  # noqa: ARG002 - the contract's
        """Find the test line."""
        if case.stanza.lacks(_NEEDLE) or all(body.strip() != GTUBE for body in case.stanza.bodies):
            return None
        # whoever tries the way is no spammer, and neither is who was told to send this line by somebody else
        return Finding("test.gtube", "the body is the GTUBE test line", about=About.RECIPIENT)

    def observe(self, case: Case, verdict: Verdict, now: float) -> None:
        """Remember nothing."""
