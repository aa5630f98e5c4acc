"""Rows stand in columns, whatever is in them, and are printed as they come."""

from collections.abc import Iterator
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from xmppfilter.cli.columns import AT_ONCE, in_columns

TITLES = ("n", "who", "why")


@pytest.mark.parametrize(
    ("rows", "width", "lines"),
    [
        ([], None, ["n  who  why"]),
        ([("1", "alice", "is fine")], None, ["n  who    why", "1  alice  is fine"]),
        ([("1", "", ""), ("10", "日本", "x")], None, ["n   who   why", "1", "10  日本  x"]),
        (
            [("1", "a", "b " * 20)],
            20,
            ["n  who  why", "1  a    " + ("b " * 15).strip(), "        " + ("b " * 5).strip()],
        ),
        ([("1", "\x1b[31m\n", "\u202e\udcff")], None, ["n  who         why", "1  \\x1b[31m\\n  \\u202e\\udcff"]),
        (
            [("1", "x" * 70, "y"), ("2", "x", "y")],
            None,
            [f"n  {'who':<60}  why", f"1  {'x' * 70}  y", f"2  {'x':<60}  y"],
        ),
    ],
)
def test_rows_stand_in_columns(rows: list[tuple[str, ...]], width: int | None, lines: list[str]) -> None:
    assert list(in_columns(rows, TITLES, width)) == lines


@given(st.lists(st.tuples(st.text(), st.text(), st.text())), st.none() | st.integers(1, 200))
def test_no_line_has_what_a_terminal_obeys(rows: list[tuple[str, str, str]], width: int | None) -> None:
    lines = list(in_columns(rows, TITLES, width))
    assert len(lines) > len(rows)
    assert all(line.isprintable() for line in lines)


def test_rows_are_printed_before_all_are_known() -> None:
    asked = 0

    def rows() -> Iterator[tuple[str, str, str]]:
        nonlocal asked
        for asked in range(10 * AT_ONCE):
            yield str(asked), "a", "b"

    lines = in_columns(rows(), TITLES, 80)
    next(lines)
    assert asked < 2 * AT_ONCE
    assert sum(1 for _ in lines) == 10 * AT_ONCE


def test_many_odd_rows_take_linear_time() -> None:
    odd = [(str(n), f"{n}\udcff\x1b日", "\u0019é\udc80 x" * 20) for n in range(20_000)]
    before = process_time()
    for line in in_columns(odd, TITLES, 80):
        assert cell_len(line[:1]) == 1 or not line
    assert process_time() - before < 15
