from math import exp
from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.memory.cores import KEYS, START, Cores, Step, restored, schedules
from tests.memory.readers import Store, read
from xmppfilter.memory.changes import Batch
from xmppfilter.memory.contract import Row
from xmppfilter.memory.rates import Rates
from xmppfilter.memory.state import State

OTHERS = [number.to_bytes(8, "little") for number in range(1000)]
SPAN = START - START % 60


def make(capacity: int = 1000, limit: float = 3, seconds: float = 60.0) -> Rates:
    return Rates(capacity=capacity, limit=limit, seconds=seconds)


def other(number: int) -> bytes:
    return State().key(f"other {number}")


@pytest.mark.parametrize("cores", [2, 3])
@given(data=st.data())
def test_cores_that_exchange_equal_one(cores: int, data: st.DataObject) -> None:
    schedule: list[Step] = data.draw(schedules(2, cores, jump=100))
    net = Cores(make, cores)
    net.run(
        schedule,
        [
            lambda rates, key, now: rates.note(key, OTHERS[0], now),
            lambda rates, key, now: rates.note(key, OTHERS[1], now),
        ],
    )
    for later in (0.0, 30.0, 90.0):
        now = net.now + later
        for core in net.cores:
            for key in KEYS:
                assert core.count(key, now) == pytest.approx(net.one.count(key, now), rel=1e-6, abs=0.06)
                assert core.distinct(key, now) == pytest.approx(net.one.distinct(key, now), abs=0.06)


def test_an_event_fades() -> None:
    rates = make()
    rates.note(b"k", OTHERS[0], START)
    for later in (0, 30, 60, 120):
        assert rates.count(b"k", START + later) == pytest.approx(exp(-later / 60))
    assert rates.count(b"nobody", START) == 0


@pytest.mark.parametrize("per_minute", [1, 5, 60, 600])
def test_a_steady_stream_counts_what_comes_in_a_minute(per_minute: int) -> None:
    rates = make()
    for number in range(10 * per_minute):
        rates.note(b"k", OTHERS[number % 9], START + number * 60 / per_minute)
    assert rates.count(b"k", START + 600) == pytest.approx(per_minute, rel=0.1, abs=0.6)


def test_a_burst_counts_at_once() -> None:
    rates = make()
    for number in range(100):
        rates.note(b"k", other(number), START)
    assert rates.count(b"k", START) == pytest.approx(100)


@pytest.mark.parametrize(("different", "error"), [(1, 0.1), (5, 0.6), (12, 2), (30, 5), (100, 25)])
def test_different_others_are_estimated(different: int, error: float) -> None:
    rates = make()
    for number in range(500):
        rates.note(b"k", other(number % different), SPAN + 5)
    assert rates.distinct(b"k", SPAN + 5) == pytest.approx(different, abs=error)


def test_others_of_the_last_span_fade_as_this_one_goes_on() -> None:
    rates = make()
    for number in range(10):
        rates.note(b"k", other(number), SPAN + 50)
    there = rates.distinct(b"k", SPAN + 59)
    assert [round(rates.distinct(b"k", SPAN + second) / there, 2) for second in (60, 75, 90, 119, 120, 500)] == [
        1.0, 0.75, 0.5, 0.02, 0.0, 0.0,
    ]  # fmt: skip
    rates.note(b"k", other(0), SPAN + 90)
    assert rates.distinct(b"k", SPAN + 90) == pytest.approx(1 + (there - 1) / 2, abs=0.1)


def test_every_key_has_its_own() -> None:
    rates = make()
    rates.note(b"k", OTHERS[0], START)
    rates.note(b"l", OTHERS[1], START)
    assert [rates.count(key, START) for key in (b"k", b"l")] == [1, 1]
    assert rates.distinct(b"k", START) == pytest.approx(1, abs=0.1)


def test_a_flood_of_single_keys_pushes_out_no_busy_one() -> None:
    rates = make(capacity=10)
    for _ in range(5):
        rates.note(b"busy", OTHERS[0], START)
    for number in range(1000):
        rates.note(b"%d" % number, OTHERS[0], START + 1)
    assert rates.count(b"busy", START + 1) > 4
    assert len(rates) == 10


@given(st.lists(st.tuples(st.integers(0, 30), st.floats(0, 40))), st.integers(1, 8))
def test_it_never_holds_more_than_its_capacity(noted: list[tuple[int, float]], capacity: int) -> None:
    rates, now = make(capacity=capacity), START
    for number, wait in noted:
        now += wait
        rates.note(b"%d" % number, OTHERS[number], now)
        assert len(rates) <= capacity


@given(st.lists(st.tuples(st.integers(0, 5), st.floats(0, 30))))
def test_rows_round_trip(noted: list[tuple[int, float]]) -> None:
    rates, now = make(), START
    for number, wait in noted:
        now += wait
        rates.note(b"%d" % number, OTHERS[number], now)
    again = restored(rates, make, now)
    assert set(again.snapshot()) == {row for row in rates.snapshot() if row.expires > now}


def test_expiry_drops_what_is_over_within_its_budget() -> None:
    rates = make()
    for number in range(100):
        rates.note(b"%d" % number, OTHERS[0], START + number)
    assert rates.expire(START + 179, 1000) == 0
    assert rates.expire(START + 230, 30) == 30
    assert rates.expire(START + 230, 1000) == 21
    assert len(rates) == 49


def test_expiry_takes_turns_among_the_shards_of_a_big_one() -> None:
    rates = make(capacity=10_000_000)
    for number in range(20_000):
        rates.note(number.to_bytes(8, "big"), OTHERS[0], START)
    calls = 0
    while len(rates):
        assert rates.expire(START + 181, 1000) <= 1000
        calls += 1
        assert calls < 100


@pytest.mark.parametrize(("capacity", "limit"), [(1000, 3), (1000, 9), (300_000, 3)])
def test_resizing_keeps_the_rates(capacity: int, limit: float) -> None:
    rates = make()
    for _ in range(5):
        rates.note(b"k", OTHERS[0], START)
    rates.resize(capacity=capacity, limit=limit, seconds=60.0)
    assert rates.count(b"k", START) == pytest.approx(5)


def test_resizing_down_keeps_the_busy_and_the_newest() -> None:
    rates = make()
    for key in (b"busy", b"busy", b"busy", b"busy", b"old", b"new"):
        rates.note(key, OTHERS[0], START)
    rates.resize(capacity=2, limit=3, seconds=60.0)
    assert [rates.count(key, START) > 0 for key in (b"busy", b"old", b"new")] == [True, False, True]


def test_rates_of_another_length_of_time_are_forgotten() -> None:
    rates = make()
    rates.note(b"k", OTHERS[0], START)
    store, peer = Store(rates), rates.deltas()
    rates.resize(capacity=1000, limit=3, seconds=10.0)
    assert (len(rates), rates.count(b"k", START)) == (0, 0)
    store.settle()
    assert store.rows == {}
    assert peer.take(1) is None, "an event of another length of time"


def test_evicted_keys_are_told_to_the_store_and_to_nobody_else() -> None:
    rates = make(capacity=1)
    store, peer = Store(rates), rates.deltas()
    rates.note(b"a", OTHERS[0], START)
    store.flush()
    read(peer)
    rates.note(b"b", OTHERS[0], START)
    assert store.flush() == 2
    assert store.rows.keys() == {b"b"}
    assert [key for key, _ in read(peer).entries] == [b"b"]


def test_a_clock_that_is_ahead_elsewhere_counts_no_longer_than_the_most() -> None:
    rates = make()
    value = pack("<dIQQ", START + 1e9, 2**32 - 1, 1, 1)
    rates.absorb(Batch("rates", 1, ((b"k", value),)), origin=b"o", number=1, now=START)
    assert rates.count(b"k", START) <= 1e6 + 1
    assert rates.count(b"k", START + rates.lifetime) < 0.06
    rates.expire(START + rates.lifetime, 10)
    assert len(rates) == 0


@pytest.mark.parametrize(
    "value", [b"", b"short", pack("<dIQQ", float("nan"), 1, 1, 1), pack("<dIQQ", float("inf"), 1, 1, 1)]
)
def test_garbage_is_refused_by_name_and_changes_nothing(value: bytes) -> None:
    rates = Rates(capacity=10, limit=3, seconds=60, name="rate.senders")
    batch = Batch("rates", 1, ((b"good", pack("<dIQQ", START, 1, 1, 0)), (b"bad", value)))
    with pytest.raises(ValueError, match=r"rate\.senders"):
        rates.absorb(batch, origin=b"o", number=1, now=START)
    with pytest.raises(ValueError, match=r"rate\.senders"):
        rates.restore([Row(b"bad", value, START + 1)], START)
    assert len(rates) == 0
