"""Whom a pattern means."""

from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppfilter.stanza.jid import Jid, JidError
from xmppfilter.stanza.whom import Sides, Whom, Whoms


@pytest.mark.parametrize(
    ("pattern", "meant", "others"),
    [
        ("mallory@evil.example", ["mallory@evil.example", "mallory@evil.example/x"], ["m@evil.example"]),
        ("Evil.Example", ["evil.example", "a@evil.example", "a@evil.example/x"], ["a@sub.evil.example", "a@b"]),
        ("*@evil.example", ["a@evil.example"], ["a@other.example", "a@sub.evil.example"]),
        ("SPAM*@evil.example", ["spam@evil.example", "spam7@evil.example"], ["a-spam@evil.example"]),
        ("a*b*c@evil.example", ["abc@evil.example", "a1b2c@evil.example"], ["acb@evil.example", "ab@evil.example"]),
        ("*.evil.example", ["a@sub.evil.example", "a.b.evil.example"], ["a@evil.example", "a@notevil.example"]),
        ("*@*.evil.example", ["a@sub.evil.example"], ["a@evil.example"]),
        ("*@xn--bcher-kva.example", ["a@bücher.example"], ["a@b.example"]),
    ],
)
def test_patterns(pattern: str, meant: list[str], others: list[str]) -> None:
    whom = Whom(pattern)
    for addresses, expected in ((meant, True), (others, False)):
        for address in addresses:
            assert whom.covers(Jid.parse(address)) is expected
            assert whom.covers_text(Jid.parse(address).full) is expected
            assert Whoms([pattern]).cover(Jid.parse(address)) is expected
    assert Whom(whom.text).text == whom.text


@pytest.mark.parametrize("pattern", ["", "*", "*@*", "a@", "@b", "a.*.example", "evil.*", "a@b/c", "a b@c", "*."])
def test_what_can_never_match_is_refused(pattern: str) -> None:
    with pytest.raises(JidError):
        Whom(pattern)


@given(st.text("ab*", min_size=1, max_size=8).filter(lambda text: "*" in text), st.text("ab", min_size=1, max_size=12))
def test_a_star_stands_for_anything(pattern: str, local: str) -> None:
    assert Whom(f"{pattern}@x.example").covers_parts(local, "x.example") is fnmatchcase(local, pattern)


def test_many_stars_are_looked_for_once_each() -> None:
    assert not Whom(f"{'a*' * 500}b@x.example").covers_parts("a" * 1000, "x.example")


def test_sides_mean_senders_or_recipients() -> None:
    sides = Sides(["news.example"], ["alice@example.org"])
    news, alice, bob = (Jid.parse(text) for text in ("any@news.example/x", "alice@example.org", "bob@b.example"))
    assert [sides.cover(*pair) for pair in ((news, bob), (bob, alice), (alice, news), (bob, bob))] == [
        True, True, False, False,
    ]  # fmt: skip
    assert sides.texts == {"news.example", "alice@example.org"}
    assert not Sides()
