"""Puts environment variables into the texts of a configuration: `${NAME}`; `$${NAME}` stands for itself."""

import re
from collections.abc import Mapping
from typing import Final

from xmppfilter.config.mistakes import Book, PathParts, quoted
from xmppfilter.config.nodes import Node

# A letter must follow the brace: in a regular expression `${2}` is something else.
_REFERENCE: Final = re.compile(r"(\$?)\$\{([A-Za-z_][^{}]*)\}")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def substitute(node: Node, environ: Mapping[str, str], book: Book, *, required: bool) -> Node:
    """Return *node* with every `${NAME}` in its texts replaced. Missing ones are mistakes where they are *required*."""
    return _Substitution(environ, book, required=required).of(node, ())


class _Substitution:
    def __init__(self, environ: Mapping[str, str], book: Book, *, required: bool) -> None:
        self._environ = environ
        self._book = book
        self._required = required

    def of(self, node: Node, path: PathParts) -> Node:
        value = node.value
        if isinstance(value, dict):
            below = {key: self.of(child, (*path, key)) for key, child in value.items()}
            return Node(below, node.position, keys=node.keys, size=node.size)
        if isinstance(value, list):
            items = [self.of(child, (*path, place)) for place, child in enumerate(value)]
            return Node(items, node.position, size=node.size)
        if isinstance(value, str) and "${" in value:
            return self._text(node, value, path)
        return node

    def _text(self, node: Node, text: str, path: PathParts) -> Node:
        used: list[str] = []

        def replace(reference: re.Match[str]) -> str:
            escaped, name = reference.groups()
            if escaped:
                return reference[0][1:]
            if not _NAME.fullmatch(name):
                wanted = "wanted ${NAME}, a name of letters, digits and _ ($${ stands for ${ itself)"
                self._book.mistake(node.position, path, f"found {quoted(reference[0])}, {wanted}")
            elif name in self._environ:
                used.append(name)
                return self._environ[name]
            elif self._required:
                found = f"found ${{{name}}}, but the environment has no variable {name}"
                self._book.mistake(node.position, path, f"{found}, wanted it to be set ($${{ stands for ${{ itself)")
            return reference[0]

        replaced = _REFERENCE.sub(replace, text)
        return Node(replaced, node.position, raw=node.raw, size=node.size, variable=used[0] if used else None)
