"""What a route is: a way in which servers have stanzas judged, from what they write to what they are answered.

The module of each route reads: its `read` finds the question in a stanza to the component. Its class answers. What
stands between the two, being judged and counted, is the same for all and happens in `questions`.
"""

from typing import Final, Protocol

from xmppfilter.judging.verdict import Verdict
from xmppfilter.routes.pushes import Server
from xmppfilter.stanza.view import Stanza
from xmppfilter.stanza.xml import escape

LONGEST_REPLY: Final = 1 << 16
"""Bytes that an answer may have which quotes what somebody else wrote: far below what servers take from components."""
TOO_LONG: Final = "an id too long to be quoted"


class Route(Protocol):
    """One server's way to have its stanzas judged."""

    @property
    def server(self) -> Server | None:
        """Who asks or hands over; None: the stanza came by itself, and is only sent on."""

    @property
    def passes_on(self) -> bool:
        """Whether a stanza that is delivered goes on from here; else its server does what it is told."""

    def answer(self, name: str, stanza: Stanza, verdict: Verdict) -> bytes:
        """Return what is written in answer to the question *name* about *stanza*; nothing: it is dropped.

        Raises ValueError (XmlError) where that would end the stream.
        """


Question = tuple[Route, str, Stanza, int]
"""How it is answered; its id, as `written_id` has it; the stanza that it is about; where it ends."""


def written_id(stanza: Stanza) -> str:
    """Return the id of *stanza* as it may stand in an attribute, its bytes as Latin-1."""
    return escape(stanza.attributes.get("id", "")).encode().decode("latin-1")
