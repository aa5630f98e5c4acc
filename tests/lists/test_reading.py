"""What people and services write into lists, in the form in which it is compared."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppfilter.lists.entry import Entry, What, stored_entry
from xmppfilter.lists.reading import read_entry, read_item

DIGEST = sha256(b"mallory@spam.example").hexdigest()
KINDS = ("domain", "jid", "bare_jid", "ip", "url")
HOLDS = ("domains", "jids_sha256", "jids_or_domains_sha256", "ips")
LINES = st.one_of(
    st.text(max_size=80),
    st.from_regex(r"(\*\.)?[a-zA-Z0-9.-]{1,30}", fullmatch=True),
    st.from_regex(r"[a-z]{1,8}@[a-z.]{1,20}(/[ -~]{1,8})?", fullmatch=True),
    st.from_regex(r"[0-9a-f:.]{1,30}(/[0-9]{1,3})?", fullmatch=True),
    st.from_regex(r"(https?://)?[a-z0-9.-]{1,20}(:[0-9]{1,5})?(/[!-~]{0,20})?", fullmatch=True),
)


@pytest.mark.parametrize(
    ("kind", "text", "what", "value"),
    [
        ("domain", "spam.example", What.DOMAIN, "spam.example"),
        ("domain", "  Spam.Example. \t", What.DOMAIN, "spam.example"),
        ("domain", "localhost", What.DOMAIN, "localhost"),
        ("domain", "spam_1.example", What.DOMAIN, "spam_1.example"),
        ("domain", "M\u00dcNCHEN.example", What.DOMAIN, "m\u00fcnchen.example"),
        ("domain", "xn--mnchen-3ya.example", What.DOMAIN, "m\u00fcnchen.example"),
        ("domain", "spam\u3002example", What.DOMAIN, "spam.example"),
        ("domain", "192.0.2.7", What.DOMAIN, "192.0.2.7"),
        ("domain", "*.Spam.Example", What.SUBDOMAINS, "spam.example"),
        ("domain", "*.spam.example.", What.SUBDOMAINS, "spam.example"),
        ("domain", "*.xn--mnchen-3ya.example", What.SUBDOMAINS, "m\u00fcnchen.example"),
        ("jid", "Mallory@Spam.Example", What.JID, "mallory@spam.example"),
        ("jid", "room@rooms.example/Nick", What.JID, "room@rooms.example/Nick"),
        ("jid", "mallory@xn--mnchen-3ya.example", What.JID, "mallory@m\u00fcnchen.example"),
        ("jid", "spam.example", What.JID, "spam.example"),
        ("jid", DIGEST, What.HASH, DIGEST),
        ("jid", DIGEST.upper(), What.HASH, DIGEST),
        ("jid", "Spam*@Spam.Example", What.JID, "spam*@spam.example"),
        ("jid", "*@spam.example", What.JID, "*@spam.example"),
        ("jid", "*@*.xn--mnchen-3ya.example", What.JID, "*@*.m\u00fcnchen.example"),
        ("jid", "a*b*c@*.spam.example", What.JID, "a*b*c@*.spam.example"),
        ("jid", "room@rooms.example/*", What.JID, "room@rooms.example/*"),
        ("bare_jid", "Spam*@Spam.Example", What.JID, "spam*@spam.example"),
        ("jid", f"{DIGEST}@spam.example", What.JID, f"{DIGEST}@spam.example"),
        ("ip", "192.0.2.7", What.IP, "192.0.2.7/32"),
        ("ip", " 192.0.2.7 ", What.IP, "192.0.2.7/32"),
        ("ip", "192.0.2.7/24", What.IP, "192.0.2.0/24"),
        ("ip", "10.0.0.0/8", What.IP, "10.0.0.0/8"),
        ("ip", "2001:DB8:0::7", What.IP, "2001:db8::7/128"),
        ("ip", "2001:db8::7/32", What.IP, "2001:db8::/32"),
        ("ip", "::ffff:192.0.2.7", What.IP, "192.0.2.7/32"),
        ("ip", "::ffff:192.0.2.0/120", What.IP, "192.0.2.0/24"),
        ("url", "https://Spam.Example/Pay", What.URL, "spam.example/Pay"),
        ("url", "spam.example/Pay", What.URL, "spam.example/Pay"),
        ("url", "http://spam.example:80/a/../Pay#now", What.URL, "spam.example/Pay"),
        ("url", "http://bank.example@spam.example/", What.URL, "spam.example"),
        ("url", "https://spam.example:8443/", What.URL, "spam.example:8443"),
        ("url", "hxxps://spam[.]example/Pay", What.URL, "spam.example/Pay"),
        ("url", "http://3221225991/", What.URL, "192.0.2.7"),
        ("url", "spam.example", What.URL, "spam.example"),
        ("url", "http://localhost/pay", What.URL, "localhost/pay"),
        ("url", "https://[2001:db8::7]:8443/pay", What.URL, "2001:db8::7:8443/pay"),
        ("url", "https://xn--bcher-kva.example/%C3%BC", What.URL, "b\u00fccher.example/\u00fc"),
        ("url", "https://spam.example/a%3Fb", What.URL, "spam.example/a%3Fb"),
        ("url", "https://spam.example/watch?v=1", What.URL, "spam.example/watch?v=1"),
    ],
)
def test_what_a_line_names(kind: str, text: str, what: What, value: str) -> None:
    assert read_entry(kind, text) == Entry(what, value)


@pytest.mark.parametrize(
    ("kind", "wanted", "texts"),
    [
        (
            "domain",
            r"wanted a domain such as spam\.example or \*\.spam\.example",
            (
                *("", "*", "*.", "**.spam.example", "*spam.example", "*.*.example", "spam.*", "spam.*.example"),
                *("a@spam.example", "spam.example/x", "https://spam.example", "spam.example:5269", "two words"),
                *(".spam.example", "spam..example", "spam.example\x00", "a" * 2000, DIGEST, f"{'a' * 64}.example"),
                *("spam.example,", "spam.example;", "- spam.example", "-spam.example", "\u2022spam.example"),
                *("\u2013 spam.example", "spam.example\u3001", "'spam.example'", "spam.example)", "|spam.example|"),
                *("||spam.example^", "0.0.0.0 spam.example", "spam.example:", "spam-.example", "@spam.example"),
            ),
        ),
        (
            "jid",
            r"wanted a JID such as user@spam\.example, or the SHA-256",
            (
                "",
                "@spam.example",
                "mallory@",
                "a@b@c",
                "* a@spam.example",
                "*@.spam.example",
                "a b@spam.example",
                "a\x00@spam.example",
                "a@spam.example/",
            ),
        ),
        (
            "jid",
            r"wanted a JID such as user@spam\.example",
            (
                *("a@spam.example,", "a@spam.example;", "- a@spam.example", "'a@spam.example'", "<a@spam.example>"),
                *("a@spam.example)", "xmpp:a@spam.example", "a@spam.example:5222", "a@-spam.example"),
            ),
        ),
        ("jid", "wanted the SHA-256 of a JID in hex, which has 64 digits", (DIGEST[1:], f"{DIGEST}0", DIGEST[:40])),
        ("bare_jid", "wanted a bare JID", ("a@spam.example/x", "room@rooms.example/*")),
        (
            "jid",
            r"wanted spam\*@spam\.example, \*@spam\.example or \*@\*\.spam\.example",
            (
                *("*", "*.spam.example", "*@*", "spam*@*", "*@spam.*", "*@sp*m.example", "*@*."),
                *("*@spam.example/x", "*@spam.example,", f"{DIGEST[:20]}*{DIGEST[21:]}"),
            ),
        ),
        (
            "ip",
            r"wanted an IP address or network such as 192\.0\.2\.7 or 2001:db8::/32",
            ("", "192.0.2", "192.0.2.256", "192.0.2.007", "192.0.2.7/33", "192.0.2.7/", "3221225991", "[::1]", "spam"),
        ),
        ("ip", "wanted a network of at least /8", ("0.0.0.0/0", "0.0.0.0/7", "::ffff:0:0/96", "::ffff:10.0.0.0/103")),
        ("ip", "wanted a network of at least /16", ("::/0", "2001::/15")),
        (
            "url",
            "wanted a URL such as https://spam.example/pay",
            (
                *("", "two words", "spam.example/a b", "/pay", "https://", "javascript:alert(1)", "tel:12345"),
                *("mailto:a@spam.example", "xmpp:a@spam.example", "a@spam.example", "https://spam.example/#/x"),
                *("https://spam.example/*", "https://*.spam.example/", "*.spam.example", "spam.*", "spam.example,"),
                *("https://spam.example/a,", "- https://spam.example/", "-https://spam.example/", "\u2022spam.example"),
                *("'https://spam.example/'", '"https://spam.example/"', "<https://spam.example/>", "|spam.example^"),
                *("0.0.0.0 spam.example", "https://matrix.to/#/#room:spam.example", "spam.example#pay"),
            ),
        ),
    ],
)
def test_what_names_nothing_is_told_with_what_was_wanted(kind: str, wanted: str, texts: tuple[str, ...]) -> None:
    for text in texts:
        with pytest.raises(ValueError, match=wanted):
            read_entry(kind, text)


def said_of(kind: str, line: str) -> Entry | str:
    """Return what *line* names, or what is said of one that names nothing."""
    try:
        return read_entry(kind, line)
    except ValueError as wrong:
        return str(wrong)


@given(st.sampled_from(KINDS), LINES)
def test_a_line_is_an_entry_that_can_be_stored_or_it_is_told_what_was_wanted(kind: str, line: str) -> None:
    said = said_of(kind, line)
    if isinstance(said, Entry):
        assert stored_entry(said.what, said.value) == said
    else:
        assert said.startswith("wanted ")


@given(st.sampled_from(("domain", "jid", "ip")), LINES)
def test_the_form_that_is_compared_is_read_as_itself(kind: str, line: str) -> None:
    entry = said_of(kind, line)
    if isinstance(entry, Entry):
        again = f"*.{entry.value}" if entry.what is What.SUBDOMAINS else entry.value
        assert read_entry(kind, again) == entry


# --- items


@pytest.mark.parametrize(
    ("holds", "item", "what", "value"),
    [
        ("domains", "spam.example", What.DOMAIN, "spam.example"),
        ("domains", "Spam.Example.", What.DOMAIN, "spam.example"),
        ("domains", "xn--mnchen-3ya.example", What.DOMAIN, "m\u00fcnchen.example"),
        ("jids_sha256", DIGEST, What.JID_HASH, DIGEST),
        ("jids_or_domains_sha256", DIGEST, What.HASH, DIGEST),
        ("ips", "192.0.2.0/24", What.IP, "192.0.2.0/24"),
        ("ips", "::ffff:192.0.2.7", What.IP, "192.0.2.7/32"),
    ],
)
def test_what_an_item_names(holds: str, item: str, what: What, value: str) -> None:
    assert read_item(holds, item) == Entry(what, value)


@pytest.mark.parametrize(
    ("holds", "items"),
    [
        ("domains", ("", "*.spam.example", "*", "a@spam.example", "two words", "spam.example/x", "a" * 2000)),
        (
            "jids_sha256",
            ("", DIGEST.upper(), DIGEST[1:], f"{DIGEST}0", "mallory@spam.example", "g" * 64, f"{DIGEST}\n"),
        ),
        ("jids_or_domains_sha256", ("", DIGEST.upper(), DIGEST[1:], "spam.example")),
        ("ips", ("", "0.0.0.0/0", "::/0", "192.0.2", "spam.example", DIGEST)),
    ],
)
def test_an_ill_formed_item_matches_nothing(holds: str, items: tuple[str, ...]) -> None:
    assert [item for item in items if read_item(holds, item) is not None] == []


@given(st.sampled_from(HOLDS), LINES)
def test_no_item_whatever_raises(holds: str, item: str) -> None:
    entry = read_item(holds, item)
    assert entry is None or entry.what is not What.SUBDOMAINS, "a service's domains are matched exactly"
