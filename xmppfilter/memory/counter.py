"""Counts by key: how often was this seen."""

from collections.abc import Iterator
from math import inf
from struct import Struct
from typing import ClassVar, Final

from xmppfilter.memory.contract import Exchanged, Row
from xmppfilter.memory.counted import CountedShards, rank_of

_COUNT: Final = Struct("<Q")
_MOST: Final = 1 << 53  # from elsewhere, so that sums stay far from where packing overflows


class Counter(Exchanged[int]):
    """Count by key, at most `capacity` of them.

    When one more key comes, keys below `limit` go first, of them those with the smallest counts, the one not seen for
    longest before the others (see `Counted`): a flood of one-off keys never evicts one that is being counted. Counts
    know no time and are not persisted.
    """

    kind: ClassVar[str] = "counter"

    __slots__ = ("_counts", "limit")

    def __init__(self, *, capacity: int, limit: int, name: str = "") -> None:
        super().__init__(capacity=capacity, name=name, persist=False)
        self.limit = limit
        self._counts: CountedShards[int] = CountedShards(capacity)

    def __len__(self) -> int:
        return len(self._counts)

    @property
    def lifetime(self) -> float:
        """A count matters while the process lives."""
        return inf

    def count(self, key: bytes) -> int:
        """Return how often a key was noted."""
        return self._counts.of(key).get(key) or 0

    def note(self, key: bytes, n: int = 1) -> int:
        """Count a key `n` times more, and return its count."""
        count = self._add(key, n)
        self._mark(key)
        if self._deltas:
            self._tell(key, _COUNT.pack(n))
        return count

    def resize(self, *, capacity: int, limit: int) -> None:
        """Take new parameters, and keep what is counted."""
        anew, same = limit != self.limit, (capacity, limit) == (self.capacity, self.limit)
        self.capacity, self.limit = capacity, limit
        if not same:
            self._counts.resize(capacity, self._add, self._mark, anew=anew)
            self._laid_out()

    def held(self) -> Iterator[bytes]:
        """Yield every key; see `Structure`."""
        return self._counts.keys()

    def expire(self, now: float, budget: int) -> int:  # noqa: ARG002
        """Drop nothing, for counts know no time; see `Structure`."""
        return self._counts.work(budget, self._mark)

    def _row(self, key: bytes) -> Row | None:
        count = self._counts.of(key).get(key)
        return None if count is None else Row(key, _COUNT.pack(count), inf)

    def _add(self, key: bytes, n: int) -> int:
        tiers = self._counts.of(key)
        known = tiers.get(key)
        count = (known or 0) + n
        put = tiers.put_new if known is None else tiers.put
        evicted = put(key, count, rank_of(count, self.limit))
        if evicted is not None:
            self._mark(evicted)
        return count

    def _take(self, key: bytes, change: int, now: float) -> None:  # noqa: ARG002
        self._add(key, change)

    def _take_whole(self, key: bytes, change: int, now: float) -> None:  # noqa: ARG002
        self._add(key, max(0, change - self.count(key)))

    def _joined(self, key: bytes, before: bytes, change: bytes) -> bytes:  # noqa: ARG002
        return _COUNT.pack(_COUNT.unpack(before)[0] + _COUNT.unpack(change)[0])

    def _read(self, key: bytes, value: bytes) -> int:  # noqa: ARG002
        if len(value) != _COUNT.size:
            raise ValueError(f"{self.name}: a count of {len(value)} bytes, {_COUNT.size} are wanted")
        count: int = _COUNT.unpack(value)[0]
        if count > _MOST:
            raise ValueError(f"{self.name}: a count of {count}, {_MOST} is the most")
        return count
