"""What of a text survives when a spammer varies it: the sequence of its letters, cut into overlapping grams.

`letters` throws away all that costs nothing to vary: case, look-alikes, accents, invisible characters (by the folding
before it), white space, punctuation, emoji, doubled and stretched letters; figures and signs that stand for letters
become them. What is left is one byte a letter (two for an ideograph), and a gram is five of those.

Two texts are near copies when the grams of the one are *contained* in a window of the other, which padding with
harmless text, a new greeting or a random tail do not change. A moved, dropped or replaced word costs the few grams
that overlap it. Different texts of one language share a tenth. Three things are asked, in `Sketch.is_copy`: how many
of the grams are there; if that is about half of them, whether the rest is missing here and there (a varied copy) or all
in one place (two people who quote the same words, unless one says nothing else); and if it is fewer, whether the
letters still come in the same threes, as they do when all words are there in another order.
"""

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from functools import cache, lru_cache
from hashlib import blake2b
from itertools import compress
from struct import Struct
from typing import Final

from xmppfilter.text.fold import fold_characters

GRAM: Final = 5
SHORT_GRAM: Final = 3
WINDOW: Final = 1024  # letters looked at together; in more than this, any short text is half contained by chance
STEP: Final = WINDOW // 2
MAX_LETTERS: Final = 65_536
SAMPLE: Final = 64  # of a text with more grams than this not all need be looked for
MIN_GRAMS: Final = 40  # a shorter text (some ten words) is compared for equality only: people repeat each other
LONE_PHRASE: Final = 60  # with fewer grams than this a text is no longer taken to be the same when it is
MAX_PADDING: Final = 3  # this many times as long: it may be quoted
EXCERPTS: Final = 4  # windows of a very long text that it is known by
_MOST: Final = 0.56  # of the grams found: wherever the others are missing, it is a copy
_HARDLY_MORE: Final = 0.75  # of a text's own grams known: it says hardly anything else, so it is a piece of the other
_PARTS: Final = 3  # of a text, each of which a varied copy still has something of:
_OF_EACH: Final = 0.15  # this share of its grams
_SCATTERED: Final = 0.28  # of the grams found, when the words have changed their places
_KEPT_CHARACTERS: Final = 2048
_TELLING: Final = 8  # with fewer letters than this it is the signs, figures and emoji that tell two texts apart

# Symbols, emoji and punctuation outside ASCII, in UTF-8: U+1F000-1FFFF, 2000-2FFF, 3000-303F, 0080-00BF, FE00-FFFF.
_SIGNS: Final = re.compile(rb"\xf0\x9f..|\xe2..|\xe3\x80.|\xc2.|\xef[\xb8-\xbf].", re.DOTALL)
_REPEATED_PAIR: Final = re.compile(rb"([\x80-\xbf]{2})\1+")

_SPELLED: Final = bytes.maketrans(b"0134578@$|l", b"oieastbasii")
# Lead bytes go: 64 continuation bytes tell the letters of an alphabet apart, and two of them one ideograph.
_DROPPED: Final = bytes(set(range(256)) - set(b"abcdefghijklmnopqrstuvwxyz0134578@$|") - set(range(0x80, 0xC0)))

# What texts are found by is longer than what they are compared by, for fewer chance finds.
_RUN: Final = re.compile(rb"(?=([aeo\x80-\x9f].{7}))", re.DOTALL)


def letters(folded: str) -> bytes:
    """Give the letters of a text folded by `fold_characters` or `fold_light`, a byte each, none twice in a row."""
    raw = folded.encode("utf-8", "surrogatepass")
    if len(raw) != len(folded):
        raw = _SIGNS.sub(b"", raw)
    spelled = raw.translate(_SPELLED, _DROPPED)[:MAX_LETTERS]
    if len(raw) > 2 * len(folded):  # most letters are of two bytes: ideographs, Indic, Thai, Georgian
        spelled = _REPEATED_PAIR.sub(rb"\1", spelled)
    # Where a letter equals the one before it, the number XORed with itself a byte later has a zero byte.
    number = int.from_bytes(spelled, "big")
    return bytes(compress(spelled, (number ^ (number >> 8)).to_bytes(len(spelled), "big")))


@cache
def _cutter(count: int, size: int) -> Struct:
    """Cuts `count` grams that do not overlap: several times as quick as slicing. At most 546 kinds, 1 MB."""
    return Struct(f"{size}s" * count)


def grams(window: bytes, every: int = 1, size: int = GRAM) -> list[bytes]:
    """Cut the runs of `size` letters of a window of at most `WINDOW`; `every` 2 leaves out two of five, evenly."""
    cut: list[bytes] = []
    for start in range(0, min(size, len(window) - size + 1), every):
        cut += _cutter((len(window) - start) // size, size).unpack_from(window, start)
    return cut


def runs(window: bytes) -> list[bytes]:
    """Cut the runs of eight letters that begin with a vowel, or with about every second letter of other scripts.

    Where a run begins depends on nothing around it, so a copy is looked up by the same ones at a third of the cost.
    """
    found: list[bytes] = _RUN.findall(window)
    return found


class Sketch:
    """A text reduced to its letters; the rest is worked out when a collection of texts asks for it."""

    __slots__ = ("_details", "_keys", "key", "letters")

    def __init__(self, folded: str) -> None:
        self.letters: Final = letters(folded)
        whole = self.letters if len(self.letters) >= _TELLING else folded.encode("utf-8", "surrogatepass")
        # Equal for equal texts, at most `WINDOW` bytes.
        self.key: Final = whole if len(whole) <= WINDOW else blake2b(whole, digest_size=32).digest()
        self._keys: tuple[bytes, list[bytes]] = (b"", [])
        self._details: tuple[bytes, AbstractSet[bytes]] = (b"", frozenset())

    def windows(self) -> Iterator[bytes]:
        """Give stretches of at most `WINDOW` letters; any `STEP` letters in a row lie within one of them."""
        for start in range(0, max(1, len(self.letters) - STEP), STEP):
            yield self.letters[start : start + WINDOW]

    def keys(self, window: bytes) -> list[bytes]:
        """Give what to look a window up by: rarely the same for different texts, often still there in a copy."""
        if self._keys[0] != window:
            self._keys = (window, runs(window))
        return self._keys[1]

    def excerpts(self) -> tuple[bytes, ...]:
        """Give letters to know the text by: all of them, or of a very long one `EXCERPTS` windows spread over it."""
        if len(self.letters) < MIN_GRAMS + GRAM - 1:
            return ()
        parts = min(EXCERPTS, -(-len(self.letters) // WINDOW))
        last = max(0, len(self.letters) - WINDOW)
        starts = (last * part // max(1, parts - 1) for part in range(parts))
        return tuple(self.letters[start : start + WINDOW] for start in starts)

    def is_copy(self, excerpt: bytes, window: bytes) -> bool:
        """Whether `window`, one of this text's, holds a near copy of the text that `excerpt` is of."""
        known = len(excerpt) - GRAM + 1
        seen = self._grams(window)
        if known < LONE_PHRASE and len(seen) > MAX_PADDING * known:
            return False
        share = _share(grams(excerpt, every=1 if known <= SAMPLE else 2), seen)
        if share >= needed(known):
            return share >= _MOST or _is_piece(excerpt, seen) or _has_of_each_part(excerpt, seen)
        return share >= _SCATTERED and len(window) <= 2 * len(excerpt) and _is_rearranged(excerpt, window)

    def _grams(self, window: bytes) -> AbstractSet[bytes]:
        """Give what a window is compared by; the last one is kept, for it may be compared with several texts."""
        if self._details[0] is not window:
            self._details = (window, frozenset(grams(window)))
        return self._details[1]


class Exact:
    """A text, or what stands for one, whose copies are its equals and nothing else."""

    __slots__ = ("key",)

    def __init__(self, key: bytes) -> None:
        self.key: Final = key

    def windows(self) -> tuple[bytes, ...]:
        """Give nothing to look up."""
        return ()

    def excerpts(self) -> tuple[bytes, ...]:
        """Give nothing to know it by."""
        return ()

    def keys(self, window: bytes) -> tuple[bytes, ...]:  # noqa: ARG002
        """Give no keys."""
        return ()

    def is_copy(self, excerpt: bytes, window: bytes) -> bool:  # noqa: ARG002
        """Say no: it has no windows."""
        return False


def sketch_of(text: str) -> Sketch:
    """Fold a text and reduce it; floods repeat, and several filters ask, so the latest are kept."""
    return _kept_sketch(text) if len(text) <= _KEPT_CHARACTERS else Sketch(fold_characters(text))


@lru_cache(maxsize=128)
def _kept_sketch(text: str) -> Sketch:
    return Sketch(fold_characters(text))


def needed(known: int) -> float:
    """Give the share of a known text's grams, `known` in number, that must be found again.

    Different texts share at most a fifth, but a phrase of ten words may well be half of another phrase of ten.
    """
    return 0.40 + 0.0046 * max(0, 90 - known)


def _needed_short(known: int) -> float:
    """Give the same for the short grams, of which different texts share up to half."""
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


def _is_rearranged(excerpt: bytes, window: bytes) -> bool:
    there = frozenset(grams(window, size=SHORT_GRAM))
    return _share(grams(excerpt, size=SHORT_GRAM), there) >= _needed_short(len(excerpt) - GRAM + 1)
