"""Proves what the bytes of a well-formed element say, without parsing them."""

import re
from collections.abc import Callable
from typing import Final

_NO_MARKUP: Final = bytes(set(range(256)) - set(b"<>:='\"!?&#"))
_LANGUAGE: Final = b" xml:lang="
_HASH, _BANG, _ASKS, _RETURN = b"#!?\r"
# The one body of a plain message, standing before any other child: nothing can be nested or hidden there.
_FIRST_BODY: Final = re.compile(rb"\s*<body(?:\s+xml:lang\s*=\s*(?:'[^'<]*'|\"[^\"<]*\"))?\s*>([^<]*)</body\s*>")


def is_plain(raw: bytes) -> bool:
    """Prove that the well-formed *raw* says what it means: each name stands there in full and in clear.

    That is: no name has a prefix (but xml:lang), and nothing can hide one: no character reference, comment, CDATA
    section or processing instruction. False proves nothing. It is asked of every stanza, so without a regex: what is
    left of *raw* without names, text and white space is short, and there a tag or attribute with a prefix looks like
    no other.
    """
    markup = raw.translate(None, _NO_MARKUP)
    if markup.find(b":=") >= 0 and raw.find(_LANGUAGE) >= 0:
        markup = raw.replace(_LANGUAGE, b" lang=").translate(None, _NO_MARKUP)
    if markup.find(b"<:") >= 0 or markup.find(b":=") >= 0:
        return False
    # to look for one byte costs half of looking for two, and most stanzas have none of them
    if _HASH in markup and markup.find(b"&#") >= 0 and raw.find(b"&#") >= 0:
        return False
    return not (_BANG in markup and markup.find(b"<!") >= 0) and not (_ASKS in markup and markup.find(b"<?") >= 0)


def body_finding(names: tuple[bytes, ...]) -> Callable[[bytes, int], str | None]:
    """Return what finds the text of a body at some place in plain bytes, if no tag behind it begins as one of *names*.

    The text is still escaped. None proves nothing: it may be any other shape.
    """
    found_behind = re.compile(b"<(?:%b)" % b"|".join(map(re.escape, names)) if names else b"(?!)").search

    def lone_body(raw: bytes, at: int) -> str | None:
        first = _FIRST_BODY.match(raw, at)
        if first is None or found_behind(raw, first.end()):
            return None
        text = first[1]
        return None if _RETURN in text else text.decode("utf-8", "replace")

    return lone_body
