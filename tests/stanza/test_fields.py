"""The places where a person may find words."""

from typing import Any

import pytest

from xmppfilter.stanza.fields import FIELDS, texts, xhtml_links
from xmppfilter.stanza.view import Stanza

MUC = "http://jabber.org/protocol/muc#user"


def found(field: Any, inside: str, name: str = "message") -> list[str]:
    return list(texts(Stanza.read(f"<{name} xmlns='jabber:client' from='a@b' to='c@d'>{inside}</{name}>"), field))


CASES = [
    ("body", "<body>a</body><body xml:lang='de'>b</body>", ["a", "b"]),
    ("body", "<fallback xmlns='urn:xmpp:fallback:0'/><body>a</body>", []),
    ("body", "<x xmlns='urn:x'><body xmlns='jabber:client'>a</body></x>", []),
    ("subject", "<subject>a</subject><subject xml:lang='de'>b</subject><subject xmlns='urn:x'>c</subject>", ["a", "b"]),
    ("subject", "<s:subject xmlns:s='jabber:client'>a</s:subject>", ["a"]),
    ("status", "<status>a</status>", ["a"]),
    ("nick", "<nick xmlns='http://jabber.org/protocol/nick'>a</nick><nick>b</nick>", ["a"]),
    ("nick", "<n:nick xmlns:n='http://jabber.org/protocol/nick'>a</n:nick>", ["a"]),
    ("nick", "<nick xmlns='http://jabber.org/protocol/&#110;ick'>a</nick>", ["a"]),
    (
        "xhtml",
        (
            "<html xmlns='http://jabber.org/protocol/xhtml-im'><body xmlns='http://www.w3.org/1999/xhtml'>"
            "f<b>re</b><i><b>e</b></i> &#109;oney</body></html>"
        ),
        ["free money"],
    ),
    (
        "xhtml",
        (
            "<html xmlns='http://jabber.org/protocol/xhtml-im'><body xmlns='http://www.w3.org/1999/xhtml'>"
            "<p>evil.exam<b>ple</b></p><p>now<br/>or<span> never</span></p>!</body></html>"
        ),
        ["evil.example\n\nnow\n\nor never\n!"],
    ),
    ("reason", f"<x xmlns='{MUC}'><invite from='r@m'><reason>a</reason></invite></x>", ["a"]),
    ("reason", f"<x xmlns='{MUC}'><decline><reason>a</reason></decline></x>", ["a"]),
    ("reason", "<x xmlns='jabber:x:conference' jid='r@m' reason='a &amp; b'/>", ["a & b"]),
    ("reason", "<x xmlns='jabber:x:conference' jid='r@m'/><reason>b</reason>", []),
    ("oob", "<x xmlns='jabber:x:oob'><url>u</url><desc>d</desc></x><x xmlns='urn:x'><url>v</url></x>", ["u", "d"]),
    (
        "forwarded",
        "<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client'><body>a</body></message></forwarded>",
        ["a"],
    ),
    ("forwarded", "<forwarded xmlns='urn:xmpp:forward:0'><message><body>a</body></message></forwarded>", ["a"]),
    ("forwarded", "<body>a</body>", []),
    (
        "forwarded",
        (
            "<x xmlns='urn:x'><forwarded xmlns='urn:xmpp:forward:0'><message><body>a</body><y><forwarded><message>"
            "<body>b</body></message></forwarded></y></message><message><body>c</body></message></forwarded></x>"
        ),
        ["a", "c", "b"],
    ),
]


@pytest.mark.parametrize(("field", "inside", "wanted"), CASES)
def test_where_words_are_found(field: str, inside: str, wanted: list[str]) -> None:
    assert found(field, inside) == wanted


@pytest.mark.parametrize("field", FIELDS)
def test_an_empty_stanza_has_none(field: str) -> None:
    assert found(field, "") == []
    assert found(field, "<x xmlns='urn:x'/>") == []


def test_presence_has_a_status_and_a_nick() -> None:
    inside = "<status>a</status><nick xmlns='http://jabber.org/protocol/nick'>b</nick>"
    assert found("status", inside, "presence") == ["a"]
    assert found("nick", inside, "presence") == ["b"]


@pytest.mark.parametrize("field", FIELDS)
def test_deep_and_many(field: str) -> None:
    deep = f"<x xmlns='{MUC}'>" * 30_000 + "</x>" * 30_000
    many = "<forwarded xmlns='urn:xmpp:forward:0'/><x xmlns='jabber:x:oob'/>" * 5_000
    assert found(field, deep + many) == []


def test_what_is_forwarded_within_a_body_is_read_once() -> None:
    depth = 3_000
    deep = "<forwarded xmlns='urn:xmpp:forward:0'><message><body>abc" * depth + "</body></message></forwarded>" * depth
    assert found("forwarded", deep) == ["abc" * depth]


@pytest.mark.parametrize(
    ("inside", "wanted"),
    [
        ("<a href='https://a.example/'><b>x</b></a><img src='cid:1'/>", ["https://a.example/", "cid:1"]),
        ("<a name='b'/><p><a href=''/></p>", []),
    ],
)
def test_where_links_of_xhtml_lead(inside: str, wanted: list[str]) -> None:
    html = f"<html xmlns='http://jabber.org/protocol/xhtml-im'><body xmlns='http://www.w3.org/1999/xhtml'>{inside}</body></html>"
    assert list(xhtml_links(Stanza.read(f"<message from='a@b' to='c@d'>{html}</message>"))) == wanted
    assert list(xhtml_links(Stanza.read(f"<message from='a@b' to='c@d'>{inside}</message>"))) == []
