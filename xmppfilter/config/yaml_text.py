"""Reads YAML into a tree that knows where everything stood.

PyYAML's own construction loses lines, duplicate keys and the difference between `no` and `false`, and its composer
recurses as deep as the file says. So the tree is built here from PyYAML's events: in linear time, without recursion,
within bounds.
"""

import re
from dataclasses import dataclass, field
from typing import Any, Final

import yaml
from yaml import events

from xmppfilter.config.mistakes import Book, quoted
from xmppfilter.config.nodes import Node

MAX_BYTES: Final = 16 << 20
"""A larger file is no configuration."""
MAX_DEPTH: Final = 40
MAX_ALIASED: Final = 10_000
"""Values that aliases (`*name`) may add to those in the file: a few lines of them could otherwise mean billions."""

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAGS: Final = "tag:yaml.org,2002:"
_KNOWN_TAGS: Final = frozenset({"!", *(_TAGS + name for name in ("str", "int", "float", "bool", "null", "seq", "map"))})
_NULL: Final = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS: Final = {
    spelled: value
    for word, value in {"yes": True, "on": True, "true": True, "no": False, "off": False, "false": False}.items()
    for spelled in (word, word.capitalize(), word.upper())
}
# Only what everybody reads as a number: YAML 1.1 has 010 for 8 and 1:30 for 90 as well.
_INTEGER: Final = re.compile(r"[-+]?(?:0|[1-9]\d{0,17})")
_FLOAT: Final = re.compile(r"[-+]?\d{1,18}\.\d{0,18}(?:[eE][-+]?\d{1,2})?|[-+]?\d{1,18}[eE][-+]?\d{1,2}")
_NOT_YAML: Final = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class UnreadableError(Exception):
    """The text is no YAML, or too much of it."""

    def __init__(self, position: tuple[int, int], text: str) -> None:
        self.position = position
        super().__init__(text)


def decode(text: bytes) -> str:
    """Return *text* decoded from UTF-8. Raises UnreadableError."""
    if len(text) > MAX_BYTES:
        raise UnreadableError((1, 1), f"found more than {MAX_BYTES >> 20} MiB, wanted a configuration")
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        line = text.count(b"\n", 0, wrong.start) + 1
        column = wrong.start - text.rfind(b"\n", 0, wrong.start)
        found = f"found the byte 0x{text[wrong.start]:02x}"
        raise UnreadableError((line, column), f"{found}, wanted text in UTF-8") from wrong


def parse(text: str, book: Book) -> Node | None:
    """Return the tree of *text*, or None where there is nothing in it; mistakes that leave it readable go into *book*.

    Raises UnreadableError.
    """
    if strange := _NOT_YAML.search(text):
        line = text.count("\n", 0, strange.start()) + 1
        column = strange.start() - text.rfind("\n", 0, strange.start())
        raise UnreadableError((line, column), f"found the control character {strange[0]!r}, wanted text")
    composer = _Composer(book)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            composer.take(event)
    except yaml.MarkedYAMLError as wrong:
        raise _unreadable(wrong, text) from wrong
    except yaml.YAMLError as wrong:
        raise UnreadableError((1, 1), f"found no YAML: {wrong}") from wrong
    return composer.root


def scalar(raw: str) -> str | int | float | bool | None:
    """Return what an unquoted word means."""
    if raw in _NULL:
        return None
    if raw in _BOOLEANS:
        return _BOOLEANS[raw]
    if _INTEGER.fullmatch(raw):
        return int(raw)
    if _FLOAT.fullmatch(raw):
        return float(raw)
    return raw


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not come yet."""

    node: Node
    anchor: str | None
    key: Node | None = None
    merged: list[Node] = field(default_factory=list)


class _Composer:
    def __init__(self, book: Book) -> None:
        self.root: Node | None = None
        self._book = book
        self._open: list[_Open] = []
        self._anchors: dict[str, Node] = {}
        self._aliased = 0

    def take(self, event: events.Event) -> None:
        match event:
            case events.ScalarEvent():
                self._put(self._anchored(event.anchor, self._scalar(event)))
            case events.AliasEvent():
                self._put(self._alias(event))
            case events.SequenceStartEvent() | events.MappingStartEvent():
                self._begin(event)
            case events.SequenceEndEvent() | events.MappingEndEvent():
                done = self._open.pop()
                _merge(done)
                self._put(self._anchored(done.anchor, done.node))
            case events.DocumentStartEvent() if self.root is not None:
                raise UnreadableError(_position(event.start_mark), "found a second document (---), wanted one only")
            case _:
                pass  # the start and the end of the text and of its one document say nothing

    def _scalar(self, event: events.ScalarEvent) -> Node:
        position = _position(event.start_mark)
        self._check_tag(event.tag, position)
        text: str = event.value
        # quoted text, a block and !!str are text whatever they look like
        unquoted = event.implicit[0] or event.tag not in (None, "!", f"{_TAGS}str")
        return Node(scalar(text) if unquoted else text, position, raw=text, size=1 + len(text) // 100)

    def _check_tag(self, tag: str | None, position: tuple[int, int]) -> None:
        if tag is not None and tag not in _KNOWN_TAGS:
            raise UnreadableError(position, f"found the tag {quoted(tag)}, which means nothing here, wanted plain YAML")

    def _begin(self, event: events.SequenceStartEvent | events.MappingStartEvent) -> None:
        position = _position(event.start_mark)
        self._check_tag(event.tag, position)
        if len(self._open) >= MAX_DEPTH:
            raise UnreadableError(position, f"found more than {MAX_DEPTH} levels, one within the other; wanted fewer")
        self._open.append(
            _Open(Node([] if isinstance(event, events.SequenceStartEvent) else {}, position), event.anchor)
        )

    def _anchored(self, anchor: str | None, node: Node) -> Node:
        if anchor is not None:
            self._anchors[anchor] = node
        return node

    def _alias(self, event: events.AliasEvent) -> Node:
        position = _position(event.start_mark)
        name = event.anchor
        if any(opened.anchor == name for opened in self._open):
            raise UnreadableError(position, f"found *{name} inside of &{name} itself, wanted it after")
        if name not in self._anchors:
            raise UnreadableError(position, f"found *{name}, wanted &{name} somewhere above it")
        node = self._anchors[name]
        self._aliased += node.size
        if self._aliased > MAX_ALIASED:
            raise UnreadableError(
                position, f"found aliases that stand for more than {MAX_ALIASED} values, wanted fewer"
            )
        return node

    def _put(self, node: Node) -> None:
        if not self._open:
            self.root = node
            return
        parent = self._open[-1]
        parent.node.size += node.size
        if isinstance(parent.node.value, list):
            parent.node.value.append(node)
        elif parent.key is None:
            if isinstance(node.value, list | dict):
                raise UnreadableError(
                    node.position, "found a list or section as a name, wanted a word before the colon"
                )
            parent.key = node
        else:
            key, parent.key = parent.key, None
            self._set(parent, key, node)

    def _set(self, parent: _Open, key: Node, node: Node) -> None:
        mapping = parent.node.mapping()
        if key.raw == "<<":
            parent.merged.extend(node.value if isinstance(node.value, list) else [node])
        elif key.raw in mapping:
            first = parent.node.keys[key.raw][0]
            path = (*(opened.key.raw for opened in self._open if opened.key is not None), key.raw)
            self._book.mistake(
                key.position, path, f"found a second time, wanted once; it stands in line {first} already"
            )
        else:
            mapping[key.raw] = node
            parent.node.keys[key.raw] = key.position


def _merge(done: _Open) -> None:
    mapping = done.node.mapping()
    for source in done.merged:
        if not isinstance(source.value, dict):
            raise UnreadableError(source.position, "found << with no section behind it, wanted one, such as *name")
        for key, node in source.value.items():
            if key not in mapping:
                mapping[key] = node
                done.node.keys[key] = source.keys[key]


def _position(mark: Any) -> tuple[int, int]:
    return mark.line + 1, mark.column + 1


def _unreadable(wrong: yaml.MarkedYAMLError, text: str) -> UnreadableError:
    """Return a parser's complaint with what an admin can do about it."""
    begun, noticed = wrong.context_mark, wrong.problem_mark
    problem = (wrong.problem or "it cannot be read").removeprefix("found ")
    if begun and "end of stream" in problem:
        return UnreadableError(_position(begun), "found what is not closed up to the end of the file, wanted its end")
    mark = noticed or begun
    position = _position(mark) if mark else (1, 1)
    lines = text.split("\n", position[0])
    line = lines[position[0] - 1] if position[0] <= len(lines) else ""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return UnreadableError(position, "found a tab, wanted spaces: YAML is indented with spaces only")
    if "escape" in problem:
        advice = "in double quotes \\ begins an escape; wanted single quotes, in which it is an ordinary character"
        return UnreadableError(position, f"found an {problem}: {advice}")
    since = f" in what begins in line {begun.line + 1}" if begun and begun.line + 1 < position[0] else ""
    advice = "look at the quotes, brackets, colons and the indentation, here and in the line above"
    if "${" in line and "{" in line.replace("${", ""):
        advice = "within { } a text with ${NAME} stands in quotes, '${NAME}'"
    return UnreadableError(position, f"found no YAML{since} ({problem}), wanted YAML: {advice}")
