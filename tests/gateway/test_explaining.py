"""What `explain` tells: by what the gateway knows, without changing any of it."""

from typing import Any

import pytest

from tests.harness import LONG, Harness
from xmppfilter.duplicates.clusters import Clusters
from xmppfilter.gateway.explaining import read_asked
from xmppfilter.judging.catalogue import filter_names
from xmppfilter.judging.pipeline import MUTE_AFTER
from xmppfilter.memory.contract import Row
from xmppfilter.operators.commands import CommandError
from xmppfilter.stanza.view import Stanza

SPAM = f"<message id='m1' from='mallory@evil.example/x' to='alice@example.org'><body>{LONG}</body></message>"
META = "<meta xmlns='urn:xmppfilter:check:0' ip='192.0.2.7'/>"
INNER = SPAM.replace("<message", "<message xmlns='jabber:client'")
FORWARDED = f"<forwarded xmlns='urn:xmpp:forward:0'>{INNER}</forwarded>"
CHECK = f"<check xmlns='urn:xmppfilter:check:0'><meta ip='192.0.2.7'/>{FORWARDED}</check>"


def explained(on: Harness, xml: str = SPAM) -> dict[str, Any]:
    told: dict[str, Any] = on.command("explain", xml)["explained"]
    return told


def kept(on: Harness) -> dict[str, list[Row]]:
    return {name: sorted(structure.snapshot()) for name, structure in on.gateway.state.structures.items()}


def copied(on: Harness) -> list[tuple[Any, ...]]:
    """Return what is known of near-duplicate texts, most of which have no rows."""
    found = (structure for structure in on.gateway.state.structures.values() if isinstance(structure, Clusters))
    return [(dict(one._cold.texts), dict(one._equal), len(one._hot)) for one in found]


def test_it_goes_by_what_was_learnt() -> None:
    on = Harness({"same_long_body": {"number_limit": 2}, "known_spammers": {}, "blocklist": {}})
    assert (explained(on)["action"], explained(on)["knew"]["senders_offences"]) == ("deliver", 0)
    for _ in range(3):
        on.message(LONG)
    told = explained(on)
    assert (told["action"], told["decided_by"], told["knew"]["senders_offences"]) == ("drop", "known_spammers", 1)
    on.command("lists", "add", "domain", "evil.example")
    assert "blocklist.domain" in [found["rule"] for found in explained(on)["findings"]]
    assert explained(on)["knew"]["listed"] == 1


@pytest.mark.parametrize(
    "asked",
    [
        SPAM,
        f"<message from='example.org' to='filter.example.org'>{META}{FORWARDED}</message>",
        f"<iq type='set' id='c' from='example.org' to='filter.example.org'>{CHECK}</iq>",
    ],
)
def test_a_stanza_and_a_question_about_it_are_explained_alike(asked: str) -> None:
    told = explained(Harness({"same_long_body": {}}), asked)
    assert (told["kind"], told["from"], told["to"]) == ("message", "mallory@evil.example/x", "alice@example.org")


def test_what_a_stranger_forwards_is_no_question() -> None:
    carried = f"<message from='m@evil.example' to='alice@example.org'>{FORWARDED}</message>"
    assert read_asked(carried).sender.bare == "m@evil.example"


def test_a_questions_meta_counts() -> None:
    on = Harness({"blocklist": {}})
    on.command("lists", "add", "ip", "192.0.2.7")
    question = f"<message from='example.org' to='filter.example.org'>{META}{FORWARDED}</message>"
    assert (explained(on)["action"], explained(on, question)["action"]) == ("deliver", "drop")


def test_nothing_changes_however_often_it_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    on = Harness({"same_long_body": {"number_limit": 1}, "known_spammers": {}})
    on.message(LONG)
    before = (on.command("status"), kept(on))
    for _ in range(50):
        assert explained(on)["action"] == "drop"
    assert (on.command("status"), kept(on)) == before

    def fail(stanza: Stanza, now: float) -> None:
        raise ZeroDivisionError(f"{stanza.name} {now}")

    on = Harness({"same_long_body": {}})
    mount = on.gateway.setup.pipeline.mounts[0]
    monkeypatch.setattr(mount.filter, "check", fail)
    on.gateway.setup.pipeline._compile()
    for _ in range(2 * MUTE_AFTER):
        told = explained(on)
        assert (told["action"], [*told["failed"]], told["muted"]) == ("deliver", ["same_long_body"], [])
    assert on.gateway.setup.pipeline.health["same_long_body"].failures == 0
    for _ in range(MUTE_AFTER):
        on.message(LONG)
    assert explained(on)["muted"] == ["same_long_body"]


OTHERS = [
    SPAM,
    SPAM.replace("write me now", "call +49 170 1234567 or see https://spam.example/x"),
    SPAM.replace(LONG, ""),
    SPAM.replace("<body>", "<subject>win</subject><body>").replace(" id=", " type='headline' id="),
    SPAM.replace("<message", "<message type='error'"),
    SPAM.replace("<message", "<message type='groupchat'"),
    SPAM.replace("mallory@evil.example/x", "bob@example.org/x"),
    SPAM.replace("mallory@evil.example/x", "room@conference.example.org/mallory"),
    "<presence type='subscribe' from='mallory@evil.example' to='alice@example.org'/>",
    "<presence type='subscribe' from='eve@evil.example' to='bob@example.org'><status>t.me/win</status></presence>",
    "<iq type='get' id='q' from='mallory@evil.example/x' to='alice@example.org/y'><ping xmlns='urn:xmpp:ping'/></iq>",
    SPAM.replace(
        f"<body>{LONG}</body>", "<x xmlns='http://jabber.org/protocol/muc#user'><invite from='m@x.example'/></x>"
    ),
]
SHARP: dict[str, dict[str, Any]] = {
    "campaign": {"strangers": 4, "accounts": 2},
    "first_contact": {"contacts_per_hour": 1, "nonexistent_per_hour": 1},
    "patterns": {"strings": ["win"]},
    "presence_subscribe_rate": {"limit_per_minute": 1, "repeats_per_day": 1},
    "same_long_body": {"number_limit": 1, "fuzzy": True},
    "stranger_rate": {"messages_per_minute": 1, "recipients_per_minute": 1},
}


@pytest.mark.parametrize("monitor", [False, True])
@pytest.mark.parametrize("name", filter_names())
def test_no_filter_learns_from_being_asked(name: str, monitor: bool) -> None:
    filters: dict[str, dict[str, Any]] = {"blocklist": {}, "known_spammers": {}} | {name: SHARP.get(name, {})}
    on = Harness(filters, policy={"mode": "monitor"} if monitor else {})
    on.command("lists", "add", "domain", "evil.example")
    for xml in OTHERS * 2:
        on.send(xml)
    before = (on.command("status"), kept(on), copied(on))
    told = [explained(on, xml) for xml in OTHERS]
    assert [explained(on, xml) for xml in OTHERS] == told
    assert (on.command("status"), kept(on), copied(on)) == before
    assert any(row["findings"] for row in told)


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ((), "found nothing behind it; wanted STANZA"),
        (("<message/>", "<message/>"), "found '<message/> <message/>'; wanted STANZA"),
        (("nonsense",), "explain: "),
        (("<message from='a@b' to='@'/>",), "explain: "),
        (("<message",), "explain: "),
        (("<html/>",), "explain: "),
    ],
)
def test_what_is_no_stanza_is_refused(words: tuple[str, ...], problem: str) -> None:
    with pytest.raises(CommandError, match=problem):
        Harness().command("explain", *words)
