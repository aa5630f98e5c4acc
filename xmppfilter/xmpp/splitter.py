"""Finds where each element of a stream ends, on bytes, however they are cut into segments.

Most elements are found by two searches; whatever those cannot prove is walked tag by tag. The walk keeps its place, so
that what comes in small segments is looked at once. An element larger than may be held is walked too, and let go of
while it comes: it costs itself, and nothing that follows.
"""

import re
from enum import IntEnum
from typing import Final, NamedTuple

_SPACE: Final = re.compile(rb"[ \t\r\n]*+")
_INSIDE_TAG: Final = rb"""[^>'"]*+(?:(?:'[^']*+'|"[^"]*+")[^>'"]*+)*>"""
_START: Final = re.compile(rb"""<([^\s/>!?'"=]++)""" + _INSIDE_TAG)
_TEXT_AND_TAG: Final = re.compile(rb"""[^<]*+<(?:(/)[^>]*+>|[^!?/'">]""" + _INSIDE_TAG + rb")")
_QUOTE_OR_END: Final = re.compile(rb"""[>'"]""")
_COMMENT: Final = b"<!--"
_CDATA: Final = b"<![CDATA["
HEAD: Final = 1 << 14
"""Bytes that are kept of an element that is too large: enough to tell what it was, whose, and whom to answer."""
_LESS: Final = ord("<")
_SLASH: Final = ord("/")


class StreamBroken(Exception):  # noqa: N818 - it says what happened
    """What came is no XMPP stream; nothing that follows can be understood."""


class Oversized(NamedTuple):
    """What is left of an element of more bytes than may be held."""

    head: bytes
    """Its first bytes, `HEAD` at most."""
    size: int
    """How many bytes it had."""


class _Place(IntEnum):
    """Where a walk stands."""

    TEXT = 0
    """Between tags."""
    OPENING = 1
    """Before a `<`, and what that begins is not known yet."""
    START_TAG = 2
    END_TAG = 3


class Splitter:
    """Splits what follows the header of one stream into its top-level elements.

    The end of the stream, `</stream:stream>`, counts as an element.
    """

    __slots__ = ("_at", "_carry", "_depth", "_gone", "_head", "_max", "_place", "_until")

    def __init__(self, max_size: int) -> None:
        """Keep elements of *max_size* bytes at most."""
        self._max = max_size
        self._forget()

    def _forget(self) -> None:
        self._carry = bytearray()
        self._at = 0
        """How far the walk has looked in what is carried."""
        self._depth = 0
        self._place = _Place.TEXT
        self._until = b""
        """What ends the quoted value, comment or CDATA section that the walk is in."""
        self._gone = 0
        """Bytes of this element that are no longer carried: it is too large."""
        self._head = b""

    @property
    def carries(self) -> bool:
        """Whether an element has begun and not ended."""
        return bool(self._carry)

    def begin(self, data: bytes, at: int) -> int:
        """Return where the next element in *data* begins, from *at* on; the length of *data* if none does.

        Raises StreamBroken where there is text between elements.
        """
        start: int = _SPACE.match(data, at).end()  # type: ignore[union-attr]  # the pattern matches emptiness too
        if start < len(data) and data[start] != _LESS:
            raise StreamBroken(f"text between stanzas: {data[start : start + 20]!r}")
        return start

    def cut(self, data: bytes, at: int) -> tuple[bytes | Oversized | None, int]:
        """Return the element that begins at *at*, and where it ends; None: it goes on beyond *data*.

        Then what has come of it is kept, for `complete`. Raises StreamBroken.
        """
        end = _plain_end(data, at)
        if end < 0:
            return self.complete(data, at)
        if end - at > self._max:
            return Oversized(data[at : min(at + HEAD, end)], end - at), end
        return data[at:end], end

    def complete(self, data: bytes, at: int = 0) -> tuple[bytes | Oversized | None, int]:
        """Go on with the element that has begun: return it whole, and where in *data* it ends.

        *data* is looked at from *at* on. None: the element goes on beyond it. Raises StreamBroken.
        """
        before = len(self._carry)
        self._carry += data[at:] if at else data
        end = self._walk()
        if end < 0:
            if self._gone + len(self._carry) > self._max:
                self._let_go()
            return None, len(data)
        size = self._gone + end
        element: bytes | Oversized
        if size > self._max:
            element = Oversized(self._head + self._carry[: min(HEAD - len(self._head), end)], size)
        else:
            element = bytes(memoryview(self._carry)[:end])  # one copy, not two: it may be ten megabytes
        self._forget()
        return element, at + end - before

    def _let_go(self) -> None:
        """Keep nothing of what the walk has passed, but for the one byte that it may look back at."""
        past = max(self._at - 1, 0)
        self._head += self._carry[: min(HEAD - len(self._head), past)]
        del self._carry[:past]
        self._at -= past
        self._gone += past

    def _walk(self) -> int:
        """Go on through what is carried, exactly; return where the element ends, or -1 where that is not here yet."""
        carry = self._carry
        end: int | None = 0
        while end == 0:
            if self._until:
                end = self._skip_quoted(carry)
            elif self._place is _Place.TEXT:
                end = self._next_tags(carry)
            elif self._place is _Place.OPENING:
                end = self._enter(carry)
            else:
                end = self._go_on_in_tag(carry)
        return -1 if end is None else end

    # Each step returns where the element ends, 0 if the walk goes on, None if it needs what has not come yet.

    def _skip_quoted(self, carry: bytearray) -> int | None:
        found = carry.find(self._until, self._at)
        if found < 0:
            self._at = max(self._at, len(carry) - len(self._until) + 1)
            return None
        self._at = found + len(self._until)
        self._until = b""
        return 0

    def _next_tags(self, carry: bytearray) -> int | None:
        at, depth = self._at, self._depth
        while tag := _TEXT_AND_TAG.match(carry, at):
            at = tag.end()
            if tag.lastindex:  # it is an end tag
                depth -= 1
            elif carry[at - 2] != _SLASH:
                depth += 1
            if depth <= 0:
                return at
        self._depth = depth
        tag_at = carry.find(b"<", at)
        if tag_at < 0:
            self._at = len(carry)
            return None
        self._at = tag_at
        self._place = _Place.OPENING
        return 0

    def _enter(self, carry: bytearray) -> int | None:
        """Find out what the `<` begins; if that cannot be known yet, the walk stays there."""
        opening = bytes(carry[self._at : self._at + len(_CDATA)])
        for mark, until in ((_COMMENT, b"-->"), (_CDATA, b"]]>"), (b"<?", b"?>")):
            if opening.startswith(mark):
                self._at += len(mark)
                self._until = until
                self._place = _Place.TEXT
                return 0
        if _COMMENT.startswith(opening) or _CDATA.startswith(opening):
            return None
        if opening.startswith(b"<!"):
            raise StreamBroken("a document type declaration, which XMPP does not allow (RFC 6120 11.1)")
        self._at += 1
        self._place = _Place.END_TAG if opening[1] == _SLASH else _Place.START_TAG
        return 0

    def _go_on_in_tag(self, carry: bytearray) -> int | None:
        found = _QUOTE_OR_END.search(carry, self._at)
        if found is None:
            self._at = len(carry)
            return None
        self._at = found.end()
        closing = self._place is _Place.END_TAG
        if found[0] != b">":
            if not closing:
                self._until = found[0]
            return 0
        if closing:
            self._depth -= 1
        elif carry[self._at - 2] != _SLASH:
            self._depth += 1
        self._place = _Place.TEXT
        return self._at if self._depth <= 0 else 0


def _plain_end(data: bytes, at: int) -> int:
    """Return where the element at *at* ends if two searches prove it, or -1.

    The first end tag of its name is its own if no other element whose name begins so is opened before it, and if
    nothing there can hide a tag (a comment, a CDATA section).
    """
    start = _START.match(data, at)
    if start is None:
        return -1
    inside = start.end()
    if data[inside - 2] == _SLASH:
        return inside
    name = start[1]
    closing = b"</" + name + b">"
    end = data.find(closing, inside)
    if end < 0 or data.find(b"<" + name, inside, end) >= 0 or data.find(b"<!", inside, end) >= 0:
        return -1
    if data.find(b"<?", inside, end) >= 0:
        return -1
    return end + len(closing)
