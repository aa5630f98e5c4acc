"""Sliding windows by key: how often was this seen lately."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from struct import Struct, pack, unpack
from typing import ClassVar

from xmppfilter.memory.contract import TIME, Exchanged, Row, read_times
from xmppfilter.memory.counted import HOT, Counted, CountedShards, rank_of

_PAIR = Struct("<dd")

# A key seen once, as most are, is a float; from the second time on its times are packed, oldest
# first. Neither is walked by the cyclic collector, which a million small lists would stall.
_Times = float | bytes


def _unpack(times: _Times) -> tuple[float, ...]:
    if isinstance(times, float):
        return (times,)
    return unpack(f"<{len(times) // 8}d", times)


def _newest(times: _Times) -> float:
    if isinstance(times, float):
        return times
    newest: float = TIME.unpack_from(times, len(times) - 8)[0]
    return newest


def _pack(times: _Times) -> bytes:
    return TIME.pack(times) if isinstance(times, float) else times


class Window(Exchanged[tuple[float, ...]]):
    """Sliding windows by key: the newest `limit` + 1 times within `seconds`, of `capacity` keys.

    Keys that reach the limit are evicted last, and those seen more than once after those seen once (see `Counted`), so
    that a flood of one-off keys cannot push out the one that floods.
    """

    kind: ClassVar[str] = "window"

    __slots__ = ("_windows", "limit", "seconds")

    def __init__(self, *, capacity: int, limit: int, seconds: float, persist: bool = True, name: str = "") -> None:
        super().__init__(capacity=capacity, name=name, persist=persist)
        self.limit = limit
        self.seconds = seconds
        self._windows: CountedShards[_Times] = CountedShards(capacity)

    def __len__(self) -> int:
        return len(self._windows)

    @property
    def lifetime(self) -> float:
        """A time matters while it is within the window."""
        return self.seconds

    def reached(self, key: bytes, now: float) -> bool:
        """Whether at least `limit` times lie within the last `seconds`."""
        if self.limit <= 0:
            return True
        windows = self._windows
        if windows.former:
            windows.bring(key)
        # what was not hot when it was noted last has only become older since
        times = windows.shards[hash(key) & windows.mask].ranks[HOT].items.get(key)
        return times is not None and self._is_hot(times, now)

    def count(self, key: bytes, now: float) -> int:
        """Return how many times lie within the last `seconds`, at most `limit` + 1."""
        times = self._windows.of(key).get(key)
        if times is None:
            return 0
        known = _unpack(times)
        return len(known) - bisect_right(known, now - self.seconds)

    def note(self, key: bytes, now: float) -> None:
        """Add a time to a key's window."""
        now = float(now)
        self._add(key, now, now)
        if self._dirty:
            self._mark(key)
        if self._deltas:
            self._tell(key, TIME.pack(now))

    def resize(self, *, capacity: int, limit: int, seconds: float, persist: bool = True) -> None:
        """Take new parameters, and keep the times."""
        anew = limit != self.limit or seconds > self.seconds
        same = capacity == self.capacity and not anew
        self.capacity, self.limit, self.seconds, self.persist = capacity, limit, seconds, persist
        if not same:
            self._windows.resize(capacity, self._place, self._mark, anew=anew)
            self._laid_out()

    def held(self) -> Iterator[bytes]:
        """Yield every key; see `Structure`."""
        return self._windows.keys()

    def expire(self, now: float, budget: int) -> int:
        """Drop keys whose newest time has left the window; see `Structure`."""
        horizon = now - self.seconds

        def is_past(times: _Times) -> bool:
            return _newest(times) <= horizon

        def drop(shard: Counted[_Times], most: int) -> int:
            return shard.drop_while(is_past, most)

        return self._windows.expire(budget, drop, self._mark)

    def _row(self, key: bytes) -> Row | None:
        times = self._windows.of(key).get(key)
        return None if times is None else Row(key, _pack(times), _newest(times) + self.seconds)

    def _take(self, key: bytes, change: tuple[float, ...], now: float) -> None:
        for time in change:
            # A gateway whose clock is ahead must not fill windows that have not begun.
            past = min(time, now)
            if past > now - self.seconds:
                self._add(key, past, now)

    def _take_whole(self, key: bytes, change: tuple[float, ...], now: float) -> None:
        times = self._windows.of(key).get(key)
        known = Counter(() if times is None else _unpack(times))
        self._take(key, tuple((Counter(change) - known).elements()), now)

    def _add(self, key: bytes, time: float, now: float) -> None:
        tiers = self._windows.of(key)
        times = tiers.get(key)
        if times is None:
            self._put_new(tiers, key, time, now)
            return
        times = self._with(times, time, now)
        tiers.put(key, times, self._rank(times, now))

    def _place(self, key: bytes, times: _Times) -> None:
        self._put_new(self._windows.of(key), key, self._cut(times), _newest(times))

    def _put_new(self, tiers: Counted[_Times], key: bytes, times: _Times, now: float) -> None:
        if len(tiers) >= tiers.capacity:
            # Keys that were seen often and have been silent for a whole window protect nobody.
            horizon = now - self.seconds
            for tier in tiers.ranks[1:]:
                if tier.items:
                    tier.drop_while(lambda others: _newest(others) <= horizon, 1)
        evicted = tiers.put_new(key, times, self._rank(times, now))
        if evicted is not None:
            self._mark(evicted)

    def _rank(self, times: _Times, now: float) -> int:
        if self._is_hot(times, now):
            return HOT
        return 0 if isinstance(times, float) else rank_of(len(times) // TIME.size, self.limit + 2)

    def _joined(self, key: bytes, before: bytes, change: bytes) -> bytes:  # noqa: ARG002
        times: _Times = before
        for time in _unpack(change):
            times = self._with(times, time, time)
        return _pack(times)

    def _with(self, times: _Times, time: float, now: float) -> _Times:
        newest = _newest(times)
        if newest <= now - self.seconds:
            return time
        if isinstance(times, float):
            joined = _PAIR.pack(newest, time) if newest <= time else _PAIR.pack(time, newest)
        elif newest <= time:
            joined = times + TIME.pack(time)
        else:
            joined = pack(f"<{len(times) // 8 + 1}d", *sorted((*_unpack(times), time)))
        return self._cut(joined)

    def _cut(self, times: _Times) -> _Times:
        if isinstance(times, float):
            return times
        kept = times[-8 * (self.limit + 1) :]
        return _newest(kept) if len(kept) == TIME.size else kept

    def _is_hot(self, times: _Times, now: float) -> bool:
        limit = self.limit
        if isinstance(times, float):
            return limit <= 0 or (limit == 1 and times > now - self.seconds)
        at = len(times) - 8 * limit
        return at >= 0 and (limit <= 0 or TIME.unpack_from(times, at)[0] > now - self.seconds)

    def _read(self, key: bytes, value: bytes) -> tuple[float, ...]:  # noqa: ARG002
        try:
            return read_times(value)
        except ValueError as error:
            raise ValueError(f"{self.name}: {error}") from error
