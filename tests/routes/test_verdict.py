"""What a server is answered that has asked."""

from collections.abc import Mapping
from xml.etree.ElementTree import fromstring

import pytest

from xmppfilter.judging.verdict import CLEAN, Action, Finding, Verdict
from xmppfilter.routes.pushes import Server
from xmppfilter.routes.route import LONGEST_REPLY
from xmppfilter.routes.verdict import VerdictRoute, question, read
from xmppfilter.stanza.namespaces import CHECK, FORWARD
from xmppfilter.stanza.view import Stanza

SERVER = Server("example.org")
HELLO = Stanza.read("<message xmlns='jabber:client' from='m@evil.example/x' to='alice@example.org'><body/></message>")


def answered(attributes: Mapping[str, str], verdict: Verdict) -> bytes:
    """Return the answer to an IQ with those attributes."""
    iq = Stanza(b"", "iq", "set", HELLO.kind, -1, None, attributes)
    route, name, _, _ = question(iq, SERVER, HELLO)
    return route.answer(name, HELLO, verdict)


def asking(inside: str, attributes: str = "id='c1'") -> Stanza:
    return Stanza.read(f"<iq type='set' {attributes} from='example.org' to='filter.example.org'>{inside}</iq>")


@pytest.mark.parametrize("quote", ["'", '"'])
def test_the_answer_bears_the_id_in_the_servers_quotes(quote: str) -> None:
    route = VerdictRoute(SERVER, "filter.example.org", "example.org", quote)
    answer = route.answer("a&amp;b", HELLO, CLEAN)
    assert f"id={quote}a&amp;b{quote}".encode() in answer
    assert fromstring(answer).get("id") == "a&b"


def test_a_tag_stands_in_the_verdict() -> None:
    finding = Finding("patterns.string", "")
    verdict = Verdict(Action.TAG, score=10.0, findings=(finding,), decided_by=finding)
    assert b"action='accept'><spam " in answered({"id": "c1"}, verdict)


def test_an_answer_that_would_end_the_stream_is_none() -> None:
    with pytest.raises(ValueError, match="too long"):
        answered({"id": "x" * LONGEST_REPLY}, CLEAN)


@pytest.mark.parametrize(
    "inside",
    ["", "<x xmlns='urn:e'/>", f"<hello xmlns='{CHECK}'/>", f"<hello xmlns='{CHECK}'/><check xmlns='{CHECK}'/>"],
)
def test_what_asks_nothing_is_no_question(inside: str) -> None:
    assert read(asking(inside), SERVER) is None


def test_a_question_is_about_the_stanza_in_it() -> None:
    forwarded = f"<forwarded xmlns='{FORWARD}'>{HELLO.raw.decode()}</forwarded>"
    found = read(asking(f"<check xmlns='{CHECK}'>{forwarded}</check>", "id='a&amp;\u00fc'"), SERVER)
    assert found is not None
    assert (found[0].server, found[1].encode("latin-1").decode(), found[2].raw) == (SERVER, "a&amp;\u00fc", HELLO.raw)
