"""What is odd in a first message; tests/filters/test_first_contact.py has the table."""

from hypothesis import given
from hypothesis import strategies as st

from xmppfilter.text.hints import may_be_odd, oddities

PIECES = ["http://x", "www.x", "@tom_the", "t.me/x", "telegram: tom", "icq +", "+4915112345678", "0049 151 12345678"]
PIECES += ["8 (912) 345-67-89", "tel:+49151123456", "a", " ", "1", "7", "9", "p\u0430y", "\u00e9"]


@given(st.lists(st.sampled_from(PIECES), max_size=6).map("".join))
def test_where_nothing_can_be_odd_nothing_is(text: str) -> None:
    if not may_be_odd(text):
        assert oddities(text) == ((), "")


@given(st.text(max_size=300))
def test_of_any_text_little_is_said(text: str) -> None:
    rules, mixed = oddities(text)
    assert set(rules) <= {"link", "handle", "phone"}
    assert len(mixed) <= 20
    assert mixed in text


def test_what_is_found() -> None:
    assert oddities("Hi Tom, see you at 8:30 in room 100.") == ((), "")
    assert oddities("WWW.x.example, @tom_the, 0049 151 12345678") == (("link", "handle", "phone"), "")
    assert oddities("cheap p\u0430yments") == ((), "p\u0430y")
    assert oddities("\u52a0\u6211https://x.example") == (("link",), "")
    assert oddities("\u7f51\u5740www.x.example \u52a0t.me/tom") == (("link", "handle"), "")
