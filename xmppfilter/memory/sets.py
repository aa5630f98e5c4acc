"""Sets by key: was this added lately."""

from collections.abc import Iterator
from functools import partial
from itertools import chain
from math import inf, isfinite
from struct import Struct
from typing import ClassVar

from xmppfilter.memory.contract import Exchanged, Row, behind
from xmppfilter.memory.eviction import Tiers
from xmppfilter.memory.spread import Shards

_ENTRY = Struct("<d?")

_Change = tuple[float, bool]
"""When, and whether added (or removed)."""


class Set(Exchanged[_Change]):
    """Keys that were added within the last `seconds`, at most `capacity`, oldest addition out first (see `Shards`).

    A removal is an edit: it is remembered as long as an addition, and outlives older additions
    that arrive later from another core.
    """

    kind: ClassVar[str] = "set"

    __slots__ = ("_added", "_has_removals", "_removed", "revision", "seconds")

    def __init__(self, *, capacity: int, seconds: float, persist: bool = True, name: str = "") -> None:
        super().__init__(capacity=capacity, name=name, persist=persist)
        self.seconds = seconds
        self.revision = 0
        """Counts the changes, so that whoever keeps a view of the set sees that it is old."""
        self._added: Shards[float] = Shards(capacity)
        self._removed: Shards[float] = Shards(capacity)
        self._has_removals = False  # or had; most sets never have any

    def __len__(self) -> int:
        return len(self._added)

    @property
    def empty(self) -> bool:
        """Whether it has no key; quicker than `len`."""
        added = self._added
        if added.former or len(added.shards) > 1:
            return len(added) == 0
        return not added.shards[0].cold.items

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

    def added(self, key: bytes) -> float | None:
        """Return when a key was added at last, in Unix seconds; None: it was not."""
        when = _when(self._added, key)
        return when if when > -inf else None

    def current(self) -> Iterator[bytes]:
        """Yield every key that is held, the oldest addition first; of a big set, the oldest of each shard."""
        return self._added.keys()

    def add(self, key: bytes, now: float) -> None:
        """Add a key, or renew it."""
        if self._has_removals:
            when = behind(_when(self._removed, key), now)
            self._change(key, when, added=True)
        else:  # the same, in half the time
            when, added = float(now), self._added
            if added.former:
                added.bring(key)
            tiers = added.shards[hash(key) & added.mask]
            items = tiers.cold.items
            since = items.get(key)
            if since is None:  # and none is hot
                self.revision += 1
                if len(items) >= tiers.capacity:
                    self._mark(tiers.pop())
                items[key] = when
            elif since <= when:
                self.revision += 1
                tiers.cold.put(key, when)
        if self._dirty:
            self._mark(key)
        if self._deltas:
            self._tell(key, _ENTRY.pack(when, True))

    def remove(self, key: bytes, now: float) -> bool:
        """Take a key out; whether it was in."""
        was_in = self.has(key, now)
        when = behind(_when(self._added, key), now)
        self._change(key, when, added=False)
        self._mark(key)
        if self._deltas:
            self._tell(key, _ENTRY.pack(when, False))
        return was_in

    def resize(self, *, capacity: int, seconds: float, persist: bool = True) -> None:
        """Take new parameters, and keep the keys."""
        same = capacity == self.capacity
        self.capacity, self.seconds, self.persist = capacity, seconds, persist
        if not same:
            for side in (self._added, self._removed):
                self.revision += side.resize(capacity, partial(self._put, side), self._mark)
            self._laid_out()

    def held(self) -> Iterator[bytes]:
        """Yield every key that was added or removed; see `Structure`."""
        return chain(self._added.keys(), self._removed.keys())

    def expire(self, now: float, budget: int) -> int:
        """Drop what was added or removed too long ago; see `Structure`."""
        horizon = now - self.seconds

        def drop(shard: Tiers[float], most: int) -> int:
            return shard.drop_while(horizon.__ge__, most)

        dropped = 0
        for side in (self._added, self._removed):
            dropped += side.expire(budget - dropped, drop, self._mark)
        self.revision += dropped
        return dropped

    def _row(self, key: bytes) -> Row | None:
        since, removed = _when(self._added, key), _when(self._removed, key)
        added = since > -inf
        if not added and removed == -inf:
            return None
        when = since if added else removed
        return Row(key, _ENTRY.pack(when, added), when + self.seconds)

    def _take(self, key: bytes, change: _Change, now: float) -> None:
        when, added = change
        when = min(when, now)  # a clock that is ahead elsewhere must not make an entry outlast its time
        if when > now - self.seconds:
            self._change(key, when, added=added)

    def _joined(self, key: bytes, before: bytes, change: bytes) -> bytes:  # noqa: ARG002
        # the later one holds, of two of the same instant the removal
        (when, added), (earlier, was_added) = _ENTRY.unpack(change), _ENTRY.unpack(before)
        return change if (when, not added) >= (earlier, not was_added) else before

    def _change(self, key: bytes, when: float, *, added: bool) -> None:
        if not added:
            self._has_removals = True
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
            self._mark(evicted)

    def _read(self, key: bytes, value: bytes) -> _Change:  # noqa: ARG002
        if len(value) != _ENTRY.size:
            raise ValueError(f"{self.name}: an entry of {len(value)} bytes, {_ENTRY.size} are wanted")
        when, added = _ENTRY.unpack(value)
        if not isfinite(when):
            raise ValueError(f"{self.name}: a time that is no number")
        return when, added


def _when(side: Shards[float], key: bytes) -> float:
    return side.of(key).cold.items.get(key, -inf)
