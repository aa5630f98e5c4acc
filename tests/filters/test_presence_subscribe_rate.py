"""presence_subscribe_rate: floods of subscription requests."""

import pytest

from tests.harness import Harness, item
from xmppfilter.replay.replay import Row

MARK = "<x xmlns='http://jabber.org/protocol/muc#user'/>"


def harness(**options: object) -> Harness:
    return Harness({"presence_subscribe_rate": options})


def played(times: list[float], **options: object) -> list[str]:
    on = harness(**options)
    rows = [on.subscribe(at=at, to=f"user{n}@example.org") for n, at in enumerate(times)]
    return ["ok" if row["action"] == "deliver" else "spam" for row in rows]


@pytest.mark.parametrize(
    ("times", "results"),
    [
        ([0, 1, 2, 3, 4, 5], ["ok"] * 5 + ["spam"]),
        ([0, 0, 0, 0, 0, 0], ["ok"] * 5 + ["spam"]),
        ([0, 10, 20, 30, 40, 59], ["ok"] * 5 + ["spam"]),
        ([0, 10, 20, 30, 40, 61], ["ok"] * 6),
        # the window slides: five late in one minute and one early in the next are six
        ([50, 51, 52, 53, 54, 70], ["ok"] * 5 + ["spam"]),
        # refused attempts fill it too: whoever goes on stays refused
        ([0, 0, 0, 0, 0, 30, 61, 62, 63, 64, 65], ["ok"] * 5 + ["spam"] + ["ok"] * 4 + ["spam"]),
        ([*range(0, 60, 6), 61], ["ok"] * 5 + ["spam"] * 6),
    ],
)
def test_more_than_five_within_sixty_seconds(times: list[float], results: list[str]) -> None:
    assert played(times) == results


def test_the_limit_can_be_set() -> None:
    assert played([0, 1], limit_per_minute=1) == ["ok", "spam"]


def test_all_resources_and_spellings_are_one_sender() -> None:
    on = harness(limit_per_minute=2)
    senders = ["mallory@b\u00fccher.example", "Mallory@B\u00dcCHER.example/a", "mallory@xn--bcher-kva.example/b"]
    assert [on.subscribe(sender=sender)["action"] for sender in senders] == ["deliver", "deliver", "drop"]


def test_whom_it_asks_makes_no_difference() -> None:
    on = harness(limit_per_minute=2)
    users = ["alice@example.org", "alice@example.org", "carol@example.net"]
    assert [on.subscribe(to=to)["action"] for to in users] == ["deliver", "deliver", "drop"]


def test_other_senders_are_not_touched() -> None:
    on = harness(limit_per_minute=1)
    assert [on.subscribe(sender=f"m{n}@evil.example")["action"] for n in range(5)] == ["deliver"] * 5


@pytest.mark.parametrize("kind", [None, "subscribed", "unsubscribe", "unsubscribed", "unavailable", "probe", "error"])
def test_other_presence_neither_counts_nor_is_judged(kind: str | None) -> None:
    on = harness(limit_per_minute=1)
    for _ in range(5):
        assert on.presence(kind)["action"] == "deliver"
    assert on.subscribe()["action"] == "deliver"
    assert on.subscribe()["action"] == "drop"
    assert on.presence(kind)["action"] == "deliver"


def test_contacts_are_neither_blocked_nor_counted() -> None:
    on = harness(limit_per_minute=1)
    on.roster("alice@example.org", item("bob@b.example", "to"))
    assert [on.subscribe(sender="bob@b.example")["action"] for _ in range(3)] == ["deliver"] * 3
    assert on.subscribe(sender="bob@b.example", to="carol@example.org")["action"] == "deliver"
    assert on.subscribe(sender="bob@b.example", to="carol@example.org")["action"] == "drop"


def test_a_forged_mark_does_not_escape_by_changing_resources() -> None:
    on = harness(limit_per_minute=2)
    rows = [on.subscribe(sender=f"mallory@evil.example/{n}", more=MARK) for n in range(3)]
    assert [row["action"] for row in rows] == ["deliver", "deliver", "drop"]
    assert on.subscribe(sender="mallory@evil.example")["action"] == "drop"


def test_domain_limit_counts_over_all_senders_of_a_domain() -> None:
    on = harness(domain_limit_per_minute=3)
    rows = [on.subscribe(sender=f"m{n}@evil.example", at=n) for n in range(4)]
    assert [row["action"] for row in rows] == ["deliver"] * 3 + ["drop"]
    assert [finding["rule"] for finding in rows[3]["findings"]] == ["presence_subscribe_rate.domain"]
    assert on.subscribe(sender="m9@sub.evil.example")["action"] == "deliver"
    assert on.subscribe(sender="m9@other.example")["action"] == "deliver"
    assert on.subscribe(sender="m9@evil.example", at=62)["action"] == "deliver"


def test_both_limits_can_be_found_at_once() -> None:
    on = harness(limit_per_minute=1, domain_limit_per_minute=1)
    on.subscribe()
    row = on.subscribe()
    assert [finding["rule"].partition(".")[2] for finding in row["findings"]] == ["sender", "domain"]
    assert row["score"] == 20.0


def test_no_domain_limit_by_default() -> None:
    on = harness()
    rows = [on.subscribe(sender=f"m{n}@evil.example", to=f"user{n}@example.org") for n in range(100)]
    assert {row["action"] for row in rows} == {"deliver"}


def test_an_account_of_ours_that_asks_outwards_is_counted() -> None:
    on = harness(limit_per_minute=2)
    rows = [on.subscribe(sender="robot@example.org/x", to=f"u{n}@far.example") for n in range(3)]
    assert [row["action"] for row in rows] == ["deliver", "deliver", "drop"]


def test_a_flood_of_single_requests_does_not_free_the_one_that_floods() -> None:
    on = harness(max_senders=100)
    for _ in range(6):
        on.subscribe(at=0)
    for n in range(500):
        on.subscribe(sender=f"m{n}@evil{n}.example")
    assert on.subscribe()["action"] == "drop"
    assert on.command("status")["state"]["presence_subscribe_rate.senders"] <= 100


# --- what no single sender does


def rules(row: Row) -> list[str]:
    return [finding["rule"].partition(".")[2] for finding in row["findings"]]


@pytest.mark.parametrize(
    ("every", "times", "passing"),
    [
        (180, 480, 6),  # a day
        (3600, 24, 6),
        (86400 / 5, 20, 20),  # five a day are heard for ever
        (60, 3, 3),
    ],
)
def test_who_asks_the_same_user_again_and_again_is_heard_a_few_times(every: float, times: int, passing: int) -> None:
    on = Harness({"presence_subscribe_rate": {}, "known_spammers": {}})
    rows = [on.subscribe(at=n * every) for n in range(times)]
    assert sum(row["action"] == "deliver" for row in rows) == passing
    assert {tuple(rules(row)) for row in rows} <= {(), ("repeat",)}
    assert on.subscribe(to="carol@example.org")["action"] == "deliver"  # nobody is banned for patience


def test_a_bomb_of_requests_at_one_user_is_stopped_and_bans_nobody() -> None:
    on = Harness({"presence_subscribe_rate": {}, "known_spammers": {}})
    rows = [on.subscribe(sender=f"m{n}@srv{n}.example", at=n * 0.6) for n in range(1000)]
    assert [row["action"] for row in rows] == ["deliver"] * 60 + ["drop"] * 940
    assert rules(rows[60]) == ["recipient"]
    assert on.command("spammers", "list")["spammers"] == []
    assert on.subscribe(sender="m999@srv999.example", to="carol@example.org")["action"] == "deliver"
    assert on.subscribe(sender="bob@friendly.example", at=2 * 3600 + 600)["action"] == "deliver"


def test_the_accounts_of_one_server_are_heard_together() -> None:
    on = Harness({"presence_subscribe_rate": {}, "known_spammers": {}})
    addresses = ("192.0.2.7", "2001:db8::1", "2001:db8::2")
    for place, ip in enumerate(addresses):
        rows = [
            on.subscribe(sender=f"m{n}@a{n}.example", to=f"u{n}-{place}@example.org", at=0, ip=ip) for n in range(70)
        ]
        passing = 0 if ip == addresses[2] else 60  # its network has had its share
        assert [row["action"] for row in rows] == ["deliver"] * passing + ["drop"] * (70 - passing)
        assert rules(rows[69]) == ["server"]
    assert on.command("spammers", "list")["spammers"] == []
    assert on.subscribe(sender="m@a.example", to="dave@example.org", at=61, ip="192.0.2.7")["action"] == "deliver"


def test_one_who_floods_uses_up_nobody_elses_share() -> None:
    on = harness()
    for n in range(200):
        on.subscribe(at=n * 0.1)  # to alice, again and again
    assert on.subscribe(sender="bob@friendly.example")["action"] == "deliver"


@pytest.mark.parametrize("option", ["repeats_per_day", "recipient_limit_per_hour", "server_limit_per_minute"])
def test_each_of_these_limits_can_be_off(option: str) -> None:
    on = harness(**{option: "off"}, limit_per_minute=1000)
    if option == "repeats_per_day":
        rows = [on.subscribe(at=n, ip=f"192.0.2.{n}") for n in range(50)]
    elif option == "recipient_limit_per_hour":
        rows = [on.subscribe(sender=f"m{n}@a.example", at=n * 2) for n in range(100)]
    else:
        rows = [on.subscribe(sender=f"m{n}@a.example", to=f"u{n}@example.org", ip="192.0.2.7") for n in range(100)]
    assert {row["action"] for row in rows} == {"deliver"}


def test_our_own_users_count_towards_their_own_limit_alone() -> None:
    on = harness(recipient_limit_per_hour=1, server_limit_per_minute=1, repeats_per_day=1)
    rows = [on.subscribe(sender=f"user{n}@example.org/x", to="bob@far.example", ip="192.0.2.7") for n in range(10)]
    assert {row["action"] for row in rows} == {"deliver"}


# --- whoever moves to another address


MOVER: dict[str, dict[str, int]] = {"presence_subscribe_rate": {"burst_per_day": 100}, "known_spammers": {}}


@pytest.mark.parametrize("mover", ["new@friendly.example", "new@example.org"])
def test_all_contacts_may_be_asked_at_once(mover: str) -> None:
    on = Harness(MOVER)
    rows = [on.subscribe(sender=mover, to=f"u{n}@example.net", at=n * 0.5, ip="192.0.2.7") for n in range(80)]
    assert [row["action"] for row in rows] == ["deliver"] * 80
    others = [on.subscribe(sender=f"m{n}@friendly.example", at=40, ip="192.0.2.7") for n in range(55)]
    assert [row["action"] for row in others] == ["deliver"] * 55  # of their server's share it has used up five


def test_who_asks_a_whole_server_is_stopped_and_banned() -> None:
    on = Harness(MOVER)
    rows = [on.subscribe(to=f"u{n}@example.org", at=n * 0.5) for n in range(200)]
    passed = sum(row["action"] == "deliver" for row in rows)
    assert 100 <= passed <= 106
    assert rules(rows[passed]) == ["sender"]
    assert on.message(at=101)["decided_by"] == "known_spammers"


def test_a_burst_is_over_within_days() -> None:
    on = Harness(MOVER)
    for n in range(105):
        on.subscribe(to=f"u{n}@example.org", at=n * 0.1)
    late = [on.subscribe(to=f"v{n}@example.org", at=3 * 86400 + n) for n in range(80)]
    assert [row["action"] for row in late] == ["deliver"] * 80


# --- siblings of patience


NAGS = {
    "by other resources": [{"sender": f"mallory@evil.example/{n}"} for n in range(20)],
    "by occupants of a room": [{"sender": f"room@rooms.evil.example/{n}", "more": MARK} for n in range(20)],
    "by occupants of a room of ours": [{"sender": f"room@conference.example.org/{n}"} for n in range(20)],
    "in other words": [{"more": f"<status>Please, {n}</status>"} for n in range(20)],
}


@pytest.mark.parametrize("requests", NAGS.values(), ids=NAGS)
@pytest.mark.parametrize("every", [60.0, 180.0, 3600.0])
def test_patience_is_the_same_in_any_disguise(requests: list[dict[str, str]], every: float) -> None:
    on = Harness({"presence_subscribe_rate": {}, "known_spammers": {}})
    rows = []
    for n, request in enumerate(requests):
        rows.append(on.subscribe(at=n * every, **request))
        on.presence("unsubscribe", sender=request.get("sender", "mallory@evil.example"))
    assert [row["action"] for row in rows] == ["deliver"] * 6 + ["drop"] * 14
    assert on.command("spammers", "list")["spammers"] == []


def test_one_an_hour_for_a_week_is_heard_on_the_first_morning() -> None:
    on = harness()
    assert sum(on.subscribe(at=n * 3600.0)["action"] == "deliver" for n in range(168)) == 6


def test_a_repeat_is_no_new_request_even_where_it_has_no_limit() -> None:
    on = harness(repeats_per_day="off", limit_per_minute=1000)
    for n in range(200):
        assert on.subscribe(at=n * 0.1, ip="192.0.2.7")["action"] == "deliver"
    assert on.subscribe(sender="bob@friendly.example", ip="192.0.2.7")["action"] == "deliver"


# --- who pays for what others do


def test_a_subscription_that_is_returned_is_no_request_of_ones_own() -> None:
    on = Harness({"presence_subscribe_rate": {}, "known_spammers": {}})
    for n in range(40):
        stranger = f"m{n}@a{n}.example"
        on.subscribe(sender=stranger, to="alice@example.org", at=n * 5.0)
        assert on.subscribe(sender="alice@example.org", to=stranger, at=n * 5.0 + 1)["findings"] == []
    rows = [on.subscribe(sender="alice@example.org", to=f"u{n}@far.example", at=200.0) for n in range(6)]
    assert [rules(row) for row in rows] == [[]] * 5 + [["sender"]]


def test_occupants_of_a_room_are_not_banned_for_each_other() -> None:
    on = Harness({"presence_subscribe_rate": {}, "known_spammers": {}})
    for n in range(20):
        on.subscribe(sender=f"room@rooms.friend.example/{n}", to=f"u{n}@example.org", more=MARK, at=float(n))
    carol = {"sender": "room@rooms.friend.example/carol", "more": MARK}
    assert on.subscribe(**carol, at=20.0)["action"] == "drop"
    assert on.command("spammers", "list")["spammers"] == []
    assert on.subscribe(**carol, at=200.0)["action"] == "deliver"


def test_whoever_is_banned_uses_up_nobody_elses_share() -> None:
    on = Harness({"presence_subscribe_rate": {"recipient_limit_per_hour": 5}, "known_spammers": {}})
    for n in range(20):
        on.command("spammers", "ban", f"m{n}@evil.example")
        assert on.subscribe(sender=f"m{n}@evil.example", at=n * 60.0)["action"] == "drop"
    assert on.subscribe(sender="bob@friendly.example")["action"] == "deliver"


def test_who_may_answer_may_ask_again() -> None:
    on = harness()
    assert {on.subscribe(at=n * 60.0, contacted="true")["action"] for n in range(20)} == {"deliver"}
