"""Finds which of the texts that are remembered another one is a copy of, and in which form."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from xmppfilter.duplicates.disguised import Disguised
from xmppfilter.duplicates.form import WHOLE, Form, compare
from xmppfilter.duplicates.index import FIRST_REPEATED, TAKEN, Slots, hits, led_to
from xmppfilter.duplicates.lasting import Lasting
from xmppfilter.duplicates.once import Once
from xmppfilter.duplicates.sketch import Part, Sketch, Text
from xmppfilter.duplicates.tally import Cluster

_FEW: Final = 10  # slots found again, of which nothing can be said without a comparison
_ROBBED: Final = 0.75  # of its slots; when fewer lead to a text it takes them back
_CANDIDATES: Final = 3  # compared for each stretch of a text,
_COMPARED: Final = 24  # and in all


class Known(NamedTuple):
    """A text that another one is a copy of."""

    cluster: Cluster
    tally: Cluster | None
    """Of the copies that say no more than that other one; None: there are none."""
    form: Form
    """In which form that is a copy."""


class Found(NamedTuple):
    """What a text is a copy of, by number."""

    number: int
    form: Form
    twin: int | None = None
    """A text seen once, which holds what has that number, and which this one is a copy of as a whole."""


class Finding(Lasting):
    """Texts by number, which slots, marks and the keys of equal texts lead to."""

    __slots__ = ("_cold", "_disguised", "_equal", "_found", "_owners", "_robbed", "_within")

    def __init__(self, *, capacity: int, window: float, secret: int, name: str, persist: bool) -> None:
        super().__init__(capacity=capacity, window=window, secret=secret, name=name, persist=persist)
        self._begin()

    def _begin(self) -> None:
        """Know no text."""
        self._begin_repeated()
        self._slots = Slots(self.capacity, self.secret)
        self._disguised = Disguised(self.capacity, self.secret)
        # By number, which slots and the equal texts' keys lead to: the cold ones, which were seen once, and the others.
        self._cold = Once()
        self._equal: dict[bytes, int] = {}
        self._within: dict[int, tuple[int, Form]] = {}  # which other text is in one, by their numbers
        self._found: tuple[Text, float, Found | None] | None = None  # what was looked for last,
        self._owners: tuple[Sequence[int], list[int]] = ([], [])  # where its slots lead,
        self._robbed = False  # and whether what was found has lost some of its own

    def __len__(self) -> int:
        return len(self._cold) + len(self._hot)

    def _cluster(self, number: int) -> Cluster:
        cluster = self._hot.get(number) or self._cold.cluster(number, self.window)
        if cluster.window != self.window:
            cluster.keep_for(self.window)
        if not cluster.stamp:
            cluster.stamp = self._stamp(cluster.key)
        return cluster

    def _find(self, text: Text, now: float) -> Found | None:
        looked = self._found
        if looked is None or looked[0] is not text or looked[1] != now:
            number = self._equal.get(text.key)
            if number is None and self._kept:
                number = self._kept_equal(text, self._disguised.shorts.form_of(text))
            self._disguised.reworded = False
            found: Found | None
            if number is not None and self._is_live(number, now):
                hot = self._hot.get(number)
                found = Found(number, WHOLE if hot is None else hot.aliases.get(text.key, WHOLE))
            else:
                found, holding = self._search(text, now)
                found = found or self._search_disguised(text, now) or holding
            self._found = looked = (text, now, found)
        return looked[2]

    def _inner(self, found: Found, text: Text, now: float) -> tuple[int, Form] | None:
        """Return what is in a text that was *found*, by number, and in which form *text* is a copy of that."""
        within = self._within.get(found.number)
        if within is None or found.form.part or not self._is_live(within[0], now):
            return None
        excerpts = self._hot.clusters[within[0]].excerpts
        return (within[0], compare(excerpts, text.letters)) if excerpts else None

    def _is_live(self, number: int, now: float) -> bool:
        hot = self._hot.get(number)
        if hot is not None:
            return now - hot.last < self.window
        seen = self._cold.get(number)
        return seen is not None and now - seen[3] < self.window

    def _search(self, text: Text, now: float) -> tuple[Found | None, Found | None]:
        """Find a text that this one is a near copy of; and if there is none, one that holds what that is, as well."""
        left = _COMPARED
        holding: Found | None = None
        for window in text.windows(self._slots.mask, self.secret):
            slots = window.slots
            owners = self._slots.owners(slots)
            self._owners = slots, owners
            found = hits(slots, owners)
            if not found:
                continue
            likely = sorted((number for number in found if self._is_live(number, now)), key=found.__getitem__)
            held: list[Found] = []
            for number in reversed(likely[-_CANDIDATES:]):
                excerpts, count = self._known_by(number)
                if self._is_held(number, window, found[number], excerpts, count):
                    held.append(Found(number, compare(excerpts, text.letters) if excerpts else WHOLE))
                    if held[-1].form.whole:
                        return self._whole(held[-1], text, now), None
                left -= len(excerpts)
            if held:
                best, others = self._best(held)
                if best is not None:
                    return best, None
                holding = others
            if left <= 0:  # only a text made to cost us time resembles so many others
                break
        return None, holding

    def _is_held(self, number: int, window: Part | Sketch, found: int, excerpts: tuple[bytes, ...], count: int) -> bool:
        """Whether a near copy of a text is in a stretch, *found* of the *count* slots of which lead to it."""
        if not excerpts:
            return self._holds_kept(number, window, found, count)
        share = found / max(count, _FEW)
        return any(window.holds(excerpt, share) for excerpt in excerpts)

    def _best(self, held: list[Found]) -> tuple[Found | None, Found | None]:
        """Choose what was copied, rather than what only holds the same; that comes second."""
        firm = [one for one in held if one.number >= FIRST_REPEATED or one.number not in self._within]
        if not firm:
            return None, held[0]
        best = next((one for one in firm if one.number >= FIRST_REPEATED), firm[0])
        self._known_by(best.number)
        return best, None

    def _whole(self, found: Found, text: Text, now: float) -> Found:
        """Return what was *found*, or what is in it, as long as it was seen only once."""
        if found.number >= FIRST_REPEATED or (inner := self._inner(found, text, now)) is None:
            return found
        number, form = inner
        return Found(number, form, twin=None if form.whole else found.number)

    def _search_disguised(self, text: Text, now: float) -> Found | None:
        """Find a text of which this one is a copy by whose slots nothing is found."""

        def excerpts(number: int) -> tuple[bytes, ...]:
            if not self._is_live(number, now):
                return ()
            seen = self._cold.get(number)
            return self._hot.clusters[number].excerpts if seen is None else seen[1]

        number = self._disguised.find(text, excerpts, lambda number: self._is_live(number, now))
        return None if number is None else Found(number, WHOLE)

    def _known_by(self, number: int) -> tuple[tuple[bytes, ...], int]:
        """Return the excerpts of a text, and how many slots lead to it."""
        if (seen := self._cold.get(number)) is not None:
            return seen[1:3]
        hot = self._hot.clusters[number]
        led = led_to(self._slots, hot)
        count = self._slots.owners(led).count(number)
        self._robbed = count < _ROBBED * len(led) or not led
        return hot.excerpts, count or TAKEN
