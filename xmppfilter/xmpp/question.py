"""Reads what servers ask in the shape in which their modules write it, on the bytes themselves.

A start tag that is followed by another tag ends at the first `>`, for no attribute may have a `<` in it. Where all
attributes have the same quote, splitting at that quote leaves names and values in turn, and a tag that was cut short by
a `>` in an attribute leaves a value last.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from xmppfilter.stanza import CONTENT_NAMESPACES, Kind, kind_of, read_attributes

# The start of a question up to the end of the asked stanza's start tag (deploy/PROTOCOL.md, sections 1 and 2). Groups:
# what stands before the id, the id with its quotes, what stands after it, the inside of meta, the stanza's name, the
# inside of its tag.
_OUTER: Final = rb"(<%(n)b[^>]*?) id=(%(q)b[^%(q)b]*%(q)b)([^>]*)>"
_CHECK: Final = rb"<check xmlns=%(q)burn:xmppfilter:check:0%(q)b>"
_INNER: Final = rb"(?:<meta([^>]*)/>)?<forwarded xmlns=%(q)burn:xmpp:forward:0%(q)b><(message|presence)([^>]+)>"
_NAME: Final = re.compile(rb"\s++[A-Za-z_:][\w:.-]*+=")
_ENDS: Final = frozenset((b"", b" ", b"/", b" /"))
_CONTENT: Final = frozenset(space.encode() for space in CONTENT_NAMESPACES if space)
_SHAPES_AT_MOST: Final = 1024
_NEAR: Final = 2048
"""Bytes that are searched first: in more than that, Python's search begins with laying out tables."""
_SLASH, _BANG, _ASKS = b"/!?"

_KINDS: Final[dict[bytes, tuple[str, str, Kind]]] = {
    f"{name}{type_}".encode(): (name, type_, kind_of(name, type_))
    for name, types in (
        ("message", ("", "chat", "error", "groupchat", "headline", "normal")),
        ("presence", ("", "error", "probe", "subscribe", "subscribed", "unavailable", "unsubscribe", "unsubscribed")),
    )
    for type_ in types
}
"""Name, type and kind by name and type in one word, for all that RFC 6121 knows."""


class Shape(NamedTuple):
    """Where in the split inside of a stanza's start tag the values stand that matter."""

    sender: int
    recipient: int
    type: int
    """0: there is none."""
    space: int
    """The declaration of the content namespace."""
    declared: bytes
    """That namespace."""
    rest: int
    """Where the inside goes on behind that declaration, if it stands first; 0: it does not."""


class Notation:
    """How attributes look with one kind of quote."""

    __slots__ = ("direction_in", "other", "quote", "shapes")

    def __init__(self, quote: bytes, other: bytes) -> None:
        self.quote = quote
        self.other = ord(other)
        self.direction_in = b" direction=%bin%b" % (quote, quote)
        self.shapes: dict[bytes, Shape] = {}
        """Those known, by the names of the attributes between bars."""

    def attributes(self, inside: bytes) -> dict[bytes, bytes] | None:
        """Return the attributes in the *inside* of a tag, still escaped; None if it has other quotes too."""
        parts = inside.split(self.quote)
        names = parts[:-1:2]
        if parts[-1] not in _ENDS or len(parts) % 2 == 0 or not all(map(_NAME.fullmatch, names)):
            return None
        stripped = [name.strip()[:-1] for name in names]
        if len(set(stripped)) < len(stripped):
            return None
        return dict(zip(stripped, parts[1::2], strict=True))

    def find_shape(self, parts: list[bytes]) -> Shape | None:
        """Find, and keep, the shape of the inside of a start tag that is split at this quote; None: it is unusual."""
        attributes = self.attributes(self.quote.join(parts))
        if attributes is None or not attributes.keys() >= {b"from", b"to", b"xmlns"}:
            return None
        if attributes[b"xmlns"] not in _CONTENT:
            return None
        at = {name: 2 * number + 1 for number, name in enumerate(attributes)}
        space, declared = at[b"xmlns"], attributes[b"xmlns"]
        rest = len(parts[0]) + len(declared) + 2 if space == 1 else 0
        shape = Shape(at[b"from"], at[b"to"], at.get(b"type", 0), space, declared, rest)
        if len(self.shapes) >= _SHAPES_AT_MOST:
            self.shapes.clear()
        self.shapes[b"|".join(parts[::2])] = shape
        return shape


class End(NamedTuple):
    """How a stanza ends that is asked about."""

    closing: bytes
    """Its end tag, and all that follows."""
    opening: bytes
    """What must not stand before that."""
    width: int
    """Of the end tag."""


class Way(NamedTuple):
    """One of the ways in which a server may write what it asks."""

    match: Callable[[bytes, int], "re.Match[bytes] | None"]
    asked: bool
    """It wants an answer; otherwise it hands the stanza over."""
    notation: Notation
    behind: bytes
    """What follows the stanza."""
    ends: Mapping[bytes, End]


Question = tuple[bytes, bytes, bytes, int, tuple[str, str, Kind], bytes, bytes, str | None, bytes, int, int]
"""What was read, in the order in which it is used (a tuple is unpacked faster than anything with names):

0. the start tag without the id: who asks
1. the id, in its quotes
2. the stanza
3. where in it its start tag ends; -1: it is all there is
4. its name, type and kind
5. the sender, as in an attribute
6. the recipient
7. what the server says of its direction
8. the inside of the tag of `<meta/>`
9. where in the stanza it goes on behind the declaration of its namespace, if that stands first; 0: it does not
10. where the question ends
"""


class Reader:
    """Reads one server's questions, and stays with the way in which they are written."""

    __slots__ = ("_ways", "way")

    def __init__(self) -> None:
        notations = (Notation(b"'", b'"'), Notation(b'"', b"'"))
        self._ways = tuple(_way(asked, notation) for notation in notations for asked in (True, False))
        self.way = self._ways[0]
        """The one that was read last."""

    def read(self, data: bytes, at: int) -> Question | None:  # noqa: C901, PLR0911, PLR0912 - one pass
        """Return the question that begins in *data* at *at*; None where it is unusual, another thing, or not all there.

        Nothing is said of who asks, nor of the addresses; the XML is taken to be well-formed.
        """
        found = self.way.match(data, at) or self._find_way(data, at)
        if found is None:
            return None
        _, _, notation, behind, ends = self.way
        before, name, after, meta, element, inside = found.groups()

        # Where the stanza ends: at the first end tag of its name, if none of that name begins in it.
        opened = found.end()
        start = found.start(5) - 1
        body_at = opened - start
        if inside[-1] == _SLASH:
            if not data.startswith(behind, opened):
                return None
            stop, body_at = opened, -1
        else:
            closing, opening, width = ends[element]
            stop = data.find(closing, opened, opened + _NEAR)
            if stop < 0:
                stop = data.find(closing, opened)
            if stop < 0 or data.find(opening, opened, stop) >= 0:
                return None
            stop += width
        raw = data[start:stop]
        # comments, CDATA sections and processing instructions could hide a tag
        if (_BANG in raw and raw.find(b"<!") >= 0) or (_ASKS in raw and raw.find(b"<?") >= 0):
            return None

        parts = inside.split(notation.quote)
        shape = notation.shapes.get(b"|".join(parts[::2]))
        if shape is None or parts[shape.space] != shape.declared:
            shape = notation.find_shape(parts)
            if shape is None:
                return None
        kind = _KINDS.get(element + parts[shape.type] if shape.type else element)
        if kind is None:
            return None
        direction: str | None = None
        if meta is None:
            meta = b""
        elif meta.find(notation.direction_in) >= 0 and notation.other not in meta:
            direction = "in"
        else:
            direction = read_attributes(meta).get("direction")
        sender, recipient, rest = parts[shape.sender], parts[shape.recipient], shape.rest
        if rest:
            rest += len(element) + 1
        return before + after, name, raw, body_at, kind, sender, recipient, direction, meta, rest, stop + len(behind)

    def _find_way(self, data: bytes, at: int) -> "re.Match[bytes] | None":
        """Try the other ways in which servers may write, and stay with the one that is found."""
        for way in self._ways:
            if way is not self.way and (found := way.match(data, at)) is not None:
                self.way = way
                return found
        return None


def _way(asked: bool, notation: Notation) -> Way:
    name, start = (b"iq", _OUTER + _CHECK) if asked else (b"message", _OUTER)
    behind = b"</forwarded></check></iq>" if asked else b"</forwarded></message>"
    ends = {
        name: End(b"</%b>%b" % (name, behind), b"<%b" % name, len(name) + len(b"</>"))
        for name in (b"message", b"presence")
    }
    return Way(re.compile((start + _INNER) % {b"q": notation.quote, b"n": name}).match, asked, notation, behind, ends)
