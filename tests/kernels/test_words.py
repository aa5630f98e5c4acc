import random
import sys
from array import array
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernels.texts import spent, traced
from xmppfilter.kernels import words as python

SECRET = 0x9E3779B97F4A7C15
ALL = (1 << 32) - 1
OURS = (5, 24, 12, 48)
_LETTERS = st.binary(max_size=120).map(lambda drawn: bytes(b"abcdz\x80\xb3 "[byte % 8] for byte in drawn))


def marks(kernel: ModuleType, words: bytes, letters: bytes = b"", *, most: tuple[int, int, int] = (99, 99, 99)) -> Any:
    return array("I", kernel.marking(5, *most)(words, letters, ALL, SECRET))


@settings(max_examples=300)
@given(
    words=st.one_of(_LETTERS, st.binary(max_size=200)),
    letters=st.one_of(_LETTERS, st.binary(max_size=300)),
    mask=st.sampled_from([0, 1, 255, (1 << 20) - 1, ALL]),
    secret=st.sampled_from([1, SECRET, (1 << 64) - 1]),
    sizes=st.sampled_from([OURS, (1, 1, 1, 1), (7, 3, 2, 5), (2, 200, 200, 200)]),
)
def test_both_find_the_same(
    compiled: ModuleType, words: bytes, letters: bytes, mask: int, secret: int, sizes: tuple[int, int, int, int]
) -> None:
    found = compiled.marking(*sizes)(words, letters, mask, secret)
    assert found == python.marking(*sizes)(words, letters, mask, secret)


@pytest.mark.parametrize(
    ("words", "others", "same"),
    [
        (b"bac dac fac", b"bca dca fca", True),  # by the set of consonants
        (b"bac dac fac", b"bacca dac fac", True),
        (b"bac dac fac", b"bac dag fac", False),
        (b"bac dac", b"dac bac", False),
        (b"bac dac", b"bac a dac a", True),  # words without a consonant do not count
        (b"bac  dac fac ", b" bac dac fac", True),
    ],
)
def test_words_side_by_side(kernel: ModuleType, words: bytes, others: bytes, same: bool) -> None:
    assert (marks(kernel, words) == marks(kernel, others)) is same


def test_a_word_between_two_leaves_their_mark(kernel: ModuleType) -> None:
    assert set(marks(kernel, b"bac dac")) <= set(marks(kernel, b"bac fag dac"))
    assert not set(marks(kernel, b"bac dac")) & set(marks(kernel, b"bac fag fah dac"))


def test_first_letters_and_runs_are_told_apart(kernel: ModuleType) -> None:
    firsts, runs = marks(kernel, b"b c d f g"), marks(kernel, b"", b"bcdfg")
    assert len(runs) == 1
    assert not set(firsts) & set(runs)


def test_of_many_about_as_many_are_taken_as_wanted_and_the_same_of_a_part(kernel: ModuleType) -> None:
    letters = random.Random(1).randbytes(1000)
    few = marks(kernel, b"", letters, most=(1, 1, 50))
    assert 25 < len(few) < 100
    assert set(few) <= set(marks(kernel, b"", letters, most=(1, 1, 2000)))


def test_each_is_taken_once(kernel: ModuleType) -> None:
    assert len(marks(kernel, b"bac dac " * 50, b"bac dac " * 50)) < 20


def test_another_secret_numbers_otherwise(kernel: ModuleType) -> None:
    of = kernel.marking(*OURS)
    assert of(b"bac dac fac", b"bacdacfac", ALL, SECRET) != of(b"bac dac fac", b"bacdacfac", ALL, SECRET + 2)


@pytest.mark.parametrize("unit", [b"a ", b"b", b"bac ", b"ab", b"\x80\xb3 "])
def test_a_long_text_takes_linear_time(kernel: ModuleType, unit: bytes) -> None:
    of, text = kernel.marking(*OURS), unit * (65_536 // len(unit))
    assert spent(lambda: of(text, text, ALL, SECRET)) < 0.5  # some ms


@pytest.mark.parametrize(
    "args",
    [
        (),
        (b"", b"", ALL),
        ("", b"", ALL, 1),
        (b"", "", ALL, 1),
        (b"", b"", None, 1),
        (b"", b"", 1 << 32, 1),
        (b"", b"", -1, 1),
        (b"", b"", ALL, 1 << 64),
        (b"", b"", ALL, -1),
        (b"", b"", ALL, None),
    ],
)
def test_c_refuses_other_arguments(compiled: ModuleType, args: Any) -> None:
    with pytest.raises((TypeError, OverflowError)):
        compiled.marking(*OURS)(*args)


@pytest.mark.parametrize("sizes", [(), (5, 1, 1), (0, 1, 1, 1), (8, 1, 1, 1), (5, 0, 1, 1), (5, 1, 1, 1 << 80), "abcd"])
def test_c_refuses_numbers_that_make_no_sense(compiled: ModuleType, sizes: Any) -> None:
    with pytest.raises((TypeError, ValueError, OverflowError)):
        compiled.marking(*sizes)


def test_c_leaves_nothing_behind(compiled: ModuleType) -> None:
    of = compiled.marking(*OURS)
    text = b"bac dac fag " * 40

    def work() -> None:
        for _ in range(1_000):
            of(text, text, ALL, SECRET)

    references = sys.getrefcount(text)
    left, _ = traced(work)
    assert left < 10_000
    assert sys.getrefcount(text) == references
