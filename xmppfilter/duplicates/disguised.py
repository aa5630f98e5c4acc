"""Finds a text again by whose letters nothing is found: disguised, in another alphabet, short, or in other words."""

from collections.abc import Callable
from typing import Final

from xmppfilter.duplicates.index import Marks
from xmppfilter.duplicates.likeness import resembles
from xmppfilter.duplicates.paraphrase import Paraphrases
from xmppfilter.duplicates.shorts import Shorts
from xmppfilter.duplicates.sketch import Text

_LONGER: Final = 1.5


class Disguised:
    """Marks of texts, what the short ones say, and what the others are about, all by their numbers."""

    __slots__ = ("_marks", "_paraphrases", "_secret", "reworded", "shorts")

    def __init__(self, capacity: int, secret: int) -> None:
        self._secret = secret
        self._marks = Marks(capacity, secret)
        self.shorts: Final = Shorts(capacity, secret)
        self._paraphrases = Paraphrases(capacity, secret)
        self.reworded = False
        """Whether what was found last says the same in other words, and hardly anything else."""

    def find(self, text: Text, known: Callable[[int], tuple[bytes, ...]], is_live: Callable[[int], bool]) -> int | None:
        """Return the number of a text of which *text* is a copy.

        *known* returns the excerpts of a living text, and nothing of another.
        """
        number = self._find_by_marks(text, known) or self.shorts.find(text, is_live)  # no number is 0
        if not number:
            number = self._paraphrases.find(text, is_live)
            # what is much longer has other things in it, by which nobody is to be found
            self.reworded = number is not None and len(text.letters) <= _LONGER * max(
                map(len, known(number)), default=0
            )
        return number

    def _find_by_marks(self, text: Text, known: Callable[[int], tuple[bytes, ...]]) -> int | None:
        for version in (text, text.romanised):
            if version is None or not (marks := version.marks(self._marks.mask, self._secret)):
                continue
            for number, count in self._marks.found(marks):
                # one may be in Latin letters, and some in other words
                if any(resembles(excerpt, version.letters, count) for excerpt in known(number)):
                    return number
        return None

    def make_room(self, texts: int) -> None:
        """Make room for one more than so many texts."""
        self._marks.make_room(texts)

    def add(self, text: Text, number: int, *, spelled: bool) -> None:
        """Take in a new text; whether it is known by its letters, too, is *spelled*."""
        if spelled:
            self._take_marks(text, number)
            self._paraphrases.add(text, number)
        self.shorts.add(text, number)

    def lead(self, text: Text, number: int, *, spelled: bool) -> None:
        """Let what a copy is found by lead to what it is a copy of."""
        if spelled:
            self._take_marks(text, number)
            self._paraphrases.lead(text, number)
        self.shorts.take(text, number)

    def _take_marks(self, text: Text, number: int) -> None:
        for version in (text, text.romanised):
            if version is not None:
                self._marks.take(version.marks(self._marks.mask, self._secret), number)

    def move(self, number: int, other: int) -> None:
        """Know the text of a number by another one."""
        self._paraphrases.move(number, other)
        self.shorts.move(number, other)

    def forget(self, number: int) -> None:
        """Forget the text of a number."""
        self._paraphrases.forget(number)
        self.shorts.forget(number)
