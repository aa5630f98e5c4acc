from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.memory.cores import KEYS, START
from tests.memory.readers import MANY, Store, read
from xmppfilter.memory.bans import Bans
from xmppfilter.memory.changes import Batch, Deltas
from xmppfilter.memory.contract import Row, Structure
from xmppfilter.memory.counter import Counter
from xmppfilter.memory.offences import Record
from xmppfilter.memory.packed import HEAD
from xmppfilter.memory.rates import Rates
from xmppfilter.memory.sets import Set
from xmppfilter.memory.window import Window

JID = "spammer@example.org"
Operation = Callable[[Any, bytes, float], object]


@dataclass(frozen=True)
class Kind:
    make: Callable[[int], Structure]
    operations: list[Operation]


KINDS = {
    "counter": Kind(
        lambda capacity: Counter(capacity=capacity, limit=3),
        [lambda counter, key, _: counter.note(key), lambda counter, key, _: counter.note(key, 5)],
    ),
    "window": Kind(
        lambda capacity: Window(capacity=capacity, limit=3, seconds=3600),
        [lambda window, key, now: window.note(key, now)],
    ),
    "set": Kind(
        lambda capacity: Set(capacity=capacity, seconds=3600),
        [lambda keys, key, now: keys.add(key, now), lambda keys, key, now: keys.remove(key, now)],
    ),
    "rates": Kind(
        lambda capacity: Rates(capacity=capacity, limit=3, seconds=600),
        [lambda rates, key, now: rates.note(key, b"ab", now), lambda rates, key, now: rates.note(key, b"cd", now)],
    ),
    "bans": Kind(
        lambda capacity: Bans(capacity=capacity, seconds=3600),
        [
            lambda bans, key, now: bans.offend(key, JID, when=now, ban_time=60, weight=300),
            lambda bans, key, now: bans.offend(key, JID, when=now, ban_time=600, weight=300),
            lambda bans, key, now: bans.report(key, JID, when=now, weight=100, reporter=None),
            lambda bans, key, now: bans.report(key, JID, when=now, weight=100, reporter=b"reporter"),
            lambda bans, key, now: bans.impose(key, JID, when=now, until=now + 50),
            lambda bans, key, now: bans.disable(key, when=now),
            lambda bans, key, now: bans.pardon(key, when=now),
            lambda bans, _, now: bans.clear(now),
        ],
    ),
}
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["do", "do", "do", "read", "read", "lag", "resize"]), st.integers(0, 7), st.integers(0, 7)
    ),
    max_size=60,
)


class Peer:
    """Another core, that hears of one."""

    def __init__(self, kind: Kind, of: Structure) -> None:
        self.structure = kind.make(1000)
        self.changes = of.deltas()
        self.heard = 0

    def read(self, most: int, now: float) -> bool:
        batch = self.changes.take(most)
        if batch is not None:
            self.heard += 1
            again = Batch.decode(batch.encode())
            assert self.structure.absorb(again, origin=b"o", number=self.heard, now=now)
        return batch is not None

    def settle(self, now: float) -> None:
        while self.read(MANY, now) or self.changes.waiting or self.changes.behind:
            pass


def rows(structure: Structure) -> dict[bytes, object]:
    """Return the rows as they can be compared."""
    return {row.key: comparable(structure, row) for row in structure.snapshot()}


def comparable(structure: Structure, row: Row) -> object:
    if isinstance(structure, Rates):
        return pytest.approx(row.expires, abs=1e-3)  # a level is a sum of floats
    if isinstance(structure, Bans) and len(row.value) > HEAD.size:
        record = Record.unpack(row.value)
        if record.last == record.imposed_until == -inf:
            record.jid = b""  # a name of whom nothing is known any more: who has cleared before has lost it
        return record, row.expires
    return row.value, row.expires


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
@given(steps=STEPS)
def test_peers_at_different_paces_each_equal_the_core_that_tells_them(
    kind: Kind, steps: list[tuple[str, int, int]]
) -> None:
    core, now = kind.make(1000), START
    peers = [Peer(kind, core), Peer(kind, core)]
    for step, first, second in steps:
        now += 0.01
        match step:
            case "do":
                kind.operations[first % len(kind.operations)](core, KEYS[second % len(KEYS)], now)
            case "read":
                peers[first % 2].read(1 + second, now)
            case "lag":
                peers[first % 2].changes.begin_anew()
    for peer in peers:
        peer.settle(now)
        assert rows(peer.structure) == rows(core)
    late = Peer(kind, core)
    late.settle(now)
    assert rows(late.structure) == rows(core)


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
@given(steps=STEPS, capacity=st.integers(1, 4))
def test_stores_at_different_paces_each_have_the_rows(
    kind: Kind, steps: list[tuple[str, int, int]], capacity: int
) -> None:
    core, now = kind.make(capacity), START
    stores = [Store(core), Store(core)]
    for step, first, second in steps:
        now += 0.01
        match step:
            case "do":
                kind.operations[first % len(kind.operations)](core, b"key %d" % second, now)
            case "read":
                stores[first % 2].flush(1 + second)
            case "lag":
                stores[first % 2].changes.begin_anew()
            case "resize":
                limits = {name: getattr(core, name) for name in ("limit", "seconds") if hasattr(core, name)}
                resize: Any = core
                resize.resize(capacity=1 + second % 4, **limits)
    core.expire(now, MANY)
    for store in stores:
        store.settle()
        # rows of bans that were cleared stay until they expire, and hold no longer
        found, wanted = kind.make(1000), kind.make(1000)
        found.restore(store.rows.values(), now)
        wanted.restore(core.snapshot(), now)
        assert {*found.snapshot()} == {*wanted.snapshot()}


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_a_reader_that_never_reads_costs_bounded_memory(kind: Kind) -> None:
    core = kind.make(100)
    store, peer = Store(core), Peer(kind, core)
    most = 0
    for number in range(5000):
        for operation in kind.operations[:1]:
            operation(core, b"%d" % number, START + number / 1000)
        most = max(most, store.changes.waiting, peer.changes.waiting)
    assert most == 200, "what is held, and as much that had to go"
    assert (store.changes.behind, peer.changes.behind) == (True, True)
    assert (store.changes.waiting, peer.changes.waiting) == (0, 0)
    store.settle()
    assert store.rows == {row.key: row for row in core.snapshot()}
    assert store.rows.keys() <= {b"%d" % number for number in range(5000)}


def test_without_a_reader_nothing_is_collected() -> None:
    counter = Counter(capacity=10, limit=3)
    store, peer = counter.dirty(), counter.deltas()
    counter.close(store)
    counter.close(peer)
    counter.note(b"a")
    assert (store.waiting, peer.waiting) == (0, 0)


def test_what_changes_during_a_cut_is_in_the_next_one() -> None:
    keys = Set(capacity=10, seconds=60)
    store = keys.dirty()
    for name in (b"1", b"2", b"3"):
        keys.add(name, START)
    store.begin()
    assert store.take(2) == [b"1", b"2"]
    keys.add(b"1", START + 1)
    assert not store.begin()
    assert store.take(2) == [b"3"]
    assert store.take(2) == []
    store.begin()
    assert store.take(2) == [b"1"]


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_what_came_from_another_core_is_for_the_store_and_for_no_other_core(kind: Kind) -> None:
    here, there = kind.make(10), kind.make(10)
    store, peer, news = Store(here), here.deltas(), there.deltas()
    kind.operations[0](there, KEYS[0], START)
    here.absorb(read(news), origin=b"there", number=1, now=START)
    assert store.flush() == 1
    assert peer.take(1) is None


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_what_is_told_whole_counts_nothing_twice(kind: Kind) -> None:
    here, there = kind.make(10), kind.make(10)
    changes: list[Deltas] = [here.deltas(), there.deltas()]
    for number, core in enumerate([here, there, there]):
        kind.operations[0](core, KEYS[0], START + number)
    for number, (core, other) in enumerate([(there, 0), (here, 1)]):
        core.absorb(read(changes[other]), origin=b"other", number=number + 1, now=START + 9)
    before = rows(here), rows(there)
    for core, other in [(there, 0), (here, 1)]:
        changes[other].begin_anew()
        batch = read(changes[other])
        assert batch.whole
        core.absorb(batch, origin=b"whole", number=1, now=START + 9)
    assert (rows(here), rows(there)) == before
