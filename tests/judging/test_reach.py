"""How much it weighs that something has spread."""

import pytest

from xmppfilter.duplicates.tally import Span
from xmppfilter.judging.reach import MOST, MOST_HANDED_ON, MOST_TARGET, SURE, Limits
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
