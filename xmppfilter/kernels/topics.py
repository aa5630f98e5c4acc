"""Numbers what a text is about: its longer words by their beginnings, its figures, and what it names to be found at."""

from array import array
from collections.abc import Callable
from itertools import combinations
from math import log
from typing import Final

IDEOGRAPHS, WORD_OF_4, FIGURES_2, WORD_OF_5, LONG_WORD, FIGURES_3, FIGURES_4, ADDRESS = range(8)
"""Kinds of topics, in the lowest three bits of each, from what tells little to what tells much."""
KINDS: Final = 8
MOST: Final = 64
"""Topics of a text, the first ones."""
_RESERVED: Final = 8  # of them for figures and addresses, which may come last
COMMON: Final = 1 << 15
"""What was seen of a topic that everybody speaks of, which nothing changes; else it is how many texts were."""
MESSENGER: Final = COMMON | 1
"""Was seen of a host where a path names whom to write to."""
_WEIGHTS: Final = (0.5, 0.6, 0.6, 0.8, 1.0, 1.5, 2.0, 3.0)
"""By kind."""
_OF_COMMON: Final = 0.2
_RARE: Final = 1.5  # an address that weighs as much is one that few name
SAME_ADDRESS, ADDRESSES, SAME_FIGURES = 1, 2, 4
"""Flags of two texts: they name one address that few do, each names some, they have sums of three figures in common."""
_BITS: Final = (1 << 64) - 1
_UPPER: Final = (1 << 32) - 1
_STEM: Final = 5
_LONGEST: Final = 64  # characters of an address that count
_SHORTEST: Final = 3
_PHONE: Final = 7  # digits
_CODE: Final = 6, 2  # characters, and digits among them, of a word that is a name
_TELLING: Final = 10  # topics that pairs are made of
_BETWEEN: Final = " -/()"


def _is_digit(char: str) -> bool:
    return "0" <= char <= "9"


def _is_ideograph(char: str) -> bool:
    return ("\u2e80" <= char < "\ufb00" or char >= "\U00020000") and char.isalpha()


def _is_letter(char: str) -> bool:
    if char.isascii():
        return char.isalpha()
    return (char.isalpha() and not _is_ideograph(char)) or "\u0900" <= char < "\u1100"


def _is_named(char: str) -> bool:
    return _is_letter(char) or _is_digit(char) or char in "._-"


class _Reader:
    """Reads one text from its beginning to its end."""

    def __init__(self, text: str, secret: int, seen: "array[int]") -> None:
        self._text, self._secret, self._seen = text, secret, seen
        self._shift = 32 - (len(seen).bit_length() - 1)
        self._at = 0
        self.found: dict[int, None] = {}

    def read(self) -> bytes:
        while self._at < len(self._text) and len(self.found) < MOST:
            char = self._text[self._at]
            if _is_letter(char):
                self._read_word()
            elif _is_digit(char):
                self._read_figures()
            elif char == "@":
                self._at += 1
                self._add_address(self._at, self._skip(_is_named))
            else:
                if _is_ideograph(char) and self._at + 1 < len(self._text) and _is_ideograph(self._text[self._at + 1]):
                    self._add(IDEOGRAPHS, self._text[self._at : self._at + 2])
                self._at += 1
        return array("I", self.found).tobytes()

    def _number(self, kind: int, chars: str) -> int:
        number = 0
        for char in chars:
            number = ((number ^ ord(char)) * 0x100000001B3 + 0x9E3779B97F4A7C15) & _BITS
        number ^= number >> 29
        return (number * self._secret >> 32 & _UPPER & ~7) | kind

    def _add(self, kind: int, chars: str) -> None:
        if len(self.found) < MOST - _RESERVED or kind >= FIGURES_3:
            self.found[self._number(kind, chars)] = None

    def _skip(self, is_part: Callable[[str], bool]) -> int:
        """Go on to where no such part is any more, and return where that is."""
        while self._at < len(self._text) and is_part(self._text[self._at]):
            self._at += 1
        return self._at

    def _next(self, ahead: int = 0) -> str:
        return self._text[self._at + ahead : self._at + ahead + 1]

    def _add_address(self, start: int, end: int) -> None:
        name = self._text[start:end].rstrip("._-")[:_LONGEST]
        if len(name) >= _SHORTEST:
            self._add(ADDRESS, name)

    def _read_word(self) -> None:
        start = self._at
        end = self._skip(lambda char: _is_letter(char) or _is_digit(char) or char == "_")
        if self._next() == "@" and self._next(1) and _is_named(self._next(1)):
            self._at += 1
            self._add_address(start, self._skip(lambda char: _is_named(char) or char == "@"))
        elif self._text[end : end + 3] == "://":
            self._at += 3
            self._read_host()
        elif self._next() == "." and self._next(1) and _is_letter(self._next(1)):
            self._at = start
            self._read_host()
        else:
            self._add_word(self._text[start:end])

    def _add_word(self, word: str) -> None:
        size, digits = _CODE
        if len(word) >= size and sum(map(_is_digit, word)) >= digits:
            self._add(FIGURES_4, word[:_LONGEST])
        elif len(word) >= _STEM - 1:
            kind = (WORD_OF_4, WORD_OF_5, LONG_WORD)[min(len(word), _STEM + 1) - _STEM + 1]
            self._add(kind, word[:_STEM])

    def _read_host(self) -> None:
        """Read a host, and in its place, where everybody links it, the path as well."""
        if self._text.startswith("www.", self._at):
            self._at += len("www.")
        start = self._at
        end = self._skip(_is_named)
        path = self._skip(lambda char: not char.isspace())
        host = self._text[start:end].rstrip("._-")[:_LONGEST]
        seen = self._seen[self._number(ADDRESS, host) >> self._shift]
        if seen == MESSENGER:
            self._at = start + len(host) + (start + len(host) < path)
            self._add_address(self._at, self._skip(_is_named))
            self._at = path
        elif seen & COMMON:
            self._add(FIGURES_4, self._text[start:path][:_LONGEST])
        elif len(host) >= _SHORTEST:
            self._add(ADDRESS, host)

    def _read_figures(self) -> None:
        first, second, start = self._next(), self._next(1), self._at
        # a telephone number may be written with anything between
        apart = start > 0 and self._text[start - 1] in "+("
        apart = apart or (first == "0" and second != "" and (_is_digit(second) or second in _BETWEEN))
        digits = ""
        while True:
            at = self._at
            digits += self._text[at : self._skip(_is_digit)]
            if not (skipped := self._between(apart=apart)):
                break
            self._at += skipped
        if len(digits) > 1:
            whole = self._at - start == len(digits)
            year = whole and len(digits) == len("2000") and digits[:2] in ("19", "20")
            self._add(_kind_of_figures(len(digits), whole=whole, year=year), digits[:_LONGEST])

    def _between(self, *, apart: bool) -> int:
        """Return how many characters stand before the next digits of the same number, *apart* in a telephone number."""
        char, second, third = self._next(), self._next(1), self._next(2)
        if not char or not second:
            return 0
        if apart:
            if char not in _BETWEEN or _is_digit(second):
                return int(char in _BETWEEN)
            return 2 if second in _BETWEEN and third and _is_digit(third) else 0
        digits = [_is_digit(digit) for digit in self._text[self._at + 1 : self._at + 5]]
        three, four = digits[:3] == [True] * 3, digits == [True] * 4
        return int(digits[0] and not four and (three if char == " " else char in ".,'"))


def _kind_of_figures(digits: int, *, whole: bool, year: bool) -> int:
    if digits >= _PHONE:
        return ADDRESS
    if digits == len("22") or year:
        return FIGURES_2
    return FIGURES_3 if digits == len("333") or (digits == len("1930") and not whole) else FIGURES_4  # a time is no sum


def topics(text: str, secret: int, seen: "array[int]") -> bytes:
    """Return the topics of a folded text, numbers of 32 bits, each once, in order; at most `MOST`.

    *secret* is an odd number of 64 bits. By *seen* those hosts are known where only the path tells something.
    """
    return _Reader(text, secret, seen).read()


def telling(topics: bytes, seen: "array[int]", mask: int, secret: int) -> bytes:
    """Return marks, numbers within *mask*: of pairs of the rarest topics in whatever order, and of addresses two."""
    shift = 32 - (len(seen).bit_length() - 1)

    def rank(topic: int) -> tuple[int, int, int, int]:
        count = seen[topic >> shift]
        return count >> 15, ((count & (COMMON - 1)) >> 1).bit_length(), -(topic & 7), topic

    rarest = sorted(memoryview(topics).cast("I"), key=rank)[:_TELLING]
    pairs = [(max(pair), min(pair)) for pair in combinations(rarest, 2)]
    alone = [topic for topic in rarest if topic & 7 == ADDRESS and not seen[topic >> shift] & COMMON]
    pairs += [(topic, salt) for topic in alone for salt in (1, 2)]
    numbers = (((larger << 32 | smaller) * secret & _BITS) >> 32 & mask for larger, smaller in pairs)
    return array("I", dict.fromkeys(numbers)).tobytes()


def weigh(one: bytes, other: bytes, seen: "array[int]", learnt: float) -> tuple[float, float, float, int]:
    """Return what the topics weigh that two texts have in common, what all of each do, and flags of both.

    What more texts had weighs less, and nothing at *learnt* of them; of a common topic little is left.
    """
    shift, span = 32 - (len(seen).bit_length() - 1), log(learnt)
    second = memoryview(other).cast("I")

    def weight(topic: int) -> float:
        count = seen[topic >> shift]
        if count & COMMON:
            return _WEIGHTS[topic & 7] * _OF_COMMON
        return _WEIGHTS[topic & 7] * max(0.0, 1.0 - log(max(1, count)) / span)

    common = of_one = 0.0
    flags = addresses = 0
    for topic in memoryview(one).cast("I"):
        weighs = weight(topic)
        of_one += weighs
        addresses |= topic & 7 == ADDRESS
        if topic in second:
            common += weighs
            if topic & 7 == ADDRESS and weighs >= _RARE:
                flags |= SAME_ADDRESS
            elif topic & 7 in (FIGURES_3, FIGURES_4):
                flags |= SAME_FIGURES
    of_other = 0.0
    for topic in second:
        of_other += weight(topic)
        if topic & 7 == ADDRESS and addresses:
            flags |= ADDRESSES
    return common, of_one, of_other, flags


def learn(topics: bytes, seen: "array[int]") -> None:
    """Count one more text with each of the topics."""
    shift = 32 - (len(seen).bit_length() - 1)
    for topic in memoryview(topics).cast("I"):
        count = seen[topic >> shift]
        if count < COMMON - 1:
            seen[topic >> shift] = count + 1


def halve(seen: "array[int]") -> None:
    """Let every count be half of what it is."""
    for at, count in enumerate(seen):
        if not count & COMMON:
            seen[at] = count >> 1
