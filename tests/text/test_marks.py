# ruff: noqa: RUF001 - look-alikes are what is tested
import pytest

from xmppfilter.text.marks import fold_compatibility


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("É", "e"),
        ("ﬁ", "fi"),
        ("②", "2"),
        ("٣", "3"),
        ("ß", "ss"),
        ("ё", "е"),
        ("سـلام", "سلام"),
        ("ก\u0e48", "ก\u0e48"),
    ],
)
def test_forms_case_and_decoration_go_and_vowels_stay(text: str, folded: str) -> None:
    assert fold_compatibility(text) == folded
