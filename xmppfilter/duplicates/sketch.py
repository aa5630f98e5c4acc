"""What of a text survives when a spammer varies it: the sequence of its letters.

`letters` throws away all that costs nothing to vary: case, look-alikes, accents, invisible characters, white space,
punctuation, emoji, doubled and stretched letters; figures and signs that stand for letters become them. What is left is
one byte a letter (two for an ideograph). By runs of six of them a text is found again, see `slots`; whether what was
found is a copy, `Window.holds` says.

`letters` and `slots` are all that is done with every text that was never seen before. They depend on nothing but their
arguments.
"""

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b
from itertools import compress, islice
from typing import Final

from xmppfilter import kernels
from xmppfilter.duplicates.likeness import GRAM, LEAST_PIECE, Window
from xmppfilter.text.fold import fold_characters
from xmppfilter.text.memo import remembered

WINDOW: Final = 1024  # letters looked at together; in more than this, any short text is half contained by chance
STEP: Final = WINDOW // 2
MAX_LETTERS: Final = 65_536
MIN_GRAMS: Final = 40  # a shorter text (some ten words) is compared for equality only: people repeat each other
EXCERPTS: Final = 4  # windows of a very long text that it is known by
RUN: Final = 6
MOST_SLOTS: Final = 256  # of `STEP` letters; only what was made to cost us time has as many

_TELLING: Final = 8  # with fewer letters than this it is the signs, figures and emoji that tell two texts apart
# Symbols, emoji and punctuation outside ASCII, in UTF-8: U+1F000-1FFFF, 2000-2FFF, 3000-303F, 0080-00BF, FE00-FFFF.
_SIGNS: Final = re.compile(
    rb"[\xc2\xe2\xe3\xef\xf0](?:(?<=\xf0)\x9f..|(?<=\xe2)..|(?<=\xe3)\x80.|(?<=\xc2).|(?<=\xef)[\xb8-\xbf].)", re.DOTALL
)
_REPEATED_PAIR: Final = re.compile(rb"([\x80-\xbf]{2})\1+")
_LOWER: Final = b"abcdefghijklmnopqrstuvwxyz"
_SPELLED: Final = bytes.maketrans(_LOWER.upper() + b"0134578@$|", _LOWER + b"oieastbasi").replace(b"l", b"i")
# Lead bytes go: 64 continuation bytes tell the letters of an alphabet apart, and two of them one ideograph.
_DROPPED: Final = bytes(set(range(256)) - set(_LOWER + _LOWER.upper() + b"0134578@$|") - set(range(0x80, 0xC0)))
_BY_BYTE: Final = bytes(0 if byte in _DROPPED else _SPELLED[byte] for byte in range(256))
# Every third or fourth letter, in whatever script; of the Latin ones those by which most copies are found for the cost.
_STARTS: Final = bytes(byte in b"aio" or 0x80 <= byte < 0x98 for byte in range(256))  # noqa: PLR2004 - see `_DROPPED`


def _letters(text: str) -> bytes:
    if text.isascii():
        spelled = text.encode().translate(_SPELLED, _DROPPED)[:MAX_LETTERS]
    else:
        folded = fold_characters(text)
        raw = folded.encode("utf-8", "surrogatepass")
        if len(raw) != len(folded):
            raw = _SIGNS.sub(b"", raw)
        spelled = raw.translate(_SPELLED, _DROPPED)[:MAX_LETTERS]
        if len(raw) > 2 * len(folded):  # most letters are of two bytes: ideographs, Indic, Thai, Georgian
            spelled = _REPEATED_PAIR.sub(rb"\1", spelled)
    # Where a letter equals the one before it, the number XORed with itself a byte later has a zero byte.
    number = int.from_bytes(spelled, "big")
    return bytes(compress(spelled, (number ^ (number >> 8)).to_bytes(len(spelled), "big")))


@kernels.twin
def lettering(
    spelled: bytes,  # noqa: ARG001 - by these the twin finds the letters
    signs: bytes,  # noqa: ARG001
    most: int,  # noqa: ARG001
    fold: Callable[[str], str],  # noqa: ARG001
    otherwise: Callable[[str], bytes],
) -> Callable[[str], bytes]:
    """Return what finds letters as *otherwise* does.

    They are what *spelled* has for the bytes of a folded text in UTF-8, zero for none. In *signs* is a byte for each 64
    characters, which differ in the last byte only: not zero for those that are dropped.
    """
    return otherwise


def _signs() -> bytes:
    every = "".join(map(chr, range(0, sys.maxunicode, 64)))
    kept = set(_SIGNS.sub(b"", every.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass"))
    return bytes(char not in kept for char in every)


letters: Final = lettering(_BY_BYTE, _signs(), MAX_LETTERS, fold_characters, _letters)
"""Gives the letters of a text, a byte each, none twice in a row; at most `MAX_LETTERS`."""


@kernels.twin
def cutting(starts: bytes, size: int, window: int, most: int) -> Callable[[bytes, int], list[int]]:
    """Return what hashes the runs of *size* letters (two or more) that begin with one of *starts*, a byte for each.

    Of more than *most*, if that is not zero, it takes every second or third, and of those that begin behind *window*
    letters none.
    """
    runs = tuple(slice(at, at + size) for at in range(window))  # made once, for that takes longer than to cut

    def all_slots(stretch: bytes, mask: int) -> list[int]:
        return [hash(stretch[run]) & mask for run in compress(runs, stretch[: 1 - size].translate(starts))]

    def some_slots(stretch: bytes, mask: int) -> list[int]:
        chosen = stretch[: 1 - size].translate(starts)
        found = islice(compress(runs, chosen), 0, None, chosen.count(1) // most + 1)
        return [hash(stretch[run]) & mask for run in found]

    return some_slots if most else all_slots


slots: Final = cutting(_STARTS, RUN, WINDOW, 0)
"""Gives a number for each run of `RUN` letters in a stretch that begins with certain ones, in order; within a mask.

Of more than `WINDOW` letters the rest is left out. Where a run begins depends on nothing around it, so a copy has many
of the same. The numbers hold as long as the process lives, and nobody outside can tell which runs share one.
"""
some_slots: Final = cutting(_STARTS, RUN, WINDOW, MOST_SLOTS)
"""Gives the same, of more than `MOST_SLOTS` every second or third, all over the stretch."""


class Part(Window):
    """A stretch of a text, and what it is found again by."""

    __slots__ = ("slots",)

    def __init__(self, letters: bytes, found_by: list[int]) -> None:
        super().__init__(letters)
        self.slots: Final = found_by


class Sketch(Window):
    """A text reduced to its letters; the rest is worked out when a collection of texts asks for it."""

    __slots__ = ("_mask", "key", "slots")

    slots: list[int]
    """Those of the whole text, once it was asked for its windows."""

    def __init__(self, text: str) -> None:
        super().__init__(letters(text))
        whole = self.letters
        if len(whole) < _TELLING:
            whole = fold_characters(text).encode("utf-8", "surrogatepass")
        # Equal for equal texts, at most `WINDOW` bytes.
        self.key: Final = whole if len(whole) <= WINDOW else blake2b(whole, digest_size=32).digest()
        self._mask = -1

    def windows(self, mask: int) -> Iterable["Part | Sketch"]:
        """Give stretches of at most `WINDOW` letters; any `STEP` letters in a row lie within one of them.

        None where the text is too short to hold a copy of another. Their slots are within *mask*.
        """
        if len(self.letters) > WINDOW:
            return self._parts(mask)
        return self._whole(mask) if len(self.letters) >= LEAST_PIECE + GRAM - 1 else ()

    def _whole(self, mask: int) -> tuple["Sketch"]:
        if self._mask != mask:
            self.slots, self._mask = slots(self.letters, mask), mask
        return (self,)

    def _parts(self, mask: int) -> Iterator[Part]:
        before: list[int] = []
        for start in range(0, len(self.letters), STEP):
            found = some_slots(self.letters[start : start + STEP + RUN - 1], mask)
            if start:
                yield Part(self.letters[start - STEP : start + STEP], before + found)
            before = found

    def excerpts(self, mask: int) -> tuple["Part | Sketch", ...]:
        """Give what to know the text by: all of it, or of a very long one `EXCERPTS` stretches spread over it.

        None where only an equal text is a copy.
        """
        if len(self.letters) < MIN_GRAMS + GRAM - 1:
            return ()
        if len(self.letters) <= WINDOW:
            return self._whole(mask)
        parts = min(EXCERPTS, -(-len(self.letters) // WINDOW))
        last = len(self.letters) - WINDOW
        starts = (last * part // (parts - 1) for part in range(parts))
        stretches = (self.letters[start : start + WINDOW] for start in starts)
        return tuple(Part(stretch, slots(stretch, mask)) for stretch in stretches)

    @staticmethod
    def slots_of(letters: bytes, mask: int) -> list[int]:
        """Give what such a stretch is found again by."""
        return slots(letters, mask)


class Exact:
    """A text, or what stands for one, whose copies are its equals and nothing else."""

    __slots__ = ("key",)

    def __init__(self, key: bytes) -> None:
        self.key: Final = key

    def windows(self, mask: int) -> tuple[Part, ...]:  # noqa: ARG002
        """Give nothing to look up."""
        return ()

    def excerpts(self, mask: int) -> tuple[Part, ...]:  # noqa: ARG002
        """Give nothing to know it by."""
        return ()

    def slots_of(self, letters: bytes, mask: int) -> list[int]:  # noqa: ARG002
        """Give none."""
        return []


sketch_of: Final = remembered(Sketch)
"""Reduces a text; several filters ask, and floods repeat."""
