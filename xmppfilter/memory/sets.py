"""Sets by key: was this added lately."""

from collections.abc import Iterable, Iterator
from math import inf, isfinite
from struct import Struct
from typing import ClassVar

from .aging import Aging
from .structure import Batch, Row, Tracked, behind

_ENTRY = Struct("<d?")  # when, whether added (or removed)


class Set(Tracked):
    """Keys that were added within the last `seconds`, at most `capacity`, oldest addition out first.

    A removal is an edit: it is remembered as long as an addition, and outlives older additions
    that arrive later from another core.
    """

    kind: ClassVar[str] = "set"

    __slots__ = ("_added", "_removed", "revision", "seconds")

    def __init__(
        self, *, capacity: int, seconds: float, persist: bool = True, name: str = "", tracked: bool = False
    ) -> None:
        super().__init__(capacity=capacity, name=name, persist=persist, tracked=tracked)
        self.seconds = seconds
        self.revision = 0
        """Counts the changes, so that whoever keeps a view of the set sees that it is old."""
        self._added: Aging[float] = Aging()
        self._removed: Aging[float] = Aging()

    def __len__(self) -> int:
        return len(self._added.items)

    @property
    def lifetime(self) -> float:
        """An addition matters for `seconds`."""
        return self.seconds

    def has(self, key: bytes, now: float) -> bool:
        """Whether a key was added within the last `seconds`."""
        when = self._added.items.get(key)
        return when is not None and when > now - self.seconds

    def current(self) -> Iterator[bytes]:
        """Give every key that is held, the oldest addition first."""
        return iter(tuple(self._added.items))

    def add(self, key: bytes, now: float) -> None:
        """Add a key, or renews it."""
        when = behind(self._removed.items.get(key, -inf), now)
        self._change(key, when, added=True)
        if self.tracked:
            self._pend(key, _ENTRY.pack(when, True))

    def remove(self, key: bytes, now: float) -> bool:
        """Take a key out; whether it was in."""
        was_in = self.has(key, now)
        when = behind(self._added.items.get(key, -inf), now)
        self._change(key, when, added=False)
        if self.tracked:
            self._pend(key, _ENTRY.pack(when, False))
        return was_in

    def resize(self, *, capacity: int, seconds: float, persist: bool = True) -> None:
        """Take new parameters and keeps the keys."""
        self.capacity, self.seconds, self.persist = capacity, seconds, persist
        self.revision += 1
        for side in (self._added, self._removed):
            while len(side.items) > capacity:
                self._forget(side.pop()[0])

    def absorb(self, batch: Batch, *, origin: bytes, number: int, now: float) -> bool:
        """Take the newer of our and another core's additions and removals; see `Structure`."""
        self._check(batch)
        changes = [(key, *self._read(value)) for key, value in batch.entries]
        if not self._is_new(origin, number):
            return False
        for key, when, added in changes:
            self._take(key, when, now, added=added)
        return True

    def snapshot(self, keys: Iterable[bytes] | None = None) -> Iterator[Row]:
        """Give additions and removals as rows; see `Structure`."""
        for key in (*self._added.items, *self._removed.items) if keys is None else keys:
            when = self._added.items.get(key)
            added = when is not None
            if when is None:
                when = self._removed.items.get(key)
            if when is not None:
                yield Row(key, _ENTRY.pack(when, added), when + self.seconds)

    def restore(self, rows: Iterable[Row], now: float) -> int:
        """Take additions and removals in; see `Structure`."""
        known = [(row.key, *self._read(row.value)) for row in rows if row.expires > now]
        for key, when, added in known:
            self._take(key, when, now, added=added)
        return len(known)

    def expire(self, now: float, budget: int) -> int:
        """Drop what was added or removed too long ago; see `Structure`."""
        horizon, dropped = now - self.seconds, 0
        for side in (self._added, self._removed):
            while dropped < budget and (key := side.oldest()) is not None and side.items[key] <= horizon:
                side.discard(key)
                self.revision += 1
                dropped += 1
        return dropped

    def _take(self, key: bytes, when: float, now: float, *, added: bool) -> None:
        when = min(when, now)  # a clock that is ahead elsewhere must not make an entry outlast its time
        if when > now - self.seconds:
            self._change(key, when, added=added)

    def _change(self, key: bytes, when: float, *, added: bool) -> None:
        since, removed = self._added.items.get(key, -inf), self._removed.items.get(key, -inf)
        if when < max(since, removed) or (added and when == removed):
            return
        self.revision += 1
        mine, other = (self._added, self._removed) if added else (self._removed, self._added)
        other.discard(key)
        if key not in mine.items and len(mine.items) >= self.capacity:
            self._forget(mine.pop()[0])
        mine.put(key, when)

    def _read(self, value: bytes) -> tuple[float, bool]:
        if len(value) != _ENTRY.size:
            raise ValueError(f"{self.name}: an entry of {len(value)} bytes, {_ENTRY.size} are wanted")
        when, added = _ENTRY.unpack(value)
        if not isfinite(when):
            raise ValueError(f"{self.name}: a time that is no number")
        return when, added
