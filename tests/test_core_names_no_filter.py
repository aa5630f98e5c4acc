"""The core finds filters in the catalogue, and what they offer by their methods: it names none of them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

import xmppfilter
from xmppfilter.judging.catalogue import filter_names

PACKAGE: Final = Path(xmppfilter.__file__).parent
ROOMS: Final = ("config", "gateway", "judging", "lists", "operators", "registers", "replay", "routes", "build.py")
SAYS_WHAT_TO_TURN_ON: Final = "an operator is told which filter to turn on"
AN_EXAMPLE: Final = "a mistake, or a comment in the example, shows what may be written"
EXCEPTIONS: Final = {
    "config/filters.py": AN_EXAMPLE,
    "config/policies.py": AN_EXAMPLE,
    "config/tigase.py": "filters of Tigase by what they are called here: what is migrated is no concern of filters",
    "operators/lists.py": SAYS_WHAT_TO_TURN_ON,
    "operators/registry.py": SAYS_WHAT_TO_TURN_ON,
    "registers/bans.py": "the name of its structures in every store that there is",
    "registers/senders.py": "likewise",
}
"""Files that name a filter all the same, and why."""


def python_files() -> Iterator[Path]:
    for room in ROOMS:
        place = PACKAGE / room
        yield from place.rglob("*.py") if place.is_dir() else (place,)


def named_in(source: str) -> list[tuple[int, str]]:
    """Return the texts in *source* that name a filter or one of its rules, with their lines; docstrings are none."""
    tree = ast.parse(source)
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    names = re.compile("|".join(_pattern(name) for name in filter_names()))
    return [
        (node.lineno, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said
        if names.search(node.value)
    ]


def _pattern(name: str) -> str:
    """Match a filter that is called as no ordinary word is wherever it stands, any other where nothing else does."""
    return rf"\b{name}\b" if "_" in name or name == "blocklist" else rf"\A{name}(?:\.\w*)?\Z"


def test_no_file_of_the_core_names_a_filter() -> None:
    found = {
        str(path.relative_to(PACKAGE)): named for path in python_files() if (named := named_in(path.read_text("utf-8")))
    }
    assert {path: named for path, named in found.items() if path not in EXCEPTIONS} == {}
    assert sorted(found) == sorted(EXCEPTIONS), "an exception that is none any more"


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("x = 'known_spammers'", 1),
        ("x = f'the filter {x} known_spammers is off'", 1),
        ("x = 'mentions.url'", 1),
        ("x = 'mentions'", 1),
        ("x = 'whoever mentions somebody'", 0),
        ("'''Like known_spammers.'''", 0),
        ("x = 'somebody'", 0),
    ],
)
def test_what_counts_as_naming_one(source: str, count: int) -> None:
    assert len(named_in(source)) == count
