"""What is counted of one text and its near copies: how many, how fast, from how many to how many.

It is counted by generations, lengths of the clock's time: what belongs to this one counts in full, what belongs to the
one before fades evenly while this one goes on. So nothing that is counted ends at once, and nothing adds up for ever.
"""

from bisect import insort
from collections.abc import Sequence
from math import exp, log
from typing import Any, Final, NamedTuple

from xmppfilter.duplicates.form import Form

_BITS: Final = 1024
RATE_SPAN: Final = 60.0
HOUR: Final = 3600.0
_HOURS: Final = 240  # told apart within a generation
ACCOUNTS: Final = 64
"""Senders of a text that are known by their keys: those with the least keys, so nobody chooses who is among them."""

# How many keys set so many bits (linear counting): exact for one, mostly exact at ten, within 5 % at a thousand.
_KEYS: Final = tuple(round(_BITS * log(_BITS / max(1, _BITS - count))) for count in range(_BITS + 1))
_BIT: Final = tuple(1 << number for number in range(_BITS))

Parties = tuple[bytes, bytes, bytes, bytes]
"""Who sent a copy to whom: the sender, the recipient, the sender's domain, the recipient's; keyed hashes of 8 bytes."""


def _bit(key: bytes) -> int:
    return _BIT[(key[0] << 8 | key[1]) % _BITS]


class Counts:
    """What was counted in one generation."""

    __slots__ = (
        "copies", "expected", "hours", "recipient_domains", "recipients", "returned", "sender_domains", "senders",
        "varied",
    )  # fmt: skip

    def __init__(self) -> None:
        self.copies = self.varied = 0
        self.returned = 0  # senders who had got it before,
        self.expected = 0.0  # and as how many chance would make look so
        self.senders = self.recipients = self.sender_domains = self.recipient_domains = 0  # bits of keys seen
        self.hours = 0  # bits of the hours of the clock

    def note(self, now: float, parties: Parties, *, varied: bool) -> None:
        """Count a copy."""
        sender, recipient, sender_domain, recipient_domain = parties
        self.copies += 1
        self.varied += varied
        bit = _bit(sender)
        if not self.senders & bit:
            self.senders |= bit
            self.returned += self.recipients & bit != 0
            self.expected += self.recipients.bit_count() / _BITS
        self.recipients |= _bit(recipient)
        self.sender_domains |= _bit(sender_domain)
        self.recipient_domains |= _bit(recipient_domain)
        self.hours |= _BIT[int(now // HOUR) % _HOURS]

    def joined(self, other: "Counts") -> "Counts":
        """Return both together: what was seen by either; of what cannot be told apart the most."""
        both = Counts()
        both.copies, both.varied = max(self.copies, other.copies), max(self.varied, other.varied)
        both.returned, both.expected = max(self.returned, other.returned), max(self.expected, other.expected)
        both.senders = self.senders | other.senders
        both.recipients = self.recipients | other.recipients
        both.sender_domains = self.sender_domains | other.sender_domains
        both.recipient_domains = self.recipient_domains | other.recipient_domains
        both.hours = self.hours | other.hours
        return both


_NOTHING: Final = Counts()


class Span:
    """What counts of a text at some time."""

    __slots__ = ("_before", "_fading", "_since", "start")

    def __init__(
        self, start: float, since: Counts | None = None, before: Counts = _NOTHING, fading: float = 0.0
    ) -> None:
        """Count *since* in full, and of what was counted *before* the part *fading* of one."""
        self.start: Final = start
        """Unix time of the first copy."""
        self._since = Counts() if since is None else since
        self._before = before
        self._fading = fading

    @property
    def copies(self) -> int:
        """How many there are."""
        return self._since.copies + round(self._fading * self._before.copies)

    @property
    def varied(self) -> int:
        """Those among the `copies` that are not the first text to the letter."""
        return self._since.varied + round(self._fading * self._before.varied)

    @property
    def senders(self) -> int:
        """The distinct senders, estimated: at most about 7,000."""
        return self._distinct(self._since.senders, self._before.senders)

    @property
    def recipients(self) -> int:
        """The distinct recipients, estimated."""
        return self._distinct(self._since.recipients, self._before.recipients)

    @property
    def domains(self) -> tuple[int, int]:
        """The distinct domains of senders, and of recipients, estimated."""
        since, before = self._since, self._before
        return (
            self._distinct(since.sender_domains, before.sender_domains),
            self._distinct(since.recipient_domains, before.recipient_domains),
        )

    @property
    def returned(self) -> float:
        """Return how many senders had got it before they sent it, less twice as many as chance makes look so."""
        since, before = self._since, self._before
        found = since.returned + before.returned - 2 * (since.expected + before.expected)
        return max(0.0, found)

    @property
    def active(self) -> int:
        """In how many different hours of the clock copies came."""
        since, before = self._since.hours, self._before.hours
        return since.bit_count() + round(self._fading * before.bit_count())

    def by_others(self, sender: bytes) -> bool:
        """Whether anybody else has sent it."""
        return (self._since.senders | self._before.senders) & ~_bit(sender) != 0

    def reached(self, recipient: bytes) -> bool:
        """Whether *recipient* has got it, as far as bits can tell: always, if very many have."""
        return (self._since.recipients | self._before.recipients) & _bit(recipient) != 0

    def _distinct(self, since: int, before: int) -> int:
        keys = _KEYS[since.bit_count()]
        if not before:
            return keys
        return keys + round(self._fading * (_KEYS[(since | before).bit_count()] - keys))

    def note(self, parties: Parties, *, varied: bool, now: float | None = None) -> None:
        """Count a copy, *now* or at the time of the first."""
        self._since.note(self.start if now is None else now, parties, varied=varied)


class Kept(NamedTuple):
    """What a text is found again by without its letters, beside its slots."""

    stretches: int
    """How many of it the slots are from; none: only its equals are found."""
    length: int
    """Letters of the first stretch."""
    others: tuple[bytes, ...]
    """The stamps of its latest varied copies."""


class Counted(NamedTuple):
    """All that was counted of a text."""

    start: float
    """Unix time of the first copy,"""
    last: float
    """and of the latest one."""
    half: float
    """Seconds of a generation,"""
    generation: int
    """and which one of those since 1970 is the latest that was counted in."""
    since: Counts
    before: Counts
    accounts: tuple[bytes, ...] = ()
    """The least keys of the senders, in order."""

    def until(self, now: float) -> "Counted":
        """Return the same, of no time later than *now*: another clock may be ahead."""
        if self.last <= now:
            return self
        return self._replace(
            start=min(self.start, now), last=now, generation=min(self.generation, int(now // self.half))
        )

    def joined(self, other: "Counted") -> "Counted":
        """Return both together: whatever is joined in whatever order, and how often, comes to the same."""
        generation = max(self.generation, other.generation)
        mine, theirs = self.left_in(generation), other.left_in(generation)
        since, before = mine.since.joined(theirs.since), mine.before.joined(theirs.before)
        start, last = min(self.start, other.start), max(self.last, other.last)
        accounts = tuple(sorted({*self.accounts, *other.accounts})[:ACCOUNTS])
        return Counted(start, last, self.half, generation, since, before, accounts)

    def left_in(self, generation: int) -> "Counted":
        """Return what is left in a later *generation*."""
        past = generation - self.generation
        if past <= 0:
            return self
        before = self.since if past == 1 else _NOTHING
        return self._replace(generation=generation, since=_NOTHING, before=before)


class Cluster:
    """A text and its near copies. It is known by the first one: copies of copies do not make it drift."""

    __slots__ = (
        "_before", "_generation", "_rate", "_since", "_start", "accounts", "aliases", "crowd", "excerpts", "forms",
        "kept", "key", "last", "links", "rank", "slots", "stamp", "window",
    )  # fmt: skip

    def __init__(self, key: bytes, excerpts: tuple[bytes, ...], now: float, *, window: float) -> None:
        self.key = key
        """The key of the text; empty: it is not known yet what it says,"""
        self.excerpts = excerpts
        """and this is how a copy says it, or empty, too."""
        self.slots: Sequence[int] = ()
        """Those that are to lead to it, once it has been copied, each of 32 bits of which a table takes the lowest."""
        self.stamp = b""  # what stands for the text, now and after a restart
        self.kept: Kept | None = None
        """What it is found by until the text itself has come again; None: it is known."""
        self.aliases: dict[bytes, Form] = {}  # the latest varied copies, which are sent often, too: forms by keys
        self.links = 0  # how much it advertises
        self.forms: dict[Form, Cluster] = {}  # what was counted of copies in other forms (see `forms`)
        self.accounts: list[bytes] = []  # the least keys of those who have sent it, in order
        self.crowd: Any = None  # what was found of these accounts; whoever looks at them keeps it here
        self.rank = 0  # how far it is from being forgotten (see `Clusters`)
        self.last = now  # Unix time of the latest copy
        self.window = window
        self._rate = 0.0
        self._start = now
        self._generation = int(now // (window / 2))
        self._since = Counts()
        self._before = _NOTHING

    def keep_for(self, window: float) -> None:
        """Count by generations of half of another *window*; what is counted so far counts as in the latest ones."""
        self.window = window
        self._generation = int(self.last // (window / 2))

    def seen(self, now: float) -> Span:
        """Return what counts: a copy in full for up to half a window, then less and less for another half."""
        generation, into = divmod(now, self.window / 2)
        past = generation - self._generation
        if past <= 0:
            if self._before is _NOTHING:
                return Span(self._start, self._since)
            return Span(self._start, self._since, self._before, 1 - into / (self.window / 2) if past == 0 else 1.0)
        if past > 1:
            return Span(now)
        return Span(self._start, _NOTHING, self._since, 1 - into / (self.window / 2))

    @property
    def counted(self) -> Counted:
        """Return all that was counted."""
        half, accounts = self.window / 2, tuple(self.accounts)
        return Counted(self._start, self.last, half, self._generation, self._since, self._before, accounts)

    def join(self, counted: Counted) -> None:
        """Take in what was counted elsewhere, or by an earlier process."""
        half = self.window / 2
        if counted.half != half:
            counted = counted._replace(half=half, generation=int(counted.last // half))
        both = self.counted.joined(counted)
        self._rate *= self._left(both.last)
        self._start, self.last, _, self._generation, self._since, self._before, accounts = both
        self.accounts, self.crowd = list(accounts), None

    def per_second(self, now: float) -> float:
        """Return the rate of copies, smoothed over `RATE_SPAN` seconds; a single copy is 1 / RATE_SPAN."""
        return self._rate * self._left(now) / RATE_SPAN

    def touch(self, now: float) -> None:
        """Take note that there was a copy, which does not count here."""
        self._rate, self.last = self._rate * self._left(now), now

    def note(self, now: float, parties: Parties, *, varied: bool) -> None:
        """Count a copy."""
        generation = int(now // (self.window / 2))
        if (past := generation - self._generation) > 0:
            self._before = self._since if past == 1 else _NOTHING
            self._since = Counts()
            if past > 1:
                self._start = now
        self._generation = generation  # an earlier one, where a clock went back: what was counted is not forgotten
        self._since.note(now, parties, varied=varied)
        sender, accounts = parties[0], self.accounts
        if (len(accounts) < ACCOUNTS or sender < accounts[-1]) and sender not in accounts:
            insort(accounts, sender)
            del accounts[ACCOUNTS:]
        self._rate = self._rate * self._left(now) + 1.0
        self.last = now

    def _left(self, now: float) -> float:
        """Return what part of the rate at the latest copy is left; all of it for a clock that went back."""
        return exp(min(0.0, self.last - now) / RATE_SPAN)
