"""What is kept of short texts is bounded by entries and by characters, and changes no answer."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppfilter.memory.kept import LONGEST, _Kept, kept


@given(st.lists(st.text(max_size=3), max_size=60), st.integers(1, 8))
def test_it_answers_as_what_it_keeps(texts: list[str], most: int) -> None:
    read = kept(lambda text: text.upper(), most)
    assert [read(text) for text in texts] == [text.upper() for text in texts]


@given(st.lists(st.text("ab", max_size=4), max_size=200), st.integers(2, 8))
def test_it_keeps_no_more_than_it_may(texts: list[str], most: int) -> None:
    keeping = _Kept(str.upper, most)
    for text in texts:
        assert keeping[text] == text.upper()
        assert len(keeping) + len(keeping._before) <= most


def test_what_comes_again_is_worked_out_once() -> None:
    asked: list[str] = []
    read = kept(asked.append, 100)
    for _ in range(10):
        for number in range(40):
            read(str(number))
    assert len(asked) == 40


def test_a_flood_of_others_does_not_push_out_what_comes_all_the_time() -> None:
    asked: list[str] = []
    read = kept(asked.append, 100)
    for number in range(5000):
        read("often")
        read(str(number))
    assert asked.count("often") == 1


@pytest.mark.parametrize("letter", ["a", "\u0436", "\U0001f600"])
def test_a_flood_of_long_texts_takes_no_room(letter: str) -> None:
    keeping = _Kept(len, 1000)
    for number in range(5000):
        keeping[f"{number}{letter * 3000}"]
        keeping[f"{number}{letter * 250}"]
    held = [*keeping, *keeping._before]
    assert len(held) <= 1000
    assert sum(map(sys.getsizeof, held)) <= 1000 * (4 * LONGEST + 80)


def test_what_raises_is_not_kept() -> None:
    def refuse(text: str) -> str:
        raise ValueError(text)

    read = kept(refuse, 10)
    for _ in range(2):
        with pytest.raises(ValueError, match="a"):
            read("a")
