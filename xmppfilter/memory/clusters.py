"""Near-duplicate texts: how many copies, how fast, from how many to how many."""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from functools import reduce
from math import exp, log
from operator import or_
from typing import Final, Protocol

# A hot cluster may push out only hot ones: this share of the capacity is for texts seen once.
_COLD_SHARE: Final = 4
# Keys by which a text is found, of each excerpt. The worst copy that is still recognised has a fifth of them.
_INDEXED: Final = 24
_MIN_HITS: Final = 3  # of these, for a comparison to be worth while
_CANDIDATES: Final = 3  # compared for each stretch of a text,
_COMPARED: Final = 64  # and in all
_PURGED: Final = 4
_BITS: Final = 1024


class Text(Protocol):
    """What a text must tell of itself; `xmppfilter.text.sketch.Sketch` does."""

    @property
    def key(self) -> bytes:
        """Equal for equal texts."""

    def windows(self) -> Iterator[bytes]:
        """Give the stretches of the text that are looked up one by one."""

    def excerpts(self) -> tuple[bytes, ...]:
        """Give the stretches to remember the text by; none when only an equal text is a copy."""

    def keys(self, window: bytes) -> Sequence[bytes]:
        """Give what to look a stretch up by, in an order that spreads over it."""

    def details(self, window: bytes) -> AbstractSet[bytes]:
        """Give what a stretch is compared by."""

    def is_copy(self, excerpt: bytes, seen: AbstractSet[bytes]) -> bool:
        """Whether a stretch with these details is a near copy of the excerpt's text."""


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

    __slots__ = ("copies", "domains", "recipients", "senders", "start")

    def __init__(self, start: float) -> None:
        self.start = start
        self.copies = 0
        self.senders = self.recipients = self.domains = 0  # bits of keys seen


class Cluster:
    """A text and its near copies. It is known by the first one: copies of copies do not make it drift."""

    __slots__ = ("_before", "_rate", "_since", "_span", "_window", "excerpts", "key", "last", "owned")

    def __init__(self, key: bytes, excerpts: tuple[bytes, ...], now: float, *, window: float, rate_span: float) -> None:
        self.key: Final = key
        self.excerpts: Final = excerpts
        self.owned: tuple[bytes, ...] = ()
        self.last = now  # Unix time of the latest copy
        self._window: Final = window
        self._span: Final = rate_span
        self._rate = 0.0
        self._since = _Span(now)
        self._before: _Span | None = None

    def _spans(self, now: float) -> tuple[_Span, ...]:
        """Give this and the previous length of the window, as far as they still count at `now`."""
        age = now - self._since.start
        if age >= 2 * self._window:
            return ()
        if age >= self._window or self._before is None:
            return (self._since,)
        return (self._since, self._before)

    def copies(self, now: float) -> int:
        """Count the copies of the last window; exact in a cluster's first, one to two windows' worth later."""
        return sum(span.copies for span in self._spans(now))

    def per_second(self, now: float) -> float:
        """Give the rate of copies, smoothed over `rate_span` seconds; a single copy is 1 / rate_span."""
        return self._rate * exp((self.last - now) / self._span) / self._span

    def senders(self, now: float) -> int:
        """Estimate the distinct senders in the same time as `copies`."""
        return _distinct(reduce(or_, (span.senders for span in self._spans(now)), 0))

    def recipients(self, now: float) -> int:
        """Estimate the distinct recipients."""
        return _distinct(reduce(or_, (span.recipients for span in self._spans(now)), 0))

    def domains(self, now: float) -> int:
        """Estimate the distinct domains of senders."""
        return _distinct(reduce(or_, (span.domains for span in self._spans(now)), 0))

    def note(self, now: float, sender_key: bytes, recipient_key: bytes, domain_key: bytes) -> None:
        """Count a copy."""
        age = now - self._since.start
        if age >= self._window:
            self._before = self._since if age < 2 * self._window else None
            self._since = _Span(now)
        span = self._since
        span.copies += 1
        span.senders |= _bit(sender_key)
        span.recipients |= _bit(recipient_key)
        span.domains |= _bit(domain_key)
        self._rate = self._rate * exp((self.last - now) / self._span) + 1.0
        self.last = now


class Clusters:
    """At most `capacity` texts, each forgotten `window` seconds after its last copy.

    A new text owns keys that no other has: they find it, common ones do not, and no flood can make an entry of the
    index long. One that consists of others' keys takes some of theirs; who lost them takes them back with its next
    copy. When full, texts seen once go first, oldest first, so one-off texts never push out what is being repeated.

    A text of 150 letters takes 3.0 kB (3.4 with copies), a short one 0.7, one of more than 4,000 letters 13.

    `window` and `rate_span` are seconds; keys of senders, recipients and domains are keyed hashes of 8 bytes or more.
    """

    def __init__(self, *, capacity: int, window: float, rate_span: float = 60.0) -> None:
        if capacity < _COLD_SHARE:
            raise ValueError(f"capacity is {capacity}, at least {_COLD_SHARE} texts are wanted")
        self.capacity: Final = capacity
        self.window: Final = window
        self.rate_span: Final = rate_span
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

    def match(self, text: Text, now: float) -> Cluster | None:
        """Find the live cluster that a text is a copy of; changes no answer."""
        number = self._find(text, now)
        return None if number is None else self._get(number)

    def note(self, text: Text, now: float, *, sender_key: bytes, recipient_key: bytes, domain_key: bytes) -> Cluster:
        """Count a text as a copy in the cluster that `match` finds, or in a new one, and give that."""
        number = self._find(text, now)
        self._found = None
        self._purge(now)
        if number is None:
            cluster = self._add(text, now)
        else:
            cluster = self._hot.get(number) or self._cold.pop(number)
            self._hot[number] = cluster
            self._hot.move_to_end(number)
            self._index.update(dict.fromkeys(cluster.owned, number))
            if len(self._hot) > self.capacity - self.capacity // _COLD_SHARE:
                self._drop(self._hot)
        cluster.note(now, sender_key, recipient_key, domain_key)
        return cluster

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
                seen = text.details(window)
                for number in likely[:_CANDIDATES]:
                    cluster = self._live(number, now)
                    excerpts = cluster.excerpts if cluster else ()
                    left -= len(excerpts)
                    if any(text.is_copy(excerpt, seen) for excerpt in excerpts):
                        return number
                if left <= 0:  # only a text made to cost us time resembles so many others
                    break
        return None

    def _add(self, text: Text, now: float) -> Cluster:
        if len(self) >= self.capacity:
            self._drop(self._cold or self._hot)
        number = self._next
        self._next += 1
        cluster = Cluster(text.key, text.excerpts(), now, window=self.window, rate_span=self.rate_span)
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

    def _purge(self, now: float) -> None:
        """Forget expired clusters, a few at a time so that no stanza waits for thousands."""
        for kept in (self._cold, self._hot):
            for _ in range(_PURGED):
                if not kept or now - kept[next(iter(kept))].last < self.window:
                    break
                self._drop(kept)

    def _drop(self, kept: OrderedDict[int, Cluster]) -> None:
        """Forget the cluster of `kept` whose last copy is the longest ago."""
        number, cluster = kept.popitem(last=False)
        if self._equal.get(cluster.key) == number:
            del self._equal[cluster.key]
        index = self._index
        for key in cluster.owned:
            if index.get(key) == number:
                del index[key]


def _spread(keys: Sequence[bytes], count: int) -> Sequence[bytes]:
    """Give `count` of the keys, or all when there are fewer, from all over."""
    return keys[:: max(1, len(keys) // count)][:count]
