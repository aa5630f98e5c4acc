"""The packed records of many senders: which of them go first, and what is left of them after all were cleared."""

from collections.abc import Callable
from math import inf
from typing import Final
from zlib import crc32

from xmppfilter.memory.eviction import Aging
from xmppfilter.memory.offences import Record
from xmppfilter.memory.packed import ENDS, HEAD, RANKED, edits, expires
from xmppfilter.memory.ranked import ROOMS, Ranked
from xmppfilter.memory.spread import AT_ONCE, Spread

_IMPOSED_AT_ONCE: Final = 64
_IMPOSED: Final = 65  # one rank above those of 0 to 2**64 - 1 offences
_USUAL_LENGTH: Final = 128  # bytes of an address; longer ones are as cheap to make up as an occupant's


class Records(Spread[Ranked]):
    """Records by the bit length of their offences, those with an imposed ban last.

    A record that was not looked at since all were cleared is read as if it had been.
    """

    __slots__ = ("_forget", "cleared", "seconds", "sweeping")

    def __init__(self, capacity: int, seconds: float, forget: Callable[[bytes], object]) -> None:
        """Hold *capacity* records, each for *seconds* after its last event; *forget* is told of keys that had to go."""
        super().__init__(capacity, Ranked)
        self._forget = forget
        self.seconds = seconds
        self.cleared = -inf
        """When all were cleared."""
        self.sweeping = False
        """Whether some records may have what was cleared."""

    def data(self, key: bytes) -> bytes | None:
        """Return the record of a key, without what was cleared."""
        data = self.of(key).records.get(key)
        return self._absolved(data) if data is not None and self.sweeping else data

    def settled(self, key: bytes, now: float) -> bytes | None:
        """Return the record of a key, which is no longer of those that may have what was cleared."""
        data = self.of(key).records.get(key)
        if data is not None and self.sweeping:
            self.merge(key, Record(), now)
            data = self.of(key).records.get(key)
        return data

    def merge(self, key: bytes, change: Record, now: float, *, whole: bool = False) -> None:
        """Take a change in, and drop what is over by *now*; a *whole* one may have events that are known."""
        shard = self.of(key)
        before = shard.records.get(key)
        record = change
        if before is not None:
            record = Record.unpack(before)
            (record.unite if whole else record.merge)(change)
        record.forget(now, self.seconds)
        record.absolve(self.cleared)
        if record.imposed_until <= now:
            record.imposed_until = -inf
        data = record.pack()
        if expires(data, self.seconds) > now:
            self.put(key, before, data)
        elif before is not None:
            shard.drop(key, _rank(before))

    def put(self, key: bytes, before: bytes | None, after: bytes) -> None:
        """Let the record of a key, which was *before*, be *after*."""
        evicted = self.of(key).put(key, after, None if before is None else _rank(before), _rank(after))
        if evicted is not None:
            self._forget(evicted)

    def fit(self, capacity: int) -> None:
        """Hold *capacity* records from now on."""
        self.resize(capacity, self._place, self._forget)

    def _place(self, key: bytes, data: bytes) -> None:
        """Put a record into the shard where it belongs now."""
        if not self.sweeping:
            self.put(key, None, data)
        elif (left := self._absolved(data)) is not None:
            self.put(key, None, left)

    # --- clearing

    def clear(self, when: float) -> None:
        """Drop what was earned at or before *when*: at once for whoever asks, bit by bit from memory."""
        self.cleared = max(self.cleared, when)
        # those that still have a former place are looked at when they leave it
        for shard in self.shards:
            shard.outdate()
        self.sweeping = True
        self.sweep(when, AT_ONCE)

    def sweep(self, now: float, most: int) -> int:
        """Look at records that may have what was cleared, *most* of them; return how many."""
        done = 0
        if not self.sweeping:
            return done
        for shard in self.shards:
            while done < most and (key := shard.next_outdated()) is not None:
                data = shard.records[key]
                if self._absolved(data) is None:
                    shard.drop(key, _rank(data))
                else:
                    self.merge(key, Record(), now)
                done += 1
        self.sweeping = done >= most or bool(self.former)
        return done

    def _absolved(self, data: bytes) -> bytes | None:
        """Return a record without what was cleared; None: nothing is left of it."""
        _, last, imposed_until = ENDS.unpack_from(data)
        if last <= self.cleared and imposed_until == -inf and edits(data)[1] == -inf:
            return None  # nearly all are like this
        record = Record.unpack(data)
        record.absolve(self.cleared)
        data = record.pack()
        return data if expires(data, self.seconds) > self.cleared else None

    # --- expiry

    def drop_past(self, now: float, budget: int) -> int:
        """Drop records of which nothing matters any more, and go on with what was begun; return how many these were.

        They are no more than *budget*.
        """
        done = self.work(budget, self._forget)
        done += self.sweep(now, budget - done)
        return done + self.expire(budget - done, lambda shard, most: self._drop_past(shard, now, most), self._forget)

    def _drop_past(self, shard: Ranked, now: float, most: int) -> int:
        dropped = 0
        for number in sorted(shard.ranks):
            rank = shard.ranks[number] if number != _IMPOSED else None
            while rank and dropped < most and (key := rank.oldest()) is not None and self._is_over(shard, key, now):
                shard.drop(key, number)
                dropped += 1
        imposed = shard.ranks.get(_IMPOSED, Aging())
        for _ in range(min(len(imposed), most - dropped, _IMPOSED_AT_ONCE)):
            # Imposed bans end in no order, so they take turns; one that is over gives up its rank.
            key, _ = imposed.pop()
            imposed.put(key, None)
            if self._is_over(shard, key, now):
                shard.drop(key, _IMPOSED)
                dropped += 1
            elif HEAD.unpack_from(shard.records[key])[2] <= now:
                self.merge(key, Record(), now)
        return dropped

    def _is_over(self, shard: Ranked, key: bytes, now: float) -> bool:
        return expires(shard.records[key], self.seconds) <= now


def _rank(data: bytes) -> int:
    imposed_until, offences = RANKED.unpack_from(data, 16)
    if imposed_until > -inf:
        return _IMPOSED
    jid = data[HEAD.size : HEAD.size + HEAD.unpack_from(data)[-1]]
    if len(jid) <= _USUAL_LENGTH and b"/" not in jid:
        return int(offences.bit_length())
    # by the room, so that one room cannot push out what is known of the occupants of others
    return -1 - crc32(jid.partition(b"/")[0]) % ROOMS
