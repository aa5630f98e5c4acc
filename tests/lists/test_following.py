"""Fetching one list: page by page, whatever the service makes of that, and whatever becomes of the connection."""

from hashlib import sha256

import pytest

from tests.harness import settings
from tests.lists.follower import BL, HOUR, Follower, events, requests
from xmppfilter.gateway.events import Received
from xmppfilter.judging.effects import Effect, Fetch, Subscribe
from xmppfilter.lists import feeds, refill
from xmppfilter.lists import page as page_module
from xmppfilter.lists.following import ANSWER_WITHIN, FIRST_RETRY
from xmppfilter.lists.page import PAGE
from xmppfilter.stanza.view import Stanza


def test_a_list_comes_in_pages_and_is_there_when_the_last_one_is() -> None:
    follower = Follower()
    subscribe, fetch = follower.connect()
    follower.answer(subscribe)
    asked = [fetch]
    for number in range(3):
        assert not follower.listed("d0.example")
        effects = follower.answer(asked[-1], f"d{number}.example", pages=f"<last>{number}</last><count>9</count>")
        asked += requests(effects)
    assert events(follower.answer(asked[-1], pages="<count>3</count>")) == ["list_fetched"]
    assert [follower.listed(f"d{number}.example") for number in range(3)] == [True] * 3
    fetches = [request for request in asked if isinstance(request, Fetch)]
    assert [(request.most, request.after) for request in fetches] == [(PAGE, after) for after in ("", "0", "1", "2")]
    assert len({request.id for request in fetches}) == 4
    assert follower.wait(ANSWER_WITHIN) == [], "nothing is awaited any more"


def test_a_page_that_does_not_come_keeps_the_list_and_begins_anew() -> None:
    follower = Follower()
    for request in follower.connect():
        follower.answer(request, "spam.example")
    _, fetch = follower.wait(HOUR)
    (second,) = requests(follower.answer(fetch, "d0.example", pages="<last>0</last>"))
    follower.now += ANSWER_WITHIN
    follower.wait(0)
    assert "no answer" in follower.status["trouble"]
    assert follower.answer(second, "late.example") == ()
    _, fetch = follower.wait(FIRST_RETRY)
    assert isinstance(fetch, Fetch)
    assert fetch.after == ""
    assert [follower.listed(), follower.listed("d0.example"), follower.listed("late.example")] == [True, False, False]


def test_a_page_that_is_refused_keeps_the_list() -> None:
    follower = Follower()
    for request in follower.connect():
        follower.answer(request, "spam.example")
    _, fetch = follower.wait(HOUR)
    (second,) = requests(follower.answer(fetch, "d0.example", pages="<last>0</last>"))
    assert events(follower.refuse(second)) == ["list_not_fetched"]
    assert follower.status["trouble"] == "item-not-found"
    assert (follower.listed(), follower.listed("d0.example")) == (True, False)


@pytest.mark.parametrize("condition", ["bad-request", "feature-not-implemented"])
def test_a_service_that_takes_pages_for_a_mistake_is_asked_for_everything(condition: str) -> None:
    follower = Follower()
    _, fetch = follower.connect()
    (plain,) = requests(follower.refuse(fetch, condition))
    assert isinstance(plain, Fetch)
    assert plain.most == 0
    assert events(follower.answer(plain, "spam.example")) == ["list_fetched"]
    _, fetch = follower.wait(HOUR)
    (plain,) = requests(follower.refuse(fetch, condition))
    assert events(follower.refuse(plain, condition)) == ["list_not_fetched"]
    assert follower.listed()


ODD = {
    "the same page again": ["<last>0</last>", "<last>0</last>"],
    "a page that says nothing of what follows": ["<last>0</last>", "<count>9</count>"],
    "the whole list behind a page": ["<last>0</last>", None],
}


@pytest.mark.parametrize("pages", ODD.values(), ids=ODD)
def test_odd_pages_are_told_and_everything_is_asked_for_once(pages: list[str | None]) -> None:
    follower = Follower()
    _, request = follower.connect()
    for number, page in enumerate(pages):
        effects = follower.answer(request, f"d{number}.example", pages=page)
        (request,) = requests(effects)
    assert events(effects) == ["odd_pages"]
    assert isinstance(request, Fetch)
    assert (request.most, request.after) == (0, "")
    follower.answer(request, "spam.example")
    assert (follower.status["size"], follower.listed()) == (1, True), "what the odd pages had is forgotten"


def test_a_service_whose_pages_stay_odd_is_not_asked_for_ever() -> None:
    follower = Follower()
    for request in follower.connect():
        follower.answer(request, "spam.example")
    _, *asked = follower.wait(HOUR)
    for request in asked:  # which grows
        effects = follower.answer(request, "d0.example", pages="<last>0</last>")
        asked += requests(effects)
    assert len(asked) == 4
    assert events(effects) == ["list_not_fetched"]
    assert "twice" in follower.status["trouble"]
    assert (follower.listed(), follower.listed("d0.example")) == (True, False)


def test_pages_without_end_are_given_up_and_the_list_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_module, "MOST_PAGES", 7)
    follower = Follower()
    for request in follower.connect():
        follower.answer(request, "spam.example")
    _, *asked = follower.wait(HOUR)
    for number, request in enumerate(asked):  # which grows
        asked += requests(follower.answer(request, f"d{number}.example", pages=f"<last>{number}</last>"))
    assert len(asked) == 7
    assert "no end after 7 pages with 7 items" in follower.status["trouble"]
    assert (follower.status["size"], follower.listed()) == (1, True)


def test_an_answer_that_is_no_xml_keeps_the_list() -> None:
    follower = Follower()
    for request in follower.connect():
        follower.answer(request, "spam.example")
    _, fetch = follower.wait(HOUR)
    assert isinstance(fetch, Fetch)
    raw = f"<iq type='result' id='{fetch.id}' from='{BL}' to='filter.example.org'><pubsub><items></pubsub></iq>"
    assert events(follower.gateway.handle(Received(Stanza.parse(raw.encode())), follower.now)) == ["list_not_fetched"]
    assert "not well-formed" in follower.status["trouble"]
    assert follower.listed()


def test_too_much_that_happens_meanwhile_makes_a_fetch_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refill, "MOST_HEARD", 3)
    follower = Follower()
    _, fetch = follower.connect()
    follower.publish("".join(f"<item id='d{number}.example'/>" for number in range(5)))
    assert events(follower.answer(fetch, "spam.example")) == ["list_not_fetched"]
    assert [follower.listed(f"d{number}.example") for number in range(5)] == [True] * 5
    _, fetch = follower.wait(FIRST_RETRY)
    follower.answer(fetch, "spam.example")
    assert (follower.listed(), follower.status["size"]) == (True, 1)


def test_no_further_page_is_asked_for_when_too_much_has_happened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refill, "MOST_HEARD", 3)
    follower = Follower()
    _, fetch = follower.connect()
    (second,) = requests(follower.answer(fetch, "spam.example", pages="<last>1</last>"))
    follower.publish("".join(f"<retract id='d{number}.example'/>" for number in range(5)))
    effects = follower.answer(second, "other.example", pages="<last>2</last>")
    assert (requests(effects), events(effects)) == ([], ["list_not_fetched"])


# --- connections that come and go while a list is taken in


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every slice be of one step."""
    monkeypatch.setattr(feeds, "STEPS", 1)


def drain(follower: Follower) -> list[Effect]:
    asked: list[Effect] = []
    while follower.gateway.busy:
        asked += follower.wait(0)
    return asked


@pytest.mark.usefixtures("slow")
def test_a_list_that_has_come_whole_is_taken_in_though_the_connection_is_gone() -> None:
    follower = Follower()
    _, fetch = follower.connect()
    follower.answer(fetch, "spam.example", "other.example")
    follower.disconnect()
    assert not follower.listed()
    assert drain(follower) == []
    assert follower.listed()
    assert follower.status["trouble"] is None
    assert [type(request) for request in follower.connect()] == [Subscribe, Fetch]


@pytest.mark.usefixtures("slow")
def test_a_page_of_a_connection_that_is_gone_is_not_followed_by_the_next() -> None:
    follower = Follower()
    _, fetch = follower.connect()
    follower.answer(fetch, "spam.example", "other.example", pages="<last>1</last>")
    follower.disconnect()
    assert drain(follower) == []
    assert not follower.listed(), "it has come in part"
    assert [type(request) for request in follower.connect()] == [Subscribe, Fetch]


@pytest.mark.usefixtures("slow")
def test_a_new_connection_subscribes_at_once_and_asks_for_the_list_when_the_old_answer_is_in() -> None:
    follower = Follower()
    _, fetch = follower.connect()
    follower.answer(fetch, "spam.example", "other.example", pages="<last>1</last>")
    follower.disconnect()
    (subscribe,) = follower.connect()
    assert isinstance(subscribe, Subscribe)
    follower.answer(subscribe)
    again = drain(follower)
    assert [type(request) for request in again] == [Subscribe, Fetch]
    assert isinstance(again[1], Fetch)
    assert again[1].after == ""


@pytest.mark.usefixtures("slow")
def test_a_reload_while_a_list_is_taken_in_loses_nothing() -> None:
    follower = Follower()
    subscribe, fetch = follower.connect()
    follower.answer(subscribe)
    follower.answer(fetch, "spam.example", "other.example")
    config = follower.settings()
    effects = follower.core.exchange(follower.core.draft(config), follower.now)
    assert requests(effects) == []
    asked = drain(follower)
    assert follower.listed()
    assert [type(request) for request in asked] == [Subscribe, Fetch], "as a reload does, once that is in"


def test_a_node_that_holds_something_else_after_a_reload_is_read_anew() -> None:
    follower = Follower()
    for request in follower.connect():
        follower.answer(request, "spam.example")
    config = settings(
        {"blocklist": {"services": [{"jid": BL, "nodes": [{"name": "own", "holds": "jids_sha256"}]}], "refresh": "1h"}}
    )
    follower.core.exchange(follower.core.draft(config), follower.now)
    follower.publish(f"<item id='{sha256(b'a@spam.example').hexdigest()}'/>", node="own")
    assert follower.listed()
    follower.publish(f"<item id='{sha256(b'a@spam.example').hexdigest()}'/>")
    assert follower.status["size"] == 1
