"""However a question is read, it is the same question, decided and answered alike."""

from typing import Any
from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.xmpp.test_wire import HELLO, META, NOW, SPAM, OnWire, asked, canonical, ordinary, questions, said, wrapped
from xmppfilter.routes.questions import Questions
from xmppfilter.routes.route import Question
from xmppfilter.stanza.jid import JidError
from xmppfilter.stanza.view import Stanza, StanzaError
from xmppfilter.stanza.xml import XmlError

BROKEN = "<a xmlns:xml='urn:e'/>"


class Side:
    """A gateway of its own that reads in one way alone."""

    def __init__(self, *, quickly: bool, action: str = "drop") -> None:
        self.wired = OnWire(action=action)
        self._questions: Questions = self.wired.gateway.questions
        self._quickly = quickly

    def read(self, element: bytes) -> Question | None:
        if self._quickly:
            return self._questions.read_bytes(element, 0)
        try:
            return self._questions.read(Stanza.parse(element))
        except (StanzaError, XmlError, JidError):
            return None

    def answer(self, question: Question) -> tuple[Any, ...]:
        """Return all that comes of it."""
        out: list[bytes] = []
        outcome = self._questions.answer(question, NOW, out)
        counts = self.wired.gateway.counts
        servers = [(one.jid, one.questions, one.last_question) for one in self.wired.gateway.servers.values()]
        return repr(outcome.verdict), outcome.effects, canonical(b"".join(out)), said(counts), counts.malformed, servers


def meant(question: Question) -> tuple[object, ...]:
    route, name, stanza, end = question
    server = route.server.jid if route.server is not None else None
    # the id is written in other quotes, maybe: what matters is what a parser reads
    read = fromstring(f"<a b='{name.replace(chr(39), '&apos;')}'/>".encode("latin-1")).get("b")
    about = (stanza.raw, stanza.kind, stanza.type, stanza.direction, dict(stanza.meta), dict(stanza.attributes))
    return type(route), server, read, about, str(stanza.sender), str(stanza.recipient), end


def assert_same(element: str, action: str = "drop") -> bool:
    """Return whether the quick way read it at all."""
    data = element.encode()
    quick, slow = Side(quickly=True, action=action), Side(quickly=False, action=action)
    question = quick.read(data)
    if question is None:
        return False
    other = slow.read(data)
    assert other is not None
    assert meant(question) == meant(other)
    for _ in range(2):  # the second time something is known of the sender
        assert quick.answer(question) == slow.answer(other)
    assert quick.wired.judged == slow.wired.judged
    return True


@settings(max_examples=200, deadline=None)
@given(st.one_of(ordinary(), ordinary(), questions()), st.sampled_from(("drop", "bounce", "tag")))
def test_what_is_read_quickly_is_what_is_read_slowly(question: str, action: str) -> None:
    assert_same(question, action=action)


@pytest.mark.parametrize("action", ["drop", "bounce", "tag"])
@pytest.mark.parametrize("wrap", [asked, wrapped])
@pytest.mark.parametrize(
    ("question", "quick"),
    [
        (HELLO, True),
        (SPAM, True),
        (SPAM.replace("error", "groupchat").replace("/x'", "'", 1), True),
        (SPAM.replace("<body>", "<error type='cancel'><x xmlns='urn:e'/></error><body>"), True),
        (HELLO.replace("<body>", "<p:x xmlns:p='urn:e}'/><body>"), True),
        (HELLO.replace("<body>", f"{BROKEN}<body>"), True),
        (SPAM.replace("<body>", f"{BROKEN}<body>"), True),
        (HELLO.replace("Hello", "x" * 100_000), True),
        (SPAM.replace(" to=", f" id='{'m' * 70_000}' to="), True),
        (HELLO.replace("message", "c:message").replace("xmlns", "xmlns:c").replace("body", "c:body"), False),
        (HELLO.replace("Hello", "<![CDATA[Hello]]>"), False),
        (HELLO.replace("from='", "from = '"), False),
    ],
)
def test_a_verdict_does_not_depend_on_how_it_was_asked(question: str, quick: bool, wrap: Any, action: str) -> None:
    assert assert_same(wrap(question), action=action) is quick
    assert assert_same(wrap(question, META.replace("direction='in'", "")), action=action) is quick


@pytest.mark.parametrize("name", ["a" * 70_000, "&apos;" * 20_000])
def test_an_id_that_is_too_long_is_answered_in_neither_way(name: str) -> None:
    question = asked(HELLO).replace("id='c1'", f"id='{name}'")
    assert assert_same(question)
    assert OnWire().receive(question) == b""


def test_nobody_who_is_not_believed_asks() -> None:
    for question in (asked(HELLO, sender="evil.example"), wrapped(HELLO, sender="evil.example")):
        for quickly in (True, False):
            assert Side(quickly=quickly).read(question.encode()) is None


def test_what_came_by_itself_is_sent_on_for_nobody() -> None:
    question = Side(quickly=False).read(HELLO.encode())
    assert question is not None
    assert (question[0].server, question[0].passes_on) == (None, True)
