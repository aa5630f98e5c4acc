"""What every bounded structure has in common: changes that go out and come in, rows that last."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import inf, isfinite, nextafter
from struct import Struct, unpack
from typing import ClassVar, NamedTuple, Protocol

from xmppfilter.memory.eviction import Aging

TIME = Struct("<d")

_FORMAT = 1
_HEAD = Struct("<BBBI")  # format, length of the kind, version of the structure, number of entries
_ENTRY = Struct("<BI")  # length of the key, length of the value
_ORIGINS = 1024
_INSTANT = 1e-5  # seconds; dozens of the smallest steps of today's Unix time


def read_times(packed: bytes) -> tuple[float, ...]:
    """Give packed times.

    Raises ValueError: there is none, or one is no number.
    """
    if not packed or len(packed) % TIME.size:
        raise ValueError(f"{len(packed)} bytes of times, a multiple of {TIME.size} is wanted")
    times: tuple[float, ...] = unpack(f"<{len(packed) // TIME.size}d", packed)
    if not all(map(isfinite, times)):
        raise ValueError("a time that is no number")
    return times


def behind(edit: float, when: float) -> float:
    """Give `when`, put behind an edit of the same instant by the smallest step there is.

    What is called at one instant on one core holds in the order of the calls. Between cores there
    is no such order, so a pardon or a removal goes before what ties with it.
    """
    return nextafter(edit, inf) if when <= edit <= when + _INSTANT else float(when)


class Row(NamedTuple):
    """One entry as a store keeps it."""

    key: bytes
    value: bytes
    expires: float  # Unix seconds; inf: never


@dataclass(frozen=True, slots=True)
class Batch:
    """The changes of one structure between two drains, coalesced by key.

    `forgotten` are keys evicted here: news for this core's own store and for nobody else, so it is
    left out of the encoding.
    """

    kind: str
    version: int
    entries: tuple[tuple[bytes, bytes], ...]
    forgotten: tuple[bytes, ...] = ()

    def keys(self) -> tuple[bytes, ...]:
        """Give every key whose row may have changed, each once."""
        return tuple(dict.fromkeys((*(key for key, _ in self.entries), *self.forgotten)))

    def encode(self) -> bytes:
        """Give the batch as bytes for another core."""
        kind = self.kind.encode()
        parts = [_HEAD.pack(_FORMAT, len(kind), self.version, len(self.entries)), kind]
        for key, value in self.entries:
            parts += (_ENTRY.pack(len(key), len(value)), key, value)
        return b"".join(parts)

    @classmethod
    def decode(cls, data: bytes) -> "Batch":
        """Read what `encode` wrote.

        Raises ValueError: anything else.
        """
        if len(data) < _HEAD.size:
            raise ValueError(f"a batch of {len(data)} bytes is too short")
        form, width, version, count = _HEAD.unpack_from(data)
        if form != _FORMAT:
            raise ValueError(f"batch format {form}, only {_FORMAT} is known")
        at = _HEAD.size + width
        if at > len(data):
            raise ValueError("a batch ends within its kind")
        kind = data[_HEAD.size : at].decode()
        entries: list[tuple[bytes, bytes]] = []
        while len(entries) < count:
            if at + _ENTRY.size > len(data):
                raise ValueError(f"a batch of {count} entries ends after {len(entries)}")
            key_size, value_size = _ENTRY.unpack_from(data, at)
            at += _ENTRY.size
            end = at + key_size + value_size
            if end > len(data):
                raise ValueError(f"a batch ends within entry {len(entries)}")
            entries.append((data[at : at + key_size], data[at + key_size : end]))
            at = end
        if at != len(data):
            raise ValueError(f"{len(data) - at} bytes follow the last entry of a batch")
        return cls(kind, version, tuple(entries))


class Structure(Protocol):
    """A named, bounded memory that can be shared between cores and outlive the process."""

    kind: ClassVar[str]
    VERSION: ClassVar[int]
    name: str
    capacity: int
    persist: bool
    tracked: bool
    lost_changes: int

    @property
    def lifetime(self) -> float:
        """How long after its last change an entry matters, in seconds; inf: while the process lives."""

    def __len__(self) -> int: ...

    @property
    def undrained(self) -> int:
        """How many keys `drain` would tell of."""

    def drain(self, most: int | None = None) -> Batch | None:
        """Give the changes since the last drain, those of keys evicted meanwhile too: all, or the oldest *most* keys.

        None: there are none (any more).
        """

    def absorb(self, batch: Batch, *, origin: bytes, number: int, now: float) -> bool:
        """Apply the changes of another core once; they are not drained again.

        `number` increases with every batch of an `origin`; whether the batch was new.
        Raises ValueError: not a batch of this kind; nothing has been applied then.
        """

    def snapshot(self, keys: Iterable[bytes] | None = None) -> Iterator[Row]:
        """Give the rows of these keys, or of all; a key that is gone gives none."""

    def restore(self, rows: Iterable[Row], now: float) -> int:
        """Take rows of an earlier process in, oldest first, expired ones left out; how many.

        Raises ValueError: a row is not of this structure.
        """

    def expire(self, now: float, budget: int) -> int:
        """Drop entries that time has emptied, looking at no more than `budget`; how many."""


class Tracked:
    """Keeps the pending changes of a structure, bounded, and knows which batches it has seen."""

    kind: ClassVar[str]
    VERSION: ClassVar[int] = 1

    __slots__ = ("_forgotten", "_origins", "_pending", "capacity", "lost_changes", "name", "persist", "tracked")

    def __init__(self, *, capacity: int, name: str, persist: bool, tracked: bool) -> None:
        if capacity < 1:
            raise ValueError(f"{name or self.kind}: a capacity of {capacity}, at least 1 is needed")
        self.name = name or self.kind
        self.capacity = capacity
        self.persist = persist
        self.tracked = tracked
        self.lost_changes = 0
        self._pending: Aging[bytes] = Aging()
        self._forgotten: Aging[None] = Aging()
        self._origins: Aging[int] = Aging()

    @property
    def undrained(self) -> int:
        """How many keys `drain` would tell of; see `Structure`."""
        return len(self._pending) + len(self._forgotten)

    def drain(self, most: int | None = None) -> Batch | None:
        """Give the changes since the last drain; see `Structure`."""
        if not self._pending.items and not self._forgotten.items:
            return None
        if most is None or self.undrained <= most:
            entries, forgotten = tuple(self._pending.items.items()), tuple(self._forgotten.items)
            self._pending, self._forgotten = Aging(), Aging()
        else:
            entries = tuple(self._pending.pop() for _ in range(min(most, len(self._pending))))
            forgotten = tuple(self._forgotten.pop()[0] for _ in range(most - len(entries)))
        return Batch(self.kind, self.VERSION, entries, forgotten)

    def _pend(self, key: bytes, change: bytes) -> None:
        pending = self._pending
        if key not in pending.items and len(pending.items) >= self.capacity:
            # Nobody has come for the changes in a long time. The newest are the ones that matter.
            pending.pop()
            self.lost_changes += 1
        pending.items[key] = change

    def _forget(self, key: bytes) -> None:
        """Note that a key was evicted, so that the store does not grow beyond the capacity."""
        if self.tracked and self.persist:
            if key not in self._forgotten.items and len(self._forgotten.items) >= self.capacity:
                self._forgotten.pop()
                self.lost_changes += 1
            self._forgotten.put(key, None)

    def _check(self, batch: Batch) -> None:
        if (batch.kind, batch.version) != (self.kind, self.VERSION):
            raise ValueError(
                f"{self.name}: a batch of {batch.kind} version {batch.version}, "
                f"{self.kind} version {self.VERSION} is wanted"
            )

    def _is_new(self, origin: bytes, number: int) -> bool:
        last = self._origins.items.get(origin)
        if last is not None and number <= last:
            return False
        if last is None and len(self._origins.items) >= _ORIGINS:
            self._origins.pop()
        self._origins.put(origin, number)
        return True
