"""What a stanza says, as far as copies of it may be told: its texts, each with how much one stranger who got it counts.

A text of few letters, or of links alone, is one that people repeat, so it counts less. Of what nobody can read, and of
what everybody's client writes, the copies of one sender alone are copies of each other.
"""

import re
from collections.abc import Callable
from itertools import islice
from typing import Final, NamedTuple

from xmppfilter.duplicates.boilerplate import STANDARD
from xmppfilter.duplicates.sketch import Exact, Text, sketch_of
from xmppfilter.judging.case import Case
from xmppfilter.judging.facts import beside, readable
from xmppfilter.judging.invitations import invitations
from xmppfilter.stanza.bodies import is_encrypted_anyhow
from xmppfilter.stanza.fields import texts
from xmppfilter.stanza.kind import Kind
from xmppfilter.text.memo import remembered
from xmppfilter.text.targets import advertised, may_advertise
from xmppfilter.text.uris import Link

TINY: Final = 20
SHORT: Final = 44
"""Fewer letters people say to many more often in the same words (`MIN_GRAMS` of the sketch)."""
QUARTER: Final = 1 / 4
SIXTEENTH: Final = 1 / 16
WEIGHTS: Final = ((TINY, SIXTEENTH), (SHORT, QUARTER))
"""What a stranger counts as who got a text of fewer letters than that."""

OF_MESSAGE: Final = "the text of this message was sent to"
OF_REQUEST: Final = "the text of this request was sent to"
ENCRYPTED: Final = "encrypted messages were sent to"
INVITATIONS: Final = "invitations were sent to"

_SUBSCRIBE: Final = Kind.SUBSCRIBE
_OTR_QUERY: Final = re.compile(r"\A\?OTR\??(?:v\w*)?\?\s*")
_LINK: Final = re.compile(r"\s*[a-z][a-z0-9+.-]{1,15}:\S", re.IGNORECASE)
_LONG_LINKS: Final = 8 * SHORT
_URL: Final = re.compile(r"[a-z][a-z0-9+.-]{1,15}://\S*+", re.IGNORECASE)
_MUCH: Final = 4
"""What part of a text its links have where texts of other words may be taken for near copies."""
_MOST_REASONS: Final = 100  # of one stanza; no room gives more than one


class Said(NamedTuple):
    """A text of a stanza."""

    text: Text
    weight: float
    """How much one stranger who got it counts,"""
    of_few: float
    """and how much where few accounts write to many: they need not say much, but an organiser invites many."""
    subject: str
    """What went to all the strangers, in words."""
    links: tuple[Link, ...] = ()
    """Where it leads."""
    bare: bool = False
    """Whether it consists of links alone."""
    standard: bool = False
    """Whether it is a sentence that everybody's client writes."""


class Reader:
    """Reads what stanzas say; *key* is what addresses are remembered by."""

    def __init__(self, key: Callable[[str], bytes]) -> None:
        self._key = key

    def said(self, case: Case) -> tuple[Said, ...]:
        """Return what *case* says in its bodies, and what beside them."""
        first = self._in_bodies(case)
        said: tuple[Said, ...] = (first,) if first is not None else ()
        if not case.ordinary and (other := self._beside(case)) is not None:
            said += (other,)
        return said

    def _in_bodies(self, case: Case) -> Said | None:
        stanza = case.stanza
        if case.kind is _SUBSCRIBE:
            text, subject = "" if case.ordinary else " ".join(texts(stanza, "status")), OF_REQUEST
        elif case.ordinary:
            text, subject = stanza.bodies[0] if stanza.bodies else "", OF_MESSAGE
        elif is_encrypted_anyhow(stanza):
            return Said(self._of_sender(case, b"encrypted"), 1.0, 1.0, ENCRYPTED)
        else:
            # in several languages it is one message; and a whole fallback is what many clients show
            bodies, subject = case.once(readable) or stanza.bodies, OF_MESSAGE
            if invites := case.once(invitations).any:
                bodies = (*islice(texts(stanza, "reason"), _MOST_REASONS), *map(_without_addresses, bodies))
                if not any(map(str.strip, bodies)):
                    return Said(self._of_sender(case, b"invitation"), 1.0, QUARTER, INVITATIONS)
            text = "\n".join(dict.fromkeys(bodies))
            said = self._said(case, text, subject) if text else None
            return said._replace(of_few=QUARTER) if said is not None and invites else said
        return self._said(case, text, subject) if text else None

    def _beside(self, case: Case) -> Said | None:
        """Return what *case* says beside its bodies: each thing once, and not what every client writes."""
        others = case.once(beside)
        if not others:
            return None
        said = set(case.stanza.bodies)
        mine = "status" if case.kind is _SUBSCRIBE else "reason"  # see `_in_bodies`
        words = dict.fromkeys(part.words for part in others if part.field != mine and part.words not in said)
        words.pop("", None)
        if len(words) > 1:
            words = {text: None for text in words if sketch_of(text).key not in STANDARD}
        subject = OF_REQUEST if case.kind is _SUBSCRIBE else OF_MESSAGE
        return self._said(case, "\n".join(words), subject) if words else None

    def _said(self, case: Case, text: str, subject: str) -> Said | None:
        said = _understood(text, subject)
        if said is None or not said.standard:
            return said
        return said._replace(text=self._of_sender(case, said.text.key))

    def _of_sender(self, case: Case, what: bytes) -> Exact:
        """Take *what* for this sender's own: the copies of others are other texts."""
        # in no sketch's key is a zero byte, save by chance in a digest, which has another length
        return Exact(b"\0" + self.account(case) + what)

    def account(self, case: Case) -> bytes:
        """Return the key of the account that *case* is by.

        Of an invitation that a room hands on that is whom it names as the inviter, for its own users at the most: a
        room may name anybody.
        """
        if not case.ordinary and (named := next(filter(None, case.once(invitations).inviters), None)) is not None:
            return self._key(f"{named.bare} in {case.sender.domain}")
        # the mark of an occupant can be forged, and resources are free
        return self._key(case.sender.bare) if case.marked else case.sender_key


@remembered
def _understood(text: str, subject: str) -> Said | None:
    """Return what *text* says; None: nothing."""
    if text.startswith("?OTR"):
        text = _OTR_QUERY.sub("", text, count=1)
    if not text or text.isspace():
        return None
    sketch = sketch_of(text)
    length = len(sketch.letters)
    if sketch.key in STANDARD:
        return Said(sketch, 1.0, 1.0, subject, standard=True)
    links = advertised(text) if may_advertise(text) else ()
    if length < _LONG_LINKS and _LINK.match(text) and all(map(_LINK.match, text.split())):
        return Said(Exact(sketch.key), min(_weight(length), QUARTER), 1.0, subject, links, bare=True)
    weight = _weight(length)
    if links and "://" in text and (words := sketch_of(_URL.sub(" ", text))).letters:
        rest = len(words.letters)
        if length > 2 * rest:
            return Said(words, _weight(rest), 1.0, subject, links)
        if length - rest >= length // _MUCH:
            weight = min(weight, QUARTER)
    return Said(sketch, weight, 1.0, subject, links)


def _weight(length: int) -> float:
    return 1.0 if length >= SHORT else next(weight for below, weight in WEIGHTS if length < below)


def _without_addresses(body: str) -> str:
    return " ".join(word for word in body.split() if "@" not in word)
