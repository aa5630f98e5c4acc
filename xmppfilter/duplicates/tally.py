"""What is counted of one text and its near copies: how many, how fast, from how many to how many."""

from collections.abc import Sequence
from math import exp, log
from typing import Final

_BITS: Final = 1024
RATE_SPAN: Final = 60.0

# How many keys set so many bits (linear counting): exact for one, mostly exact at ten, within 5 % at a thousand.
_KEYS: Final = tuple(round(_BITS * log(_BITS / max(1, _BITS - count))) for count in range(_BITS + 1))
_BIT: Final = tuple(1 << number for number in range(_BITS))

Parties = tuple[bytes, bytes, bytes, bytes]
"""Who sent a copy to whom: the sender, the recipient, the sender's domain, the recipient's; keyed hashes of 8 bytes."""


def _bit(key: bytes) -> int:
    return _BIT[(key[0] << 8 | key[1]) % _BITS]


class Span:
    """What was counted in one window's length of time, or in two."""

    __slots__ = ("_recipient_domains", "_recipients", "_sender_domains", "_senders", "copies", "start", "varied")

    def __init__(self, start: float) -> None:
        self.start: Final = start
        """Unix time of the first copy."""
        self.copies = 0
        self.varied = 0
        """Those among the `copies` that are not the first text to the letter."""
        self._senders = self._recipients = self._sender_domains = self._recipient_domains = 0  # bits of keys seen

    @property
    def senders(self) -> int:
        """The distinct senders, estimated: at most about 7,000."""
        return _KEYS[self._senders.bit_count()]

    @property
    def recipients(self) -> int:
        """The distinct recipients, estimated."""
        return _KEYS[self._recipients.bit_count()]

    @property
    def domains(self) -> tuple[int, int]:
        """The distinct domains of senders, and of recipients, estimated."""
        return _KEYS[self._sender_domains.bit_count()], _KEYS[self._recipient_domains.bit_count()]

    def note(self, parties: Parties, *, varied: bool) -> None:
        """Count a copy."""
        sender, recipient, sender_domain, recipient_domain = parties
        self.copies += 1
        self.varied += varied
        self._senders |= _bit(sender)
        self._recipients |= _bit(recipient)
        self._sender_domains |= _bit(sender_domain)
        self._recipient_domains |= _bit(recipient_domain)

    def joined(self, before: "Span") -> "Span":
        """Return both together."""
        joined = Span(before.start)
        joined.copies = self.copies + before.copies
        joined.varied = self.varied + before.varied
        joined._senders = self._senders | before._senders  # noqa: SLF001 - it is one of us
        joined._recipients = self._recipients | before._recipients  # noqa: SLF001
        joined._sender_domains = self._sender_domains | before._sender_domains  # noqa: SLF001
        joined._recipient_domains = self._recipient_domains | before._recipient_domains  # noqa: SLF001
        return joined


class Cluster:
    """A text and its near copies. It is known by the first one: copies of copies do not make it drift."""

    __slots__ = ("_before", "_rate", "_since", "aliases", "excerpts", "key", "last", "mask", "rank", "slots", "window")

    def __init__(self, key: bytes, excerpts: tuple[bytes, ...], now: float, *, window: float) -> None:
        self.key: Final = key
        self.excerpts: Final = excerpts
        self.slots: Sequence[int] = ()
        """Those that are to lead to it, once it has been copied,"""
        self.mask = -1
        """and the mask that they are within."""
        self.aliases: tuple[bytes, ...] = ()
        """Keys of the latest varied copies, which are sent often, too."""
        self.rank = 0
        """How far it is from being forgotten (see `Clusters`)."""
        self.last = now
        """Unix time of the latest copy."""
        self.window = window
        self._rate = 0.0
        self._since = Span(now)
        self._before: Span | None = None

    def seen(self, now: float) -> Span:
        """Return what was counted in the last window; exact in a cluster's first, of one to two windows later."""
        since, before = self._since, self._before
        age = now - since.start
        if age >= 2 * self.window:
            return Span(now)
        return since if before is None or age >= self.window else since.joined(before)

    def per_second(self, now: float) -> float:
        """Return the rate of copies, smoothed over `RATE_SPAN` seconds; a single copy is 1 / RATE_SPAN."""
        return self._rate * exp((self.last - now) / RATE_SPAN) / RATE_SPAN

    def note(self, now: float, parties: Parties, *, varied: bool) -> None:
        """Count a copy."""
        age = now - self._since.start
        if age >= self.window:
            self._before = self._since if age < 2 * self.window else None
            self._since = Span(now)
        self._since.note(parties, varied=varied)
        self._rate = self._rate * exp((self.last - now) / RATE_SPAN) + 1.0
        self.last = now
