"""presence_subscribe_rate: floods of subscription requests."""

import pytest

from tests.scene import Scene, item

MARK = "<x xmlns='http://jabber.org/protocol/muc#user'/>"


def scene(**options: object) -> Scene:
    return Scene({"presence_subscribe_rate": options})


def played(times: list[float], **options: object) -> list[str]:
    on = scene(**options)
    return ["ok" if on.subscribe(at=at)["action"] == "deliver" else "spam" for at in times]


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
    on = scene(limit_per_minute=2)
    senders = ["mallory@b\u00fccher.example", "Mallory@B\u00dcCHER.example/a", "mallory@xn--bcher-kva.example/b"]
    assert [on.subscribe(sender=sender)["action"] for sender in senders] == ["deliver", "deliver", "drop"]


def test_whom_it_asks_makes_no_difference() -> None:
    on = scene(limit_per_minute=2)
    users = ["alice@example.org", "alice@example.org", "carol@example.net"]
    assert [on.subscribe(to=to)["action"] for to in users] == ["deliver", "deliver", "drop"]


def test_other_senders_are_not_touched() -> None:
    on = scene(limit_per_minute=1)
    assert [on.subscribe(sender=f"m{n}@evil.example")["action"] for n in range(5)] == ["deliver"] * 5


@pytest.mark.parametrize("kind", [None, "subscribed", "unsubscribe", "unsubscribed", "unavailable", "probe", "error"])
def test_other_presence_neither_counts_nor_is_judged(kind: str | None) -> None:
    on = scene(limit_per_minute=1)
    for _ in range(5):
        assert on.presence(kind)["action"] == "deliver"
    assert on.subscribe()["action"] == "deliver"
    assert on.subscribe()["action"] == "drop"
    assert on.presence(kind)["action"] == "deliver"


def test_contacts_are_neither_blocked_nor_counted() -> None:
    on = scene(limit_per_minute=1)
    on.roster("alice@example.org", item("bob@b.example", "to"))
    assert [on.subscribe(sender="bob@b.example")["action"] for _ in range(3)] == ["deliver"] * 3
    assert on.subscribe(sender="bob@b.example", to="carol@example.org")["action"] == "deliver"
    assert on.subscribe(sender="bob@b.example", to="carol@example.org")["action"] == "drop"


def test_a_forged_mark_does_not_escape_by_changing_resources() -> None:
    on = scene(limit_per_minute=2)
    rows = [on.subscribe(sender=f"mallory@evil.example/{n}", more=MARK) for n in range(3)]
    assert [row["action"] for row in rows] == ["deliver", "deliver", "drop"]
    assert on.subscribe(sender="mallory@evil.example")["action"] == "drop"


def test_domain_limit_counts_over_all_senders_of_a_domain() -> None:
    on = scene(domain_limit_per_minute=3)
    rows = [on.subscribe(sender=f"m{n}@evil.example", at=n) for n in range(4)]
    assert [row["action"] for row in rows] == ["deliver"] * 3 + ["drop"]
    assert [finding["rule"] for finding in rows[3]["findings"]] == ["presence_subscribe_rate.domain"]
    assert on.subscribe(sender="m9@sub.evil.example")["action"] == "deliver"
    assert on.subscribe(sender="m9@other.example")["action"] == "deliver"
    assert on.subscribe(sender="m9@evil.example", at=62)["action"] == "deliver"


def test_both_limits_can_be_found_at_once() -> None:
    on = scene(limit_per_minute=1, domain_limit_per_minute=1)
    on.subscribe()
    row = on.subscribe()
    assert [finding["rule"].partition(".")[2] for finding in row["findings"]] == ["sender", "domain"]
    assert row["score"] == 20.0


def test_no_domain_limit_by_default() -> None:
    on = scene()
    assert {on.subscribe(sender=f"m{n}@evil.example")["action"] for n in range(100)} == {"deliver"}


def test_an_account_of_ours_that_asks_outwards_is_counted() -> None:
    on = scene(limit_per_minute=2)
    rows = [on.subscribe(sender="robot@example.org/x", to=f"u{n}@far.example") for n in range(3)]
    assert [row["action"] for row in rows] == ["deliver", "deliver", "drop"]


def test_a_flood_of_single_requests_does_not_free_the_one_that_floods() -> None:
    on = scene(max_senders=100)
    for _ in range(6):
        on.subscribe(at=0)
    for n in range(500):
        on.subscribe(sender=f"m{n}@evil{n}.example")
    assert on.subscribe()["action"] == "drop"
    assert on.command("status")["state"]["presence_subscribe_rate.senders"] <= 100
