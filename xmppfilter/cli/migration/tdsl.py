"""Reads the two forms of Tigase's configuration: config.tdsl, and init.properties of the versions before it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from xmppfilter.cli.migration.draft import MigrationError

MAX_DEPTH: Final = 50

# A name in quotes that does not end in its line is taken up to the space: Tigase's own manual has 'sess-man () {
_TOKEN: Final = re.compile(
    r"""(?P<space>[ \t\r\f\v;,]++|\#[^\n]*+)|(?P<newline>\n)
    |(?P<quoted>'[^'\n]*+'|"[^"\n]*+")|(?P<punctuation>[(){}\[\]=:])
    |['"]?(?P<word>[^\s(){}\[\]=:,;'"#]++)|(?P<other>.)""",
    re.VERBOSE,
)
_PROPERTY: Final = re.compile(r"\s*+((?:[^\s=:\\]|\\.)+)\s*+[=:]?\s*+(.*)")
_ESCAPED: Final = re.compile(r"\\(.)")
_TYPE: Final = re.compile(r"\[(\w)\]$")
_BLOCK: Final = re.compile(r"^[^#!=\n]*\{", re.MULTILINE)

Scalar = str | int | bool


@dataclass(frozen=True, slots=True)
class Property:
    """What an option is set to, and in which line; None is an expression that only Tigase can work out."""

    value: Scalar | list[str] | None
    line: int


@dataclass(slots=True)
class Bean:
    """One block."""

    line: int
    active: bool | None = None
    """Whether it says that it runs; None where it says nothing."""
    properties: dict[str, Property] = field(default_factory=dict)
    beans: "dict[str, Bean]" = field(default_factory=dict)


def is_dsl(text: str) -> bool:
    """Whether *text* has blocks: early versions kept them in a file that was still called init.properties."""
    return _BLOCK.search(text) is not None


def read_properties(text: str) -> dict[str, Property]:
    """Return the properties in *text*, by their whole keys, without the letters that say their type."""
    properties: dict[str, Property] = {}
    parts: list[str] = []
    for number, line in enumerate(text.split("\n"), 1):
        part = line.strip()
        is_comment = not parts and part.startswith(("#", "!"))
        goes_on = part.endswith("\\") and not is_comment
        parts.append(part[:-1] if goes_on else part)
        if goes_on:
            continue
        found = None if is_comment else _PROPERTY.fullmatch("".join(parts))
        if found:
            key, value = (_ESCAPED.sub(r"\1", text.strip()) for text in found.groups())
            properties[_TYPE.sub("", key)] = Property(_scalar(value, quoted=False), number - len(parts) + 1)
        parts.clear()
    return properties


def read_dsl(text: str) -> Bean:
    """Return the blocks in *text*. Raises MigrationError where they do not close."""
    return _Reader(text).read()


class _Reader:
    """Goes through the tokens once, with the open blocks on a stack."""

    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._at = 0

    def read(self) -> Bean:
        root = Bean(1, active=True)
        open_: list[Bean] = [root]
        while self._at < len(self._tokens):
            kind, text, line = self._take()
            if kind == "punctuation" and text == "}":
                if len(open_) == 1:
                    raise MigrationError(f"line {line}: found }} with nothing open")
                open_.pop()
            elif kind in ("word", "quoted"):
                bean = self._named(text, line, open_[-1])
                if bean is not None:
                    open_.append(bean)
                if len(open_) > MAX_DEPTH:
                    raise MigrationError(f"line {line}: found more than {MAX_DEPTH} blocks, one within the other")
        if len(open_) > 1:
            raise MigrationError(f"line {open_[-1].line}: found {{ that is not closed up to the end of the file")
        return root

    def _named(self, name: str, line: int, parent: Bean) -> Bean | None:
        """Take what stands behind *name* into *parent*; return the block that it opens."""
        active = self._header() if self._next() == "(" else None
        if self._next(over_lines=True) == "{":
            self._skip_to("{")
            bean = parent.beans.setdefault(name, Bean(line))
            bean.active = active if active is not None else bean.active
            return bean
        if self._next() in ("=", ":"):
            self._take()
            if self._next(over_lines=True) == "{":
                self._skip_to("{")
                return parent.beans.setdefault(name, Bean(line))  # a map
            parent.properties[name] = Property(self._value(), line)
        return None

    def _header(self) -> bool:
        """Take `(class: …, active: …)`, and return whether the block is active."""
        words: list[str] = []
        while self._at < len(self._tokens):
            _, text, _ = self._take()
            if text == ")":
                break
            words.append(text)
        pairs = dict(zip(words, words[2:], strict=False)) if len(words) > 2 else {}  # noqa: PLR2004 - name : value
        return pairs.get("active") != "false"

    def _value(self) -> Scalar | list[str] | None:
        if self._next() == "[":
            self._take()
            items: list[str] = []
            while self._at < len(self._tokens):
                kind, text, _ = self._take()
                if text == "]" and kind == "punctuation":
                    break
                if kind in ("word", "quoted"):
                    items.append(text)
            return items
        parts: list[tuple[str, str]] = []
        while self._at < len(self._tokens) and self._next() not in ("}", "\n"):
            kind, text, _ = self._take()
            parts.append((kind, text))
        if len(parts) != 1 or parts[0][0] not in ("word", "quoted"):
            return None
        return _scalar(parts[0][1], quoted=parts[0][0] == "quoted")

    def _take(self) -> tuple[str, str, int]:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def _next(self, *, over_lines: bool = False) -> str:
        """Return the sign that comes next, and nothing where that is none."""
        at = self._at
        while over_lines and at < len(self._tokens) and self._tokens[at][0] == "newline":
            at += 1
        if at >= len(self._tokens):
            return ""
        kind, text, _ = self._tokens[at]
        return text if kind in ("punctuation", "newline") else ""

    def _skip_to(self, sign: str) -> None:
        while self._take()[1] != sign:
            pass


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    line = 1
    for found in _TOKEN.finditer(text):
        kind = found.lastgroup or ""
        if kind == "quoted":
            yield kind, found[0][1:-1], line
        elif kind != "space":
            yield kind, found[kind], line
        line += kind == "newline"


def _scalar(text: str, *, quoted: bool) -> Scalar:
    if not quoted:
        if number := re.fullmatch(r"(-?\d{1,18})[LlIi]?", text):
            return int(number[1])
        if text.lower() in ("true", "false"):
            return text.lower() == "true"
    return text
