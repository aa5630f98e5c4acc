"""The route `inline`: a server hands stanzas over, wrapped in a message, and we send on what is delivered."""

from typing import ClassVar, Final

from xmppfilter.judging.verdict import PASSING, Action, Verdict
from xmppfilter.lists import pubsub
from xmppfilter.routes import protocol, unread
from xmppfilter.routes.pushes import Server
from xmppfilter.routes.reports import is_report
from xmppfilter.routes.route import LONGEST_REPLY, TOO_LONG, Question, written_id
from xmppfilter.stanza.kind import Kind
from xmppfilter.stanza.namespaces import CLIENT, FORWARD, SPAM_TAG
from xmppfilter.stanza.view import Stanza
from xmppfilter.stanza.xml import XmlError

_TAG: Final = SPAM_TAG.encode()
# how an ordinary stanza begins, in either quotes, and how it begins without a namespace of its own
_DECLARED: Final = {
    name: ((f"<{name} xmlns='{CLIENT}'".encode(), f'<{name} xmlns="{CLIENT}"'.encode()), f"<{name}".encode())
    for name in ("message", "presence", "iq")
}
_DECLARATION: Final = len(f" xmlns='{CLIENT}'")
# reading a member of an enumeration costs as much as a call, up to Python 3.11
_DELIVER: Final = Action.DELIVER


class InlineRoute:
    """Sends on what is delivered, as it came, and refuses what bounces in the recipient's name."""

    __slots__ = ("server",)
    passes_on: ClassVar = True

    def __init__(self, server: Server | None) -> None:
        """Take what *server* hands over; None: what came by itself."""
        self.server = server

    def answer(self, name: str, stanza: Stanza, verdict: Verdict) -> bytes:  # noqa: ARG002 - the contract's
        """Return *stanza* itself, or the error that refuses it, or nothing.

        Raises ValueError (XmlError) where it would break the stream.
        """
        action = verdict.action
        if action is _DELIVER:
            raw = stanza.raw
            declared, opening = _DECLARED[stanza.name]
            if raw.startswith(declared) and stanza.is_plain and raw.find(_TAG) < 0:
                return opening + raw[len(opening) + _DECLARATION :]
            return stanza.for_stream()
        if action in PASSING:
            return stanza.for_stream(protocol.tag_of(verdict))
        refusal = protocol.bounce(stanza) if action is Action.BOUNCE else b""
        if len(refusal) > LONGEST_REPLY:
            raise ValueError(TOO_LONG)
        return refusal


def read(message: Stanza, server: Server) -> Question | None:
    """Return what *message* hands over, a stanza of *server* to the component; None: nothing.

    Of what is not well-formed as much is read as can be. Raises StanzaError or XmlError.
    """
    if message.name != "message" or message.kind is Kind.ERROR or message.lacks(FORWARD.encode()):
        return None
    try:
        if pubsub.is_event(message) or is_report(message):  # what is forwarded in those is only quoted
            return None
        handed_over = protocol.unwrap(message)
    except XmlError:
        broken = unread.broken(message.raw)
        if broken is None:
            raise
        handed_over = broken
    return InlineRoute(server), written_id(message), handed_over, len(message.raw)
