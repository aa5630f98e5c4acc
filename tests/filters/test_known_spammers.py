"""known_spammers: whoever has sent spam before."""

from typing import Any

import pytest

from tests.harness import LONG, Harness, item
from xmppfilter.filters import known_spammers
from xmppfilter.judging.verdict import Finding
from xmppfilter.registers.bans import BanList
from xmppfilter.registers.terms import Offence

BANS: dict[str, dict[str, Any]] = {"known_spammers": {}, "error_without_child": {}}
MARK = "<x xmlns='http://jabber.org/protocol/muc#user'/>"
MINUTE = 60.0
DAY = 86400.0


def harness(policy: dict[str, Any] | None = None, **options: object) -> Harness:
    return Harness({"known_spammers": options, "error_without_child": {}}, policy=policy)


def harmless(played: Harness, at: float | None = None, **message: str) -> str:
    action: str = played.message("Hello", at=at, **message)["action"]
    return action


# --- bans


def test_an_offence_bans_for_fifteen_minutes() -> None:
    played = harness()
    assert harmless(played, 0) == "deliver"
    row = played.offend(at=0)
    assert [finding["filter"] for finding in row["findings"]] == ["error_without_child"]
    banned = played.message("Hello", at=15 * MINUTE - 1)
    assert (banned["action"], banned["decided_by"]) == ("drop", "known_spammers")
    assert [finding["rule"] for finding in banned["findings"]] == ["known_spammers.banned"]
    assert harmless(played, 15 * MINUTE) == "deliver"


def test_twenty_offences_are_300_minutes_from_the_first_on() -> None:
    played = harness()
    for n in range(20):
        assert played.offend(at=1000 + n)["action"] == "drop"
    end = 1000 + 300 * MINUTE
    assert harmless(played, end - 1) == "drop"
    assert harmless(played, end) == "deliver"


def test_a_pause_between_two_offences_is_not_made_good() -> None:
    """ban_end = max(now, ban_end) + ban_time."""
    played = harness()
    played.offend(at=0)
    played.offend(at=60 * MINUTE)
    assert harmless(played, 75 * MINUTE - 1) == "drop"
    assert harmless(played, 75 * MINUTE) == "deliver"


def test_harmless_stanzas_while_banned_add_nothing() -> None:
    played = harness()
    played.offend(at=0)
    for n in range(100):
        assert harmless(played, n) == "drop"
    assert harmless(played, 15 * MINUTE) == "deliver"


def test_spam_while_banned_adds_and_is_still_found() -> None:
    played = harness()
    played.offend(at=0)
    row = played.offend(at=10)
    assert [finding["filter"] for finding in row["findings"]] == ["known_spammers", "error_without_child"]
    assert row["decided_by"] == "known_spammers"
    assert row["score"] == 20.0
    assert harmless(played, 30 * MINUTE - 1) == "drop"


def test_several_filters_that_hit_at_once_are_one_offence() -> None:
    played = Harness({"known_spammers": {}, "error_without_child": {}, "same_long_body": {"number_limit": 1}})
    played.offend()
    assert played.command("spammers", "show", "mallory@evil.example")["spammer"]["offences"] == 1


def test_ban_time_is_an_option() -> None:
    played = harness(ban_time="1h")
    played.offend(at=0)
    assert harmless(played, 60 * MINUTE - 1) == "drop"
    assert harmless(played, 60 * MINUTE) == "deliver"


@pytest.mark.parametrize(
    ("sender", "banned"),
    [
        ("mallory@evil.example", True),
        ("mallory@evil.example/other", True),
        ("MALLORY@Evil.Example/X", True),
        ("mallory@evil.example./x", True),
        ("\uff4dallory@evil.example", True),  # full width
        ("mallory@sub.evil.example", False),
        ("mallory2@evil.example", False),
        ("evil.example", False),
    ],
)
def test_a_ban_is_of_the_bare_jid(sender: str, banned: bool) -> None:
    played = harness()
    played.offend()
    assert harmless(played, sender=sender) == ("drop" if banned else "deliver")


def test_an_idn_and_its_a_label_form_are_one_sender() -> None:
    played = harness()
    played.offend(sender="mallory@xn--bcher-kva.example/x")
    assert harmless(played, sender="mallory@b\u00fccher.example/y") == "drop"
    assert harmless(played, sender="mallory@B\u00dcCHER.example") == "drop"
    assert harmless(played, sender="mallory@bucher.example") == "deliver"


@pytest.mark.parametrize("to", ["alice@example.org", "carol@example.net/phone", "example.org", "nobody@example.org"])
def test_a_ban_is_to_everybody(to: str) -> None:
    played = harness()
    played.offend()
    assert harmless(played, to=to) == "drop"


def test_every_kind_of_stanza_is_covered_and_only_iqs_are_answered() -> None:
    played = harness()
    played.offend()
    error = "<error type='cancel'/>"
    for kind in ("chat", "normal", "headline", "groupchat", None):
        assert played.message("Hi", type=kind, sender="mallory@evil.example")["action"] == "drop"
    assert played.message("Hi", type="error", more=error)["action"] == "drop"
    for kind in (None, "unavailable", "subscribe", "subscribed", "unsubscribe", "unsubscribed", "probe", "error"):
        row = played.presence(kind)
        assert (row["action"], row["replies"]) == ("drop", [])
    for kind in ("result", "error"):
        row = played.iq(kind)
        assert (row["action"], row["replies"]) == ("drop", [])


@pytest.mark.parametrize("kind", ["get", "set"])
def test_an_iq_of_a_banned_sender_is_answered_once_with_its_id(kind: str) -> None:
    played = harness()
    played.offend()
    row = played.iq(kind, id="it's & mine")
    assert (row["action"], row["decided_by"], row["forwarded"]) == ("bounce", "known_spammers", None)
    assert len(row["replies"]) == 1
    reply = row["replies"][0]
    assert reply.startswith("<iq type='error' id='it&apos;s &amp; mine' ")
    assert "from='alice@example.org/phone' to='mallory@evil.example/x'" in reply
    assert "<error type='cancel'><policy-violation xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>" in reply
    assert "urn:xmpp:ping" not in reply
    assert "spammer" not in reply


def test_contacts_of_a_banned_sender_are_not_affected() -> None:
    played = harness()
    played.roster("carol@example.org", item("mallory@evil.example", "both"))
    played.offend()
    assert harmless(played, to="carol@example.org") == "deliver"
    assert played.iq("get", to="carol@example.org/phone")["action"] == "deliver"
    assert played.offend(to="carol@example.org")["action"] == "deliver"
    assert harmless(played, to="alice@example.org") == "drop"


def test_what_a_contact_is_sent_is_no_offence() -> None:
    played = harness()
    played.roster("carol@example.org", item("mallory@evil.example", "both"))
    played.offend(to="carol@example.org")
    assert harmless(played, to="alice@example.org") == "deliver"


# --- occupants


def test_an_occupant_of_a_known_room_service_is_banned_alone() -> None:
    played = harness()
    room = "room@conference.example.org"
    played.offend(sender=f"{room}/bad")
    assert harmless(played, sender=f"{room}/bad") == "drop"
    assert harmless(played, sender=f"{room}/good") == "deliver"
    assert harmless(played, sender=room) == "deliver"


def test_an_occupant_of_a_foreign_room_is_recognised_by_the_mark() -> None:
    played = harness()
    room = "room@conf.elsewhere.example"
    assert played.message("x", sender=f"{room}/bad", type="error", more=MARK)["action"] == "drop"
    assert harmless(played, sender=f"{room}/bad", more=MARK) == "drop"
    assert harmless(played, sender=f"{room}/good", more=MARK) == "deliver"


def test_a_forged_mark_does_not_escape_the_ban_of_the_bare_jid() -> None:
    played = harness()
    played.offend(sender="mallory@evil.example/x")
    for n in range(3):
        assert harmless(played, sender=f"mallory@evil.example/{n}", more=MARK) == "drop"
        assert harmless(played, sender=f"mallory@evil.example/{n}", type="groupchat") == "drop"


def test_a_mark_that_is_nested_is_none() -> None:
    played = harness()
    played.message("x", sender="mallory@evil.example/a", type="error", more=f"<y xmlns='urn:example:y'>{MARK}</y>")
    assert harmless(played, sender="mallory@evil.example/b") == "drop"


def test_an_account_of_ours_is_no_occupant_whatever_it_marks() -> None:
    """Or it would escape its ban by changing resources, and could never be disabled."""
    played = harness()
    rows = [
        played.message("x", sender=f"robot@example.org/{at}", to="u@far.example", type="error", more=MARK, at=at)
        for at in (0, 61)
    ]
    assert disabled(rows[1]) == ["robot@example.org"]
    assert harmless(played, sender="robot@example.org/b", to="u@far.example") == "drop"


# --- memory


def test_a_sender_is_forgotten_whole_cache_time_after_its_last_offence() -> None:
    played = harness(disable_account=False)
    for at in (0, 6 * DAY):
        played.offend(at=at)
    played.command("status", at=13 * DAY - 1)
    spammer = played.command("spammers", "show", "mallory@evil.example")["spammer"]
    assert (spammer["offences"], spammer["sureness"]) == (2, 2.0)
    played.command("status", at=13 * DAY)
    assert played.command("spammers", "show", "mallory@evil.example")["spammer"] is None
    played.offend()
    spammer = played.command("spammers", "show", "mallory@evil.example")["spammer"]
    assert (spammer["offences"], spammer["sureness"]) == (1, 1.0)


def test_no_ban_outlasts_the_memory_of_it() -> None:
    played = harness(ban_time="1d", cache_time="2d")
    for _ in range(10):
        played.offend(at=0)
    assert harmless(played, 2 * DAY - 1) == "drop"
    assert harmless(played, 2 * DAY) == "deliver"


def test_the_worst_offender_is_not_evicted_before_milder_ones() -> None:
    played = harness(max_senders=100)
    for _ in range(5):
        played.offend(sender="worst@evil.example")
    for n in range(300):
        played.offend(sender=f"m{n}@evil.example")
    assert harmless(played, sender="worst@evil.example") == "drop"
    assert harmless(played, sender="m0@evil.example") == "deliver"
    assert played.command("status")["state"]["known_spammers.senders"] == 100


# --- sureness

PATTERN = {"patterns": {"strings": ["exploit"]}}
SURENESS = [
    # filters besides known_spammers, what is sent, sureness after it
    ({"error_without_child": {}}, {"type": "error"}, 1.0),
    ({"groupchat_to_bare_jid": {}}, {"type": "groupchat", "sender": "mallory@evil.example"}, 1.0),
    (PATTERN, {"body": "exploit"}, 0.3),
    ({"same_long_body": {"number_limit": 1}}, {"body": LONG}, 0.4),
    # of several, the heaviest counts; at the same height, the first of the pipeline
    (PATTERN | {"error_without_child": {}}, {"body": "exploit", "type": "error"}, 1.0),
    ({"error_without_child": {}, "known_spammers": {"weights": {"error_without_child": 0.2}}}, {"type": "error"}, 0.2),
    (
        {"error_without_child": {}, "known_spammers": {"weights": {"error_without_child.missing": 0.7}}},
        {"type": "error"},
        0.7,
    ),
    ({"error_without_child": {}, "known_spammers": {"weights": {"other": 0.1}}}, {"type": "error"}, 0.1),
]


@pytest.mark.parametrize(("filters", "message", "sureness"), SURENESS)
def test_how_sure_an_offence_makes_us(filters: dict[str, Any], message: dict[str, Any], sureness: float) -> None:
    played = Harness({"known_spammers": {}} | filters)
    last = [played.message(**message) for _ in range(2)][-1]
    offences = 1 if "same_long_body" in filters else 2
    assert last["action"] == "drop"
    spammer = played.command("spammers", "show", "mallory@evil.example")["spammer"]
    assert spammer["offences"] == offences
    assert spammer["sureness"] == pytest.approx(sureness * offences)


def test_a_flood_of_subscriptions_is_worth_half() -> None:
    played = Harness({"known_spammers": {}, "presence_subscribe_rate": {"limit_per_minute": 1}})
    for _ in range(2):
        played.subscribe()
    assert played.command("spammers", "show", "mallory@evil.example")["spammer"]["sureness"] == 0.5


def soft(**options: object) -> Harness:
    """Two findings that are spam together only."""
    return Harness(
        {"known_spammers": options, "groupchat_to_bare_jid": {}, "patterns": {"strings": ["Hi"]}},
        common={"groupchat_to_bare_jid": {"score": 6}, "patterns": {"score": 5}},
    )


def test_what_only_soft_findings_reached_bans_once_and_makes_little_sure_once_a_day() -> None:
    played = soft()
    for n in range(10):
        row = played.message("Hi", type="groupchat", sender="mallory@evil.example", at=n)
        assert (row["action"], row["score"]) == ("drop", 11.0 if n == 0 else 21.0)
    spammer = played.command("spammers", "show", "mallory@evil.example")["spammer"]
    assert (spammer["offences"], spammer["sureness"], spammer["until"]) == (1, 0.1, "1970-01-01T00:15:00Z")
    for hour in range(1, 50):
        played.message("Hi", type="groupchat", sender="mallory@evil.example", at=hour * 3600)
    spammer = played.command("spammers", "show", "mallory@evil.example")["spammer"]
    assert (spammer["offences"], spammer["sureness"]) == (50, 0.3)


# --- accounts of ours


def disabled(row: dict[str, Any]) -> list[str]:
    return [event["jid"] for event in row.get("events", []) if event["event"] == "account_disabled"]


def events(row: dict[str, Any]) -> list[str]:
    return [event["event"] for event in row.get("events", [])]


@pytest.mark.parametrize(
    ("apart", "expected"),
    [
        (61, [[], ["account_suspected"], [], ["account_disabled"], [], []]),  # 0.3, 0.6, 0.9, 1.2
        (31, [[], [], ["account_suspected"], [], [], []]),  # every other one counts
        (1, [[]] * 6),  # a burst is one
    ],
)
def test_a_local_account_is_disabled_once_at_one(apart: float, expected: list[list[str]]) -> None:
    played = Harness({"known_spammers": {}, "patterns": {"strings": ["exploit"]}})
    rows = [
        played.message("exploit", sender="robot@example.org/x", to=f"u{n}@far.example", at=n * apart) for n in range(6)
    ]
    assert [events(row) for row in rows] == expected
    assert {row["action"] for row in rows} == {"drop"}


def test_a_single_stanza_disables_nobody() -> None:
    played = harness()
    row = played.offend(sender="robot@example.org/x", at=0)
    assert row["events"] == [{"event": "account_suspected", "jid": "robot@example.org", "sureness": 1.0}]
    assert events(played.offend(sender="robot@example.org/x", at=59)) == []
    assert disabled(played.offend(sender="robot@example.org/x", at=60)) == ["robot@example.org"]


def test_copies_of_one_text_alone_disable_nobody() -> None:
    """An autoresponder does no more: it answers everybody who writes to it with the same text."""
    played = Harness({"known_spammers": {}, "same_long_body": {"number_limit": 1}})
    rows = [played.message(LONG, sender="help@example.org/bot", to=f"u{n}@far.example", at=n * 61) for n in range(30)]
    assert [row for row in rows if disabled(row)] == []
    assert played.command("spammers", "show", "help@example.org")["spammer"]["sureness"] == 0.9


LISTS: dict[str, Any] = {"blocklist": {}, "mentions": {}, "invitation": {}}


@pytest.mark.parametrize(
    ("message", "rule"),
    [
        ({"body": "I got spam for https://spam.example/pay"}, "mentions.url"),
        ({"body": None, "more": "<x xmlns='jabber:x:conference' jid='r@spam.example'/>"}, "invitation.domain"),
    ],
)
def test_what_others_write_into_lists_disables_nobody(message: dict[str, Any], rule: str) -> None:
    played = Harness({"known_spammers": {}} | LISTS)
    played.command("lists", "add", "domain", "spam.example")
    played.command("lists", "add", "url", "spam.example")
    for n in range(20):
        row = played.message(sender="bob@example.org/x", to=f"abuse{n}@far.example", at=n * 61, **message)
        assert rule in [found["rule"] for found in row["findings"]]
        assert disabled(row) == []
    assert played.command("spammers", "show", "bob@example.org")["spammer"]["sureness"] == 0


def test_admins_are_never_disabled() -> None:
    played = Harness(BANS, admins=["root@example.org"])
    for n in range(20):
        assert disabled(played.offend(sender="root@example.org/x", at=n * 61)) == []
    assert disabled(played.offend(sender="robot@example.org/x")) == []
    assert disabled(played.offend(sender="robot@example.org/x", at=20 * 61)) == ["robot@example.org"]


def test_who_receives_everything_is_never_disabled() -> None:
    of_domain = {"unfiltered_recipients": ["abuse@example.net"]}
    policy = {"unfiltered_recipients": ["abuse@example.org"], "per_domain": {"example.net": of_domain}}
    played = Harness(BANS, policy=policy)
    for n in range(3):
        for abuse in ("abuse@example.org/x", "abuse@example.net/x"):
            assert disabled(played.offend(sender=abuse, at=n * 61)) == []


def test_an_account_that_answers_too_much_is_not_disabled_for_it_alone() -> None:
    played = Harness(BANS | {"stranger_rate": {"messages_per_minute": 2}})
    for n in range(4):
        for stranger in range(20):
            row = played.message(
                sender="robot@example.org/x", to=f"s{stranger}@evil.example", at=n * 90.0, direction="out"
            )
            assert disabled(row) == []
        assert row["action"] == "drop"
    assert disabled(played.offend(sender="robot@example.org/x", at=400.0)) == ["robot@example.org"]


@pytest.mark.parametrize("sender", ["mallory@evil.example/x", "room@conference.example.org/nick", "evil.example"])
def test_nobody_else_is_ever_disabled(sender: str) -> None:
    played = harness()
    assert all(played.offend(sender=sender)["events"] == [] for _ in range(5))
    assert played.command("spammers", "list")["spammers"][0]["disabled"] is False


def twice(played: Harness, sender: str) -> dict[str, Any]:
    """Let *sender* offend twice, so far apart that both offences count."""
    now = played.replay.now or 0.0
    played.offend(sender=sender, at=now + 60)
    return played.offend(sender=sender, at=now + 120)


def test_accounts_of_every_protected_domain_are_ours() -> None:
    assert disabled(twice(harness(), "robot@example.net/x")) == ["robot@example.net"]


def test_disable_account_can_be_turned_off() -> None:
    assert disabled(twice(harness(disable_account=False), "robot@example.org/x")) == []


def test_a_pardoned_account_can_be_disabled_again() -> None:
    played = harness()
    assert disabled(twice(played, "robot@example.org/x")) == ["robot@example.org"]
    played.command("spammers", "pardon", "robot@example.org")
    assert harmless(played, sender="robot@example.org/x") == "deliver"
    assert disabled(twice(played, "robot@example.org/x")) == ["robot@example.org"]


# --- users' reports


def wrote(played: Harness, sender: str, *recipients: str) -> None:
    """Let *sender* write to each of them, so that their reports count."""
    for recipient in recipients:
        assert harmless(played, sender=f"{sender}/x", to=recipient) == "deliver"


def test_ten_reports_of_those_it_wrote_to_are_exactly_one() -> None:
    played = harness()
    reporters = [f"user{n}@example.net" for n in range(11)]
    wrote(played, "robot@example.org", *reporters)
    rows = [played.report("robot@example.org", reporter) for reporter in reporters]
    assert [disabled(row) for row in rows] == [[]] * 9 + [["robot@example.org"], []]
    assert played.command("spammers", "show", "robot@example.org")["spammer"]["sureness"] == 1.1


@pytest.mark.parametrize("reporter", [None, "user{}@example.net", "puppet{}@evil.example"])
def test_whom_it_never_wrote_to_cannot_get_an_account_of_ours_disabled(reporter: str | None) -> None:
    played = harness()
    rows = [played.report("robot@example.org", reporter and reporter.format(n)) for n in range(100)]
    assert [row for row in rows if row["events"]] == []
    assert played.command("spammers", "show", "robot@example.org")["spammer"]["sureness"] == 0


def test_one_enemy_counts_once_however_many_days_it_reports() -> None:
    played = harness()
    wrote(played, "robot@example.org", "enemy@example.net")
    for day in range(6):
        played.report("robot@example.org", "enemy@example.net", at=day * DAY)
    assert played.command("spammers", "show", "robot@example.org")["spammer"]["sureness"] == 0.1


def test_a_report_bans_nobody() -> None:
    played = harness()
    for n in range(30):
        played.report("mallory@evil.example", f"user{n}@example.org")
    assert harmless(played) == "deliver"
    assert played.command("spammers", "show", "mallory@evil.example")["spammer"]["offences"] == 0


def test_a_named_reporter_counts_once_per_jid_and_day() -> None:
    played = harness()

    def sureness(jid: str) -> float:
        value: float = played.command("spammers", "show", jid)["spammer"]["sureness"]
        return value

    for reporter in ("alice@example.org", "alice@example.org", "ALICE@example.org/phone"):
        played.report("mallory@evil.example", reporter, at=0)
    assert sureness("mallory@evil.example") == 0.1
    played.report("other@evil.example", "alice@example.org")
    assert sureness("other@evil.example") == 0.1
    played.report("mallory@evil.example", "bob@example.org")
    assert sureness("mallory@evil.example") == 0.2
    played.report("mallory@evil.example", "alice@example.org", at=DAY)
    assert sureness("mallory@evil.example") == pytest.approx(0.3)


def test_reports_without_a_reporter_count_each_time() -> None:
    played = harness()
    for _ in range(10):
        played.report("mallory@evil.example", None)
    assert played.command("spammers", "show", "mallory@evil.example")["spammer"]["sureness"] == 1.0


def test_offences_and_reports_add_up_to_tenths_exactly() -> None:
    played = Harness({"known_spammers": {}, "patterns": {"strings": ["exploit"]}})
    reporters = [f"u{n}@example.net" for n in range(7)]
    wrote(played, "robot@example.org", *reporters)
    for reporter in reporters:
        played.report("robot@example.org", reporter)
    row = played.message("exploit", sender="robot@example.org/x", to="u@far.example")
    assert disabled(row) == ["robot@example.org"]  # 7 * 0.1 + 0.3


@pytest.mark.parametrize("reporters", [1, 5, 9, 10])
def test_reports_lock_no_account_that_others_have_brought_to_the_rest(reporters: int) -> None:
    """Soft findings and copies end at 0.9; ten reports are enough without them, and a sure offence beside them."""
    played = Harness({"known_spammers": {"weights": {"campaign": 0.9}}, "patterns": {"strings": ["exploit"]}})
    users = [f"u{n}@example.net" for n in range(10)]
    wrote(played, "robot@example.org", *users)
    bans = played.gateway.state.shared(BanList)
    about: dict[str, Any] = {"written": "robot@example.org", "soft": False, "ours": True, "monitored": False}
    key = played.gateway.state.key("robot@example.org")
    copies = Offence(key=key, address="robot@example.org", finding=Finding("campaign.copies", "seen"), **about)
    bans.offend(copies, 0.0)
    rows = [played.report("robot@example.org", user, at=100) for user in users[:reporters]]
    assert [jid for row in rows for jid in disabled(row)] == ["robot@example.org"][: reporters // 10]
    row = played.message("exploit", sender="robot@example.org/x", to="u@far.example", at=200)
    assert disabled(row) == ["robot@example.org"][: reporters < 10]


# --- monitor mode


def test_monitor_mode_bans_as_enforce_would_and_disables_nobody() -> None:
    played = harness({"mode": "monitor"})
    rows = [played.offend(sender="robot@example.org/x", to="u@far.example", at=n) for n in range(20)]
    assert {row["action"] for row in rows} == {"deliver"}
    assert {row["would"] for row in rows} == {"drop"}
    assert all(row["events"] == [] for row in rows)
    banned = played.message("Hi", sender="robot@example.org/x", to="u@far.example", at=300 * MINUTE - 1)
    assert (banned["action"], banned["would"], banned["decided_by"]) == ("deliver", "drop", "known_spammers")
    free = played.message("Hi", sender="robot@example.org/x", to="u@far.example", at=300 * MINUTE)
    assert (free["action"], free["would"]) == ("deliver", "deliver")


def test_going_to_enforce_forgets_what_was_earned_in_monitor_mode() -> None:
    played = harness({"mode": "monitor"})
    for _ in range(3):
        played.offend()
    for n in range(9):
        played.report("robot@example.org", f"user{n}@example.org")
    assert played.command("spammers", "list")["spammers"][0]["monitored"] is True
    played.command("mode", "enforce")
    assert harmless(played) == "deliver"
    assert played.command("spammers", "list")["spammers"] == []
    assert disabled(played.report("robot@example.org", "user9@example.org")) == []
    assert played.offend()["action"] == "drop"
    assert harmless(played) == "drop"
    played.command("mode", "monitor")
    assert played.message("Hi")["would"] == "drop"


def test_a_watched_ban_list_bans_and_disables_nobody() -> None:
    played = Harness(BANS, common={"known_spammers": {"mode": "monitor"}})
    row = played.offend(sender="robot@example.org/x")
    assert (row["action"], row["events"]) == ("drop", [])
    banned = played.message("Hi", sender="robot@example.org/x")
    assert (banned["action"], banned["score"]) == ("deliver", 0.0)
    assert [finding["filter"] for finding in banned["findings"]] == ["known_spammers"]
    for n in range(20):
        assert played.report("other@example.org", f"u{n}@example.org")["events"] == []


# --- the list of spammers


def test_the_list_is_told_every_print_frequency() -> None:
    played = harness(print_frequency="1h")
    played.offend(at=0)
    played.message("Hi", at=3599)
    assert played.replay.events == []
    played.message("Hi", at=2 * 3600)
    told = [event for event in played.replay.events if event.name == "spammers"]
    assert len(told) == 2
    assert told[0].fields["count"] == 1
    row = told[0].fields["spammers"][0]
    assert row == {"jid": "mallory@evil.example", "offences": 1, "sureness": 1.0, "until": 900.0}


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.4, "1s"), (59, "59s"), (900, "15m"), (7199, "119m"), (7201, "2h"), (200_000, "2d")]
)
def test_the_rest_of_a_ban_is_told_roughly(seconds: float, words: str) -> None:
    assert known_spammers._rough(seconds) == words
