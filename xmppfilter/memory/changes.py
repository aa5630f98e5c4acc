"""What a structure tells of its changes: dirty keys to stores, deltas to other cores.

Any number of readers, each with an outlet of its own, read at their own pace. An outlet holds no more than so many
keys: who reads too seldom is told of all that there is again, which costs no memory until it reads.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from struct import Struct
from typing import Generic, TypeVar

V = TypeVar("V")

_FORMAT = 1
_HEAD = Struct("<B?BBI")  # format, whole, length of the kind, version of the structure, number of entries
_ENTRY = Struct("<BI")  # length of the key, length of the value


@dataclass(frozen=True, slots=True)
class Batch:
    """Changes of one structure for other cores, one a key.

    A `whole` one has all that its core knows of its keys, from every core: what happened meanwhile is not known.
    """

    kind: str
    version: int
    entries: tuple[tuple[bytes, bytes], ...]
    whole: bool = False

    def encode(self) -> bytes:
        """Return the batch as bytes for another core."""
        kind = self.kind.encode()
        parts = [_HEAD.pack(_FORMAT, self.whole, len(kind), self.version, len(self.entries)), kind]
        for key, value in self.entries:
            parts += (_ENTRY.pack(len(key), len(value)), key, value)
        return b"".join(parts)

    @classmethod
    def decode(cls, data: bytes) -> "Batch":
        """Read what `encode` wrote.

        Raises ValueError: it is anything else.
        """
        if len(data) < _HEAD.size:
            raise ValueError(f"a batch of {len(data)} bytes is too short")
        form, whole, width, version, count = _HEAD.unpack_from(data)
        if form != _FORMAT:
            raise ValueError(f"batch format {form}, only {_FORMAT} is known")
        if data[1] > 1:
            raise ValueError(f"a batch with {data[1]} for a truth, 0 or 1 is wanted")
        at = _HEAD.size + width
        if at > len(data):
            raise ValueError("a batch ends within its kind")
        kind = data[_HEAD.size : at].decode()
        entries: list[tuple[bytes, bytes]] = []
        while len(entries) < count:
            if at + _ENTRY.size > len(data):
                raise ValueError(f"a batch of {count} entries ends after {len(entries)}")
            key_size, value_size = _ENTRY.unpack_from(data, at)
            at += _ENTRY.size
            end = at + key_size + value_size
            if end > len(data):
                raise ValueError(f"a batch ends within entry {len(entries)}")
            entries.append((data[at : at + key_size], data[at + key_size : end]))
            at = end
        if at != len(data):
            raise ValueError(f"{len(data) - at} bytes follow the last entry of a batch")
        return cls(kind, version, tuple(entries), whole)


class Outlet(Generic[V]):
    """What one reader has not read yet of the changes of one structure.

    It reads by cuts: what is pending when a cut begins is frozen and given bit by bit, what comes meanwhile waits for
    the next cut. After too many changes a cut goes through `everything` instead.
    """

    __slots__ = ("_cut", "_everything", "_left", "_most", "_pending", "_walking", "behind")

    def __init__(self, everything: Callable[[], Iterator[tuple[bytes, V]]], most: int, *, behind: bool) -> None:
        self._everything = everything
        self._most = most
        self._pending: dict[bytes, V] = {}
        self._cut: Iterator[tuple[bytes, V]] | None = None
        self._left = 0  # of the cut
        self._walking = False  # the cut goes through everything
        self.behind = behind
        """Whether the next cut goes through everything, because it is not known any more what has changed."""

    @property
    def waiting(self) -> int:
        """How many keys are known to wait for being read; not those that are told again because of too many."""
        return len(self._pending) + max(0, self._left)

    def begin_anew(self) -> None:
        """Forget what has changed, and tell all again."""
        self.behind = True
        self._pending = {}
        self._cut, self._left, self._walking = None, 0, False

    def clear(self) -> None:
        """Forget what has changed."""
        self.begin_anew()
        self.behind = False

    def resize(self, most: int) -> None:
        """Hold up to so many keys; where the structure is laid out anew, nobody can go on walking through it."""
        self._most = most
        if self._walking:
            self.begin_anew()

    def _bound(self) -> None:
        if len(self._pending) > self._most:
            self.begin_anew()

    def begin(self) -> bool:
        """Begin a cut unless there is one; return whether one has begun that goes through everything."""
        if self._cut is not None:
            return False
        self._walking, self.behind = self.behind, False
        self._cut = self._everything() if self._walking else iter(self._pending.items())
        self._left, self._pending = len(self._pending), {}
        return self._walking

    def _read(self, most: int) -> list[tuple[bytes, V]]:
        """Return the next entries of the cut; none: it has ended, and what came meanwhile is for the next one."""
        entries = list(islice(self._cut or (), most))
        self._left -= len(entries)
        if len(entries) < most:
            self._cut, self._left, self._walking = None, 0, False
        return entries


class Dirty(Outlet[None]):
    """The keys whose rows may have changed since a store read them; those of keys that are gone are to be deleted.

    A cut that goes through everything has every key that there is: by those the store finds the rows that have no key
    any more.
    """

    __slots__ = ()

    def mark(self, key: bytes) -> None:
        """Note that the row of a key is another one now."""
        if not self.behind:
            self._pending[key] = None
            self._bound()

    def mark_all(self, keys: Iterable[bytes]) -> None:
        """Note that the rows of *keys* are other ones than those that are written."""
        if not self.behind:
            self._pending.update(dict.fromkeys(keys))
            self._bound()

    def take(self, most: int) -> list[bytes]:
        """Return up to *most* keys of the cut that was begun; none: it has ended."""
        return [key for key, _ in self._read(most)]


class Deltas(Outlet[bytes]):
    """What happened on this core since another one was told, joined by key."""

    __slots__ = ("_join", "_kind", "_version")

    def __init__(
        self,
        kind: str,
        version: int,
        join: Callable[[bytes, bytes, bytes], bytes],
        everything: Callable[[], Iterator[tuple[bytes, bytes]]],
        most: int,
        *,
        behind: bool,
    ) -> None:
        super().__init__(everything, most, behind=behind)
        self._kind = kind
        self._version = version
        self._join = join

    def note(self, key: bytes, change: bytes) -> None:
        """Note what has happened to a key."""
        if not self.behind:
            before = self._pending.get(key)
            self._pending[key] = change if before is None else self._join(key, before, change)
            self._bound()

    def take(self, most: int) -> Batch | None:
        """Return the changes of up to *most* keys; None: that was all for now, and more may have come meanwhile."""
        self.begin()
        whole = self._walking
        entries = self._read(most)
        if not entries:
            return None
        if whole:  # it has in it what happened until now
            for key, _ in entries:
                self._pending.pop(key, None)
        return Batch(self._kind, self._version, tuple(entries), whole)
