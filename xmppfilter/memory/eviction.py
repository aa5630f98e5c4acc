"""Dicts in order of age, whose oldest entry is found at once, and bounded pairs of them."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Generic, TypeVar

V = TypeVar("V")

# How many of the oldest keys are looked up at a time. `next(iter(d))` alone walks over every hole that earlier removals
# left at the front of a dict: a million keys would make each eviction cost milliseconds. One walk per few hundred
# evictions is not felt. More would be: expiry looks at the oldest of many shards in one step.
_AHEAD = 512


class Aging(Generic[V]):
    """A dict ordered by when each key was last put; `items` may be read, and replaced in place."""

    __slots__ = ("_ahead", "items")

    def __init__(self) -> None:
        self.items: dict[bytes, V] = {}
        self._ahead: dict[bytes, None] = {}  # the oldest keys, the very oldest last

    def __len__(self) -> int:
        return len(self.items)

    def put(self, key: bytes, value: V) -> None:
        """Set a key, and make it the newest."""
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
        """Return the key that was put longest ago."""
        return next(reversed(self._ahead or self._look_ahead()), None)

    def drop_while(self, is_past: Callable[[V], bool], most: int) -> int:
        """Remove the oldest keys as long as their values are past, *most* of them; return how many."""
        dropped = 0
        while dropped < most and (key := self.oldest()) is not None and is_past(self.items[key]):
            self.discard(key)
            dropped += 1
        return dropped

    def pop(self) -> tuple[bytes, V]:
        """Remove the oldest entry, and return it.

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
        """Return the value of a key, whichever its tier."""
        value = self.cold.items.get(key)
        return self.hot.items.get(key) if value is None else value

    def put(self, key: bytes, value: V, *, hot: bool) -> bytes | None:
        """Set a key as the newest of its tier; return the key that had to go for it.

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
        """Evict one key, and return it.

        Raises KeyError: there is none.
        """
        return (self.cold if self.cold.items else self.hot).pop()[0]

    def first(self) -> bytes | None:
        """Return the key that would be evicted next."""
        return (self.cold if self.cold.items else self.hot).oldest()

    def drop_while(self, is_past: Callable[[V], bool], most: int) -> int:
        """Remove the oldest keys of both tiers as long as they are past, *most* of them; return how many."""
        dropped = self.cold.drop_while(is_past, most)
        return dropped + self.hot.drop_while(is_past, most - dropped)

    def discard(self, key: bytes) -> bool:
        """Remove a key; whether it was there."""
        return self.cold.discard(key) or self.hot.discard(key)

    def keys(self) -> Iterator[bytes]:
        """Yield every key: the cold ones first, each tier oldest first."""
        yield from tuple(self.cold.items)
        yield from tuple(self.hot.items)
