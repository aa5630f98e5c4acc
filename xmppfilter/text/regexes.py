"""What is odd about a pattern that an admin writes: it can never match, or matches other texts than it seems to.

By the look of the pattern alone, so only what is sure is told.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final

_NO_XML: Final = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_TOKEN: Final = re.compile(
    r"(?P<quoted>\\Q.*?(?:\\E|$))|(?P<escape>\\[pPx]\{[^}]*\}|\\[pP].|\\x[0-9A-Fa-f]{2}|\\.)"
    r"|(?P<class>\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\])|(?P<group>\(\?P?<\w+>|\(\?[\w-]*[:)])"
    r"|(?P<times>[*+?]\??|\{\d+(?:,\d*)?\}\??)|(?P<sign>[|()^$.])|(?P<literal>.)",
    re.DOTALL,
)
_ASCII_ONLY: Final = ("\\b", "\\B", "\\w", "\\W", "\\d", "\\D")
_OPTIONAL: Final = ("?", "*", "{0")
_EMPTY: Final = ("\\b", "\\B", "\\A", "\\z")
_CAPITALS_ONLY: Final = re.compile(r"(?!.*[a-z]-[a-z]).*[A-Z]-[A-Z]")
_BLANK: Final = ("\\n", "\\r", "\\t")
_MORE_THAN_A_SPACE: Final = re.compile(r"\s\s|[^\S ]")


def never_in_xml(text: str) -> str | None:
    """Return why no stanza has *text*; None where one may."""
    found = _NO_XML.search(text)
    return None if found is None else f"can never match: XML has no character U+{ord(found[0]):04X} (XML 1.0 2.2)"


def oddities(regex: str, fold: Callable[[str], str] | None) -> Iterator[str]:
    """Yield what is odd about *regex*, which RE2 takes. *fold* is how texts are folded; their case is ignored then."""
    tokens = [(found.lastgroup or "", found[0]) for found in _TOKEN.finditer(regex)]
    if (never := never_in_xml(regex)) is not None:
        yield never
    if not regex.isascii() and (narrow := next((text for _, text in tokens if text in _ASCII_ONLY), None)):
        yield f"{narrow} knows ASCII alone in RE2, and there are other letters beside it: write [\\pL\\pN_]"
    if (anchored := _anchored_within(tokens)) is not None:
        yield anchored
    if fold is not None:
        yield from _folded_away(tokens, fold)


def _anchored_within(tokens: list[tuple[str, str]]) -> str | None:
    if any(kind == "group" and "m" in text.partition("-")[0] for kind, text in tokens):
        return None  # ^ and $ stand at lines, too
    for (before, left), (behind, right), (_, times) in zip(tokens, tokens[1:], [*tokens[2:], ("", "")], strict=False):
        if (before, left) == ("sign", "$") and _takes_one(behind, right) and not times.startswith(_OPTIONAL):
            return f"can never match: $ is the end of the text, and {right} stands behind it (the sign is \\$)"
        if (behind, right) == ("sign", "^") and _takes_one(before, left):
            return f"can never match: ^ is the beginning of the text, and {left} stands before it (the sign is \\^)"
    return None


def _takes_one(kind: str, text: str) -> bool:
    return kind in ("literal", "escape", "class", "quoted") and text not in _EMPTY


def _folded_away(tokens: list[tuple[str, str]], fold: Callable[[str], str]) -> Iterator[str]:
    only = "so this is found only where it is written so"
    demanded = [
        (kind, text)
        for (kind, text), (_, times) in zip(tokens, [*tokens[1:], ("", "")], strict=True)
        if not times.startswith(_OPTIONAL)
    ]
    joined = "".join(text if kind == "literal" else "\n" if text in _BLANK else "\0" for kind, text in demanded)
    if _MORE_THAN_A_SPACE.search(joined):
        yield f"with normalize all white space is one space, {only}: write one space or \\s+"
    changed = (char for kind, char in demanded if kind == "literal" and not char.isascii() and not char.isspace())
    if (char := next((char for char in changed if fold(char) not in (char, char.lower())), None)) is not None:
        reads = f"reads {fold(char)!r}" if fold(char) else "is left out"
        yield f"with normalize {char!r} {reads}, {only}: strings are folded, regexes are not"
    classes = (text for kind, text in tokens if kind == "class")
    if (capitals := next(filter(_CAPITALS_ONLY.match, classes), None)) is not None and ("group", "(?i)") not in tokens:
        yield f"with normalize case does not count: {capitals} matches small letters too"
