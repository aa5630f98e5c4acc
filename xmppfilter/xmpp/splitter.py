"""Finds where each element of a stream ends, on bytes, however they are cut into segments.

Most elements are found by two searches; whatever those cannot prove is walked tag by tag. The walk keeps its place, so
that what comes in small segments is looked at once.
"""

import re
from typing import Final

_SPACE: Final = re.compile(rb"[ \t\r\n]*+")
_INSIDE_TAG: Final = rb"""[^>'"]*+(?:(?:'[^']*+'|"[^"]*+")[^>'"]*+)*>"""
_START: Final = re.compile(rb"""<([^\s/>!?'"=]++)""" + _INSIDE_TAG)
_TEXT_AND_TAG: Final = re.compile(rb"""[^<]*+<(?:/[^>]*+>|[^!?/'">]""" + _INSIDE_TAG + rb")")
_QUOTE_OR_END: Final = re.compile(rb"""[>'"]""")
_COMMENT: Final = b"<!--"
_CDATA: Final = b"<![CDATA["
_SHOWN: Final = 1024
"""Bytes of a stanza that is too large that tell what it was."""
_LESS: Final = ord("<")
_SLASH: Final = ord("/")


class StreamBroken(Exception):  # noqa: N818 - it says what happened
    """What came is no XMPP stream, or more than may be held; nothing that follows can be understood."""


class StanzaTooLargeError(StreamBroken):
    """A stanza of more bytes than may be held."""

    def __init__(self, most: int, start: bytes) -> None:
        super().__init__(f"a stanza of more than {most} bytes (max_stanza_size)")
        self.start = start
        """Its beginning."""


class Splitter:
    """Splits what follows the header of one stream into its top-level elements.

    The end of the stream, `</stream:stream>`, counts as an element.
    """

    __slots__ = ("_at", "_carry", "_depth", "_max", "_tag", "_until")

    def __init__(self, max_size: int) -> None:
        """Refuse elements of more than *max_size* bytes."""
        self._max = max_size
        self._carry = bytearray()
        self._at = 0
        """How far the walk has looked."""
        self._depth = 0
        self._tag = -1
        """Where the tag begins that the walk is in; -1: it is between tags."""
        self._until = b""
        """What ends the quoted value, comment or CDATA section that the walk is in."""

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

    def end(self, data: bytes, at: int) -> int:
        """Return where the element ends that begins at *at*; -1: not in *data*, of which the rest is then kept.

        Raises StreamBroken.
        """
        end = _plain_end(data, at)
        if end < 0:
            self._carry += data[at:]
            end = self._walk()
            if end < 0:
                return -1
            end += at
            self._forget()
        if end - at > self._max:
            raise self._too_large(data[at : at + _SHOWN])
        return end

    def complete(self, data: bytes) -> tuple[bytes | None, int]:
        """Go on with the element that was kept: return it whole, and where in *data* it ends.

        None: it goes on beyond *data*, which is kept too. Raises StreamBroken.
        """
        before = len(self._carry)
        self._carry += data
        end = self._walk()
        if end < 0:
            return None, len(data)
        if end > self._max:
            raise self._too_large(self._carry[:_SHOWN])
        element = bytes(memoryview(self._carry)[:end])  # one copy, not two: it may be ten megabytes
        self._forget()
        return element, end - before

    def _too_large(self, start: bytes | bytearray) -> StreamBroken:
        return StanzaTooLargeError(self._max, bytes(start))

    def _forget(self) -> None:
        self._carry = bytearray()
        self._at = self._depth = 0
        self._tag = -1
        self._until = b""

    def _walk(self) -> int:
        """Go on through what is carried, exactly; return where the element ends, or -1 where that is not here yet."""
        carry = self._carry
        end = 0
        while not end:
            if self._until:
                more = self._skip_quoted(carry)
            elif self._tag >= 0:
                more = self._go_on_in_tag(carry)
            else:
                more = self._next_tags(carry)
            if more is None:
                if len(carry) > self._max:
                    raise self._too_large(carry[:_SHOWN])
                return -1
            end = more
        return end

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
            start = carry.index(b"<", at)
            at = tag.end()
            if carry[start + 1] == _SLASH:
                depth -= 1
            elif carry[at - 2] != _SLASH:
                depth += 1
            if depth <= 0:
                return at
        self._depth = depth
        self._tag = carry.find(b"<", at)
        self._at = len(carry) if self._tag < 0 else self._tag
        return None if self._tag < 0 else 0

    def _go_on_in_tag(self, carry: bytearray) -> int | None:
        if self._at == self._tag and not self._enter(bytes(carry[self._tag : self._tag + len(_CDATA)])):
            return None if self._at == self._tag else 0
        found = _QUOTE_OR_END.search(carry, self._at)
        if found is None:
            self._at = len(carry)
            return None
        self._at = found.end()
        closing = carry[self._tag + 1] == _SLASH
        if found[0] != b">":
            if not closing:
                self._until = found[0]
            return 0
        if closing:
            self._depth -= 1
        elif carry[self._at - 2] != _SLASH:
            self._depth += 1
        self._tag = -1
        return self._at if self._depth <= 0 else 0

    def _enter(self, opening: bytes) -> bool:
        """Return whether what stands behind a `<` is a tag. If that cannot be known yet, the walk stays there."""
        if opening.startswith((_COMMENT, _CDATA, b"<?")):
            width, self._until = next(
                (len(mark), until)
                for mark, until in ((_COMMENT, b"-->"), (_CDATA, b"]]>"), (b"<?", b"?>"))
                if opening.startswith(mark)
            )
            self._at += width
            self._tag = -1
            return False
        if _COMMENT.startswith(opening) or _CDATA.startswith(opening):
            return False
        if opening.startswith(b"<!"):
            raise StreamBroken("a document type declaration, which XMPP does not allow (RFC 6120 11.1)")
        self._at += 1
        return True


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
