"""What becomes of a stanza that was handed over."""

import pytest

from xmppfilter.judging.verdict import CLEAN, Action, Finding, Verdict
from xmppfilter.routes.inline import InlineRoute, read
from xmppfilter.routes.pushes import Server
from xmppfilter.routes.route import LONGEST_REPLY
from xmppfilter.stanza.namespaces import FORWARD, REPORTING
from xmppfilter.stanza.view import Stanza

SERVER = Server("example.org")
HELLO = "<message{} from='mallory@evil.example/x' to='alice@example.org' id='m1'><body>Hello</body></message>"


def answered(stanza: str, verdict: Verdict = CLEAN) -> str:
    return InlineRoute(SERVER).answer("w1", Stanza.read(stanza), verdict).decode()


@pytest.mark.parametrize("declared", ["", " xmlns='jabber:client'", ' xmlns="jabber:client"', " xmlns='jabber:server'"])
def test_what_is_delivered_goes_on_as_it_came(declared: str) -> None:
    assert answered(HELLO.format(declared)) == HELLO.format("")


def test_other_verdicts_tag_refuse_and_drop() -> None:
    finding = Finding("patterns.string", "")
    tagged = answered(HELLO.format(""), Verdict(Action.TAG, score=10.0, findings=(finding,), decided_by=finding))
    assert tagged.endswith("<spam xmlns='urn:xmppfilter:tag:0' score='10' filter='patterns'/></message>")
    refused = answered(HELLO.format(""), Verdict(Action.BOUNCE))
    assert refused.startswith("<message type='error' id='m1' from='alice@example.org' to='mallory@evil.example/x'>")
    assert answered(HELLO.format(""), Verdict(Action.DROP)) == ""


@pytest.mark.parametrize(
    ("stanza", "verdict"),
    [
        (HELLO.format("").replace("m1", "m" * LONGEST_REPLY), Verdict(Action.BOUNCE)),
        ("<message to='a@b.example'><a:b:c/></message>", CLEAN),
    ],
)
def test_what_would_end_the_stream_is_not_written(stanza: str, verdict: Verdict) -> None:
    with pytest.raises(ValueError, match=r"too long|not well-formed"):
        InlineRoute(SERVER).answer("w1", Stanza.parse(stanza.encode()), verdict)


@pytest.mark.parametrize(
    "message",
    [
        "<message><body>Hello</body></message>",
        f"<message type='error'><forwarded xmlns='{FORWARD}'><message/></forwarded></message>",
        f"<message><report xmlns='{REPORTING[0]}'/><forwarded xmlns='{FORWARD}'><message/></forwarded></message>",
        f"<presence><forwarded xmlns='{FORWARD}'><message/></forwarded></presence>",
    ],
)
def test_what_hands_nothing_over(message: str) -> None:
    assert read(Stanza.read(message), SERVER) is None


def test_what_is_wrapped_is_handed_over() -> None:
    hello = HELLO.format(" xmlns='jabber:client'")
    wrapper = f"<message id='w1'><forwarded xmlns='{FORWARD}'>{hello}</forwarded></message>"
    found = read(Stanza.read(wrapper), SERVER)
    assert found is not None
    assert (found[0].server, found[1], found[2].raw.decode()) == (SERVER, "w1", hello)
