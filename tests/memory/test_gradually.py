"""What concerns all that is remembered holds at once, and is done bit by bit: counted in entries, not in time."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.memory.cores import KEYS
from tests.memory.test_bans import MERGED, told
from xmppfilter.memory import records, spread
from xmppfilter.memory.bans import Bans
from xmppfilter.memory.counter import Counter
from xmppfilter.memory.rates import Rates
from xmppfilter.memory.sets import Set
from xmppfilter.memory.spread import AT_ONCE
from xmppfilter.memory.window import Window

NOW = 1_700_000_000.0
MANY = 3000
SLICE = 100
NAMES = [b"%08d" % number for number in range(MANY)]


@dataclass
class Kind:
    """One kind of structure, and how it is filled and asked."""

    make: Callable[[int], Any]
    note: Callable[[Any, bytes], object]
    has: Callable[[Any, bytes], bool]
    resize: Callable[[Any, int], object]
    parts: Callable[[Any], list[Any]]


KINDS = {
    "counter": Kind(
        lambda n: Counter(capacity=n, limit=2),
        lambda it, key: it.note(key),
        lambda it, key: it.count(key) == 1,
        lambda it, n: it.resize(capacity=n, limit=2),
        lambda it: [it._counts],
    ),
    "window": Kind(
        lambda n: Window(capacity=n, limit=2, seconds=1e6),
        lambda it, key: it.note(key, NOW),
        lambda it, key: it.count(key, NOW) == 1,
        lambda it, n: it.resize(capacity=n, limit=2, seconds=1e6),
        lambda it: [it._windows],
    ),
    "rates": Kind(
        lambda n: Rates(capacity=n, limit=2, seconds=1e6),
        lambda it, key: it.note(key, key, NOW),
        lambda it, key: it.count(key, NOW) == pytest.approx(1),
        lambda it, n: it.resize(capacity=n, limit=2, seconds=1e6),
        lambda it: [it._rates],
    ),
    "set": Kind(
        lambda n: Set(capacity=n, seconds=1e6),
        lambda it, key: it.add(key, NOW),
        lambda it, key: it.has(key, NOW),
        lambda it, n: it.resize(capacity=n, seconds=1e6),
        lambda it: [it._added],
    ),
    "bans": Kind(
        lambda n: Bans(capacity=n, seconds=1e6),
        lambda it, key: it.offend(key, f"{key.decode()}@evil.example", when=NOW, ban_time=900.0, weight=1),
        lambda it, key: it.banned_until(key, NOW) == NOW + 900,
        lambda it, n: it.resize(capacity=n, seconds=1e6),
        lambda it: [it._records],
    ),
}


def waiting(kind: Kind, structure: Any) -> int:
    """Count the keys that have not found their new place."""
    return sum(len(shard) for part in kind.parts(structure) for former in part.former for shard in former.shards)


def filled(kind: Kind) -> Any:
    structure = kind.make(MANY)
    for key in NAMES:
        kind.note(structure, key)
    return structure


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_more_room_moves_a_few_keys_at_a_time_and_all_are_found_meanwhile(kind: Kind) -> None:
    structure = filled(kind)
    kind.resize(structure, 1_000_000)
    assert waiting(kind, structure) == MANY - AT_ONCE
    assert len(structure) == MANY
    before = waiting(kind, structure)
    while before:
        structure.expire(NOW, SLICE)
        now_waiting = waiting(kind, structure)
        assert before - now_waiting <= SLICE
        before = now_waiting
    assert all(kind.has(structure, key) for key in NAMES)
    assert len(structure) == MANY


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_who_is_asked_for_is_found_wherever_it_still_is(kind: Kind) -> None:
    structure = filled(kind)
    kind.resize(structure, 1_000_000)
    assert all(kind.has(structure, key) for key in NAMES)
    kind.resize(structure, 2 * MANY)
    kind.resize(structure, 2_000_000)
    assert all(kind.has(structure, key) for key in reversed(NAMES))
    assert {row.key for row in structure.snapshot()} == set(NAMES)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_less_room_drops_a_few_keys_at_a_time(kind: Kind) -> None:
    structure = filled(kind)
    kind.resize(structure, 10)
    assert len(structure) == MANY - AT_ONCE
    kind.note(structure, b"newcomer")
    assert len(structure) <= MANY - AT_ONCE, "it never grows"
    assert kind.has(structure, b"newcomer")
    while (before := len(structure)) > 10:
        structure.expire(NOW, SLICE)
        assert 0 < before - len(structure) <= SLICE
    assert kind.has(structure, b"newcomer")


def test_clearing_holds_at_once_though_few_records_are_looked_at() -> None:
    remembered = filled(KINDS["bans"])
    remembered.impose(b"imposed", "imposed@evil.example", when=NOW, until=NOW + 5000)
    remembered.clear(NOW + 1)
    assert len(remembered) >= MANY - AT_ONCE
    assert [ban.jid for ban in remembered.current(NOW + 2)] == ["imposed@evil.example"]
    assert not any(remembered.banned_until(key, NOW + 2) for key in NAMES)
    assert {row.key for row in remembered.snapshot()} <= {b"", b"imposed"}


def test_what_comes_after_clearing_is_a_first_offence_and_outlasts_what_was_cleared() -> None:
    remembered = filled(KINDS["bans"])
    remembered.clear(NOW + 1)
    for key in NAMES[-10:]:
        remembered.offend(key, "again@evil.example", when=NOW + 2, ban_time=900.0, weight=1)
    for number in range(50):
        remembered.offend(b"new%d" % number, "new@evil.example", when=NOW + 2, ban_time=900.0, weight=1)
    assert {ban.offences for ban in remembered.current(NOW + 3)} == {1}
    assert len(list(remembered.current(NOW + 3))) == 60
    while (before := len(remembered)) > 60:
        remembered.expire(NOW + 3, SLICE)
        assert 0 < before - len(remembered) <= SLICE
    assert len(list(remembered.current(NOW + 3))) == 60


def test_a_repeated_offender_who_was_cleared_makes_room_for_a_new_one() -> None:
    remembered = Bans(capacity=1000, seconds=1e6)
    for key in NAMES[:1000]:
        for _ in range(4):
            remembered.offend(key, "old@evil.example", when=NOW, ban_time=900.0, weight=1)
    remembered.clear(NOW + 1)
    for key in NAMES[1000:2000]:
        remembered.offend(key, "new@evil.example", when=NOW + 2, ban_time=900.0, weight=1)
    assert all(remembered.banned_until(key, NOW + 3) for key in NAMES[1000:2000])


STEPS = st.lists(
    st.tuples(st.sampled_from([*range(len(MERGED)), len(MERGED) - 1]), st.integers(0, 2), st.floats(0, 60)), max_size=40
)


@settings(max_examples=300)
@given(steps=STEPS, rooms=st.lists(st.sampled_from([1000, 150_000, 600_000]), max_size=3))
def test_whoever_looks_at_nothing_by_itself_says_the_same(
    steps: list[tuple[int, int, float]], rooms: list[int]
) -> None:
    with pytest.MonkeyPatch.context() as patched:
        eager, slow, now = Bans(capacity=1000, seconds=1000), Bans(capacity=1000, seconds=1000), NOW
        for at, (operation, number, wait) in enumerate(steps):
            now += wait
            MERGED[operation](eager, KEYS[number], now)
            patched.setattr(records, "AT_ONCE", 0)
            patched.setattr(spread, "AT_ONCE", 0)
            MERGED[operation](slow, KEYS[number], now)
            if at < len(rooms):
                slow.resize(capacity=rooms[at], seconds=1000)
            patched.undo()
            assert told(slow, now) == told(eager, now)
        slow.expire(now, 100)
        assert told(slow, now) == told(eager, now)
