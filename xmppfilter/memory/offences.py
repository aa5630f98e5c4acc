"""One sender's record of offences, reports and operators' edits: bytes that merge exactly.

A change is a record too: what one core sends and another takes in is always a merge of records.
"""

from collections import Counter
from dataclasses import dataclass, field, replace
from math import inf, isfinite
from typing import Final, TypeVar

from xmppfilter.memory.packed import BASE, EDITS, HAS_BASE, HAS_EDITS, HEAD, KEPT, OFFENCE, REPORT, Offence

UNNAMED: Final = bytes(8)
_SUM: Final = 1 << 53  # more than anything can ever count, and far from where packing overflows

Report = tuple[float, int, bytes]
"""When, the weight, and the reporter, `UNNAMED` where it is not known."""

E = TypeVar("E", Offence, Report)


@dataclass(slots=True)
class Base:
    """Offences and reports that are no longer kept one by one.

    Folding an offence onto a ban end e gives max(when, e) + ban_time. Any run of offences folds to
    max(fold, e + shift), so that runs folded on different cores can be put one after the other.
    """

    fold: float = -inf
    shift: float = 0.0
    first: float = inf
    offences: int = 0
    sureness: int = 0

    def add(self, when: float, ban_time: float, weight: int) -> None:
        """Fold one more offence in."""
        self.fold = max(when, self.fold) + ban_time
        self.shift += ban_time
        self.first = min(self.first, when)
        self.offences += 1
        self.sureness += weight

    def joined(self, other: "Base") -> "Base":
        """Return both, the one that began first before the other."""
        early, late = (self, other) if self.first <= other.first else (other, self)
        return Base(
            fold=max(late.fold, early.fold + late.shift),
            shift=early.shift + late.shift,
            first=early.first,
            offences=early.offences + late.offences,
            sureness=early.sureness + late.sureness,
        )


@dataclass(slots=True)
class Record:
    """What is known of a sender. Times are Unix seconds, -inf where there is none."""

    jid: bytes = b""
    imposed_at: float = -inf
    imposed_until: float = -inf
    pardoned_at: float = -inf
    disabled_at: float = -inf
    base: Base | None = None
    offences: list[Offence] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)

    @property
    def last(self) -> float:
        """Time of the last offence or report."""
        return max([one[-1][0] for one in (self.offences, self.reports) if one], default=-inf)

    @property
    def counted(self) -> int:
        """How many offences there were, those that are folded too."""
        return len(self.offences) + (0 if self.base is None else self.base.offences)

    def forget(self, now: float, seconds: float) -> None:
        """Forget the sender whole where it was quiet for `seconds`, until now or between two events; edits stay."""
        times = sorted([when for when, _, _ in self.offences] + [when for when, _, _ in self.reports])
        later = now
        while times:
            earlier = times.pop()
            if earlier + seconds <= later:
                disabled_at = self.disabled_at
                self.absolve(earlier)
                self.disabled_at = -inf if disabled_at < later else disabled_at
                return
            later = earlier

    def merge(self, other: "Record") -> None:
        """Take in what another record of the same sender knows, in any order with one result."""
        self.jid = self.jid or other.jid
        self.pardoned_at = max(self.pardoned_at, other.pardoned_at)
        self.disabled_at = max(self.disabled_at, other.disabled_at)
        self.imposed_at, self.imposed_until = max(
            (self.imposed_at, self.imposed_until), (other.imposed_at, other.imposed_until)
        )
        if other.base is not None:
            self.base = other.base if self.base is None else self.base.joined(other.base)
        self.offences = sorted(self.offences + other.offences)
        self.reports = _united(self.reports + other.reports)
        self.pardon(self.pardoned_at)
        self._spill()

    def unite(self, other: "Record") -> None:
        """Take in another record of the same sender that may know some of the same events; count none of them twice.

        Where both have folded others, nobody can tell which are the same: what the longer one says holds.
        """
        if self.base == other.base:
            self.offences = _union(self.offences, other.offences)
            self.reports = _union(self.reports, other.reports)
        elif other.counted > self.counted:
            self.base, self.offences, self.reports = other.base, other.offences, other.reports
        self.merge(replace(other, base=None, offences=[], reports=[]))

    def pardon(self, when: float) -> None:
        """Remove everything at or before `when`."""
        if self.imposed_at <= when:
            self.imposed_at = self.imposed_until = -inf
        self.absolve(when)

    def absolve(self, when: float) -> None:
        """Remove what was earned at or before `when`; what an operator imposed stays."""
        self.offences = [one for one in self.offences if one[0] > when]
        self.reports = [one for one in self.reports if one[0] > when]
        if self.base is not None and self.base.first <= when:
            # Part of it may be later than the pardon, but which part is not known any more.
            self.base = None
        if self.disabled_at <= when:
            self.disabled_at = -inf

    def clamp(self, now: float) -> bool:
        """Move times of a clock that is ahead back to `now`; whether there were any. What holds, holds no longer."""
        first = -inf if self.base is None else self.base.first
        if max(self.last, self.imposed_at, self.pardoned_at, self.disabled_at, first) <= now:
            return False
        if self.imposed_at > now:
            self.imposed_until -= self.imposed_at - now
            self.imposed_at = now
        self.pardoned_at = min(self.pardoned_at, now)
        self.disabled_at = min(self.disabled_at, now)
        self.offences = sorted((min(when, now), ban_time, weight) for when, ban_time, weight in self.offences)
        self.reports = sorted((min(when, now), weight, reporter) for when, weight, reporter in self.reports)
        if self.base is not None and first > now:
            base = self.base
            self.base = replace(base, first=now, fold=min(base.fold, now + base.shift))
        return True

    def _spill(self) -> None:
        if len(self.offences) <= KEPT and len(self.reports) <= KEPT:
            return
        base = self.base = self.base or Base()
        for offence in self.offences[:-KEPT]:
            base.add(*offence)
        for when, weight, _ in self.reports[:-KEPT]:
            base.first = min(base.first, when)
            base.sureness += weight
        self.offences, self.reports = self.offences[-KEPT:], self.reports[-KEPT:]

    def pack(self) -> bytes:
        """Return the record as bytes."""
        base = self.base
        edits = (self.imposed_at, self.pardoned_at, self.disabled_at)
        edited = max(edits) > -inf
        until = -inf if base is None else base.fold
        sureness = 0 if base is None else base.sureness
        for when, ban_time, weight in self.offences:
            until = max(when, until) + ban_time
            sureness += weight
        head = HEAD.pack(
            until,
            self.last,
            self.imposed_until,
            self.counted,
            sureness + sum(weight for _, weight, _ in self.reports),
            (HAS_EDITS if edited else 0) | (0 if base is None else HAS_BASE),
            len(self.offences),
            len(self.reports),
            len(self.jid),
        )
        parts = [head, self.jid]
        if edited:
            parts.append(EDITS.pack(*edits))
        if base is not None:
            parts.append(BASE.pack(base.fold, base.shift, base.first, base.offences, base.sureness))
        parts += (REPORT.pack(*report) for report in self.reports)
        parts += (OFFENCE.pack(*offence) for offence in self.offences)
        return b"".join(parts)

    @classmethod
    def unpack(cls, data: bytes) -> "Record":
        """Read what `pack` wrote.

        Raises ValueError: it is too short or too long for its head.
        """
        if len(data) < HEAD.size:
            raise ValueError(f"a record of {len(data)} bytes is too short")
        _, _, imposed_until, _, _, flags, kept, reported, width = HEAD.unpack_from(data)
        edits = EDITS.size if flags & HAS_EDITS else 0
        folded = BASE.size if flags & HAS_BASE else 0
        wanted = HEAD.size + width + edits + folded + reported * REPORT.size + kept * OFFENCE.size
        if len(data) != wanted:
            raise ValueError(f"a record of {len(data)} bytes, by its head {wanted} are wanted")
        at = HEAD.size + width
        record = cls(jid=data[HEAD.size : at], imposed_until=imposed_until)
        if edits:
            record.imposed_at, record.pardoned_at, record.disabled_at = EDITS.unpack_from(data, at)
        if folded:
            record.base = Base(*BASE.unpack_from(data, at + edits))
        at += edits + folded
        middle = at + reported * REPORT.size
        record.reports = list(REPORT.iter_unpack(data[at:middle]))
        record.offences = list(OFFENCE.iter_unpack(data[middle:]))
        return record

    @classmethod
    def read(cls, data: bytes) -> "Record":
        """Read what came from elsewhere, trusting none of its sums and orders.

        Raises ValueError: it is no record.
        """
        record = cls()
        foreign = cls.unpack(data)
        foreign.check()
        record.merge(foreign)
        return record

    def check(self) -> None:
        """Look at what the sizes do not tell.

        Raises ValueError: a time or a sum that cannot be, or a JID that is no text.
        """
        self.jid.decode("utf-8", "surrogatepass")
        numbers = [number for when, ban_time, _ in self.offences for number in (when, ban_time)]
        numbers += [when for when, _, _ in self.reports]
        absent = [self.imposed_at, self.imposed_until, self.pardoned_at, self.disabled_at]
        if self.base is not None:
            numbers += [self.base.shift, self.base.first]
            absent.append(self.base.fold)
            if max(self.base.offences, abs(self.base.sureness)) > _SUM:
                raise ValueError(f"a record with a sum over {_SUM}")
        numbers += [number for number in absent if number != -inf]
        if not all(map(isfinite, numbers)):
            raise ValueError("a record with a time that is no number")


def _union(ours: list[E], theirs: list[E]) -> list[E]:
    """Return all events, each as often as it is in the one list that has it more often."""
    return sorted((Counter(ours) | Counter(theirs)).elements())


def _united(reports: list[Report]) -> list[Report]:
    """Return the reports in order, of each named reporter only the newest."""
    newest = {report[2]: report for report in sorted(reports) if report[2] != UNNAMED}
    return sorted([report for report in reports if report[2] == UNNAMED] + list(newest.values()))
