"""Where texts are found again: a table that says for each slot which text was there last, by its number."""

from array import array
from collections.abc import Sequence
from typing import Final

TAKEN: Final = 24  # slots that lead to a text, of each excerpt; the worst copy that is recognised has a fifth of them
HITS: Final = 3  # slots that lead to the same text, not next to each other, or it is not worth a comparison
_EACH: Final = 64  # slots in the table for each text, or more: few are taken by others then
_AT_FIRST: Final = 1 << 10  # texts that the table is made for, at most; it is doubled when there are more
FIRST_NUMBER: Final = _EACH * _AT_FIRST
"""That a text may have; slots begin with others."""


class Slots:
    """A table of 4 bytes a slot, 64 slots or more for each text. Slots are numbers within `mask`."""

    __slots__ = ("_owners", "mask")

    def __init__(self, texts: int) -> None:
        self.mask = (1 << (_EACH * min(texts, _AT_FIRST) - 1).bit_length()) - 1
        # Each slot begins with a number of its own: what a text finds twice is another text.
        self._owners = array("I", range(self.mask + 1))

    def owners(self, slots: Sequence[int]) -> list[int]:
        """Give the texts that slots lead to; which of them live nobody knows here."""
        owners = self._owners
        return [owners[slot] for slot in slots]

    def lead(self, slots: Sequence[int], number: int) -> None:
        """Let slots lead to a text."""
        owners = self._owners
        for slot in slots:
            owners[slot] = number

    def make_room(self, texts: int) -> bool:
        """Double the table where there are too many texts; whether it was. What is found stays found.

        Slots are the lowest bits of larger numbers, so those of the larger table differ in their highest bit only.
        """
        if texts * _EACH <= self.mask:
            return False
        self._owners *= 2
        self.mask += self.mask + 1
        return True


def hits(slots: Sequence[int], owners: list[int]) -> dict[int, int]:
    """Count the slots that lead to each text, as far as they are enough and not all of one phrase."""
    if len(owners) - len(set(owners)) < HITS - 1:  # as with nearly all
        return {}
    if len(set(slots)) < len(slots):  # a run of letters that comes twice is found once
        owners = list(dict(zip(slots, owners, strict=True)).values())
    counts: dict[int, int] = {}
    for number in owners:
        counts[number] = counts.get(number, 0) + 1
    return {
        number: count
        for number, count in counts.items()
        if count > HITS or (count == HITS and not _in_a_row(owners, number))
    }


def _in_a_row(owners: list[int], number: int) -> bool:
    at = owners.index(number)
    return owners[at : at + HITS] == [number] * HITS


def spread(slots: Sequence[int]) -> Sequence[int]:
    """Give `TAKEN` of them, or all when there are fewer, from all over."""
    have = len(slots)
    return slots if have <= TAKEN else [slots[at * have // TAKEN] for at in range(TAKEN)]
