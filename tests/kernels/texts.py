"""Texts that strangers might write, and what they cost."""

import sys
import time
import tracemalloc
from collections.abc import Callable

from hypothesis import strategies as st

LONG = 65_536

# Of all planes, surrogates too, and more often what is treated in a way of its own.
_CHARACTERS = st.one_of(
    st.integers(0, sys.maxunicode).map(chr),
    st.integers(0, 127).map(chr),
    st.sampled_from("жЖéßяєğ“—€"),
    st.sampled_from("\u202e\u202c\n \t\x1c\x85\xa0\u2003\u3000\u200b\x00\ud800\udfff\uffff\U0010ffff한가갂ᆨ你🔥ﷺ"),
)
TEXTS = st.one_of(
    st.text(_CHARACTERS, max_size=60),
    st.lists(
        st.text(_CHARACTERS, min_size=1, max_size=3).flatmap(lambda unit: st.integers(1, 9).map(unit.__mul__))
    ).map("".join),
)
HOSTILE = [
    "", "a", "A", "ab", "abcdefg ", " ", "\t\n", "l1", "ж", "Ж ", "é", "ß", "你", "你好", "ﷺ", "\u0301", "🔥",
    "\U0001d4d5", "\u202e", "x\u202e", "\u1100", "가\u11a8", "今", "\ud800", "\udfff\x00",
    "\uffff", "\U0010ffff", "ก\u0e48",
]  # fmt: skip


def long(unit: str) -> str:
    """Return a long text of nothing but *unit*."""
    return unit * (LONG // len(unit)) if unit else ""


def spent(work: Callable[[], object]) -> float:
    """Return the seconds of CPU that *work* takes, the least of three times."""

    def once() -> float:
        start = time.process_time()
        work()
        return time.process_time() - start

    return min(once() for _ in range(3))


def traced(work: Callable[[], object]) -> tuple[int, int]:
    """Return how many bytes more are there after *work* was done, and how many were at most."""
    work()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        work()
        after, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return after - before, most - before


class Text(str):
    """A text of a class of its own."""

    __slots__ = ()
