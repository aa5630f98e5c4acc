"""Dicts in order of age, whose oldest entry is found at once, and bounded collections of them."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, Generic, Protocol, TypeVar

V = TypeVar("V")

# How many of the oldest keys are looked up at a time. `next(iter(d))` alone walks over every hole
# that earlier removals left at the front of a dict: a million keys would make each eviction cost
# milliseconds. One walk per few hundred evictions is not felt. More would be: expiry looks at the
# oldest of many shards in one step.
_AHEAD = 512

# A dict that outgrows its table is copied at one go: 100 ms for a million keys, in which nothing
# else happens. Above the first number keys are spread over dicts of about the second.
_UNDIVIDED = 1 << 17
_DIVIDED = 1 << 14

# Shards that one step of expiry looks at, or it would walk over the holes at the front of each.
_SHARDS_AT_ONCE = 16

AT_ONCE = 256
"""Keys that a new capacity is applied to at once; the others follow bit by bit."""


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


class Shard(Protocol):
    """A bounded part of a big collection."""

    capacity: int

    def __len__(self) -> int: ...

    def get(self, key: bytes) -> Any:
        """Return the value of a key, None: there is none."""

    def discard(self, key: bytes) -> bool:
        """Remove a key; whether it was there."""

    def pop(self) -> bytes:
        """Evict one key, and return it."""

    def first(self) -> bytes | None:
        """Return the key that would go next."""

    def keys(self) -> Iterator[bytes]:
        """Yield every key, in the order in which they would go; what is taken out meanwhile may be among them."""


S = TypeVar("S", bound=Shard)


class Former(Generic[S]):
    """Shards whose keys are being put elsewhere."""

    __slots__ = ("at", "mask", "place", "shards")

    def __init__(self, mask: int, shards: list[S], place: Callable[[bytes, Any], object]) -> None:
        self.mask = mask
        self.shards = shards
        self.place = place
        self.at = 0
        """The first shard that may have keys."""


class Spread(Generic[S]):
    """Shards over which the keys are spread where one dict would be too big to grow without a stall.

    Up to 131,072 keys are in one, evicted in exact order; beyond, the order is exact within each shard, and a few keys
    in a thousand are evicted early because their shard is the fullest.

    Another capacity takes effect bit by bit, for a million keys cannot be moved or dropped at once: `of` and `get`
    bring a key over that somebody asks for, `work` all others.
    """

    __slots__ = ("_make", "_overfull", "_turn", "former", "mask", "shards")

    def __init__(self, capacity: int, make: Callable[[int], S]) -> None:
        self._make = make
        self._overfull = False
        self._turn = 0  # the shard at which expiry goes on
        self.former: list[Former[S]] = []
        """What is being emptied."""
        self._lay_out(capacity)

    def _lay_out(self, capacity: int) -> None:
        count = self.count_for(capacity)
        self.mask = count - 1
        """What of a key's hash is the number of its shard."""
        self.shards: list[S] = [self._make(capacity // count) for _ in range(count)]

    def __len__(self) -> int:
        return sum(map(len, self.shards)) + sum(len(shard) for former in self.former for shard in former.shards)

    @staticmethod
    def count_for(capacity: int) -> int:
        """Return how many shards, a power of two, such a capacity takes."""
        return 1 if capacity <= _UNDIVIDED else 1 << ((capacity - 1) // _DIVIDED).bit_length()

    def of(self, key: bytes) -> S:
        """Return the shard of a key."""
        if self.former:
            self.bring(key)
        # The hash is stored nowhere, and the dict that is looked into next takes it from the key.
        return self.shards[hash(key) & self.mask]

    def keys(self) -> Iterator[bytes]:
        """Yield every key: shard by shard, in the order in which they would go.

        Keys may come and go meanwhile; who comes into a shard that was begun is left out, who is moved may come twice.
        """
        for shards in (*[former.shards for former in self.former], self.shards):
            for shard in shards:
                yield from shard.keys()

    def bring(self, key: bytes) -> None:
        """Put a key into its place that still has its former one."""
        for former in self.former:
            shard = former.shards[hash(key) & former.mask]
            value = shard.get(key)
            if value is not None:
                shard.discard(key)
                former.place(key, value)
                return

    def resize(
        self,
        capacity: int,
        place: Callable[[bytes, Any], object],
        forget: Callable[[bytes], object],
        *,
        anew: bool = False,
    ) -> int:
        """Take a new capacity, and begin to `work`; `place` puts a key with its value where it belongs by then.

        Where there are to be as many shards as there are, nothing need move unless all of it is to be looked at *anew*.
        """
        if anew or self.count_for(capacity) != len(self.shards):
            self.former.append(Former(self.mask, self.shards, place))
            self._lay_out(capacity)
        else:
            for shard in self.shards:
                shard.capacity = capacity // len(self.shards)
            self._overfull = True
        return self.work(AT_ONCE, forget)

    def expire(self, budget: int, drop: Callable[[S, int], int], forget: Callable[[bytes], object]) -> int:
        """Go on with what `resize` left to do, then let `drop` remove what is past from the shards that are next.

        Both look at no more than *budget* keys; return how many were dropped.
        """
        budget -= self.work(budget, forget)
        dropped = 0
        for _ in range(min(len(self.shards), _SHARDS_AT_ONCE)):
            dropped += drop(self.shards[self._turn % len(self.shards)], budget - dropped)
            if dropped >= budget:
                break
            self._turn += 1
        return dropped

    def work(self, most: int, forget: Callable[[bytes], object]) -> int:
        """Go on with what `resize` left to do, for *most* keys; `forget` is told of those that had to go. How many."""
        done = 0
        while self.former and done < most:
            former = self.former[0]
            if former.at == len(former.shards):
                self.former.pop(0)
                continue
            shard = former.shards[former.at]
            if (key := shard.first()) is None:
                former.at += 1
                continue
            value = shard.get(key)
            shard.discard(key)
            former.place(key, value)
            done += 1
        return done + (self._trim(most - done, forget) if self._overfull else 0)

    def _trim(self, most: int, forget: Callable[[bytes], object]) -> int:
        done = 0
        for shard in self.shards:
            while len(shard) > shard.capacity:
                if done >= most:
                    return done
                forget(shard.pop())
                done += 1
        self._overfull = False
        return done


class Shards(Spread[Tiers[V]], Generic[V]):
    """Tiers, spread."""

    __slots__ = ()

    def __init__(self, capacity: int) -> None:
        super().__init__(capacity, Tiers)

    def get(self, key: bytes) -> V | None:
        """Return the value of a key."""
        if self.former:
            self.bring(key)
        tiers = self.shards[hash(key) & self.mask]
        value = tiers.cold.items.get(key)
        return tiers.hot.items.get(key) if value is None else value
