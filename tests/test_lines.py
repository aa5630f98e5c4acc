"""What is read line by line ends its lines at line feeds: `str.splitlines` cuts at U+2028, U+0085 and more as well.

People write those characters, so a JSON line or an entry of a list that holds one would come out in halves.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parent
READERS = (TESTS.parent / "xmppfilter", TESTS / "bench", TESTS / "live")
"""What reads the texts of others; other tests split what they have written themselves."""


def _splits(source: str) -> Iterator[int]:
    """Yield the lines of *source* that call it."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr == "splitlines":
            yield node.lineno


def test_no_reader_cuts_lines_within_texts() -> None:
    found = [
        f"{path.relative_to(TESTS.parent)}:{line}"
        for folder in READERS
        for path in sorted(folder.rglob("*.py"))
        if not path.name.startswith("test_")
        for line in _splits(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_a_call_is_found() -> None:
    assert list(_splits("a = 1\nb = text.splitlines()\n")) == [2]
