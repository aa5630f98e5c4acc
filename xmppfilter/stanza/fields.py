"""The places in a stanza where a person may find words, by the names that `scan:` uses.

`text.shown` has all of them together, for whoever wants what a client may show, wherever it stands.
"""

from collections.abc import Callable, Iterator
from typing import Final, Literal, get_args
from xml.etree.ElementTree import Element

from xmppfilter.stanza.bodies import readable_bodies
from xmppfilter.stanza.namespaces import CONFERENCE, FORWARD, HTML, MUC_USER, NICK, OOB, XHTML_IM
from xmppfilter.stanza.view import Stanza
from xmppfilter.stanza.xml import all_text, namespace

Field = Literal["body", "subject", "status", "nick", "xhtml", "reason", "oob", "forwarded", "other"]
FIELDS: Final[tuple[Field, ...]] = get_args(Field)

REASON: Final = f"{{{MUC_USER}}}reason"
_BLOCKS: Final = frozenset(
    f"{{{HTML}}}{name}"
    for name in (
        "blockquote", "body", "br", "dd", "div", "dl", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "li", "ol", "p", "pre",
        "ul",
    )
)  # fmt: skip
"""Where words end though no space stands there: a link before a `<br/>` is none of the text behind it."""
FORWARDED: Final = f"{{{FORWARD}}}forwarded"


def texts(stanza: Stanza, field: Field) -> Iterator[str]:
    """Yield every text that *stanza* has in *field*, entities and CDATA decoded.

    `other` is none of those: whatever a client may show that stands in no other field is for `text.shown` to find.
    """
    return _READERS[field](stanza) if field in _READERS else iter(())


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
    yield from map(all_text, stanza.children("nick", NICK))


def _xhtml(stanza: Stanza) -> Iterator[str]:
    yield from map(_shown_text, stanza.children("html", XHTML_IM))


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


def xhtml_links(stanza: Stanza) -> Iterator[str]:
    """Yield where the links and images of XHTML-IM (XEP-0071) in *stanza* lead."""
    if stanza.lacks(XHTML_IM.encode()):
        return
    for html in stanza.children("html", XHTML_IM):
        for element in html.iter():
            for name in ("href", "src"):
                if target := element.get(name):
                    yield target


def _mediated_reasons(stanza: Stanza) -> Iterator[str]:
    for x in stanza.children("x", MUC_USER):
        # of an invitation, a refusal, an item; not at any depth, or reasons within reasons would be read over and over
        for said in x:
            for child in said:
                if child.tag == REASON:
                    yield all_text(child)


def _direct_reasons(stanza: Stanza) -> Iterator[str]:
    for x in stanza.children("x", CONFERENCE):
        if reason := x.get("reason"):
            yield reason


_READ_MEDIATED: Final = _foreign(MUC_USER, _mediated_reasons)
_READ_DIRECT: Final = _foreign(CONFERENCE, _direct_reasons)


def _reasons(stanza: Stanza) -> Iterator[str]:
    yield from _READ_MEDIATED(stanza)
    yield from _READ_DIRECT(stanza)


def _oob(stanza: Stanza) -> Iterator[str]:
    for x in stanza.children("x", OOB):
        for part in x:
            yield all_text(part)


def _forwarded(stanza: Stanza) -> Iterator[str]:
    return forwarded_in([stanza.tree])


def forwarded_in(rest: list[Element]) -> Iterator[str]:
    """Yield the bodies of what is forwarded within the elements of *rest*, which is used up; the last one first."""
    while rest:
        part = rest.pop()
        if part.tag != FORWARDED:
            rest.extend(reversed(part))
            continue
        for message in part:
            space = namespace(message)
            body = f"{{{space}}}body" if space else "body"
            # compared, not sought by a path: anybody may choose that namespace
            yield from (all_text(child) for child in message if child.tag == body)
            # what is forwarded within a body has been read with it: nobody's text is read over and over
            rest.extend(child for child in reversed(message) if child.tag != body)


_READERS: Final[dict[Field, Callable[[Stanza], Iterator[str]]]] = {
    "body": _bodies,
    "subject": _own("subject"),
    "status": _own("status"),
    "nick": _foreign(NICK, _nicks),
    "xhtml": _foreign(XHTML_IM, _xhtml),
    "reason": _reasons,
    "oob": _foreign(OOB, _oob),
    "forwarded": _foreign(FORWARD, _forwarded),
}
