"""Undoes the disguises of links: characters that stand for others, dots in brackets or in words, writing backwards.

What comes out is for `links` to read, and not for people. Nothing is lost on the way: where a text can be read in
several ways, the readings stand one behind the other. The time is linear in the length of the text.
"""

import re
from collections.abc import Iterator
from typing import Final
from unicodedata import normalize
from urllib.parse import unquote_to_bytes

from xmppfilter.text.fold import as_shown
from xmppfilter.text.hosts import without_invisible

# In any but ASCII text str.translate is slow, and so is a call of ours for each match; str.replace is quick.
_QUOTES: Final = '<>"\u2018\u201a\u201c\u201d\u201e\u00ab\u00bb\u2039\u203a\u300c\u300d\u300e\u300f'
_QUOTES_OF_ASCII: Final = str.maketrans('<>"', "   ")
# ASCII in disguise: letterlike, superscript, enclosed, small, full-width and mathematical characters
_COMPATIBLE: Final = re.compile(
    "[\u02b0-\u02b8\u1d2c-\u1d6a\u2024\u2070-\u209c\u2100-\u214f\u2460-\u24ea\ufe13\ufe50-\ufe6b\uff01-\uff61\U0001d400-\U0001d7ff"
    "\U0001f130-\U0001f149]"
)
# All but ASCII and the letters that names have beside it: emoji, arrows, ideographs, Thai, which need no space between.
_GLUED: Final = re.compile(
    "[^\x00-\x7f\u00aa\u00b5\u00b7\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u037d\u037f-\u0386\u0388-\u0559\u0560-\u0588\u1d00-\u1fff"
    "\u2c60-\u2c7f\ua640-\ua69f\ua720-\ua7ff]+"
)
_HINT: Final = re.compile(
    "[\u2024\u3002\ufe13\ufe52\ufe55\ufe59\ufe5b\ufe6b\uff08\uff0e\uff1a\uff20\uff3b\uff5b\uff61"
    "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]"
)
_SPELLED: Final = re.compile(
    r"[\s_*/~-]{1,3}(?:\.|dot|d0t|punkt|\u0442\u043e\u0447\u043a\u0430)[\s_*/~-]{1,3}"
    "|(?<=[A-Za-z0-9]) ?[\u70b9\u9ede] ?(?=[A-Za-z])",
    re.IGNORECASE,
)
_SHORTEST: Final = 3
"""As short as a host can be: a.b"""
_ENCODED: Final = re.compile("%(?:3a|40)", re.IGNORECASE)
_UNSEEN_BY_BROWSERS: Final = re.compile("[\t\n\r]+")


def _bracketed(sign: str) -> re.Pattern[str]:
    return re.compile(rf"[\[({{][ \t]{{0,2}}+(?:{sign})[ \t]{{0,2}}+[\])}}][ \t]{{0,2}}+", re.IGNORECASE)


_BRACKETED: Final = (
    (_bracketed(r"\.|dot|d0t|punkt|\u0442\u043e\u0447\u043a\u0430"), "\0."),
    (_bracketed("@|at"), "\0@"),
    (_bracketed("://"), "\0://"),
    (_bracketed(":"), "\0:"),
)
"""Behind a mark, which goes with up to two spaces before it."""
_DEFANGED: Final = re.compile(r"[hH](?:[xX]{2}|[tT][xX]|[xX][tT]|\*\*)[pP](?=[sS]?:)")
_LONGEST_LABEL: Final = 63
_PILE: Final = re.compile(rf"(?<![^\w\x00-\x7f])([^\w\x00-\x7f]{{{_LONGEST_LABEL}}})[^\w\x00-\x7f]+")
"""More accents and signs in a row than any label of a host has characters."""


def has_hidden_signs(text: str) -> bool:
    """Whether a character stands there that can be a dot, a colon, an @ or a bracket, or hide that a name goes on."""
    return _HINT.search(text) is not None


def may_be_spelled(lower: str) -> bool:
    """Prove cheaply of most texts, given in lower case, that no dot is there in words or set apart."""
    if "dot" in lower or " . " in lower or "d0t" in lower or "punkt" in lower:
        return True
    return not lower.isascii() and ("\u0442\u043e\u0447\u043a\u0430" in lower or "\u70b9" in lower or "\u9ede" in lower)


def plain(text: str) -> str:
    """Return *text* with what disguises links taken off."""
    if text.isascii():
        text = text.translate(_QUOTES_OF_ASCII)
    else:
        text = without_invisible(text)
        for char in set(_COMPATIBLE.findall(text)):
            text = text.replace(char, normalize("NFKC", char))
        for quote in _QUOTES:
            text = text.replace(quote, " ")
        text = text.replace("\u3002", ".").replace("\u2044", "/")
    if "[" in text or "(" in text or "{" in text:
        text = _unbracketed(text)
    return _DEFANGED.sub("http", text) if ":" in text else text


def _unbracketed(text: str) -> str:
    for bracketed, meant in _BRACKETED:
        text = bracketed.sub(meant, text)
    if "\0" in text:
        for _ in range(2):
            text = text.replace(" \0", "\0").replace("\t\0", "\0")
        text = text.replace("\0", "")
    return text


def seen_by_browsers(uri: str) -> str:
    """Return the target of a link without what browsers take out of it (WHATWG URL 4.4)."""
    return _UNSEEN_BY_BROWSERS.sub("", uri)


def readings(text: str) -> str:
    """Return *text* plain, and behind it whatever else a reader may take it for."""
    first = plain(text)
    found = [first]
    if not text.isascii():
        if "\u202e" in text:
            found.append(plain(as_shown(text)))
        if "\u200b" in text:  # names ignore it, but it can also end one
            found.append(plain(text.replace("\u200b", " ")))
    if may_be_spelled(first.lower()):
        found.append(_SPELLED.sub(".", first))
    return "\n".join(found)


def within_token(token: str) -> Iterator[str]:
    """Yield what stands in a token between characters that are glued to it, and what percent signs hide."""
    parts = _GLUED.sub(" ", token).split() if _GLUED.search(token) else []
    if _ENCODED.search(token):  # a link within a link
        # not with unquote: it splits what is not ASCII into runs, and decodes each
        parts += unquote_to_bytes(token.encode("utf-8", "replace")).decode("utf-8", "replace").split()
    for part in parts:
        if len(part) >= _SHORTEST:
            yield part.replace("\\", "/")


def without_piles(text: str) -> str:
    """Return *text* with no more than 63 accents or signs in a row, as to normalise them takes the square of the time.

    No host that exists has more; the label with the pile is none, but what stands behind it is read as before.
    """
    return text if len(text) <= _LONGEST_LABEL else _PILE.sub(r"\1", text)
