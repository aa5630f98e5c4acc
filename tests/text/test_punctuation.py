"""What around a link belongs to the sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppfilter.text.punctuation import BEHIND, is_figure, without_end


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("a.example", "a.example"), ("a.example.", "a.example"), ("a.example?!", "a.example"),
        ("a.example).", "a.example"),
        ("a.example/x_(y)", "a.example/x_(y)"), ("a.example/x_(y))", "a.example/x_(y)"),
        ("a.example/[1]", "a.example/[1]"), ("a.example]", "a.example"), ("a.example\u2026", "a.example"), ("...", ""),
        ("a.example/(x))).", "a.example/(x)"), ("", ""),
    ],
)  # fmt: skip
def test_brackets_that_a_link_has_opened_are_its_own(text: str, bare: str) -> None:
    assert without_end(text) == bare


@given(st.text(st.sampled_from([*BEHIND[:6], *"()[]{}ab"]), max_size=20))
def test_only_an_end_is_taken_off_and_once_is_enough(text: str) -> None:
    bare = without_end(text)
    assert text.startswith(bare)
    assert without_end(bare) == bare


@pytest.mark.parametrize(
    ("word", "figure"),
    [("10:30", True), ("3.99", True), ("1,000.50", True), ("1.2.3.4", False), ("3.99x", False), ("v1.2", False)],
)
def test_times_and_sums_are_no_addresses(word: str, figure: bool) -> None:
    assert is_figure(word) is figure
