"""Following the blocklists of services: what is asked when, whose answers count, what is kept."""

import pytest

from tests.lists.follower import BL, HOUR, NODE, Follower, events, requests
from tests.lists.service import PUBSUB
from xmppfilter.judging.effects import Fetch, Subscribe
from xmppfilter.lists.following import ANSWER_WITHIN, FIRST_RETRY
from xmppfilter.memory.state import State


def test_it_subscribes_before_it_fetches() -> None:
    subscribe, fetch = Follower().connect()
    assert isinstance(subscribe, Subscribe)
    assert isinstance(fetch, Fetch)
    assert (subscribe.service, subscribe.node, subscribe.wanted) == (BL, NODE, True)
    assert (fetch.service, fetch.node) == (BL, NODE)


def test_nothing_is_asked_before_there_is_a_connection() -> None:
    follower = Follower()
    assert follower.wait(10 * HOUR) == []
    assert follower.gateway.next_tick() < float("inf")


def test_an_answer_fills_the_list_and_status_says_its_age_and_size() -> None:
    follower = Follower()
    subscribe, fetch = follower.connect()
    assert follower.status["subscription"] == "not asked"
    follower.answer(subscribe)
    assert events(follower.answer(fetch, "spam.example", "other.example")) == ["list_fetched"]
    assert follower.listed()
    follower.now += 90
    assert follower.status == {
        "service": BL, "node": NODE, "size": 2, "age": 90.0, "trouble": None, "taken_out": 0, "left_out": 0,
        "subscription": "subscribed",
    }  # fmt: skip


def test_it_is_fetched_anew_every_refresh_and_on_every_connection() -> None:
    follower = Follower()
    for request in follower.connect():
        follower.answer(request, "spam.example")
    assert follower.wait(HOUR - 1) == []
    again = follower.wait(1)
    assert [type(request) for request in again] == [Subscribe, Fetch]
    for request in again:
        follower.answer(request, "new.example")
    assert (follower.listed(), follower.listed("new.example")) == (False, True)
    follower.disconnect()
    assert follower.listed("new.example")
    assert [type(request) for request in follower.connect()] == [Subscribe, Fetch]


def test_a_fetch_that_fails_keeps_the_list_and_is_tried_again_sooner() -> None:
    follower = Follower()
    for request in follower.connect():
        follower.answer(request, "spam.example")
    subscribe, fetch = follower.wait(HOUR)
    follower.refuse(subscribe, "remote-server-not-found")
    assert events(follower.refuse(fetch, "remote-server-not-found")) == ["list_not_fetched"]
    assert follower.listed()
    assert follower.status["trouble"] == "remote-server-not-found"
    assert follower.status["subscription"] == "refused: remote-server-not-found"
    assert follower.status["age"] == HOUR
    waits = []
    for _ in range(8):
        before = follower.now
        while not (asked := follower.wait(10)):
            pass
        waits.append(follower.now - before)
        follower.refuse(asked[1])
    assert waits == [60, 120, 240, 480, 960, 1920, 3600, 3600]


def test_a_service_that_does_not_answer_is_named_with_what_it_needs() -> None:
    follower = Follower()
    follower.connect()
    follower.wait(ANSWER_WITHIN)
    assert follower.status["subscription"] == "no answer"
    assert "_xmpp-server._tcp.filter.example.org" in follower.status["trouble"]
    assert BL in follower.status["trouble"]
    assert len(follower.wait(FIRST_RETRY)) == 2


def test_a_late_answer_and_a_second_one_change_nothing() -> None:
    follower = Follower()
    _, fetch = follower.connect()
    follower.answer(fetch, "spam.example")
    assert follower.answer(fetch, "late.example") == ()
    assert not follower.listed("late.example")
    _, fetch = follower.wait(HOUR)
    follower.wait(ANSWER_WITHIN)
    follower.answer(fetch, "late.example")
    assert not follower.listed("late.example")


@pytest.mark.parametrize("sender", ["foreign.example", "a@xmppbl.example", "xmppbl.example/x", "example.org"])
def test_only_the_service_itself_answers(sender: str) -> None:
    follower = Follower()
    subscribe, fetch = follower.connect()
    follower.answer(subscribe, sender=sender)
    follower.answer(fetch, "spam.example", sender=sender)
    assert not follower.listed()
    assert follower.status["subscription"] == "not asked"
    follower.answer(fetch, "spam.example")
    assert follower.listed()


@pytest.mark.parametrize("inside", ["", "<x/>", f"<pubsub xmlns='{PUBSUB}'/>", "<pubsub><items/></pubsub>"])
def test_an_answer_that_is_no_list_keeps_the_old_one(inside: str) -> None:
    follower = Follower()
    for request in follower.connect():
        follower.answer(request, "spam.example")
    _, fetch = follower.wait(HOUR)
    assert events(follower.reply(fetch, "result", inside)) == ["list_not_fetched"]
    assert follower.listed()


def test_a_subscription_that_is_pending_says_so() -> None:
    follower = Follower()
    subscribe, _ = follower.connect()
    follower.answer(subscribe, state="pending")
    assert follower.status["subscription"] == "pending"


def test_a_list_that_seems_to_break_the_connection_has_to_wait() -> None:
    follower = Follower()
    assert len(follower.connect()) == 2
    follower.disconnect()
    assert len(follower.connect()) == 2
    follower.disconnect()
    (subscribe,) = follower.connect()
    assert isinstance(subscribe, Subscribe), "what is published is heard all the same"
    follower.answer(subscribe)
    assert "larger than the server lets pass" in follower.status["trouble"]
    assert len(follower.wait(FIRST_RETRY)) == 2
    follower.disconnect()
    (subscribe,) = follower.connect()
    follower.answer(subscribe)
    assert follower.wait(FIRST_RETRY) == []
    _, fetch = follower.wait(FIRST_RETRY)
    follower.answer(fetch, "spam.example")
    follower.disconnect()
    assert len(follower.connect()) == 2


def test_an_answer_that_is_too_large_is_named_and_left_alone_until_the_next_refresh() -> None:
    follower = Follower()
    for request in follower.connect():
        follower.answer(request, "spam.example")
    _, fetch = follower.wait(HOUR)
    assert isinstance(fetch, Fetch)
    told = follower.overflow("iq", type="result", id=fetch.id, **{"from": BL})
    assert events(told) == ["list_not_fetched", "too_large"]
    assert "larger than max_stanza_size" in follower.status["trouble"]
    assert (follower.listed(), follower.status["size"]) == (True, 1), "the last good copy stays"
    assert follower.status["subscription"] == "subscribed", "the stream goes on"
    follower.publish("<item id='new.example'/><retract id='spam.example'/>")
    assert (follower.listed(), follower.listed("new.example")) == (False, True)
    assert follower.wait(HOUR - 1) == []
    assert len(follower.wait(1)) == 2


@pytest.mark.parametrize("sender", [BL, "other.example", "@"])
def test_another_answer_that_is_too_large_is_not_held_against_the_list(sender: str) -> None:
    follower = Follower()
    _, fetch = follower.connect()
    assert isinstance(fetch, Fetch)
    for _ in range(5):
        follower.overflow("iq", type="result", id="chat-1" if sender == BL else fetch.id, **{"from": sender})
    assert follower.status["trouble"] is None
    follower.answer(fetch, "spam.example")
    assert follower.listed()


@pytest.mark.parametrize(("sender", "asks_again"), [(BL, True), ("other.example", False)])
def test_news_that_are_too_large_let_the_list_be_asked_for_anew(sender: str, asks_again: bool) -> None:
    follower = Follower()
    for request in follower.connect():
        follower.answer(request, "spam.example")
    follower.overflow("message", **{"from": sender})
    assert follower.wait(FIRST_RETRY - 1) == []
    assert bool(follower.wait(1)) is asks_again


def test_a_reload_asks_new_services_and_leaves_old_ones() -> None:
    follower = Follower()
    for request in follower.connect():
        follower.answer(request, "spam.example")
    config = follower.settings(services=("second.example",))
    effects = requests(follower.core.exchange(follower.core.draft(config), follower.now))
    left, subscribe, fetch = effects
    assert isinstance(left, Subscribe)
    assert (left.service, left.wanted) == (BL, False)
    assert isinstance(subscribe, Subscribe)
    assert isinstance(fetch, Fetch)
    assert subscribe.service == fetch.service == "second.example"
    assert not follower.listed(), "what is no longer configured lists nothing"


def test_the_last_good_list_outlives_the_process() -> None:
    state = State()
    follower = Follower(state)
    for request in follower.connect():
        follower.answer(request, "spam.example", "other.example")
    rows = list(state.structures["lists.copies"].snapshot())
    fresh = Follower(State())
    fresh.core.state.structures["lists.copies"].restore(rows, follower.now)
    fresh.core.begin(follower.now + 60)
    fresh.now = follower.now + 60
    assert fresh.listed()
    assert (fresh.status["size"], fresh.status["age"]) == (2, 60.0)
