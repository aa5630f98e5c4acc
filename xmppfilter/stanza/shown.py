"""What a client may show of a stanza beside its bodies: the one place that all filters of content ask.

Everything counts that is not known to be invisible (`text.invisible`): the text of all elements, and the attributes in
which clients find something to show. Most stanzas are proven on their bytes to have nothing of the kind. What is shown,
and what of it are somebody's words, are two questions: an id or a JID is looked for by who looks for strings, but that
many stanzas have the same says nothing; nor does what services hand on to many (pubsub events, archives). Of what is
not well-formed nothing is read here: that itself is a finding.
"""

import re
from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element

from xmppfilter.stanza import fields
from xmppfilter.stanza.invisible import is_invisible, is_thread_id, shows_bodies_only
from xmppfilter.stanza.namespaces import (
    CARBONS,
    CLIENT,
    CONFERENCE,
    FORWARD,
    MAM,
    MUC_USER,
    NICK,
    OOB,
    PUBSUB_EVENT,
    XHTML_IM,
)
from xmppfilter.stanza.view import Shown, Stanza
from xmppfilter.stanza.xml import all_text, namespace

_NAMED: Final[tuple[fields.Field, ...]] = ("subject", "status", "nick", "xhtml", "reason", "oob")
_OWN: Final = ("body", "subject", "status")
_FORWARDS_ALL: Final = frozenset(
    {
        PUBSUB_EVENT,  # what the user has subscribed to; MUC/Sub too
        *MAM,  # what the user has asked for
        CARBONS,  # what the user has sent or got
    }
)
"""What carries other people's words to many: no client takes it from whoever was not asked for it."""
_ATTRIBUTES: Final = frozenset(
    {
        "about", "alt", "anchor", "caption", "content", "desc", "description", "display", "displayname", "href", "jid",
        "label", "link", "message", "name", "nick", "nickname", "reason", "src", "subject", "subtitle", "summary",
        "target", "text", "title", "topic", "uri", "url", "value",
    }
)  # fmt: skip
"""Those that clients show, in whatever namespace: XEP-0004, 0066, 0070, 0071, 0144, 0249, 0372, 0385, 0447, 0511."""
_MUC_X: Final = f"{{{MUC_USER}}}x"
_DIRECT_INVITATION: Final = f"{{{CONFERENCE}}}x"
_ELSEWHERE: Final = frozenset({f"{{{NICK}}}nick", f"{{{OOB}}}x"})
"""Children that have a field of their own, and all that is in them."""
_FORWARD: Final = FORWARD.encode()
_HTML: Final = f"{{{XHTML_IM}}}html"
_SEVERAL_WORDS: Final = re.compile(r"\S\s+\S")


def shown(stanza: Stanza) -> tuple[Shown, ...]:
    """Return what a client may show beside the bodies, in the order of the fields."""
    return () if shows_bodies_only(stanza) or not stanza.well_formed else tuple(_read(stanza))


def _read(stanza: Stanza) -> Iterator[Shown]:
    for field in _NAMED:
        for text in fields.texts(stanza, field):
            if text:
                yield Shown(field, text, text)
    children = list(stanza.tree)
    own = _tags_of(stanza.tree)
    handed_on = {child for child in children if namespace(child) in _FORWARDS_ALL}
    if not stanza.lacks(_FORWARD):
        for text in fields.forwarded_in([child for child in reversed(children) if child not in handed_on]):
            yield Shown("forwarded", text, text)
        for text in fields.forwarded_in([child for child in reversed(children) if child in handed_on]):
            yield Shown("forwarded", text, "")
    for child in children:
        if child.tag in own or is_invisible(child):
            continue
        if (other := _other(child, handed_on=child in handed_on)) is not None:
            yield other


def _tags_of(tree: Element) -> frozenset[str]:
    """Return the tags of the children that have a field of their own."""
    space = namespace(tree)
    return frozenset(f"{{{space or CLIENT}}}{name}" for name in _OWN) | (frozenset() if space else frozenset(_OWN))


def says_something(text: str) -> bool:
    """Whether *text* may be somebody's words, and not an id, a URI, a JID, a hash or a key."""
    return not text.isascii() or _SEVERAL_WORDS.search(text) is not None


def _other(child: Element, *, handed_on: bool) -> Shown | None:
    """Return what is shown of *child*, a child of the stanza, and stands in no other field."""
    tag = child.tag
    if tag in _ELSEWHERE or (tag.rpartition("}")[2] == "thread" and is_thread_id(all_text(child))):
        return None
    if not (len(child) or child.attrib or child.text):
        return None
    parts = [text for part in _parts(child) if (text := part.strip())]
    words = () if handed_on else filter(says_something, parts)
    return Shown("other", "\n".join(parts), "\n".join(words)) if parts else None


def _parts(child: Element) -> Iterator[str]:
    """Yield attributes and texts of *child* and of what is in it, in order, but for what another field has."""
    if not len(child) and child.tag != _HTML:  # as nearly all of very many
        yield from _attributes(child)
        if child.text:
            yield child.text
        return
    only_attributes = child.tag == _HTML
    # what is still to be read: elements, each with the tag of the children that another field has, and texts
    rest: list[tuple[Element, str] | str] = [(child, "")]
    while rest:
        part = rest.pop()
        if isinstance(part, str):
            yield part
            continue
        element, elsewhere = part
        yield from _attributes(element)
        for inner in reversed(element):
            if inner.tail and not only_attributes:
                rest.append(inner.tail)
            if inner.tag != elsewhere and not is_invisible(inner):
                rest.append((inner, _elsewhere_in(element, inner)))
        if element.text and not only_attributes:
            yield element.text


def _elsewhere_in(outer: Element, inner: Element) -> str:
    """Return the tag of those children of *inner* that another field has."""
    if outer.tag == fields.FORWARDED:
        space = namespace(inner)
        return f"{{{space}}}body" if space else "body"
    return fields.REASON if outer.tag == _MUC_X else ""


def _attributes(element: Element) -> Iterator[str]:
    for name, value in element.items():
        local = name.rpartition("}")[2].lower()
        if local in _ATTRIBUTES and not (local == "reason" and element.tag == _DIRECT_INVITATION):
            yield value
