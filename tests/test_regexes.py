"""Regular expressions mean the same on every Python that we support."""

import re
from pathlib import Path

import pytest

import xmppfilter

SOURCES = sorted(Path(xmppfilter.__file__).parent.rglob("*.py"))
# `(...)*+`, outside of a character class
POSSESSIVE_GROUP = re.compile(r"(?<!\\)\)[*+?]\+")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_no_group_is_repeated_possessively(path: Path) -> None:
    """Up to Python 3.11.4, which Debian 12 has, such a group may match wrongly; a single character or class is fine."""
    code = re.sub(r"\[(?:\\.|[^\]\\])+\]", "[]", path.read_text())
    assert POSSESSIVE_GROUP.search(code) is None
