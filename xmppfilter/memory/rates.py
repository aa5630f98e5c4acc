"""Decaying rates by key: how much lately, and to how many different ones."""

from collections.abc import Iterator
from math import exp, isfinite, log, log1p
from struct import Struct
from typing import ClassVar, Final

from xmppfilter.memory.contract import TIME, Exchanged, Row
from xmppfilter.memory.eviction import Tiers
from xmppfilter.memory.spread import Shards

_ENTRY: Final = Struct("<dIQQ")  # level, number of the span, bits of this span and of the one before
_BITS: Final = 64
_MASK: Final = _BITS - 1
_BIT: Final = tuple(1 << number for number in range(_BITS))
_MOST: Final = 1e6  # events; what comes from elsewhere or from a clock that went back is cut there
_SILENT: Final = 3.0  # spans without an event after which what is left of one (a twentieth) matters to nobody

# Level, span and bits, unpacked.
_Rate = tuple[float, int, int, int]


def _distinct(bits: int) -> float:
    """Estimate how many keys set these bits (linear counting): within a tenth at thirty, at most 270."""
    return _BITS * log(_BITS / max(1, _BITS - bits.bit_count())) if bits else 0.0


class Rates(Exchanged[_Rate]):
    """How many events, and with how many different others, in about the last `seconds`; of `capacity` keys.

    Events fade: one counts 1 / e after `seconds`, and a steady stream counts as many as come in `seconds`. Their sum is
    one number, the *level*: the time at which the count was or will be one, so that it is
    `exp((level - now) / seconds)`. Levels add up in any order, and need no update while nothing happens.

    The different others are bits by `seconds` of Unix time, those of the last span fading as this one goes on. Keys
    with a count of `limit` are evicted last.
    """

    kind: ClassVar[str] = "rates"

    __slots__ = ("_height", "_rates", "limit", "seconds")

    def __init__(self, *, capacity: int, limit: float, seconds: float, persist: bool = True, name: str = "") -> None:
        super().__init__(capacity=capacity, name=name, persist=persist)
        self.limit = limit
        self.seconds = seconds
        self._height = seconds * log(limit)  # by which the level of a key with that count is ahead of the time
        self._rates: Shards[bytes] = Shards(capacity)

    def __len__(self) -> int:
        return len(self._rates)

    @property
    def lifetime(self) -> float:
        """The longest that anything counts."""
        return self.seconds * (_SILENT + log(_MOST))

    def count(self, key: bytes, now: float) -> float:
        """Return the events of about the last `seconds`."""
        known = self._rates.get(key)
        if known is None:
            return 0.0
        level: float = TIME.unpack_from(known)[0]
        return min(_MOST, exp(min(log(_MOST), (level - now) / self.seconds)))

    def exceeds(self, key: bytes, now: float) -> bool:
        """Whether the events of about the last `seconds` are more than `limit`; quicker than `count`."""
        rates = self._rates
        if rates.former:
            rates.bring(key)
        known = rates.shards[hash(key) & rates.mask].hot.items.get(key)
        return known is not None and TIME.unpack_from(known)[0] - now > self._height

    def distinct(self, key: bytes, now: float) -> float:
        """Estimate with how many different others they were."""
        known = self._rates.get(key)
        if known is None:
            return 0.0
        _, span, bits, before = _ENTRY.unpack(known)
        current, into = divmod(now, self.seconds)
        fading = 1.0 - into / self.seconds
        if current <= span:
            return _distinct(bits) + fading * (_distinct(bits | before) - _distinct(bits))
        return fading * _distinct(bits) if current == span + 1 else 0.0

    def note(self, key: bytes, other: bytes, now: float) -> None:
        """Add an event of a key with another."""
        now = float(now)
        seconds, rates = self.seconds, self._rates
        span, bit = int(now // seconds), _BIT[other[1] & _MASK]
        if rates.former:
            rates.bring(key)
        tiers = rates.shards[hash(key) & rates.mask]
        cold = tiers.cold
        known = cold.items.get(key)
        was_cold = known is not None
        if known is None and (known := tiers.hot.items.get(key)) is None:
            level, since, bits, before = now, span, bit, 0
        else:  # what `_sum` does, in half the time
            level, since, bits, before = _ENTRY.unpack(known)
            ahead = (level - now) / seconds
            level = level + seconds * log1p(exp(-ahead)) if ahead > 0 else now + seconds * log1p(exp(ahead))
            if since == span:
                bits |= bit
            elif since < span:
                since, bits, before = span, bit, bits if since + 1 == span else 0
            elif since == span + 1:
                before |= bit
        rate = _ENTRY.pack(level, since, bits, before)
        if was_cold and level - now < self._height:
            cold.put(key, rate)
        elif (evicted := tiers.put(key, rate, hot=level - now >= self._height)) is not None:
            self._mark(evicted)
        if self._dirty:
            self._mark(key)
        if self._deltas:
            self._tell(key, _ENTRY.pack(now, span, bit, 0))

    def resize(self, *, capacity: int, limit: float, seconds: float, persist: bool = True) -> None:
        """Take new parameters, and keep the rates unless they were of another length of time."""
        forgotten, anew = seconds != self.seconds, limit != self.limit
        same = (capacity, limit, seconds) == (self.capacity, self.limit, self.seconds)
        self.capacity, self.limit, self.seconds, self.persist = capacity, limit, seconds, persist
        self._height = seconds * log(limit)
        if forgotten:
            self._rates.resize(capacity, lambda key, _: self._mark(key), self._mark, anew=True)
            for outlet in self._deltas:
                outlet.clear()
        elif not same:
            self._rates.resize(capacity, self._place, self._mark, anew=anew)
        if not same:
            self._laid_out()

    def held(self) -> Iterator[bytes]:
        """Yield every key; see `Structure`."""
        return self._rates.keys()

    def expire(self, now: float, budget: int) -> int:
        """Drop keys that were silent long enough; see `Structure`."""

        def is_past(rate: bytes) -> bool:
            return self._over(rate) <= now

        def drop(shard: Tiers[bytes], most: int) -> int:
            return shard.drop_while(is_past, most)

        return self._rates.expire(budget, drop, self._mark)

    def _row(self, key: bytes) -> Row | None:
        rate = self._rates.get(key)
        return None if rate is None else Row(key, rate, self._over(rate))

    def _over(self, rate: bytes) -> float:
        """Return the time from which a rate matters no more."""
        level: float = TIME.unpack_from(rate)[0]
        return level + _SILENT * self.seconds

    def _take(self, key: bytes, change: _Rate, now: float) -> None:
        change = self._not_ahead(change, now)
        known = self._rates.get(key)
        if known is not None:
            self._put(key, self._sum(_ENTRY.unpack(known), change), now)
        elif change[0] + _SILENT * self.seconds > now:
            self._put(key, change, now)

    def _take_whole(self, key: bytes, change: _Rate, now: float) -> None:
        known = self._rates.get(key)
        if known is None:
            self._take(key, change, now)
            return
        ours, theirs = _ENTRY.unpack(known), self._not_ahead(change, now)
        _, *others = self._sum(ours, theirs)
        self._put(key, (max(ours[0], theirs[0]), *others), now)

    def _not_ahead(self, rate: _Rate, now: float) -> _Rate:
        """Return a rate that a clock which is ahead elsewhere does not make outlast its time."""
        level, span, bits, before = rate
        return min(level, now + self.seconds * log(_MOST)), min(span, int(now // self.seconds)), bits, before

    def _place(self, key: bytes, rate: bytes) -> None:
        known = _ENTRY.unpack(rate)
        self._put(key, known, (known[1] + 1) * self.seconds)

    def _put(self, key: bytes, rate: _Rate, now: float) -> None:
        evicted = self._rates.of(key).put(key, _ENTRY.pack(*rate), hot=rate[0] - now >= self._height)
        if evicted is not None:
            self._mark(evicted)

    def _joined(self, key: bytes, before: bytes, change: bytes) -> bytes:  # noqa: ARG002
        return _ENTRY.pack(*self._sum(_ENTRY.unpack(before), _ENTRY.unpack(change)))

    def _sum(self, one: _Rate, other: _Rate) -> _Rate:
        low, high = (one, other) if one[0] <= other[0] else (other, one)
        level = high[0] + self.seconds * log1p(exp((low[0] - high[0]) / self.seconds))
        if one[1] == other[1]:
            return level, one[1], one[2] | other[2], one[3] | other[3]
        old, new = (one, other) if one[1] < other[1] else (other, one)
        return level, new[1], new[2], new[3] | (old[2] if old[1] + 1 == new[1] else 0)

    def _read(self, key: bytes, value: bytes) -> _Rate:  # noqa: ARG002
        if len(value) != _ENTRY.size:
            raise ValueError(f"{self.name}: a rate of {len(value)} bytes, {_ENTRY.size} are wanted")
        rate: _Rate = _ENTRY.unpack(value)
        if not isfinite(rate[0]):
            raise ValueError(f"{self.name}: a time that is no number")
        return rate
