from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.memory.cores import KEYS, Cores, Step, restored, schedules
from tests.memory.readers import read
from xmppfilter.memory.changes import Batch
from xmppfilter.memory.contract import Row
from xmppfilter.memory.counter import Counter


def make(capacity: int = 1000, limit: int = 3) -> Counter:
    return Counter(capacity=capacity, limit=limit)


@pytest.mark.parametrize("cores", [2, 3])
@given(data=st.data())
def test_cores_that_exchange_equal_one(cores: int, data: st.DataObject) -> None:
    schedule: list[Step] = data.draw(schedules(2, cores))
    net = Cores(make, cores)
    net.run(schedule, [lambda counter, key, _: counter.note(key), lambda counter, key, _: counter.note(key, 5)])
    for core in net.cores:
        assert [core.count(key) for key in KEYS] == [net.one.count(key) for key in KEYS]


def test_an_unknown_key_counts_nothing() -> None:
    assert make().count(b"nobody") == 0


@pytest.mark.parametrize(
    ("noted", "gone"),
    [
        ("abc", "a"),  # none is hot: the oldest
        ("abca", "b"),  # seen again: newer than b
        ("aaabc", "b"),  # a is hot: the oldest of the others
        ("aaabbc", "b"),  # two sightings are not hot at a limit of three
        ("aaabbbc", "c"),  # only c is cold
        ("aaabbbccc", "a"),  # all are hot: the oldest of them
        ("aaabbbccca", "b"),
    ],
)
def test_who_goes_when_one_more_comes(noted: str, gone: str) -> None:
    counter = make(capacity=3)
    for letter in noted:
        counter.note(letter.encode())
    counter.note(b"x")
    assert {letter for letter in "abc" if not counter.count(letter.encode())} == {gone}
    assert counter.count(b"x") == 1


def test_a_newcomer_pushes_out_the_newcomer_before_it_and_no_second_hot_key() -> None:
    counter = make(capacity=3)
    for letter in "aaabbbccc":
        counter.note(letter.encode())
    for number in range(100):
        counter.note(b"one-off %d" % number)
    assert [counter.count(key) for key in (b"a", b"b", b"c")] == [0, 3, 3]


def test_a_flood_elsewhere_pushes_out_no_hot_key_here() -> None:
    here, there = make(capacity=100), make(capacity=100_000)
    news = there.deltas()
    for _ in range(3):
        here.note(b"campaign")
    for number in range(10_000):
        there.note(b"%d" % number)
    batch = read(news)
    assert here.absorb(batch, origin=b"there", number=1, now=0.0)
    assert here.count(b"campaign") == 3
    assert len(here) == 100


@given(st.lists(st.integers(0, 30)), st.integers(1, 8))
def test_it_never_holds_more_than_its_capacity(noted: list[int], capacity: int) -> None:
    counter = make(capacity=capacity)
    for number in noted:
        counter.note(b"%d" % number)
        assert len(counter) <= capacity


@settings(deadline=None, max_examples=4)
@given(st.integers(140_000, 400_000))
def test_a_big_one_is_bounded_too_and_keeps_nearly_as_many(capacity: int) -> None:
    counter = Counter(capacity=capacity, limit=3)
    for number in range(capacity):
        counter.note(number.to_bytes(4, "big"))
    assert capacity * 0.98 < len(counter) <= capacity


@pytest.mark.parametrize(("capacity", "limit"), [(1000, 3), (1000, 1), (1000, 9), (200_000, 3)])
def test_resizing_keeps_counts(capacity: int, limit: int) -> None:
    counter = make()
    for letter in "aaabbc":
        counter.note(letter.encode())
    counter.resize(capacity=capacity, limit=limit)
    assert [counter.count(key) for key in (b"a", b"b", b"c")] == [3, 2, 1]


def test_resizing_down_keeps_the_hot_and_the_newest() -> None:
    counter = make()
    for letter in "aaabcd":
        counter.note(letter.encode())
    counter.resize(capacity=2, limit=3)
    assert [counter.count(letter.encode()) for letter in "abcd"] == [3, 0, 0, 1]


def test_a_lower_limit_makes_keys_hot() -> None:
    counter = make(capacity=3)
    for letter in "aabc":
        counter.note(letter.encode())
    counter.resize(capacity=3, limit=2)
    counter.note(b"x")
    assert [counter.count(letter.encode()) for letter in "abc"] == [2, 0, 1]


@given(st.lists(st.integers(0, 5)))
def test_rows_round_trip(noted: list[int]) -> None:
    counter = make()
    for number in noted:
        counter.note(b"%d" % number)
    assert set(restored(counter, make, 0.0).snapshot()) == set(counter.snapshot())


def test_rows_of_keys_that_are_gone_are_not_given() -> None:
    counter = make()
    counter.note(b"a")
    assert list(counter.snapshot([b"a", b"gone"])) == [Row(b"a", (1).to_bytes(8, "little"), inf)]


def test_changes_of_evicted_keys_are_sent_all_the_same() -> None:
    counter = make(capacity=2)
    news = counter.deltas()
    counter.note(b"a")
    counter.note(b"b")
    read(news)
    counter.note(b"a", 7)
    counter.note(b"c")
    counter.resize(capacity=1, limit=3)
    other = make()
    other.absorb(read(news), origin=b"o", number=1, now=0.0)
    assert (other.count(b"a"), other.count(b"c")) == (7, 1)


@pytest.mark.parametrize("value", [b"", b"seven b", b"\xff" * 8, b"nine byte"])
def test_garbage_is_refused_by_name_and_changes_nothing(value: bytes) -> None:
    counter = Counter(capacity=10, limit=3, name="same_long_body.copies")
    batch = Batch("counter", 1, ((b"good", (1).to_bytes(8, "little")), (b"bad", value)))
    with pytest.raises(ValueError, match=r"same_long_body\.copies"):
        counter.absorb(batch, origin=b"o", number=1, now=0.0)
    with pytest.raises(ValueError, match=r"same_long_body\.copies"):
        counter.restore([Row(b"bad", value, inf)], 0.0)
    assert len(counter) == 0


def test_a_capacity_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="copies: a capacity of 0"):
        Counter(capacity=0, limit=1, name="copies")
