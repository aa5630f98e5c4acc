"""What is compiled looks slots up and counts hits exactly as Python does."""

import time
import tracemalloc
from array import array
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xmppfilter import kernels
from xmppfilter.duplicates.index import HITS, TAKEN

fast = pytest.importorskip("xmppfilter_fast", reason="the extension is not built: pip install ./deploy/fast")
pure = kernels.pure

SIZE = 64
LARGEST = (1 << 32) - 1


def table() -> "array[int]":
    return array("I", range(LARGEST, LARGEST - SIZE, -1))


@settings(max_examples=500)
@given(st.lists(st.integers(-SIZE, SIZE - 1)), st.integers(0, LARGEST))
def test_a_table_is_read_and_written_alike(places: list[int], number: int) -> None:
    one, other = table(), table()
    assert fast.look_up(one, places) == pure["look_up"](other, places)
    fast.lead_to(one, places, number)
    pure["lead_to"](other, places, number)
    assert one == other


@pytest.mark.parametrize("places", [range(9), (1, 2), array("I", [3, 4]), array("I"), [True]])
def test_places_may_come_in_any_sequence(places: Sequence[int]) -> None:
    assert fast.look_up(table(), places) == pure["look_up"](table(), places)


@pytest.mark.parametrize("place", [SIZE, -SIZE - 1, 1 << 40, -(1 << 40), 1 << 80, "1", None, 1.0])
def test_what_is_no_place_is_refused_and_what_stood_before_it_is_written(place: Any) -> None:
    one, other = table(), table()
    for twin in ("look_up", "lead_to"):
        args = (7,) if twin == "lead_to" else ()
        with pytest.raises((IndexError, TypeError)) as raised:
            getattr(fast, twin)(one, [1, place, 2], *args)
        with pytest.raises(raised.type):
            pure[twin](other, [1, place, 2], *args)
    assert one == other != table()


@pytest.mark.parametrize(
    "args",
    [
        (),
        (table(),),
        (table(), 1),
        (table(), None),
        ([1, 2], [0]),
        (b"abcdefgh", [0]),
        (array("i", [1]), [0]),
        (array("Q", [1]), [0]),
        (None, [0]),
    ],
)
def test_what_is_no_table_or_no_places_is_refused(args: tuple[Any, ...]) -> None:
    with pytest.raises((TypeError, BufferError)):
        fast.look_up(*args)
    with pytest.raises((TypeError, BufferError)):
        fast.lead_to(*args, 1)


@pytest.mark.parametrize("number", [-1, 1 << 32, 1 << 80, None, "1"])
def test_no_other_number_is_written(number: Any) -> None:
    one = table()
    for lead_to in (fast.lead_to, pure["lead_to"]):
        with pytest.raises((TypeError, OverflowError)):
            lead_to(one, [0], number)
    assert one == table()


def test_a_table_that_was_looked_into_may_grow() -> None:
    one = table()
    fast.look_up(one, [0])
    fast.lead_to(one, [0], 1)
    with pytest.raises(IndexError):
        fast.look_up(one, [SIZE])
    one *= 2
    assert fast.look_up(one, [SIZE]) == [1]


_OWNERS = st.one_of(st.integers(0, 3), st.integers(0, 30), st.integers(LARGEST - 3, LARGEST))


@settings(max_examples=2000)
@given(st.lists(st.tuples(st.one_of(st.integers(0, 200), st.integers(0, 9)), _OWNERS), max_size=80))
def test_hits_are_the_same_in_the_same_order(pairs: list[tuple[int, int]]) -> None:
    slots, owners = [slot for slot, _ in pairs], [owner for _, owner in pairs]
    for each in (slots, array("I", slots), tuple(slots), range(len(owners))):
        assert list(fast.hits(each, owners).items()) == list(pure["hits"](each, owners).items())


@pytest.mark.parametrize("count", range(2 * HITS))
@pytest.mark.parametrize("between", [[], [1], [1, 2]])
def test_few_hits_are_the_same(count: int, between: list[int]) -> None:
    for owners in ([7] * count, [7, *between] * count, [*between, 7, 7] * count, [7, 7, *between, 7] * count):
        assert fast.hits(range(len(owners)), owners) == pure["hits"](range(len(owners)), owners)


@pytest.mark.parametrize("args", [(), ([1],), ([1], [1, 2]), ([1, 2], [1]), (1, 2), (["a"], [1]), ([1 << 80], [1])])
def test_what_are_no_owners_of_slots_is_refused(args: tuple[Any, ...]) -> None:
    with pytest.raises((TypeError, ValueError, OverflowError)):
        fast.hits(*args)


@pytest.mark.parametrize("step", [0, 1, 2, 1 << 11, 1 << 20, 1 << 32])
def test_hits_of_any_numbers_are_counted_in_linear_time(step: int) -> None:
    numbers = [n * step for n in range(100_000)]

    def spent() -> float:
        start = time.process_time()
        fast.hits(numbers, numbers)
        fast.hits(numbers, [7] * len(numbers))
        return time.process_time() - start

    assert min(spent() for _ in range(3)) < 1.0  # some 20 ms
    assert fast.hits(numbers, numbers) == pure["hits"](numbers, numbers)


@given(st.integers(0, 5 * TAKEN))
def test_the_same_are_taken_from_all_over(count: int) -> None:
    for slots in (range(count), list(range(count)), array("I", range(count))):
        assert fast.spread(slots) == pure["spread"](slots)
        assert (fast.spread(slots) is slots) == (count <= TAKEN)


@pytest.mark.parametrize("slots", [None, 7, dict.fromkeys(range(99)), set(range(99))])
def test_what_has_no_order_is_not_spread(slots: Any) -> None:
    with pytest.raises((TypeError, KeyError)):
        fast.spread(slots)


def test_many_look_ups_leave_nothing_behind() -> None:
    one, slots = table(), [n * 7 % SIZE for n in range(50)]
    owners = [slot % 5 + (1 << 20) for slot in slots]

    def work() -> None:
        for _ in range(25_000):
            fast.look_up(one, slots)
            fast.lead_to(one, slots, LARGEST)
            fast.hits(slots, owners)
            fast.spread(slots)

    work()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        work()
        assert tracemalloc.get_traced_memory()[0] - before < 10_000
    finally:
        tracemalloc.stop()
