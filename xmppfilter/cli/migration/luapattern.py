"""Translates Lua's patterns into regular expressions that find the same."""

from typing import Final

CLASSES: Final = {
    "a": "alpha",
    "c": "cntrl",
    "d": "digit",
    "g": "graph",
    "l": "lower",
    "p": "punct",
    "s": "space",
    "u": "upper",
    "w": "alnum",
    "x": "xdigit",
}
"""Lua's classes by letter, and POSIX's names for them."""
QUANTIFIERS: Final = {"*": "*", "+": "+", "?": "?", "-": "*?"}
_META: Final = frozenset("\\.+*?()|[]{}^$")
_META_IN_SET: Final = frozenset("\\]^-[")


def to_regex(pattern: str) -> str:
    """Return the RE2 regular expression for the Lua pattern *pattern*.

    Raises ValueError where there is none: back-references, %b and %f, malformed patterns, and what counts the bytes of
    letters that have several.
    """
    return _Translation(pattern).done()


class _Translation:
    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0
        self._open = 0

    def done(self) -> str:
        out: list[str] = []
        if self._pattern.startswith("^"):
            out.append("^")
            self._at = 1
        while self._at < len(self._pattern):
            out.append(self._item())
        if self._open:
            raise ValueError("a ( is not closed")
        return "".join(out)

    def _item(self) -> str:
        char = self._take()
        if char == "$" and self._at == len(self._pattern):
            return "$"
        if char == "(":
            self._open += 1
            return "(?:"
        if char == ")":
            self._open -= 1
            if self._open < 0:
                raise ValueError("a ) closes nothing")
            return ")"
        single = self._single(char)
        quantifier = self._pattern[self._at : self._at + 1]
        if quantifier not in QUANTIFIERS:
            return single
        if not char.isascii():
            raise ValueError(f"{quantifier} would stand for the last byte of {char!r} alone")
        self._at += 1
        return single + QUANTIFIERS[quantifier]

    def _single(self, char: str) -> str:
        if char == ".":
            return "(?s:.)"
        if char == "[":
            return self._set()
        if char != "%":
            return f"\\{char}" if char in _META else char
        escaped = self._take()
        if escaped.isdigit() or escaped in ("b", "f"):
            raise ValueError(f"RE2 has nothing like %{escaped}")
        if escaped.lower() in CLASSES and escaped.isascii():
            return f"[{_posix(escaped)}]"
        return f"\\{escaped}" if escaped in _META else escaped

    def _set(self) -> str:
        out = ["["]
        if self._pattern[self._at : self._at + 1] == "^":
            out.append("^")
            self._at += 1
        first = True
        while first or self._pattern[self._at : self._at + 1] != "]":
            char, first = self._take(), False
            if char == "%":
                escaped = self._take()
                classed = escaped.lower() in CLASSES
                out.append(_posix(escaped) if classed else _in_set(escaped))
                continue
            out.append(_in_set(char))
            following = self._pattern[self._at : self._at + 2]
            if len(following) == 2 and following[0] == "-" and following[1] != "]":  # noqa: PLR2004 - a range
                self._at += 2
                out.append(f"-{_in_set(following[1])}")
        self._at += 1
        return "".join([*out, "]"])

    def _take(self) -> str:
        if self._at >= len(self._pattern):
            raise ValueError("it ends too early")
        self._at += 1
        return self._pattern[self._at - 1]


def _posix(letter: str) -> str:
    return f"[:{'^' if letter.isupper() else ''}{CLASSES[letter.lower()]}:]"


def _in_set(char: str) -> str:
    if not char.isascii():
        raise ValueError(f"a set holds bytes, and {char!r} has several")
    return f"\\{char}" if char in _META_IN_SET else char
