"""Where one URI leads, in the form in which it is compared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppfilter.text.budget import Budget
from xmppfilter.text.uris import Link, jid, link_of, scheme_before, url_key


@pytest.mark.parametrize(
    ("uri", "link"),
    [
        ("https://Evil.example/a/../b/#c", Link("url", "evil.example", "evil.example/b")),
        ("http:evil.example:80", Link("url", "evil.example", "evil.example")),
        ("ftp://evil.example:2121/x", Link("url", "evil.example", "evil.example:2121/x")),
        ("//evil.example/%41?q=%41", Link("url", "evil.example", "evil.example/A?q=%41")),
        ("https://user@evil.example\\x", Link("url", "evil.example", "evil.example/x")),
        ("http://0x7f.1/", Link("url", "127.0.0.1", "127.0.0.1")),
        ("xmpp:Mallory@Evil.example/x?message", Link("jid", "evil.example", "mallory@evil.example")),
        ("xmpp://me@a.example/mallory@evil.example", Link("jid", "evil.example", "mallory@evil.example")),
        ("mailto:mallory@evil.example?subject=x", Link("jid", "evil.example", "mallory@evil.example")),
        ("tel:+49-151-234567;ext=1", Link("phone", "", "49151234567")),
        ("tg://resolve?domain=Name", Link("url", "t.me", "t.me/name")),
        ("https://t.me/Name", Link("url", "t.me", "t.me/name")),
        ("tel:12", None), ("xmpp:", None), ("https://", None), ("javascript:void", None),
    ],
)  # fmt: skip
def test_where_it_leads(uri: str, link: Link | None) -> None:
    assert link_of(uri, Budget()) == link


@pytest.mark.parametrize(
    ("text", "scheme"),
    [("http:x", "http"), ("HTTPS:x", "https"), ("about:x", ""), ("odd://x", "odd"), (":x", ""), ("a b:x", "")],
)
def test_a_scheme_is_one_that_leads_somewhere(text: str, scheme: str) -> None:
    assert scheme_before(text, text.index(":")) == scheme


@pytest.mark.parametrize(
    ("text", "key"),
    [("https://a.example/x/", "a.example/x"), ("a.example", "a.example"), ("xmpp:a@b.example", None), ("a b", None)],
)
def test_a_url_of_a_list_has_a_key(text: str, key: str | None) -> None:
    assert url_key(text) == key


@given(st.text(max_size=60))
def test_what_is_compared_is_bounded_and_charged(text: str) -> None:
    budget = Budget()
    found = jid(text, budget)
    assert budget.left < Budget().left
    assert found is None or found.value == found.value.lower() or not found.value.isascii()


def test_idna_is_charged_for() -> None:
    plain, odd = Budget(), Budget()
    jid("a@aaaa.example", plain)
    jid("a@\u00fcaaa.example", odd)
    assert Budget().left - odd.left > 3 * (Budget().left - plain.left)
