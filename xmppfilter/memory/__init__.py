"""Bounded memory: everything that grows has a capacity and a window.

Filters get these structures by name from a `State`. None of them reads a clock, a disk or a
socket: time comes in as Unix seconds, changes go out by `drain` and come in by `absorb`.
"""

from .bans import Ban, Bans
from .cluster import Cluster, Parties
from .clusters import Clusters
from .counter import Counter
from .rates import Rates
from .sets import Set
from .state import Scope, State
from .structure import Batch, Row, Structure
from .window import Window

__all__ = [
    "Ban",
    "Bans",
    "Batch",
    "Cluster",
    "Clusters",
    "Counter",
    "Parties",
    "Rates",
    "Row",
    "Scope",
    "Set",
    "State",
    "Structure",
    "Window",
]
