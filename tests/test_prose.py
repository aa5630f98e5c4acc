"""The prose of the house: docstrings that tell a reader what they need, in words of the field."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

PACKAGE = Path(__file__).parents[1] / "xmppfilter"
MODULES = sorted(PACKAGE.rglob("*.py"))
SEEN_BY_USERS = frozenset({"cli/ctl.py"})
"""Modules whose docstrings are the help of commands: there `Give` is what the user does."""
_OLD: Final = re.compile(
    r"\b(?:dear(?:er|est)?|lest|mend(?:s|ed|ing)?)\b|\bas nearly (?:all|always)\b|\bNone: it is (?:nobody|none)\b",
    re.IGNORECASE,
)
"""Words for which there are plainer ones: expensive, so that … not, fix, mostly, `None where there is no …`."""


def docstrings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield each docstring with its line, those of attributes and constants as well."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.lineno, node.value.value


def read(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def name(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_docstrings_return_and_use_plain_words(path: Path) -> None:
    for line, text in docstrings(read(path)):
        place = f"{name(path)}:{line}"
        if name(path) not in SEEN_BY_USERS:
            assert not text.lstrip().startswith("Give"), f"{place}: say Return, Yield, Send or what it is"
        assert not (old := _OLD.findall(text)), f"{place}: found {', '.join(old)}, wanted plainer words"


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_imports_are_absolute(path: Path) -> None:
    relative = [node.lineno for node in ast.walk(read(path)) if isinstance(node, ast.ImportFrom) and node.level]
    assert not relative, f"{name(path)}:{relative}: write the module's whole name"
