"""Numbers the runs of letters in a stretch that begin with certain ones."""

import sys
from collections.abc import Callable
from itertools import compress, islice
from typing import Final

LONGEST: Final = 8
"""Letters of a run; each is a byte of a number of 64 bits."""
_LANE: Final = 16  # bytes in which such a number can be multiplied by another without reaching into the next lane
# Bits 32 to 63 of each product, as the words of one great number stand in memory: the first run is at its upper end.
_UPPER: Final = slice(-3, None, -4) if sys.byteorder == "little" else slice(2, None, 4)


def cutting(starts: bytes, size: int, window: int, most: int) -> Callable[[bytes, int, int], list[int]]:
    """Return what numbers the runs of *size* letters (two to eight) that begin with one of *starts*, a byte for each.

    It takes a stretch of letters, the mask that the numbers are to be within, and a secret odd number of 64 bits: a run
    times that is what is masked, without its lower half, so that nobody else can tell which runs share a number. Of
    more than *most* runs, if that is not zero, it takes every second or third, and of those that begin behind *window*
    letters none.
    """
    runs = tuple(slice(at, at + size) for at in range(window))  # made once, for that takes longer than to cut
    between = bytes(_LANE - size)

    def slots(stretch: bytes, mask: int, secret: int) -> list[int]:
        chosen = stretch[: 1 - size].translate(starts)
        every = chosen.count(1) // most + 1 if most else 1
        found = [stretch[run] for run in islice(compress(runs, chosen), 0, None, every)]
        if not found:
            return []
        # one great number has them all, for that is multiplied several times as quickly as they are one by one
        product = int.from_bytes(between.join(found), "big") * secret
        words = memoryview(product.to_bytes(_LANE * len(found), sys.byteorder)).cast("I")
        return [number & mask for number in words[_UPPER].tolist()]

    return slots
