"""Finds the words of a text unless some of them are to be looked at."""

from collections.abc import Callable, Mapping
from typing import Final

SPACE: Final = 0x20
STOP: Final = 0x2C
"""What stands between words, and where something said ends."""
ANYWHERE, FIRST, LAST = 1, 2, 4
"""Where a word is to be looked at; a sum of these."""
_MOST: Final = 65_535
_LONGEST: Final = 255


def phrasing(kinds: Mapping[bytes, int]) -> Callable[[bytes], bytes | None]:
    """Return what returns the words of a spelled text, with one space between two.

    It returns None where one of *kinds* stands in such a place. There are at most 65,535 of them, of 255 bytes or less.
    """
    if len(kinds) > _MOST or any(not 0 < len(word) <= _LONGEST for word in kinds):
        raise ValueError("wanted at most 65,535 words of 1 to 255 bytes")
    kinds = dict(kinds)
    anywhere = frozenset(word for word, kind in kinds.items() if kind & ANYWHERE)

    def words(spelled: bytes) -> bytes | None:
        found = [word for word in spelled.replace(bytes([STOP]), bytes([SPACE])).split(bytes([SPACE])) if word]
        if not found:
            return b""
        if kinds.get(found[0], 0) & FIRST or kinds.get(found[-1], 0) & LAST or not anywhere.isdisjoint(found):
            return None
        return bytes([SPACE]).join(found)

    return words
