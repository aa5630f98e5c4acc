"""Questions are read where they are written as our modules write them, whatever came before."""

from collections.abc import Callable, Mapping

import pytest

from tests.xmpp.test_wire import HELLO, META, asked, wrapped
from xmppfilter.routes.fast import Question, Reader
from xmppfilter.stanza.kind import Kind

SUBSCRIBE = "<presence xmlns='jabber:client' type='subscribe' from='m@evil.example' to='alice@example.org'/>"


def find_asker(asks: bool, given: Mapping[str, str], _: str) -> str | None:
    return None if given["from"] == "evil.example" else f"{given['from']} {'asks' if asks else 'hands over'}"


def read(question: str, reader: Reader[str] | None = None) -> Question[str] | None:
    return (reader or Reader(find_asker)).read(question.encode(), 0)


@pytest.mark.parametrize("quote", ["'", '"'])
@pytest.mark.parametrize("meta", [META, META.replace("in", "out"), META.replace(" direction='in'", ""), ""])
@pytest.mark.parametrize(("wrap", "how"), [(asked, "asks"), (wrapped, "hands over")])
def test_all_that_is_said_is_read(wrap: Callable[..., str], how: str, meta: str, quote: str) -> None:
    question = wrap(HELLO, meta).replace("'", quote)
    found = read(question)
    assert found is not None
    asker, name, stanza, end = found
    assert (asker, name, end) == (f"example.org {how}", "c1" if wrap is asked else "w1", len(question))
    assert stanza.raw.decode() == HELLO.replace("'", quote)
    assert (stanza.name, stanza.type, stanza.kind) == ("message", "", Kind.MESSAGE)
    assert (str(stanza.sender), str(stanza.recipient)) == ("mallory@evil.example/x", "alice@example.org")
    assert stanza.direction == ("in" if meta == META else "out" if "out" in meta else None)
    assert stanza.meta.get("via") == ("s2s" if meta else None)
    assert stanza.bodies == ("Hello",)


def test_what_is_all_there_is_has_no_content() -> None:
    found = read(asked(SUBSCRIBE))
    assert found is not None
    assert (found[2].kind, found[2].raw, found[2].bodies) == (Kind.SUBSCRIBE, SUBSCRIBE.encode(), ())


@pytest.mark.parametrize(
    ("written", "jid"),
    [
        ("mallory@evil.example/a&amp;b", "mallory@evil.example/a&b"),
        ("mallory@evil.example/a b\tc", "mallory@evil.example/a b c"),
        ("mallory@evil.example/\u263a", "mallory@evil.example/\u263a"),
        ("M\u00e4llory@Evil.Example", "m\u00e4llory@evil.example"),
        ("evil.example", "evil.example"),
    ],
)
def test_an_address_may_be_any_jid(written: str, jid: str) -> None:
    for old in ("mallory@evil.example/x", "alice@example.org"):
        found = read(asked(HELLO.replace(old, written)))
        assert found is not None
        stanza = found[2]
        assert str(stanza.sender if old.startswith("mallory") else stanza.recipient) == jid


def test_who_is_not_believed_is_not_read() -> None:
    assert read(asked(HELLO, sender="evil.example")) is None


def test_whatever_came_before_the_next_question_is_read() -> None:
    reader = Reader(find_asker)
    kinds = [
        wrap(HELLO, meta, sender).replace("'", quote)
        for wrap in (asked, wrapped)
        for meta in (META, "")
        for sender in ("example.org", "example.net")
        for quote in "'\""
    ]
    for before in kinds:
        for question in kinds:
            for end in range(0, len(before), 7):
                assert read(before[:end], reader) is None
            assert read(question, reader) is not None
