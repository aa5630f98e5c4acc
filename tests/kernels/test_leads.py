import sys
from array import array
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernels.texts import traced
from xmppfilter.kernels import leads as python

HALF = 64
_TABLES = st.lists(st.integers(0, 20), min_size=HALF, max_size=2 * HALF).map(lambda drawn: array("I", drawn))
_PLACES = st.lists(st.integers(0, HALF - 1), unique=True, max_size=HALF).map(lambda drawn: packed(*drawn))


def packed(*places: int) -> bytes:
    return array("I", places).tobytes()


@settings(max_examples=300)
@given(table=_TABLES, places=_PLACES, least=st.integers(1, 4), most=st.integers(1, 6))
def test_both_find_the_same(compiled: ModuleType, table: "array[int]", places: bytes, least: int, most: int) -> None:
    assert compiled.most_led(table, places, least, most) == python.most_led(table, places, least, most)


@settings(max_examples=100)
@given(table=_TABLES, places=_PLACES)
def test_both_lead_alike(compiled: ModuleType, table: "array[int]", places: bytes) -> None:
    other = array("I", table)
    compiled.lead(table, places, 99, HALF)
    python.lead(other, places, 99, HALF)
    assert table == other


def test_what_most_places_lead_to_comes_first(kernel: ModuleType) -> None:
    table = array("I", [7, 7, 7, 5, 5, 6, 6, 4])
    assert kernel.most_led(table, packed(*range(8)), 2, 9) == [(7, 3), (6, 2), (5, 2)]
    assert kernel.most_led(table, packed(*range(8)), 2, 2) == [(7, 3), (6, 2)]
    assert kernel.most_led(table, packed(0, 3, 5), 2, 9) == []
    assert kernel.most_led(table, b"", 1, 9) == []


def test_the_upper_half_follows_as_far_as_it_is_there(kernel: ModuleType) -> None:
    table = array("I", [0] * 7)
    kernel.lead(table, packed(1, 3), 9, 4)
    assert table == array("I", [0, 9, 0, 9, 0, 9, 0])


@pytest.mark.parametrize("places", [packed(4), packed(0, 1 << 31)])
def test_places_that_are_not_there(kernel: ModuleType, places: bytes) -> None:
    table = array("I", [0] * 4)
    with pytest.raises(IndexError):
        kernel.most_led(table, places, 1, 1)
    with pytest.raises(IndexError):
        kernel.lead(table, places, 1, 4)


TABLE = array("I", [0])


@pytest.mark.parametrize(
    "args",
    [
        (),
        (TABLE, b"", 1),
        (array("Q", [0]), b"", 1, 1),
        (None, b"", 1, 1),
        (TABLE, "", 1, 1),
        (TABLE, b"abc", 1, 1),
        (TABLE, b"", 0, 1),
        (TABLE, b"", 1, 0),
        (TABLE, b"", 1, 1 << 40),
        (TABLE, b"", None, 1),
    ],
)
def test_c_refuses_other_arguments(compiled: ModuleType, args: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        compiled.most_led(*args)


@pytest.mark.parametrize("args", [(), (TABLE, b"", 1 << 32, 1), (bytes(4), b"", 1, 1), (TABLE, b"", 1, -1)])
def test_c_refuses_to_lead_elsewhere(compiled: ModuleType, args: Any) -> None:
    with pytest.raises((TypeError, ValueError, OverflowError, BufferError)):
        compiled.lead(*args)


def test_c_leaves_nothing_behind(compiled: ModuleType) -> None:
    table, places = array("I", range(100)), packed(*range(50))

    def work() -> None:
        for number in range(1_000):
            compiled.lead(table, places, number, 64)
            compiled.most_led(table, places, 1, 3)

    references = sys.getrefcount(table), sys.getrefcount(places)
    left, _ = traced(work)
    assert left < 10_000
    assert (sys.getrefcount(table), sys.getrefcount(places)) == references
    table.append(1)  # nothing holds on to it
