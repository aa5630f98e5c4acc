"""What strangers may send at all."""

from typing import Any

import pytest

from tests.harness import Harness, item, settings
from xmppfilter.build import Core
from xmppfilter.judging.decision import decide
from xmppfilter.memory.state import State
from xmppfilter.replay.replay import Row
from xmppfilter.stanza.view import Stanza

ALICE, BOB, MALLORY = "alice@example.org", "bob@b.example", "mallory@evil.example"
MUC = "<x xmlns='http://jabber.org/protocol/muc#user'>%s</x>"
INVITE = MUC % "<invite from='%s'><reason>Come</reason></invite>"
DIRECT = "<x xmlns='jabber:x:conference' jid='room@conf.example'/>"
RINGS = "<propose xmlns='urn:xmpp:jingle-message:0' id='1'/>"
GONE = "<error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
FILTERS: dict[str, dict[str, Any]] = {"known_spammers": {}, "patterns": {"strings": ["exploit"]}}

SENT = [
    # what a stranger sends, and what becomes of it with judge, requests and refuse
    ("<message type='chat' {}><body>Hi</body></message>", "deliver drop drop"),
    ("<message {}><body>Hi</body></message>", "deliver drop drop"),
    ("<message type='headline' {}><subject>Hi</subject></message>", "deliver drop drop"),
    (f"<message {{}}>{RINGS}</message>", "deliver drop drop"),
    (f"<message {{}}>{DIRECT}</message>", "deliver drop drop"),
    (f"<message {{}}>{INVITE % MALLORY}</message>", "deliver drop drop"),
    ("<message type='groupchat' {}><body>Hi</body></message>", "deliver drop drop"),
    ("<presence type='subscribe' {}/>", "deliver deliver drop"),
    ("<presence {}/>", "deliver deliver deliver"),
    ("<presence type='unavailable' {}/>", "deliver deliver deliver"),
    ("<presence type='subscribed' {}/>", "deliver deliver deliver"),
    ("<presence type='unsubscribe' {}/>", "deliver deliver deliver"),
    (f"<message type='error' {{}}>{GONE}</message>", "deliver deliver deliver"),
    ("<iq type='get' id='1' {}><ping xmlns='urn:xmpp:ping'/></iq>", "deliver deliver deliver"),
    ("<iq type='result' id='1' {}/>", "deliver deliver deliver"),
    ("<iq type='error' id='1' {}/>", "deliver deliver deliver"),
]  # fmt: skip


def closed(strangers: str = "refuse", filters: dict[str, dict[str, Any]] = FILTERS, **policy: Any) -> Harness:
    """Return a gateway where *strangers* may write to everybody but ALICE as they like."""
    own = {"strangers": strangers} | policy
    on = Harness(
        filters, policy={"recipients": {ALICE: own}}, services=["pubsub.example.org"], trusted={"jids": ["*@t.example"]}
    )
    on.roster(ALICE, item(BOB, "both"))
    return on


def rules(row: Row) -> list[str]:
    return [finding["rule"] for finding in row["findings"]]


@pytest.mark.parametrize(("xml", "actions"), SENT)
@pytest.mark.parametrize("filters", [FILTERS, {}])
def test_what_a_stranger_may_send(xml: str, actions: str, filters: dict[str, dict[str, Any]]) -> None:
    for strangers, action in zip(("judge", "requests", "refuse"), actions.split(), strict=True):
        on = closed(strangers, filters)
        row = on.send(xml.format(f"from='{MALLORY}/x' to='{ALICE}'"))
        assert row["action"] == action
        assert (rules(row), row["decided_by"]) == ((["policy.strangers"], "policy") if action == "drop" else ([], None))
        assert row["replies"] == []
        assert on.send(xml.format(f"from='{MALLORY}/x' to='carol@example.org'"))["action"] == "deliver"


@pytest.mark.parametrize(
    ("sender", "more", "peer", "passes"),
    [
        (f"{BOB}/phone", "", {}, True),
        ("carol@example.org/x", "", {}, False),  # a colleague is no contact yet
        ("example.org", "", {}, True),
        ("pubsub.example.org", "", {}, True),
        ("news@t.example/x", "", {}, True),
        (f"{ALICE}/desk", "", {}, True),
        (MALLORY, "", {"contacted": "true"}, True),
        (MALLORY, "", {"contacted": "false"}, False),
        # rooms: their notices and invitations by contacts pass, whoever is in them is a stranger all the same
        ("room@conference.example.org", MUC % "<status code='104'/>", {}, True),
        ("room@conference.example.org", INVITE % MALLORY, {}, False),
        ("room@conference.example.org", INVITE % BOB, {}, True),
        ("room@conference.example.org", INVITE % MALLORY, {"inviter": "contact"}, True),
        ("room@conf.far.example", INVITE % BOB, {}, True),
        ("room@conf.far.example", INVITE % MALLORY, {}, False),
        ("room@conf.far.example", MUC % "<status code='104'/>", {}, False),
        ("room@conference.example.org/nick", MUC % "", {}, False),
        ("room@conf.far.example/nick", MUC % "", {}, False),
        (f"{MALLORY}/x", MUC % f"<item jid='{BOB}'/>", {}, False),
    ],
)
def test_who_may_write(sender: str, more: str, peer: dict[str, Any], passes: bool) -> None:
    row = closed().message("Hi", sender=sender, type=None, more=more, **peer)
    assert row["action"] == ("deliver" if passes else "drop")


@pytest.mark.parametrize(
    ("sender", "to", "passes"),
    [
        ("room@conf.far.example/nick", f"{ALICE}/phone", True),
        ("room@conference.example.org/nick", f"{ALICE}/phone", True),
        ("room@conference.example.org/nick", ALICE, True),
        ("room@conf.far.example/nick", ALICE, False),
    ],
)
def test_what_is_said_in_a_room(sender: str, to: str, passes: bool) -> None:
    assert (closed().message("Hi", sender=sender, to=to, type="groupchat")["action"] == "deliver") is passes


def test_whom_the_user_writes_to_may_answer_and_ask() -> None:
    on = closed()
    assert on.message("Hi", sender=MALLORY)["action"] == "drop"
    assert on.message("Hi", sender=f"{ALICE}/x", to=MALLORY)["action"] == "deliver"
    assert on.message("Yes?", sender=MALLORY)["action"] == "deliver"
    assert on.subscribe(sender=MALLORY)["action"] == "deliver"
    assert on.message("Yes?", sender="other@evil.example")["action"] == "drop"


def test_who_is_written_to_cannot_be_found_out() -> None:
    on = closed(action="bounce")
    assert [(row["action"], row["replies"]) for row in (on.message("Hi"), on.subscribe(), on.message(None))] == [
        ("drop", [])
    ] * 3
    assert on.message("exploit")["action"] == "bounce"  # that is so whoever writes


def test_what_is_refused_is_no_offence_and_hides_none() -> None:
    on = closed()
    for n in range(20):
        on.message("Hi", at=float(n))
    assert on.command("spammers", "list")["spammers"] == []
    row = on.message("exploit", at=30.0)
    assert (row["action"], row["decided_by"], rules(row)) == (
        "drop",
        "patterns",
        ["patterns.string", "policy.strangers"],
    )
    assert len(on.command("spammers", "list")["spammers"]) == 1


@pytest.mark.parametrize(
    ("policy", "action", "would"),
    [
        ({}, "drop", None),
        ({"thresholds": {"spam": "off"}}, "drop", None),
        ({"thresholds": {"tag": 1}}, "drop", None),
        ({"action": "tag"}, "tag", None),
        ({"actions": {"policy.strangers": "tag"}}, "tag", None),
        ({"mode": "monitor"}, "deliver", "drop"),
    ],
)
def test_what_becomes_of_it(policy: dict[str, Any], action: str, would: str | None) -> None:
    row = closed(**policy).message("Hi")
    assert (row["action"], row["would"], row["decided_by"]) == (action, would, "policy")


def test_spam_that_another_rule_only_tags_is_refused_all_the_same() -> None:
    on = closed(actions={"patterns": "tag"}, filters={"patterns": {"strings": ["exploit"]}})
    row = on.message("exploit")
    assert (row["action"], row["decided_by"]) == ("drop", "policy")


def test_a_user_who_receives_everything_is_open() -> None:
    assert closed(unfiltered=True).message("exploit")["exempt"] == "unfiltered_recipient"


def test_for_a_whole_domain_and_what_its_users_send() -> None:
    on = Harness({}, policy={"per_domain": {"example.net": {"strangers": "refuse"}}})
    assert on.message("Hi", to="carol@example.net")["action"] == "drop"
    assert on.message("Hi", to="example.net")["action"] == "deliver"
    assert on.message("Hi", to="carol@example.org")["action"] == "deliver"
    assert on.message("Hi", sender="carol@example.net/x", to=MALLORY)["action"] == "deliver"
    assert on.message("Hi", sender="carol@example.net/x", to=BOB, direction="out")["action"] == "deliver"


def test_the_mode_of_a_user_is_its_own() -> None:
    on = Harness(FILTERS, policy={"mode": "monitor", "recipients": {ALICE: {"mode": "enforce"}}})
    assert [on.message("exploit", to=to)["action"] for to in (ALICE, "carol@example.org")] == ["drop", "deliver"]
    assert "alice@example.org" in str(on.command("mode", "monitor"))
    assert on.message("exploit")["action"] == "drop"
    on = Harness(FILTERS, policy={"recipients": {ALICE: {"action": "bounce"}}})
    on.command("mode", "monitor")
    assert (row := on.message("exploit"))["action"] == "deliver"
    assert row["would"] == "bounce"


def test_a_reload_opens_and_closes() -> None:
    core = Core(settings({}), State())
    seen = []
    for policy in ({}, {"strangers": "refuse"}, {"recipients": {ALICE: {"strangers": "refuse"}}}, {}):
        core.exchange(core.draft(settings({}, policy=policy)), 1.0)
        stanzas = [Stanza.read(f"<message from='{MALLORY}' to='{to}'/>") for to in (ALICE, "carol@example.org")]
        seen.append([core.gateway.judge.judge(stanza, 2.0).verdict.action.value for stanza in stanzas])
    assert seen == [["deliver"] * 2, ["drop"] * 2, ["drop", "deliver"], ["deliver"] * 2]


def test_explaining_says_the_same() -> None:
    on = closed()
    stanza = Stanza.read(f"<message from='{MALLORY}' to='{ALICE}'><body>Hi</body></message>")
    verdict = on.gateway.judge.explain(stanza, 5.0)
    assert (verdict.action, [finding.rule for finding in verdict.findings]) == ("drop", ["policy.strangers"])
    assert decide(on.gateway.setup.policy.meet(stanza), ()).action == "deliver"
