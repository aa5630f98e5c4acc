"""Several cores that exchange their changes on a virtual clock, beside one core that is told everything."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import permutations
from typing import Generic, TypeVar

from hypothesis import strategies as st

from tests.memory.readers import MANY
from xmppfilter.memory.changes import Batch, Deltas
from xmppfilter.memory.contract import Structure

S = TypeVar("S", bound=Structure)
START = 1_700_000_000.0

Step = tuple[str, int, int, int]


def schedules(operations: int, cores: int, *, longest: int = 60, jump: int = 0) -> st.SearchStrategy[list[Step]]:
    """Return random interleavings of operations, exchanges, repeated deliveries and the passing of time."""
    core = st.integers(0, cores - 1)
    key = st.integers(0, 2)
    moves = [
        st.tuples(st.just("do"), core, key, st.integers(0, operations - 1)),
        st.tuples(st.just("do"), core, key, st.integers(0, operations - 1)),
        st.tuples(st.just("read"), core, core, st.integers(0, 2)),
        st.tuples(st.just("deliver"), core, core, st.just(0)),
        st.tuples(st.just("again"), core, core, st.integers(0, 9)),
        st.tuples(st.just("wait"), st.just(0), st.just(0), st.integers(0, 40)),
    ]
    if jump:
        moves.append(st.tuples(st.just("jump"), st.just(0), st.just(0), st.integers(1, jump)))
    return st.lists(st.one_of(moves), max_size=longest)


@dataclass
class Cores(Generic[S]):
    make: Callable[[], S]
    count: int
    now: float = START
    cores: list[S] = field(init=False)
    one: S = field(init=False)
    changes: dict[tuple[int, int], Deltas] = field(init=False)
    """What happens on the one core, as it is read for the other."""
    sent: dict[tuple[int, int], list[bytes]] = field(init=False)
    seen: dict[tuple[int, int], int] = field(init=False)

    def __post_init__(self) -> None:
        self.cores = [self.make() for _ in range(self.count)]
        self.one = self.make()
        ways = list(permutations(range(self.count), 2))
        self.changes = {way: self.cores[way[0]].deltas() for way in ways}
        self.sent = {way: [] for way in ways}
        self.seen = dict.fromkeys(ways, 0)

    def run(self, schedule: list[Step], operations: list[Callable[[S, bytes, float], object]]) -> None:
        for step, first, second, third in schedule:
            match step:
                case "do":
                    # No two operations at the very same instant: their order would be nobody's truth.
                    self.now += 0.001
                    for target in (self.cores[first], self.one):
                        operations[third](target, b"key-%04d" % second, self.now)
                case "read" if first != second:
                    self.read(first, second, third or MANY)
                case "deliver" if first != second:
                    self.deliver(first, second)
                case "again" if first != second:
                    self.deliver_again(first, second, third)
                case "wait":
                    self.now += third
                case "jump":
                    self.settle()
                    self.now += third
        self.settle()

    def read(self, origin: int, target: int, most: int = MANY) -> bool:
        batch = self.changes[origin, target].take(most)
        if batch is not None:
            assert 0 < len(batch.entries) <= most
            self.sent[origin, target].append(batch.encode())
        return batch is not None

    def deliver(self, origin: int, target: int) -> None:
        number = self.seen[origin, target]
        if number < len(self.sent[origin, target]):
            assert self._absorb(origin, target, number)
            self.seen[origin, target] += 1

    def deliver_again(self, origin: int, target: int, back: int) -> None:
        number = self.seen[origin, target] - 1 - back
        if number >= 0:
            assert not self._absorb(origin, target, number)

    def _absorb(self, origin: int, target: int, number: int) -> bool:
        batch = Batch.decode(self.sent[origin, target][number])
        return self.cores[target].absorb(batch, origin=b"core-%d" % origin, number=number + 1, now=self.now)

    def settle(self) -> None:
        """Let everybody hear of everything."""
        for way, changes in self.changes.items():
            while self.read(*way) or changes.waiting:
                pass
            while self.seen[way] < len(self.sent[way]):
                self.deliver(*way)
        assert not any(changes.take(1) for changes in self.changes.values()), "what was absorbed is not told again"


def restored(structure: S, make: Callable[[], S], now: float) -> S:
    """Return a new structure that was loaded from the rows of another."""
    fresh = make()
    fresh.restore(structure.snapshot(), now)
    return fresh


KEYS = [b"key-%04d" % number for number in range(3)]
