"""Reports of strangers by users of ours: who counts, and what comes of it."""

from typing import Any

import pytest

from tests.harness import Harness, item
from xmppfilter.memory.state import State
from xmppfilter.registers.bans import BanList
from xmppfilter.registers.reporters import REPORTED_A_DAY
from xmppfilter.stanza.jid import Jid

SPAMMER = "mallory@evil.example"
DAY = 86_400.0
USERS = [f"user{n}@example.org" for n in range(30)]
MUC = "<x xmlns='http://jabber.org/protocol/muc#user'>{}</x>"


def harness(**options: Any) -> Harness:
    return Harness({"known_spammers": options, "error_without_child": {}})


def wrote(on: Harness, *users: str, sender: str = f"{SPAMMER}/x", at: float | None = None, **more: Any) -> None:
    for user in users:
        on.message("Hello, buy this", sender=sender, to=user, at=at, **more)


def reports(on: Harness, *users: str, whom: str = SPAMMER, at: float | None = None) -> list[str]:
    rows = [on.report(whom, user, at=at) for user in users]
    return [event["event"] for row in rows for event in row["events"]]


def is_banned(on: Harness, sender: str = f"{SPAMMER}/y", at: float | None = None) -> bool:
    return "known_spammers.banned" in [
        found["rule"] for found in on.message("Hi", sender=sender, to="carol@example.org", at=at)["findings"]
    ]


def test_five_who_got_something_ban_a_stranger_for_ban_time() -> None:
    on = harness(ban_time="10m")
    wrote(on, *USERS[:5], at=0)
    assert reports(on, *USERS[:4], at=10) == []
    assert not is_banned(on)
    assert reports(on, USERS[4], at=10) == ["banned_by_reports"]
    row = on.message("Hi", sender=f"{SPAMMER}/z", to="carol@example.org", at=11)
    assert row["action"] == "drop"
    assert row["findings"][0]["detail"] == "the sender is banned for another 9m, reported by 5"
    assert not is_banned(on, at=611)


def test_more_reports_make_no_ban_longer_but_bring_it_back() -> None:
    on = harness(ban_time="10m")
    wrote(on, *USERS[:25], at=0)
    assert reports(on, *USERS[:24], at=10) == ["banned_by_reports"]
    assert not is_banned(on, at=611)
    assert reports(on, USERS[24], at=612) == ["banned_by_reports"]


@pytest.mark.parametrize(
    "reporters",
    [
        USERS[:4],
        USERS[:1] * 25,
        [f"{USERS[0]}/{n}" for n in range(25)],
        [None] * 25,  # nobody says who they are
        [f"user{n}@example.net" for n in range(25)],  # it never wrote to them
        [f"puppet{n}@evil.example" for n in range(25)],  # no accounts of ours
    ],
)
def test_who_are_not_five(reporters: list[str]) -> None:
    on = harness()
    wrote(on, *USERS[:5], *[f"puppet{n}@evil.example" for n in range(25)])
    assert reports(on, *reporters) == []
    assert not is_banned(on)


def test_within_a_day() -> None:
    on = harness()
    wrote(on, *USERS[:5], at=0)
    for number, user in enumerate(USERS[:5]):
        assert reports(on, user, at=(number + 1) * 0.3 * DAY) == []
    assert not is_banned(on)


def test_who_reports_everybody_counts_for_some_only() -> None:
    on = harness(reporters=2)
    eager, other = USERS[:2]
    senders = [f"s{n}@evil{n}.example" for n in range(REPORTED_A_DAY + 1)]
    for sender in senders:
        wrote(on, eager, other, sender=sender)
        reports(on, eager, whom=sender)
    assert reports(on, other, whom=senders[-1]) == []
    assert reports(on, other, whom=senders[-2]) == ["banned_by_reports"]


@pytest.mark.parametrize(
    "sent",
    [
        {"type": "error", "body": "no"},  # blocked, so nobody has it
        {"body": None, "more": "<received xmlns='urn:xmpp:receipts' id='1'/>"},
        {"sender": "room@conf.example/mallory", "more": MUC.format("<item/>")},
        {"sender": "room@conference.example.org/mallory"},
        {"sender": "room@conf.example", "more": MUC.format("<invite from='m@evil.example'/>")},
        {"sender": "evil.example"},
    ],
)
def test_what_is_no_word_of_a_stranger_counts_for_nothing(sent: dict[str, Any]) -> None:
    on = harness()
    sender = sent.get("sender", f"{SPAMMER}/x")
    for user in USERS[:6]:
        on.message(**({"body": "Hello", "to": user, "sender": sender} | sent))
    for whom in {sender, Jid.parse(sender).bare}:
        assert "banned_by_reports" not in reports(on, *USERS[:6], whom=whom)


def test_requests_count() -> None:
    on = harness()
    for user in USERS[:5]:
        on.subscribe(sender=SPAMMER, to=user)
    assert reports(on, *USERS[:5]) == ["banned_by_reports"]


def test_whom_a_user_wrote_to_first_cannot_be_reported_away() -> None:
    on = harness()
    for user in USERS[:5]:
        on.message("Do you sell it?", sender=f"{user}/x", to=SPAMMER)
    wrote(on, *USERS[:5])
    assert reports(on, *USERS[:5]) == []


def test_contacts_do_not_count() -> None:
    on = harness()
    for user in USERS[:5]:
        on.roster(user, item(SPAMMER, "both"))
    wrote(on, *USERS[:5])
    assert reports(on, *USERS[:5]) == []


def test_an_account_of_ours_has_rules_of_its_own() -> None:
    on = harness()
    wrote(on, *USERS[:9], sender="bob@example.net/x")
    assert "banned_by_reports" not in reports(on, *USERS[:9], whom="bob@example.net")
    assert not is_banned(on, "bob@example.net/x")


def test_admins_are_let_be() -> None:
    on = Harness({"known_spammers": {}}, admins=["boss@elsewhere.example"])
    wrote(on, *USERS[:5], sender="boss@elsewhere.example/x")
    assert reports(on, *USERS[:5], whom="boss@elsewhere.example") == []


def test_it_can_be_turned_off() -> None:
    on = harness(reporters="off")
    wrote(on, *USERS)
    assert reports(on, *USERS) == []
    assert len(on.gateway.state.structures["known_spammers.reached"]) == 0


def test_a_pardon_forgets_the_reports() -> None:
    on = harness()
    wrote(on, *USERS[:10])
    reports(on, *USERS[:5])
    on.command("spammers", "pardon", SPAMMER)
    assert not is_banned(on)
    assert reports(on, *USERS[5:9]) == []
    assert reports(on, USERS[9]) == ["banned_by_reports"]


def test_monitor_mode_is_apart() -> None:
    on = harness()
    on.command("mode", "monitor")
    wrote(on, *USERS[:9])
    assert reports(on, *USERS[:5]) == []
    assert on.message("Hi", sender=f"{SPAMMER}/z", to=USERS[8])["would"] == "drop"
    on.command("mode", "enforce")
    assert not is_banned(on)
    assert reports(on, *USERS[5:9]) == []


def test_all_of_it_is_stored() -> None:
    """Read into another state, rows say the same: who was reached, who has reported, and who has done so often."""
    on, other = harness(), State()
    wrote(on, *USERS[:5], at=0)
    reports(on, *USERS[:4], at=1)
    bans = other.shared(BanList)
    for name in ("reached", "reported", "reporting"):
        full = f"known_spammers.{name}"
        before = on.gateway.state.structures[full]
        assert before.persist
        other.structures[full].restore(before.snapshot(), now=2)
    key = on.gateway.state.key(SPAMMER)
    assert bans.reporters.count(key, False, 2) == 4
    assert bans.reporters.report(key, SPAMMER, USERS[4], monitored=False, now=2) == 5
