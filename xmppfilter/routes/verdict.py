"""The route `verdict`: a server asks about a stanza in an IQ, and does with it what it is told."""

from typing import ClassVar, Final

from xmppfilter.judging.verdict import Action, Verdict
from xmppfilter.routes import protocol, unread
from xmppfilter.routes.pushes import Server
from xmppfilter.routes.route import LONGEST_REPLY, TOO_LONG, Question, written_id
from xmppfilter.stanza.iq import may_be_answered
from xmppfilter.stanza.kind import Kind
from xmppfilter.stanza.namespaces import CHECK
from xmppfilter.stanza.view import Stanza
from xmppfilter.stanza.xml import XmlError, escape

_DELIVER: Final = Action.DELIVER


class VerdictRoute:
    """Answers one server, by IQs that say no more than they must."""

    __slots__ = ("_accepted", "_answers", "_behind", "_opening", "server")
    passes_on: ClassVar = False

    def __init__(self, server: Server, own: str, asker: str, quote: str = "'") -> None:
        """Answer *server* in the quotes in which it writes; *own* and *asker* are the addresses as it spells them."""
        self.server: Server | None = server
        self._opening = f"<iq type='result' id={quote}"
        self._behind = f"{quote} from='{escape(own)}' to='{escape(asker)}'>".encode().decode("latin-1")
        self._answers = {action: f"{self._behind}{said}</iq>" for action, said in protocol.SAID.items()}
        self._accepted = self._answers[_DELIVER]

    def answer(self, name: str, stanza: Stanza, verdict: Verdict) -> bytes:  # noqa: ARG002 - the contract's
        """Return the IQ that tells the verdict. Raises ValueError: the id is too long."""
        action = verdict.action
        # most are this one, and to look up a member of an enumeration costs as much as the rest, up to Python 3.11
        rest = self._accepted if action is _DELIVER else self._answers.get(action)
        answer = f"{self._opening}{name}{rest or self._tagged(verdict)}".encode("latin-1")
        if len(answer) > LONGEST_REPLY:
            raise ValueError(TOO_LONG)
        return answer

    def _tagged(self, verdict: Verdict) -> str:
        return f"{self._behind}{protocol.tagged(verdict)}</iq>".encode().decode("latin-1")


def read(iq: Stanza, server: Server) -> Question | None:
    """Return what *iq* asks, a stanza of *server* to the component; None: it asks nothing.

    Of what is not well-formed as much is read as can be. Raises StanzaError or XmlError.
    """
    if iq.kind is not Kind.IQ or iq.lacks(CHECK.encode()):
        return None
    try:
        asked = protocol.question_of(iq) if protocol.element(iq, "hello") is None else None
    except XmlError:
        asked = unread.broken(iq.raw) if may_be_answered(iq) else None
        if asked is None:
            raise
    return question(iq, server, asked) if asked is not None else None


def question(iq: Stanza, server: Server, asked: Stanza) -> Question:
    """Return the question of *server* in *iq*, which is about *asked*."""
    addresses = iq.attributes
    route = VerdictRoute(server, addresses.get("to", ""), addresses.get("from", ""))
    return route, written_id(iq), asked, len(iq.raw)
