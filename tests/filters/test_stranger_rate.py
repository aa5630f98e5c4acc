"""stranger_rate: who writes to strangers too often, or to too many."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.harness import Harness, item
from xmppfilter.filters import stranger_rate

MARK = "<x xmlns='http://jabber.org/protocol/muc#user'/>"
OMEMO = "<encrypted xmlns='urn:xmpp:omemo:1'><header sid='1'><key rid='2'>A</key></header></encrypted>"


def rows(
    on: Harness,
    count: int,
    *,
    seconds: float = 10,
    start: float = 0,
    senders: int = 1,
    recipients: int = 1,
    domains: int = 1,
    ip: str = "",
    **message: str,
) -> list[dict[str, object]]:
    """Send so many messages evenly over that time, by so many senders of so many domains to so many users."""
    peer = {"ip": ip} if ip else {}
    return [
        on.message(
            f"Hello {n}",
            sender=f"m{n % senders}@evil{n % domains}.example/x",
            to=f"user{n % recipients}@example.org",
            at=start + n * seconds / count,
            **peer,
            **message,
        )
        for n in range(count)
    ]


def rules(row: dict[str, object]) -> list[str]:
    found: list[dict[str, str]] = row["findings"]  # type: ignore[assignment]
    return [finding["rule"].removeprefix("stranger_rate.") for finding in found]


def harness(**options: object) -> Harness:
    """Return a harness without the limit of messages that nobody answers: most here go to one user."""
    return Harness({"stranger_rate": {"unanswered": "off"} | options})


def sizes(on: Harness) -> list[int]:
    """Return how much each structure of the filter holds."""
    return [size for name, size in on.command("status")["state"].items() if name.startswith("stranger_rate.")]


PEOPLE = {
    "a talk": {"count": 40, "seconds": 60},
    "a long talk": {"count": 400, "seconds": 600},
    "a few strangers": {"count": 10, "seconds": 60, "recipients": 10},
    "many, one after the other": {"count": 100, "seconds": 1200, "recipients": 100},
    "many people of one server": {"count": 400, "seconds": 60, "senders": 90, "recipients": 80, "ip": "192.0.2.7"},
}


@pytest.mark.parametrize("case", PEOPLE.values(), ids=PEOPLE)
def test_what_people_do_passes_without_a_word(case: dict[str, float]) -> None:
    assert {row["score"] for row in rows(harness(), **case)} == {0.0}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("case", "rule", "least", "most"),
    [
        ({"count": 70, "seconds": 1}, "messages", 3.0, 4.5),
        ({"count": 120, "seconds": 1}, "messages", 6.0, 7.0),
        ({"count": 300, "seconds": 2}, "messages", 10.0, 10.0),
        ({"count": 600, "seconds": 240}, "messages", 6.0, 9.0),
        ({"count": 16, "recipients": 16}, "recipients", 3.0, 5.5),
        ({"count": 16, "recipients": 16, "seconds": 50}, "recipients", 3.0, 5.5),
        ({"count": 59, "recipients": 59}, "recipients", 9.0, 10.0),
        ({"count": 700, "senders": 70, "recipients": 20, "seconds": 1}, "domain", 3.0, 4.0),
        ({"count": 3000, "senders": 600, "recipients": 20, "seconds": 1}, "domain", 6.5, 7.5),
        ({"count": 150, "senders": 50, "recipients": 150, "seconds": 1}, "domain", 3.0, 5.5),
        (
            {"count": 700, "senders": 70, "domains": 70, "recipients": 20, "seconds": 1, "ip": "192.0.2.7"},
            "server",
            3.0,
            4.0,
        ),
    ],
)
def test_what_robots_do_scores_the_more_the_more_it_is(
    case: dict[str, float], rule: str, least: float, most: float
) -> None:
    on = (
        harness(domain_messages_per_minute="off", domain_recipients_per_minute="off") if rule == "server" else harness()
    )
    last = rows(on, **case)[-1]  # type: ignore[arg-type]
    assert rules(last) == [rule]
    assert least <= float(str(last["score"])) <= most


@pytest.mark.parametrize("limit", [1, 5, 20])
def test_the_limit_of_messages_is_the_last_that_passes(limit: int) -> None:
    played = rows(harness(messages_per_minute=limit), limit + 1, seconds=0.001)
    assert [bool(row["findings"]) for row in played] == [False] * limit + [True]


def test_off_is_off() -> None:
    options = dict.fromkeys(stranger_rate.Config.model_fields.keys() - {"allow", "max_senders"}, "off")
    assert {row["score"] for row in rows(harness(**options), 500, recipients=500, ip="192.0.2.7")} == {0.0}


def test_it_says_how_much() -> None:
    last = rows(harness(), 100, seconds=0.001)[-1]
    assert last["findings"] == [
        {
            "filter": "stranger_rate",
            "rule": "stranger_rate.messages",
            "score": 5.6,
            "detail": "100 messages to strangers by this sender within a minute; 60 may pass",
        }
    ]


def test_it_is_over_a_few_minutes_later() -> None:
    on = harness()
    assert rows(on, 200, seconds=1)[-1]["score"] == 9.0
    assert rows(on, 1, start=60)[-1]["score"] == 4.1
    assert rows(on, 1, start=180)[-1]["score"] == 0.0


def test_refused_messages_count_like_any_other() -> None:
    on = Harness({"stranger_rate": {"messages_per_minute": 2}, "patterns": {"strings": ["Hello"]}})
    assert rules(rows(on, 4, seconds=0.1)[-1])[0] == "messages"


SAYING = {
    "encrypted": OMEMO,
    "a subject": "<subject>Hello</subject>",
    "an invitation": "<x xmlns='jabber:x:conference' jid='room@rooms.example'/>",
    "only XHTML": (
        "<html xmlns='http://jabber.org/protocol/xhtml-im'><body xmlns='http://www.w3.org/1999/xhtml'>"
        "Buy it now</body></html>"
    ),
}
QUIET = {
    "nothing": "",
    "a chat state": "<composing xmlns='http://jabber.org/protocol/chatstates'/>",
    "a receipt": "<received xmlns='urn:xmpp:receipts' id='m1'/>",
    "a marker": "<displayed xmlns='urn:xmpp:chat-markers:0' id='m1'/>",
    "an event": (
        "<event xmlns='http://jabber.org/protocol/pubsub#event'><items node='blog'><item id='i'>"
        "<entry xmlns='http://www.w3.org/2005/Atom'><title>A new post on the blog</title></entry>"
        "</item></items></event>"
    ),
}


@pytest.mark.parametrize("what", SAYING)
def test_messages_count_wherever_they_say_something(what: str) -> None:
    on = harness()
    played = [on.message(None, more=SAYING[what], at=n / 100) for n in range(70)]
    assert rules(played[-1]) == ["messages"]


@pytest.mark.parametrize("what", QUIET)
def test_what_says_nothing_is_no_contact_attempt(what: str) -> None:
    on = Harness({"stranger_rate": {}, "known_spammers": {}})
    rows = [on.message(None, more=QUIET[what], to=f"u{n % 100}@example.org", at=n / 100) for n in range(1000)]
    assert {row["action"] for row in rows} == {"deliver"}
    flood = [on.message(None, more=QUIET[what], at=20 + n / 100) for n in range(1000)]
    assert {tuple(rules(row)) for row in flood} == {(), ("quiet",)}
    assert 600 <= sum(row["action"] == "deliver" for row in flood) <= 700
    assert on.message("Hello", to="carol@example.org")["action"] == "deliver"  # nobody is banned for it


# --- a crowd at one user


def test_a_crowd_at_one_user_is_stopped_and_bans_nobody() -> None:
    on = Harness({"stranger_rate": {}, "known_spammers": {}})
    texts = [f"you were warned, number {n}" for n in range(1000)]
    rows = [on.message(text, sender=f"m{n}@srv{n}.example/r", at=n * 0.6) for n, text in enumerate(texts)]
    delivered = [row["action"] == "deliver" for row in rows]
    assert all(delivered[:60])
    assert 200 <= sum(delivered) <= 300
    assert {tuple(rules(row)) for row in rows} == {(), ("recipient",)}
    assert on.command("spammers", "list")["spammers"] == []
    assert on.message("Hello", sender="m1@srv1.example/r", to="carol@example.org")["action"] == "deliver"
    friend = on.message("Are you well?", sender="friend@far.example/r", contacted="true")
    assert (friend["action"], friend["findings"]) == ("deliver", [])
    assert on.message("Hello", sender="late@far.example/r", at=3 * 3600)["action"] == "deliver"


def test_one_sender_closes_nobodys_door() -> None:
    on = harness()
    for n in range(600):
        on.message(f"Hello {n}", at=n * 2)
    assert rules(on.message("Hello", sender="bob@friendly.example/x")) == []


# --- one who writes on and on to a user who never answers


MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0


def unanswered(times: int, every: float, **message: str) -> list[float]:
    """Return what so many messages by one stranger to one user score, one by one."""
    on = Harness({"stranger_rate": {}, "known_spammers": {}})
    rows = [on.message(f"I see you, {n}", at=n * every, **message) for n in range(times)]
    assert {tuple(rules(row)) for row in rows} <= {(), ("recipient",)}
    assert on.command("spammers", "list")["spammers"] == []  # it is no offence
    return [row["score"] for row in rows]


def test_from_the_limit_on_it_scores_and_at_four_times_it_is_stopped() -> None:
    scores = unanswered(100, 2 * MINUTE)
    assert scores[:19] == [0.0] * 19
    assert scores[19] == 3.0
    assert scores[79] == pytest.approx(10.0, abs=0.2)
    assert scores[81:] == [10.0] * 19
    assert scores == sorted(scores)


@pytest.mark.parametrize(
    ("every", "times", "most"), [(MINUTE, 300, 81), (3 * MINUTE, 300, 81), (20 * MINUTE, 300, 90), (HOUR, 168, 120)]
)
@pytest.mark.parametrize("message", [{}, {"type": "headline"}, {"type": "normal", "more": OMEMO}])
def test_however_slowly_it_comes(every: float, times: int, most: int, message: dict[str, str]) -> None:
    assert sum(score < 10 for score in unanswered(times, every, **message)) <= most


@pytest.mark.parametrize("every", [DAY / 10, DAY / 3, DAY, 7 * DAY])
def test_what_comes_a_few_times_a_day_is_never_stopped(every: float) -> None:
    assert max(unanswered(300, every)) < 10


def test_other_resources_are_the_same_sender_and_so_is_a_forged_occupant() -> None:
    for more in ("", MARK):
        on = Harness({"stranger_rate": {}})
        rows = [on.message("Hi", sender=f"m@evil.example/{n}", more=more, at=n * HOUR) for n in range(200)]
        assert rows[-1]["action"] == "drop"


@pytest.mark.parametrize(
    ("message", "why"),
    [
        ({"contacted": "true"}, "an answer"),
        ({"sender": "bot@example.org/x"}, "an account of ours, say one that watches the server"),
        ({"sender": "alice@example.org/x", "to": "tom@far.example"}, "from one of ours outwards"),
    ],
)
def test_who_may_go_on(message: dict[str, str], why: str) -> None:
    on = Harness({"stranger_rate": {}})
    assert {on.message("Hi", at=n * HOUR, **message)["score"] for n in range(200)} == {0.0}, why


def test_an_answer_ends_it_and_another_user_is_another_matter() -> None:
    on = Harness({"stranger_rate": {}})
    rows = [on.message("Hi", at=n * HOUR) for n in range(200)]
    assert rows[-1]["action"] == "drop"
    assert on.message("Hi", to="bob@example.org")["score"] == 0.0
    on.message("What do you want?", sender="alice@example.org/x", to="mallory@evil.example")
    assert on.message("Hi")["score"] == 0.0
    on.roster("bob@example.org", item("mallory@evil.example", "both"))
    assert on.message("Hi", to="bob@example.org")["exempt"] == "contact"


@pytest.mark.parametrize("option", [{"unanswered": "off"}, {"allow": ["evil.example"]}])
def test_an_admin_can_spare_it(option: dict[str, object]) -> None:
    on = Harness({"stranger_rate": option})
    assert {on.message("Hi", at=n * HOUR)["score"] for n in range(200)} == {0.0}


def test_it_holds_where_no_other_limit_does() -> None:
    names = stranger_rate.Config.model_fields.keys() - {"allow", "max_senders"}
    on = Harness({"stranger_rate": dict.fromkeys(names, "off") | {"unanswered": 1}})
    assert [rules(on.message("Hi", at=n * HOUR)) for n in range(3)] == [[], ["recipient"], ["recipient"]]


def test_a_flood_of_pairs_frees_nobody_who_is_over_the_limit_and_finds_nobody_else() -> None:
    on = Harness({"stranger_rate": {"max_senders": 100}})
    for n in range(90):
        on.message("Hi", at=n * HOUR)
    for n in range(1000):
        sender, to = f"m{n}@evil{n}.example/x", f"u{n}@example.org"
        assert rules(on.message("Hi", sender=sender, to=to, at=90 * HOUR + n * MINUTE)) == []
    assert on.message("Hi", at=108 * HOUR)["score"] > 8


# --- who pays for what others do


def test_one_who_floods_has_nobody_elses_domain_or_server_found() -> None:
    on = Harness({"stranger_rate": {}, "known_spammers": {}})
    for n in range(3000):
        on.message("Hi", sender="flood@big.example/x", to=f"u{n % 100}@example.org", at=n / 160, ip="192.0.2.7")
    row = on.message("Hello", sender="carol@big.example/x", to="zoe@example.org", ip="192.0.2.7")
    assert row["findings"] == []


def test_occupants_of_a_room_are_not_banned_for_each_other() -> None:
    on = Harness({"stranger_rate": {}, "known_spammers": {}})
    for n in range(270):
        on.message("Hi", sender=f"room@rooms.friend.example/{n % 9}", to=f"u{n}@example.org", more=MARK, at=n / 10)
    carol = "room@rooms.friend.example/carol"
    assert on.message("Hello", sender=carol, more=MARK)["action"] == "drop"
    assert carol not in {one["jid"] for one in on.command("spammers", "list")["spammers"]}
    assert on.message("Hello", sender=carol, more=MARK, at=600.0)["action"] == "deliver"


@pytest.mark.parametrize("kind", ["groupchat", "error"])
def test_types_that_do_not_count(kind: str) -> None:
    on = harness()
    rows(on, 200, seconds=1, type=kind)
    assert rows(on, 1, start=1)[-1]["score"] == 0.0


def test_contacts_do_not_count() -> None:
    on = harness()
    on.roster("user0@example.org", item("m0@evil0.example", "both"))
    assert {row["exempt"] for row in rows(on, 200, seconds=1)} == {"contact"}
    assert on.message("Hello", sender="m0@evil0.example/x", to="bob@example.org", at=1.0)["score"] == 0.0


def test_a_forged_mark_does_not_escape_by_changing_resources() -> None:
    on = harness()
    played = [on.message("Hi", sender=f"m@evil.example/{n}", more=MARK, at=n / 100) for n in range(70)]
    assert rules(played[-1]) == ["messages"]
    assert rules(on.message("Hi", sender="m@evil.example/y", at=1.0)) == ["messages"]


def test_our_own_users_count_by_themselves_alone() -> None:
    on = harness()
    for n in range(800):
        assert (
            on.message("Hi", sender=f"u{n % 200}@example.org/x", to=f"f{n}@far.example", at=n / 1000, ip="192.0.2.7")[
                "score"
            ]
            == 0.0
        )
    played = [on.message("Hi", sender="robot@example.org/x", to=f"f{n}@far.example", at=1 + n / 100) for n in range(40)]
    assert rules(played[-1]) == ["recipients"]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.7", "192.0.2.7", True),
        ("192.0.2.7", "::ffff:192.0.2.7", True),
        ("192.0.2.7", "192.0.2.8", False),
        ("2001:db8::1", "2001:db8::2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("no address", "no address", False),
    ],
)
def test_servers_by_their_address(one: str, other: str, same: bool) -> None:
    on = harness(server_messages_per_minute=10)
    rows(on, 20, seconds=0.1, senders=20, ip=one)
    assert (rules(rows(on, 1, start=1, ip=other, senders=1)[-1]) == ["server"]) is same


@pytest.mark.parametrize("allow", ["m0@evil0.example", "evil0.example", "192.0.2.0/24"])
def test_who_is_allowed_neither_scores_nor_counts(allow: str) -> None:
    on = harness(allow=[allow])
    assert {row["score"] for row in rows(on, 300, seconds=1, ip="192.0.2.7")} == {0.0}
    assert set(sizes(on)) == {0}


def test_memory_is_bounded_and_a_flood_does_not_free_the_one_that_floods() -> None:
    on = harness(max_senders=100)
    rows(on, 200, seconds=1)
    for n in range(500):
        on.message("Hi", sender=f"one{n}@evil{n}.example", to="bob@example.org", at=2 + n / 1000)
    assert rules(rows(on, 1, start=3)[-1]) == ["messages"]
    assert all(size <= 100 for size in sizes(on))


@given(st.lists(st.tuples(st.floats(0, 1e5), st.integers(0, 5), st.text(max_size=40)), max_size=30))
def test_nothing_whatever_breaks_it(steps: list[tuple[float, int, str]]) -> None:
    on, now = harness(messages_per_minute=2, recipients_per_minute=1, server_messages_per_minute=1), 0.0
    for wait, number, ip in steps:
        now += wait
        on.message("Hi", to=f"u{number}@example.org", at=now, ip=ip)
    assert on.gateway.setup.pipeline.health["stranger_rate"].failures == 0
