from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.memory.cores import KEYS, START, Cores, Step, restored, schedules
from tests.memory.readers import Store, read
from xmppfilter.memory.changes import Batch
from xmppfilter.memory.contract import Row
from xmppfilter.memory.window import Window


def make(capacity: int = 1000, limit: int = 3, seconds: float = 60.0) -> Window:
    return Window(capacity=capacity, limit=limit, seconds=seconds)


def seen(window: Window, now: float) -> list[tuple[int, bool]]:
    return [(window.count(key, now), window.reached(key, now)) for key in KEYS]


@pytest.mark.parametrize("cores", [2, 3])
@given(data=st.data(), limit=st.integers(1, 4))
def test_cores_that_exchange_equal_one(cores: int, data: st.DataObject, limit: int) -> None:
    schedule: list[Step] = data.draw(schedules(1, cores))
    net = Cores(lambda: make(limit=limit), cores)
    net.run(schedule, [lambda window, key, now: window.note(key, now)])
    for later in (0.0, 1.0, 20.0, 59.9, 60.0, 61.0):
        for core in net.cores:
            assert seen(core, net.now + later) == seen(net.one, net.now + later)


@given(st.lists(st.floats(0, 30), max_size=12), st.integers(1, 4), st.floats(0, 90))
def test_it_counts_what_lies_within_the_window(waits: list[float], limit: int, later: float) -> None:
    window, now, times = make(limit=limit), START, []
    for wait in waits:
        now += wait
        window.note(b"k", now)
        times.append(now)
    now += later
    within = sum(time > now - 60 for time in times)
    assert window.count(b"k", now) == min(within, limit + 1)
    assert window.reached(b"k", now) == (within >= limit)


@pytest.mark.parametrize(("later", "reached"), [(59.0, True), (59.999, True), (60.0, False), (61.0, False)])
@pytest.mark.parametrize("limit", [1, 2, 5])
def test_the_edge_of_the_window(later: float, reached: bool, limit: int) -> None:
    window = make(limit=limit)
    for _ in range(limit):
        window.note(b"k", START)
    assert window.reached(b"k", START + later) is reached


def test_it_slides() -> None:
    window = make(limit=2)
    for second in (0, 40, 80, 130):
        window.note(b"k", START + second)
    assert window.reached(b"k", START + 139)
    assert not window.reached(b"k", START + 141)


def test_a_limit_of_nothing_is_always_reached() -> None:
    window = make(limit=0)
    assert window.reached(b"k", START)
    window.note(b"k", START)
    window.note(b"k", START)
    assert window.count(b"k", START) == 1


def test_noting_is_bounded_by_the_limit() -> None:
    window = make(limit=3)
    for number in range(1000):
        window.note(b"k", START + number * 0.001)
    (row,) = window.snapshot([b"k"])
    assert len(row.value) == 4 * 8
    assert window.count(b"k", START + 1) == 4


def test_hot_keys_survive_a_flood_until_their_window_is_over() -> None:
    window = make(capacity=10, limit=3)
    for _ in range(3):
        window.note(b"hot", START)
    for number in range(1000):
        window.note(b"%d" % number, START + number * 0.05)
    assert window.reached(b"hot", START + 50)
    for number in range(10):
        window.note(b"later %d" % number, START + 61)
    assert window.count(b"hot", START) == 0, "it made room for a newcomer, and no longer matters"
    assert len(window) == 10


def test_a_hot_key_that_cooled_down_is_cold_when_it_comes_again() -> None:
    window = make(capacity=2, limit=2)
    for second in (0, 1, 100):
        window.note(b"cooled", START + second)
    window.note(b"other", START + 101)
    window.note(b"one more", START + 102)
    assert window.count(b"cooled", START + 102) == 0


def test_a_flood_elsewhere_pushes_out_no_hot_key_here() -> None:
    here, there = make(capacity=100), make(capacity=100_000)
    news = there.deltas()
    for _ in range(3):
        here.note(b"hot", START)
    for number in range(10_000):
        there.note(b"%d" % number, START)
    batch = read(news)
    assert here.absorb(batch, origin=b"there", number=1, now=START + 1)
    assert here.reached(b"hot", START + 1)
    assert len(here) == 100


@given(st.lists(st.tuples(st.integers(0, 30), st.floats(0, 40))), st.integers(1, 8))
def test_it_never_holds_more_than_its_capacity(noted: list[tuple[int, float]], capacity: int) -> None:
    window, now = make(capacity=capacity), START
    for number, wait in noted:
        now += wait
        window.note(b"%d" % number, now)
        assert len(window) <= capacity


@given(st.lists(st.tuples(st.integers(0, 5), st.floats(0, 30))))
def test_rows_round_trip(noted: list[tuple[int, float]]) -> None:
    window, now = make(), START
    for number, wait in noted:
        now += wait
        window.note(b"%d" % number, now)
    again = restored(window, make, now)
    assert {(row.key, row.expires) for row in again.snapshot()} == {
        (row.key, row.expires) for row in window.snapshot() if row.expires > now
    }
    for later in (now, now + 29, now + 61):
        for number in range(6):
            assert again.count(b"%d" % number, later) == window.count(b"%d" % number, later)


def test_rows_expire_with_the_newest_time() -> None:
    window = make()
    window.note(b"k", START)
    window.note(b"k", START + 5)
    assert list(window.snapshot()) == [Row(b"k", pack("<dd", START, START + 5), START + 65)]
    assert restored(window, make, START + 64).count(b"k", START + 64) == 1
    assert len(restored(window, make, START + 65)) == 0


def test_a_clock_that_is_ahead_elsewhere_fills_no_window_of_the_future() -> None:
    window = make(limit=1)
    window.absorb(Batch("window", 1, ((b"k", pack("<d", START + 1e6)),)), origin=b"o", number=1, now=START)
    assert window.reached(b"k", START + 59)
    assert not window.reached(b"k", START + 61)


def test_expiry_drops_what_is_over_within_its_budget() -> None:
    window = make(limit=2)
    for number in range(100):
        window.note(b"%d" % number, START + number)
        window.note(b"hot %d" % number, START + number)
        window.note(b"hot %d" % number, START + number)
    assert window.expire(START + 109, 30) == 30
    assert window.expire(START + 109, 1000) == 70
    assert window.expire(START + 109, 1000) == 0
    assert len(window) == 100
    assert window.count(b"99", START + 109) == 1


def test_expiry_takes_turns_among_the_shards_of_a_big_one() -> None:
    window = make(capacity=10_000_000)
    for number in range(20_000):
        window.note(number.to_bytes(8, "big"), START)
    calls = 0
    while len(window):
        assert window.expire(START + 60, 1000) <= 1000
        calls += 1
        assert calls < 100
    assert calls >= 20


@pytest.mark.parametrize("resized", [(1000, 3, 60.0), (1000, 2, 60.0), (1000, 5, 60.0), (300_000, 3, 60.0)])
def test_resizing_keeps_the_times(resized: tuple[int, int, float]) -> None:
    window = make()
    for second in (0, 1, 2):
        window.note(b"k", START + second)
    window.note(b"other", START)
    capacity, limit, seconds = resized
    window.resize(capacity=capacity, limit=limit, seconds=seconds)
    assert window.count(b"k", START + 2) == min(3, limit + 1)
    assert window.count(b"other", START + 2) == 1
    assert window.reached(b"k", START + 2) is (limit <= 3)


def test_resizing_down_keeps_the_hot_and_the_newest() -> None:
    window = make(limit=2)
    for key in (b"hot", b"hot", b"old", b"new"):
        window.note(key, START)
    window.resize(capacity=2, limit=2, seconds=60)
    assert [window.count(key, START) for key in (b"hot", b"old", b"new")] == [2, 0, 1]


def test_another_length_of_the_window_holds_at_once() -> None:
    window = make(limit=1)
    window.note(b"k", START)
    window.resize(capacity=1000, limit=1, seconds=10)
    assert not window.reached(b"k", START + 11)


def test_evicted_keys_are_told_to_the_store_and_to_nobody_else() -> None:
    window = make(capacity=1)
    store, peer = Store(window), window.deltas()
    window.note(b"a", START)
    store.flush()
    read(peer)
    window.note(b"b", START)
    assert store.flush() == 2
    assert store.rows.keys() == {b"b"}
    assert [key for key, _ in read(peer).entries] == [b"b"]


@pytest.mark.parametrize("value", [b"", b"seven b", b"nine byte", pack("<d", float("nan")), pack("<d", float("inf"))])
def test_garbage_is_refused_by_name_and_changes_nothing(value: bytes) -> None:
    window = Window(capacity=10, limit=3, seconds=60, name="rate.senders")
    batch = Batch("window", 1, ((b"good", pack("<d", START)), (b"bad", value)))
    with pytest.raises(ValueError, match=r"rate\.senders"):
        window.absorb(batch, origin=b"o", number=1, now=START)
    with pytest.raises(ValueError, match=r"rate\.senders"):
        window.restore([Row(b"bad", value, START + 1)], START)
    assert len(window) == 0
