"""The named structures of one gateway, and the keys under which they remember."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from hashlib import blake2b
from math import inf
from types import MappingProxyType
from typing import Any, Self, TypeVar, cast

from xmppfilter.memory.bans import Bans
from xmppfilter.memory.contract import Structure
from xmppfilter.memory.counter import Counter
from xmppfilter.memory.kept import kept
from xmppfilter.memory.rates import Rates
from xmppfilter.memory.sets import Set
from xmppfilter.memory.window import Window

S = TypeVar("S", bound=Structure)


class Shared(ABC):
    """A register: what several filters, operators and the gateway use together, on structures of its own."""

    @classmethod
    @abstractmethod
    def on(cls, opener: "Opener", known: Self | None, terms: Any = None) -> Self:
        """Return *known* if it is on the structures of *opener*, or else a new one that is.

        *terms* are what the configuration says of it, in words of its own; None: whoever asks has nothing to say. They
        hold from `Opener.when_in_use` on.
        """


R = TypeVar("R", bound=Shared)

# How long the counts of a removed filter wait for its return, in seconds.
_COUNTER_GRACE = 24 * 3600.0
_KEPT_KEYS = 16_384
_OF_NUMBER = "a number to spread others by"


class Opener(ABC):
    """What gives structures by name: the state itself, or a plan of what it is to have."""

    key: Callable[[str], bytes]
    kept_key: Callable[[str], bytes]
    number: int
    """A secret odd number of 64 bits, by which numbers are spread as nobody else can foresee."""

    @abstractmethod
    def open(self, name: str, kind: type[S], **parameters: Any) -> S:
        """Return the structure of this name, with these *parameters*.

        Raises TypeError: the name belongs to another kind of structure; ValueError: the parameters are none for it.
        """

    @abstractmethod
    def shared(self, kind: type[R], terms: Any = None) -> R:
        """Return the register of this *kind*; the same object as long as it is in use. *terms*: see `Shared.on`."""

    @abstractmethod
    def when_in_use(self, call: Callable[[], None]) -> None:
        """Have *call* called once what is opened comes into use; never, where a configuration is refused."""

    def counter(self, name: str, *, capacity: int, limit: int) -> Counter:
        """Return the counter of this name; see `open`."""
        return self.open(name, Counter, capacity=capacity, limit=limit)

    def window(self, name: str, *, capacity: int, limit: int, seconds: float, persist: bool = True) -> Window:
        """Return the sliding windows of this name; see `open`."""
        return self.open(name, Window, capacity=capacity, limit=limit, seconds=seconds, persist=persist)

    def bans(self, name: str, *, capacity: int, seconds: float, persist: bool = True) -> Bans:
        """Return the bans of this name; see `open`."""
        return self.open(name, Bans, capacity=capacity, seconds=seconds, persist=persist)

    def set(self, name: str, *, capacity: int, seconds: float, persist: bool = True) -> Set:
        """Return the set of this name; see `open`."""
        return self.open(name, Set, capacity=capacity, seconds=seconds, persist=persist)

    def rates(self, name: str, *, capacity: int, limit: float, seconds: float, persist: bool = True) -> Rates:
        """Return the decaying rates of this name; see `open`."""
        return self.open(name, Rates, capacity=capacity, limit=limit, seconds=seconds, persist=persist)

    def scoped(self, prefix: str) -> "Scope":
        """Return what one filter sees: the same methods, its names beginning with `prefix.`."""
        return Scope(self, prefix)


class State(Opener):
    """Hands out bounded structures by name; asking again for a name gives the same, resized.

    `secret` (up to 64 bytes) keys the hashes, so that nobody can aim at a collision.
    """

    def __init__(self, secret: bytes = b"") -> None:
        self._hash = blake2b(digest_size=8, key=secret)
        self._structures: dict[str, Structure] = {}
        self._unasked: dict[str, float] = {}  # when each was first found to be asked for no more
        self._retained: frozenset[str] | None = None
        self._turn = 0  # the structure with which expiry begins
        self._shared: dict[type, Any] = {}
        self.number = int.from_bytes(self.key(_OF_NUMBER), "big") | 1
        self.kept_key: Callable[[str], bytes] = kept(self.key, _KEPT_KEYS)
        """The same as `key`, quicker for what comes again and again: recipients, domains, servers."""

    @property
    def structures(self) -> Mapping[str, Structure]:
        """Every structure by its name."""
        return MappingProxyType(self._structures)

    def key(self, text: str) -> bytes:
        """Return the 8-byte key of a text."""
        keyed = self._hash.copy()
        keyed.update(text.encode("utf-8", "surrogatepass"))
        return keyed.digest()

    def open(self, name: str, kind: type[S], **parameters: Any) -> S:
        """Return the structure of this name at once; see `Opener`."""
        plan = self.plan()
        structure = plan.open(name, kind, **parameters)
        plan.commit()
        return structure

    def shared(self, kind: type[R], terms: Any = None) -> R:
        """Return the register of this *kind*, in use at once; see `Opener`."""
        plan = self.plan()
        found = plan.shared(kind, terms)
        plan.commit()
        return found

    def when_in_use(self, call: Callable[[], None]) -> None:
        """Call *call*: what is opened is in use at once; see `Opener`."""
        call()

    def plan(self) -> "Plan":
        """Return what may be opened without changing anything until it is committed."""
        return Plan(self)

    def known(self, name: str, kind: type[S]) -> S | None:
        """Return the structure of this name as it is. Raises TypeError: it is of another kind."""
        structure = self._structures.get(name)
        if structure is not None and not isinstance(structure, kind):
            raise TypeError(f"{name} is a {structure.kind}, a {kind.kind} was asked for")
        return structure

    def begun(self, name: str, kind: type[S], **parameters: Any) -> S:
        """Make a structure that is not in use yet."""
        build: Any = kind
        return cast(S, build(name=name, **parameters))

    def hold(self, structures: Mapping[str, Structure], shared: Mapping[type, Any]) -> None:
        """Have these *structures* in use from now on, and what is *shared*."""
        self._structures.update(structures)
        for name in structures:
            self._unasked.pop(name, None)
        if self._retained is not None:
            self._retained |= structures.keys()
        self._shared.update(shared)

    def in_use(self, kind: type[R]) -> R | None:
        """Return the register of this *kind*, if anybody has asked for it."""
        found: R | None = self._shared.get(kind)
        return found

    def retain(self, names: Iterable[str]) -> None:
        """Let every structure age out that is not among `names`, the ones still in use.

        It goes once it is empty or has not been in use for its lifetime. One that is asked for
        again meanwhile is kept, with what it knows.
        """
        self._retained = frozenset(names)
        self._unasked = {name: since for name, since in self._unasked.items() if name not in self._retained}

    def expire(self, now: float, budget: int = 4096) -> int:
        """Drop what time has emptied, looking after at most `budget` entries of all structures together; how many.

        Where there is more to do, the next call begins with the structures that this one has not come to.
        """
        names = tuple(self._structures)
        first, spent = self._turn, 0
        for number in range(first, first + len(names)):
            name = names[number % len(names)]
            if spent < budget:
                spent += self._structures[name].expire(now, budget - spent)
                self._turn = number + 1 if spent >= budget else first
            self._let_go(name, now)
        self._turn %= max(1, len(names))
        return spent

    def _let_go(self, name: str, now: float) -> None:
        """Remove a structure that nobody asks for any more, once it has aged out."""
        if self._retained is None or name in self._retained:
            return
        structure = self._structures[name]
        since = self._unasked.setdefault(name, now)
        grace = _COUNTER_GRACE if structure.lifetime == inf else structure.lifetime
        if not len(structure) or now - since >= grace:
            del self._structures[name], self._unasked[name]


class Plan(Opener):
    """What a configuration asks a state for, noted down: only `commit` changes what is in use."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._structures: dict[str, Structure] = {}
        self._resizes: dict[str, Callable[[], None]] = {}
        self._shared: dict[type, Any] = {}
        self._calls: list[Callable[[], None]] = []
        self.key = state.key
        self.kept_key = state.kept_key
        self.number = state.number

    @property
    def structures(self) -> Mapping[str, Structure]:
        """All that was asked for; what is new is empty yet, and not in use."""
        return MappingProxyType(self._structures)

    def open(self, name: str, kind: type[S], **parameters: Any) -> S:
        """Return the structure of this name, as it is, or empty; see `Opener`."""
        known: Structure | None = self._structures.get(name)  # an empty one is false
        if known is None:
            known = self._state.known(name, kind)
        if known is None:
            begun = self._state.begun(name, kind, **parameters)
            self._structures[name] = begun
            return begun
        if not isinstance(known, kind):
            raise TypeError(f"{name} is a {known.kind}, a {kind.kind} was asked for")
        if parameters["capacity"] < 1:
            raise ValueError(f"{name}: a capacity of {parameters['capacity']}, at least 1 is needed")
        self._structures[name] = known
        if any(getattr(known, option) != value for option, value in parameters.items()):
            self._resizes[name] = partial(cast(Any, known).resize, **parameters)
        else:
            self._resizes.pop(name, None)
        return known

    @property
    def registers(self) -> Mapping[type, Any]:
        """Every register that was asked for, by its kind."""
        return MappingProxyType(self._shared)

    def shared(self, kind: type[R], terms: Any = None) -> R:
        """Return the register of this *kind*, as it is, or a new one; see `Opener`."""
        asked: R | None = self._shared.get(kind)
        if asked is not None and terms is None:
            return asked
        found = kind.on(self, asked if asked is not None else self._state.in_use(kind), terms)
        self._shared[kind] = found
        return found

    def when_in_use(self, call: Callable[[], None]) -> None:
        """Have *call* called by `commit`; see `Opener`."""
        self._calls.append(call)

    def commit(self) -> None:
        """Let the state have what was asked for, resized."""
        self._state.hold(self._structures, self._shared)
        for call in (*self._resizes.values(), *self._calls):
            call()
        self._resizes.clear()
        self._calls.clear()


class Scope(Opener):
    """The part of a state, or of a plan, that one filter sees."""

    def __init__(self, everything: Opener, prefix: str) -> None:
        self._all = everything
        self._prefix = prefix
        self.key = everything.key
        self.kept_key = everything.kept_key
        self.number = everything.number

    def open(self, name: str, kind: type[S], **parameters: Any) -> S:
        """Return the structure of this name within the scope; see `Opener`."""
        return self._all.open(f"{self._prefix}.{name}", kind, **parameters)

    def shared(self, kind: type[R], terms: Any = None) -> R:
        """Return the register of this *kind*, which stands in no scope; see `Opener`."""
        return self._all.shared(kind, terms)

    def when_in_use(self, call: Callable[[], None]) -> None:
        """Have *call* called once what is opened comes into use; see `Opener`."""
        self._all.when_in_use(call)
