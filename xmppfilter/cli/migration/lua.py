"""Reads the plain assignments of a Lua file, without ever running it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from xmppfilter.cli.migration.draft import MigrationError

MAX_DEPTH: Final = 50

_TOKEN: Final = re.compile(
    r"""(?P<space>[ \t\r\f\v]++)|(?P<newline>\n)|(?P<long>(?:--)?\[(?P<level>=*+)\[)|(?P<comment>--[^\n]*+)
    |(?P<string>"(?:[^"\\\n]|\\z\s*+|\\[^z])*"|'(?:[^'\\\n]|\\z\s*+|\\[^z])*')
    |(?P<unclosed>["'])|(?P<name>[A-Za-z_]\w*+)|(?P<number>0[xX][0-9A-Fa-f]++|\d++(?:\.\d*+)?)
    |(?P<sign>\.\.\.?+|==|~=|<=|>=|[{}()\[\]=;,.:+*/%^\#<>-])|(?P<other>.)""",
    re.VERBOSE,
)
_ESCAPE: Final = re.compile(
    r"\\(?:(?P<byte>\d{1,3})|x(?P<hex>[0-9A-Fa-f]{2})|u\{(?P<point>[0-9A-Fa-f]{1,6})\}|z\s*+|(?P<char>[\s\S]))"
)
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_OPENING: Final = frozenset({"function", "if", "do", "repeat"})
_CLOSING: Final = frozenset({"end", "until"})
_ENDS: Final = frozenset({"}", ",", ";", ")", "]"})
COMPUTED: Final = frozenset({"VirtualHost", "Host", "Component", "Include"})
"""Calls that are told of even where what they are called with is computed."""
_CALCULATED: Final = frozenset({"(", "-", "#", "~", "not"})
"""What a value begins with that only running the file would show."""


@dataclass(frozen=True, slots=True)
class Called:
    """A function called with a text: `FileLines("spam.txt")`, `VirtualHost "example.org"`."""

    function: str
    text: str
    second: str | None = None
    """What its result is called with in turn: `Component "rooms.example.org" "muc"`."""


class Unknown:
    """A value that only running the file would show."""


UNKNOWN: Final = Unknown()

Value = str | float | bool | None | list["Item"] | Called | Unknown

_WORDS: Final[dict[str, Value]] = {"true": True, "false": False, "nil": None}


@dataclass(frozen=True, slots=True)
class Item:
    """An entry of a table."""

    key: str | None
    value: Value
    line: int


@dataclass(frozen=True, slots=True)
class Statement:
    """An assignment, or a call (then the value is what was called, and the name its function's)."""

    name: str
    value: Value
    line: int
    in_block: bool = False
    """It stands inside of a function or a condition, so that nobody knows whether it happens."""


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    line: int


def read_lua(text: str) -> list[Statement]:
    """Return the assignments and calls in *text*, in their order. Raises MigrationError where it is no Lua."""
    return list(_Reader(text).statements())


class _Reader:
    def __init__(self, text: str) -> None:
        self._tokens = [*_tokens(text), _Token("end", "", text.count("\n") + 1)]
        self._at = 0

    def statements(self) -> Iterator[Statement]:
        blocks = 0
        while (token := self._take()).kind != "end":
            if token.kind != "name":
                continue
            if token.text in _OPENING:
                blocks += 1
            elif token.text in _CLOSING:
                blocks = max(0, blocks - 1)
            elif self._peek().text == "=" and self._peek().kind == "sign":
                self._take()
                yield Statement(token.text, self._expression(0), token.line, blocks > 0)
            elif (called := self._called(token)) is not None:
                yield Statement(token.text, called, token.line, blocks > 0)
            elif token.text in COMPUTED and self._peek().text == "(":
                self._skip_brackets()
                yield Statement(token.text, UNKNOWN, token.line, blocks > 0)

    def _expression(self, depth: int) -> Value:
        if depth > MAX_DEPTH:
            raise MigrationError(f"line {self._peek().line}: found more than {MAX_DEPTH} tables, one within the other")
        token = self._take()
        value: Value = UNKNOWN
        if token.text == "{":
            value = self._table(depth)
        elif token.text == "function":
            self._skip_function()
        elif token.text in _CALCULATED:
            self._at -= 1
            self._skip_operation()
        elif token.kind == "name" and (called := self._called(token)) is not None:
            value = called
        else:
            value = _literal(token)
        if self._goes_on():
            self._skip_operation()
            return UNKNOWN
        return value

    def _goes_on(self) -> bool:
        """Whether an operator makes something else of what was just read."""
        token = self._peek()
        operators = token.kind == "sign" and token.text not in _ENDS and token.text not in ("{", "=")
        return operators or token.text in ("or", "and")

    def _skip_operation(self) -> None:
        """Go to the end of the line, or of the entry of the table."""
        line, depth = self._peek().line, 0
        while (token := self._peek()).kind != "end" and (depth or token.line == line):
            if depth == 0 and token.kind == "sign" and token.text in _ENDS:
                return
            depth += token.text in ("{", "(", "[")
            depth -= token.text in ("}", ")", "]")
            self._take()

    def _skip_brackets(self) -> None:
        """Go behind the bracket that closes the next one."""
        depth = 0
        while (token := self._take()).kind != "end":
            depth += token.text in ("{", "(", "[")
            depth -= token.text in ("}", ")", "]")
            if depth <= 0:
                return

    def _skip_function(self) -> None:
        depth = 1
        while depth and (token := self._take()).kind != "end":
            depth += token.text in _OPENING
            depth -= token.text in _CLOSING

    def _called(self, function: _Token) -> Called | None:
        """Return the call of *function* with one text, in either of the two forms, if that is what follows."""
        bracket = self._peek().text == "(" and self._peek().kind == "sign"
        at = self._at + bracket
        text = self._tokens[min(at, len(self._tokens) - 1)]
        if text.kind not in ("string", "long"):
            return None
        said = _literal(text)
        behind = self._tokens[min(at + 1, len(self._tokens) - 1)]
        goes_on = behind.kind == "sign" and (behind.text not in _ENDS if bracket else behind.text.startswith(".."))
        if not isinstance(said, str) or goes_on:
            return None
        self._at = at + 1
        if bracket and self._peek().text == ")":
            self._take()
        second = self._take().text[1:-1] if self._peek().kind == "string" else None
        return Called(function.text, said, second)

    def _table(self, depth: int) -> list[Item]:
        items: list[Item] = []
        while (token := self._peek()).kind != "end" and token.text != "}":
            if token.kind == "sign" and token.text in (",", ";"):
                self._take()
                continue
            key = self._key()
            items.append(Item(key, self._expression(depth + 1), token.line))
        self._take()
        return items

    def _key(self) -> str | None:
        """Take `name =` or `["name"] =`, if that comes next."""
        first, *rest = self._tokens[self._at : self._at + 4]
        signs = [token.text for token in rest]
        if first.kind == "name" and signs[:1] == ["="]:
            self._at += 2
            return first.text
        if first.text == "[" and first.kind == "sign" and signs[1:3] == ["]", "="]:
            self._at += 4
            return str(_literal(rest[0]))
        return None

    def _peek(self) -> _Token:
        return self._tokens[self._at]

    def _take(self) -> _Token:
        token = self._tokens[self._at]
        self._at = min(self._at + 1, len(self._tokens) - 1)
        return token


def _literal(token: _Token) -> Value:
    match token.kind:
        case "string":
            return _unescaped(token.text[1:-1])
        case "long":
            return token.text[2:-2].removeprefix("\n")
        case "number":
            return float(int(token.text, 16)) if token.text[:2].lower() == "0x" else float(token.text)
        case _:
            return _WORDS.get(token.text, UNKNOWN)


def _tokens(text: str) -> Iterator[_Token]:
    at, line = 0, 1
    while found := _TOKEN.match(text, at):
        kind, at = found.lastgroup or "", found.end()
        if found["long"] is not None:
            closing = text.find(f"]{found['level']}]", at)
            end = len(text) if closing < 0 else closing
            inside = text[at:end]
            if not found[0].startswith("--"):
                yield _Token("long", f"[[{inside}]]", line)  # with brackets, so that it is no sign or word
            line += inside.count("\n")
            at = min(len(text), end + len(found["level"]) + 2)
        elif kind == "unclosed":
            raise MigrationError(f"line {line}: found a text that is not closed")
        elif kind not in ("space", "newline", "comment"):
            yield _Token(kind, found[0], line)
            line += found[0].count("\n")
        else:
            line += kind == "newline"


def _unescaped(text: str) -> str | Unknown:
    """Return what a quoted text means; Unknown where it is no text in UTF-8."""

    def meant(escape: re.Match[str]) -> str:
        if escape["byte"] or escape["hex"]:
            byte = int(escape["byte"]) if escape["byte"] else int(escape["hex"], 16)
            return chr(byte) if byte < 128 else chr(0xDC00 + byte) if byte < 256 else "\udcff"  # noqa: PLR2004
        if escape["point"]:
            point = int(escape["point"], 16)
            return chr(point) if point <= 0x10FFFF else "\udcff"  # noqa: PLR2004 - Unicode's last
        char = escape["char"]
        return "" if char is None else _ESCAPES.get(char, char)

    try:
        return _ESCAPE.sub(meant, text).encode("utf-8", "surrogateescape").decode()
    except UnicodeError:
        return UNKNOWN
