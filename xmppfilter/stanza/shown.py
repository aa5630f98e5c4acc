"""What a client may show of a stanza beside its bodies: the one place that all filters of content ask.

Everything counts that is not known to be invisible (`text.invisible`): the text of all elements, and the attributes in
which clients find something to show. Most stanzas are proven on their bytes to have nothing of the kind. What is shown,
and what of it are somebody's words, are two questions: an id or a JID is looked for by who looks for strings, but that
many stanzas have the same says nothing; nor does what services hand on to many (pubsub events, archives). Of what is
not well-formed nothing is read here: that itself is a finding.
"""

import re
from collections.abc import Iterable, Iterator
from enum import Enum, auto
from typing import Final, NamedTuple
from xml.etree.ElementTree import Element

from xmppfilter.stanza import fields
from xmppfilter.stanza.invisible import SPACES, is_thread_id, shows_bodies_only
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
from xmppfilter.stanza.view import Stanza
from xmppfilter.stanza.xml import all_text, namespace


class Shown(NamedTuple):
    """A text that a client may show beside the bodies."""

    field: str
    """Where it stands, by the names that `scan:` uses."""
    text: str
    """All that may be shown."""
    words: str
    """What of it is somebody's words: what may count as a copy. Ids, JIDs and what servers hand on are not."""


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


class _Role(Enum):
    """What a child of the stanza is to us, by its tag."""

    SILENT = auto()
    """Nothing of it is shown, or it has a field of its own."""
    THREAD = auto()
    """Shown where it is no id."""
    HANDED_ON = auto()
    """Shown, but the words are somebody else's."""
    SHOWN = auto()


class _Roles(dict[str, _Role]):
    """The roles of a stanza's children by their tags, each worked out once: there may be thousands of children."""

    def __init__(self, tree: Element) -> None:
        space = namespace(tree)
        silent = {*_ELSEWHERE, *(f"{{{space or CLIENT}}}{name}" for name in _OWN), *(() if space else _OWN)}
        super().__init__(dict.fromkeys(silent, _Role.SILENT))

    def __missing__(self, tag: str) -> _Role:
        space, name = _split(tag)
        if space in SPACES:
            role = _Role.SILENT
        elif space in _FORWARDS_ALL:
            role = _Role.HANDED_ON
        else:
            role = _Role.THREAD if name == "thread" else _Role.SHOWN
        self[tag] = role
        return role


class _Tags(dict[str, bool]):
    """Whether what is in an element of that tag is shown, each worked out once a stanza."""

    def __missing__(self, tag: str) -> bool:
        self[tag] = is_shown = _split(tag)[0] not in SPACES
        return is_shown


class _Names(dict[str, bool]):
    """Whether the value of an attribute of that name is shown, each worked out once a stanza."""

    def __init__(self, shown: frozenset[str] = _ATTRIBUTES) -> None:
        super().__init__()
        self._shown = shown

    def __missing__(self, name: str) -> bool:
        self[name] = is_shown = _split(name)[1].lower() in self._shown
        return is_shown


def _split(name: str) -> tuple[str, str]:
    """Return the namespace and the local part of *name*, as ElementTree has it."""
    space, brace, local = name.rpartition("}")
    return (space[1:], local) if brace else ("", name)


def _read(stanza: Stanza) -> Iterator[Shown]:
    for field in _NAMED:
        for text in fields.texts(stanza, field):
            if text:
                yield Shown(field, text, text)
    roles = _Roles(stanza.tree)
    if not stanza.lacks(_FORWARD):
        yield from _forwarded(stanza.tree, roles)
    yield from _others(stanza.tree, roles)


def _forwarded(tree: Element, roles: _Roles) -> Iterator[Shown]:
    own: list[Element] = []
    services: list[Element] = []
    for child in reversed(tree):
        (services if roles[child.tag] is _Role.HANDED_ON else own).append(child)
    for text in fields.forwarded_in(own):
        yield Shown("forwarded", text, text)
    for text in fields.forwarded_in(services):
        yield Shown("forwarded", text, "")


def _others(tree: Element, roles: _Roles) -> Iterator[Shown]:
    """Yield what stands in no other field, of each child together."""
    reader = _Reader()
    for child in tree:
        role = roles[child.tag]
        if role is _Role.SILENT or (role is _Role.THREAD and is_thread_id(all_text(child))):
            continue
        if parts := reader.parts(child):
            words = () if role is _Role.HANDED_ON else filter(says_something, parts)
            yield Shown("other", "\n".join(parts), "\n".join(words))


def says_something(text: str) -> bool:
    """Whether *text* may be somebody's words, and not an id, a URI, a JID, a hash or a key."""
    return not text.isascii() or _SEVERAL_WORDS.search(text) is not None


class _Reader:
    """Reads all that is shown of elements of one stanza."""

    def __init__(self) -> None:
        self._tags = _Tags()
        self._names = _Names()
        self._names_of_invitation = _Names(_ATTRIBUTES - {"reason"})

    def parts(self, child: Element) -> list[str]:
        """Return attributes and texts of *child* and of what is in it, in order, without what another field has."""
        found: list[str] = []
        if attributes := child.items():
            self._attributes(child.tag, attributes, found)
        is_html = child.tag == _HTML
        if child.text and not is_html:
            found.append(child.text)
        if len(child):
            self._inside(child, found, is_html=is_html)
        return [text for part in found if (text := part.strip())] if found else found

    def _inside(self, child: Element, found: list[str], *, is_html: bool) -> None:
        """Add to *found* what the elements within *child* show, at any depth, without recursion; of HTML no text."""
        tags = self._tags
        # the elements that are being read, with what is left in each and which children of it another field has
        outer = [(child, iter(child), "")]
        while outer:
            element, rest, elsewhere = outer[-1]
            for inner in rest:
                if (tag := inner.tag) != elsewhere and tags[tag]:
                    if attributes := inner.items():
                        self._attributes(tag, attributes, found)
                    if not is_html and (text := inner.text):
                        found.append(text)
                    if len(inner):
                        within = element.tag
                        has_others = within in (fields.FORWARDED, _MUC_X)
                        outer.append((inner, iter(inner), _elsewhere_in(within, inner) if has_others else ""))
                        break
                if inner.tail and not is_html:
                    found.append(inner.tail)
            else:
                outer.pop()
                if outer and element.tail and not is_html:
                    found.append(element.tail)

    def _attributes(self, tag: str, attributes: Iterable[tuple[str, str]], found: list[str]) -> None:
        names = self._names if tag != _DIRECT_INVITATION else self._names_of_invitation
        for name, value in attributes:
            if names[name]:
                found.append(value)


def _elsewhere_in(outer: str, inner: Element) -> str:
    """Return the tag of those children of *inner*, in an element of the tag *outer*, that another field has."""
    if outer == fields.FORWARDED:
        space = namespace(inner)
        return f"{{{space}}}body" if space else "body"
    return fields.REASON if outer == _MUC_X else ""
