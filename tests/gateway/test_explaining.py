"""What `explain` tells: by what the gateway knows, without changing any of it."""

from typing import Any

import pytest

from tests.harness import LONG, Harness
from xmppfilter.gateway.explaining import read_asked
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
