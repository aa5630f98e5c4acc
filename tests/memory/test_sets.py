from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.memory.cores import KEYS, START, Cores, Step, restored, schedules
from tests.memory.readers import MANY, read
from xmppfilter.memory.changes import Batch
from xmppfilter.memory.contract import Row
from xmppfilter.memory.sets import Set


def make(capacity: int = 1000, seconds: float = 60.0) -> Set:
    return Set(capacity=capacity, seconds=seconds)


@pytest.mark.parametrize("cores", [2, 3])
@given(data=st.data())
def test_cores_that_exchange_equal_one(cores: int, data: st.DataObject) -> None:
    schedule: list[Step] = data.draw(schedules(2, cores))
    net = Cores(make, cores)
    net.run(schedule, [lambda keys, key, now: keys.add(key, now), lambda keys, key, now: keys.remove(key, now)])
    for later in (0.0, 30.0, 59.9, 60.0):
        now = net.now + later
        for core in net.cores:
            assert [core.has(key, now) for key in KEYS] == [net.one.has(key, now) for key in KEYS]


@pytest.mark.parametrize(("later", "has"), [(0.0, True), (59.0, True), (60.0, False), (61.0, False)])
def test_the_edge_of_the_time(later: float, has: bool) -> None:
    keys = make()
    keys.add(b"k", START)
    assert keys.has(b"k", START + later) is has


def test_adding_again_renews() -> None:
    keys = make()
    keys.add(b"k", START)
    keys.add(b"k", START + 50)
    assert keys.has(b"k", START + 100)


def test_it_tells_when_a_key_was_added() -> None:
    keys = make()
    assert keys.added(b"k") is None
    keys.add(b"k", START)
    assert keys.added(b"k") == START


def test_removing_tells_whether_it_was_in() -> None:
    keys = make()
    keys.add(b"k", START)
    assert keys.remove(b"k", START + 1)
    assert not keys.has(b"k", START + 1)
    assert not keys.remove(b"k", START + 2)
    assert not keys.remove(b"nobody", START + 2)


def test_at_one_instant_the_order_of_the_calls_holds() -> None:
    keys = make()
    for _ in range(3):
        keys.add(b"k", START)
        assert keys.has(b"k", START)
        assert keys.remove(b"k", START)
        assert not keys.has(b"k", START)


def test_a_removal_outlives_an_older_addition_that_arrives_later() -> None:
    here, there = make(), make()
    news = there.deltas()
    there.add(b"k", START)
    batch = read(news)
    here.remove(b"k", START + 1)
    here.absorb(batch, origin=b"there", number=1, now=START + 2)
    assert not here.has(b"k", START + 2)


@pytest.mark.parametrize("removed_here", [False, True])
def test_a_removal_goes_before_an_addition_of_the_same_time_elsewhere(removed_here: bool) -> None:
    here, there = make(), make()
    news = there.deltas()
    (here.remove if removed_here else here.add)(b"k", START)
    (there.add if removed_here else there.remove)(b"k", START)
    batch = read(news)
    here.absorb(batch, origin=b"there", number=1, now=START)
    assert not here.has(b"k", START)


def test_removals_outlive_a_restart() -> None:
    keys = make()
    keys.remove(b"k", START)
    again = restored(keys, make, START + 1)
    again.restore([Row(b"k", pack("<d?", START - 1, True), START + 59)], START + 1)
    assert not again.has(b"k", START + 1)


def test_the_oldest_addition_goes_first() -> None:
    keys = make(capacity=3)
    for letter in (b"a", b"b", b"c", b"a", b"d"):
        keys.add(letter, START)
    assert [keys.has(letter, START) for letter in (b"a", b"b", b"c", b"d")] == [True, False, True, True]


@given(st.lists(st.tuples(st.integers(0, 30), st.booleans())), st.integers(1, 8))
def test_it_never_holds_more_than_its_capacity(steps: list[tuple[int, bool]], capacity: int) -> None:
    keys = make(capacity=capacity)
    for second, (number, adds) in enumerate(steps):
        (keys.add if adds else keys.remove)(b"%d" % number, START + second)
        assert len(keys) <= capacity
        assert len(list(keys.snapshot())) <= 2 * capacity


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans(), st.floats(0, 10)), max_size=20))
def test_rows_round_trip(steps: list[tuple[int, bool, float]]) -> None:
    keys, now = make(), START
    for number, adds, wait in steps:
        now += wait
        (keys.add if adds else keys.remove)(b"%d" % number, now)
    alive = {row for row in keys.snapshot() if row.expires > now + 1}
    assert set(restored(keys, make, now + 1).snapshot()) == alive


def test_expiry_drops_what_is_over_within_its_budget() -> None:
    keys = make()
    for number in range(10):
        keys.add(b"%d" % number, START + number)
        keys.remove(b"gone %d" % number, START + number)
    assert keys.expire(START + 64, 3) == 3
    assert keys.expire(START + 64, 100) == 7
    assert len(keys) == 5


def test_expiry_takes_turns_among_the_shards_of_a_big_one() -> None:
    keys = make(capacity=10_000_000)
    for number in range(20_000):
        keys.add(number.to_bytes(8, "big"), START)
    calls = 0
    while len(keys):
        assert keys.expire(START + 60, 1000) <= 1000
        calls += 1
        assert calls < 100
    assert calls >= 20


def test_a_big_one_never_holds_more_than_its_capacity_and_tells_what_it_forgets() -> None:
    keys = make(capacity=140_000)
    changes = keys.dirty()
    for number in range(150_000):
        keys.add(number.to_bytes(8, "big"), START)
    assert 135_000 < len(keys) <= 140_000
    changes.begin()
    changed = changes.take(MANY)
    assert len(changed) == 150_000
    assert sum(not keys.has(key, START) for key in changed) == 150_000 - len(keys)


def test_every_change_is_a_new_revision() -> None:
    keys = make()
    seen = {keys.revision}
    for change in (
        lambda: keys.add(b"k", START),
        lambda: keys.remove(b"k", START + 1),
        lambda: keys.expire(START + 99, 9),
    ):
        change()
        assert keys.revision not in seen
        seen.add(keys.revision)


def test_what_it_holds_the_oldest_first() -> None:
    keys = make()
    for letter in (b"a", b"b", b"c", b"a"):
        keys.add(letter, START)
    keys.remove(b"b", START + 1)
    assert list(keys.current()) == [b"c", b"a"]


def test_resizing_keeps_the_newest() -> None:
    keys = make()
    for number in range(10):
        keys.add(b"%d" % number, START + number)
    keys.resize(capacity=2, seconds=1000)
    assert [number for number in range(10) if keys.has(b"%d" % number, START + 500)] == [8, 9]


@pytest.mark.parametrize("capacities", [(1000, 1_000_000), (1_000_000, 1000), (1_000_000, 900_000)])
def test_resizing_keeps_what_a_big_one_holds(capacities: tuple[int, int]) -> None:
    keys = make(capacity=capacities[0])
    for number in range(100):
        keys.add(b"%d" % number, START)
    for number in range(50):
        keys.remove(b"%d" % number, START + 1)
    keys.resize(capacity=capacities[1], seconds=60.0)
    keys.absorb(Batch("set", 1, ((b"7", pack("<d?", START, True)),)), origin=b"o", number=1, now=START + 1)
    assert [number for number in range(100) if keys.has(b"%d" % number, START + 1)] == [*range(50, 100)]


def test_a_clock_that_is_ahead_elsewhere_does_not_prolong() -> None:
    keys = make()
    keys.absorb(Batch("set", 1, ((b"k", pack("<d?", START + 1e6, True)),)), origin=b"o", number=1, now=START)
    assert not keys.has(b"k", START + 61)


@pytest.mark.parametrize("value", [b"", b"8 bytes.", pack("<d?", float("nan"), True), bytes(10)])
def test_garbage_is_refused_by_name_and_changes_nothing(value: bytes) -> None:
    keys = Set(capacity=10, seconds=60, name="policy.correspondents")
    batch = Batch("set", 1, ((b"good", pack("<d?", START, True)), (b"bad", value)))
    with pytest.raises(ValueError, match=r"policy\.correspondents"):
        keys.absorb(batch, origin=b"o", number=1, now=START)
    with pytest.raises(ValueError, match=r"policy\.correspondents"):
        keys.restore([Row(b"bad", value, START + 1)], START)
    assert len(keys) == 0
