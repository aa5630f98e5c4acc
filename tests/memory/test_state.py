import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppfilter.memory.state import State

DAY = 86400.0


@given(st.text(st.characters(), max_size=50))
def test_every_text_has_a_key_of_eight_bytes(text: str) -> None:
    assert len(State(b"secret").key(text)) == 8


def test_lone_surrogates_have_a_key() -> None:
    assert State().key("\ud800") != State().key("\udfff")


def test_keys_depend_on_the_secret_and_on_nothing_else() -> None:
    assert State(b"one").key("a@b") == State(b"one").key("a@b")
    assert State(b"one").key("a@b") != State(b"two").key("a@b")
    assert State(b"one").key("a@b") != State(b"one").key("a@c")


def test_a_secret_may_have_64_bytes() -> None:
    assert len(State(bytes(64)).key("a")) == 8
    with pytest.raises(ValueError, match="64"):
        State(bytes(65))


def test_a_name_gives_the_same_structure_resized() -> None:
    state = State()
    counter = state.counter("c", capacity=10, limit=3)
    counter.note(b"k")
    window = state.window("w", capacity=10, limit=3, seconds=60)
    bans = state.bans("b", capacity=10, seconds=60)
    keys = state.set("s", capacity=10, seconds=60)
    assert state.counter("c", capacity=20, limit=4) is counter
    assert state.window("w", capacity=20, limit=4, seconds=30, persist=False) is window
    assert state.bans("b", capacity=20, seconds=30) is bans
    assert state.set("s", capacity=20, seconds=30) is keys
    assert (counter.capacity, counter.limit, counter.count(b"k")) == (20, 4, 1)
    assert (window.capacity, window.limit, window.seconds, window.persist) == (20, 4, 30, False)
    assert (bans.capacity, bans.seconds, keys.capacity, keys.seconds) == (20, 30, 20, 30)
    assert list(state.structures) == ["c", "w", "b", "s"]


def test_a_name_of_another_kind_is_a_type_error() -> None:
    state = State()
    state.counter("x", capacity=10, limit=3)
    with pytest.raises(TypeError, match="x is a counter, a window was asked for"):
        state.window("x", capacity=10, limit=3, seconds=60)
    with pytest.raises(TypeError, match="a bans was"):
        state.bans("x", capacity=10, seconds=60)
    with pytest.raises(TypeError, match="a set was"):
        state.set("x", capacity=10, seconds=60)
    state.set("y", capacity=10, seconds=60)
    with pytest.raises(TypeError, match="y is a set"):
        state.counter("y", capacity=10, limit=3)


def test_a_scope_prefixes_names() -> None:
    state = State(b"secret")
    scope = state.scoped("rate")
    assert scope.window("senders", capacity=10, limit=3, seconds=60) is state.structures["rate.senders"]
    assert scope.counter("c", capacity=10, limit=3) is state.structures["rate.c"]
    assert scope.bans("b", capacity=10, seconds=60) is state.structures["rate.b"]
    assert scope.set("s", capacity=10, seconds=60) is state.structures["rate.s"]
    assert scope.key("a@b") == state.key("a@b")


def test_what_is_asked_for_no_more_ages_out() -> None:
    state = State()
    state.window("kept", capacity=10, limit=3, seconds=60).note(b"k", 0.0)
    state.window("removed", capacity=10, limit=3, seconds=60).note(b"k", 1000.0)
    state.set("empty", capacity=10, seconds=60)
    state.counter("counter", capacity=10, limit=3).note(b"k")
    state.retain(["kept"])
    state.expire(1001.0)
    assert set(state.structures) == {"kept", "removed", "counter"}
    state.expire(1061.0)
    assert set(state.structures) == {"kept", "counter"}
    state.expire(1001.0 + DAY)
    assert set(state.structures) == {"kept"}


def test_a_filter_that_returns_in_time_finds_what_it_knew() -> None:
    state = State()
    counter = state.counter("c", capacity=10, limit=3)
    counter.note(b"k")
    state.retain([])
    state.expire(0.0)
    assert state.counter("c", capacity=10, limit=3) is counter
    state.expire(10 * DAY)
    assert counter.count(b"k") == 1
    assert "c" in state.structures


def test_new_structures_after_a_reload_stay() -> None:
    state = State()
    state.retain([])
    state.set("new", capacity=10, seconds=60)
    state.expire(0.0)
    state.expire(DAY)
    assert "new" in state.structures


def test_nothing_is_dropped_before_the_first_reload() -> None:
    state = State()
    state.set("s", capacity=10, seconds=60)
    state.expire(1e9)
    assert "s" in state.structures


def test_expiry_spends_one_budget_on_all_structures_in_turn() -> None:
    state = State()
    keys = state.set("s", capacity=100, seconds=60)
    window = state.window("w", capacity=100, limit=3, seconds=60)
    other = state.set("t", capacity=100, seconds=60)
    for number in range(50):
        keys.add(b"%d" % number, 0.0)
        window.note(b"%d" % number, 0.0)
        other.add(b"%d" % number, 0.0)
    held = []
    for _ in range(4):
        assert state.expire(61.0, 20) == 20
        held.append((len(keys), len(window), len(other)))
    assert held == [(30, 50, 50), (30, 30, 50), (30, 30, 30), (10, 30, 30)]
    assert state.expire(61.0) == 70


def test_what_a_smaller_capacity_leaves_to_do_is_within_the_budget_of_all() -> None:
    state = State()
    counter = state.counter("c", capacity=3000, limit=3)
    keys = state.set("s", capacity=100, seconds=60)
    for number in range(3000):
        counter.note(b"%d" % number)
    for number in range(50):
        keys.add(b"%d" % number, 0.0)
    state.counter("c", capacity=100, limit=3)
    left = len(counter)
    assert state.expire(61.0, 200) == 200
    assert (left - len(counter), len(keys)) == (200, 50)
    assert state.expire(61.0, 200) == 200
    assert len(keys) == 0


def test_the_keys_of_what_comes_again_are_the_same_keys() -> None:
    state = State(b"secret")
    scope = state.scoped("filter")
    for text in ("example.org", "\ud800", "example.org"):
        assert scope.kept_key(text) == scope.key(text) == state.key(text)
    assert State(b"other").kept_key("example.org") != state.kept_key("example.org")
