"""Several cores that exchange their changes on a virtual clock, beside one core that is told everything."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from hypothesis import strategies as st

from xmppfilter.memory.contract import Batch, Structure

S = TypeVar("S", bound=Structure)
START = 1_700_000_000.0

Step = tuple[str, int, int, int]


def schedules(operations: int, cores: int, *, longest: int = 60, jump: int = 0) -> st.SearchStrategy[list[Step]]:
    """Give random interleavings of operations, exchanges, repeated deliveries and the passing of time."""
    core = st.integers(0, cores - 1)
    key = st.integers(0, 2)
    moves = [
        st.tuples(st.just("do"), core, key, st.integers(0, operations - 1)),
        st.tuples(st.just("do"), core, key, st.integers(0, operations - 1)),
        st.tuples(st.just("drain"), core, st.just(0), st.integers(0, 2)),
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
    sent: list[list[bytes]] = field(init=False)
    seen: list[list[int]] = field(init=False)

    def __post_init__(self) -> None:
        self.cores = [self.make() for _ in range(self.count)]
        self.one = self.make()
        self.sent = [[] for _ in self.cores]
        self.seen = [[0] * self.count for _ in self.cores]

    def run(self, schedule: list[Step], operations: list[Callable[[S, bytes, float], object]]) -> None:
        for step, first, second, third in schedule:
            match step:
                case "do":
                    # No two operations at the very same instant: their order would be nobody's truth.
                    self.now += 0.001
                    for target in (self.cores[first], self.one):
                        operations[third](target, b"key-%04d" % second, self.now)
                case "drain":
                    self.drain(first, third or None)
                case "deliver":
                    self.deliver(first, second)
                case "again":
                    self.deliver_again(first, second, third)
                case "wait":
                    self.now += third
                case "jump":
                    self.settle()
                    self.now += third
        self.settle()

    def drain(self, origin: int, most: int | None = None) -> None:
        core = self.cores[origin]
        before, batch = core.undrained, core.drain(most)
        taken = 0 if batch is None else len(batch.entries) + len(batch.forgotten)
        assert (taken, core.undrained) == (min(before, most or before), before - taken)
        if batch is not None:
            self.sent[origin].append(batch.encode())

    def deliver(self, origin: int, target: int) -> None:
        number = self.seen[target][origin]
        if origin != target and number < len(self.sent[origin]):
            assert self._absorb(origin, target, number)
            self.seen[target][origin] += 1

    def deliver_again(self, origin: int, target: int, back: int) -> None:
        number = self.seen[target][origin] - 1 - back
        if number >= 0:
            assert not self._absorb(origin, target, number)

    def _absorb(self, origin: int, target: int, number: int) -> bool:
        batch = Batch.decode(self.sent[origin][number])
        return self.cores[target].absorb(batch, origin=b"core-%d" % origin, number=number + 1, now=self.now)

    def settle(self) -> None:
        """Let everybody hear of everything."""
        for origin in range(self.count):
            self.drain(origin)
            for target in range(self.count):
                while origin != target and self.seen[target][origin] < len(self.sent[origin]):
                    self.deliver(origin, target)
        assert all(core.drain() is None for core in self.cores), "what was absorbed is not drained again"


def restored(structure: S, make: Callable[[], S], now: float) -> S:
    """Give a new structure that was loaded from the rows of another."""
    fresh = make()
    fresh.restore(structure.snapshot(), now)
    return fresh


KEYS = [b"key-%04d" % number for number in range(3)]
