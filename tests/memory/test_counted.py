"""Who goes when one more comes: what was seen once, before what is being counted."""

from collections import Counter as Tally

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppfilter.memory.counted import HOT, Counted, rank_of
from xmppfilter.memory.counter import Counter
from xmppfilter.memory.window import Window


@pytest.mark.parametrize(
    ("count", "rank"),
    [(0, 0), (1, 0), (2, 1), (3, 1), (4, 2), (7, 2), (8, 3), (16, 4), (19, 4), (20, HOT), (1000, HOT)],
)
def test_ranks(count: int, rank: int) -> None:
    assert rank_of(count, 20) == rank


def test_a_limit_of_one_makes_everything_hot() -> None:
    assert rank_of(1, 1) == HOT


@pytest.mark.parametrize("size", [1, 2, 3, 8, 100])
@given(puts=st.lists(st.tuples(st.integers(0, 40), st.integers(0, HOT)), max_size=200))
def test_it_never_holds_more_than_its_capacity(size: int, puts: list[tuple[int, int]]) -> None:
    held: Counted[int] = Counted(size)
    model: dict[bytes, int] = {}
    for number, rank in puts:
        key = b"%d" % number
        gone = held.put(key, number, rank)
        model[key] = number
        if gone is not None:
            assert gone != key
            del model[gone]
        assert len(held) == len(model) <= size
        assert {key: held.get(key) for key in tuple(held.keys())} == model
    while (first := held.first() if model else None) is not None:
        assert held.pop() == first
        del model[first]
    assert len(held) == 0


@given(st.lists(st.integers(0, HOT), min_size=1, max_size=200))
def test_who_goes_has_more_than_a_share_and_no_hot_key_goes_before_another(ranks: list[int]) -> None:
    held: Counted[int] = Counted(1000)
    for number, rank in enumerate(ranks):
        held.put(b"%d" % number, rank, rank)
    left = Tally(ranks)
    while len(held):
        below = sum(count for rank, count in left.items() if rank < HOT)
        first = held.first()
        assert first is not None
        rank = held.get(first) or 0
        assert (rank == HOT) is (below == 0)
        if below >= 8:
            assert rank == min(each for each in range(HOT) if left[each] > max(1, below // (8 if each else 4)))
        held.pop()
        left[rank] -= 1


@pytest.mark.parametrize("each", [1, 2, 3], ids=["once", "twice", "three times"])
def test_a_flood_of_texts_pushes_out_none_that_is_being_counted(each: int) -> None:
    """Ten times as many texts as there is room for, however often each is sent, less often than the one."""
    counter, window = Counter(capacity=400, limit=20), Window(capacity=400, limit=20, seconds=3600)
    for at in range(8):
        counter.note(b"spam")
        window.note(b"spam", float(at))
    for number in range(4000):
        for _ in range(each):
            counter.note(b"%d" % number)
            window.note(b"%d" % number, 10.0)
    assert counter.count(b"spam") == window.count(b"spam", 10.0) == 8
    assert len(counter) == len(window) == 400


@pytest.mark.parametrize("before", [0, 2, 5, 19, 25])
def test_what_comes_again_is_seen_to_however_full_it_is(before: int) -> None:
    """Not even by all that was sent before, often: a quarter is for newcomers."""
    counter = Counter(capacity=400, limit=20)
    for number in range(300):
        for _ in range(before):
            counter.note(b"before %d" % number)
    for round_ in range(8):
        counter.note(b"spam")
        for number in range(50):
            counter.note(b"one-off %d %d" % (round_, number))
    assert counter.count(b"spam") == 8


def test_silent_keys_of_any_rank_make_room() -> None:
    window = Window(capacity=40, limit=20, seconds=60)
    for number in range(40):
        for at in range(1 + number % 25):
            window.note(b"%d" % number, float(at))
    for number in range(200):
        for _ in range(2):
            window.note(b"new %d" % number, 1000.0)
    ages = Tally(key.startswith(b"new") for key in (row.key for row in window.snapshot()))
    assert ages[True] > 30
