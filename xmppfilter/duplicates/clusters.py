"""Near-duplicate texts: each is found again by runs of its letters, and counted together with its copies."""

from collections.abc import Sequence
from typing import Final

from xmppfilter.duplicates.disguised import Disguised
from xmppfilter.duplicates.index import FIRST_REPEATED, TAKEN, Slots, hits, led_to, spread, take_back, to_take
from xmppfilter.duplicates.lasting import Lasting
from xmppfilter.duplicates.once import Once
from xmppfilter.duplicates.sketch import EXCERPTS, Text
from xmppfilter.duplicates.tally import Cluster, Parties
from xmppfilter.memory.spread import AT_ONCE

# A hot cluster may push out only hot ones: this share of the capacity is for texts seen once.
_COLD_SHARE: Final = 4
_FEW: Final = 10  # slots found again, of which nothing can be said without a comparison
_ROBBED: Final = 0.75  # of its slots; when fewer lead to a text it takes them back
_CANDIDATES: Final = 3  # compared for each stretch of a text,
_COMPARED: Final = 24  # and in all
_ALIASES: Final = 4


class Clusters(Lasting):
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

    __slots__ = ("_cold", "_disguised", "_equal", "_found", "_owners", "_robbed")

    def __init__(self, *, capacity: int, window: float, secret: int, name: str = "", persist: bool = True) -> None:
        """Remember *capacity* texts; *secret*, an odd number of 64 bits, is what slots are spread by."""
        if capacity < _COLD_SHARE:
            raise ValueError(f"capacity is {capacity}, at least {_COLD_SHARE} texts are wanted")
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
        self._found: tuple[Text, float, int | None] | None = None  # what was looked for last,
        self._owners: tuple[Sequence[int], list[int]] = ([], [])  # where its slots lead,
        self._robbed = False  # and whether what was found has lost some of its own

    def __len__(self) -> int:
        return len(self._cold) + len(self._hot)

    @property
    def lifetime(self) -> float:
        """A copy matters for `window`."""
        return self.window

    def match(self, text: Text, now: float) -> Cluster | None:
        """Find the live cluster that a text is a copy of; changes no answer."""
        number = self._find(text, now)
        return None if number is None else self._cluster(number)

    def note(self, text: Text, now: float, parties: Parties) -> None:
        """Count a text as a copy in the cluster that `match` finds, or remember it as the first of its kind."""
        number = self._find(text, now)
        self._found = None
        if number is None:
            self._add(text, now, parties)
            return
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
            self._alias(cluster, text.key, number)
        if new or heated:
            self._disguised.lead(text, number, spelled=bool(cluster.excerpts))
        cluster.note(now, parties, varied=varied)
        self._hot.renew(number, now)
        self._note_change(cluster, number, now)

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

    # --- finding

    def _find(self, text: Text, now: float) -> int | None:
        found = self._found
        if found is None or found[0] is not text or found[1] != now:
            number = self._equal.get(text.key)
            if number is None and self._kept:
                number = self._kept_equal(text, self._disguised.shorts.form_of(text))
            self._disguised.reworded = False
            if number is None or not self._is_live(number, now):
                # no number is 0
                number = self._search(text, now) or self._search_disguised(text, now)
            self._found = found = (text, now, number)
        return found[2]

    def _is_live(self, number: int, now: float) -> bool:
        hot = self._hot.get(number)
        if hot is not None:
            return now - hot.last < self.window
        seen = self._cold.get(number)
        return seen is not None and now - seen[3] < self.window

    def _search(self, text: Text, now: float) -> int | None:
        """Find the number of a text that this one is a near copy of."""
        left = _COMPARED
        for window in text.windows(self._slots.mask, self.secret):
            slots = window.slots
            owners = self._slots.owners(slots)
            self._owners = slots, owners
            found = hits(slots, owners)
            if not found:
                continue
            likely = sorted((number for number in found if self._is_live(number, now)), key=found.__getitem__)
            for number in reversed(likely[-_CANDIDATES:]):
                excerpts, count = self._known_by(number)
                if not excerpts:
                    if self._holds_kept(number, window, found[number], count):
                        return number
                    continue
                share = found[number] / max(count, _FEW)
                if any(window.holds(excerpt, share) for excerpt in excerpts):
                    return number
                left -= len(excerpts)
            if left <= 0:  # only a text made to cost us time resembles so many others
                break
        return None

    def _search_disguised(self, text: Text, now: float) -> int | None:
        """Find the number of a text of which this one is a copy by whose slots nothing is found."""

        def excerpts(number: int) -> tuple[bytes, ...]:
            if not self._is_live(number, now):
                return ()
            seen = self._cold.get(number)
            return self._hot.clusters[number].excerpts if seen is None else seen[1]

        return self._disguised.find(text, excerpts, lambda number: self._is_live(number, now))

    def _known_by(self, number: int) -> tuple[tuple[bytes, ...], int]:
        """Return the excerpts of a text, and how many slots lead to it."""
        if (seen := self._cold.get(number)) is not None:
            return seen[1:3]
        hot = self._hot.clusters[number]
        led = led_to(self._slots, hot)
        count = self._slots.owners(led).count(number)
        self._robbed = count < _ROBBED * len(led) or not led
        return hot.excerpts, count or TAKEN

    def _add(self, text: Text, now: float, parties: Parties) -> None:
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
        self._cold.add((text.key, tuple(letters), taken, now, parties))
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

    def _cluster(self, number: int) -> Cluster:
        cluster = self._hot.get(number) or self._cold.cluster(number, self.window)
        if cluster.window != self.window:
            cluster.keep_for(self.window)
        if not cluster.stamp:
            cluster.stamp = self._stamp(cluster.key)
        return cluster

    def _heat(self, cold: int) -> int:
        """Make a text that is copied a hot one; return its new number."""
        number = self._next_number()
        cluster = self._cluster(cold)
        self._hot.add(number, cluster)
        self._cold.pop(cold)
        self._disguised.move(cold, number)
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

    def _alias(self, cluster: Cluster, key: bytes, number: int) -> None:
        self._equal[key] = number
        cluster.aliases = (*cluster.aliases, key)
        if len(cluster.aliases) > _ALIASES:
            self._unequal(cluster.aliases[0], number)
            cluster.aliases = cluster.aliases[1:]

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
        self._unequal(self._cold.pop(number)[0], number)
        self._disguised.forget(number)

    def _drop_hot(self) -> None:
        """Forget the repeated text that is next."""
        self._forget_hot(self._hot.next())

    def _forget_hot(self, number: int) -> None:
        self._found = None
        cluster = self._hot.pop(number)
        self._disguised.forget(number)
        self._unstore(cluster, number)
        for key in (cluster.key, *cluster.aliases):
            self._unequal(key, number)

    def _unequal(self, key: bytes, number: int) -> None:
        if self._equal.get(key) == number:
            del self._equal[key]
