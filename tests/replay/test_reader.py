"""What a replay may be fed."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from xmppfilter.gateway.events import RosterKnown
from xmppfilter.replay.reader import BadLine, Line, read_events
from xmppfilter.stanza.view import Stanza

STANZA = "<message from='m@evil.example/x' to='alice@example.org'>{}<body>{}</body></message>"
PLAIN = STANZA.format("", "Hi")


def events(text: str) -> list[Line | BadLine]:
    return list(read_events(StringIO(text)))


def one(text: str) -> Line | BadLine:
    (event,) = events(text)
    return event


def line(**event: Any) -> str:
    return json.dumps(event)


def bodies(text: str) -> list[tuple[int, Any]]:
    """Number and bodies of each stanza; None for a line that is no event."""
    return [
        (event.n, event.event.bodies if isinstance(event, Line) and isinstance(event.event, Stanza) else None)
        for event in events(text)
    ]


# --- JSON lines


def test_a_stanza_with_its_peer() -> None:
    peer = {"ip": "192.0.2.7", "tls": True, "contacted": False, "port": 5269}
    event = one(line(at=3.5, stanza=PLAIN, peer=peer))
    assert isinstance(event, Line)
    assert isinstance(event.event, Stanza)
    assert (event.n, event.at, event.timed) == (1, 3.5, True)
    assert event.event.raw.decode() == PLAIN
    assert event.event.meta == {"ip": "192.0.2.7", "tls": "true", "contacted": "false", "port": "5269"}


def test_the_peer_is_optional() -> None:
    event = one(line(at=0, stanza=PLAIN))
    assert isinstance(event, Line)
    assert isinstance(event.event, Stanza)
    assert event.event.meta == {}


def test_a_roster() -> None:
    items = [
        {"jid": "Bob@b.example", "subscription": "both", "ask": "subscribe", "approved": True},
        {"jid": "carol@c.example"},
    ]
    event = one(line(at=0, roster={"user": "Alice@example.org", "items": items}))
    assert isinstance(event, Line)
    assert isinstance(event.event, RosterKnown)
    assert event.event.user.bare == "alice@example.org"
    assert [(item.jid.bare, item.subscription, item.ask, item.approved) for item in event.event.items] == [
        ("bob@b.example", "both", "subscribe", True),
        ("carol@c.example", "none", None, False),
    ]


@pytest.mark.parametrize("bad", [1, None, [], {}, {"jid": "@"}, {"jid": "a b@c.example"}, {"jid": ["x"], "ask": {}}])
def test_one_bad_item_of_a_roster_costs_the_others_nothing(bad: Any) -> None:
    items = [{"jid": "bob@b.example", "subscription": "both"}, bad, {"jid": "eve@e.example"}, bad]
    event = one(line(at=0, roster={"user": "alice@example.org", "items": items}))
    assert isinstance(event, Line)
    assert isinstance(event.event, RosterKnown)
    assert [item.jid.bare for item in event.event.items] == ["bob@b.example", "eve@e.example"]
    assert event.event.problem.startswith("2 of 4 items left out; the first: found ")


def test_a_stanza_may_hold_what_only_some_take_for_the_end_of_a_line() -> None:
    text = "one\u2028two\u0085three"
    recorded = json.dumps({"at": 1, "stanza": PLAIN.replace("Hi", text)}, ensure_ascii=False)
    assert bodies(f"{recorded}\n{PLAIN.replace('Hi', text)}\n") == [(1, (text,)), (2, (text,))]


def test_an_empty_roster() -> None:
    event = one(line(at=0, roster={"user": "alice@example.org", "items": []}))
    assert isinstance(event, Line)


def test_a_command() -> None:
    event = one(line(at=9, command=["spammers", "list"]))
    assert isinstance(event, Line)
    assert event.event == ("spammers", "list")


def test_lines_are_counted_from_one_and_empty_ones_passed_over() -> None:
    assert bodies(f"\n\n{line(at=0, stanza=PLAIN)}\n  \n{PLAIN}\n") == [(3, ("Hi",)), (5, ("Hi",))]


BROKEN = [
    ("nonsense", None),
    ("[]", None),
    ("42", None),
    ('"text"', None),
    ("null", None),
    ("{", None),
    ("{}", None),
    ('{"at": 0}', 0.0),
    ('{"stanza": "<message/>"}', None),
    ('{"at": null, "stanza": "<message/>"}', None),
    ('{"at": "1", "stanza": "<message/>"}', None),
    ('{"at": true, "stanza": "<message/>"}', None),
    ('{"at": -1, "stanza": "<message/>"}', None),
    ('{"at": NaN, "stanza": "<message/>"}', None),
    ('{"at": Infinity, "stanza": "<message/>"}', None),
    ('{"at": 1e999, "stanza": "<message/>"}', None),
    ('{"at": 1e300, "stanza": "<message/>"}', None),
    ('{"at": 1' + "0" * 400 + ', "stanza": "<message/>"}', None),
    ('{"at": 1' + "0" * 9000 + ', "stanza": "<message/>"}', None),
    ('{"at": 1, "stanza": "<message/>", "command": ["status"]}', 1.0),
    ('{"at": 1, "other": 1}', 1.0),
    ('{"at": 1, "stanza": null}', 1.0),
    ('{"at": 1, "stanza": "hello"}', 1.0),
    ('{"at": 1, "stanza": "<message>"}', 1.0),
    ('{"at": 1, "stanza": "<message>\\ud800</message>"}', 1.0),
    ('{"at": 1, "stanza": "<message/>", "peer": ["a"]}', 1.0),
    ('{"at": 1, "stanza": "<message/>", "peer": {"a": {}}}', 1.0),
    ('{"at": 1, "roster": []}', 1.0),
    ('{"at": 1, "roster": {"user": "a@b"}}', 1.0),
    ('{"at": 1, "roster": {"user": "@", "items": []}}', 1.0),
    ('{"at": 1, "roster": {"items": []}}', 1.0),
    ('{"at": 1, "command": "status"}', 1.0),
    ('{"at": 1, "command": []}', 1.0),
    ('{"at": 1, "command": [1]}', 1.0),
    ("[" * 200_000, None),
    ('{"at": 1, "x": ' + "[" * 100_000, None),
]


@pytest.mark.parametrize(("text", "at"), BROKEN, ids=range(len(BROKEN)))
def test_a_line_that_is_no_event(text: str, at: float | None) -> None:
    bad, good = events(f"{text}\n{line(at=2, stanza=PLAIN)}\n")
    assert isinstance(bad, BadLine)
    assert (bad.n, bad.at) == (1, at)
    assert 0 < len(bad.error) < 400
    assert isinstance(good, Line)
    assert (good.n, good.at) == (2, 2.0)


# --- bare stanzas, and ejabberd's dump


def test_bare_stanzas_one_a_line() -> None:
    text = f"{PLAIN}\n<presence type='subscribe' from='m@evil.example' to='alice@example.org'/>\n<iq type='get'/>\n"
    found = events(text)
    assert [event.event.name for event in found if isinstance(event, Line) and isinstance(event.event, Stanza)] == [
        "message",
        "presence",
        "iq",
    ]
    assert [(event.n, event.at) for event in found] == [(1, None), (2, None), (3, None)]


@pytest.mark.parametrize(
    "broken",
    [
        "<oops",
        "<oops/>",
        "<message",
        "<message><body>never closed",
        "<message><body>wrong</message>",
        "<message from='a@b' to='c@d'><body>cut off",
        "<message></message",
        "<message/><message/>",
        "<message/>junk",
        "</message>",
        "<?xml version='1.0'?>",
        "<stream:stream xmlns='jabber:client'>",
        "<message xmlns='urn:example:other'/>",
        "<!-- a comment -->",
        "<!DOCTYPE message>",
        "not XML at all",
    ],
)
def test_a_broken_line_costs_no_other(broken: str) -> None:
    assert bodies(f"{PLAIN}\n{broken}\n{PLAIN}\n{PLAIN}") == [(1, ("Hi",)), (2, None), (3, ("Hi",)), (4, ("Hi",))]


def test_a_stanza_that_is_cut_off_at_the_end() -> None:
    assert bodies(f"{PLAIN}\n<message><body>cut") == [(1, ("Hi",)), (2, None)]


def test_a_recorded_event_ends_what_was_cut_off() -> None:
    assert bodies(f"<message><body>cut\n{line(at=1, stanza=PLAIN)}") == [(1, None), (2, ("Hi",))]


@pytest.mark.parametrize(
    "body",
    [
        "two\nlines",
        "\n\nmany\n\n\nlines\n",
        "ends with a sign >\nand goes on/>\nand on",
        "{\n  &quot;at&quot;: 1\n}",
        "&lt;message>\n&lt;/message>",
        "a\n</b >".replace("</b >", "&lt;/b>"),
    ],
)
def test_a_body_may_have_line_breaks(body: str) -> None:
    found = bodies(f"{STANZA.format('', body)}\n{PLAIN}\n")
    decoded = body.replace("&quot;", '"').replace("&lt;", "<")
    assert found == [(1, (decoded,)), (2 + body.count("\n"), ("Hi",))]


def test_a_stanza_within_a_stanza_may_have_line_breaks_around_it() -> None:
    inner = "<message xmlns='jabber:client' from='a@b' to='c@d'>\n<body>inner</body></message>"
    outer = STANZA.format(f"\n<forwarded xmlns='urn:xmpp:forward:0'>\n{inner}\n</forwarded>\n", "outer\nbody")
    assert bodies(f"{outer}\n{PLAIN}") == [(1, ("outer\nbody",)), (8, ("Hi",))]


def test_ejabberd_s_dump_is_timed_by_its_own_delay() -> None:
    """mod_spam_filter writes one stanza after another, each with a `<delay/>` as its last child."""
    forged = "<delay xmlns='urn:xmpp:delay' stamp='2031-01-01T00:00:00Z'/>"
    own = "<delay xmlns='urn:xmpp:delay' from='example.org' stamp='2026-11-21T22:27:00.5Z'/></message>"
    dump = "".join(STANZA.format(forged, f"spam\nnumber {n}").replace("</message>", own) + "\n" for n in range(3))
    found = events(dump)
    assert [event.n for event in found] == [1, 3, 5]
    assert [event.at for event in found] == [1795300020.5] * 3
    assert all(isinstance(event, Line) and not event.timed for event in found)


@pytest.mark.parametrize(
    ("stamp", "at"),
    [
        ("1970-01-01T00:01:00Z", 60.0),
        ("1970-01-01T02:01:00+02:00", 60.0),
        ("1970-01-01T00:01:00", 60.0),  # XEP-0082 wants a zone; without one it is not this machine's
        ("1950-01-01T00:00:00Z", 0.0),
        ("0001-01-01T00:00:00+14:00", 0.0),
        ("yesterday", None),
        ("", None),
    ],
)
def test_stamps(stamp: str, at: float | None) -> None:
    event = one(STANZA.format(f"<delay xmlns='urn:xmpp:delay' stamp='{stamp}'/>", "Hi"))
    assert isinstance(event, Line)
    assert event.at == at


def test_a_delay_deeper_within_says_nothing() -> None:
    delay = "<delay xmlns='urn:xmpp:delay' stamp='2026-11-21T22:27:00Z'/>"
    event = one(STANZA.format(f"<x xmlns='urn:x'>{delay}</x>", "Hi"))
    assert isinstance(event, Line)
    assert event.at is None


def test_many_lines_that_never_end_take_linear_time() -> None:
    found = events("<message><body>\n" * 20_000 + "a\n" * 200_000)
    assert len(found) == 20_000
    assert all(isinstance(event, BadLine) for event in found)


def test_it_is_read_as_it_comes(tmp_path: Path) -> None:
    path = tmp_path / "dump"
    path.write_text(STANZA.format("", "a\u2028b") + "\r\n" + PLAIN + "\r\n", encoding="utf-8")
    with path.open(encoding="utf-8") as lines:
        assert [event.n for event in read_events(lines)] == [1, 2]
