"""Counts by key: how often was this seen."""

from collections.abc import Iterable, Iterator
from math import inf
from struct import Struct
from typing import ClassVar

from xmppfilter.memory.contract import Batch, Row, Tracked
from xmppfilter.memory.counted import CountedShards, rank_of
from xmppfilter.memory.eviction import AT_ONCE

_COUNT = Struct("<Q")
_MOST = 1 << 53  # from elsewhere, so that sums stay far from where packing overflows


class Counter(Tracked):
    """Count by key, at most `capacity` of them.

    When one more key comes, keys below `limit` go first, of them those with the smallest counts, the one not seen for
    longest before the others (see `Counted`): a flood of one-off keys never evicts one that is being counted. Counts
    know no time and are not persisted.
    """

    kind: ClassVar[str] = "counter"

    __slots__ = ("_counts", "limit")

    def __init__(self, *, capacity: int, limit: int, name: str = "", tracked: bool = False) -> None:
        super().__init__(capacity=capacity, name=name, persist=False, tracked=tracked)
        self.limit = limit
        self._counts: CountedShards[int] = CountedShards(capacity)

    def __len__(self) -> int:
        return len(self._counts)

    @property
    def lifetime(self) -> float:
        """A count matters while the process lives."""
        return inf

    def count(self, key: bytes) -> int:
        """Give how often a key was noted."""
        return self._counts.of(key).get(key) or 0

    def note(self, key: bytes, n: int = 1) -> int:
        """Count a key `n` times more and gives its count."""
        count = self._add(key, n)
        if self.tracked:
            before = self._pending.items.get(key)
            self._pend(key, _COUNT.pack(n if before is None else n + _COUNT.unpack(before)[0]))
        return count

    def resize(self, *, capacity: int, limit: int) -> None:
        """Take new parameters and keeps what is counted."""
        anew, same = limit != self.limit, (capacity, limit) == (self.capacity, self.limit)
        self.capacity, self.limit = capacity, limit
        if not same:
            self._counts.resize(capacity, self._add, anew=anew)
            self._counts.work(AT_ONCE, self._forget)

    def absorb(self, batch: Batch, *, origin: bytes, number: int, now: float) -> bool:  # noqa: ARG002
        """Add what another core has counted; see `Structure`."""
        self._check(batch)
        counts = [(key, self._read(value)) for key, value in batch.entries]
        if not self._is_new(origin, number):
            return False
        for key, n in counts:
            self._add(key, n)
        return True

    def snapshot(self, keys: Iterable[bytes] | None = None) -> Iterator[Row]:
        """Give the counts as rows; see `Structure`."""
        for key in self._counts.keys() if keys is None else keys:
            count = self._counts.of(key).get(key)
            if count is not None:
                yield Row(key, _COUNT.pack(count), inf)

    def restore(self, rows: Iterable[Row], now: float) -> int:
        """Take counts in; see `Structure`."""
        counts = [(row.key, self._read(row.value)) for row in rows if row.expires > now]
        for key, n in counts:
            self._add(key, n)
        return len(counts)

    def expire(self, now: float, budget: int) -> int:  # noqa: ARG002
        """Drop nothing, for counts know no time; see `Structure`."""
        self._counts.work(budget, self._forget)
        return 0

    def _add(self, key: bytes, n: int) -> int:
        tiers = self._counts.of(key)
        count = (tiers.get(key) or 0) + n
        evicted = tiers.put(key, count, rank_of(count, self.limit))
        if evicted is not None:
            self._forget(evicted)
        return count

    def _read(self, value: bytes) -> int:
        if len(value) != _COUNT.size:
            raise ValueError(f"{self.name}: a count of {len(value)} bytes, {_COUNT.size} are wanted")
        count: int = _COUNT.unpack(value)[0]
        if count > _MOST:
            raise ValueError(f"{self.name}: a count of {count}, {_MOST} is the most")
        return count
