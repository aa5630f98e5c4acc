"""unreadable: what nobody could look into is no clean stanza, and what can be told of it is judged all the same."""

from typing import Any

import pytest

from tests.harness import LONG, Harness
from xmppfilter.judging.catalogue import filter_names
from xmppfilter.replay.replay import Row
from xmppfilter.stanza.view import Stanza

XML = "http://www.w3.org/XML/1998/namespace"
HEAD = "<message xmlns='jabber:client' from='{}' to='alice@example.org' id='m1'"
BROKEN = {
    "a forbidden binding": "<x xmlns:xml='urn:e'/>",
    "the prefix xmlns": "<xmlns:x/>",
    "a prefix for nothing": "<x xmlns:a=''/>",
    "a prefix for what xml alone may have": f"<x xmlns:a='{XML}' a:b='1'/>",
    "one attribute by two prefixes": "<x xmlns:a='urn:e' xmlns:b='urn:e' a:c='1' b:c='2'/>",
    "two colons": "<x xmlns:a='urn:e'><a:b:c/></x>",
    "a reference to nothing": "<x a:b='1'>&nbsp;</x>",
}
LEGAL = {
    "an attribute of xml's own": "<x xml:space='preserve' xml:base='http://e.example/' xml:id='a' xml:other='1'/>",
    "xml's own prefix declared": f"<x xmlns:xml='{XML}' xml:space='preserve'/>",
    "a prefix that the server has not declared": "<a:x/>",
    "a prefix declared twice": "<a:x xmlns:a='urn:e'><a:y xmlns:a='urn:f' a:z='1'/></a:x>",
    "character references": "<body>&#65;&#x1F600;&#10;</body>",
    "CDATA": "<body><![CDATA[<not a='tag'>]]></body>",
    "an instruction": "<?x y?>",
    "a comment": "<!-- <x> -->",
    "white space in an attribute": "<x a='\n\t'/>",
    "nothing": "",
}


def judged(harness: Harness, inside: str, sender: str = "mallory@evil.example/x", at: float | None = None) -> Row:
    raw = f"{HEAD.format(sender)}>{inside}</message>"
    return harness.replay.feed(Stanza.parse(raw.encode()), at)


def rules(row: Row) -> list[str]:
    return [finding["rule"] for finding in row["findings"]]


@pytest.mark.parametrize("inside", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("around", ["{}", "<body>Hello</body>{}", "<x xmlns='urn:muc#user'>{}</x>"])
def test_what_cannot_be_parsed_is_spam_by_itself(inside: str, around: str) -> None:
    harness = Harness(dict.fromkeys(filter_names()))
    row = judged(harness, around.format(inside))
    assert "unreadable.xml" in rules(row)
    assert row["action"] == "drop"


@pytest.mark.parametrize("inside", LEGAL.values(), ids=LEGAL)
def test_what_is_odd_and_legal_is_read(inside: str) -> None:
    harness = Harness(dict.fromkeys(filter_names()))
    row = judged(harness, f"{inside}<body>Hello</body>")
    assert not [rule for rule in rules(row) if rule.startswith("unreadable.")]


def test_bodies_are_counted_in_what_cannot_be_parsed() -> None:
    harness = Harness({"same_long_body": {}})
    for number in range(40):
        row = judged(harness, f"<x xmlns:a=''/><body>{LONG}</body>", f"a{number}@evil{number}.example/x", float(number))
    assert row["action"] == "drop"


def test_lists_of_senders_hold_for_what_cannot_be_parsed() -> None:
    harness = Harness({"known_spammers": {}, "unreadable": {}}, common={"unreadable": {"score": 0}})
    assert judged(harness, BROKEN["a forbidden binding"], at=1.0)["action"] == "deliver"
    harness.command("spammers", "ban", "mallory@evil.example")
    assert judged(harness, BROKEN["a forbidden binding"], at=2.0)["action"] == "drop"


@pytest.mark.parametrize(
    ("common", "action"),
    [({}, "deliver"), ({"scores": {"size": 10}}, "drop"), ({"score": 3}, "deliver"), ({"score": 12}, "drop")],
)
def test_what_was_left_out_for_its_size_is_odd_and_no_more(common: dict[str, Any], action: str) -> None:
    harness = Harness({"unreadable": {}}, common={"unreadable": common})
    row = harness.send(f"{HEAD.format('mallory@evil.example/x')}/>", size="1050000")
    assert rules(row) == ["unreadable.size"]
    assert row["action"] == action
    assert "1050000" in row["findings"][0]["detail"]


def test_what_was_left_out_holds_nothing_against_an_error() -> None:
    harness = Harness({"error_without_child": {}})
    error = "<message type='error' from='m@evil.example' to='alice@example.org'/>"
    assert rules(harness.send(error, size="600000")) == []
    assert rules(harness.send(error)) == ["error_without_child.missing"]
