"""Dicts in order of age, whose oldest entry is found at once, and bounded collections of them."""

from collections.abc import Iterator
from itertools import islice
from typing import Generic, TypeVar

V = TypeVar("V")

# How many of the oldest keys are looked up at a time. `next(iter(d))` alone walks over every hole
# that earlier removals left at the front of a dict: a million keys would make each eviction cost
# milliseconds. One walk per few thousand evictions is not felt.
_AHEAD = 4096

# A dict that outgrows its table is copied at one go: 100 ms for a million keys, in which nothing
# else happens. Above the first number keys are spread over dicts of about the second.
_UNDIVIDED = 1 << 17
_DIVIDED = 1 << 14


class Aging(Generic[V]):
    """A dict ordered by when each key was last put; `items` may be read, and replaced in place."""

    __slots__ = ("_ahead", "items")

    def __init__(self) -> None:
        self.items: dict[bytes, V] = {}
        self._ahead: dict[bytes, None] = {}  # the oldest keys, the very oldest last

    def __len__(self) -> int:
        return len(self.items)

    def put(self, key: bytes, value: V) -> None:
        """Set a key and makes it the newest."""
        items = self.items
        items.pop(key, None)
        if self._ahead:
            self._ahead.pop(key, None)
        items[key] = value

    def discard(self, key: bytes) -> bool:
        """Remove a key; whether it was there."""
        if key not in self.items:
            return False
        del self.items[key]
        self._ahead.pop(key, None)
        return True

    def oldest(self) -> bytes | None:
        """Give the key that was put longest ago."""
        return next(reversed(self._ahead or self._look_ahead()), None)

    def pop(self) -> tuple[bytes, V]:
        """Remove and gives the oldest entry.

        Raises KeyError: there is none.
        """
        key, _ = (self._ahead or self._look_ahead()).popitem()
        return key, self.items.pop(key)

    def _look_ahead(self) -> dict[bytes, None]:
        self._ahead = dict.fromkeys(reversed(list(islice(self.items, _AHEAD))))
        return self._ahead


class Tiers(Generic[V]):
    """A bounded dict in two tiers: cold keys are evicted before any hot one, each oldest first."""

    __slots__ = ("capacity", "cold", "hot")

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.cold: Aging[V] = Aging()
        self.hot: Aging[V] = Aging()

    def __len__(self) -> int:
        return len(self.cold.items) + len(self.hot.items)

    def get(self, key: bytes) -> V | None:
        """Give the value of a key, whichever its tier."""
        value = self.cold.items.get(key)
        return self.hot.items.get(key) if value is None else value

    def put(self, key: bytes, value: V, *, hot: bool) -> bytes | None:
        """Set a key as the newest of its tier; gives the key that had to go for it.

        Room is made before the new key is in, so that a newcomer cannot be its own victim.
        """
        mine, other = (self.hot, self.cold) if hot else (self.cold, self.hot)
        items = mine.items
        if key in items:
            mine.put(key, value)
            return None
        evicted = None
        if not (other.items and other.discard(key)) and len(items) + len(other.items) >= self.capacity:
            evicted = self.pop()
        items[key] = value
        return evicted

    def pop(self) -> bytes:
        """Evict one key and gives it.

        Raises KeyError: there is none.
        """
        return (self.cold if self.cold.items else self.hot).pop()[0]


class Shards(Generic[V]):
    """Tiers over which the keys are spread where one dict would be too big to grow without a stall.

    Up to 131,072 keys are in one, evicted in exact order; beyond, the order is exact within each
    shard, and a few keys in a thousand are evicted early because their shard is the fullest.
    """

    __slots__ = ("mask", "shards")

    def __init__(self, capacity: int) -> None:
        count = self.count_for(capacity)
        self.mask = count - 1
        """What of a key's hash is the number of its shard."""
        self.shards: list[Tiers[V]] = [Tiers(capacity // count) for _ in range(count)]

    def __len__(self) -> int:
        return sum(map(len, self.shards))

    @staticmethod
    def count_for(capacity: int) -> int:
        """Give how many shards, a power of two, such a capacity takes."""
        return 1 if capacity <= _UNDIVIDED else 1 << ((capacity - 1) // _DIVIDED).bit_length()

    def of(self, key: bytes) -> Tiers[V]:
        """Give the shard of a key."""
        # The hash is stored nowhere, and the dict that is looked into next takes it from the key.
        return self.shards[hash(key) & self.mask]

    def get(self, key: bytes) -> V | None:
        """Give the value of a key."""
        tiers = self.shards[hash(key) & self.mask]
        value = tiers.cold.items.get(key)
        return tiers.hot.items.get(key) if value is None else value

    def items(self) -> Iterator[tuple[bytes, V]]:
        """Give every entry: of each shard the cold ones first, each tier oldest first."""
        for shard in self.shards:
            yield from tuple(shard.cold.items.items())
            yield from tuple(shard.hot.items.items())

    def shrink(self, capacity: int) -> list[bytes]:
        """Take a new capacity of as many shards; give the keys that had to go."""
        gone: list[bytes] = []
        for shard in self.shards:
            shard.capacity = capacity // len(self.shards)
            while len(shard) > shard.capacity:
                gone.append(shard.pop())
        return gone
