"""What every bounded structure has in common: changes that go out and come in, rows that last."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from math import inf, isfinite, nextafter
from struct import Struct, unpack
from typing import ClassVar, Final, Generic, NamedTuple, TypeVar

from xmppfilter.memory.changes import Batch, Deltas, Dirty
from xmppfilter.memory.eviction import Aging

C = TypeVar("C")

TIME: Final = Struct("<d")

_ORIGINS: Final = 1024
_INSTANT: Final = 1e-5  # seconds; dozens of the smallest steps of today's Unix time


def read_times(packed: bytes) -> tuple[float, ...]:
    """Return packed times.

    Raises ValueError: there is none, or one is no number.
    """
    if not packed or len(packed) % TIME.size:
        raise ValueError(f"{len(packed)} bytes of times, a multiple of {TIME.size} is wanted")
    times: tuple[float, ...] = unpack(f"<{len(packed) // TIME.size}d", packed)
    if not all(map(isfinite, times)):
        raise ValueError("a time that is no number")
    return times


def behind(edit: float, when: float) -> float:
    """Return `when`, put behind an edit of the same instant by the smallest step there is.

    What is called at one instant on one core holds in the order of the calls. Between cores there is no such order, so
    a pardon or a removal goes before what ties with it.
    """
    return nextafter(edit, inf) if when <= edit <= when + _INSTANT else float(when)


class Row(NamedTuple):
    """One entry as a store keeps it."""

    key: bytes
    value: bytes
    expires: float  # Unix seconds; inf: never


class Structure(ABC):
    """A named, bounded memory that can outlive the process, and be shared between cores if it is an `Exchanged` one."""

    kind: ClassVar[str]
    VERSION: ClassVar[int] = 1

    __slots__ = ("_deltas", "_dirty", "_origins", "capacity", "name", "persist")

    def __init__(self, *, capacity: int, name: str, persist: bool) -> None:
        if capacity < 1:
            raise ValueError(f"{name or self.kind}: a capacity of {capacity}, at least 1 is needed")
        self.name = name or self.kind
        self.capacity = capacity
        self.persist = persist
        self._dirty: tuple[Dirty, ...] = ()
        self._deltas: tuple[Deltas, ...] = ()
        self._origins: Aging[int] = Aging()

    @property
    @abstractmethod
    def lifetime(self) -> float:
        """How long after its last change an entry matters, in seconds; inf: while the process lives."""

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def held(self) -> Iterator[bytes]:
        """Yield the key of every row, in no order; they may come and go meanwhile, and one may come twice."""

    @abstractmethod
    def _row(self, key: bytes) -> Row | None:
        """Return the row of a key; None: there is none."""

    @abstractmethod
    def restore(self, rows: Iterable[Row], now: float) -> int:
        """Take rows of an earlier process in, oldest first, expired ones left out; return how many.

        Raises ValueError: a row is not of this structure.
        """

    @abstractmethod
    def expire(self, now: float, budget: int) -> int:
        """Drop entries that time has emptied, and go on with what `resize` left; return how many that were.

        They are no more than `budget`.
        """

    def settle(self) -> None:  # noqa: B027 - there is nothing where every change is told at once
        """Tell the outlets of what has changed, where that is told now and then only."""

    def snapshot(self, keys: Iterable[bytes] | None = None) -> Iterator[Row]:
        """Yield the rows of these keys, or of all; a key that is gone has none."""
        return (row for row in map(self._row, self.held() if keys is None else keys) if row is not None)

    def absorb(self, batch: Batch, *, origin: bytes, number: int, now: float) -> bool:  # noqa: ARG002 - those of others
        """Apply the changes of another core once; they are not told to other cores again.

        `number` increases with every batch of an `origin`; return whether the batch was new.
        Raises ValueError: it is not a batch of this kind; nothing has been applied then.
        """
        self._check(batch)
        if batch.entries:
            raise ValueError(f"{self.name}: a batch with entries, none are exchanged")
        return self._is_new(origin, number)

    # --- outlets

    def dirty(self) -> Dirty:
        """Return a new outlet of the keys whose rows change; the first cut has all that there are already."""
        known = any(True for _ in self.held())
        outlet = Dirty(lambda: ((key, None) for key in self.held()), self._most, behind=known)
        self._dirty = (*self._dirty, outlet)
        return outlet

    def deltas(self) -> Deltas:
        """Return a new outlet of what happens here; the first cut has all that is known already."""
        known = any(True for _ in self._told())
        outlet = Deltas(self.kind, self.VERSION, self._joined, self._told, self._most, behind=known)
        self._deltas = (*self._deltas, outlet)
        return outlet

    def close(self, outlet: Dirty | Deltas) -> None:
        """Tell an *outlet* nothing any more."""
        self._dirty = tuple(one for one in self._dirty if one is not outlet)
        self._deltas = tuple(one for one in self._deltas if one is not outlet)

    @property
    def _most(self) -> int:
        """How many keys an outlet may hold: all that are here, and as many that had to go for them."""
        return 2 * self.capacity

    def _told(self) -> Iterator[tuple[bytes, bytes]]:
        """Yield all that another core may be told of: nothing."""
        return iter(())

    def _joined(self, key: bytes, before: bytes, change: bytes) -> bytes:  # noqa: ARG002 - for those that add up
        """Return two changes of a key as one: the later, where that says all."""
        return change

    def _mark(self, key: bytes) -> None:
        """Note that the row of a key may have changed, or that the key is gone."""
        for outlet in self._dirty:
            outlet.mark(key)

    def _tell(self, key: bytes, change: bytes) -> None:
        """Note what happened to a key here; ask for `_deltas` first where it costs something to say."""
        for outlet in self._deltas:
            outlet.note(key, change)

    def _laid_out(self) -> None:
        """Let the outlets follow after the structure was resized."""
        outlets: tuple[Dirty | Deltas, ...] = (*self._dirty, *self._deltas)
        for outlet in outlets:
            outlet.resize(self._most)

    # --- what comes in

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


class Exchanged(Structure, Generic[C]):
    """A structure whose rows say the same as its changes do: a change `C`, read from bytes, is taken in by key."""

    __slots__ = ()

    @abstractmethod
    def _read(self, key: bytes, value: bytes) -> C:
        """Return the change that *value* says. Raises ValueError: it says none."""

    @abstractmethod
    def _take(self, key: bytes, change: C, now: float) -> None:
        """Join a change that came from elsewhere with what is known of a key."""

    def _take_whole(self, key: bytes, change: C, now: float) -> None:
        """Take in all that another core knows of a key: some of it may be known here already."""
        self._take(key, change, now)

    @abstractmethod
    def _joined(self, key: bytes, before: bytes, change: bytes) -> bytes: ...

    def absorb(self, batch: Batch, *, origin: bytes, number: int, now: float) -> bool:
        """Apply the changes of another core once; see `Structure`."""
        self._check(batch)
        changes = [(key, self._read(key, value)) for key, value in batch.entries]
        if not self._is_new(origin, number):
            return False
        self._take_all(changes, now, whole=batch.whole)
        for key, _ in changes:
            self._mark(key)
        return True

    def restore(self, rows: Iterable[Row], now: float) -> int:
        """Take rows of an earlier process in; see `Structure`."""
        changes = [(row.key, self._read(row.key, row.value)) for row in rows if row.expires > now]
        self._take_all(changes, now, whole=False)
        return len(changes)

    def _take_all(self, changes: list[tuple[bytes, C]], now: float, *, whole: bool) -> None:
        take = self._take_whole if whole else self._take
        for key, change in changes:
            take(key, change, now)

    def _told(self) -> Iterator[tuple[bytes, bytes]]:
        return ((row.key, row.value) for row in self.snapshot())
