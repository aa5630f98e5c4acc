"""What an operator can do."""

import re
from typing import Any

import pytest

from tests.harness import LONG, Harness
from xmppfilter.judging.effects import LockAccount
from xmppfilter.operators.commands import CommandError, run

BANS: dict[str, dict[str, Any]] = {"known_spammers": {}, "error_without_child": {}}
MALLORY = "mallory@evil.example"


@pytest.mark.parametrize(
    "words",
    [
        [],
        [""],
        ["nonsense"],
        ["status", "more"],
        ["filters", "more"],
        ["mode"],
        ["mode", "off"],
        ["mode", "monitor", "now"],
        ["spammers"],
        ["spammers", "ban"],
        ["spammers", "ban", "@"],
        ["spammers", "ban", MALLORY, "soon"],
        ["spammers", "ban", MALLORY, "-1h"],
        ["spammers", "ban", MALLORY, "0s"],
        ["spammers", "ban", MALLORY, "1h", "more"],
        ["spammers", "show", "a b@c"],
        ["spammers", "pardon"],
        ["spammers", "list", "all"],
    ],
)
def test_mistakes_say_what_was_found_and_what_was_wanted(words: list[str]) -> None:
    played = Harness(BANS)
    with pytest.raises(CommandError) as wrong:
        run(played.gateway, words, 0)
    assert str(wrong.value)
    assert played.command("spammers", "list") == {"spammers": []}


# --- spammers


def test_a_ban_for_one_ban_time() -> None:
    played = Harness(BANS)
    result = played.command("spammers", "ban", "Mallory@EVIL.example", at=0)
    assert result == {"banned": MALLORY, "until": "1970-01-01T00:15:00Z"}
    assert played.message("Hi", at=899)["decided_by"] == "known_spammers"
    assert played.message("Hi", at=900)["action"] == "deliver"


def test_a_ban_for_as_long_as_the_operator_says() -> None:
    played = Harness(BANS)
    played.command("spammers", "ban", MALLORY, "30d", at=0)
    assert played.message("Hi", at=29.9 * 86400)["action"] == "drop"
    assert played.message("Hi", at=30 * 86400)["action"] == "deliver"


def test_a_ban_without_end_is_shown_all_the_same() -> None:
    played = Harness(BANS)
    assert played.command("spammers", "ban", MALLORY, "999999999w")["until"] == "9999-12-31T23:59:59Z"
    assert played.command("spammers", "list")["spammers"][0]["until"] == "9999-12-31T23:59:59Z"


def test_an_operator_s_ban_is_no_offence() -> None:
    played = Harness(BANS)
    played.command("spammers", "ban", "robot@example.org")
    row = played.command("spammers", "show", "robot@example.org")["spammer"]
    assert (row["offences"], row["sureness"], row["disabled"]) == (0, 0.0, False)


def test_an_occupant_can_be_banned_alone() -> None:
    played = Harness(BANS)
    played.command("spammers", "ban", "room@conference.example.org/Bad Nick")
    assert played.message("Hi", sender="room@conference.example.org/Bad Nick")["action"] == "drop"
    assert played.message("Hi", sender="room@conference.example.org/good")["action"] == "deliver"


def test_show_and_list() -> None:
    played = Harness(BANS)
    assert played.command("spammers", "show", MALLORY) == {"spammer": None}
    for _ in range(2):
        played.offend(at=0)
    played.offend(sender="other@evil.example")
    row = {"jid": MALLORY, "offences": 2, "sureness": 2.0, "until": "1970-01-01T00:30:00Z", "disabled": False}
    assert played.command("spammers", "show", MALLORY) == {"spammer": row}
    rows = played.command("spammers", "list")["spammers"]
    assert [each["jid"] for each in rows] == [MALLORY, "other@evil.example"]
    assert rows[0] == row


def test_a_pardon_forgets_all() -> None:
    played = Harness(BANS)
    for _ in range(3):
        played.offend(at=0)
    assert played.command("spammers", "pardon", "MALLORY@evil.example", at=1) == {
        "pardoned": MALLORY,
        "was_known": True,
    }
    assert played.command("spammers", "show", MALLORY) == {"spammer": None}
    assert played.message("Hi")["action"] == "deliver"
    played.offend()
    assert played.command("spammers", "show", MALLORY)["spammer"]["offences"] == 1


def test_a_pardon_of_somebody_unknown() -> None:
    assert Harness(BANS).command("spammers", "pardon", MALLORY) == {"pardoned": MALLORY, "was_known": False}


def test_a_pardon_unlocks_an_account_even_when_the_reason_is_forgotten() -> None:
    played = Harness(BANS)
    for at in (0, 60):  # a first offence disables nobody
        played.offend(sender="robot@example.org/x", at=at)
    _, effects = run(played.gateway, ["spammers", "pardon", "robot@example.org"], 61)
    assert LockAccount("robot@example.org", locked=False) in effects
    _, effects = run(played.gateway, ["spammers", "pardon", "robot@example.org"], 62)
    assert effects == (LockAccount("robot@example.org", locked=False),)
    _, effects = run(played.gateway, ["spammers", "pardon", MALLORY], 63)
    assert effects == ()


def test_a_pardon_covers_reports_too() -> None:
    played = Harness(BANS)
    for n in range(9):
        played.report("robot@example.org", f"u{n}@example.org", at=0)
    played.command("spammers", "pardon", "robot@example.org", at=1)
    assert played.report("robot@example.org", "u9@example.org", at=2)["events"] == []


def test_without_the_filter_there_are_no_spammers() -> None:
    with pytest.raises(CommandError, match="known_spammers"):
        Harness({"error_without_child": {}}).command("spammers", "list")


# --- mode, status, filters


def test_the_mode_can_be_changed() -> None:
    played = Harness(BANS)
    assert played.command("mode", "monitor") == {"mode": "monitor", "was": "enforce"}
    assert played.offend()["action"] == "deliver"
    assert played.command("status")["mode"] == "monitor"
    assert played.command("mode", "enforce") == {"mode": "enforce", "was": "monitor"}
    assert played.message("Hi")["action"] == "deliver"
    assert played.offend()["action"] == "drop"


def test_status() -> None:
    played = Harness(BANS | {"same_long_body": {"number_limit": 1}}, policy={"action": "bounce"})
    played.message(LONG, at=100)
    played.message(LONG)
    played.offend()
    played.iq("get", sender="example.org")
    played.send("<message to='alice@example.org'/>")
    played.report(MALLORY)
    played.report(MALLORY, origin="evil.example")
    status: dict[str, Any] = played.command("status", at=200)
    assert status["stanzas"] == {"message": 3, "error": 1, "iq": 1}
    assert status["verdicts"] == {"deliver": 2, "bounce": 1, "drop": 1}
    assert status["exempt"] == {"server": 1}
    assert (status["invalid"], status["disbelieved"], status["malformed"], status["failures"]) == (1, 1, 0, 0)
    assert status["reports"] == {"named": 1}
    assert (status["mode"], status["route"], status["component"]) == ("enforce", "verdict", "filter.example.org")
    assert status["connected"] is False
    assert [server["jid"] for server in status["servers"]] == ["example.net", "example.org"]
    assert status["servers"][0]["last_question_age"] is None
    assert [(row["name"], row["findings"], row["failures"], row["muted"]) for row in status["filters"]] == [
        ("known_spammers", 1, 0, False),
        ("error_without_child", 1, 0, False),
        ("same_long_body", 1, 0, False),
    ]
    assert played.command("filters")["filters"] == status["filters"]


def test_status_tells_when_a_server_has_last_asked() -> None:
    played = Harness(BANS)
    inner = "<message xmlns='jabber:client' from='m@evil.example' to='alice@example.org'/>"
    inner = f"<forwarded xmlns='urn:xmpp:forward:0'>{inner}</forwarded>"
    wrapper = "<message from='example.org' to='filter.example.org'>{}</message>"
    played.send(wrapper.format(inner), at=50)
    server = played.command("status", at=80)["servers"][1]
    assert (server["jid"], server["questions"], server["last_question_age"]) == ("example.org", 1, 30.0)


# --- many at once, and what cannot be done

BANNED = ["spam1@evil.example", "spam2@evil.example", "other@evil.example", "a@sub.evil.example", "b@bad.example"]


def banned(played: Harness) -> set[str]:
    return {row["jid"] for row in played.command("spammers", "list")["spammers"]}


@pytest.mark.parametrize(
    ("words", "left"),
    [
        (["spam1@evil.example"], BANNED[1:]),
        (["SPAM1@evil.example/phone"], BANNED[1:]),
        (["evil.example"], BANNED[3:]),
        (["*@evil.example"], BANNED[3:]),
        (["spam*@evil.example"], BANNED[2:]),
        (["*.evil.example"], [*BANNED[:3], BANNED[4]]),
        (["spam1@evil.example", "b@bad.example"], BANNED[1:4]),
        (["evil.example", "*.evil.example"], BANNED[4:]),
        (["all"], []),
    ],
)
def test_a_pardon_means_whom_it_says(words: list[str], left: list[str]) -> None:
    played = Harness(BANS)
    for jid in BANNED:
        played.offend(sender=jid)
    result = played.command("spammers", "pardon", *words)
    assert banned(played) == set(left)
    assert result.get("count", 1) == len(BANNED) - len(left)
    for jid in BANNED:
        assert played.message("Hi", sender=jid)["action"] == ("drop" if jid in left else "deliver")


def test_a_pardon_of_many_counts_what_it_did() -> None:
    played = Harness(BANS)
    assert played.command("spammers", "pardon", "*@evil.example") == {"pardoned": "*@evil.example", "count": 0}
    played.offend(sender="mallory@evil.example")
    assert played.command("spammers", "pardon", "Evil.Example") == {"pardoned": "evil.example", "count": 1}


def test_a_pardon_of_all_enables_accounts_and_forgets_monitor_mode() -> None:
    played = Harness(BANS)
    for at in (0, 60):  # a first offence disables nobody
        played.offend(sender="robot@example.org", at=at)
    played.command("mode", "monitor")
    played.offend(sender="watched@evil.example")
    result, effects = run(played.gateway, ["spammers", "pardon", "all"], 61)
    assert result["count"] == 2
    assert LockAccount("robot@example.org", locked=False) in effects
    assert banned(played) == set()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["ban", "evil.example"], "lists add domain evil.example"),
        (["ban", "*@evil.example"], "wanted one JID"),
        (["ban", "mallory@evil.example/phone"], "wanted mallory@evil.example"),
        (["pardon", "*"], "*@evil.example"),
        (["pardon", "a b@c"], "is no JID"),
    ],
)
def test_what_would_do_nothing_is_refused_with_what_does(words: list[str], says: str) -> None:
    played = Harness(BANS)
    with pytest.raises(CommandError, match=re.escape(says)):
        run(played.gateway, ["spammers", *words], 0)
    assert banned(played) == set()


def test_an_occupant_is_banned_alone() -> None:
    played = Harness(BANS)
    played.command("spammers", "ban", "room@conference.example.org/mallory")
    assert played.message("Hi", sender="room@conference.example.org/mallory")["action"] == "drop"
    assert played.message("Hi", sender="room@conference.example.org/friend")["action"] == "deliver"


def test_the_mode_says_whom_it_does_not_change() -> None:
    played = Harness(BANS, policy={"per_domain": {"example.net": {"mode": "monitor"}}})
    assert played.command("mode", "enforce")["not_changed"] == {"example.net": "monitor"}


def test_who_was_only_reported_is_banned_until_no_time() -> None:
    played = Harness(BANS)
    played.report("mallory@evil.example")
    assert played.command("spammers", "show", MALLORY)["spammer"]["until"] is None


LISTED: dict[str, dict[str, Any]] = {"known_spammers": {}, "blocklist": {}}


@pytest.mark.parametrize(
    ("listed", "allowed", "freed"),
    [
        (["domain", "bad.example"], ["domain", "bad.example"], 2),
        (["domain", "bad.example"], ["jid", "a@bad.example"], 1),
        (["domain", "*.bad.example"], ["domain", "*.bad.example"], 0),
    ],
)
def test_an_allowance_frees_whom_the_lists_got_banned(listed: list[str], allowed: list[str], freed: int) -> None:
    played = Harness(LISTED)
    played.command("lists", "add", *listed)
    for jid in ("a@bad.example", "b@bad.example"):
        played.message("Hi", sender=jid)
    played.command("spammers", "ban", "c@bad.example", "1h")
    result = played.command("allow", "add", *allowed)
    assert result["pardoned"] == freed
    assert played.message("Hi", sender="a@bad.example")["action"] == (
        "deliver" if freed or "*" in listed[1] else "drop"
    )
    assert played.message("Hi", sender="c@bad.example")["action"] == "drop", "the operator's own word stays"


def test_own_entries_are_shown_as_they_are_written() -> None:
    played = Harness(LISTED)
    assert played.command("lists", "add", "domain", "*.bad.example")["added"] == "*.bad.example"
    played.command("lists", "add", "jid", "a@bad.example")
    played.command("allow", "add", "domain", "*.good.example")
    assert played.command("lists", "show")["own"] == [
        {"kind": "jid", "value": "a@bad.example", "by": "the operator"},
        {"kind": "subdomains", "value": "*.bad.example", "by": "the operator"},
    ]
    assert played.command("allow", "show")["allowed"] == [
        {"kind": "subdomains", "value": "*.good.example", "by": "the operator"}
    ]
    assert played.command("lists", "show", "domain", "*.bad.example")["value"] == "*.bad.example"


def test_as_many_entries_as_can_be_kept_are_taken_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xmppfilter.lists.lists.MOST_EDITS", 2)
    played = Harness(LISTED)
    for name in ("a", "b", "a"):
        played.command("lists", "add", "domain", f"{name}.example")
    with pytest.raises(CommandError, match="2 entries already"):
        run(played.gateway, ["lists", "add", "domain", "c.example"], 1)
    played.command("lists", "remove", "domain", "a.example")
    played.command("lists", "add", "domain", "c.example")
