"""Finds a text again that says the same in other words.

Who writes an offer anew keeps what it is about: amounts, whom to write to, and most of the words that others seldom
use. These are its topics. Words that everybody uses (`common_words.txt`) weigh next to nothing, and those that many
texts had weigh less. By pairs of its rarest topics a text is found again; whether what was found says the same depends
on the weight of the topics that both have.

Two people who write of the same concert share topics, too. So it takes many, and most of what either says; fewer where
both name one address that nobody else does, and more where they name different ones.
"""

from array import array
from collections.abc import Callable
from importlib.resources import files
from itertools import islice
from math import sqrt
from typing import Final

from xmppfilter import kernels
from xmppfilter.duplicates.index import Marks
from xmppfilter.duplicates.sketch import Exact, Sketch
from xmppfilter.kernels.topics import ADDRESSES, COMMON, MESSENGER, SAME_ADDRESS, SAME_FIGURES
from xmppfilter.text.fold import fold_characters
from xmppfilter.text.messengers import is_messenger
from xmppfilter.text.targets import shipped

_BITS: Final = 17
_SHIFT: Final = 32 - _BITS
_MANY: Final = 1 << 15
"""Texts after which what was learnt counts half: what everybody wrote of last month is rare again."""
_AT_FIRST: Final = 50
"""Texts that are taken for known from the beginning, so that two that share a word do not make it a common one."""
_LEAST: Final = 5  # topics of a text that is worth to be looked up
_AT_ONCE: Final = 40  # common words that are read together
# The weight in common, and its part of what both have: either is enough.
_OF_SAME_ADDRESS: Final = ((3.6, 0.25),)
_OF_SAME_FIGURES: Final = (4.6, 0.42), (5.4, 0.36)
_SAME_WORDS: Final = (4.8, 0.5), (6.6, 0.42)
_OTHER_ADDRESS: Final = ((6.0, 0.6),)


def _common(secret: int) -> "array[int]":
    """Return what was seen of topics before anything is: which ones everybody speaks of."""
    seen = array("H", bytes(2 << _BITS))
    text = files("xmppfilter.duplicates").joinpath("common_words.txt").read_text(encoding="utf-8")
    words = iter(fold_characters(text).split())
    while some := list(islice(words, _AT_ONCE)):
        for topic in memoryview(kernels.topics_of(" ".join(some), secret, seen)).cast("I"):
            seen[topic >> _SHIFT] = COMMON
    for host in shipped():
        (topic,) = memoryview(kernels.topics_of(f"http://{host}/", secret, array("H", bytes(4)))).cast("I")
        seen[topic >> _SHIFT] = MESSENGER if is_messenger(host) else COMMON
    return seen


class Paraphrases:
    """What texts are about, by their numbers: 0.1 kB each, and 0.3 for the marks."""

    __slots__ = ("_learnt", "_marks", "_read", "_secret", "_seen", "_topics")

    def __init__(self, capacity: int, secret: int) -> None:
        self._secret = secret
        self._topics: dict[int, bytes] = {}
        self._marks = Marks(capacity, secret)
        # made for the first text: what is advertised has no words
        self._seen = array("H")
        self._learnt = 0
        self._read: tuple[Sketch | Exact | None, int, bytes, bytes] = (None, 0, b"", b"")

    def find(self, text: Sketch | Exact, is_live: Callable[[int], bool]) -> int | None:
        """Return the number of a living text of which *text* is a paraphrase."""
        topics, marks = self._telling(text)
        if not marks:
            return None
        for number, _ in self._marks.found(marks):
            known = self._topics.get(number)
            if known is not None and is_live(number) and self._are_same(known, topics):
                return number
        return None

    def add(self, text: Sketch | Exact, number: int) -> None:
        """Take in a new text, and learn which words are used."""
        self._marks.make_room(len(self._topics))
        topics, marks = self._telling(text)
        if not marks:
            return
        self._topics[number] = topics
        self._marks.take(marks, number)
        kernels.learn(topics, self._seen)
        self._learnt += 1
        if self._learnt >= _MANY:
            self._learnt //= 2
            kernels.halve(self._seen)

    def lead(self, text: Sketch | Exact, number: int) -> None:
        """Let what a copy is about lead to the text of that number."""
        if number in self._topics and (marks := self._telling(text)[1]):
            self._marks.take(marks, number)

    def move(self, number: int, other: int) -> None:
        """Know the text of a number by another one."""
        if (topics := self._topics.pop(number, None)) is not None:
            self._topics[other] = topics
            self._marks.take(kernels.telling(topics, self._seen, self._marks.mask, self._secret), other)

    def forget(self, number: int) -> None:
        """Forget the text of a number."""
        self._topics.pop(number, None)

    def _telling(self, text: Sketch | Exact) -> tuple[bytes, bytes]:
        """Return what a text is about, and its marks; nothing of one that says too little."""
        read, mask, topics, marks = self._read
        if read is not text or mask != self._marks.mask:
            mask = self._marks.mask
            if not self._seen and text.letters:
                self._seen = _common(self._secret)
            topics = kernels.topics_of(text.folded(), self._secret, self._seen) if text.letters else b""
            enough = len(topics) >= _LEAST * 4
            marks = kernels.telling(topics, self._seen, mask, self._secret) if enough else b""
            self._read = text, mask, topics, marks
        return topics, marks

    def _are_same(self, one: bytes, other: bytes) -> bool:
        """Whether two texts are about the same."""
        common, of_one, of_other, flags = kernels.weigh(one, other, self._seen, _AT_FIRST + self._learnt / 4)
        if flags & SAME_ADDRESS:
            enough: tuple[tuple[float, float], ...] = _OF_SAME_ADDRESS
        elif flags & ADDRESSES:
            enough = _OTHER_ADDRESS
        else:
            enough = _OF_SAME_FIGURES if flags & SAME_FIGURES else _SAME_WORDS
        both = sqrt(of_one * of_other)
        return any(common >= least and common >= part * both for least, part in enough)
