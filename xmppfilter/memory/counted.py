"""A bounded dict of what is counted: what was seen once goes before what is seen again and again."""

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from xmppfilter.memory.eviction import Aging
from xmppfilter.memory.spread import Spread

V = TypeVar("V")

HOT = 5
"""The rank of what has reached its limit."""
# What a rank may hold before it has to give, of all that are below HOT.
_COLD_SHARE = 4
_SHARE = 8


def rank_of(count: int, limit: int) -> int:
    """Return the rank of a key that was counted so often: 0 once, then one more for each doubling, HOT at the limit."""
    return HOT if count >= limit else min(HOT - 1, max(1, count).bit_length() - 1)


class Counted(Generic[V]):
    """Keys by rank. The lowest goes first, of it the oldest, as long as it has more than its share; HOT keys go last.

    A quarter of the room below HOT is for what was seen once, an eighth for each other rank, or what comes again could
    never be seen to: all would be full of what came before. So neither those who send each text once nor those who
    send each twice push out a text that is being counted.
    """

    __slots__ = ("capacity", "ranks")

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.ranks: tuple[Aging[V], ...] = tuple(Aging() for _ in range(HOT + 1))

    def __len__(self) -> int:
        one, two, three, four, five, hot = self.ranks  # a third of the time of a sum
        return len(one.items) + len(two.items) + len(three.items) + len(four.items) + len(five.items) + len(hot.items)

    def get(self, key: bytes) -> V | None:
        """Return the value of a key, whichever its rank."""
        for rank in self.ranks:
            if key in rank.items:
                return rank.items[key]
        return None

    def put(self, key: bytes, value: V, rank: int) -> bytes | None:
        """Set a key as the newest of its rank; return the key that had to go for it.

        Room is made before the new key is in, so that a newcomer cannot be its own victim.
        """
        mine = self.ranks[rank]
        if key in mine.items:
            mine.put(key, value)
            return None
        evicted = None
        for other in self.ranks:
            if key in other.items:
                other.discard(key)
                break
        else:
            if len(self) >= self.capacity:
                evicted = self.pop()
        mine.items[key] = value
        return evicted

    def put_new(self, key: bytes, value: V, rank: int) -> bytes | None:
        """Do as `put` does with a key that is not there."""
        evicted = self.pop() if len(self) >= self.capacity else None
        self.ranks[rank].items[key] = value
        return evicted

    def pop(self) -> bytes:
        """Evict one key, and return it.

        Raises KeyError: there is none.
        """
        return self._next().pop()[0]

    def first(self) -> bytes | None:
        """Return the key that would be evicted next."""
        return self._next().oldest()

    def drop_while(self, is_past: Callable[[V], bool], most: int) -> int:
        """Remove the oldest keys of each rank as long as they are past, *most* of them; return how many."""
        dropped = 0
        for rank in self.ranks:
            dropped += rank.drop_while(is_past, most - dropped)
        return dropped

    def discard(self, key: bytes) -> bool:
        """Remove a key; whether it was there."""
        return any(rank.discard(key) for rank in self.ranks)

    def keys(self) -> Iterator[bytes]:
        """Yield every key, the lowest rank first, each rank oldest first."""
        for rank in self.ranks:
            yield from tuple(rank.items)

    def _next(self) -> Aging[V]:
        once, *others, hot = self.ranks
        held = len(self) - len(hot.items)
        if not held:
            return hot
        if len(once.items) > max(1, held // _COLD_SHARE):  # as mostly
            return once
        for rank in others:
            if len(rank.items) > max(1, held // _SHARE):
                return rank
        return next((rank for rank in others if rank.items), once)


class CountedShards(Spread[Counted[V]], Generic[V]):
    """Counted keys, spread."""

    __slots__ = ()

    def __init__(self, capacity: int) -> None:
        super().__init__(capacity, Counted)
