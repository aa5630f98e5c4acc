"""Links whose words name another host than their target."""

import time
from xml.etree.ElementTree import Element, fromstring

import pytest

from xmppfilter.text.anchors import mismatches
from xmppfilter.text.budget import Budget

EVIL = "https://evil.example/login"
SAFE = ".safelinks.protection.outlook.com"


def html(inside: str) -> Element:
    return fromstring(f"<body xmlns='http://www.w3.org/1999/xhtml'>{inside}</body>")


def found(inside: str) -> list[tuple[str, str]]:
    return [(one.named, one.target) for one in mismatches(html(inside), Budget())]


@pytest.mark.parametrize(
    ("words", "target", "named"),
    [
        ("bank.example", EVIL, "bank.example"),
        ("www.bank.example", EVIL, "www.bank.example"),
        ("https://bank.example/login", EVIL, "bank.example"),
        ("Log in: https://bank.example/", EVIL, "bank.example"),
        ("<b>bank</b>.<i>example</i>", EVIL, "bank.example"),
        ("\u279c https://www.bank.example/", EVIL, "www.bank.example"),
        ("bank.de", "https://bank.de.evil.example/", "bank.de"),
        ("bank.de", "https://bank.de@evil.example/", "bank.de"),
        ("bank.de", "https://evil.example/?to=bank.de", "bank.de"),
        ("https://b\u00fccher.example", "https://bucher.example/", "b\u00fccher.example"),
        ("https://bank.example/", "http://192.0.2.7/", "bank.example"),
        ("friend.github.io", "https://mallory.github.io/", "friend.github.io"),
        ("https://bank.example", "https://www.google.com/url?q=https://evil.example/", "bank.example"),
        ("https://bank.example", f"https://x{SAFE}/?url=https%3A%2F%2Fevil.example", "bank.example"),
        # the words name it, and the target does not lie: nothing is wrong
        ("evil.example", EVIL, None),
        ("https://evil.example/other", EVIL, None),
        ("www.evil.example", EVIL, None),
        ("EVIL.example", "https://login.evil.example/", None),
        ("login.evil.example", "https://cdn.evil.example/", None),
        ("https://xn--bcher-kva.example", "https://b\u00fccher.example/x", None),
        # no host is named
        ("click here", EVIL, None),
        ("", EVIL, None),
        ("our news of today.Read more", EVIL, None),
        ("As bank.example has told us", EVIL, None),
        ("README.md", "https://code.example/README.md", None),
        ("Node.js", "https://nodejs.example/", None),
        ("report.pdf", "https://files.example/report.pdf", None),
        ("v1.2.3", "https://code.example/releases", None),
        ("@alice:chat.example", "https://matrix.to/#/@alice:chat.example", None),
        ("alice@bank.example", "https://evil.example/", None),
        # shorteners and wrappers, on either side
        ("https://bank.example", "https://t.co/abc", None),
        ("https://bit.ly/abc", "https://bank.example/", None),
        ("https://bank.example", "https://www.google.com/url?q=https://bank.example/&sa=D", None),
        ("https://bank.example", f"https://x{SAFE}/?url=https%3A%2F%2Fbank.example%2F", None),
        ("https://bank.example", "https://urldefense.com/v3/__https://bank.example/__;!!x", None),
        # it leads to no host
        ("https://bank.example", "mailto:somebody@evil.example", None),
        ("https://bank.example", "xmpp:room@evil.example?join", None),
        ("https://bank.example", "#top", None),
    ],
)  # fmt: skip
def test_words_and_targets(words: str, target: str, named: str | None) -> None:
    escaped = target.replace("&", "&amp;")
    said = found(f'<p>So: <a href="{escaped}">{words}</a> and on</p>')
    assert [one for one, _ in said] == ([named] if named else [])


def test_only_what_stands_in_a_link_is_its_words() -> None:
    assert found(f"<p>bank.example <a href='{EVIL}'>here</a> bank.example</p><p>bank.example</p>") == []
    assert found("<a>bank.example</a><b href='https://evil.example'>bank.example</b>") == []


def test_of_links_in_each_other_each_has_its_own_words() -> None:
    inside = f"<a href='{EVIL}'><a href='https://bank.example'>bank.example</a>shop.example</a>"
    assert found(inside) == [("shop.example", "evil.example")]


@pytest.mark.parametrize(
    "inside",
    [
        f"<a href='{EVIL}'>" * 2000 + "</a>" * 2000,
        f"<a href='{EVIL}'>bank.example" * 1500 + "</a>" * 1500,
        f"<a href='{EVIL}'>bank.example</a>" * 1500,
        f"<a href='{EVIL}'>{'https://a.example ' * 3000}</a>",
        "<a href='https://google.com/" + "https://a.example/" * 3000 + "'>bank.example</a>",
    ],
)
def test_the_time_is_bounded(inside: str) -> None:
    root = html(inside)
    spent = []
    for _ in range(3):
        begin = time.process_time()
        list(mismatches(root, Budget()))
        spent.append(time.process_time() - begin)
    assert min(spent) < 0.05


def test_nothing_is_read_beyond_the_budget() -> None:
    assert list(mismatches(html(f"<a href='{EVIL}'>bank.example</a>"), Budget(0))) == []
