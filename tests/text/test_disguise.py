"""Disguises of links, undone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppfilter.text.disguise import has_hidden_signs, plain, readings, seen_by_browsers, within_token, without_piles


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("evil[.]example", "evil.example"), ("evil (dot) example", "evil.example"), ("a{at}b", "a@b"),
        ("hxxps://evil.example", "https://evil.example"), ("hXXp[:]//evil.example", "http://evil.example"),
        ("evil\u3002example", "evil.example"), ("evil\uff0eexample", "evil.example"), ("e\u00advil", "evil"),
        ("\U0001d4d5.example", "F.example"), ("\u201cevil.example\u201d", " evil.example "), ("<a.b>", " a.b "),
        ("nothing here", "nothing here"), ("a [b] c", "a [b] c"),
    ],
)  # fmt: skip
def test_a_plain_reading(text: str, meant: str) -> None:
    assert plain(text) == meant


@pytest.mark.parametrize(
    ("text", "also"),
    [
        ("evil dot example", "evil.example"), ("evil . example", "evil.example"),
        ("\u202eelpmaxe.live", "evil.example"),
        ("evil.example\u200bnext", "evil.example next"), ("evil\u70b9example", "evil.example"),
    ],
)  # fmt: skip
def test_where_a_text_reads_in_several_ways_all_are_there(text: str, also: str) -> None:
    assert also in readings(text).split("\n")


@pytest.mark.parametrize(
    ("token", "parts"),
    [
        ("\u4f60evil.example\u4f60", ["evil.example"]), ("a?u=http%3A%2F%2Fevil.example", ["a?u=http://evil.example"]),
        ("a%40b.example", ["a@b.example"]), ("\u4f60a\u4f60", []), ("plain.example", []),
        ("\u00fc%40b.example%C3", ["\u00fc@b.example\ufffd"]),
    ],
)  # fmt: skip
def test_what_stands_within_a_token(token: str, parts: list[str]) -> None:
    assert list(within_token(token)) == parts


@given(st.text())
def test_no_text_is_too_odd(text: str) -> None:
    assert readings(text).startswith(plain(text))
    assert all("\\" not in part for part in within_token(text))
    assert has_hidden_signs(text) or "\u200b" not in text


def test_browsers_take_line_ends_out() -> None:
    assert seen_by_browsers("ht\ntp://e\tvil\r.example") == "http://evil.example"


def test_a_pile_of_accents_is_cut_and_what_stands_behind_it_stays() -> None:
    assert without_piles("a" + "\u0301" * 100 + ".example") == "a" + "\u0301" * 63 + ".example"
    assert without_piles("a" + "\u0301" * 63) == "a" + "\u0301" * 63
