"""Whether people or robots send a text."""

import pytest

from xmppfilter.duplicates.tally import Cluster
from xmppfilter.judging.crowd import NOBODY, Accounts, Crowd, is_person
from xmppfilter.memory.habits import Habit, Habits
from xmppfilter.memory.state import State

KEY = State(b"secret").key
DAY = 86400.0


def crowd(
    accounts: int, strangers: int, *, every: float = 10.0, answered: int = 0, vouched: bool = False, own: int = 0
) -> Crowd:
    """Return what so many accounts are like, each of which writes one text to so many, of whom some answer."""
    habits, cluster = Habits(capacity=1000, seconds=14 * DAY), Cluster(b"text", (), 0.0, window=14 * DAY)
    for n in range(accounts):
        account = KEY(f"account {n}")
        for number in range(strangers):
            other, now = KEY(f"user {n} {number}"), n + number * every
            cluster.note(now, (account, other, account, other), varied=False)
            habits.wrote(account, other, now, shared=True, own=False, vouched=vouched)
            if number < answered:
                habits.talks(account, other, now)
        for _ in range(own):
            habits.wrote(account, KEY("friend"), 50.0, shared=False, own=True)
    return Accounts(habits).crowd(cluster, accounts * strangers, accounts + strangers * every)


@pytest.mark.parametrize(
    ("each", "kind", "handing_on", "vouched", "varied"),
    [
        (1, {}, "against", "against", "against"),
        (2, {}, "against", "against", "nothing"),
        (2, {"every": 3600.0}, "nothing", "nothing", "nothing"),
        (5, {}, "nothing", "nothing", "for"),  # what everybody hands on
        (12, {}, "nothing", "nothing", "for"),
        (5, {"vouched": True}, "nothing", "for", "for"),
        (16, {}, "for", "for", "for"),  # nobody hands on to so many
        (4, {"every": 3600.0}, "for", "for", "for"),  # nor again and again
        (4, {"answered": 1}, "against", "against", "against"),
        (4, {"answered": 1, "every": 3600.0}, "against", "against", "against"),
        (16, {"answered": 1, "every": 3600.0}, "for", "for", "for"),  # now and then somebody asks what that is
        (3, {"own": 3}, "against", "against", "against"),
    ],
)
def test_what_accounts_speak_for(each: int, kind: dict[str, int], handing_on: str, vouched: str, varied: str) -> None:
    found = crowd(30, each, **kind)  # type: ignore[arg-type]
    assert found.looked_at == 30
    said = [
        "for" if of >= 12 else "against" if of < 0 else "nothing"
        for of in (found.handing_on, found.vouched, found.varied)
    ]
    assert said == [handing_on, vouched, varied]


def test_people_and_robots_are_counted() -> None:
    assert crowd(20, 4)[:3] == (20, 20, 0)
    assert crowd(20, 4, answered=2)[:3] == (20, 0, 20)
    assert crowd(200, 4).looked_at == 64


def test_it_is_looked_at_anew_as_the_text_goes_on() -> None:
    habits, cluster = Habits(capacity=1000, seconds=14 * DAY), Cluster(b"text", (), 0.0, window=14 * DAY)
    account = KEY("account")
    habits.wrote(account, KEY("user"), 0.0, shared=True, own=False)
    cluster.note(0.0, (account,) * 4, varied=False)
    first = Accounts(habits).crowd(cluster, 64, 0.0)
    assert Accounts(habits).crowd(cluster, 68, 10.0) is first
    assert Accounts(habits).crowd(cluster, 69, 10.0) is not first
    assert Accounts(habits).crowd(cluster, 69, 1000.0).when == 1000.0


def test_a_part_in_another_campaign_speaks_for_this_one() -> None:
    habits, cluster = Habits(capacity=1000, seconds=14 * DAY), Cluster(b"text", (), 0.0, window=14 * DAY)
    other = Cluster(b"other", (), 0.0, window=14 * DAY)
    for n in range(20):
        account = KEY(f"account {n}")
        habits.wrote(account, KEY(f"user {n}"), 0.0, shared=True, own=False)
        Accounts(habits).blame(account, cluster if n % 2 else other, 0.0)
        cluster.note(0.0, (account,) * 4, varied=False)
    assert Accounts(habits).crowd(cluster, 20, 0.0).handing_on == 20 * -0.5 + 10


@pytest.mark.parametrize(
    ("strangers", "partners", "person"),
    [(1, 0, False), (4, 1, True), (5, 1, False), (8, 2, True), (0, 0, False), (0, 1, True)],
)
def test_who_is_a_person(strangers: int, partners: int, person: bool) -> None:
    assert is_person(Habit(strangers, 1, 0, partners, False, 0)) is person
    assert NOBODY.looked_at == 0
