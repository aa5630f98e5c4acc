"""The named structures of one gateway, and the keys under which they remember."""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from hashlib import blake2b
from math import inf
from types import MappingProxyType
from typing import TypeVar

from .bans import Bans
from .clusters import Clusters
from .copies import Copies
from .counter import Counter
from .lists import MOST_EDITS, MOST_ENTRIES, Lists
from .rates import Rates
from .sets import Set
from .structure import Structure
from .window import Window

S = TypeVar("S", bound=Structure)

# How long the counts of a removed filter wait for its return, in seconds.
_COUNTER_GRACE = 24 * 3600.0
_KEPT_KEYS = 16_384


class State:
    """Give out bounded structures by name; asking again for a name gives the same, resized.

    `secret` (up to 64 bytes) keys the hashes, so that nobody can aim at a collision; `tracked`
    makes structures collect their changes for `drain`.
    """

    def __init__(self, secret: bytes = b"", *, tracked: bool = False) -> None:
        self._hash = blake2b(digest_size=8, key=secret)
        self._tracked = tracked
        self._structures: dict[str, Structure] = {}
        self._unasked: dict[str, float] = {}  # when each was first found to be asked for no more
        self._retained: frozenset[str] | None = None
        self._lists: Lists | None = None
        self.kept_key: Callable[[str], bytes] = lru_cache(maxsize=_KEPT_KEYS)(self.key)
        """The same as `key`, quicker for what comes again and again: recipients, domains, servers."""

    @property
    def structures(self) -> Mapping[str, Structure]:
        """Every structure by its name."""
        return MappingProxyType(self._structures)

    def key(self, text: str) -> bytes:
        """Give the 8-byte key of a text."""
        keyed = self._hash.copy()
        keyed.update(text.encode("utf-8", "surrogatepass"))
        return keyed.digest()

    def counter(self, name: str, *, capacity: int, limit: int) -> Counter:
        """Give the counter of this name.

        Raises TypeError: the name belongs to another kind of structure.
        """
        known = self._known(name, Counter)
        if known is None:
            return self._add(Counter(capacity=capacity, limit=limit, name=name, tracked=self._tracked))
        known.resize(capacity=capacity, limit=limit)
        return known

    def window(self, name: str, *, capacity: int, limit: int, seconds: float, persist: bool = True) -> Window:
        """Give the sliding windows of this name.

        Raises TypeError: the name belongs to another kind of structure.
        """
        known = self._known(name, Window)
        if known is None:
            return self._add(
                Window(
                    capacity=capacity,
                    limit=limit,
                    seconds=seconds,
                    persist=persist,
                    name=name,
                    tracked=self._tracked,
                )
            )
        known.resize(capacity=capacity, limit=limit, seconds=seconds, persist=persist)
        return known

    def bans(self, name: str, *, capacity: int, seconds: float, persist: bool = True) -> Bans:
        """Give the bans of this name.

        Raises TypeError: the name belongs to another kind of structure.
        """
        known = self._known(name, Bans)
        if known is None:
            return self._add(
                Bans(capacity=capacity, seconds=seconds, persist=persist, name=name, tracked=self._tracked)
            )
        known.resize(capacity=capacity, seconds=seconds, persist=persist)
        return known

    def set(self, name: str, *, capacity: int, seconds: float, persist: bool = True) -> Set:
        """Give the set of this name.

        Raises TypeError: the name belongs to another kind of structure.
        """
        known = self._known(name, Set)
        if known is None:
            return self._add(Set(capacity=capacity, seconds=seconds, persist=persist, name=name, tracked=self._tracked))
        known.resize(capacity=capacity, seconds=seconds, persist=persist)
        return known

    def clusters(self, name: str, *, capacity: int, window: float) -> Clusters:
        """Give the clusters of texts of this name.

        Raises TypeError: the name belongs to another kind of structure.
        """
        known = self._known(name, Clusters)
        if known is None:
            return self._add(Clusters(capacity=capacity, window=window, name=name))
        known.resize(capacity=capacity, window=window)
        return known

    def rates(self, name: str, *, capacity: int, limit: float, seconds: float, persist: bool = True) -> Rates:
        """Give the decaying rates of this name.

        Raises TypeError: the name belongs to another kind of structure.
        """
        known = self._known(name, Rates)
        if known is None:
            return self._add(
                Rates(
                    capacity=capacity,
                    limit=limit,
                    seconds=seconds,
                    persist=persist,
                    name=name,
                    tracked=self._tracked,
                )
            )
        known.resize(capacity=capacity, limit=limit, seconds=seconds, persist=persist)
        return known

    def lists(self) -> Lists:
        """Give the lists that filters share; the same object as long as they are in use."""
        names = Lists.NAMES
        edits = self.set(names.edits, capacity=MOST_EDITS, seconds=inf)
        allowed = self.set(names.allowed, capacity=MOST_EDITS, seconds=inf)
        copies = self._known(names.copies, Copies)
        if copies is None:
            copies = self._add(Copies(capacity=MOST_ENTRIES, name=names.copies, tracked=self._tracked))
        if self._lists is None or not self._lists.are_on(edits, allowed, copies):
            self._lists = Lists(edits, allowed, copies)
        return self._lists

    def scoped(self, prefix: str) -> "Scope":
        """Give what one filter sees: the same methods, its names beginning with `prefix.`."""
        return Scope(self, prefix)

    def retain(self, names: Iterable[str]) -> None:
        """Let every structure age out that is not among `names`, the ones still in use.

        It goes once it is empty or has not been in use for its lifetime. One that is asked for
        again meanwhile is kept, with what it knows.
        """
        self._retained = frozenset(names)
        self._unasked = {name: since for name, since in self._unasked.items() if name not in self._retained}

    def expire(self, now: float, budget: int = 4096) -> int:
        """Drop what time has emptied, at most `budget` entries of each structure; how many."""
        dropped = 0
        for name, structure in tuple(self._structures.items()):
            dropped += structure.expire(now, budget)
            if self._retained is not None and name not in self._retained:
                since = self._unasked.setdefault(name, now)
                grace = _COUNTER_GRACE if structure.lifetime == inf else structure.lifetime
                if not len(structure) or now - since >= grace:
                    del self._structures[name], self._unasked[name]
        return dropped

    def _known(self, name: str, kind: type[S]) -> S | None:
        structure = self._structures.get(name)
        if structure is None:
            return None
        if not isinstance(structure, kind):
            raise TypeError(f"{name} is a {structure.kind}, a {kind.kind} was asked for")
        self._unasked.pop(name, None)
        if self._retained is not None:
            self._retained |= {name}
        return structure

    def _add(self, structure: S) -> S:
        self._structures[structure.name] = structure
        if self._retained is not None:
            self._retained |= {structure.name}
        return structure


class Scope:
    """The part of a state that one filter sees."""

    __slots__ = ("_prefix", "_state", "kept_key", "key", "names")

    def __init__(self, state: State, prefix: str) -> None:
        self._state = state
        self._prefix = prefix
        self.key: Callable[[str], bytes] = state.key
        self.kept_key: Callable[[str], bytes] = state.kept_key
        self.names: list[str] = []  # full names of what was asked for, for `State.retain`

    def counter(self, name: str, *, capacity: int, limit: int) -> Counter:
        """Give the counter of this name; see `State.counter`."""
        return self._state.counter(self._full(name), capacity=capacity, limit=limit)

    def window(self, name: str, *, capacity: int, limit: int, seconds: float, persist: bool = True) -> Window:
        """Give the sliding windows of this name; see `State.window`."""
        return self._state.window(self._full(name), capacity=capacity, limit=limit, seconds=seconds, persist=persist)

    def bans(self, name: str, *, capacity: int, seconds: float, persist: bool = True) -> Bans:
        """Give the bans of this name; see `State.bans`."""
        return self._state.bans(self._full(name), capacity=capacity, seconds=seconds, persist=persist)

    def set(self, name: str, *, capacity: int, seconds: float, persist: bool = True) -> Set:
        """Give the set of this name; see `State.set`."""
        return self._state.set(self._full(name), capacity=capacity, seconds=seconds, persist=persist)

    def clusters(self, name: str, *, capacity: int, window: float) -> Clusters:
        """Give the clusters of texts of this name; see `State.clusters`."""
        return self._state.clusters(self._full(name), capacity=capacity, window=window)

    def rates(self, name: str, *, capacity: int, limit: float, seconds: float, persist: bool = True) -> Rates:
        """Give the decaying rates of this name; see `State.rates`."""
        return self._state.rates(self._full(name), capacity=capacity, limit=limit, seconds=seconds, persist=persist)

    def lists(self) -> Lists:
        """Give the lists that filters share; see `State.lists`."""
        self.names.extend(Lists.NAMES)
        return self._state.lists()

    def _full(self, name: str) -> str:
        full = f"{self._prefix}.{name}"
        self.names.append(full)
        return full
