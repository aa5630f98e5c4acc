"""How accounts behave towards strangers: to how many they write what others write too, and with how many they talk.

One text says nothing of the account that sends it, and thousands of accounts may hand on one text. But a robot writes
what others write to one stranger after the other, and nobody answers; a person talks with somebody.
"""

from collections.abc import Iterable, Iterator
from struct import Struct
from typing import ClassVar, Final, NamedTuple

from xmppfilter.memory.contract import Row, Structure
from xmppfilter.memory.eviction import Tiers
from xmppfilter.memory.spread import Shards

_RECORD: Final = Struct("<IQIHBBBB")
# Last, bits of strangers, bits of partners, whom own texts went to, how many, mark, occasions, vouched for.
_Record = tuple[int, int, int, int, int, int, int, int]
_HALF_BITS: Final = 32
_TO: Final = tuple(1 << number for number in range(64))
_WITH: Final = tuple(1 << number for number in range(_HALF_BITS))
_MOST: Final = 255
_LATEST: Final = (1 << 32) - 1
_NOTHING: Final[_Record] = (0,) * 8
OWN: Final = 3
"""Texts of its own to one stranger, one after the other, from which on an account is talking."""
OCCASION: Final = 1800.0
"""Seconds of silence after which an account that writes to another stranger does so on another occasion."""
BUSY: Final = 3
"""Strangers from which on an account is worth more room than one that has hardly written."""
EVERYBODYS_PARTNER: Final = 20
"""Who talks with so many strangers answers whoever writes, and is no witness for them."""


class Habit(NamedTuple):
    """What is known of one account."""

    strangers: int
    """To how many it has written what others write too: a few less than there are beyond twenty, and at most 64."""
    occasions: int
    """On how many occasions: people hand a text on within minutes."""
    vouched: int
    """How many of them the server has said to be strangers, and not just somebody of whom nothing is known."""
    partners: int
    """With how many it talks: they have answered, or wrote first; at most 32."""
    chats: bool
    """Whether it has written several texts of its own to one stranger."""
    mark: int
    """The mark of the sure campaign that it has had a part in, of 1 to 255; 0: none."""


class Habits(Structure):
    """The habits of at most `capacity` accounts, each forgotten `seconds` after it was last heard of.

    Who has written to hardly anybody goes first, oldest first: accounts that each send one text cannot push out what is
    known of others.
    """

    kind: ClassVar[str] = "habits"

    __slots__ = ("_accounts", "seconds")

    def __init__(self, *, capacity: int, seconds: float, persist: bool = True, name: str = "") -> None:
        super().__init__(capacity=capacity, name=name, persist=persist)
        self.seconds = seconds
        self._accounts: Shards[bytes] = Shards(capacity)

    def __len__(self) -> int:
        return len(self._accounts)

    @property
    def lifetime(self) -> float:
        """A habit matters for `seconds`."""
        return self.seconds

    def get(self, account: bytes, now: float) -> Habit | None:
        """Return what is known of an account; None: nothing."""
        record = self._accounts.get(account)
        if record is None:
            return None
        last, to, partners, _, own, mark, occasions, vouched = _RECORD.unpack(record)
        if last + self.seconds <= now:
            return None
        return Habit(to.bit_count(), occasions, vouched, partners.bit_count(), own >= OWN, mark)

    def wrote(
        self, account: bytes, stranger: bytes, now: float, *, shared: bool, own: bool, vouched: bool = False
    ) -> None:
        """Remember that an account has written to a stranger: what others write too, what nobody else does, or neither.

        It need not be known what others write: then it is neither. *vouched*: the server has said that it is one.
        """
        last, to, partners, whom, count, mark, occasions, known = self._known(account, now)
        if shared:
            if not to & (bit := _TO[stranger[2] & 63]):
                occasions = min(_MOST, occasions + (not to or now - last >= OCCASION))
                known = min(_MOST, known + vouched)
                to |= bit
        elif own and count < OWN:
            other = stranger[3] << 8 | stranger[4]
            whom, count = other, count + 1 if count and other == whom else 1
        self._put(account, (_when(now, last), to, partners, whom, count, mark, occasions, known))

    def talks(self, account: bytes, other: bytes, now: float) -> None:
        """Remember that two talk: *other* has answered the account, or wrote to it first."""
        last, to, partners, whom, count, mark, occasions, known = self._known(account, now)
        partners |= _WITH[other[2] & 31]
        self._put(account, (_when(now, last), to, partners, whom, count, mark, occasions, known))

    def mark(self, account: bytes, mark: int, now: float) -> None:
        """Remember that an account has had a part in a sure campaign of that *mark*, 1 to 255; the first stays."""
        last, to, partners, whom, count, before, occasions, known = self._known(account, now)
        if not before:
            self._put(account, (_when(now, last), to, partners, whom, count, mark, occasions, known))

    def resize(self, *, capacity: int, seconds: float, persist: bool = True) -> None:
        """Take new parameters, and keep what is known."""
        same = capacity == self.capacity
        self.capacity, self.seconds, self.persist = capacity, seconds, persist
        if not same:
            self._accounts.resize(capacity, self._place, self._mark)
            self._laid_out()

    def held(self) -> Iterator[bytes]:
        """Yield every account; see `Structure`."""
        return self._accounts.keys()

    def restore(self, rows: Iterable[Row], now: float) -> int:
        """Take rows of an earlier process in; see `Structure`."""
        kept = 0
        for row in rows:
            if len(row.value) != _RECORD.size:
                raise ValueError(f"{self.name}: a habit of {len(row.value)} bytes, {_RECORD.size} are wanted")
            if row.expires > now:
                self._put(row.key, _joined(_RECORD.unpack(row.value), self._known(row.key, now)))
                kept += 1
        return kept

    def expire(self, now: float, budget: int) -> int:
        """Drop accounts that were silent long enough; see `Structure`."""
        horizon = now - self.seconds

        def is_past(record: bytes) -> bool:
            return int.from_bytes(record[:4], "little") <= horizon

        def drop(shard: Tiers[bytes], most: int) -> int:
            return shard.drop_while(is_past, most)

        return self._accounts.expire(budget, drop, self._mark)

    def _row(self, key: bytes) -> Row | None:
        record = self._accounts.get(key)
        return None if record is None else Row(key, record, int.from_bytes(record[:4], "little") + self.seconds)

    def _known(self, account: bytes, now: float) -> _Record:
        record = self._accounts.get(account)
        if record is not None:
            known: _Record = _RECORD.unpack(record)
            if known[0] + self.seconds > now:
                return known
        return _NOTHING

    def _put(self, account: bytes, record: _Record) -> None:
        _, to, partners, _, count, *_ = record
        hot = partners != 0 or count >= OWN or to.bit_count() >= BUSY
        if (evicted := self._accounts.of(account).put(account, _RECORD.pack(*record), hot=hot)) is not None:
            self._mark(evicted)
        if self._dirty:
            self._mark(account)

    def _place(self, key: bytes, record: bytes) -> None:
        self._put(key, _RECORD.unpack(record))


def _joined(one: _Record, other: _Record) -> _Record:
    """Return two records of one account as one: of whom its own texts went to, the later."""
    older, newer = (one, other) if one[0] <= other[0] else (other, one)
    last, to, partners, whom, count, mark, occasions, known = newer
    to, partners = to | older[1], partners | older[2]
    return last, to, partners, whom, count, mark or older[5], max(occasions, older[6]), max(known, older[7])


def _when(now: float, last: int) -> int:
    return max(last, min(_LATEST, int(now)))
