"""Records of which those of the lowest rank go first."""

from collections.abc import Iterator

from xmppfilter.memory.eviction import Aging

ROOMS = 64
"""Ranks below zero, for what is cheap to make up: of these the one with the most keys gives first."""
_CHEAP_SHARE = 8


class Ranked:
    """A bounded dict of packed records: the lowest rank is evicted first, within a rank what was put longest ago.

    Ranks below zero are in no order. They hold an eighth of the capacity at most, and the fullest of them gives first.

    All that is there can be outdated at once: it goes before everything that comes later, and is looked at again bit
    by bit.
    """

    __slots__ = ("_outdated", "capacity", "ranks", "records")

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.records: dict[bytes, bytes] = {}
        self.ranks: dict[int, Aging[None]] = {}
        """The keys by rank, but for the outdated ones."""
        self._outdated: dict[int, Aging[None]] = {}

    def __len__(self) -> int:
        return len(self.records)

    def get(self, key: bytes) -> bytes | None:
        """Return the record of a key."""
        return self.records.get(key)

    def put(self, key: bytes, record: bytes, before: int | None, rank: int) -> bytes | None:
        """Set a key, which had a rank `before` if it is there, and has this one now; return the key that had to go."""
        evicted = None
        if rank < 0 and (before is None or before >= 0) and self._cheap() >= max(1, self.capacity // _CHEAP_SHARE):
            evicted = self._evict(self._fullest())
        if before is None:
            if evicted is None and len(self.records) >= self.capacity:
                evicted = self.pop()
        elif before != rank or self._outdated:
            self._unrank(key, before)
        keys = self.ranks.get(rank)
        if keys is None:
            keys = self.ranks[rank] = Aging()
        keys.put(key, None)
        self.records[key] = record
        return evicted

    def drop(self, key: bytes, rank: int) -> None:
        """Remove a key of that rank."""
        self._unrank(key, rank)
        del self.records[key]

    def discard(self, key: bytes) -> bool:
        """Remove a key of any rank; whether it was there."""
        if self.records.pop(key, None) is None:
            return False
        for ranks in (self._outdated, self.ranks):
            for keys in ranks.values():
                if keys.discard(key):
                    return True
        return True

    def pop(self) -> bytes:
        """Evict one key, and return it."""
        return self._evict(self._next())

    def _evict(self, keys: Aging[None]) -> bytes:
        key, _ = keys.pop()
        del self.records[key]
        return key

    def first(self) -> bytes | None:
        """Return the key that would go next."""
        return self._next().oldest() if self.records else None

    def keys(self) -> Iterator[bytes]:
        """Yield every key, in no order; what is taken out meanwhile may be among them."""
        return iter(tuple(self.records))

    def outdate(self) -> None:
        """Let everything that is there be outdated."""
        for rank, keys in self.ranks.items():
            if (former := self._outdated.get(rank)) is None or not former.items:
                self._outdated[rank] = keys
            else:
                for key in keys.items:
                    former.put(key, None)
        self.ranks = {}

    def next_outdated(self) -> bytes | None:
        """Return the outdated key that would go next, None: there is none any more."""
        while self._outdated:
            rank = min(self._outdated)
            if (key := self._outdated[rank].oldest()) is not None:
                return key
            del self._outdated[rank]
        return None

    def _cheap(self) -> int:
        """Return how many keys have a rank below zero."""
        return sum(len(keys) for ranks in (self._outdated, self.ranks) for rank, keys in ranks.items() if rank < 0)

    def _fullest(self) -> Aging[None]:
        """Return the keys of the fullest rank below zero; there must be one."""
        below = (keys for ranks in (self._outdated, self.ranks) for rank, keys in ranks.items() if rank < 0)
        return max(below, key=len)

    def _next(self) -> Aging[None]:
        for ranks in (self._outdated, self.ranks):
            fullest = max((keys for rank, keys in ranks.items() if rank < 0), key=len, default=None)
            if fullest:
                return fullest
            rank = min((rank for rank, keys in ranks.items() if keys.items), default=None)
            if rank is not None:
                return ranks[rank]
        raise KeyError("there is none")

    def _unrank(self, key: bytes, rank: int) -> None:
        for ranks in (self._outdated, self.ranks):
            if (keys := ranks.get(rank)) is not None and keys.discard(key):
                return
