"""Hashes the runs of letters in a stretch that begin with certain ones."""

from collections.abc import Callable
from itertools import compress, islice


def cutting(starts: bytes, size: int, window: int, most: int) -> Callable[[bytes, int], list[int]]:
    """Return what hashes the runs of *size* letters (two or more) that begin with one of *starts*, a byte for each.

    It takes a stretch of letters and the mask that the numbers are to be within. Of more than *most*, if that is not
    zero, it takes every second or third, and of those that begin behind *window* letters none.
    """
    runs = tuple(slice(at, at + size) for at in range(window))  # made once, for that takes longer than to cut

    def all_slots(stretch: bytes, mask: int) -> list[int]:
        return [hash(stretch[run]) & mask for run in compress(runs, stretch[: 1 - size].translate(starts))]

    def some_slots(stretch: bytes, mask: int) -> list[int]:
        chosen = stretch[: 1 - size].translate(starts)
        found = islice(compress(runs, chosen), 0, None, chosen.count(1) // most + 1)
        return [hash(stretch[run]) & mask for run in found]

    return some_slots if most else all_slots
