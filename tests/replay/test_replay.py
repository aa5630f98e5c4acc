"""What a replay says of each event, and how its clock goes."""

import json
from typing import Any

import pytest

from tests.harness import LONG, Harness, item
from xmppfilter.gateway.events import RosterKnown
from xmppfilter.operators.commands import CommandError
from xmppfilter.stanza.jid import Jid
from xmppfilter.stanza.view import Stanza

KEYS = {
    "kind", "id", "from", "to", "action", "decided_by", "score", "exempt", "findings", "forwarded", "replies", "would",
    "events",
}  # fmt: skip
BANS: dict[str, dict[str, Any]] = {"known_spammers": {}, "error_without_child": {}}


def test_every_field_of_a_clean_stanza() -> None:
    xml = "<message id='m1' from='Bob@B.example/x' to='alice@example.org'><body>Hi</body></message>"
    assert Harness().send(xml, at=1) == {
        "kind": "message",
        "id": "m1",
        "from": "Bob@B.example/x",
        "to": "alice@example.org",
        "action": "deliver",
        "decided_by": None,
        "score": 0.0,
        "exempt": None,
        "findings": [],
        "forwarded": xml,
        "replies": [],
        "would": None,
        "events": [],
    }


def test_every_field_of_spam() -> None:
    xml = "<message type='error' from='robot@example.org/x' to='u@far.example'/>"
    row = Harness(BANS).send(xml)
    detail = row["findings"][0].pop("detail")
    assert isinstance(detail, str)
    assert row == {
        "kind": "message",
        "id": None,
        "from": "robot@example.org/x",
        "to": "u@far.example",
        "action": "drop",
        "decided_by": "error_without_child",
        "score": 10.0,
        "exempt": None,
        "findings": [{"filter": "error_without_child", "rule": "error_without_child.missing", "score": 10.0}],
        "forwarded": None,
        "replies": [],
        "would": None,
        "events": [{"event": "account_suspected", "jid": "robot@example.org", "sureness": 1.0}],
    }


@pytest.mark.parametrize(
    "xml",
    [
        "<message from='m@evil.example' to='alice@example.org'/>",
        "<presence from='m@evil.example' to='alice@example.org'/>",
        "<iq from='m@evil.example' to='alice@example.org' type='get' id='1'/>",
        "<message/>",
        "<message from='@' to='filter.example.org'/>",
        "<message from='m@evil.example' to='filter.example.org'/>",
    ],
)
def test_every_row_has_every_field_and_is_json(xml: str) -> None:
    row = Harness().send(xml)
    assert set(row) == KEYS
    assert json.loads(json.dumps(row)) == row


def test_an_exempt_stanza_says_why() -> None:
    played = Harness(BANS)
    played.roster("alice@example.org", item("bob@b.example", "both"))
    row = played.offend(sender="bob@b.example")
    assert (row["action"], row["exempt"], row["decided_by"], row["findings"]) == ("deliver", "contact", None, [])


@pytest.mark.parametrize("mode", ["enforce", "monitor"])
def test_would_is_told_of_every_stanza_in_monitor_mode(mode: str) -> None:
    played = Harness(BANS, policy={"mode": mode})
    played.roster("alice@example.org", item("bob@b.example", "both"))
    rows = [
        played.message("Hi"),
        played.message("Hi", sender="bob@b.example"),
        played.offend(),
        played.send("<message/>"),
        played.report("mallory@evil.example"),
    ]
    monitored = ["deliver", "deliver", "drop", "drop", None]
    assert [row["would"] for row in rows] == (monitored if mode == "monitor" else [None] * 5)
    assert rows[3]["action"] == "drop"


# --- forwarded

SHAPES = [
    "<message from='m@e.example' to='alice@example.org'/>",
    "<message  to=\"alice@example.org\"\n from = 'm@e.example' ><body >a &amp; &#98;</body\n></message >",
    "<message xmlns='jabber:client' from='m@e.example' to='alice@example.org'><body><![CDATA[<b>]]></body></message>",
    "<message xmlns:x='urn:x' from='m@e.example' to='alice@example.org'><x:y x:z='1'/>text<a xmlns='b'/></message>",
    "<presence from='m@e.example' to='alice@example.org'><!-- no --><status>\u00e9\U0001f600</status></presence>",
    "<iq type='get' id='&lt;' from='m@e.example' to='alice@example.org'><query xmlns='jabber:iq:version'/></iq>",
]


@pytest.mark.parametrize("xml", SHAPES)
def test_what_is_forwarded_is_the_sender_s_byte_for_byte(xml: str) -> None:
    assert Harness().send(xml)["forwarded"] == xml
    assert Harness().send(f"\n {xml} ")["forwarded"] == xml


def test_children_in_the_namespace_of_our_tags_are_not_passed_on() -> None:
    forged = "<spam xmlns='urn:xmppfilter:tag:0' score='-9'/>"
    row = Harness().send(f"<message from='m@e.example' to='alice@example.org'>{forged}<body>a</body></message>")
    assert row["forwarded"] == "<message from='m@e.example' to='alice@example.org'><body>a</body></message>"


# --- addressed to the component


def test_a_wrapped_stanza_is_consumed_and_judged() -> None:
    played = Harness(BANS, policy={"action": "bounce"})
    inner = "<message xmlns='jabber:client' type='{}' id='i' from='mallory@evil.example/x' to='alice@example.org'/>"
    forwarded = f"<forwarded xmlns='urn:xmpp:forward:0'>{inner.format('error')}</forwarded>"
    row = played.send(f"<message id='w' from='example.org' to='filter.example.org'>{forwarded}</message>")
    assert (row["action"], row["forwarded"], row["decided_by"], row["id"]) == ("consume", None, None, "w")
    assert played.message("Hi", type="chat")["decided_by"] == "known_spammers"


def test_a_check_is_consumed_and_answered() -> None:
    inner = "<message xmlns='jabber:client' type='error' from='m@evil.example/x' to='alice@example.org'/>"
    check = f"<check xmlns='urn:xmppfilter:check:0'><forwarded xmlns='urn:xmpp:forward:0'>{inner}</forwarded></check>"
    row = Harness(BANS).send(f"<iq type='set' id='c' from='example.org' to='filter.example.org'>{check}</iq>")
    assert row["action"] == "consume"
    assert len(row["replies"]) == 1
    assert "action='drop'" in row["replies"][0]


def test_what_is_not_believed_is_consumed_all_the_same() -> None:
    row = Harness(BANS).report("robot@example.org", origin="evil.example")
    assert (row["action"], row["replies"]) == ("consume", [])
    assert [event["event"] for event in row["events"]] == ["disbelieved"]


# --- the clock


def test_time_does_not_go_back() -> None:
    played = Harness(BANS)
    played.message("Hi", at=10)
    with pytest.raises(ValueError, match="time does not go back"):
        played.message("Hi", at=9.9)
    assert played.message("Hi", at=10)["action"] == "deliver"
    assert played.message("Hi")["action"] == "deliver"
    assert played.replay.now == 10


def test_what_is_due_between_two_lines_happens() -> None:
    played = Harness({**BANS, "same_long_body": {"window": "60s"}})
    played.message(LONG, at=0)
    assert played.command("status")["state"]["same_long_body.recent"] == 1
    assert played.command("status", at=1_000)["state"]["same_long_body.recent"] == 0
    played.message("Hi", at=86400)
    assert played.replay.events == []  # nobody to name
    played.offend(at=86500)
    played.message("Hi", at=4 * 86400)
    assert [event.name for event in played.replay.events] == ["spammers"] * 3


def test_the_clock_may_begin_anywhere() -> None:
    played = Harness(BANS)
    played.offend(at=1_795_300_000)
    assert played.message("Hi", at=1_795_300_899)["action"] == "drop"
    assert played.message("Hi", at=1_795_300_900)["action"] == "deliver"
    assert played.replay.events == []


def test_commands_and_rosters_have_rows_too() -> None:
    played = Harness(BANS)
    row = played.replay.feed(("mode", "monitor"), 1)
    assert row == {"command": ["mode", "monitor"], "result": {"mode": "monitor", "was": "enforce"}, "events": []}
    with pytest.raises(CommandError):
        played.replay.feed(("nonsense",), 2)
    assert played.replay.now == 2
    alice = Jid.parse("alice@example.org")
    assert played.replay.feed(RosterKnown(alice, ()), 3) == {"roster": "alice@example.org", "items": 0}
    told = played.replay.feed(RosterKnown(alice, (), "1 of 1 items left out"), 3)
    assert told == {"roster": "alice@example.org", "items": 0, "problem": "1 of 1 items left out"}


def test_explaining_remembers_nothing() -> None:
    played = Harness(BANS)
    spam = Stanza.read("<message type='error' from='mallory@evil.example' to='alice@example.org'/>")
    assert [played.replay.explain(spam)["action"] for _ in range(3)] == ["drop"] * 3
    assert played.message("Hi")["action"] == "deliver"


def test_two_replays_of_the_same_events_say_the_same() -> None:
    def rows() -> list[Any]:
        played = Harness()
        return [played.message(LONG, sender=f"m{n % 3}@evil.example/x", at=n) for n in range(60)]

    assert rows() == rows()
