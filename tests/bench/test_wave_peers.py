"""What is sent to other filters, and how it is counted; whether they run is seen with `--peers`."""

import asyncio

import pytest

from tests.bench.day_judged import Heard
from tests.bench.day_life import Life
from tests.bench.day_texts import Texts
from tests.bench.day_world import ASKING, TELLING_NOTHING, Group, World, domain
from tests.bench.variants import RECIPIENTS
from tests.bench.wave_judged import Plan, Played
from tests.bench.wave_peers import Arrived, _Mailbox, addressed, counted

LIFE = Life(World(20, 1, Texts()), "a test", Group.SPAM)


def heard(kind: str, group: Group, *, to: str = "anna1@example.org", known: bool = False) -> Heard:
    sent = LIFE.message(0, kind, "o'neil@spam.example/x", to, "Say id='7' & go")
    return Heard(sent._replace(group=group), known)


@pytest.mark.parametrize(
    ("to", "arrives_at"), [("anna1@example.org", RECIPIENTS[2]), ("anna1@example.org/phone", f"{RECIPIENTS[2]}/test")]
)
def test_a_message_goes_to_somebody_who_is_logged_in(to: str, arrives_at: str) -> None:
    data = addressed(10, heard("spam", Group.SPAM, to=to)).decode()
    assert data == (
        f"<message from=\"o'neil@spam.example/x\" to='{arrives_at}' type='chat' id='wave-10'>"
        "<body>Say id='7' &amp; go</body></message>"
    )


def test_a_request_is_not_sent() -> None:
    request = Heard(LIFE.request(0, "request", "a@b.example", "anna1@example.org"), False)
    assert counted([request], set())["spam"]["sent"] == 0
    with pytest.raises(ValueError, match="wanted a message"):
        addressed(0, request)


def test_what_has_not_arrived_was_blocked_unless_it_is_of_a_contact() -> None:
    rows = [
        heard("spam", Group.SPAM),
        heard("spam", Group.SPAM),
        heard("first message", Group.PEOPLE),
        heard("chat", Group.PEOPLE, known=True),
        heard("handed on: joke", Group.PEOPLE),
        heard("club", Group.SERVICES),
    ]
    assert counted(rows, {1, 4, 5}) == {
        "spam": {"sent": 2, "passed": 1, "share": 0.5},
        "honest": {
            "people": {"judged": 2, "blocked": 1, "share": 0.5},
            "services": {"judged": 1, "blocked": 0, "share": 0.0},
            "viral": {"judged": 1, "blocked": 0, "share": 0.0},
        },
    }


def test_ids_are_found_in_whatever_pieces_they_come() -> None:
    data = b"<message id='wave-12' to='a'/><message to='a' id=\"wave-345\"/>"
    for size in (1, 7, 40, len(data)):
        arrived = Arrived()
        mailbox: asyncio.Protocol = _Mailbox(arrived.numbers)
        for begin in range(0, len(data), size):
            mailbox.data_received(data[begin : begin + size])
        assert arrived.numbers == {12, 345}


def test_what_is_known_of_a_wave_is_listed_before_it() -> None:
    plan = Plan("hour", 240, only=("loan",), life=40)
    plain, listed = (Played(plan, listed=yes) for yes in (False, True))
    assert plain.known == listed.known
    assert plain.known.domains
    assert {domain(one) for one in plain.known.jids} >= set(plain.known.domains)
    assert listed.result["spam"]["passed"] < plain.result["spam"]["passed"]
    assert all(domain(one.sent.sender) not in (ASKING, TELLING_NOTHING) for one in plain.heard)
