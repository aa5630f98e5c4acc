"""What a filter sees: an immutable view of one stanza on its sender's bytes, that looks no further than it must."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import Element

from xmppfilter import kernels
from xmppfilter.kernels import is_plain
from xmppfilter.stanza.jid import Jid
from xmppfilter.stanza.kind import Kind, kind_of
from xmppfilter.stanza.namespaces import CLIENT, COMPONENT, SERVER, SPAM_TAG
from xmppfilter.stanza.positions import child_spans
from xmppfilter.stanza.proofs import ORDINARY, child_pattern
from xmppfilter.stanza.start import EACH, START, read_attributes
from xmppfilter.stanza.xml import (
    XmlError,
    all_text,
    namespace,
    parse,
    self_contained,
    serialise,
    unescape,
)

CONTENT_NAMESPACES: Final = frozenset({"", CLIENT, SERVER, COMPONENT})
"""What a stanza's own namespace may be; none at all means that of the stream (RFC 6120 4.8.2)."""

_ANY_BODY = re.compile(rb"<body(?:\s[^<>]*+)?>([^<]*+)</body")

LoneBody = Callable[[bytes, int], str | None]
"""Finds the text of a body at some place, still escaped; see `xmppfilter.kernels.markup`."""
_BODY: Final = kernels.body_finding((b"body",))
# without a namespace of its own it is in the stanza's
_PLAIN_ERROR = child_pattern("error", r"<error(?:\s(?![^>]*xmlns)[^>]*)?>")
_DECLARED = re.compile(rb"<[a-z]+( xmlns=(?:'[^'<]*'|\"[^\"<]*\"))[ />]")
_LEADING = re.compile(rb"\A\s*(?:<\?xml[^<>]*\?>\s*)?")


class StanzaError(ValueError):
    """XML that is no stanza."""


_AMPERSAND, _RETURN = b"&\r"
_ADDRESSES: Final = {"sender": "from", "recipient": "to"}


class Stanza:
    """One stanza. Attributes and properties never change; what is expensive is computed on first use and kept.

    Built by `parse` or `read`. The addresses are parsed on first use: reading `sender` or `recipient` raises JidError
    where they are missing or invalid, which the gateway finds out before any filter sees the stanza.
    """

    __slots__ = (
        "_attributes", "_bodies", "_body_at", "_broken", "_ip", "_meta", "_ordinary", "_plain", "_tree",
        "direction", "kind", "name", "raw", "recipient", "sender", "type",
    )  # fmt: skip

    name: str
    """`message`, `presence` or `iq`."""
    raw: bytes
    """The stanza as it came, in UTF-8."""
    sender: Jid
    """Who sent it. Reading it raises JidError where that is no JID."""
    recipient: Jid
    """Whom it is for. Reading it raises JidError where that is no JID."""
    direction: str | None
    """What the server says of its direction (`in` or `out`; deploy/PROTOCOL.md)."""

    def __init__(
        self,
        raw: bytes,
        name: str,
        type_: str,
        kind: Kind,
        body_at: int,
        direction: str | None,
        attributes: Mapping[str, str] | None = None,
        meta: Mapping[str, str] | str = "",
        sender: Jid | None = None,
        recipient: Jid | None = None,
    ) -> None:
        """Put together what was read already, and consistently; `parse` and `read` are for everybody else.

        *body_at* is where the start tag ends, -1 if it is all there is; *meta* may be the inside of its tag, the bytes
        as Latin-1.
        """
        self.raw = raw
        self.name = name
        self.type = type_
        self.kind = kind
        self.direction = direction
        self._attributes = attributes
        self._meta = meta
        self._body_at = body_at
        self._ip: str | None = None
        self._bodies: tuple[str, ...] | None = None
        self._ordinary: bool | None = None
        self._plain: bool | None = None
        self._tree: Element | None = None
        self._broken: str | None = None
        if sender is not None:
            self.sender = sender
        if recipient is not None:
            self.recipient = recipient

    @classmethod
    def parse(cls, raw: bytes, meta: Mapping[str, str] | None = None) -> "Stanza":
        """View *raw*, well-formed XML in the ordinary shape: an unprefixed stanza in a content namespace.

        Only the start tag is read. Raises StanzaError where it is anything else.
        """
        start = START.match(raw)
        if start is None:
            raise StanzaError(f"no message, presence or iq: {raw[:60]!r}")
        attributes = read_attributes(start[2])
        if (space := attributes.get("xmlns")) is not None and space not in CONTENT_NAMESPACES:
            raise StanzaError(f"a {start[1].decode()} in the namespace {space!r} is no stanza")
        name, type_, meta = start[1].decode(), attributes.get("type", ""), meta or {}
        body_at = -1 if start[3] else start.end()
        return _Unread(raw, name, type_, kind_of(name, type_), body_at, meta.get("direction"), attributes, meta)

    @classmethod
    def read(cls, text: str | bytes, meta: Mapping[str, str] | None = None) -> "Stanza":
        """View *text*, checked to be one well-formed stanza of whatever shape.

        Raises StanzaError, saying what is wrong with it.
        """
        raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
        raw = raw[_LEADING.match(raw).end() :].rstrip()  # type: ignore[union-attr]  # the pattern matches emptiness too
        try:
            tree = parse(raw)
        except XmlError as wrong:
            raise StanzaError(str(wrong)) from wrong
        # a comment or processing instruction behind the element is no part of the stanza
        return cls.of_element(tree, None if raw.endswith((b"-->", b"?>")) else raw, meta)

    @classmethod
    def of_element(cls, tree: Element, raw: bytes | None = None, meta: Mapping[str, str] | None = None) -> "Stanza":
        """View a parsed element; *raw* is its text where that is at hand. Raises StanzaError."""
        if raw is None or not START.match(raw):
            if (space := namespace(tree)) not in CONTENT_NAMESPACES:
                raise StanzaError(f"{tree.tag!r} is no stanza: its namespace is {space!r}")
            raw = serialise(tree).encode()
        return cls.parse(raw, meta)

    @property
    def attributes(self) -> Mapping[str, str]:
        """The start tag's attributes, unescaped."""
        if self._attributes is None:
            start = START.match(self.raw)
            self._attributes = read_attributes(start[2]) if start is not None else {}
        return self._attributes

    @property
    def meta(self) -> Mapping[str, str]:
        """What the server knows of it (the attributes of `<meta/>` in deploy/PROTOCOL.md); empty: nothing is known."""
        if isinstance(self._meta, str):
            self._meta = read_attributes(self._meta.encode("latin-1"))
            self._meta.pop("xmlns", None)
        return self._meta

    def told(self, name: str) -> str:
        """Return what `meta` has under *name*, or an empty string; without reading all of it where it can."""
        meta = self._meta
        if isinstance(meta, str):
            if name not in meta:
                return ""
            _, found, rest = meta.partition(f" {name}='")
            # where no value stands in double quotes, none can have a name and a single quote in it
            if found and '"' not in meta and "&" not in meta:
                value = rest[: rest.index("'")]
                return value if value.isascii() else value.encode("latin-1").decode("utf-8", "replace")
        return self.meta.get(name, "")

    @property
    def ip(self) -> str:
        """The network address that it came from, as the server says; an empty string where it does not say."""
        if self._ip is None:
            self._ip = self.told("ip")
        return self._ip

    @property
    def id(self) -> str | None:
        """The stanza's id, as its sender chose it."""
        return self.attributes.get("id")

    @property
    def is_plain(self) -> bool:
        """Whether each name in it stands there in full and in clear (see `xmppfilter.stanza.xml.is_plain`)."""
        if self._plain is None:
            self._plain = is_plain(self.raw)
        return self._plain

    def lacks(self, needle: bytes) -> bool:
        """Prove that *needle* (a namespace, or `<` and a name) stands nowhere in the stanza.

        False means only that a look at the tree is needed: a byte search can prove absence and nothing else, and not
        even that where the stanza is not plain.
        """
        plain = self._plain
        if plain is None:
            plain = self._plain = is_plain(self.raw)
        return plain and self.raw.find(needle) < 0

    @property
    def ordinary(self) -> bool:
        """Whether this is proven to be all that a reader is told: one body at most, and nothing else of any meaning.

        False proves nothing. It spares what looks for payloads most of its looks.
        """
        ordinary = self._ordinary
        if ordinary is None:
            ordinary = self._ordinary = self.name != "iq" and (self._body_at < 0 or self._is_ordinary())
        return ordinary

    def _is_ordinary(self) -> bool:
        found = ORDINARY.fullmatch(self.raw, self._body_at)
        if found is None:
            return False
        text = found[1]
        if text is None:
            self._bodies = ()
        elif _RETURN not in text and _AMPERSAND not in text:
            self._bodies = (text.decode("utf-8", "replace"),)
        return True

    def shows(self, child: re.Pattern[bytes]) -> bool:
        """Prove that *child*, made by `child_pattern`, is there, without parsing; False proves nothing."""
        return self._body_at >= 0 and child.match(self.raw, self._body_at) is not None

    @property
    def tree(self) -> Element:
        """The stanza as an element. Raises XmlError where the bytes are not well-formed."""
        if self._tree is None:
            if self._broken is not None:
                raise XmlError(self._broken)
            try:
                self._tree = parse(self.raw)
            except XmlError as wrong:
                self._broken = str(wrong)
                raise
        return self._tree

    @property
    def well_formed(self) -> bool:
        """Whether the bytes make one element, which is found out by parsing them."""
        try:
            return self.tree is not None
        except XmlError:
            return False

    @property
    def broken(self) -> bool:
        """Whether somebody has tried to parse it in vain; False proves nothing."""
        return self._broken is not None

    def children(self, name: str, space: str | None = None) -> Iterator[Element]:
        """Yield the direct children of that name in *space* (in the stanza's own namespace if that is None)."""
        tree = self.tree
        if space is None and not (space := namespace(tree)):
            # a stanza that names no namespace is in the stream's, which a child may name
            bare, named = tree.findall(name), tree.findall(f"{{{CLIENT}}}{name}")
            if not bare or not named:
                return iter(bare or named)
            return (child for child in tree if child.tag in (name, f"{{{CLIENT}}}{name}"))
        return iter(tree.findall(f"{{{space}}}{name}"))  # in C, unlike iterfind

    @property
    def bodies(self) -> tuple[str, ...]:
        """The text of every direct `<body/>` (one for each language, RFC 6121 5.2.3), entities and CDATA decoded.

        Where the stanza is not well-formed, what stands between tags of that name counts as its bodies.
        """
        bodies = self._bodies
        if bodies is None:
            bodies = self._bodies = self.lone_body(_BODY) or self._find_bodies()
        return bodies

    def lone_body(self, find: LoneBody) -> tuple[str, ...]:
        """Return `bodies` if that is one, the first child, and *find* finds it, which proves that it is the only one.

        An empty tuple proves nothing: it may be any other shape.
        """
        if self._ordinary and self._bodies is not None:
            return self._bodies
        alone = find(self.raw, self._body_at) if self._body_at >= 0 and self.is_plain else None
        if alone is None:
            return ()
        self._bodies = (unescape(alone) if "&" in alone else alone,)
        return self._bodies

    def _find_bodies(self) -> tuple[str, ...]:
        if self._body_at < 0 or self.lacks(b"<body"):
            return ()
        if not self.well_formed:
            texts = _ANY_BODY.findall(self.raw, self._body_at)
            return tuple(unescape(text.decode("utf-8", "replace")) for text in texts)
        return tuple(all_text(body) for body in self.children("body"))

    @property
    def has_error_child(self) -> bool:
        """Whether a direct `<error/>` child in the stanza's own namespace is there (RFC 6120 8.3)."""
        if self.lacks(b"<error"):
            return False
        if self.shows(_PLAIN_ERROR):
            return True
        return next(self.children("error"), None) is not None

    def passed_on(self, tag: bytes = b"") -> bytes:
        """Return the sender's own XML with *tag*, XML of ours, as its last child.

        Children in our tag namespace are cut out first, so that nobody but us can tag a stanza.
        """
        raw = self.raw if self.lacks(SPAM_TAG.encode()) else self._untagged()
        if not tag:
            return raw
        if self._body_at < 0:
            return raw[: raw.rindex(b"/")] + b">" + tag + b"</" + self.name.encode() + b">"
        at = raw.rindex(b"</")
        return raw[:at] + tag + raw[at:]

    def _untagged(self) -> bytes:
        kept: list[bytes] = []
        at = 0
        for space, _, start, end in child_spans(self.raw):
            if space == SPAM_TAG:
                kept.append(self.raw[at:start])
                at = end
        return b"".join((*kept, self.raw[at:]))

    def for_stream(self, tag: bytes = b"") -> bytes:
        """Return `passed_on` as it stands on a stream of any content namespace: without a declaration of its own.

        Raises XmlError where that would break the stream.
        """
        raw = self_contained(self.passed_on(tag))
        if (declared := _DECLARED.match(raw)) is not None:
            return raw[: declared.start(1)] + raw[declared.end(1) :]
        if "xmlns" not in self.attributes:
            return raw
        start = START.match(raw)
        assert start is not None  # noqa: S101 - it is the start tag that parse read
        declared = next(found for found in EACH.finditer(raw, start.start(2), start.end(2)) if found[1] == b"xmlns")
        return raw[: declared.start()] + raw[declared.end() :]


class _Unread(Stanza):
    """A stanza whose addresses are parsed on first use.

    That is the class of those alone that nobody has read the addresses of yet: with a `__getattr__` every attribute is
    slow (up to Python 3.11), and a property costs a call every time.
    """

    __slots__ = ()

    if not TYPE_CHECKING:  # or every attribute would seem to exist

        def __getattr__(self, name: str) -> Jid:
            if name not in _ADDRESSES:
                raise AttributeError(name, name=name, obj=self)
            jid = Jid.parse(self.attributes.get(_ADDRESSES[name], ""))
            setattr(self, name, jid)
            return jid
