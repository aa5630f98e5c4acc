"""The places in a stanza where a person may find words, by the names that `scan:` uses."""

from collections.abc import Callable, Iterator
from typing import Final, Literal, get_args
from xml.etree.ElementTree import Element

from xmppfilter.stanza import MUC_USER, Stanza
from xmppfilter.text.readable import readable_bodies
from xmppfilter.xmltree import all_text, namespace

Field = Literal["body", "subject", "status", "nick", "xhtml", "reason", "oob", "forwarded"]
FIELDS: Final[tuple[Field, ...]] = get_args(Field)
_BODY: Final[tuple[Field, ...]] = ("body",)

_NICK: Final = "http://jabber.org/protocol/nick"
_XHTML: Final = "http://jabber.org/protocol/xhtml-im"
_REASON: Final = f"{{{MUC_USER}}}reason"
_CONFERENCE: Final = "jabber:x:conference"
_OOB: Final = "jabber:x:oob"
_BLOCKS: Final = frozenset(
    f"{{http://www.w3.org/1999/xhtml}}{name}"
    for name in (
        "blockquote", "body", "br", "dd", "div", "dl", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "li", "ol", "p", "pre",
        "ul",
    )
)  # fmt: skip
"""Where words end though no space stands there: a link before a `<br/>` is none of the text behind it."""
_FORWARD: Final = "urn:xmpp:forward:0"
_FORWARDED: Final = f"{{{_FORWARD}}}forwarded"


def texts(stanza: Stanza, field: Field) -> Iterator[str]:
    """Yield every text that *stanza* has in *field*, entities and CDATA decoded."""
    return _READERS[field](stanza)


def fields_of(stanza: Stanza) -> tuple[Field, ...]:
    """Return the fields that *stanza* may have: of an ordinary message that is its body and nothing else."""
    if stanza.ordinary:
        return _BODY
    lacks = stanza.lacks
    if (
        lacks(b"subject") and lacks(b"status") and lacks(b"protocol/nick") and lacks(b"xhtml-im")
        and lacks(b"muc#user") and lacks(b"x:conference") and lacks(b"x:oob") and lacks(b"xmpp:forward")
    ):  # fmt: skip
        return _BODY
    return FIELDS


def _bodies(stanza: Stanza) -> Iterator[str]:
    return iter(readable_bodies(stanza))


def _own(name: str) -> Callable[[Stanza], Iterator[str]]:
    """Return a reader of the direct children of that name in the stanza's own namespace."""
    needle = f"<{name}".encode()

    def read(stanza: Stanza) -> Iterator[str]:
        if not stanza.lacks(needle):
            yield from map(all_text, stanza.children(name))

    return read


def _foreign(space: str, read: Callable[[Stanza], Iterator[str]]) -> Callable[[Stanza], Iterator[str]]:
    """Spare *read* the stanzas in which *space* does not occur."""
    needle = space.encode()

    def guarded(stanza: Stanza) -> Iterator[str]:
        if not stanza.lacks(needle):
            yield from read(stanza)

    return guarded


def _nicks(stanza: Stanza) -> Iterator[str]:
    yield from map(all_text, stanza.children("nick", _NICK))


def _xhtml(stanza: Stanza) -> Iterator[str]:
    yield from map(_shown_text, stanza.children("html", _XHTML))


def _shown_text(html: Element) -> str:
    shown: list[str] = []
    rest: list[Element | str] = [html]
    while rest:
        part = rest.pop()
        if isinstance(part, str):
            shown.append(part)
            continue
        edge = "\n" if part.tag in _BLOCKS else ""
        shown.append(f"{edge}{part.text or ''}")
        rest.append(edge)
        for child in reversed(part):
            rest += (child.tail or "", child)
    return "".join(shown).strip("\n")


def _mediated_reasons(stanza: Stanza) -> Iterator[str]:
    for x in stanza.children("x", MUC_USER):
        # of an invitation, a refusal, an item; not at any depth, or reasons within reasons would be read over and over
        for said in x:
            yield from (all_text(child) for child in said if child.tag == _REASON)


def _direct_reasons(stanza: Stanza) -> Iterator[str]:
    for x in stanza.children("x", _CONFERENCE):
        if reason := x.get("reason"):
            yield reason


_READ_MEDIATED: Final = _foreign(MUC_USER, _mediated_reasons)
_READ_DIRECT: Final = _foreign(_CONFERENCE, _direct_reasons)


def _reasons(stanza: Stanza) -> Iterator[str]:
    yield from _READ_MEDIATED(stanza)
    yield from _READ_DIRECT(stanza)


def _oob(stanza: Stanza) -> Iterator[str]:
    for x in stanza.children("x", _OOB):
        for part in x:
            yield all_text(part)


def _forwarded(stanza: Stanza) -> Iterator[str]:
    rest = [stanza.tree]
    while rest:
        part = rest.pop()
        if part.tag != _FORWARDED:
            rest.extend(reversed(part))
            continue
        for message in part:
            space = namespace(message)
            body = f"{{{space}}}body" if space else "body"
            yield from map(all_text, message.iterfind(body))
            # what is forwarded within a body has been read with it: nobody's text is read over and over
            rest.extend(child for child in reversed(message) if child.tag != body)


_READERS: Final[dict[Field, Callable[[Stanza], Iterator[str]]]] = {
    "body": _bodies,
    "subject": _own("subject"),
    "status": _own("status"),
    "nick": _foreign(_NICK, _nicks),
    "xhtml": _foreign(_XHTML, _xhtml),
    "reason": _reasons,
    "oob": _foreign(_OOB, _oob),
    "forwarded": _foreign(_FORWARD, _forwarded),
}
