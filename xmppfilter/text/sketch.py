"""What of a text survives when a spammer varies it: the sequence of its letters, cut into overlapping grams.

`letters` throws away all that costs nothing to vary: case, look-alikes, accents, invisible characters (by the folding
before it), white space, punctuation, emoji, doubled and stretched letters; figures and signs that stand for letters
become them. What is left is one byte a letter (two for an ideograph), and a gram is five of those.

Two texts are near copies when the grams of the one are *contained* in a window of the other, which padding with
harmless text, a new greeting or a random tail do not change. A moved, dropped or replaced word costs the few grams
that overlap it. Different texts of one language share a tenth; how much is asked for is in `same_text`.
"""

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from functools import cache
from hashlib import blake2b
from itertools import compress
from struct import Struct
from typing import Final

GRAM: Final = 5
WINDOW: Final = 1024  # letters looked at together; in more than this, any short text is half contained by chance
STEP: Final = WINDOW // 2
MAX_LETTERS: Final = 65_536
SAMPLE: Final = 64  # of a text with more grams than this not all need be looked for
MIN_GRAMS: Final = 40  # a shorter text (some ten words) is compared for equality only: people repeat each other
LONE_PHRASE: Final = 60  # with fewer grams than this a text is no longer taken to be the same when it is
MAX_PADDING: Final = 3  # this many times as long: it may be quoted
EXCERPTS: Final = 4  # windows of a very long text that it is known by
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
def _cutter(count: int) -> Struct:
    """Cuts `count` grams that do not overlap: several times as quick as slicing. At most 204 kinds, 0.5 MB."""
    return Struct(f"{GRAM}s" * count)


def grams(window: bytes, every: int = 1) -> list[bytes]:
    """Cut the runs of five letters of a window of at most `WINDOW`; `every` 2 leaves out two of five, evenly."""
    cut: list[bytes] = []
    for start in range(0, min(GRAM, len(window) - GRAM + 1), every):
        cut += _cutter((len(window) - start) // GRAM).unpack_from(window, start)
    return cut


def runs(window: bytes) -> list[bytes]:
    """Cut the runs of eight letters that begin with a vowel, or with about every second letter of other scripts.

    Where a run begins depends on nothing around it, so a copy is looked up by the same ones at a third of the cost.
    """
    found: list[bytes] = _RUN.findall(window)
    return found


class Sketch:
    """A text reduced to its letters; the rest is worked out when a collection of texts asks for it."""

    __slots__ = ("_keys", "key", "letters")

    def __init__(self, folded: str) -> None:
        self.letters: Final = letters(folded)
        whole = self.letters if len(self.letters) >= _TELLING else folded.encode("utf-8", "surrogatepass")
        # Equal for equal texts, at most `WINDOW` bytes.
        self.key: Final = whole if len(whole) <= WINDOW else blake2b(whole, digest_size=32).digest()
        self._keys: tuple[bytes, list[bytes]] = (b"", [])

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

    @staticmethod
    def is_copy(excerpt: bytes, seen: AbstractSet[bytes]) -> bool:
        """Whether a window with the grams `seen` holds a near copy of the text that the excerpt is of."""
        known = len(excerpt) - GRAM + 1
        if known < LONE_PHRASE and len(seen) > MAX_PADDING * known:
            return False
        looked_for = set(grams(excerpt, every=1 if known <= SAMPLE else 2))
        return len(seen & looked_for) >= needed(known) * len(looked_for)

    @staticmethod
    def details(window: bytes) -> AbstractSet[bytes]:
        """Give what `is_copy` compares a window by."""
        return frozenset(grams(window))


def needed(known: int) -> float:
    """Give the share of a known text's grams, `known` in number, that must be found again.

    Different texts share at most a fifth, but a phrase of ten words may well be half of another phrase of ten.
    """
    return 0.40 + 0.0046 * max(0, 90 - known)
