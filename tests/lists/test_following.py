"""Fetching one list: page by page, whatever the service makes of that, and whatever becomes of the connection."""

from hashlib import sha256

import pytest

from tests.routes.stage import BL, HOUR, Stage, events, requests
from tests.scene import settings
from xmppfilter.gateway.events import Received
from xmppfilter.judging.effects import Effect, Fetch, Subscribe
from xmppfilter.lists import feeds, refill
from xmppfilter.lists import page as page_module
from xmppfilter.lists.following import ANSWER_WITHIN, FIRST_RETRY
from xmppfilter.lists.page import PAGE
from xmppfilter.stanza.view import Stanza


def test_a_list_comes_in_pages_and_is_there_when_the_last_one_is() -> None:
    stage = Stage()
    subscribe, fetch = stage.connect()
    stage.answer(subscribe)
    asked = [fetch]
    for number in range(3):
        assert not stage.listed("d0.example")
        effects = stage.answer(asked[-1], f"d{number}.example", pages=f"<last>{number}</last><count>9</count>")
        asked += requests(effects)
    assert events(stage.answer(asked[-1], pages="<count>3</count>")) == ["list_fetched"]
    assert [stage.listed(f"d{number}.example") for number in range(3)] == [True] * 3
    fetches = [request for request in asked if isinstance(request, Fetch)]
    assert [(request.most, request.after) for request in fetches] == [(PAGE, after) for after in ("", "0", "1", "2")]
    assert len({request.id for request in fetches}) == 4
    assert stage.wait(ANSWER_WITHIN) == [], "nothing is awaited any more"


def test_a_page_that_does_not_come_keeps_the_list_and_begins_anew() -> None:
    stage = Stage()
    for request in stage.connect():
        stage.answer(request, "spam.example")
    _, fetch = stage.wait(HOUR)
    (second,) = requests(stage.answer(fetch, "d0.example", pages="<last>0</last>"))
    stage.now += ANSWER_WITHIN
    stage.wait(0)
    assert "no answer" in stage.status["trouble"]
    assert stage.answer(second, "late.example") == ()
    _, fetch = stage.wait(FIRST_RETRY)
    assert isinstance(fetch, Fetch)
    assert fetch.after == ""
    assert [stage.listed(), stage.listed("d0.example"), stage.listed("late.example")] == [True, False, False]


def test_a_page_that_is_refused_keeps_the_list() -> None:
    stage = Stage()
    for request in stage.connect():
        stage.answer(request, "spam.example")
    _, fetch = stage.wait(HOUR)
    (second,) = requests(stage.answer(fetch, "d0.example", pages="<last>0</last>"))
    assert events(stage.refuse(second)) == ["list_not_fetched"]
    assert stage.status["trouble"] == "item-not-found"
    assert (stage.listed(), stage.listed("d0.example")) == (True, False)


@pytest.mark.parametrize("condition", ["bad-request", "feature-not-implemented"])
def test_a_service_that_takes_pages_for_a_mistake_is_asked_for_everything(condition: str) -> None:
    stage = Stage()
    _, fetch = stage.connect()
    (plain,) = requests(stage.refuse(fetch, condition))
    assert isinstance(plain, Fetch)
    assert plain.most == 0
    assert events(stage.answer(plain, "spam.example")) == ["list_fetched"]
    _, fetch = stage.wait(HOUR)
    (plain,) = requests(stage.refuse(fetch, condition))
    assert events(stage.refuse(plain, condition)) == ["list_not_fetched"]
    assert stage.listed()


ODD = {
    "the same page again": ["<last>0</last>", "<last>0</last>"],
    "a page that says nothing of what follows": ["<last>0</last>", "<count>9</count>"],
    "the whole list behind a page": ["<last>0</last>", None],
}


@pytest.mark.parametrize("pages", ODD.values(), ids=ODD)
def test_odd_pages_are_told_and_everything_is_asked_for_once(pages: list[str | None]) -> None:
    stage = Stage()
    _, request = stage.connect()
    for number, page in enumerate(pages):
        effects = stage.answer(request, f"d{number}.example", pages=page)
        (request,) = requests(effects)
    assert events(effects) == ["odd_pages"]
    assert isinstance(request, Fetch)
    assert (request.most, request.after) == (0, "")
    stage.answer(request, "spam.example")
    assert (stage.status["size"], stage.listed()) == (1, True), "what the odd pages had is forgotten"


def test_a_service_whose_pages_stay_odd_is_not_asked_for_ever() -> None:
    stage = Stage()
    for request in stage.connect():
        stage.answer(request, "spam.example")
    _, *asked = stage.wait(HOUR)
    for request in asked:  # which grows
        effects = stage.answer(request, "d0.example", pages="<last>0</last>")
        asked += requests(effects)
    assert len(asked) == 4
    assert events(effects) == ["list_not_fetched"]
    assert "twice" in stage.status["trouble"]
    assert (stage.listed(), stage.listed("d0.example")) == (True, False)


def test_pages_without_end_are_given_up_and_the_list_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_module, "MOST_PAGES", 7)
    stage = Stage()
    for request in stage.connect():
        stage.answer(request, "spam.example")
    _, *asked = stage.wait(HOUR)
    for number, request in enumerate(asked):  # which grows
        asked += requests(stage.answer(request, f"d{number}.example", pages=f"<last>{number}</last>"))
    assert len(asked) == 7
    assert "no end after 7 pages with 7 items" in stage.status["trouble"]
    assert (stage.status["size"], stage.listed()) == (1, True)


def test_an_answer_that_is_no_xml_keeps_the_list() -> None:
    stage = Stage()
    for request in stage.connect():
        stage.answer(request, "spam.example")
    _, fetch = stage.wait(HOUR)
    assert isinstance(fetch, Fetch)
    raw = f"<iq type='result' id='{fetch.id}' from='{BL}' to='filter.example.org'><pubsub><items></pubsub></iq>"
    assert events(stage.gateway.handle(Received(Stanza.parse(raw.encode())), stage.now)) == ["list_not_fetched"]
    assert "not well-formed" in stage.status["trouble"]
    assert stage.listed()


def test_too_much_that_happens_meanwhile_makes_a_fetch_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refill, "MOST_HEARD", 3)
    stage = Stage()
    _, fetch = stage.connect()
    stage.publish("".join(f"<item id='d{number}.example'/>" for number in range(5)))
    assert events(stage.answer(fetch, "spam.example")) == ["list_not_fetched"]
    assert [stage.listed(f"d{number}.example") for number in range(5)] == [True] * 5
    _, fetch = stage.wait(FIRST_RETRY)
    stage.answer(fetch, "spam.example")
    assert (stage.listed(), stage.status["size"]) == (True, 1)


def test_no_further_page_is_asked_for_when_too_much_has_happened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refill, "MOST_HEARD", 3)
    stage = Stage()
    _, fetch = stage.connect()
    (second,) = requests(stage.answer(fetch, "spam.example", pages="<last>1</last>"))
    stage.publish("".join(f"<retract id='d{number}.example'/>" for number in range(5)))
    effects = stage.answer(second, "other.example", pages="<last>2</last>")
    assert (requests(effects), events(effects)) == ([], ["list_not_fetched"])


# --- connections that come and go while a list is taken in


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every slice be of one step."""
    monkeypatch.setattr(feeds, "STEPS", 1)


def drain(stage: Stage) -> list[Effect]:
    asked: list[Effect] = []
    while stage.gateway.busy:
        asked += stage.wait(0)
    return asked


@pytest.mark.usefixtures("slow")
def test_a_list_that_has_come_whole_is_taken_in_though_the_connection_is_gone() -> None:
    stage = Stage()
    _, fetch = stage.connect()
    stage.answer(fetch, "spam.example", "other.example")
    stage.disconnect()
    assert not stage.listed()
    assert drain(stage) == []
    assert stage.listed()
    assert stage.status["trouble"] is None
    assert [type(request) for request in stage.connect()] == [Subscribe, Fetch]


@pytest.mark.usefixtures("slow")
def test_a_page_of_a_connection_that_is_gone_is_not_followed_by_the_next() -> None:
    stage = Stage()
    _, fetch = stage.connect()
    stage.answer(fetch, "spam.example", "other.example", pages="<last>1</last>")
    stage.disconnect()
    assert drain(stage) == []
    assert not stage.listed(), "it has come in part"
    assert [type(request) for request in stage.connect()] == [Subscribe, Fetch]


@pytest.mark.usefixtures("slow")
def test_a_new_connection_subscribes_at_once_and_asks_for_the_list_when_the_old_answer_is_in() -> None:
    stage = Stage()
    _, fetch = stage.connect()
    stage.answer(fetch, "spam.example", "other.example", pages="<last>1</last>")
    stage.disconnect()
    (subscribe,) = stage.connect()
    assert isinstance(subscribe, Subscribe)
    stage.answer(subscribe)
    again = drain(stage)
    assert [type(request) for request in again] == [Subscribe, Fetch]
    assert isinstance(again[1], Fetch)
    assert again[1].after == ""


@pytest.mark.usefixtures("slow")
def test_a_reload_while_a_list_is_taken_in_loses_nothing() -> None:
    stage = Stage()
    subscribe, fetch = stage.connect()
    stage.answer(subscribe)
    stage.answer(fetch, "spam.example", "other.example")
    config = stage.settings()
    effects = stage.core.exchange(stage.core.draft(config), stage.now)
    assert requests(effects) == []
    asked = drain(stage)
    assert stage.listed()
    assert [type(request) for request in asked] == [Subscribe, Fetch], "as a reload does, once that is in"


def test_a_node_that_holds_something_else_after_a_reload_is_read_anew() -> None:
    stage = Stage()
    for request in stage.connect():
        stage.answer(request, "spam.example")
    config = settings(
        {"blocklist": {"services": [{"jid": BL, "nodes": [{"name": "own", "holds": "jids_sha256"}]}], "refresh": "1h"}}
    )
    stage.core.exchange(stage.core.draft(config), stage.now)
    stage.publish(f"<item id='{sha256(b'a@spam.example').hexdigest()}'/>", node="own")
    assert stage.listed()
    stage.publish(f"<item id='{sha256(b'a@spam.example').hexdigest()}'/>")
    assert stage.status["size"] == 1
