"""Walks over all bans: in order as far as it says, everybody once, a few records in a step."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppfilter.memory.bans import Bans
from xmppfilter.registers import worst
from xmppfilter.registers.worst import AT_ONCE, everybody, in_order, newest

NOW = 1000.0


def banned(weights: list[int]) -> Bans:
    bans = Bans(capacity=1000, seconds=1e6)
    for number, weight in enumerate(weights):
        bans.offend(b"%08d" % number, f"{number}@evil.example", when=NOW, ban_time=60.0, weight=weight)
    return bans


def result(work: Any) -> Any:
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value


@given(st.lists(st.integers(0, 1000), max_size=40), st.integers(1, 40))
def test_everybody_is_found_once_and_the_worst_in_order(weights: list[int], in_sight: int) -> None:
    bans = banned(weights)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(worst, "SORTED", in_sight)
        found = [ban for ban in everybody(bans, NOW) if ban is not None]
    assert sorted(ban.jid for ban in found) == sorted(f"{number}@evil.example" for number in range(len(weights)))
    assert all(one.sureness >= other.sureness for one, other in pairwise(found[:in_sight]))


@given(st.lists(st.integers(0, 1000), max_size=40), st.integers(1, 40))
def test_the_worst_are_as_many_as_were_asked_for(weights: list[int], most: int) -> None:
    bans = banned(weights)
    count, bad = result(worst.worst(bans, NOW, most))
    assert (count, len(bad)) == (len(weights), min(most, len(weights)))
    assert [ban.sureness for ban in in_order(bans, bad, NOW) if ban] == sorted(weights, reverse=True)[:most]


def test_whom_an_operator_banned_comes_before_the_newest_offenders() -> None:
    bans = banned([1, 2])
    bans.offend(b"the-last", "last@evil.example", when=NOW + 1, ban_time=60.0, weight=1)
    bans.offend(b"its-over", "over@evil.example", when=NOW - 100, ban_time=60.0, weight=1)
    bans.impose(b"operator", "o@evil.example", when=NOW - 200, until=NOW + 5000)
    bans.disable(b"the-last", when=NOW + 1)
    keys, edited = result(newest(bans, NOW + 1, 2))
    assert keys == [b"operator", b"the-last"]
    assert b"the-last" in edited


def test_a_step_reads_few_records() -> None:
    def steps(work: Iterator[Any]) -> int:
        return sum(1 for _ in work)

    bans = banned([1] * 100)
    assert steps(newest(bans, NOW, 10)) >= 100 // AT_ONCE
    assert steps(worst.worst(bans, NOW, 10)) >= 100 // AT_ONCE
