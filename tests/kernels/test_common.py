import sys
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernels.texts import spent, traced
from xmppfilter.kernels import common as python

_TEXTS = st.one_of(st.binary(max_size=150), st.text("abc", max_size=200).map(str.encode))


def longest(first: bytes, second: bytes) -> int:
    """Return the length of the longest common subsequence, by the book."""
    row = [0] * (len(first) + 1)
    for letter in second:
        before = 0
        for at, other in enumerate(first, start=1):
            before, row[at] = row[at], before + 1 if other == letter else max(row[at], row[at - 1])
    return row[-1]


@settings(max_examples=300)
@given(first=_TEXTS, second=_TEXTS, parts=st.integers(1, 16))
def test_both_find_the_same(compiled: ModuleType, first: bytes, second: bytes, parts: int) -> None:
    assert compiled.in_common(first, second, parts) == python.in_common(first, second, parts)


@settings(max_examples=100)
@given(first=_TEXTS, second=_TEXTS)
def test_it_is_the_longest_common_subsequence_of_each_part(first: bytes, second: bytes) -> None:
    halves = [longest(first[: len(first) // 2], second[: len(second) // 2]), longest(first, second)]
    assert python.in_common(first, second, 2) == halves


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [
        (b"", b"", [0, 0]),
        (b"abcd", b"", [0, 0]),
        (b"abcd", b"abcd", [2, 4]),
        (b"abcd", b"cdab", [0, 2]),
        (b"a" * 200, b"a" * 100, [50, 100]),
        (b"ab" * 100, b"xaby" * 100, [100, 200]),
    ],
)
def test_what_is_in_common(kernel: ModuleType, first: bytes, second: bytes, found: list[int]) -> None:
    assert kernel.in_common(first, second, 2) == found


def test_a_thousand_letters_take_no_long_time(kernel: ModuleType) -> None:
    first, second = b"abcdefgh" * 128, b"hgfedcba" * 128
    assert spent(lambda: kernel.in_common(first, second, 6)) < 0.1  # a millisecond, in C less


@pytest.mark.parametrize(
    "args", [(), (b"", b""), ("", b"", 1), (b"", "", 1), (b"", b"", None), (b"", b"", 0), (b"", b"", 17)]
)
def test_c_refuses_other_arguments(compiled: ModuleType, args: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        compiled.in_common(*args)


def test_c_leaves_nothing_behind(compiled: ModuleType) -> None:
    first, second = b"abcdefgh" * 20, b"abdefghi" * 20

    def work() -> None:
        for _ in range(1_000):
            compiled.in_common(first, second, 6)

    references = sys.getrefcount(first)
    left, _ = traced(work)
    assert left < 10_000
    assert sys.getrefcount(first) == references
