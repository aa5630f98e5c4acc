"""Who has offended, how often, how surely, and until when they are banned."""

from collections.abc import Iterator
from itertools import chain
from math import inf
from typing import ClassVar, Final, NamedTuple

from xmppfilter.memory.contract import TIME, Exchanged, Row, behind, read_times
from xmppfilter.memory.offences import UNNAMED, Record
from xmppfilter.memory.packed import (
    HEAD,
    Glance,
    Offence,
    edits,
    encoded,
    expires,
    first_offence,
    glance,
    lone_offence,
    offended,
    until,
)
from xmppfilter.memory.records import Records

# The key under which `clear` travels and is stored; keys of senders are never empty.
_EVERYBODY: Final = b""

_Change = Record | float
"""What is new of a sender, or when everybody was cleared."""


class Ban(NamedTuple):
    """What is remembered of a sender. Times are Unix seconds; sureness is in thousandths."""

    jid: str
    offences: int
    sureness: int
    until: float  # end of the ban, earned or imposed; banned iff now < until; 0.0: never was
    last: float  # last offence or report; 0.0: none
    disabled: bool
    imposed: bool  # an operator's ban is among it


class Bans(Exchanged[_Change]):
    """Records of senders, forgotten whole `seconds` after their last offence or report.

    Offences are folded into a ban's end in order of time, `end = max(when, end) + ban_time`, so that cores which
    exchange offences agree on it. Operators' edits carry a time: a pardon removes whatever is not later, also what
    arrives afterwards. At `capacity` the sender goes that was quiet for longest among those with the fewest offences,
    by powers of two; one with an imposed ban goes last (see `Spread`). Occupants of rooms and addresses of unusual
    length, which anybody can make up by the thousand and of up to 3 kB each, go before all others, and are at most an
    eighth (see `Ranked`).

    `clear` holds at once, however many there are (see `Records`).
    """

    kind: ClassVar[str] = "bans"

    __slots__ = ("_records",)

    def __init__(self, *, capacity: int, seconds: float, persist: bool = True, name: str = "") -> None:
        super().__init__(capacity=capacity, name=name, persist=persist)
        self._records = Records(capacity, seconds, self._mark)

    def __len__(self) -> int:
        return len(self._records)

    @property
    def seconds(self) -> float:
        """How long an offence is remembered."""
        return self._records.seconds

    @property
    def lifetime(self) -> float:
        """An offence matters for `seconds`."""
        return self.seconds

    def banned_until(self, key: bytes, now: float) -> float:
        """Return the end of the ban of a sender, 0.0 when it is not banned now."""
        records = self._records
        data = records.shards[hash(key) & records.mask].records.get(key)
        if data is None or records.sweeping:
            if not records.former and not records.sweeping:
                return 0.0
            data = records.data(key)
            if data is None:
                return 0.0
        end = until(data, records.seconds)
        return end if now < end else 0.0

    def get(self, key: bytes, now: float) -> Ban | None:
        """Return what is remembered of a sender, None if nothing is."""
        data = self._records.data(key)
        return None if data is None else _ban(data, self.seconds, now)

    def current(self, now: float) -> Iterator[Ban]:
        """Yield every remembered sender, banned at present or not, in no order, as it is when its turn comes."""
        for key in self.keys():
            ban = self.get(key, now)
            if ban is not None:
                yield ban

    def keys(self) -> Iterator[bytes]:
        """Yield the key of every record, in no order; see `Spread.keys`."""
        return self._records.keys()

    def glance(self, key: bytes) -> Glance | None:
        """Return the little of a record that is known without reading it; None: there is none."""
        data = self._records.data(key)
        return None if data is None else glance(data, self.seconds)

    def reporters(self, key: bytes, since: float) -> int:
        """Return how many named reporters have reported a sender after `since` to some effect, of the latest 64."""
        data = self._records.data(key)
        reports = () if data is None else Record.unpack(data).reports
        return sum(when > since and weight > 0 and who != UNNAMED for when, weight, who in reports)

    def offend(self, key: bytes, jid: str, *, when: float, ban_time: float, weight: int) -> float:
        """Add an offence: `ban_time` seconds to the ban, `weight` thousandths to the sureness.

        Return the ban's end, 0.0 where the offence was so long ago that it is forgotten.
        """
        records = self._records
        before = records.settled(key, when)
        offence: Offence = when, ban_time, weight
        after: bytes | None = None
        if when > records.cleared:
            after = first_offence(encoded(jid), offence) if before is None else offended(before, offence, self.seconds)
        if after is None:
            when = self._after_edits(key, when)
            self._apply(key, Record(jid=encoded(jid), offences=[(when, ban_time, weight)]), when)
            after = records.data(key)
        else:
            records.put(key, before, after)
            self._mark(key)
            if self._deltas:
                self._tell(key, first_offence(encoded(jid), offence))
        return 0.0 if after is None else max(until(after, self.seconds), 0.0)

    def report(self, key: bytes, jid: str, *, when: float, weight: int, reporter: bytes | None) -> Ban:
        """Add sureness, never ban time; a named reporter (8 bytes, not all zero) counts once.

        Raises ValueError: the reporter has another length.
        """
        if reporter is not None and len(reporter) != len(UNNAMED):
            raise ValueError(f"{self.name}: a reporter of {len(reporter)} bytes, {len(UNNAMED)} are wanted")
        when = self._after_edits(key, when)
        self._apply(key, Record(jid=encoded(jid), reports=[(when, weight, reporter or UNNAMED)]), when)
        return self._known(key, jid, when)

    def impose(self, key: bytes, jid: str, *, when: float, until: float) -> Ban:
        """Set an operator's ban; of several the latest holds, until `until` whatever is forgotten before."""
        when = self._after_edits(key, when)
        self._apply(key, Record(jid=encoded(jid), imposed_at=when, imposed_until=until), when)
        return self._known(key, jid, when)

    def pardon(self, key: bytes, *, when: float) -> bool:
        """Remove everything at or before `when`, also what arrives later; return whether there was anything."""
        known = self.get(key, when) is not None
        when = self._after_edits(key, when)
        self._apply(key, Record(pardoned_at=when), when)
        return known

    def disable(self, key: bytes, *, when: float) -> bool:
        """Note that the account was disabled; return whether the sender is known and this is new."""
        ban = self.get(key, when)
        if ban is None or ban.disabled:
            return False
        when = self._after_edits(key, when)
        self._apply(key, Record(jid=encoded(ban.jid), disabled_at=when), when)
        return True

    def clear(self, when: float) -> None:
        """Forget what everybody earned at or before `when`; the bans that operators imposed stay."""
        self._records.clear(when)
        self._mark(_EVERYBODY)
        self._tell(_EVERYBODY, TIME.pack(self._records.cleared))

    def resize(self, *, capacity: int, seconds: float, persist: bool = True) -> None:
        """Take new parameters, and keep the records."""
        self._records.seconds, self.persist = seconds, persist
        if capacity != self.capacity:
            self.capacity = capacity
            self._records.fit(capacity)
            self._laid_out()

    def held(self) -> Iterator[bytes]:
        """Yield the key of every record, and that of when all were cleared; see `Structure`."""
        everybody = (_EVERYBODY,) if self._records.cleared > -inf else ()
        return chain(everybody, self.keys())

    def expire(self, now: float, budget: int) -> int:
        """Drop senders of whom nothing is remembered; see `Structure`."""
        return self._records.drop_past(now, budget)

    def _row(self, key: bytes) -> Row | None:
        records = self._records
        if key == _EVERYBODY:
            cleared = records.cleared
            return Row(key, TIME.pack(cleared), cleared + self.seconds) if cleared > -inf else None
        data = records.data(key)
        return None if data is None else Row(key, data, expires(data, self.seconds))

    def _known(self, key: bytes, jid: str, now: float) -> Ban:
        return self.get(key, now) or Ban(jid, 0, 0, 0.0, 0.0, disabled=False, imposed=False)

    def _after_edits(self, key: bytes, when: float) -> float:
        data, cleared = self._records.data(key), self._records.cleared
        latest = max(cleared, *edits(data)[:2]) if data is not None else cleared
        return behind(latest, when)

    def _apply(self, key: bytes, change: Record, now: float) -> None:
        self._records.merge(key, change, now)
        self._mark(key)
        if self._deltas:
            self._tell(key, change.pack())

    # --- what comes in

    def _take_all(self, changes: list[tuple[bytes, _Change]], now: float, *, whole: bool) -> None:
        # Clearing drops what is over, even a ban that ends an older one of these changes: that one is last.
        super()._take_all(sorted(changes, key=lambda change: change[0] == _EVERYBODY), now, whole=whole)

    def _take(self, key: bytes, change: _Change, now: float) -> None:
        self._take_in(key, change, now, whole=False)

    def _take_whole(self, key: bytes, change: _Change, now: float) -> None:
        self._take_in(key, change, now, whole=True)

    def _take_in(self, key: bytes, change: _Change, now: float, *, whole: bool) -> None:
        if isinstance(change, float):
            if change > self._records.cleared:
                self._records.clear(min(change, now))
            return
        if change.clamp(now):
            self._mark(key)  # so that the store has it as it is now, and not anew at each start
        self._records.merge(key, change, now, whole=whole)

    def _joined(self, key: bytes, before: bytes, change: bytes) -> bytes:
        if key == _EVERYBODY:
            return change
        offence = lone_offence(change)
        longer = offended(before, offence, self.seconds) if offence is not None else None
        if longer is not None:
            return longer
        joined, later = Record.unpack(before), Record.unpack(change)
        joined.merge(later)
        joined.forget(max(later.last, *edits(change)), self.seconds)
        return joined.pack()

    def _read(self, key: bytes, value: bytes) -> _Change:
        try:
            return max(read_times(value)) if key == _EVERYBODY else Record.read(value)
        except ValueError as error:
            raise ValueError(f"{self.name}: {error}") from error


def _ban(data: bytes, seconds: float, now: float) -> Ban | None:
    end, last, imposed_until, offences, sureness, _, kept, reports, width = HEAD.unpack_from(data)
    disabled = edits(data)[2] > -inf
    if (kept or reports) and last + seconds <= now:
        kept, reports, disabled = 0, 0, False
    earned = kept or reports
    imposed = now < imposed_until
    if not earned and not imposed:
        return None
    return Ban(
        data[HEAD.size : HEAD.size + width].decode("utf-8", "surrogatepass"),
        offences if earned else 0,
        sureness if earned else 0,
        max(min(end, last + seconds) if kept else 0.0, imposed_until if imposed else 0.0),
        last if earned else 0.0,
        disabled,
        imposed,
    )
