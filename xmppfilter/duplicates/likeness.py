"""Whether one stretch of letters holds a near copy of another.

A copy has the grams (runs of five letters) of what it is a copy of, somewhere: padding with harmless text, a new
greeting or a random tail do not change that. A moved, dropped or replaced word costs the few grams that overlap it.
Different texts of one language share a tenth. `Window.holds` asks how many of the grams are there. If they are about
half: whether the rest is missing here and there (a varied copy) or all in one place, as with two people who quote the
same words, unless one says nothing else. If they are fewer: whether the one is a piece of the other. In both cases it
is a copy as well where the letters still come in the same threes, as they do when all words are there in another order.

Where every word is disguised hardly a gram is left. `resembles` compares letter by letter, and in order.
"""

from collections.abc import Set as AbstractSet
from functools import cache
from struct import Struct
from typing import Final

from xmppfilter import kernels

GRAM: Final = 5
SHORT_GRAM: Final = 3
SAMPLE: Final = 64  # of a text with more grams than this not all need be looked for
LONE_PHRASE: Final = 60  # with fewer grams than this a text is no longer taken to be the same when it is
MAX_PADDING: Final = 3  # this many times as long: it may be quoted
LEAST_PIECE: Final = 26  # grams that a piece of a text must have; people say the same in some seven words
_MOST: Final = 0.56  # of the grams found: wherever the others are missing, it is a copy
_HARDLY_MORE: Final = 0.7  # of a text's own grams known: it says hardly anything else, so it is a piece of the other
_PIECE: Final = 0.35  # of the other's grams, that it must have then
_PARTS: Final = 3  # of a text, each of which a varied copy still has something of:
_OF_EACH: Final = 0.15  # this share of its grams
_SCATTERED: Final = 0.28  # of the grams found, when the words have changed their places
_ALL_BUT: Final = 0.68  # of the short ones, where many grams are found, and they are all in one place

LONGEST: Final = 1024  # letters that are compared one by one, from the beginning
_ALIKE: Final = 0.70, 0.65  # of the letters in common and in order, in all and in the third that has the fewest
_MANY_MARKS: Final = 6  # the same, and these are enough:
_ALIKE_WITH_MARKS: Final = 0.60, 0.52
_SHORT: Final = 70  # letters; in fewer than these chance has more to say, so more marks must be the same
_SHORTEST: Final = 44
_MOST_MARKS: Final = 20
_ALIKE_AND_SHORT: Final = 0.64, 0.60  # here in the half that has the fewest


@cache
def _cutter(count: int, size: int) -> Struct:
    """Cuts `count` grams that do not overlap: several times as quick as slicing. At most 546 kinds, 1 MB."""
    return Struct(f"{size}s" * count)


def grams(window: bytes, every: int = 1, size: int = GRAM) -> list[bytes]:
    """Cut the runs of `size` letters of a window of at most 1,024; `every` 2 leaves out two of five, evenly."""
    cut: list[bytes] = []
    for start in range(0, min(size, len(window) - size + 1), every):
        cut += _cutter((len(window) - start) // size, size).unpack_from(window, start)
    return cut


class Window:
    """A stretch of at most 1,024 letters, which can be compared with others."""

    __slots__ = ("_grams", "letters")

    def __init__(self, letters: bytes) -> None:
        self.letters: Final = letters
        self._grams: AbstractSet[bytes] | None = None

    def holds(self, excerpt: bytes, found: float) -> bool:
        """Whether a near copy of the text that `excerpt` is of is here; `found` is the share of its runs that are."""
        known = len(excerpt) - GRAM + 1
        if found >= _MOST and len(self.letters) <= 2 * len(excerpt):
            return True  # there are no fewer grams
        seen = self._grams
        if seen is None:  # it may be compared with several texts
            seen = self._grams = frozenset(grams(self.letters))
        if known < LONE_PHRASE and len(seen) > MAX_PADDING * known:
            return False
        share = _share(grams(excerpt, every=1 if known <= SAMPLE else 2), seen)
        if share >= _MOST:
            return True
        enough = share >= needed(known)
        if (enough or (share >= _PIECE and len(seen) >= LEAST_PIECE)) and _is_piece(excerpt, seen):
            return True
        if enough and _has_of_each_part(excerpt, seen):
            return True
        least = _ALL_BUT if enough else _needed_short(known)
        return share >= _SCATTERED and len(self.letters) <= 2 * len(excerpt) and _threes(excerpt, self.letters) >= least


def resembles(first: bytes, second: bytes, marks: int) -> bool:
    """Whether two texts with so many *marks* in common have the letters in common too, in one order and all over.

    Different texts have two fifths of the letters in common, seldom half. What two people quote, or begin a letter
    with, is in one place: a part without it is as different as any.
    """
    first, second = first[:LONGEST], second[:LONGEST]
    length = (len(first) + len(second)) / 2
    found = [0, *kernels.in_common(first, second, 2 * _PARTS)]
    share = found[-1] / length
    of_third = _PARTS * min(found[end] - found[end - 2] for end in (2, 4, 6)) / length
    if share >= _ALIKE[0] and of_third >= _ALIKE[1]:
        return True
    if length >= _SHORT:
        return marks >= _MANY_MARKS and share >= _ALIKE_WITH_MARKS[0] and of_third >= _ALIKE_WITH_MARKS[1]
    of_half = 2 * min(found[3], found[6] - found[3]) / length
    enough = marks >= _MOST_MARKS and length >= _SHORTEST
    return enough and share >= _ALIKE_AND_SHORT[0] and of_half >= _ALIKE_AND_SHORT[1]


def needed(known: int) -> float:
    """Return the share of a known text's grams, `known` in number, that must be found again.

    Different texts share at most a fifth, but a phrase of ten words may well be half of another phrase of ten.
    """
    return 0.40 + 0.0046 * max(0, 90 - known)


def _needed_short(known: int) -> float:
    """Return the same for the short grams, of which different texts share up to half."""
    return 0.55 + 0.003 * max(0, 90 - known)


def _share(looked_for: list[bytes], seen: AbstractSet[bytes]) -> float:
    distinct = set(looked_for)
    return len(seen & distinct) / len(distinct)


def _is_piece(excerpt: bytes, seen: AbstractSet[bytes]) -> bool:
    return len(seen & set(grams(excerpt))) >= _HARDLY_MORE * len(seen)


def _has_of_each_part(excerpt: bytes, seen: AbstractSet[bytes]) -> bool:
    size = -(-len(excerpt) // _PARTS)
    return all(
        _share(grams(excerpt[start : start + size]), seen) >= _OF_EACH for start in range(0, len(excerpt) - GRAM, size)
    )


def _threes(excerpt: bytes, window: bytes) -> float:
    """Return the share of the short grams, which words have in whatever order they stand."""
    return _share(grams(excerpt, size=SHORT_GRAM), frozenset(grams(window, size=SHORT_GRAM)))
