"""Whether two short texts say the same, where letters are mistyped, words stand in another order, or few are put in.

People repeat each other in short texts with another word in one place: "see you at the station", "at the airport". So
it is not enough that most letters are the same. Each word of the one must be in the other, if mistyped, and what is put
in is a part of it; the shorter the texts, the smaller that part. Where all words are disguised, their consonants are
compared, or which letters each has.

What was said once is soon said again by chance, among all that was. What was said again already is more likely to be
sent to many, so a copy of that may differ more.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from xmppfilter import kernels

LEAST: Final = 16
"""Letters of a text of which another one may be a near copy."""
VOWELS: Final = b"aeiouy"
_VOWELS: Final = VOWELS + b"\xb8\x8b\x8d\x8e\x8f"  # the Cyrillic ones that look like no Latin one, without lead bytes

_LONG: Final = 24  # letters; fewer ones must have more in common, up to what is said second here:
_TYPED: Final = 0.84, 0.90  # of the letters in common and in order, where
_WORDS_TYPED: Final = 0.90, 0.96  # so many letters are of words that both have, or nearly
_MOVED: Final = 0.92, 0.96  # of the letters in words that both have, or nearly, in whatever order
_LEAST_KEPT: Final = 0.90  # the least of these
_WITHIN: Final = 0.95  # of the letters of the one and of its words that the other has, and
_BESIDE: Final = 0.35, 0.0  # what that may have beside them, as a share; and
_ALL_WITHIN: Final = 0.99
_ALL_BESIDE: Final = 0.80, 0.0  # the same where it has all
_STRAY: Final = 0.97  # of the letters of the one that the other has in order, and
_STRAY_BESIDE: Final = 0.32  # what that may have between them
_CONSONANTS: Final = 12
_SAME_CONSONANTS: Final = 0.97

_WORDS: Final = 3  # or more, or the letters that each has tell nothing of their order

_LONGER: Final = 2  # times as long; nothing that is a near copy is
_FAR: Final = 0.5  # of the letters in order, and nothing else need be compared
_LIKE: Final = 0.61, 0.74  # of a word's letters in order, and it is the same one mistyped,
_MEDIUM: Final = range(5, 8)  # in words of so many letters, and in others
_MISSED: Final = 2  # letters that it has more or less then


class _Measure(NamedTuple):
    """What a text must be like."""

    least: int
    """Letters of both,"""
    same_from: int
    """and from how many on the first share is enough, not the second:"""
    same: tuple[float, float]
    """of the letters in common and in order, whatever words they are in."""
    starred: bool
    """Whether it is a word of few letters as well that lacks one of them, or has one more."""
    strict: float
    """How strict it is with texts that are long."""


_ONCE: Final = _Measure(18, 30, (0.95, 0.97), False, 1.0)
_REPEATED: Final = _Measure(LEAST, 18, (0.95, 0.97), True, 0.0)


class _Text(NamedTuple):
    letters: bytes
    words: list[bytes]


def alike(known: bytes, new: bytes, *, repeated: bool) -> bool:
    """Whether two texts say the same; spaces are between their words. Those that one is a copy of may be *repeated*."""
    first, second = known.replace(b" ", b""), new.replace(b" ", b"")
    if len(second) < len(first):
        known, new, first, second = new, known, second, first
    measure = _REPEATED if repeated else _ONCE
    least, most = len(first), len(second)
    if least < measure.least or most > _LONGER * (least + 1):
        return False
    found = kernels.in_common(first, second, 1)[-1]
    in_order = 2 * found / (least + most)
    same = measure.same[least < measure.same_from]
    if in_order >= same:
        return True
    if in_order < _FAR:
        return False
    if repeated and found >= _STRAY * least and most <= (1 + _STRAY_BESIDE) * least:
        return True
    words, others = known.split(), new.split()
    return (
        _have_consonants(first, second)
        or (_WORDS <= len(words) == len(others) and _in_order(_sorted(words), _sorted(others)) >= same)
        or _have_words(_Text(first, words), _Text(second, others), found, measure)
    )


def _in_order(first: bytes, second: bytes) -> float:
    """Return the share of letters in common and in one order."""
    return 2 * kernels.in_common(first, second, 1)[-1] / (len(first) + len(second))


def _have_consonants(first: bytes, second: bytes) -> bool:
    """Whether both have the same consonants: vowels are easily read whatever stands in their places."""
    first, second = first.translate(None, _VOWELS), second.translate(None, _VOWELS)
    return min(len(first), len(second)) >= _CONSONANTS and _in_order(first, second) >= _SAME_CONSONANTS


def _sorted(words: Iterable[bytes]) -> bytes:
    """Return the letters of each word, each once, in the order of the alphabet: as they are where one scrambles it."""
    return b"".join(bytes(sorted(set(word))) for word in words)


def _have_words(one: _Text, other: _Text, found: int, measure: _Measure) -> bool:
    """Whether of two texts each has the words of the other, or the longer one all of the shorter, *one*."""
    least, most = len(one.letters), len(other.letters)
    mine = _kept(one.words, other, int((1 - _LEAST_KEPT) * least), starred=measure.starred) / least
    if mine < _LEAST_KEPT:
        return False
    strict = max(measure.strict, (_LONG - least) / (_LONG - LEAST))
    typed = 2 * found / (least + most) >= _between(_TYPED, strict)
    needed = _between(_WORDS_TYPED if typed else _MOVED, strict)
    if mine >= needed and _kept(other.words, one, int((1 - needed) * most), starred=measure.starred) >= needed * most:
        return True
    share, beside = min(mine, found / least), most / least - 1
    if share >= _ALL_WITHIN:
        return beside <= _between(_ALL_BESIDE, strict)
    return share >= _WITHIN and beside <= _between(_BESIDE, strict)


def _between(ends: tuple[float, float], strict: float) -> float:
    return ends[0] + (ends[1] - ends[0]) * strict


def _kept(words: Sequence[bytes], other: _Text, spare: int, *, starred: bool) -> int:
    """Return how many letters are of words that another text has, or mistyped; 0 where more than *spare* are not."""
    there, letters = set(other.words), other.letters
    kept = 0
    for word in words:
        size = len(word)
        if (
            word in there
            or (size >= _MEDIUM[0] - 1 and word in letters)
            or _is_mistyped(word, other.words, starred=starred)
        ):
            kept += size
        else:
            spare -= size
            if spare < 0:
                return 0
    return kept


def _is_mistyped(word: bytes, others: Iterable[bytes], *, starred: bool) -> bool:
    size = len(word)
    if size <= _MISSED:
        return False
    enough = _LIKE[size not in _MEDIUM]
    for other in others:
        if -_MISSED <= (more := len(other) - size) <= _MISSED:
            found = kernels.in_common(word, other, 1)[-1]
            if found >= enough * max(size, len(other)) or (
                starred and abs(more) == 1 and found >= min(size, len(other))
            ):
                return True
    return False
