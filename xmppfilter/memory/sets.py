"""Sets by key: was this added lately."""

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain
from math import inf, isfinite
from struct import Struct
from typing import ClassVar

from xmppfilter.memory.contract import Batch, Row, Tracked, behind
from xmppfilter.memory.eviction import AT_ONCE, Aging, Shards

_ENTRY = Struct("<d?")  # when, whether added (or removed)
_SHARDS_AT_ONCE = 16


class Set(Tracked):
    """Keys that were added within the last `seconds`, at most `capacity`, oldest addition out first (see `Shards`).

    A removal is an edit: it is remembered as long as an addition, and outlives older additions
    that arrive later from another core.
    """

    kind: ClassVar[str] = "set"

    __slots__ = ("_added", "_removed", "_turn", "revision", "seconds")

    def __init__(
        self, *, capacity: int, seconds: float, persist: bool = True, name: str = "", tracked: bool = False
    ) -> None:
        super().__init__(capacity=capacity, name=name, persist=persist, tracked=tracked)
        self.seconds = seconds
        self.revision = 0
        """Counts the changes, so that whoever keeps a view of the set sees that it is old."""
        self._added: Shards[float] = Shards(capacity)
        self._removed: Shards[float] = Shards(capacity)
        self._turn = 0  # the shard at which expiry goes on

    def __len__(self) -> int:
        return len(self._added)

    @property
    def lifetime(self) -> float:
        """An addition matters for `seconds`."""
        return self.seconds

    def has(self, key: bytes, now: float) -> bool:
        """Whether a key was added within the last `seconds`."""
        added = self._added
        if added.former:
            added.bring(key)
        when = added.shards[hash(key) & added.mask].cold.items.get(key)
        return when is not None and when > now - self.seconds

    def current(self) -> Iterator[bytes]:
        """Give every key that is held, the oldest addition first; of a big set, the oldest of each shard."""
        return self._added.keys()

    def add(self, key: bytes, now: float) -> None:
        """Add a key, or renews it."""
        when = behind(_when(self._removed, key), now)
        self._change(key, when, added=True)
        if self.tracked:
            self._pend(key, _ENTRY.pack(when, True))

    def remove(self, key: bytes, now: float) -> bool:
        """Take a key out; whether it was in."""
        was_in = self.has(key, now)
        when = behind(_when(self._added, key), now)
        self._change(key, when, added=False)
        if self.tracked:
            self._pend(key, _ENTRY.pack(when, False))
        return was_in

    def resize(self, *, capacity: int, seconds: float, persist: bool = True) -> None:
        """Take new parameters and keeps the keys."""
        same = capacity == self.capacity
        self.capacity, self.seconds, self.persist = capacity, seconds, persist
        for side in () if same else (self._added, self._removed):
            side.resize(capacity, partial(self._put, side))
            self.revision += side.work(AT_ONCE, self._forget)

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
        for key in chain(self._added.keys(), self._removed.keys()) if keys is None else keys:
            since, removed = _when(self._added, key), _when(self._removed, key)
            added = since > -inf
            if added or removed > -inf:
                when = since if added else removed
                yield Row(key, _ENTRY.pack(when, added), when + self.seconds)

    def restore(self, rows: Iterable[Row], now: float) -> int:
        """Take additions and removals in; see `Structure`."""
        known = [(row.key, *self._read(row.value)) for row in rows if row.expires > now]
        for key, when, added in known:
            self._take(key, when, now, added=added)
        return len(known)

    def expire(self, now: float, budget: int) -> int:
        """Drop what was added or removed too long ago; see `Structure`."""
        for side in (self._added, self._removed):
            budget -= (done := side.work(budget, self._forget))
            self.revision += done
        dropped, count = 0, len(self._added.shards)
        for _ in range(min(count, _SHARDS_AT_ONCE)):
            at = self._turn % count
            for tier in (self._added.shards[at].cold, self._removed.shards[at].cold):
                while dropped < budget and self._drop_if_past(tier, now - self.seconds):
                    dropped += 1
            if dropped >= budget:
                break
            self._turn += 1
        self.revision += dropped
        return dropped

    def _drop_if_past(self, side: Aging[float], horizon: float) -> bool:
        key = side.oldest()
        return key is not None and side.items[key] <= horizon and side.discard(key)

    def _take(self, key: bytes, when: float, now: float, *, added: bool) -> None:
        when = min(when, now)  # a clock that is ahead elsewhere must not make an entry outlast its time
        if when > now - self.seconds:
            self._change(key, when, added=added)

    def _change(self, key: bytes, when: float, *, added: bool) -> None:
        mine, other = (self._added, self._removed) if added else (self._removed, self._added)
        since, edited = _when(mine, key), _when(other, key)
        if when < since or when < edited or (added and when == edited):
            return
        self.revision += 1
        if edited > -inf:
            other.of(key).cold.discard(key)
        self._put(mine, key, when)

    def _put(self, side: Shards[float], key: bytes, when: float) -> None:
        evicted = side.of(key).put(key, when, hot=False)
        if evicted is not None:
            self._forget(evicted)

    def _read(self, value: bytes) -> tuple[float, bool]:
        if len(value) != _ENTRY.size:
            raise ValueError(f"{self.name}: an entry of {len(value)} bytes, {_ENTRY.size} are wanted")
        when, added = _ENTRY.unpack(value)
        if not isfinite(when):
            raise ValueError(f"{self.name}: a time that is no number")
        return when, added


def _when(side: Shards[float], key: bytes) -> float:
    return side.of(key).cold.items.get(key, -inf)
