"""The texts that were sent again, in the order in which they are forgotten."""

from collections import OrderedDict
from typing import Final

from xmppfilter.duplicates.forms import heaviest
from xmppfilter.duplicates.tally import Cluster
from xmppfilter.memory.counted import HOT, rank_of

_RANKS: Final = HOT - 1  # by the doublings of the copies
_SHARE: Final = 8  # of all, the part that each rank may be before it has to give


class Repeated:
    """Clusters by number: those with the fewest copies go first, of them the one whose last copy is the oldest."""

    __slots__ = ("_ranks", "clusters", "get")

    def __init__(self) -> None:
        self.clusters: dict[int, Cluster] = {}
        # Their numbers by the doublings of their copies, each in order of the last copy.
        self._ranks: list[OrderedDict[int, None]] = [OrderedDict() for _ in range(_RANKS)]
        self.get: Final = self.clusters.get
        """Returns the cluster of a number, None where there is none."""

    def __len__(self) -> int:
        return len(self.clusters)

    def add(self, number: int, cluster: Cluster) -> None:
        """Take in a cluster that was copied for the first time."""
        self.clusters[number] = cluster
        cluster.rank = 0
        self._ranks[0][number] = None

    def renew(self, number: int, now: float) -> None:
        """Put a cluster where its copies belong, as the one that was copied last."""
        cluster = self.clusters[number]
        del self._ranks[cluster.rank][number]
        cluster.rank = max(0, min(rank_of(heaviest(cluster, now).seen(now).copies, 1 << 62) - 1, _RANKS - 1))
        self._ranks[cluster.rank][number] = None

    def next(self) -> int:
        """Return the number of the next to go: one with the fewest copies, as long as these are more than a share."""
        most = max(1, len(self.clusters) // _SHARE)
        crowded = next((rank for rank in self._ranks if len(rank) > most), None)
        rank = crowded if crowded is not None else next(filter(None, self._ranks))
        return next(iter(rank))

    def past(self, horizon: float) -> int | None:
        """Return the number of one whose last copy is not later than *horizon*."""
        oldest = (next(iter(rank)) for rank in self._ranks if rank)
        return next((number for number in oldest if self.clusters[number].last <= horizon), None)

    def pop(self, number: int) -> Cluster:
        """Remove a cluster, and return it."""
        cluster = self.clusters.pop(number)
        del self._ranks[cluster.rank][number]
        return cluster
