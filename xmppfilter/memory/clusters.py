"""Near-duplicate texts: how many copies, how fast, from how many to how many."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from math import exp, log
from operator import or_
from typing import ClassVar, Final, NamedTuple, Protocol

from .structure import Batch, Row, Tracked

# A hot cluster may push out only hot ones: this share of the capacity is for texts seen once.
_COLD_SHARE: Final = 4
# Keys by which a text is found, of each excerpt. The worst copy that is still recognised has a fifth of them.
_INDEXED: Final = 24
_MIN_HITS: Final = 2  # of these, for a comparison to be worth while
_CANDIDATES: Final = 3  # compared for each stretch of a text,
_COMPARED: Final = 64  # and in all
_ALIASES: Final = 4
_PURGED: Final = 8  # old texts forgotten with each new copy, so that no stanza waits for thousands
_BITS: Final = 1024
RATE_SPAN: Final = 60.0


class Text(Protocol):
    """What a text must tell of itself; `Sketch` and `Exact` of `xmppfilter.text.sketch` do."""

    @property
    def key(self) -> bytes:
        """Equal for equal texts."""

    def windows(self) -> Iterable[bytes]:
        """Give the stretches of the text that are looked up one by one."""

    def excerpts(self) -> tuple[bytes, ...]:
        """Give the stretches to remember the text by; none when only an equal text is a copy."""

    def keys(self, window: bytes) -> Sequence[bytes]:
        """Give what to look a stretch up by, in an order that spreads over it."""

    def is_copy(self, excerpt: bytes, window: bytes) -> bool:
        """Whether a stretch of this text holds a near copy of the excerpt's."""


def _bit(key: bytes) -> int:
    return 1 << (int.from_bytes(key[:2], "big") % _BITS)


def _distinct(bits: int) -> int:
    """Estimate how many keys set these bits (linear counting).

    Exact for one, mostly exact at ten, within 5 % at a thousand, at most about 7,000.
    """
    clear = max(1, _BITS - bits.bit_count())
    return round(_BITS * log(_BITS / clear))


class _Span:
    """What was counted in one window's length of time."""

    __slots__ = ("copies", "recipient_domains", "recipients", "sender_domains", "senders", "start", "varied")

    def __init__(self, start: float) -> None:
        self.start = start
        self.copies = self.varied = 0
        self.senders = self.recipients = self.sender_domains = self.recipient_domains = 0  # bits of keys seen


class Parties(NamedTuple):
    """Who sent a copy to whom: keyed hashes of 8 bytes."""

    sender: bytes
    recipient: bytes
    sender_domain: bytes
    recipient_domain: bytes


class Cluster:
    """A text and its near copies. It is known by the first one: copies of copies do not make it drift."""

    __slots__ = ("_before", "_rate", "_since", "aliases", "excerpts", "key", "last", "owned", "window")

    def __init__(self, key: bytes, excerpts: tuple[bytes, ...], now: float, *, window: float) -> None:
        self.key: Final = key
        self.excerpts: Final = excerpts
        self.owned: tuple[bytes, ...] = ()
        self.aliases: tuple[bytes, ...] = ()  # keys of the latest varied copies: they are sent often, too
        self.last = now  # Unix time of the latest copy
        self.window = window
        self._rate = 0.0
        self._since = _Span(now)
        self._before: _Span | None = None

    def _spans(self, now: float) -> tuple[_Span, ...]:
        """Give this and the previous length of the window, as far as they still count at `now`."""
        age = now - self._since.start
        if age >= 2 * self.window:
            return ()
        if age >= self.window or self._before is None:
            return (self._since,)
        return (self._since, self._before)

    def copies(self, now: float) -> int:
        """Count the copies of the last window; exact in a cluster's first, one to two windows' worth later."""
        return sum(span.copies for span in self._spans(now))

    def varied(self, now: float) -> int:
        """Count those among the `copies` that are not the first text to the letter."""
        return sum(span.varied for span in self._spans(now))

    def seconds(self, now: float) -> float:
        """Give the time since the first of the `copies`."""
        return max((now - span.start for span in self._spans(now)), default=0.0)

    def per_second(self, now: float) -> float:
        """Give the rate of copies, smoothed over `RATE_SPAN` seconds; a single copy is 1 / RATE_SPAN."""
        return self._rate * exp((self.last - now) / RATE_SPAN) / RATE_SPAN

    def senders(self, now: float) -> int:
        """Estimate the distinct senders in the same time as `copies`."""
        return _distinct(reduce(or_, (span.senders for span in self._spans(now)), 0))

    def recipients(self, now: float) -> int:
        """Estimate the distinct recipients."""
        return _distinct(reduce(or_, (span.recipients for span in self._spans(now)), 0))

    def sender_domains(self, now: float) -> int:
        """Estimate the distinct domains of senders."""
        return _distinct(reduce(or_, (span.sender_domains for span in self._spans(now)), 0))

    def recipient_domains(self, now: float) -> int:
        """Estimate the distinct domains of recipients."""
        return _distinct(reduce(or_, (span.recipient_domains for span in self._spans(now)), 0))

    def note(self, now: float, parties: Parties, *, varied: bool) -> None:
        """Count a copy."""
        age = now - self._since.start
        if age >= self.window:
            self._before = self._since if age < 2 * self.window else None
            self._since = _Span(now)
        span = self._since
        span.copies += 1
        span.varied += varied
        span.senders |= _bit(parties.sender)
        span.recipients |= _bit(parties.recipient)
        span.sender_domains |= _bit(parties.sender_domain)
        span.recipient_domains |= _bit(parties.recipient_domain)
        self._rate = self._rate * exp((self.last - now) / RATE_SPAN) + 1.0
        self.last = now


class Clusters(Tracked):
    """At most `capacity` texts, each forgotten `window` seconds after its last copy.

    A new text owns keys that no other has: they find it, common ones do not, and no flood can make an entry of the
    index long. One that consists of others' keys takes some of theirs; who lost them takes them back with its next
    copy. When full, texts seen once go first, oldest first, so one-off texts never push out what is being repeated.

    A text of 150 letters takes 3.1 kB (3.6 with copies), a short one 0.8, one of more than 4,000 letters 15.

    Nothing is persisted, and nothing goes out to other cores: rows would hold what people wrote, which no store of ours
    does, and a campaign shows itself anew within a minute.
    """

    kind: ClassVar[str] = "clusters"

    __slots__ = ("_cold", "_equal", "_found", "_hot", "_index", "_next", "window")

    def __init__(self, *, capacity: int, window: float, name: str = "") -> None:
        if capacity < _COLD_SHARE:
            raise ValueError(f"capacity is {capacity}, at least {_COLD_SHARE} texts are wanted")
        super().__init__(capacity=capacity, name=name, persist=False, tracked=False)
        self.window = window
        self._next = 0
        # By number, which the index and the equal texts' keys lead to; in order of the last copy. A plain dict would
        # find its oldest key by walking over the holes that removals left.
        self._cold: OrderedDict[int, Cluster] = OrderedDict()
        self._hot: OrderedDict[int, Cluster] = OrderedDict()
        self._equal: dict[bytes, int] = {}
        self._index: dict[bytes, int] = {}
        self._found: tuple[Text, float, int | None] | None = None

    def __len__(self) -> int:
        return len(self._cold) + len(self._hot)

    @property
    def lifetime(self) -> float:
        """A copy matters for `window`."""
        return self.window

    def match(self, text: Text, now: float) -> Cluster | None:
        """Find the live cluster that a text is a copy of; changes no answer."""
        number = self._find(text, now)
        return None if number is None else self._get(number)

    def note(self, text: Text, now: float, parties: Parties) -> Cluster:
        """Count a text as a copy in the cluster that `match` finds, or in a new one, and give that."""
        number = self._find(text, now)
        self._found = None
        self.expire(now, _PURGED)
        if number is None:
            cluster = self._add(text, now)
        else:
            cluster = self._hot.get(number) or self._cold.pop(number)
            self._hot[number] = cluster
            self._hot.move_to_end(number)
            self._index.update(dict.fromkeys(cluster.owned, number))
            if text.key not in self._equal:
                self._alias(cluster, text.key, number)
            if len(self._hot) > self.capacity - self.capacity // _COLD_SHARE:
                self._drop(self._hot)
        cluster.note(now, parties, varied=text.key != cluster.key)
        return cluster

    def resize(self, *, capacity: int, window: float) -> None:
        """Take new parameters and keeps the texts."""
        self.capacity, self.window, self._found = capacity, window, None
        for kept in (self._cold, self._hot):
            for cluster in kept.values():
                cluster.window = window
        while len(self._hot) > max(1, capacity - capacity // _COLD_SHARE):
            self._drop(self._hot)
        while len(self) > capacity:
            self._drop(self._cold or self._hot)

    def absorb(self, batch: Batch, *, origin: bytes, number: int, now: float) -> bool:  # noqa: ARG002
        """Take in what another core tells, which is nothing; see `Structure`."""
        self._check(batch)
        if batch.entries:
            raise ValueError(f"{self.name}: a batch with entries, none are exchanged")
        return self._is_new(origin, number)

    def snapshot(self, keys: Iterable[bytes] | None = None) -> Iterator[Row]:  # noqa: ARG002
        """Give no rows."""
        return iter(())

    def restore(self, rows: Iterable[Row], now: float) -> int:  # noqa: ARG002
        """Take no rows in; see `Structure`."""
        for _ in rows:
            raise ValueError(f"{self.name}: a row, none are kept")
        return 0

    def expire(self, now: float, budget: int) -> int:
        """Forget texts whose last copy is too old; see `Structure`."""
        dropped = 0
        for kept in (self._cold, self._hot):
            while dropped < budget and kept and now - kept[next(iter(kept))].last >= self.window:
                self._drop(kept)
                dropped += 1
        return dropped

    def _get(self, number: int) -> Cluster | None:
        return self._hot.get(number) or self._cold.get(number)

    def _find(self, text: Text, now: float) -> int | None:
        found = self._found
        if found is None or found[0] is not text or found[1] != now:
            self._found = found = (text, now, self._search(text, now))
        return found[2]

    def _live(self, number: int, now: float) -> Cluster | None:
        cluster = self._get(number)
        return cluster if cluster is not None and now - cluster.last < self.window else None

    def _search(self, text: Text, now: float) -> int | None:
        equal = self._equal.get(text.key)
        if equal is not None and self._live(equal, now):
            return equal
        index = self._index
        left = _COMPARED
        for window in text.windows():
            hits: dict[int, int] = {}
            for key in index.keys() & text.keys(window):
                number = index[key]
                hits[number] = hits.get(number, 0) + 1
            likely = [number for number, count in hits.items() if count >= _MIN_HITS]
            if likely:
                likely.sort(key=hits.__getitem__, reverse=True)
                for number in likely[:_CANDIDATES]:
                    cluster = self._live(number, now)
                    excerpts = cluster.excerpts if cluster else ()
                    left -= len(excerpts)
                    if any(text.is_copy(excerpt, window) for excerpt in excerpts):
                        return number
                if left <= 0:  # only a text made to cost us time resembles so many others
                    break
        return None

    def _add(self, text: Text, now: float) -> Cluster:
        if len(self) >= self.capacity:
            self._drop(self._cold or self._hot)
        number = self._next
        self._next += 1
        cluster = Cluster(text.key, text.excerpts(), now, window=self.window)
        self._cold[number] = cluster
        self._equal[cluster.key] = number
        owned: list[bytes] = []
        for excerpt in cluster.excerpts:
            offered = _spread(text.keys(excerpt), 2 * _INDEXED)
            fresh = [key for key in offered if key not in self._index]
            owned += _spread(fresh if len(fresh) >= _INDEXED // 2 else offered, _INDEXED)
        cluster.owned = tuple(owned)
        self._index.update(dict.fromkeys(owned, number))
        return cluster

    def _alias(self, cluster: Cluster, key: bytes, number: int) -> None:
        self._equal[key] = number
        cluster.aliases = (*cluster.aliases, key)
        if len(cluster.aliases) > _ALIASES:
            self._unequal(cluster.aliases[0], number)
            cluster.aliases = cluster.aliases[1:]

    def _unequal(self, key: bytes, number: int) -> None:
        if self._equal.get(key) == number:
            del self._equal[key]

    def _drop(self, kept: OrderedDict[int, Cluster]) -> None:
        """Forget the cluster of `kept` whose last copy is the longest ago."""
        self._found = None
        number, cluster = kept.popitem(last=False)
        for key in (cluster.key, *cluster.aliases):
            self._unequal(key, number)
        index = self._index
        for key in cluster.owned:
            if index.get(key) == number:
                del index[key]


def _spread(keys: Sequence[bytes], count: int) -> Sequence[bytes]:
    """Give `count` of the keys, or all when there are fewer, from all over."""
    have = len(keys)
    return keys if have <= count else [keys[at * have // count] for at in range(count)]
