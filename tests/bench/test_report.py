"""The table and bench.json say what was measured, what it is held against, and what is missing."""

import json
from pathlib import Path

import pytest

from tests.bench.report import BARS, Bar, Figure, cpu_model, document, table, write

FIGURES = {
    "five_x": Figure.of([7.0, 8.0, 9.0], "26 us", {"us": 26}),
    "five_x, fast": Figure(value=15.0, says="13 us"),
    "bayes_x": Figure(value=None, says="there is no such filter"),
    "stall_ms": Figure(value=21.0, noisy=True, says="a million"),
}


@pytest.mark.parametrize(
    ("bar", "value", "reached"),
    [
        (Bar(7, 14), 6.99, "no"),
        (Bar(7, 14), 7, "bar"),
        (Bar(7, 14), 14, "stretch"),
        (Bar(20, 5, at_most=True), 20.1, "no"),
        (Bar(20, 5, at_most=True), 20, "bar"),
        (Bar(20, 5, at_most=True), 0, "stretch"),
    ],
)
def test_a_figure_reaches_a_bar_from_the_right_side(bar: Bar, value: float, reached: str) -> None:
    assert bar.reached(value) == reached


@pytest.mark.parametrize(
    ("values", "noise", "noisy"),
    [
        ([9.0, 10.0, 10.0, 11.0], None, False),
        ([5.0, 5.0, 10.0, 15.0, 15.0], None, True),
        ([5.0, 5.0, 10.0, 15.0, 15.0], 5.0, False),
        ([0.0, 0.0, 0.1, 0.4, 0.4], 0.1, True),
    ],
)
def test_what_is_spread_wide_is_noisy(values: list[float], noise: float | None, noisy: bool) -> None:
    assert Figure.of(values, "", {}, noise=noise).noisy is noisy


def test_one_wild_round_moves_neither_the_median_nor_the_quartiles() -> None:
    figure = Figure.of([4.0, 4.0, 4.0, 4.0, 400.0], "", {})
    assert (figure.value, figure.quartiles, figure.noisy) == (4.0, (4.0, 4.0), False)


def test_the_table_has_a_line_for_each_figure() -> None:
    lines = table(FIGURES).splitlines()[1:]
    assert [line.split() for line in lines] == [
        ["five_x", "8", "7", "to", "9", ">=", "7", ">=", "14", "bar", "26", "us"],
        ["five_x,", "fast", "15", ">=", "7", ">=", "14", "stretch", "13", "us"],
        ["bayes_x", "-", ">=", "2", ">=", "5", "there", "is", "no", "such", "filter"],
        ["stall_ms", "21", "<=", "20", "<=", "5", "no", "a", "million,", "noisy"],
    ]


def test_the_document_has_every_key_and_a_reason_for_what_is_missing(tmp_path: Path) -> None:
    write(tmp_path / "bench.json", FIGURES, quick=True)
    found = json.loads((tmp_path / "bench.json").read_text())
    assert found.keys() == {*BARS, "reasons", "details", "run"}
    assert (found["five_x"], found["bayes_x"], found["full_x"]) == (8.0, None, None)
    assert found["reasons"] == {"bayes_x": "there is no such filter"}
    assert found["details"].keys() == {"five_x", "five_x, fast", "stall_ms"}
    assert found["details"]["five_x"] == {"value": 8.0, "quartiles": [7.0, 9.0], "noisy": False, "us": 26}
    assert found["run"].keys() == {"date", "quick", "python", "slixmpp", "xmppfilter", "cpu"}


def test_a_figure_of_nothing_is_null_not_zero() -> None:
    assert document({}, quick=False)["stall_ms"] is None


def test_the_processor_is_named() -> None:
    assert cpu_model("processor\t: 0\nmodel name\t: Fast(R) One\n\nmodel name\t: Fast(R) One\n") == "2 x Fast(R) One"
