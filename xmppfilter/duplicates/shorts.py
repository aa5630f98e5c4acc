"""Where short texts are found again, by what they say and by words and letters of it."""

from array import array
from collections.abc import Callable
from typing import Final

from xmppfilter.duplicates.alike import alike
from xmppfilter.duplicates.index import FIRST_REPEATED, Marks
from xmppfilter.duplicates.short import MOST, NOTHING, Short, known_words, short_of
from xmppfilter.duplicates.sketch import Sketch

_LEAST: Final = 3  # marks that lead to the same text, or it is not worth a comparison,
_OF_MARKS: Final = 8 * 4  # and one of so many: bytes of eight marks
_OF_REPEATED: Final = 3  # what part of its marks a new text takes, whatever they lead to

_Likely = tuple[Short, bytes, list[tuple[int, int]]]


class Shorts:
    """The forms and cores of short texts by number, 0.2 to 0.4 kB each, and a table of 64 marks for each.

    What becomes of a number is told by who knows the texts. At most four are compared with a text.
    """

    __slots__ = ("_capacity", "_forms", "_found", "_known", "_marks", "_read", "_secret", "_text")

    def __init__(self, capacity: int, secret: int) -> None:
        known_words()
        self._capacity: Final = capacity
        self._secret: Final = secret
        self._marks = Marks(1, secret)  # until there is a text: where links or long texts are counted, none is short
        self._known: Final[dict[int, Short]] = {}
        self._forms: Final[dict[bytes, int]] = {}
        # the latest text, which is looked for and then remembered, and what it says
        self._text: object = None
        self._read = NOTHING
        self._found: _Likely = NOTHING, b"", []  # and what is found by that

    def __len__(self) -> int:
        return len(self._known)

    def find(self, text: object, is_live: Callable[[int], bool]) -> int | None:
        """Return the number of a text that says the same, or nearly; None: there is none, or the text is not short."""
        short = self._short(text)
        if not short.form:
            return None
        number = self._forms.get(short.form)
        if number is not None and is_live(number):
            return number
        if not short.core or not self._known:
            return None
        for number, _ in self._likely(short)[2]:
            known = self._known.get(number)
            if known is None or not is_live(number):
                continue
            if alike(known.core, short.core, repeated=number >= FIRST_REPEATED):
                return number
        return None

    def form_of(self, text: object) -> bytes:
        """Return what a text says whoever it greets; nothing where it is not short."""
        return self._short(text).form

    def form_at(self, number: int) -> bytes:
        """Return the same of what is remembered under a number."""
        return self._known.get(number, NOTHING).form

    def add(self, text: object, number: int) -> None:
        """Remember the first text of its kind."""
        short = self._short(text)
        if not short.form or len(short.form) > MOST or number in self._known:
            return
        if not self._known:
            self._marks = Marks(self._capacity, self._secret)
            self._found = NOTHING, b"", []
        if self._marks.make_room(len(self._known)):
            self._found = NOTHING, b"", []
        self._known[number] = short
        self._forms[short.form] = number
        if short.core:
            self._marks.take(self._free(short), number)

    def _free(self, short: Short) -> bytes:
        """Return the marks that lead to no repeated text, and if these are few some of the others.

        What resembles a campaign, and is not taken for it, would rob it until its copies are not found.
        """
        _, marks, likely = self._likely(short)
        if not likely or not any(number >= FIRST_REPEATED for number, _ in likely):  # as with nearly all
            return marks
        places = memoryview(marks).cast("I")
        free = array("I")
        others = array("I")
        for place, owner in zip(places, self._marks.owners(places), strict=True):
            (others if owner >= FIRST_REPEATED and owner in self._known else free).append(place)
        free += others[: max(0, len(places) // _OF_REPEATED - len(free))]
        return free.tobytes()

    def take(self, text: object, number: int) -> None:
        """Let what a copy has lead to what it is a copy of, which may have lost it to others."""
        if number in self._known and (short := self._short(text)).core:
            self._marks.take(short.marks(self._marks.mask, self._secret), number)

    def move(self, number: int, to: int) -> None:
        """Remember a text under another number."""
        if (short := self._known.pop(number, None)) is not None:
            self._known[to] = short
            self._forms[short.form] = to

    def forget(self, number: int) -> None:
        """Forget a text."""
        if (short := self._known.pop(number, None)) is not None and self._forms.get(short.form) == number:
            del self._forms[short.form]

    def _likely(self, short: Short) -> _Likely:
        """Return a text, its marks, and to what the most of them lead: which is not to have changed meanwhile."""
        found = self._found
        if found[0] is not short:
            table = self._marks
            marks = short.marks(table.mask, self._secret)
            self._found = found = short, marks, table.found(marks, max(_LEAST, len(marks) // _OF_MARKS))
        return found

    def _short(self, text: object) -> Short:
        if self._text is not text:
            self._found = NOTHING, b"", []
            self._text, self._read = text, short_of(text) if isinstance(text, Sketch) else NOTHING
        return self._read
