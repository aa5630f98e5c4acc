"""Where all routes meet: whichever way a question was read, here its stanza is judged, and here it is answered.

What servers' modules ask in their ordinary shape is read on the bytes (`fast`), all else from a parsed stanza. Both
come to the same question, so the fast way saves reading and decides nothing.
"""

from collections.abc import Callable, Mapping

from xmppfilter.judging.counts import Counts
from xmppfilter.judging.effects import Notice
from xmppfilter.judging.judge import Outcome
from xmppfilter.routes import inline, unread, verdict
from xmppfilter.routes.fast import new_reading
from xmppfilter.routes.inline import InlineRoute
from xmppfilter.routes.pushes import Server
from xmppfilter.routes.route import Question, Route
from xmppfilter.routes.verdict import VerdictRoute
from xmppfilter.stanza.iq import may_be_answered
from xmppfilter.stanza.jid import JidError
from xmppfilter.stanza.view import Stanza

_BY_ITSELF = InlineRoute(None)


class Questions:
    """Reads and answers for one gateway."""

    def __init__(self, judge: Callable[[Stanza, float], Outcome], counts: Counts) -> None:
        """Let *judge* decide; count what cannot be answered in *counts*."""
        self._judge = judge
        self._counts = counts
        self.configure("", {})

    def configure(self, own: str, servers: Mapping[str, Server]) -> None:
        """Believe *servers*, by their JIDs, in what they ask of *own*, the component's JID."""
        self._own = own
        self._servers = servers
        self.read_bytes: Callable[[bytes, int], Question | None] = new_reading(self._find_route)
        """Reads a question in the ordinary shape at a place in some bytes; None: it is anything else, or goes on."""

    def _find_route(self, asks: bool, given: Mapping[str, str], quote: str) -> Route | None:
        """Return the route of who asks (or else hands over), by its start tag; None: nobody who is believed."""
        kind, sender, to = (given.get(key, "") for key in ("type", "from", "to"))
        server = self._servers.get(sender)
        if server is None or to != self._own or kind != ("set" if asks else ""):
            return None
        return VerdictRoute(server, to, sender, quote) if asks else InlineRoute(server)

    def is_for_us(self, stanza: Stanza) -> bool:
        """Whether *stanza* is addressed to the component's domain: sent on, it would come back for ever."""
        try:
            return stanza.recipient.domain == self._own
        except JidError:
            return False

    def read(self, stanza: Stanza) -> Question | None:
        """Return the question in *stanza*; None: it says something else to the component, or nobody is believed.

        Raises StanzaError, XmlError or JidError where it is none that could be answered.
        """
        if not self.is_for_us(stanza):
            return _BY_ITSELF, "", stanza, len(stanza.raw)
        server = self._servers.get(stanza.sender.bare)
        if server is None:
            return None
        return verdict.read(stanza, server) or inline.read(stanza, server)

    def read_head(self, start: Stanza, head: bytes, size: int) -> Question | None:
        """Return the question that begins with *head*, is *start* without its content, and has *size* bytes.

        It is about a stanza without content. None: nobody asks who is believed. Raises JidError.
        """
        server = self._servers.get(start.sender.bare)
        if server is None or not may_be_answered(start) or not self.is_for_us(start):
            return None
        asked = unread.without_content(head, size)
        return verdict.question(start, server, asked) if asked is not None else None

    def answer(self, question: Question, now: float, out: list[bytes]) -> Outcome:
        """Have it judged, add to *out* what is written in answer, and return what was decided and comes of it."""
        route, name, stanza, _ = question
        server = route.server
        if server is not None:
            server.last_question = now
            server.questions += 1
        outcome = self._judge(stanza, now)
        try:
            answer = route.answer(name, stanza, outcome.verdict)
        except ValueError as wrong:  # it would end the stream for everybody
            self._counts.malformed += 1
            return Outcome(outcome.verdict, (Notice("malformed", {"problem": str(wrong)}), *outcome.effects))
        if answer:
            out.append(answer)
        return outcome
