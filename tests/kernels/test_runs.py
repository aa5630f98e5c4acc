import sys
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernels.texts import spent, traced
from xmppfilter.duplicates.sketch import MOST_SLOTS, RUN, STARTS, WINDOW
from xmppfilter.kernels import runs as python

LARGEST = (1 << 63) - 1
SECRET = 0x9E3779B97F4A7C15
_STRETCHES = st.one_of(
    st.binary(max_size=80),
    st.text("aiobc", max_size=80).map(str.encode),
    st.binary(min_size=1, max_size=7).flatmap(lambda unit: st.integers(0, 3 * WINDOW // len(unit)).map(unit.__mul__)),
    st.integers(0, 3 * WINDOW).map(lambda size: (b"aoxiiyb" * WINDOW)[:size]),
)


@settings(max_examples=200)
@given(
    stretch=_STRETCHES,
    mask=st.sampled_from([0, 1, 255, 0xFFFF, (1 << 40) - 1, LARGEST, -1]),
    secret=st.sampled_from([1, SECRET, (1 << 64) - 1]),
)
@pytest.mark.parametrize(
    "cut", [(RUN, WINDOW, 0), (RUN, WINDOW, MOST_SLOTS), (2, 9, 3), (RUN, 0, 0), (7, 2000, 1), (8, WINDOW, 5)]
)
def test_both_find_the_same(
    compiled: ModuleType, cut: tuple[int, int, int], stretch: bytes, mask: int, secret: int
) -> None:
    found = compiled.cutting(STARTS, *cut)(stretch, mask, secret)
    assert found == python.cutting(STARTS, *cut)(stretch, mask, secret)


@pytest.mark.parametrize(
    ("stretch", "most", "found"),
    [
        (b"", 0, []),
        (b"abcde", 0, []),
        (b"abcdef", 0, [b"abcdef"]),
        (b"bcdefgh", 0, []),
        (b"abcdefabcdefg", 0, [b"abcdef", b"abcdef"]),
        (b"aaaaaaaa", 2, [b"aaaaaa", b"aaaaaa"]),
    ],
)
def test_a_slot_is_the_product_of_a_run(kernel: ModuleType, stretch: bytes, most: int, found: list[bytes]) -> None:
    numbers = [int.from_bytes(run, "big") * SECRET >> 32 & 0xFFFFFFFF for run in found]
    assert kernel.cutting(STARTS, 6, 99, most)(stretch, LARGEST, SECRET) == numbers


def test_another_secret_spreads_otherwise(kernel: ModuleType) -> None:
    slots = kernel.cutting(STARTS, RUN, WINDOW, 0)
    stretch = b"abcdef" * 100
    assert slots(stretch, 0xFFFF, SECRET) != slots(stretch, 0xFFFF, SECRET + 2)


def test_a_long_stretch_takes_no_longer(kernel: ModuleType) -> None:
    slots = kernel.cutting(STARTS, RUN, WINDOW, MOST_SLOTS)
    assert spent(lambda: slots(b"a" * 1_000_000, 255, SECRET)) < 0.5  # some ms


@pytest.mark.parametrize("args", [(), (b"", 6, 9, 0), (STARTS, 6, 9, 1 << 80), (STARTS, 6, 9, None)])
def test_c_refuses_other_arguments(compiled: ModuleType, args: Any) -> None:
    with pytest.raises((TypeError, OverflowError)):
        compiled.cutting(*args)


@pytest.mark.parametrize("numbers", [(1, 9, 0), (9, 9, 0), (6, -1, 0), (6, 9, -1)])
def test_c_refuses_numbers_that_make_no_sense(compiled: ModuleType, numbers: Any) -> None:
    with pytest.raises(ValueError, match="wanted a length"):
        compiled.cutting(STARTS, *numbers)


@pytest.mark.parametrize(
    "args",
    [
        (),
        (b"abcdef", 255),
        ("abcdef", 255, 1),
        (bytearray(9), 255, 1),
        (b"abcdef", None, 1),
        (b"abcdef", 255, None),
        (b"abcdef", 1 << 63, 1),
        (b"abcdef", 255, 1 << 64),
        (b"abcdef", 255, -1),
    ],
)
def test_c_refuses_what_is_no_stretch(compiled: ModuleType, args: Any) -> None:
    with pytest.raises((TypeError, OverflowError)):
        compiled.cutting(STARTS, 6, 9, 0)(*args)


def test_c_leaves_nothing_behind(compiled: ModuleType) -> None:
    slots = compiled.cutting(STARTS, RUN, WINDOW, 0)
    stretch = b"aoxiiyb" * 40

    def work() -> None:
        for _ in range(1_000):
            slots(stretch, LARGEST, SECRET)

    references = sys.getrefcount(stretch)
    left, _ = traced(work)
    assert left < 10_000
    assert sys.getrefcount(stretch) == references
