"""Texts that are sent to many outlive the process, and what people wrote does not.

A row has the keyed hash of the text, numbers made of runs of its letters, and what was counted. A text that came back
so is found by its equals, or where most of its numbers are found in a text of about the same length; what was found
lends its letters from then on, and the text itself as soon as it is sent again.
"""

from abc import abstractmethod
from collections.abc import Iterator
from hashlib import blake2b
from itertools import islice
from typing import ClassVar, Final

from xmppfilter.duplicates.forms import heaviest
from xmppfilter.duplicates.index import FIRST_REPEATED, Slots, take_back
from xmppfilter.duplicates.likeness import Window
from xmppfilter.duplicates.repeated import Repeated
from xmppfilter.duplicates.sketch import Text
from xmppfilter.duplicates.stored import MOST_OTHERS, STAMP, Stored, decode, encode
from xmppfilter.duplicates.tally import Cluster, Kept
from xmppfilter.memory.contract import Exchanged, Row

LASTING: Final = 3
"""Recipients from which on a text is stored."""
EVERY: Final = 30.0
"""Seconds in which a text is told to be stored once at most."""
_ENOUGH: Final = 8  # slots found that lead to a text without letters,
_MOST: Final = 0.6  # this share of all of them,
_LENGTHS: Final = 0.6, 1.5  # and so many times its letters, or they belong to a text that holds it, or is a part of it
_FORM: Final = b"\0form "
_LENT: Final = 0.8, 1.25  # times its letters that a copy has which lends its own


class Lasting(Exchanged[Stored]):
    """The part of `Clusters` that is stored and exchanged.

    Rows join: what either saw was seen, of copies the most count, so that in whatever order and however often rows come
    in, the same comes of it.
    """

    kind: ClassVar[str] = "clusters"

    __slots__ = ("_hot", "_kept", "_late", "_next_hot", "_rows", "_slots", "secret", "window")

    def __init__(self, *, capacity: int, window: float, secret: int, name: str, persist: bool) -> None:
        super().__init__(capacity=capacity, name=name, persist=persist)
        self.window = window
        self.secret = secret
        self._slots: Slots
        self._begin_repeated()

    def _begin_repeated(self) -> None:
        """Know no text that is repeated."""
        for stamp in getattr(self, "_rows", ()):
            self._mark(stamp)
        self._rows: dict[bytes, int] = {}  # numbers by stamps of what is stored
        self._kept: dict[bytes, int] = {}  # the same of what has no letters of its own, and of its copies
        self._late: dict[bytes, float] = {}  # what is to be told to be stored, and when
        self._hot = Repeated()
        self._next_hot = FIRST_REPEATED

    def lasts(self, cluster: Cluster) -> bool:
        """Whether enough have got a text that it is stored."""
        return cluster.stamp in self._rows

    def held(self) -> Iterator[bytes]:
        """Yield the stamp of each text that is stored; see `Structure`."""
        yield from tuple(self._rows)

    def settle(self) -> None:
        """Tell of everything now; see `Structure`."""
        self._tell_late(float("inf"), len(self._late))

    # --- rows

    def _row(self, key: bytes) -> Row | None:
        number = self._rows.get(key)
        if number is None:
            return None
        cluster = self._hot.clusters[number]
        others = [*map(self._stamp, reversed(cluster.aliases))]
        if form := self._form_at(number):
            others.insert(0, self._stamp(_FORM + form))
        if cluster.kept is not None:
            stretches, length, known = cluster.kept
            others += known
        else:
            stretches, length = len(cluster.excerpts), len(cluster.excerpts[0]) if cluster.excerpts else 0
        kept = Kept(stretches, length, tuple(dict.fromkeys(others))[:MOST_OTHERS])
        stored = Stored(kept, tuple(cluster.slots), cluster.counted)
        return Row(key, encode(stored), cluster.last + self.window)

    def _read(self, key: bytes, value: bytes) -> Stored:
        if len(key) != STAMP:
            raise ValueError(f"{self.name}: a text by {len(key)} bytes, {STAMP} are wanted")
        try:
            return decode(value)
        except ValueError as error:
            raise ValueError(f"{self.name}: {error}") from error

    def _take(self, key: bytes, change: Stored, now: float) -> None:
        counted = change.counted.until(now)
        if counted.last + self.window <= now:
            return
        self._forget_what_was_found()
        number = self._rows.get(key)
        if number is None:
            number = self._begin_again(key, change)
        cluster = self._hot.clusters[number]
        cluster.join(counted)
        self._hot.renew(number, now)

    def _joined(self, key: bytes, before: bytes, change: bytes) -> bytes:  # noqa: ARG002 - the later one has it all
        return change

    def _begin_again(self, stamp: bytes, stored: Stored) -> int:
        """Remember a text without its letters; return its number."""
        number = self._next_number()
        cluster = Cluster(b"", (), stored.counted.start, window=self.window)
        cluster.stamp, cluster.kept, cluster.slots = stamp, stored.kept, stored.slots
        self._hot.add(number, cluster)
        self._rows[stamp] = number
        for each in (stamp, *stored.kept.others):
            self._kept.setdefault(each, number)
        take_back(self._slots, cluster, number, self._hot.clusters)
        return number

    # --- texts without letters

    def _kept_equal(self, text: Text, form: bytes) -> int | None:
        """Return the number of a text without letters of which this one is an equal, or has the same *form*."""
        number = self._kept.get(self._stamp(text.key))
        return self._kept.get(self._stamp(_FORM + form)) if number is None and form else number

    def _holds_kept(self, number: int, window: Window, found: int, count: int) -> bool:
        """Whether a stretch is a copy of a text without letters, *found* of *count* slots of which lead to it."""
        kept = self._hot.clusters[number].kept
        if kept is None or not kept.stretches or found < max(_ENOUGH, _MOST * count / kept.stretches):
            return False
        least, most = _LENGTHS
        return least * kept.length <= len(window.letters) <= most * kept.length

    def _lend(self, cluster: Cluster, text: Text, number: int) -> bool:
        """Let a copy lend its letters to a cluster that has none of its own; whether it did."""
        kept = cluster.kept
        if kept is None:
            return False
        if is_it := self._stamp(text.key) == cluster.stamp:
            self._unkeep(cluster, number)
            cluster.key, cluster.kept = text.key, None
        elif cluster.excerpts or not _LENT[0] * kept.length <= len(text.letters) <= _LENT[1] * kept.length:
            return False
        cluster.excerpts = tuple(each.letters for each in text.excerpts(self._slots.mask, self.secret))
        return is_it

    def _unkeep(self, cluster: Cluster, number: int) -> None:
        if cluster.kept is not None:
            for each in (cluster.stamp, *cluster.kept.others):
                if self._kept.get(each) == number:
                    del self._kept[each]

    # --- what is stored

    def _note_change(self, cluster: Cluster, number: int, now: float) -> None:
        """Note that a text has been sent again, and store it if enough have got it."""
        stamp = cluster.stamp
        if self._rows.get(stamp) == number:
            self._late.setdefault(stamp, now + EVERY)
        elif heaviest(cluster, now).seen(now).recipients >= LASTING:
            if (twin := self._rows.get(stamp)) is not None:
                cluster.join(self._hot.clusters[twin].counted)
                self._forget_hot(twin)
            self._rows[stamp] = number
            self._tell_of(stamp)

    def _unstore(self, cluster: Cluster, number: int) -> None:
        """Store a cluster that is forgotten no more."""
        self._unkeep(cluster, number)
        if self._rows.get(cluster.stamp) == number:
            del self._rows[cluster.stamp]
            self._late.pop(cluster.stamp, None)
            self._mark(cluster.stamp)

    def _tell_late(self, now: float, most: int) -> None:
        """Tell of what has been waiting until *now*, or for a time to come that no clock is at any more."""
        for stamp, due in list(islice(self._late.items(), most)):
            if now < due <= now + EVERY:
                break
            del self._late[stamp]
            self._tell_of(stamp)

    def _tell_of(self, stamp: bytes) -> None:
        self._mark(stamp)
        if self._deltas and (row := self._row(stamp)) is not None:
            self._tell(stamp, row.value)

    def _stamp(self, key: bytes) -> bytes:
        return blake2b(key, digest_size=STAMP, key=self.secret.to_bytes(8, "little")).digest()

    def _next_number(self) -> int:
        """Return the number of one more text that is repeated."""
        number = self._next_hot
        self._next_hot = number + 1
        return number

    @abstractmethod
    def _form_at(self, number: int) -> bytes:
        """Return what a short text says whoever it greets."""

    @abstractmethod
    def _forget_hot(self, number: int) -> None:
        """Forget a text that is repeated."""

    @abstractmethod
    def _forget_what_was_found(self) -> None:
        """Look again for what was looked for last."""
