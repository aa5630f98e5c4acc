"""Following the blocklists of services: what is asked when, whose answers count, what is kept."""

import pytest

from tests.lists.service import PUBSUB
from tests.routes.stage import BL, HOUR, NODE, Stage, events, requests
from xmppfilter.judging.effects import Fetch, Subscribe
from xmppfilter.lists.following import ANSWER_WITHIN, FIRST_RETRY
from xmppfilter.memory.state import State


def test_it_subscribes_before_it_fetches() -> None:
    subscribe, fetch = Stage().connect()
    assert isinstance(subscribe, Subscribe)
    assert isinstance(fetch, Fetch)
    assert (subscribe.service, subscribe.node, subscribe.wanted) == (BL, NODE, True)
    assert (fetch.service, fetch.node) == (BL, NODE)


def test_nothing_is_asked_before_there_is_a_connection() -> None:
    stage = Stage()
    assert stage.wait(10 * HOUR) == []
    assert stage.gateway.next_tick() < float("inf")


def test_an_answer_fills_the_list_and_status_says_its_age_and_size() -> None:
    stage = Stage()
    subscribe, fetch = stage.connect()
    assert stage.status["subscription"] == "not asked"
    stage.answer(subscribe)
    assert events(stage.answer(fetch, "spam.example", "other.example")) == ["list_fetched"]
    assert stage.listed()
    stage.now += 90
    assert stage.status == {
        "service": BL, "node": NODE, "size": 2, "age": 90.0, "trouble": None, "taken_out": 0, "left_out": 0,
        "subscription": "subscribed",
    }  # fmt: skip


def test_it_is_fetched_anew_every_refresh_and_on_every_connection() -> None:
    stage = Stage()
    for request in stage.connect():
        stage.answer(request, "spam.example")
    assert stage.wait(HOUR - 1) == []
    again = stage.wait(1)
    assert [type(request) for request in again] == [Subscribe, Fetch]
    for request in again:
        stage.answer(request, "new.example")
    assert (stage.listed(), stage.listed("new.example")) == (False, True)
    stage.disconnect()
    assert stage.listed("new.example")
    assert [type(request) for request in stage.connect()] == [Subscribe, Fetch]


def test_a_fetch_that_fails_keeps_the_list_and_is_tried_again_sooner() -> None:
    stage = Stage()
    for request in stage.connect():
        stage.answer(request, "spam.example")
    subscribe, fetch = stage.wait(HOUR)
    stage.refuse(subscribe, "remote-server-not-found")
    assert events(stage.refuse(fetch, "remote-server-not-found")) == ["list_not_fetched"]
    assert stage.listed()
    assert stage.status["trouble"] == "remote-server-not-found"
    assert stage.status["subscription"] == "refused: remote-server-not-found"
    assert stage.status["age"] == HOUR
    waits = []
    for _ in range(8):
        before = stage.now
        while not (asked := stage.wait(10)):
            pass
        waits.append(stage.now - before)
        stage.refuse(asked[1])
    assert waits == [60, 120, 240, 480, 960, 1920, 3600, 3600]


def test_a_service_that_does_not_answer_is_named_with_what_it_needs() -> None:
    stage = Stage()
    stage.connect()
    stage.wait(ANSWER_WITHIN)
    assert stage.status["subscription"] == "no answer"
    assert "_xmpp-server._tcp.filter.example.org" in stage.status["trouble"]
    assert BL in stage.status["trouble"]
    assert len(stage.wait(FIRST_RETRY)) == 2


def test_a_late_answer_and_a_second_one_change_nothing() -> None:
    stage = Stage()
    _, fetch = stage.connect()
    stage.answer(fetch, "spam.example")
    assert stage.answer(fetch, "late.example") == ()
    assert not stage.listed("late.example")
    _, fetch = stage.wait(HOUR)
    stage.wait(ANSWER_WITHIN)
    stage.answer(fetch, "late.example")
    assert not stage.listed("late.example")


@pytest.mark.parametrize("sender", ["foreign.example", "a@xmppbl.example", "xmppbl.example/x", "example.org"])
def test_only_the_service_itself_answers(sender: str) -> None:
    stage = Stage()
    subscribe, fetch = stage.connect()
    stage.answer(subscribe, sender=sender)
    stage.answer(fetch, "spam.example", sender=sender)
    assert not stage.listed()
    assert stage.status["subscription"] == "not asked"
    stage.answer(fetch, "spam.example")
    assert stage.listed()


@pytest.mark.parametrize("inside", ["", "<x/>", f"<pubsub xmlns='{PUBSUB}'/>", "<pubsub><items/></pubsub>"])
def test_an_answer_that_is_no_list_keeps_the_old_one(inside: str) -> None:
    stage = Stage()
    for request in stage.connect():
        stage.answer(request, "spam.example")
    _, fetch = stage.wait(HOUR)
    assert events(stage.reply(fetch, "result", inside)) == ["list_not_fetched"]
    assert stage.listed()


def test_a_subscription_that_is_pending_says_so() -> None:
    stage = Stage()
    subscribe, _ = stage.connect()
    stage.answer(subscribe, state="pending")
    assert stage.status["subscription"] == "pending"


def test_a_list_that_seems_to_break_the_connection_has_to_wait() -> None:
    stage = Stage()
    assert len(stage.connect()) == 2
    stage.disconnect()
    assert len(stage.connect()) == 2
    stage.disconnect()
    (subscribe,) = stage.connect()
    assert isinstance(subscribe, Subscribe), "what is published is heard all the same"
    stage.answer(subscribe)
    assert "larger than the server lets pass" in stage.status["trouble"]
    assert len(stage.wait(FIRST_RETRY)) == 2
    stage.disconnect()
    (subscribe,) = stage.connect()
    stage.answer(subscribe)
    assert stage.wait(FIRST_RETRY) == []
    _, fetch = stage.wait(FIRST_RETRY)
    stage.answer(fetch, "spam.example")
    stage.disconnect()
    assert len(stage.connect()) == 2


def test_an_answer_that_is_too_large_is_named_and_left_alone_until_the_next_refresh() -> None:
    stage = Stage()
    for request in stage.connect():
        stage.answer(request, "spam.example")
    _, fetch = stage.wait(HOUR)
    assert isinstance(fetch, Fetch)
    told = stage.overflow("iq", type="result", id=fetch.id, **{"from": BL})
    assert events(told) == ["list_not_fetched", "too_large"]
    assert "larger than max_stanza_size" in stage.status["trouble"]
    assert (stage.listed(), stage.status["size"]) == (True, 1), "the last good copy stays"
    assert stage.status["subscription"] == "subscribed", "the stream goes on"
    stage.publish("<item id='new.example'/><retract id='spam.example'/>")
    assert (stage.listed(), stage.listed("new.example")) == (False, True)
    assert stage.wait(HOUR - 1) == []
    assert len(stage.wait(1)) == 2


@pytest.mark.parametrize("sender", [BL, "other.example", "@"])
def test_another_answer_that_is_too_large_is_not_held_against_the_list(sender: str) -> None:
    stage = Stage()
    _, fetch = stage.connect()
    assert isinstance(fetch, Fetch)
    for _ in range(5):
        stage.overflow("iq", type="result", id="chat-1" if sender == BL else fetch.id, **{"from": sender})
    assert stage.status["trouble"] is None
    stage.answer(fetch, "spam.example")
    assert stage.listed()


@pytest.mark.parametrize(("sender", "asks_again"), [(BL, True), ("other.example", False)])
def test_news_that_are_too_large_let_the_list_be_asked_for_anew(sender: str, asks_again: bool) -> None:
    stage = Stage()
    for request in stage.connect():
        stage.answer(request, "spam.example")
    stage.overflow("message", **{"from": sender})
    assert stage.wait(FIRST_RETRY - 1) == []
    assert bool(stage.wait(1)) is asks_again


def test_a_reload_asks_new_services_and_leaves_old_ones() -> None:
    stage = Stage()
    for request in stage.connect():
        stage.answer(request, "spam.example")
    config = stage.settings(services=("second.example",))
    effects = requests(stage.core.exchange(stage.core.draft(config), stage.now))
    left, subscribe, fetch = effects
    assert isinstance(left, Subscribe)
    assert (left.service, left.wanted) == (BL, False)
    assert isinstance(subscribe, Subscribe)
    assert isinstance(fetch, Fetch)
    assert subscribe.service == fetch.service == "second.example"
    assert not stage.listed(), "what is no longer configured lists nothing"


def test_the_last_good_list_outlives_the_process() -> None:
    state = State()
    stage = Stage(state)
    for request in stage.connect():
        stage.answer(request, "spam.example", "other.example")
    rows = list(state.structures["lists.copies"].snapshot())
    fresh = Stage(State())
    fresh.core.state.structures["lists.copies"].restore(rows, stage.now)
    fresh.core.begin(stage.now + 60)
    fresh.now = stage.now + 60
    assert fresh.listed()
    assert (fresh.status["size"], fresh.status["age"]) == (2, 60.0)
