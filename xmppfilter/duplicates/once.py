"""The texts that were seen once, as most are."""

from itertools import islice
from typing import Final

from xmppfilter.duplicates.index import FIRST_NUMBER
from xmppfilter.duplicates.tally import Cluster, Parties

Seen = tuple[bytes, tuple[bytes, ...], int, float, Parties]
"""Its key, its excerpts, how many slots lead to it, when and whose it was. The collector walks over no plain tuples."""

_AHEAD: Final = 512
"""Of the oldest numbers, those that are looked up at a time: to look for one alone walks over every hole before it."""


class Once:
    """Texts by number. Numbers only grow, so those of which there is one copy each are in order of age."""

    __slots__ = ("_ahead", "_asked", "_texts", "get", "next", "oldest")

    def __init__(self) -> None:
        self.next = self.oldest = FIRST_NUMBER
        """The number of the next text, and that of the oldest one (of the next, where there is none)."""
        self._texts: dict[int, Seen] = {}
        self.get: Final = self._texts.get
        """Returns the text of a number, None where there is none."""
        self._asked: dict[int, Cluster] = {}  # made of them because somebody asked
        self._ahead: list[int] = []  # the numbers that come after the oldest, the next one last

    def __len__(self) -> int:
        return len(self._texts)

    def add(self, seen: Seen) -> None:
        """Take a text in under the next number."""
        self._texts[self.next] = seen
        self.next += 1

    def cluster(self, number: int, window: float) -> Cluster:
        """Return what is counted of a text, from its first copy on."""
        cluster = self._asked.get(number)
        if cluster is None:
            key, excerpts, _, when, parties = self._texts[number]
            cluster = self._asked[number] = Cluster(key, excerpts, when, window=window)
            cluster.note(when, parties, varied=False)
        return cluster

    def pop(self, number: int) -> Seen:
        """Remove a text, and return it."""
        seen = self._texts.pop(number)
        self._asked.pop(number, None)
        if number == self.oldest:
            self.oldest = self._next_oldest()
        return seen

    def _next_oldest(self) -> int:
        texts, ahead = self._texts, self._ahead
        while ahead:
            if (number := ahead.pop()) in texts:
                return number
        ahead += reversed(list(islice(texts, _AHEAD)))
        return ahead.pop() if ahead else self.next
