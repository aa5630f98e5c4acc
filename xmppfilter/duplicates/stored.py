"""What a store keeps of a text that is sent to many: numbers, and what was counted, but nothing of what it says.

The numbers are hashes keyed by a secret: of the whole text, by which its equals are found, and of runs of its letters.
"""

from math import isfinite
from struct import Struct, error, unpack_from
from typing import Final, NamedTuple

from xmppfilter.duplicates.tally import ACCOUNTS, Counted, Counts, Kept

STAMP: Final = 8
"""Bytes of the keyed hash of a whole text."""
MOST_SLOTS: Final = 120
MOST_OTHERS: Final = 8
_HEAD: Final = Struct("<BBBBHdddq")
_COUNTS: Final = Struct("<IIId")
_BITS: Final = ("senders", "recipients", "sender_domains", "recipient_domains", "hours")
_SPARSE: Final = 60  # bits that are set, up to which they are written as two bytes each
_DENSE: Final = 255
_ALL_BITS: Final = 128  # bytes
_MOST: Final = (1 << 32) - 1


class Stored(NamedTuple):
    """A row."""

    kept: Kept
    slots: tuple[int, ...]
    """Of 32 bits each."""
    counted: Counted


def encode(stored: Stored) -> bytes:
    """Return the bytes of a row; at most 2.3 kB."""
    (stretches, length, others), slots, (start, last, half, generation, since, before, accounts) = stored
    head = _HEAD.pack(stretches, len(others), len(slots), len(accounts), length, start, last, half, generation)
    numbers = b"".join(slot.to_bytes(4, "little") for slot in slots)
    return b"".join((head, *others, *accounts, numbers, _packed(since), _packed(before)))


def decode(data: bytes) -> Stored:
    """Read what `encode` wrote.

    Raises ValueError: it is anything else.
    """
    try:
        stretches, others, slots, accounts, length, start, last, half, generation = _HEAD.unpack_from(data)
    except error as mistake:
        raise ValueError(f"a text of {len(data)} bytes is too short") from mistake
    if others > MOST_OTHERS or slots > MOST_SLOTS or accounts > ACCOUNTS:
        raise ValueError(f"a text with {others} others, {slots} slots and {accounts} accounts")
    if not all(map(isfinite, (start, last, half))) or half <= 0:
        raise ValueError("a text with times that are none")
    at = _HEAD.size + STAMP * (others + accounts)
    keys = tuple(data[place : place + STAMP] for place in range(_HEAD.size, at, STAMP))
    try:
        numbers = unpack_from(f"<{slots}I", data, at)
        since, at = _unpacked(data, at + 4 * slots)
        before, at = _unpacked(data, at)
    except error as mistake:
        raise ValueError("a text ends within its numbers") from mistake
    if at != len(data):
        raise ValueError(f"{len(data) - at} bytes follow a text")
    counted = Counted(start, last, half, generation, since, before, keys[others:])
    return Stored(Kept(stretches, length, keys[:others]), numbers, counted)


def _packed(counts: Counts) -> bytes:
    copies, varied, returned = (min(_MOST, count) for count in (counts.copies, counts.varied, counts.returned))
    numbers = _COUNTS.pack(copies, varied, returned, counts.expected)
    return numbers + b"".join(_packed_bits(getattr(counts, name)) for name in _BITS)


def _packed_bits(bits: int) -> bytes:
    if (count := bits.bit_count()) > _SPARSE:
        return bytes((_DENSE,)) + bits.to_bytes(_ALL_BITS, "little")
    packed = bytearray((count,))
    while bits:
        lowest = bits & -bits
        packed += (lowest.bit_length() - 1).to_bytes(2, "little")
        bits ^= lowest
    return bytes(packed)


def _unpacked(data: bytes, at: int) -> tuple[Counts, int]:
    counts = Counts()
    counts.copies, counts.varied, counts.returned, counts.expected = _COUNTS.unpack_from(data, at)
    if not isfinite(counts.expected):
        raise ValueError("a text with a number that is none")
    at += _COUNTS.size
    for name in _BITS:
        bits, at = _unpacked_bits(data, at)
        setattr(counts, name, bits)
    return counts, at


def _unpacked_bits(data: bytes, at: int) -> tuple[int, int]:
    (count,) = unpack_from("<B", data, at)
    at += 1
    if count == _DENSE:
        (dense,) = unpack_from(f"{_ALL_BITS}s", data, at)
        return int.from_bytes(dense, "little"), at + _ALL_BITS
    if count > _SPARSE:
        raise ValueError(f"a text with {count} bits one by one, at most {_SPARSE} are")
    bits = 0
    for place in unpack_from(f"<{count}H", data, at):
        if place >= 8 * _ALL_BITS:
            raise ValueError(f"a text with bit {place}, there are {8 * _ALL_BITS}")
        bits |= 1 << place
    return bits, at + 2 * count
