"""Remembers what was worked out of short texts: so many, of so many characters, whoever sends them."""

from collections.abc import Callable
from typing import Final, TypeVar

T = TypeVar("T")

LONGEST: Final = 256
"""Characters of a text of which anything is kept: addresses may be ten times as long, and cost nothing to make up."""


class _Kept(dict[str, T]):
    """The texts of late; those before them are kept until as many have come again."""

    __slots__ = ("_before", "_half", "_read")

    def __init__(self, read: Callable[[str], T], most: int) -> None:
        super().__init__()
        self._read = read
        self._half = max(1, most // 2)
        self._before: dict[str, T] = {}

    def __missing__(self, text: str) -> T:
        if len(text) > LONGEST:
            return self._read(text)
        known = self._before[text] if text in self._before else self._read(text)
        if len(self) >= self._half:
            self._before = dict(self)
            self.clear()
        self[text] = known
        return known


def kept(read: Callable[[str], T], most: int) -> Callable[[str], T]:
    """Return *read* with a memory of *most* short texts, half of which were asked for last.

    What *read* returns must depend on the text alone. What is found is found without running any Python.
    """
    return _Kept(read, most).__getitem__
