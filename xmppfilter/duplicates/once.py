"""The texts that were seen once, as most are."""

from array import array
from collections.abc import Mapping
from itertools import islice
from typing import Final

from xmppfilter.duplicates.index import FIRST_NUMBER
from xmppfilter.duplicates.tally import Cluster, Parties

Seen = tuple[bytes, tuple[bytes, ...], int, float, Parties, int]
"""Its key, its excerpts, how many slots lead to it, when and whose it was, and how much it advertises. The
collector walks over no plain tuples."""

_AHEAD: Final = 512
"""Of the oldest numbers, those that are looked up at a time: to look for one alone walks over every hole before it."""


_SHARE: Final = 4  # what part of all the texts of flooders may be before they go first
_OF_SENDER: Final = 16  # texts that one sender may have among them, or it is a flooder,
_OF_DOMAIN: Final = 8  # and what part of all those the senders of one domain may have
_BUCKETS: Final = 4096  # in which senders and domains are counted


class Once:
    """Texts by number. Numbers only grow, so those of which there is one copy each are in order of age.

    Whoever sends very many texts that nobody else sends would push out those of all others before there is a second
    copy of one: so what comes from a sender of many, or a domain of very many, goes first as soon as that is a quarter.
    """

    __slots__ = ("_ahead", "_asked", "_domains", "_flood", "_flood_ahead", "_senders", "get", "next", "oldest", "texts")

    def __init__(self) -> None:
        self.next = self.oldest = FIRST_NUMBER
        """The number of the next text, and that of the oldest one (of the next, where there is none)."""
        self.texts: Final[dict[int, Seen]] = {}
        self.get: Final = self.texts.get
        """Returns the text of a number, None where there is none."""
        self._asked: dict[int, Cluster] = {}  # made of them because somebody asked
        self._ahead: list[int] = []  # the numbers that come after the oldest, the next one last
        self._flood: dict[int, None] = {}  # those of flooders
        self._flood_ahead: list[int] = []
        self._senders = array("I", bytes(4 * _BUCKETS))  # how many texts each has
        self._domains = array("I", bytes(4 * _BUCKETS))

    def __len__(self) -> int:
        return len(self.texts)

    def add(self, seen: Seen) -> None:
        """Take a text in under the next number."""
        sender, domain = _buckets(seen[4])
        self.texts[self.next] = seen
        self._senders[sender] += 1
        self._domains[domain] += 1
        many = max(_OF_SENDER, len(self.texts) // _OF_DOMAIN)
        if self._senders[sender] > _OF_SENDER or self._domains[domain] > many:
            self._flood[self.next] = None
        self.next += 1

    def first(self) -> int | None:
        """Return the number of the text that is to go first: of flooders the oldest, if they have many, or of all."""
        if len(self._flood) > len(self.texts) // _SHARE:
            return _first_of(self._flood, self._flood_ahead)
        return self.oldest if self.texts else None

    def cluster(self, number: int, window: float) -> Cluster:
        """Return what is counted of a text, from its first copy on."""
        cluster = self._asked.get(number)
        if cluster is None:
            key, excerpts, _, when, parties, links = self.texts[number]
            cluster = self._asked[number] = Cluster(key, excerpts, when, window=window)
            cluster.links = links
            cluster.note(when, parties, varied=False)
        return cluster

    def pop(self, number: int) -> Seen:
        """Remove a text, and return it."""
        seen = self.texts.pop(number)
        sender, domain = _buckets(seen[4])
        self._senders[sender] -= 1
        self._domains[domain] -= 1
        self._asked.pop(number, None)
        self._flood.pop(number, None)
        if number == self.oldest:
            following = _first_of(self.texts, self._ahead)
            self.oldest = self.next if following is None else following
        return seen


def _first_of(numbers: Mapping[int, object], ahead: list[int]) -> int | None:
    """Return the first of *numbers*, the next of which wait *ahead*, the very first one last."""
    while ahead:
        if ahead[-1] in numbers:
            return ahead[-1]
        ahead.pop()
    ahead += reversed(list(islice(numbers, _AHEAD)))
    return ahead[-1] if ahead else None


def _buckets(parties: Parties) -> tuple[int, int]:
    sender, _, domain, _ = parties
    return (sender[-1] << 8 | sender[-2]) % _BUCKETS, (domain[-1] << 8 | domain[-2]) % _BUCKETS
