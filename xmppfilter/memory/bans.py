"""Who has offended, how often, how surely, and until when they are banned."""

from collections.abc import Iterable, Iterator
from itertools import chain
from math import inf
from typing import ClassVar, NamedTuple
from zlib import crc32

from xmppfilter.memory.contract import TIME, Batch, Row, Tracked, behind, read_times
from xmppfilter.memory.eviction import Aging, Spread
from xmppfilter.memory.offences import (
    ENDS,
    HEAD,
    RANKED,
    UNNAMED,
    Glance,
    Offence,
    Record,
    edits,
    encoded,
    expires,
    first_offence,
    glance,
    offended,
    until,
)
from xmppfilter.memory.ranked import ROOMS, Ranked

# The key under which `clear` travels and is stored; keys of senders are never empty.
_EVERYBODY = b""
_IMPOSED = 65  # one rank above those of 0 to 2**64 - 1 offences
_USUAL_LENGTH = 128  # bytes of an address; longer ones are as cheap to make up as an occupant's
_SHARDS_AT_ONCE = 16
_AT_ONCE = 256  # records that `clear` and `resize` look at; `expire` looks at the others


class Ban(NamedTuple):
    """What is remembered of a sender. Times are Unix seconds; sureness is in thousandths."""

    jid: str
    offences: int
    sureness: int
    until: float  # end of the ban, earned or imposed; banned iff now < until; 0.0: never was
    last: float  # last offence or report; 0.0: none
    disabled: bool
    imposed: bool  # an operator's ban is among it


class Bans(Tracked):
    """Records of senders, forgotten whole `seconds` after their last offence or report.

    Offences are folded into a ban's end in order of time, `end = max(when, end) + ban_time`, so
    that cores which exchange offences agree on it. Operators' edits carry a time: a pardon removes
    whatever is not later, also what arrives afterwards. At `capacity` the sender goes that was
    quiet for longest among those with the fewest offences, by powers of two; one with an imposed
    ban goes last (see `Spread`). Occupants of rooms and addresses of unusual length, which anybody
    can make up by the thousand and of up to 3 kB each, go before all others, and are at most an
    eighth (see `Ranked`).

    `clear` holds at once, however many there are: a record that was not looked at since is read as if it had been.
    """

    kind: ClassVar[str] = "bans"

    __slots__ = ("_cleared", "_records", "_sweeping", "_turn", "seconds")

    def __init__(
        self, *, capacity: int, seconds: float, persist: bool = True, name: str = "", tracked: bool = False
    ) -> None:
        super().__init__(capacity=capacity, name=name, persist=persist, tracked=tracked)
        self.seconds = seconds
        self._cleared = -inf
        # By the bit length of their offences, those with an imposed ban last.
        self._records: Spread[Ranked] = Spread(capacity, Ranked)
        self._turn = 0  # the shard at which expiry goes on
        self._sweeping = False  # some records may have what was cleared

    def __len__(self) -> int:
        return len(self._records)

    @property
    def lifetime(self) -> float:
        """An offence matters for `seconds`."""
        return self.seconds

    def banned_until(self, key: bytes, now: float) -> float:
        """Give the end of the ban of a sender, 0.0 when it is not banned now."""
        records = self._records
        data = records.shards[hash(key) & records.mask].records.get(key)
        if data is None or self._sweeping:
            if not records.former and not self._sweeping:
                return 0.0
            data = self._data(key)
            if data is None:
                return 0.0
        end = until(data, self.seconds)
        return end if now < end else 0.0

    def get(self, key: bytes, now: float) -> Ban | None:
        """Give what is remembered of a sender, None if nothing is."""
        data = self._data(key)
        return None if data is None else self._ban(data, now)

    def current(self, now: float) -> Iterator[Ban]:
        """Give every remembered sender, banned at present or not, in no order, as it is when its turn comes."""
        for key in self.keys():
            ban = self.get(key, now)
            if ban is not None:
                yield ban

    def keys(self) -> Iterator[bytes]:
        """Give the key of every record, in no order; see `Spread.keys`."""
        return self._records.keys()

    def glance(self, key: bytes) -> Glance | None:
        """Give the little of a record that is known without reading it; None: there is none."""
        data = self._data(key)
        return None if data is None else glance(data, self.seconds)

    def offend(self, key: bytes, jid: str, *, when: float, ban_time: float, weight: int) -> float:
        """Add an offence: `ban_time` seconds to the ban, `weight` thousandths to the sureness.

        Give the ban's end, 0.0 where the offence was so long ago that it is forgotten.
        """
        before = self._settled(key, when)
        offence = when, ban_time, weight
        after: bytes | None = None
        if when > self._cleared:
            after = first_offence(encoded(jid), offence) if before is None else offended(before, offence, self.seconds)
        if after is None:
            when = self._after_edits(key, when)
            self._apply(key, Record(jid=encoded(jid), offences=[(when, ban_time, weight)]), when)
            after = self._data(key)
        else:
            self._put(key, before, after)
            if self.tracked:
                self._pend_offence(key, jid, offence, before, after)
        return 0.0 if after is None else max(until(after, self.seconds), 0.0)

    def report(self, key: bytes, jid: str, *, when: float, weight: int, reporter: bytes | None) -> Ban:
        """Add sureness, never ban time; a named reporter (8 bytes, not all zero) counts once.

        Raises ValueError: the reporter has another length.
        """
        if reporter is not None and len(reporter) != len(UNNAMED):
            raise ValueError(f"{self.name}: a reporter of {len(reporter)} bytes, {len(UNNAMED)} are wanted")
        when = self._after_edits(key, when)
        self._apply(key, Record(jid=encoded(jid), reports=[(when, weight, reporter or UNNAMED)]), when)
        return self._told(key, jid, when)

    def impose(self, key: bytes, jid: str, *, when: float, until: float) -> Ban:
        """Set an operator's ban; of several the latest holds, until `until` whatever is forgotten before."""
        when = self._after_edits(key, when)
        self._apply(key, Record(jid=encoded(jid), imposed_at=when, imposed_until=until), when)
        return self._told(key, jid, when)

    def pardon(self, key: bytes, *, when: float) -> bool:
        """Remove everything at or before `when`, also what arrives later; whether there was anything."""
        known = self.get(key, when) is not None
        when = self._after_edits(key, when)
        self._apply(key, Record(pardoned_at=when), when)
        return known

    def disable(self, key: bytes, *, when: float) -> bool:
        """Note that the account was disabled; whether the sender is known and this is new."""
        ban = self.get(key, when)
        if ban is None or ban.disabled:
            return False
        when = self._after_edits(key, when)
        self._apply(key, Record(jid=encoded(ban.jid), disabled_at=when), when)
        return True

    def clear(self, when: float) -> None:
        """Forget what everybody earned at or before `when`; the bans that operators imposed stay."""
        self._clear(when)
        if self.tracked:
            self._pend(_EVERYBODY, TIME.pack(self._cleared))

    def resize(self, *, capacity: int, seconds: float, persist: bool = True) -> None:
        """Take new parameters and keeps the records."""
        self.seconds, self.persist = seconds, persist
        if capacity != self.capacity:
            self.capacity = capacity
            self._records.resize(capacity, self._place)
            self._records.work(_AT_ONCE, self._forget)

    def absorb(self, batch: Batch, *, origin: bytes, number: int, now: float) -> bool:
        """Merge what happened on another core; see `Structure`."""
        self._check(batch)
        changes, cleared = self._read(batch.entries)
        if not self._is_new(origin, number):
            return False
        self._take(changes, cleared, now)
        return True

    def snapshot(self, keys: Iterable[bytes] | None = None) -> Iterator[Row]:
        """Give the records as rows; see `Structure`."""
        for key in chain((_EVERYBODY,), self.keys()) if keys is None else keys:
            data = self._data(key)
            if data is not None:
                yield Row(key, data, expires(data, self.seconds))
            elif key == _EVERYBODY and self._cleared > -inf:
                yield Row(key, TIME.pack(self._cleared), self._cleared + self.seconds)

    def restore(self, rows: Iterable[Row], now: float) -> int:
        """Take records in; see `Structure`."""
        changes, cleared = self._read((row.key, row.value) for row in rows if row.expires > now)
        for key in self._take(changes, cleared, now):
            self._forget(key)  # so that the store has it as it is now, and not anew at each start
        return len(changes)

    def expire(self, now: float, budget: int) -> int:
        """Drop senders of whom nothing is remembered; see `Structure`."""
        budget -= self._records.work(budget, self._forget)
        budget -= self._sweep(now, budget)
        dropped, shards = 0, self._records.shards
        for _ in range(min(len(shards), _SHARDS_AT_ONCE)):
            dropped += self._expire(shards[self._turn % len(shards)], now, budget - dropped)
            if dropped >= budget:
                break
            self._turn += 1
        return dropped

    def _expire(self, shard: Ranked, now: float, budget: int) -> int:
        dropped = 0
        for number in sorted(shard.ranks):
            rank = shard.ranks[number] if number != _IMPOSED else None
            while rank and dropped < budget and (key := rank.oldest()) is not None and self._is_over(shard, key, now):
                shard.drop(key, number)
                dropped += 1
        imposed = shard.ranks.get(_IMPOSED, Aging())
        for _ in range(min(len(imposed), budget - dropped)):
            # Imposed bans end in no order, so they take turns; one that is over gives up its rank.
            key, _ = imposed.pop()
            imposed.put(key, None)
            if self._is_over(shard, key, now):
                shard.drop(key, _IMPOSED)
                dropped += 1
            elif HEAD.unpack_from(shard.records[key])[2] <= now:
                self._merge(key, Record(), now)
        return dropped

    def _is_over(self, shard: Ranked, key: bytes, now: float) -> bool:
        return expires(shard.records[key], self.seconds) <= now

    def _ban(self, data: bytes, now: float) -> Ban | None:
        end, last, imposed_until, offences, sureness, _, kept, reports, width = HEAD.unpack_from(data)
        disabled = edits(data)[2] > -inf
        if (kept or reports) and last + self.seconds <= now:
            kept, reports, disabled = 0, 0, False
        earned = kept or reports
        imposed = now < imposed_until
        if not earned and not imposed:
            return None
        return Ban(
            data[HEAD.size : HEAD.size + width].decode("utf-8", "surrogatepass"),
            offences if earned else 0,
            sureness if earned else 0,
            max(min(end, last + self.seconds) if kept else 0.0, imposed_until if imposed else 0.0),
            last if earned else 0.0,
            disabled,
            imposed,
        )

    def _told(self, key: bytes, jid: str, now: float) -> Ban:
        return self.get(key, now) or Ban(jid, 0, 0, 0.0, 0.0, disabled=False, imposed=False)

    def _after_edits(self, key: bytes, when: float) -> float:
        data = self._data(key)
        latest = max(self._cleared, *edits(data)[:2]) if data is not None else self._cleared
        return behind(latest, when)

    def _apply(self, key: bytes, change: Record, now: float) -> None:
        self._merge(key, change, now)
        if self.tracked:
            self._pend_change(key, change, now)

    def _pend_offence(self, key: bytes, jid: str, offence: Offence, before: bytes | None, after: bytes) -> None:
        pending = self._pending.items.get(key)
        if pending is before:  # all that is known of the sender is news
            longer: bytes | None = after
        elif pending is None:
            longer = first_offence(encoded(jid), offence)
        else:
            longer = offended(pending, offence, self.seconds)
        if longer is None:
            self._pend_change(key, Record(jid=encoded(jid), offences=[offence]), offence[0])
        else:
            self._pend(key, longer)

    def _pend_change(self, key: bytes, change: Record, now: float) -> None:
        pending = self._pending.items.get(key)
        if pending is not None:
            joined = Record.unpack(pending)
            joined.merge(change)
            joined.forget(now, self.seconds)
            change = joined
        self._pend(key, change.pack())

    def _data(self, key: bytes) -> bytes | None:
        """Give the record of a key, without what was cleared."""
        data = self._records.of(key).records.get(key)
        return self._absolved(data) if data is not None and self._sweeping else data

    def _absolved(self, data: bytes) -> bytes | None:
        """Give a record without what was cleared; None: nothing is left of it."""
        _, last, imposed_until = ENDS.unpack_from(data)
        if last <= self._cleared and imposed_until == -inf and edits(data)[1] == -inf:
            return None  # as nearly all
        record = Record.unpack(data)
        record.absolve(self._cleared)
        data = record.pack()
        return data if expires(data, self.seconds) > self._cleared else None

    def _settled(self, key: bytes, now: float) -> bytes | None:
        """Give the record of a key, which is no longer of those that may have what was cleared."""
        data = self._records.of(key).records.get(key)
        if data is not None and self._sweeping:
            self._merge(key, Record(), now)
            data = self._records.of(key).records.get(key)
        return data

    def _merge(self, key: bytes, change: Record, now: float) -> None:
        data = self._records.of(key).records.get(key)
        record = change
        if data is not None:
            record = Record.unpack(data)
            record.merge(change)
        record.forget(now, self.seconds)
        record.absolve(self._cleared)
        if record.imposed_until <= now:
            record.imposed_until = -inf
        self._keep(key, record, now)

    def _keep(self, key: bytes, record: Record, now: float) -> None:
        data, shard = record.pack(), self._records.of(key)
        before = shard.records.get(key)
        if expires(data, self.seconds) > now:
            self._put(key, before, data)
        elif before is not None:
            shard.drop(key, _rank(before))

    def _put(self, key: bytes, before: bytes | None, after: bytes) -> None:
        shard = self._records.of(key)
        evicted = shard.put(key, after, None if before is None else _rank(before), _rank(after))
        if evicted is not None:
            self._forget(evicted)

    def _place(self, key: bytes, data: bytes) -> None:
        """Put a record into the shard where it belongs now."""
        if not self._sweeping:
            self._put(key, None, data)
        elif (left := self._absolved(data)) is not None:
            self._put(key, None, left)

    def _clear(self, when: float) -> None:
        self._cleared = max(self._cleared, when)
        # those that still have a former place are looked at when they leave it
        for shard in self._records.shards:
            shard.outdate()
        self._sweeping = True
        self._sweep(when, _AT_ONCE)

    def _sweep(self, now: float, most: int) -> int:
        """Look at records that may have what was cleared, *most* of them; how many."""
        done = 0
        if not self._sweeping:
            return done
        for shard in self._records.shards:
            while done < most and (key := shard.next_outdated()) is not None:
                data = shard.records[key]
                if self._absolved(data) is None:
                    shard.drop(key, _rank(data))
                else:
                    self._merge(key, Record(), now)
                done += 1
        self._sweeping = done >= most or bool(self._records.former)
        return done

    def _take(self, changes: list[tuple[bytes, Record]], cleared: float, now: float) -> list[bytes]:
        """Take changes in; which were those of a clock that is ahead."""
        # before clearing, which drops what is over, even a ban that ends an older one of these changes
        clamped: list[bytes] = []
        for key, change in changes:
            if change.clamp(now):
                clamped.append(key)
            self._merge(key, change, now)
        if cleared > self._cleared:
            self._clear(min(cleared, now))
        return clamped

    def _read(self, entries: Iterable[tuple[bytes, bytes]]) -> tuple[list[tuple[bytes, Record]], float]:
        changes, cleared = [], -inf
        for key, value in entries:
            try:
                if key == _EVERYBODY:
                    cleared = max(cleared, *read_times(value))
                else:
                    changes.append((key, Record.read(value)))
            except ValueError as error:
                raise ValueError(f"{self.name}: {error}") from error
        return changes, cleared


def _rank(data: bytes) -> int:
    imposed_until, offences = RANKED.unpack_from(data, 16)
    if imposed_until > -inf:
        return _IMPOSED
    jid = data[HEAD.size : HEAD.size + HEAD.unpack_from(data)[-1]]
    if len(jid) <= _USUAL_LENGTH and b"/" not in jid:
        return int(offences.bit_length())
    # by the room, so that one room cannot push out what is known of the occupants of others
    return -1 - crc32(jid.partition(b"/")[0]) % ROOMS
