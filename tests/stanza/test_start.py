"""The start tag: attributes as a parser reads them, and what is none."""

import time

import pytest

from xmppfilter.stanza.view import Stanza, StanzaError

ADDRESSES = "from='mallory@evil.example/x' to='alice@example.org'"


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("'a b'", "a b"),
        ('"a\'b"', "a'b"),
        ("'a\"b'", 'a"b'),
        ("'&lt;&amp;&#38;'", "<&&"),
        ("'a\nb\tc\r\nd\re'", "a b c d e"),
        ("'&#10;&#x9;'", "\n\t"),
        ("''", ""),
        ("\"from='forged@x' to='forged@y'\"", "from='forged@x' to='forged@y'"),
        ("' xmlns=\"urn:x\"'", ' xmlns="urn:x"'),
    ],
)
def test_attributes_as_a_parser_reads_them(written: str, value: str) -> None:
    stanza = Stanza.read(f"<message id={written} x:from='b@b' xmlns:x='urn:x' xml:lang='de' {ADDRESSES}/>")
    assert stanza.id == value
    assert stanza.sender.full == "mallory@evil.example/x"
    assert stanza.recipient.full == "alice@example.org"


@pytest.mark.parametrize(
    "start",
    [
        "<message" + " " * 300_000 + "<",
        "<message" + " a='1'" * 100_000,
        "<message" + " a='1'" * 100_000 + " a",
        "<message" + " a=" * 100_000,
        "<message a='" + "'" * 300_000,
        "<message " + "a" * 300_000,
    ],
    ids=range(6),
)
def test_a_start_tag_that_is_none_is_refused_in_linear_time(start: str) -> None:
    began = time.process_time()
    with pytest.raises(StanzaError):
        Stanza.parse(start.encode())
    assert time.process_time() - began < 2
