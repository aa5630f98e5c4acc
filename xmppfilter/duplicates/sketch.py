"""What of a text survives when a spammer varies it: the sequence of its letters.

`letters` throws away all that costs nothing to vary: case, look-alikes, accents, invisible characters, white space,
punctuation, emoji, doubled and stretched letters; figures and signs that stand for letters become them. What is left is
one byte a letter (two for an ideograph). By runs of six of them a text is found again, see `slots`; whether what was
found is a copy, `Window.holds` says.

People read on where every second vowel is wrong, letters are starred, swapped or put in, or words that mean nothing
stand between. Hardly a run of six letters is left of that. By its marks such a copy is found again: pairs of words by
the sets of their consonants, first letters of words, and shorter runs of letters. Whether what was found is a copy,
`resembles` says.

`letters`, `slots` and marks are all that is done with every text that was never seen before. They depend on nothing but
their arguments.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import Final

from xmppfilter import kernels
from xmppfilter.duplicates.likeness import GRAM, LEAST_PIECE, Window
from xmppfilter.kernels.letters import BLOCK, BLOCKS
from xmppfilter.kernels.words import VOWEL
from xmppfilter.text.fold import fold_characters
from xmppfilter.text.memo import remembered
from xmppfilter.text.romanise import romanised

WINDOW: Final = 1024  # letters looked at together; in more than this, any short text is half contained by chance
MOST_OF_WORDS: Final = WINDOW * 5 // 4  # letters and spaces
RUN_OF_MARK: Final = 5
_MOST_CHARACTERS: Final = 4 * WINDOW
STEP: Final = WINDOW // 2
MAX_LETTERS: Final = 65_536
MIN_GRAMS: Final = 40  # of a shorter text (some ten words) `Shorts` finds copies: people repeat each other
EXCERPTS: Final = 4  # windows of a very long text that it is known by
RUN: Final = 6
MOST_SLOTS: Final = 256  # of `STEP` letters; only what was made to cost us time has as many

_TELLING: Final = 8  # with fewer letters than this it is the signs, figures and emoji that tell two texts apart
# Symbols, emoji and punctuation outside ASCII.
_SIGNS: Final = (0x80, 0xC0), (0x2000, 0x3040), (0xFE00, 0x10000), (0x1F000, 0x20000)
SIGNS: Final = bytes(any(first <= at * BLOCK < end for first, end in _SIGNS) for at in range(BLOCKS))
"""By blocks of characters: whether they are signs."""
_LOWER: Final = b"abcdefghijklmnopqrstuvwxyz"
_SPELLED: Final = bytes.maketrans(_LOWER.upper() + b"0134578@$|", _LOWER + b"oieastbasi").replace(b"l", b"i")
# Lead bytes go: 64 continuation bytes tell the letters of an alphabet apart, and two of them one ideograph.
_KEPT: Final = set(_LOWER + _LOWER.upper() + b"0134578@$|") | set(range(0x80, 0xC0))
BY_BYTE: Final = bytes(_SPELLED[byte] if byte in _KEPT else 0 for byte in range(256))
# Every third or fourth letter, in whatever script; of the Latin ones those by which most copies are found for the cost.
STARTS: Final = bytes(byte in b"aio" or 0x80 <= byte < 0x98 for byte in range(256))  # noqa: PLR2004 - continuation bytes


_letters: Final = kernels.lettering(BY_BYTE, SIGNS, MAX_LETTERS)


def letters(text: str) -> bytes:
    """Return the letters of a text, a byte each, none twice in a row; at most `MAX_LETTERS`."""
    return _letters(text if text.isascii() else fold_characters(text))


slots: Final = kernels.cutting(STARTS, RUN, WINDOW, 0)
"""Returns a number for each run of `RUN` letters in a stretch that begins with certain ones, in order.

Numbers are within a mask, and depend on a secret: see `xmppfilter.kernels.runs`. Of more than `WINDOW` letters the rest
is left out. Where a run begins depends on nothing around it, so a copy has many of the same.
"""
some_slots: Final = kernels.cutting(STARTS, RUN, WINDOW, MOST_SLOTS)
"""Returns the same, of more than `MOST_SLOTS` every second or third, all over the stretch."""


# Latin, Cyrillic and Greek ones, without their marks.
_VOWELS: Final = frozenset(
    "aeiouy\u0430\u0435\u0438\u043e\u0443\u044b\u044d\u044e\u044f\u0454\u0456\u03b1\u03b5\u03b7\u03b9\u03bf\u03c5\u03c9"
)


def _by_word() -> bytes:
    """Return what `BY_BYTE` says, but for vowels, which are all one, for l, which is none, and for white space."""
    table = bytearray(BY_BYTE.translate(bytes.maketrans(b"eiouy", bytes([VOWEL]) * 5)))
    for code in b"lL":
        table[code] = ord("l")
    for code in b" \t\n\r":
        table[code] = ord(" ")
    return bytes(table)


# Before letters become what they look like: a Cyrillic i looks like n.
_merge_vowels: Final = kernels.folding(
    {
        code: chr(VOWEL)
        for code in (*range(0x370, 0x530), *range(0x1F00, 0x2000))
        if unicodedata.normalize("NFKD", chr(code))[0].lower() in _VOWELS
    },
    "",
    "",
)
_words: Final = kernels.lettering(_by_word(), SIGNS, MOST_OF_WORDS)


def words(text: str) -> bytes:
    """Return the words of a text, a space between two, as `letters` has them but for the vowels, which are all one."""
    return _words(text if text.isascii() else fold_characters(_merge_vowels(text) or text))


marks: Final = kernels.marking(RUN_OF_MARK, 24, 12, 48)
"""Returns the marks of a text by its words and its letters: see `xmppfilter.kernels.words`."""


class Part(Window):
    """A stretch of a text, and what it is found again by."""

    __slots__ = ("slots",)

    def __init__(self, letters: bytes, found_by: list[int]) -> None:
        super().__init__(letters)
        self.slots: Final = found_by


class Sketch(Window):
    """A text reduced to its letters; the rest is worked out when a collection of texts asks for it."""

    __slots__ = ("_marked", "_marks", "_romanised", "_spread", "key", "slots", "text")

    slots: list[int]
    """Those of the whole text, once it was asked for its windows."""

    def __init__(self, text: str) -> None:
        super().__init__(letters(text))
        whole = self.letters
        if len(whole) < _TELLING:
            whole = fold_characters(text).encode("utf-8", "surrogatepass")
        # Equal for equal texts, at most `WINDOW` bytes.
        self.key: Final = whole if len(whole) <= WINDOW else blake2b(whole, digest_size=32).digest()
        self.text: Final = text
        self._marks = b""
        self._marked = (-1, 0)  # the mask and the secret that the marks are by
        self._spread = (-1, 0)  # the mask and the secret that the slots are by
        self._romanised: Sketch | None = self  # until it is asked for

    @property
    def romanised(self) -> "Sketch | None":
        """The text in Latin letters, as some copies are written; None: it is in them."""
        if self._romanised is self:
            latin = romanised(self.text[:_MOST_CHARACTERS])
            self._romanised = None if latin is None else Sketch(latin)
        return self._romanised

    def folded(self) -> str:
        """Return the text as `fold_characters` has it; of a very long one the beginning."""
        return fold_characters(self.text[:_MOST_CHARACTERS])

    def marks(self, mask: int, secret: int) -> bytes:
        """Return what the text, or its first `WINDOW` letters, is found by where every word is disguised.

        There is nothing where the text is too short to be a copy of another.
        """
        if self._marked != (mask, secret) and len(self.letters) >= LEAST_PIECE + GRAM - 1:
            said = words(self.text[:_MOST_CHARACTERS])
            self._marks, self._marked = marks(said, self.letters[:WINDOW], mask, secret), (mask, secret)
        return self._marks

    def windows(self, mask: int, secret: int) -> Iterable["Part | Sketch"]:
        """Return stretches of at most `WINDOW` letters; any `STEP` letters in a row lie within one of them.

        There are none where the text is too short to hold a copy of another. Their slots are by *mask* and *secret*.
        """
        if len(self.letters) > WINDOW:
            return self._parts(mask, secret)
        return self._whole(mask, secret) if len(self.letters) >= LEAST_PIECE + GRAM - 1 else ()

    def _whole(self, mask: int, secret: int) -> tuple["Sketch"]:
        if self._spread != (mask, secret):
            self.slots, self._spread = slots(self.letters, mask, secret), (mask, secret)
        return (self,)

    def _parts(self, mask: int, secret: int) -> Iterator[Part]:
        before: list[int] = []
        for start in range(0, len(self.letters), STEP):
            found = some_slots(self.letters[start : start + STEP + RUN - 1], mask, secret)
            if start:
                yield Part(self.letters[start - STEP : start + STEP], before + found)
            before = found

    def excerpts(self, mask: int, secret: int) -> Sequence["Part | Sketch"]:
        """Return what to know the text by: all of it, or of a very long one `EXCERPTS` stretches spread over it.

        What it is in Latin letters comes last, without slots: copies that are written so are found by their marks.
        There is nothing where only an equal text is a copy.
        """
        if len(self.letters) < MIN_GRAMS + GRAM - 1:
            return ()
        latin = () if self.romanised is None else (Part(self.romanised.letters[:WINDOW], []),)
        if len(self.letters) <= WINDOW:
            return self._whole(mask, secret) + latin
        parts = min(EXCERPTS, -(-len(self.letters) // WINDOW))
        last = len(self.letters) - WINDOW
        starts = (last * part // (parts - 1) for part in range(parts))
        stretches = (self.letters[start : start + WINDOW] for start in starts)
        return tuple(Part(stretch, slots(stretch, mask, secret)) for stretch in stretches) + latin


class Exact:
    """A text, or what stands for one, whose copies are its equals and nothing else."""

    __slots__ = ("key", "letters", "romanised")

    def __init__(self, key: bytes) -> None:
        self.key: Final = key
        self.letters: Final = b""
        self.romanised: Final = None

    def folded(self) -> str:
        """Return no text."""
        return ""

    def marks(self, mask: int, secret: int) -> bytes:  # noqa: ARG002
        """Return nothing to look up."""
        return b""

    def windows(self, mask: int, secret: int) -> Iterable[Part]:  # noqa: ARG002
        """Return nothing to look up."""
        return ()

    def excerpts(self, mask: int, secret: int) -> Sequence[Part]:  # noqa: ARG002
        """Return nothing to know it by."""
        return ()


Text = Sketch | Exact
"""What may be remembered."""

sketch_of: Final = remembered(Sketch)
"""Reduces a text; several filters ask, and floods repeat."""
