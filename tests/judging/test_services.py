"""What tells a service, sign by sign; whole senders are in tests/registers/test_services.py."""

import pytest

from xmppfilter.judging.services import Known, is_asked_for, speaks_against, stands_alone
from xmppfilter.judging.verdict import About, Fact, Finding, Rank

NEW = Known(accounts=1, strangers=50, of_domain=50, asked=0, complaints=0, a_minute=60)


@pytest.mark.parametrize(
    ("known", "against", "alone", "asked_for"),
    [
        (NEW, 0.0, True, False),
        (NEW, 1.5, True, False),  # a link
        (NEW, 3.0, False, False),  # it calls itself admin
        (NEW._replace(accounts=4.13), 0.0, True, False),
        (NEW._replace(accounts=5.2), 0.0, False, False),
        (NEW._replace(of_domain=1000), 0.0, False, False),
        (NEW._replace(of_domain=1000, asked=10), 0.0, True, False),
        (NEW._replace(complaints=2.03), 0.0, True, False),
        (NEW._replace(complaints=3.07), 0.0, False, False),
        (NEW._replace(a_minute=700), 0.0, False, False),
        (NEW._replace(accounts=30, asked=17), 0.0, False, True),
        (NEW._replace(accounts=30, asked=17), 3.0, False, True),
        (NEW._replace(accounts=30, asked=17), 4.0, False, False),  # it looks like a contact
        (NEW._replace(accounts=30, asked=17, complaints=3.07), 0.0, False, False),
        (NEW._replace(accounts=30, asked=17, a_minute=700), 0.0, False, False),
        (NEW._replace(accounts=30, asked=16), 0.0, False, False),
        (NEW._replace(accounts=30, strangers=3, asked=4), 0.0, False, False),
    ],
)
def test_what_is_remembered_tells(known: Known, against: float, alone: bool, asked_for: bool) -> None:
    assert stands_alone(known, against, 1000) is alone
    assert is_asked_for(known, against, contacted=False) is asked_for


@pytest.mark.parametrize(("complaints", "wanted"), [(0.0, True), (3.1, False)])
def test_who_wrote_first_wants_it_unless_others_complain(complaints: float, wanted: bool) -> None:
    assert is_asked_for(NEW._replace(accounts=30, complaints=complaints), 0.0, contacted=True) is wanted


def test_only_what_says_something_of_the_sender_speaks_against_it() -> None:
    spread = Finding("a.spread", "", 10.0, fact=Fact.SPREAD)
    crowd = Finding("a.crowd", "", 10.0, About.RECIPIENT)
    banned = Finding("a.banned", "", rank=Rank.BAN)
    watched = Finding("a.watched", "", 10.0)
    watched.monitored = True
    assert speaks_against([spread, crowd, banned, watched]) == 0.0
    assert speaks_against([spread, Finding("a.link", "", 1.5), Finding("a.role", "", 3.0)]) == 3.0
