"""Near-duplicate texts: each is found again by runs of its letters, and counted together with its copies."""

from collections.abc import Iterator, Sequence
from typing import Final

from xmppfilter.duplicates import forms
from xmppfilter.duplicates.finding import Finding, Known
from xmppfilter.duplicates.form import Form
from xmppfilter.duplicates.index import FIRST_REPEATED, TAKEN, spread, take_back, to_take
from xmppfilter.duplicates.sketch import EXCERPTS, Text
from xmppfilter.duplicates.tally import Cluster, Parties
from xmppfilter.memory.spread import AT_ONCE

# A hot cluster may push out only hot ones: this share of the capacity is for texts seen once.
_COLD_SHARE: Final = 4
_ALIASES: Final = 4
_EACH: Final = 5  # copies of a text that count for a text in it, too


class Clusters(Finding):
    """At most `capacity` texts, each forgotten `window` seconds after its last copy.

    Slots, numbers made of its letters, lead to a text. A new one takes those that lead to no living one: by them it is
    found, common phrases find nobody but who first used them, and no flood can make us look at many. One that finds
    most of its slots taken takes them all the same; who lost them takes them back with its next varied copy. When full,
    texts seen once go first, of flooders (see `Once`) or the oldest, so one-off texts never push out what is repeated;
    of the others those with the fewest copies, whose last one is the longest ago.

    A text by whose slots nothing is found is looked up by its marks, which are left when every word is disguised, among
    the short ones, and by what it is about.

    A text of 130 letters takes 2.4 kB, 1.3 of it for slots and marks, 6.2 with copies by many; one of over 4,000 6 kB.

    What several have got is stored, but for what it says: see `Lasting`.
    """

    __slots__ = ()

    def __init__(self, *, capacity: int, window: float, secret: int, name: str = "", persist: bool = True) -> None:
        """Remember *capacity* texts; *secret*, an odd number of 64 bits, is what slots are spread by."""
        if capacity < _COLD_SHARE:
            raise ValueError(f"capacity is {capacity}, at least {_COLD_SHARE} texts are wanted")
        super().__init__(capacity=capacity, window=window, secret=secret, name=name, persist=persist)

    @property
    def lifetime(self) -> float:
        """A copy matters for `window`."""
        return self.window

    def match(self, text: Text, now: float) -> Cluster | None:
        """Find the live cluster that a text is a copy of; changes no answer."""
        found = self._find(text, now)
        return None if found is None else self._cluster(found.number)

    def known(self, text: Text, now: float, *, links: int = 0) -> Iterator[Known]:
        """Find what `match` finds, and a text that is in it; *links* says how much the text advertises."""
        found = self._find(text, now)
        if found is None:
            return
        inner = self._inner(found, text, now)
        for number, form in (found[:2],) if inner is None else (found[:2], inner):
            cluster, form_ = self._cluster(number), form._replace(links=links)
            yield Known(cluster, forms.against(cluster, form_, now), form_)

    def note(self, text: Text, now: float, parties: Parties, *, links: int = 0) -> None:
        """Count a text as a copy in the cluster that `match` finds, or remember it as the first of its kind.

        A copy with much around it is remembered as a text of its own as well, for that may be what is sent to many.
        """
        found = self._find(text, now)
        self._found = None
        if found is None:
            self._add(text, now, parties, links=links)
            return
        number, form, twin = found
        number = self._count(number, text, form._replace(links=links), now, parties)
        if twin is not None:
            self._count(twin, text, Form(links=links), now, parties)
        elif form.wrapped:
            self._owners = ([], [])
            self._add(text, now, parties, links=links, within=(number, form))
        elif (inner := self._inner(found, text, now)) and self._cluster(number).seen(now).copies <= _EACH:
            self._count(inner[0], text, inner[1]._replace(links=links), now, parties)

    def _count(self, number: int, text: Text, form: Form, now: float, parties: Parties) -> int:
        """Count a copy; return the number that it is counted under from now on."""
        heated = number < FIRST_REPEATED
        if heated:
            number = self._heat(number)
        cluster = self._cluster(number)
        if cluster.kept is not None:
            if self._lend(cluster, text, number):
                self._equal[text.key] = number
            self._disguised.shorts.add(text, number)
        varied = text.key != cluster.key
        new = varied and text.key not in self._equal
        if new:
            if self._disguised.reworded and cluster.kept is None and len(cluster.excerpts) < EXCERPTS:
                # so that copies of these words are found, too
                cluster.excerpts += tuple(each.letters for each in text.excerpts(self._slots.mask, self.secret)[:1])
                cluster.slots = ()
            if self._robbed or not cluster.slots:
                take_back(self._slots, cluster, number, self._hot.clusters)
            if not form.wrapped:
                self._alias(cluster, text.key, number, form)
        if new or heated:
            self._disguised.lead(text, number, spelled=bool(cluster.excerpts))
        forms.note(cluster, form, now, parties, varied=varied)
        self._hot.renew(number, now)
        self._note_change(cluster, number, now)
        return number

    def resize(self, *, capacity: int, window: float, secret: int, persist: bool = True) -> None:
        """Take new parameters, and keep the texts unless they are to be found by another secret."""
        self.capacity, self.window, self.persist, self._found = capacity, window, persist, None
        if secret != self.secret:
            self.secret = secret
            self._begin()
        self._trim(AT_ONCE)

    def expire(self, now: float, budget: int) -> int:
        """Forget texts whose last copy is too old; see `Structure`."""
        self._tell_late(now, budget)
        dropped = self._trim(budget)
        past = now - self.window
        while dropped < budget and (seen := self._cold.get(self._cold.oldest)) is not None and seen[3] <= past:
            self._forget_cold(self._cold.oldest)
            dropped += 1
        while dropped < budget and (oldest := self._hot.past(past)) is not None:
            self._forget_hot(oldest)
            dropped += 1
        return dropped

    def _add(
        self, text: Text, now: float, parties: Parties, *, links: int, within: tuple[int, Form] | None = None
    ) -> None:
        texts = len(self._cold) + len(self._hot)
        if texts >= self.capacity:
            self._drop()
        else:
            self._slots.make_room(texts)
            self._disguised.make_room(texts)
        if self._cold.next == FIRST_REPEATED:
            self._begin()
        number = self._cold.next
        letters: list[bytes] = []
        taken = 0
        for excerpt in text.excerpts(self._slots.mask, self.secret):
            letters.append(excerpt.letters)
            taken += self._take_slots(excerpt.slots, number)
        self._cold.add((text.key, tuple(letters), taken, now, parties, links))
        if within is not None:
            self._within[number] = within
            return
        self._equal[text.key] = number
        self._disguised.add(text, number, spelled=bool(letters))

    def _take_slots(self, slots: Sequence[int], number: int) -> int:
        """Let slots lead to a new text; return how many it has taken."""
        looked_up, found = self._owners
        owners: Sequence[int] = found if looked_up is slots else self._slots.owners(slots)
        if len(slots) > TAKEN:
            slots, owners = spread(slots), spread(owners)
        taken = to_take(slots, owners, self._cold.texts, self._hot.clusters)
        self._slots.lead(taken, number)
        return len(taken)

    def _heat(self, cold: int) -> int:
        """Make a text that is copied a hot one; return its new number."""
        number = self._next_number()
        cluster = self._cluster(cold)
        self._hot.add(number, cluster)
        self._cold.pop(cold)
        self._disguised.move(cold, number)
        if (within := self._within.pop(cold, None)) is not None:
            self._within[number] = within
        self._equal[cluster.key] = number
        take_back(self._slots, cluster, number, self._hot.clusters)
        return number

    def _next_number(self) -> int:
        """Make room for one more text that is repeated; see `Lasting`."""
        if self._hot and len(self._hot) >= self.capacity - self.capacity // _COLD_SHARE:
            self._drop_hot()
        return super()._next_number()

    def _form_at(self, number: int) -> bytes:
        return self._disguised.shorts.form_at(number)

    def _forget_what_was_found(self) -> None:
        self._found = None

    def _alias(self, cluster: Cluster, key: bytes, number: int, form: Form) -> None:
        self._equal[key] = number
        cluster.aliases[key] = form
        if len(cluster.aliases) > _ALIASES:
            oldest = next(iter(cluster.aliases))
            del cluster.aliases[oldest]
            self._unequal(oldest, number)

    def _trim(self, most: int) -> int:
        """Forget what is more than there is room for, *most* texts; how many."""
        dropped = 0
        while dropped < most and len(self._hot) > max(1, self.capacity - self.capacity // _COLD_SHARE):
            self._drop_hot()
            dropped += 1
        while dropped < most and len(self) > self.capacity:
            self._drop()
            dropped += 1
        return dropped

    def _drop(self) -> None:
        """Forget the next of the texts seen once, or else the repeated one that is next."""
        if (number := self._cold.first()) is None:
            self._drop_hot()
        else:
            self._forget_cold(number)

    def _forget_cold(self, number: int) -> None:
        self._found = None
        self._within.pop(number, None)
        self._unequal(self._cold.pop(number)[0], number)
        self._disguised.forget(number)

    def _drop_hot(self) -> None:
        """Forget the repeated text that is next."""
        self._forget_hot(self._hot.next())

    def _forget_hot(self, number: int) -> None:
        self._found = None
        cluster = self._hot.pop(number)
        self._disguised.forget(number)
        self._within.pop(number, None)
        self._unstore(cluster, number)
        for key in (cluster.key, *cluster.aliases):
            self._unequal(key, number)

    def _unequal(self, key: bytes, number: int) -> None:
        if self._equal.get(key) == number:
            del self._equal[key]
