"""In which form a copy holds the text that it is a copy of: all of it, a part of it, or with much else around it."""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import Final, NamedTuple

from xmppfilter import kernels
from xmppfilter.duplicates.likeness import GRAM, grams

STRETCH: Final = 32  # grams: of a stretch of so many most are found, unless it is something else
_STEP: Final = 8
_FOREIGN: Final = 0.22  # of the grams found in the best stretch; different texts share a tenth
_DISGUISED: Final = 0.5  # of the grams found in no stretch: something of every word was varied
_TOLERATED: Final = 10  # part of the stretches that may be missing in a copy, beside one,
_IN_A_ROW: Final = 2  # and so many in one place
_LONGEST: Final = 4096  # letters compared
_ALIKE: Final = 0.58  # of the letters in common and in order; different texts have two fifths
_AT_ONCE: Final = 1024  # letters that are cut into grams


class Form(NamedTuple):
    """What a copy has of a known text, and what beside it."""

    missing: int = 0
    """Bits of the stretches of the known text that it has not,"""
    of: int = 1
    """of so many."""
    wrapped: bool = False
    """Whether it says much else."""
    links: int = 0
    """How much it advertises: who says the same without the link is not judged by those with it."""

    @property
    def part(self) -> bool:
        """Whether something of the known text is missing."""
        return not self._tolerates(self.missing)

    @property
    def whole(self) -> bool:
        """Whether it is the known text, and hardly anything else."""
        return not self.wrapped and not self.part

    @property
    def blocks(self) -> int:
        """In how many pieces that comes which is there of the known text."""
        there = ~self.missing & ((1 << self.of) - 1)
        return (there & ~(there << 1)).bit_count()

    def _tolerates(self, missing: int) -> bool:
        """Whether a varied copy may well lack these stretches."""
        if not missing:
            return True
        if missing.bit_count() > 1 + self.of // _TOLERATED:
            return False
        for _ in range(_IN_A_ROW):
            missing &= missing >> 1
        return not missing

    def holds(self, other: "Form") -> bool:
        """Whether it says all that another copy says, as far as that is known."""
        if (other.wrapped and not self.wrapped) or other.links > self.links:
            return False
        return self._tolerates(self.missing & ~other.missing)

    def equals(self, other: "Form") -> bool:
        """Whether each says all that the other says."""
        return self.holds(other) and other.holds(self)


WHOLE: Final = Form()


class _Cut(NamedTuple):
    """Letters, cut into grams."""

    letters: bytes
    pieces: list[list[bytes]]
    """The grams of each `_AT_ONCE` letters, in the order of `grams`."""
    seen: frozenset[bytes]


def compare(known: Sequence[bytes], letters: bytes) -> Form:
    """Compare a text's letters with the excerpts of a known one that it is a near copy of."""
    if len(letters) > _LONGEST:  # a text that is not as long is only a part of what it says
        return Form(wrapped=2 * sum(map(len, known)) < _LONGEST)
    text, excerpts = _cut(letters), [_cut_once(excerpt) for excerpt in known]
    if len(known) > 1 and len(known[0]) < _AT_ONCE:  # they are the same in Latin letters, or in other words
        excerpts = [max(excerpts, key=lambda excerpt: len(text.seen & excerpt.seen))]
    return _compare(excerpts, text)


def _compare(known: Sequence[_Cut], text: _Cut) -> Form:
    missing = of = 0
    for excerpt in known:
        absent = _foreign(excerpt, text.seen)
        missing |= _bits(absent) << of
        of += len(absent)
    absent = _foreign(text, known[0].seen.union(*(excerpt.seen for excerpt in known[1:])))
    foreign = _bits(absent)
    wrapped = Form(foreign, len(absent)).part
    if wrapped and missing and len(known) == 1:
        instead = _place(text.letters, foreign)
        if _is_disguised(_place(known[0].letters, missing), instead):
            return WHOLE
    return Form(missing, of, wrapped)


def _place(letters: bytes, stretches: int) -> bytes:
    """Return the letters from the first of some stretches to the last."""
    first = (stretches & -stretches).bit_length() - 1
    return letters[_STEP * first : _STEP * (stretches.bit_length() - 1) + STRETCH + GRAM - 1]


def _is_disguised(missing: bytes, instead: bytes) -> bool:
    """Whether what is there in place of what is missing is the same, letter by letter."""
    return kernels.in_common(missing, instead, 1)[-1] >= _ALIKE * (len(missing) + len(instead)) / 2


def _bits(flags: Iterable[bool]) -> int:
    return sum([1 << at for at, flag in enumerate(flags) if flag])


def _cut(letters: bytes) -> _Cut:
    starts = range(0, max(1, len(letters) - GRAM + 1), _AT_ONCE - GRAM + 1)
    pieces = [grams(letters[start : start + _AT_ONCE]) for start in starts]
    return _Cut(letters, pieces, frozenset().union(*pieces))


_cut_once: Final = lru_cache(maxsize=256)(_cut)  # what is copied at present


def _are_in(cut: _Cut, seen: AbstractSet[bytes]) -> bytes:
    """Say of the gram at each place whether it has been seen, 1 or 0."""
    found = bytearray(max(0, len(cut.letters) - GRAM + 1))
    start = 0
    for piece in cut.pieces:
        flags = bytes(map(seen.__contains__, piece))  # first those that begin at every fifth letter, and so on
        end, at = start + len(piece), 0
        for first in range(start, min(start + GRAM, end)):
            count = len(range(first, end, GRAM))
            found[first:end:GRAM] = flags[at : at + count]
            at += count
        start = end
    return bytes(found)


def _foreign(cut: _Cut, seen: AbstractSet[bytes]) -> list[bool]:
    """Say of each stretch of letters whether it is hardly found in what has the grams *seen*."""
    found = _are_in(cut, seen)
    counts = [found.count(1, at, at + STRETCH) for at in range(0, max(1, len(found) - STRETCH + 1), _STEP)]
    most = max(counts)
    if most < _DISGUISED * STRETCH:
        return [False] * len(counts)
    return [count <= _FOREIGN * most for count in counts]
