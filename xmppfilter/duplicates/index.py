"""Where texts are found again: a table that says for each slot which text was there last, by its number."""

from array import array
from collections.abc import Container, Sequence
from math import ceil
from typing import Final

from xmppfilter import kernels
from xmppfilter.duplicates.sketch import slots as slots_of
from xmppfilter.duplicates.tally import Cluster

TAKEN: Final = 24  # slots that lead to a text, of each excerpt; the worst copy that is recognised has a fifth of them
HITS: Final = 3  # slots that lead to the same text, not next to each other, or it is not worth a comparison
_ENOUGH: Final = 0.6  # of its slots, until a text has so many it takes them back from others that are copied
_LIKELY: Final = 4  # texts that the most marks lead to, each of them more than one
_EACH: Final = 64  # slots in the table for each text, or more: few are taken by others then
_AT_FIRST: Final = 1 << 10  # texts that the table is made for, at most; it is doubled when there are more
_COPYING: Final = 4
"""What part of the texts there is left until it is doubled when that is begun."""
_LEAST: Final = 6  # slots that lead to a new text, if it has so many
FIRST_NUMBER: Final = _EACH * _AT_FIRST
"""That a text may have; slots begin with others."""
WIDEST: Final = (1 << 32) - 1
"""The mask of slots that are good for tables of any size."""
FIRST_REPEATED: Final = 1 << 31
"""That a text may have which was seen again."""


class Slots:
    """A table of 4 bytes a slot, 64 slots or more for each text. Slots are numbers within `mask`, spread by a `secret`.

    It is doubled bit by bit, for a hundred megabytes cannot be copied at once: while the last quarter of the texts for
    which there is room comes in, the upper half grows behind the lower one as a copy of it.
    """

    __slots__ = ("_owners", "mask", "secret")

    def __init__(self, texts: int, secret: int) -> None:
        self.secret = secret
        self.mask = (1 << (_EACH * min(texts, _AT_FIRST) - 1).bit_length()) - 1
        # Each slot begins with a number of its own: what a text finds twice is another text.
        self._owners = array("I", range(self.mask + 1))

    def owners(self, slots: Sequence[int]) -> list[int]:
        """Return the texts that slots lead to; which of them live nobody knows here."""
        owners = self._owners
        return [owners[slot] for slot in slots]

    def lead(self, slots: Sequence[int], number: int) -> None:
        """Let slots lead to a text."""
        owners = self._owners
        for slot in slots:
            owners[slot] = number
        half = self.mask + 1
        if copied := len(owners) - half:
            for slot in slots:
                if slot < copied:
                    owners[half + slot] = number

    def make_room(self, texts: int) -> bool:
        """Make room for one more than so many texts; whether the table was doubled. What is found stays found.

        Slots are the lowest bits of larger numbers, so those of the larger table differ in their highest bit only.
        """
        size = self.mask + 1
        most = size // _EACH
        if texts >= most:
            self._copy(size)
            self.mask += size
            return True
        if (last := texts - (most - most // _COPYING)) > 0:
            self._copy(min(size, last * _COPYING * _EACH))
        return False

    def _copy(self, end: int) -> None:
        """Let the upper half have as much of the lower one, if it has less."""
        owners = self._owners
        copied = len(owners) - self.mask - 1
        if copied < end:
            owners.extend(owners[copied:end])


class Marks(Slots):
    """The same table for marks, by which disguised copies are found: packed numbers of 32 bits.

    A text has more of them than slots, and each says less. So the latest text has them all, and a campaign takes its
    own back with every new copy.
    """

    __slots__ = ()

    def found(self, marks: bytes, least: int = 2) -> list[tuple[int, int]]:
        """Return the texts that most marks lead to, *least* or more; which of them live nobody knows here."""
        return kernels.most_led(self._owners, marks, least, _LIKELY)

    def take(self, marks: bytes, number: int) -> None:
        """Let marks lead to a text."""
        kernels.lead(self._owners, marks, number, self.mask + 1)


def to_take(slots: Sequence[int], owners: Sequence[int], once: Container[int], repeated: Container[int]) -> list[int]:
    """Return which of its slots, that lead to *owners*, a new text takes: those that lead to no living one, and some.

    Of living texts seen *once* it takes slots until it has half. Slots of the living *repeated* ones, which must be
    found to take their own back, it takes only until it can be found itself.
    """
    free: list[int] = []
    of_others: list[int] = []
    of_repeated: list[int] = []
    for slot, owner in zip(slots, owners, strict=True):
        if owner < FIRST_NUMBER:
            free.append(slot)
        elif owner < FIRST_REPEATED:
            (of_others if owner in once else free).append(slot)
        else:
            (of_repeated if owner in repeated else free).append(slot)
    if (lacking := (len(slots) + 1) // 2 - len(free)) > 0:
        free += of_others[:lacking]
    if (lacking := max(_LEAST, len(slots) // 3) - len(free)) > 0:
        free += of_repeated[:lacking]
    return free


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
    """Return `TAKEN` of them, or all when there are fewer, from all over."""
    have = len(slots)
    return slots if have <= TAKEN else [slots[at * have // TAKEN] for at in range(TAKEN)]


def led_to(table: Slots, cluster: Cluster) -> list[int]:
    """Return the slots of a table that are to lead to a cluster."""
    mask = table.mask
    return [slot & mask for slot in cluster.slots]


def take_back(table: Slots, cluster: Cluster, number: int, repeated: Container[int]) -> None:
    """Let the slots of a cluster lead to it.

    Those that lead to another one that is *repeated* it leaves alone as far as it has enough: two campaigns of the same
    phrases would rob each other until one is not recognised.
    """
    if not cluster.slots:
        every = (slot for each in cluster.excerpts for slot in spread(slots_of(each, WIDEST, table.secret)))
        cluster.slots = array("I", every)
    slots = led_to(table, cluster)
    owners = table.owners(slots)
    others = [owner in repeated and owner != number for owner in owners]
    taken = [slot for slot, other in zip(slots, others, strict=True) if not other]
    lacking = ceil(_ENOUGH * len(owners)) - len(taken)
    if lacking > 0:
        taken += [slot for slot, other in zip(slots, others, strict=True) if other][:lacking]
    table.lead(taken, number)
