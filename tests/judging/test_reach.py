"""How much it weighs that something has spread."""

import pytest

from xmppfilter.duplicates.tally import Span
from xmppfilter.judging.crowd import NOBODY, Crowd
from xmppfilter.judging.reach import MOST, MOST_HANDED_ON, MOST_TARGET, SURE, Limits, in_words
from xmppfilter.memory.state import State

LIMITS = Limits(strangers=20, accounts=5, rate=0.3)


def span(strangers: int, accounts: int, *, wordings: int = 1, domains: int = 7) -> Span:
    """Return what was counted of one copy to each of so many *strangers*, the first of which was not varied."""
    key, counted = State(b"secret").key, Span(0.0)
    for n in range(strangers):
        who, domain = n % accounts, n % accounts % domains
        parties = key(f"a{who}"), key(f"b{n}"), key(f"c{domain}"), key(f"d{n % wordings}")
        counted.note(parties, varied=wordings > 1 and n > 0)
    return counted


@pytest.mark.parametrize(
    ("strangers", "accounts", "rate", "weight", "wordings", "sure"),
    [
        (30, 10, 0.2, 1.0, 1, True),  # quick, by many
        (30, 10, 0.1, 1.0, 1, False),
        (30, 10, 0.2, 0.25, 1, False),  # short
        (30, 1, 0.3, 0.25, 1, True),  # few need not say much
        (30, 1, 0.2, 1.0, 1, False),
        (120, 1, 0.01, 1.0, 1, True),  # wide, by few
        (150, 30, 0.01, 1.0, 9, True),  # wide, by many, varied
        (150, 30, 0.01, 1.0, 1, False),
        (150, 30, 0.25, 1.0, 1, False),  # handed on as it is, by many
        (150, 30, 0.3, 1.0, 1, True),
        (150, 30, 0.2, 1.0, 9, True),
    ],
)
def test_what_is_sure_of_copies(
    strangers: int, accounts: int, rate: float, weight: float, wordings: int, sure: bool
) -> None:
    seen = span(strangers, accounts, wordings=wordings)
    weighed = LIMITS.of_copies(seen, seen.recipients, rate, weight, 1.0)
    assert weighed is not None
    assert (weighed.score == SURE, weighed.score <= MOST) == (sure, not sure)
    assert weighed.few is (accounts == 1)


def test_too_few_are_not_worth_a_look() -> None:
    assert LIMITS.of_copies(span(4, 4), 4, 9.0, 1.0, 1.0) is None
    assert LIMITS.of_copies(span(16, 16), 16, 9.0, 0.25, 1.0) is None
    assert LIMITS.of_copies(span(16, 1), 16, 0.0, 1.0, 0.25) is None


@pytest.mark.parametrize(
    ("strangers", "accounts", "rate", "wordings", "kind", "sure"),
    [
        (30, 30, 0.2, 30, "", True),  # quick
        (30, 30, 0.2, 1, "", True),
        (30, 30, 0.2, 1, "bare", False),  # people hand on a link at any rate
        (30, 30, 0.2, 1, "invites", True),
        (300, 250, 0.1, 250, "", False),  # slow, one or two each
        (30, 1, 0.3, 30, "", True),  # few
        (60, 1, 0.3, 1, "invites", False),  # an organiser
        (90, 1, 0.3, 1, "invites", True),
        (150, 40, 0.03, 150, "", True),  # to several each, in other words
        (150, 40, 0.03, 1, "", False),
        (150, 25, 0.03, 1, "", True),  # to many each
        (150, 25, 0.03, 1, "invites", False),
    ],
)
def test_what_is_sure_of_what_is_advertised(
    strangers: int, accounts: int, rate: float, wordings: int, kind: str, sure: bool
) -> None:
    seen = span(strangers, accounts, wordings=wordings)
    weighed = LIMITS.of_target(seen, strangers, rate, bare=kind == "bare", invites=kind == "invites")
    assert weighed is not None
    assert (weighed.score == SURE, weighed.score <= MOST_TARGET) == (sure, not sure)


def test_what_people_hand_on_slowly_weighs_little() -> None:
    weighed = LIMITS.of_target(span(300, 250, wordings=250), 300, 0.05)
    assert weighed is not None
    assert weighed.score == MOST_HANDED_ON
    assert LIMITS.of_target(span(4, 4), 4, 9.0) is None


def crowd(
    looked_at: int = 30, *, talking: int = 0, speaks: float = 20.0, of: str = "handing_on vouched varied"
) -> Crowd:
    """Return what accounts are like that speak so much for a campaign *of* those kinds, else a little against it."""
    handing_on, vouched, varied = (
        speaks if name in of.split() else -5.0 for name in ("handing_on", "vouched", "varied")
    )
    return Crowd(looked_at, looked_at, talking, handing_on, vouched, varied)


ROBOTS, HANDING_ON = crowd(), crowd(of="varied")


@pytest.mark.parametrize(
    ("strangers", "accounts", "rate", "weight", "wordings", "of", "sure"),
    [
        (25, 8, 0.0001, 1.0, 1, ROBOTS, True),  # however slow, to the letter
        (25, 8, 0.0001, 0.25, 1, ROBOTS, True),  # and short
        (25, 8, 0.0001, 1 / 16, 1, ROBOTS, True),
        (15, 8, 0.0001, 1.0, 1, ROBOTS, False),  # too few strangers
        (25, 4, 0.0001, 1.0, 1, ROBOTS, False),  # or accounts
        (600, 150, 0.01, 1.0, 1, HANDING_ON, False),  # to many at once, to the letter
        (60, 20, 0.01, 1.0, 9, HANDING_ON, True),  # varied
        (60, 20, 0.01, 0.25, 9, HANDING_ON, False),  # people vary what is short
        (60, 20, 0.01, 0.25, 1, crowd(of="vouched"), True),
        (60, 20, 0.01, 1.0, 1, crowd(of="vouched"), False),
        (600, 150, 0.01, 1.0, 1, crowd(talking=4), False),  # people are among them
        (600, 150, 5.0, 1.0, 9, crowd(talking=4), False),  # so that nothing is sure
        (600, 150, 0.01, 1.0, 1, crowd(talking=3), True),
        (600, 150, 0.01, 1.0, 1, crowd(speaks=5.0), False),
    ],
)
def test_what_is_sure_by_who_sends_it(
    strangers: int, accounts: int, rate: float, weight: float, wordings: int, of: Crowd, sure: bool
) -> None:
    seen = span(strangers, accounts, wordings=wordings)
    weighed = LIMITS.of_copies(seen, strangers, rate, weight, 1.0, of)
    assert (weighed is not None and weighed.score == SURE) is sure


@pytest.mark.parametrize(
    ("of", "invites", "score"),
    [
        (ROBOTS, False, SURE),
        (ROBOTS, True, SURE),
        (HANDING_ON, False, MOST_HANDED_ON),
        (crowd(talking=10), False, MOST_HANDED_ON),
    ],
)
def test_what_is_advertised_slowly_by_robots_is_sure(of: Crowd, invites: bool, score: float) -> None:
    weighed = LIMITS.of_target(span(60, 25, wordings=60), 60, 0.001, invites=invites, crowd=of)
    assert weighed is not None
    assert weighed.score == score


def test_who_had_got_it_before_hands_it_on() -> None:
    key, seen = State(b"secret").key, Span(0.0)
    for n in range(60):  # each writes to the next two
        seen.note((key(f"a{n}"), key(f"a{n + 1}"), key("c"), key("d")), varied=False)
    assert seen.returned > 40
    weighed = LIMITS.of_copies(seen, seen.recipients, 9.0, 1.0, 1.0, ROBOTS)
    assert weighed is not None
    assert weighed.score == MOST_HANDED_ON


def test_it_is_told_in_words() -> None:
    said = in_words("this was sent to", 60, 25, 7200.0, 0.01, crowd(20, talking=1))
    assert said == (
        "this was sent to 60 strangers by 25 accounts in 120 min (0.01 copies a second); of 20 accounts looked at 20 "
        "write to several strangers and talk with nobody, 1 talk with somebody"
    )
    assert (
        in_words("it went to", 6, 1, 60.0, 0.1, NOBODY)
        == "it went to 6 strangers by 1 account in 60 s (0.1 copies a second)"
    )
