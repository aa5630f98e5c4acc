"""Bounded collections of so many keys that one dict of them would stall: spread over shards, worked at bit by bit."""

from collections.abc import Callable, Iterator
from typing import Any, Generic, Protocol, TypeVar

from xmppfilter.memory.eviction import Tiers

V = TypeVar("V")

# A dict that outgrows its table is copied at one go: 100 ms for a million keys, in which nothing else happens. Above
# the first number keys are spread over dicts of about the second.
_UNDIVIDED = 1 << 17
_DIVIDED = 1 << 14

# Shards that one step of expiry looks at, or it would walk over the holes at the front of each.
_SHARDS_AT_ONCE = 16

AT_ONCE = 256
"""Keys that a new capacity is applied to at once; the others follow bit by bit."""


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

        Both together look after no more than *budget* keys; return how many these were.
        """
        done = self.work(budget, forget)
        for _ in range(min(len(self.shards), _SHARDS_AT_ONCE)):
            if done >= budget:
                break
            done += drop(self.shards[self._turn % len(self.shards)], budget - done)
            if done < budget:
                self._turn += 1
        return done

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
