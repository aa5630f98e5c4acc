"""Numbers what stays of a text when each of its words is disguised."""

from array import array
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final

VOWEL: Final = 0x61
"""What stands for any vowel."""
_BITS: Final = (1 << 64) - 1
_UPPER: Final = (1 << 32) - 1
_INITIALS, _LETTERS = 1, 2  # in the lowest byte, that no run of the one is taken for one of the other


@lru_cache(maxsize=8)
def _spread(secret: int) -> tuple[int, ...]:
    """Return a number of 64 bits for each letter; none for a vowel."""
    found = []
    for letter in range(256):
        number = (letter + 1) * secret & _BITS
        number = (number ^ number >> 32) * secret & _BITS
        found.append(0 if letter == VOWEL else number)
    return tuple(found)


def _some(numbers: Sequence[int], most: int, mask: int) -> list[int]:
    """Return about *most* of the numbers of 32 bits, the least ones, within *mask*."""
    limit = (most << 32) // len(numbers) if len(numbers) > most else 1 << 32
    return [number & mask for number in numbers if number < limit][: 2 * most]


def marking(run: int, pairs: int, initials: int, grams: int) -> Callable[[bytes, bytes, int, int], bytes]:
    """Return what numbers the marks of a text: of each kind about as many as is said here, each once, of 32 bits.

    It takes the words, a space between two, every vowel the same letter; all letters; the mask that the numbers are to
    be within, and a secret odd number of 64 bits. There are three kinds of marks: two words that follow each other, or
    with one between them, by the set of their consonants; the first letters of *run* words in a row; *run* letters in a
    row. Which ones are taken depends on nothing around them but how many there are.
    """

    def marks(words: bytes, letters: bytes, mask: int, secret: int) -> bytes:
        every = words.split(b" ")
        spread = _spread(secret)
        known = [sum(map(spread.__getitem__, set(word))) & _BITS for word in every]
        known = [word for word in known if word]
        firsts = bytes(word[0] for word in every if word)

        def runs(of: bytes, kind: int) -> list[int]:
            cut = (int.from_bytes(of[at : at + run], "big") << 8 | kind for at in range(len(of) - run + 1))
            return [number * secret >> 32 & _UPPER for number in cut]

        beside = (*pairwise(known), *zip(known, known[2:], strict=False))
        every_kind = (
            _some([(3 * first + second) * secret >> 32 & _UPPER for first, second in beside], pairs, mask)
            + _some(runs(firsts, _INITIALS), initials, mask)
            + _some(runs(letters, _LETTERS), grams, mask)
        )
        return array("I", dict.fromkeys(every_kind)).tobytes()

    return marks
