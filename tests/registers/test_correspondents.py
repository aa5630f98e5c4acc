"""Whom accounts of ours have written to: known for half a year, by whatever gateway has the store."""

from typing import Any

from xmppfilter.memory.state import State
from xmppfilter.registers.correspondents import HEARD, SECONDS, Correspondents

NOW = 1_000_000.0
ALICE, BOB = "alice@example.org", "bob@other.example"


def test_a_pair_is_remembered_in_one_direction_until_it_is_over() -> None:
    register = State(b"secret").shared(Correspondents)
    register.add(ALICE, [BOB, f"{BOB}/phone"], NOW)
    assert register.has(ALICE, BOB, NOW)
    assert register.has(ALICE, f"{BOB}/phone", NOW + SECONDS - 1)
    assert not register.has(ALICE, BOB, NOW + SECONDS)
    assert not register.has(BOB, ALICE, NOW)
    assert not register.has(ALICE, f"{BOB}/desk", NOW)


def test_who_has_written_to_us_is_known_for_a_week_and_apart() -> None:
    state = State(b"secret")
    register = state.shared(Correspondents)
    register.heard(ALICE, state.key(BOB), NOW)
    assert register.has_heard(ALICE, state.key(BOB), NOW + HEARD - 1)
    assert not register.has_heard(ALICE, state.key(BOB), NOW + HEARD)
    assert not register.has_heard(BOB, state.key(ALICE), NOW)
    assert not register.has(ALICE, BOB, NOW)
    assert not state.structures["policy.heard"].persist


def test_a_pair_is_written_down_once_a_day() -> None:
    state = State(b"secret")
    register = state.shared(Correspondents)
    pairs: Any = state.structures["policy.correspondents"]
    revisions = []
    for hours in (0, 1, 12, 23, 25, 26):
        register.add(ALICE, [BOB], NOW + hours * 3600.0)
        revisions.append(pairs.revision)
    assert revisions == [1, 1, 1, 1, 2, 2]
    assert register.has(ALICE, BOB, NOW + SECONDS + 24.9 * 3600.0)


def test_it_is_read_from_the_store_under_the_name_that_it_always_had() -> None:
    state = State(b"secret")
    state.shared(Correspondents).add(ALICE, [BOB], NOW)
    rows = list(state.structures["policy.correspondents"].snapshot())
    again = State(b"secret")
    register = again.shared(Correspondents)
    again.structures["policy.correspondents"].restore(rows, NOW + 1)
    assert register.has(ALICE, BOB, NOW + 1)
    assert again.shared(Correspondents) is register
