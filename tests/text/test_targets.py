# ruff: noqa: RUF001 - look-alikes are what is tested
"""What texts advertise."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppfilter.text.targets import Targets, advertised, is_within, may_advertise

OWN = frozenset({"example.org", "conference.example.org"})


def targets(text: str, home: str = "b.example") -> list[str]:
    found = (Targets().of(link, OWN, home) for link in advertised(text))
    return list(dict.fromkeys(target.name for target in found if target is not None))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("look at https://offers.example/start?to=1", ["offers.example"]),
        ("https://www.offers.example and http://x1.offers.example:8080/a", ["offers.example"]),
        ("https://a.co.uk/ https://b.co.uk/ https://c.github.io/x", ["a.co.uk", "b.co.uk", "c.github.io"]),
        ("hxxp://offers[.]example/a", ["offers.example"]),
        ("offers (dot) example, offers dot example", ["offers.example"]),
        ("https://ｏffers。example/", ["offers.example"]),
        ("https://оffers.example/", ["offers.example"]),
        ("https://0ffers.example/", ["offers.example"]),
        ("https://203.0.113.7/a http://192.168.1.1/", ["203.0.113.7"]),
        ("no.such, node.js, e.g. this, 10:30, 3.99", []),
        ("see offers.com", ["offers.com"]),
        ("https://youtube.com/watch?t=1&v=abc https://m.youtube.com/watch?v=abc", ["youtube.com/watch?v=abc"]),
        ("https://youtube.com/ https://github.com www.google.com", []),
        ("https://github.com/a/b?x=1", ["github.com/a/b"]),
        ("https://t.me/Fast_Money?start=7 t.me/s/fast_money/12 tg://resolve?domain=fast_money", ["t.me/fast_money"]),
        ("@Fast_Money", ["t.me/fast_money"]),
        ("＠fast_money", ["t.me/fast_money"]),
        ("@everyone, @here: a@", []),
        ("+7 (999) 123-45-67, 8 999 1234567, tel:+79991234567, https://wa.me/79991234567", ["991234567"]),
        ("+49 171 1234567 or 0171/1234567", ["711234567"]),
        ("on 01.02.2027 10:30, 2027-02-01 10", []),
        ("4111 1111 1111 1111, DE12 5001 0517 0648 4898 90", []),
        ("manager@offers.example", ["manager@offers.example"]),
        ("xmpp:lounge@rooms.offers.example?join", ["lounge@rooms.offers.example"]),
        ("alice@example.org https://www.example.org/a xmpp:garden@conference.example.org?join", []),
    ],
)
def test_what_is_advertised(text: str, wanted: list[str]) -> None:
    assert may_advertise(text) or not wanted
    assert targets(text) == wanted


def test_on_hosts_of_the_sender_s_own_domain_the_path_counts() -> None:
    text = "https://upload.b.example/x/1.jpg?a=1 https://www.b.example"
    assert targets(text) == ["upload.b.example/x/1.jpg", "www.b.example"]
    assert targets(text, home="c.example") == ["b.example"]


def test_hosts_that_everybody_links_are_named_or_taken_out() -> None:
    (link,) = advertised("https://films.example/watch?v=abc&x=1")
    (wiki,) = advertised("https://en.wikipedia.org/wiki/Spam")
    changed = Targets(["films.example v", "-wikipedia.org"])
    for link_, wanted in ((link, "films.example/watch?v=abc"), (wiki, "wikipedia.org")):
        target = changed.of(link_, OWN, "b.example")
        assert target is not None
        assert target.name == wanted
    target = Targets().of(wiki, OWN, "b.example")
    assert target is not None
    assert target.name == "wikipedia.org/wiki/Spam"


def test_of_a_long_text_the_ends_are_read() -> None:
    words = "word " * 2000
    assert targets(f"https://a.example/ {words} https://c.example/") == ["a.example", "c.example"]


@pytest.mark.parametrize(("host", "within"), [("example.org", True), ("www.example.org", True), ("xample.org", False)])
def test_what_is_ours(host: str, within: bool) -> None:
    assert is_within(host, OWN) is within


@given(st.text(alphabet=st.sampled_from("a.:@+0159 ([)dotme/_"), max_size=80))
def test_what_may_not_advertise_does_not(text: str) -> None:
    assert may_advertise(text) or not targets(text)


@pytest.mark.parametrize("unit", ["1", "1 ", "+1-", "@a", "a.b", "(", "((dot", ". ", "@aaaa ", "http://", "１", "。"])
def test_the_time_is_linear(unit: str) -> None:
    text = unit * (65_536 // len(unit))
    start = time.process_time()
    if may_advertise(text):
        targets(text)
    assert time.process_time() - start < 0.2
