"""Records of which the lowest rank goes first."""

from hypothesis import given
from hypothesis import strategies as st

from xmppfilter.memory.ranked import Ranked


def key(number: int) -> bytes:
    return number.to_bytes(2, "big")


def filled(capacity: int, *ranks: int) -> tuple[Ranked, list[bytes | None]]:
    ranked = Ranked(capacity)
    return ranked, [ranked.put(key(number), b"r", None, rank) for number, rank in enumerate(ranks)]


def test_the_lowest_rank_goes_first_and_of_it_what_was_put_longest_ago() -> None:
    ranked, evicted = filled(3, 5, 1, 1)
    assert evicted == [None, None, None]
    assert ranked.first() == key(1)
    assert ranked.put(key(9), b"r", None, 7) == key(1)
    ranked.put(key(2), b"again", 1, 6)
    assert [ranked.pop(), ranked.pop(), ranked.pop()] == [key(0), key(2), key(9)]
    assert ranked.first() is None


def test_what_is_cheap_to_make_up_pushes_only_its_like_out() -> None:
    ranked, _ = filled(16, 3, 3, -1, -1, -2)
    assert sorted(ranked.keys()) == [key(0), key(1), key(3), key(4)]
    for number in range(100, 200):
        ranked.put(key(number), b"r", None, -(number % 4) - 1)
    assert {key(0), key(1)} <= set(ranked.keys())
    assert len(ranked) == 4


def test_what_is_outdated_goes_before_whatever_comes_later() -> None:
    ranked, _ = filled(4, 9, 9)
    ranked.outdate()
    ranked.put(key(2), b"r", None, 0)
    assert ranked.next_outdated() == key(0)
    ranked.put(key(0), b"r", 9, 0)
    assert ranked.next_outdated() == key(1)
    assert ranked.pop() == key(1)
    assert ranked.next_outdated() is None
    assert ranked.pop() == key(2)


STEP = st.tuples(st.sampled_from(["put", "drop", "discard", "pop", "outdate"]), st.integers(0, 30), st.integers(-3, 6))


@given(st.integers(1, 20), st.lists(STEP, max_size=60))
def test_it_never_holds_more_than_it_may_nor_loses_count(capacity: int, steps: list[tuple[str, int, int]]) -> None:
    ranked = Ranked(capacity)
    ranks: dict[bytes, int] = {}
    for step, number, rank in steps:
        name = key(number)
        gone: bytes | None = None
        if step == "put":
            gone = ranked.put(name, b"r", ranks.get(name), rank)
            ranks[name] = rank
        elif step == "drop" and name in ranks:
            ranked.drop(name, ranks.pop(name))
        elif step == "discard":
            assert ranked.discard(name) is (ranks.pop(name, None) is not None)
        elif step == "pop" and ranks:
            gone = ranked.pop()
        elif step == "outdate":
            ranked.outdate()
        if gone is not None:
            del ranks[gone]
        assert set(ranked.keys()) == set(ranks)
        assert len(ranked) <= capacity
    assert {ranked.pop() for _ in range(len(ranked))} == set(ranks)
