"""How accounts behave towards strangers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.memory.cores import START
from xmppfilter.memory.contract import Row
from xmppfilter.memory.habits import OCCASION, Habit, Habits
from xmppfilter.memory.state import State

SECONDS = 14 * 86400.0
KEY = State(b"secret").key


def make(capacity: int = 1000) -> Habits:
    return Habits(capacity=capacity, seconds=SECONDS)


def key(number: int) -> bytes:
    return KEY(f"somebody {number}")


def shared(
    habits: Habits, strangers: int, *, every: float = 10.0, account: bytes = b"account!", first: int = 0
) -> float:
    """Let an account write what others write too to so many; return when it is done."""
    for number in range(strangers):
        habits.wrote(account, key(first + number), START + every * number, shared=True, own=False)
    return START + every * strangers


def habit(habits: Habits, now: float, account: bytes = b"account!") -> Habit:
    found = habits.get(account, now)
    assert found is not None
    return found


def test_nothing_is_known_of_who_has_written_nothing() -> None:
    assert make().get(b"account!", START) is None
    assert len(make()) == 0


@pytest.mark.parametrize(
    ("strangers", "every", "occasions"),
    [(1, 10, 1), (5, 10, 1), (5, OCCASION - 1, 1), (5, OCCASION, 5), (3, 86400, 3)],
)
def test_strangers_are_counted_and_on_how_many_occasions(strangers: int, every: float, occasions: int) -> None:
    habits = make()
    now = shared(habits, strangers, every=every)
    assert habit(habits, now)[:2] == (strangers, occasions)


def test_one_stranger_counts_once() -> None:
    habits = make()
    for hours in range(5):
        habits.wrote(b"account!", key(1), START + 3600 * hours, shared=True, own=False)
    assert habit(habits, START + 5 * 3600)[:2] == (1, 1)


def test_who_is_vouched_for_is_counted_apart() -> None:
    habits = make()
    for number, vouched in enumerate((True, False, True)):
        habits.wrote(b"account!", key(number), START, shared=True, own=False, vouched=vouched)
    assert habit(habits, START).vouched == 2


@pytest.mark.parametrize(
    ("to", "chats"), [((1, 1, 1), True), ((1, 1), False), ((1, 2, 1, 2), False), ((2, 1, 1, 1), True)]
)
def test_several_own_texts_to_one_are_a_talk(to: tuple[int, ...], chats: bool) -> None:
    habits = make()
    for number in to:
        habits.wrote(b"account!", key(number), START, shared=False, own=True)
    known = habit(habits, START)
    assert (known.chats, known.strangers) == (chats, 0)


def test_partners_are_counted() -> None:
    habits = make()
    for number in (1, 2, 2):
        habits.talks(b"account!", key(number), START)
    assert habit(habits, START).partners == 2


def test_the_first_mark_stays() -> None:
    habits = make()
    for mark in (7, 9):
        habits.mark(b"account!", mark, START)
    assert habit(habits, START).mark == 7


def test_a_habit_is_forgotten_after_its_time() -> None:
    habits = make()
    now = shared(habits, 4)
    assert habits.get(b"account!", now + SECONDS - 20) is not None
    assert habits.get(b"account!", now + SECONDS) is None
    shared_later = now + SECONDS
    habits.wrote(b"account!", key(99), shared_later, shared=True, own=False)
    assert habit(habits, shared_later).strangers == 1
    assert habits.expire(shared_later + SECONDS + 1, 10) == 1
    assert len(habits) == 0


def test_accounts_that_write_once_push_out_nobody_who_is_known() -> None:
    habits = make(capacity=100)
    now = shared(habits, 3)
    habits.talks(b"person!!", key(1), START)
    for number in range(10_000):
        shared(habits, 1, account=key(number))
    assert len(habits) == 100
    assert habit(habits, now).strangers == 3
    assert habit(habits, now, b"person!!").partners == 1


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60), st.sampled_from(["shared", "own", "talks", "mark"]))))
def test_it_is_bounded_and_survives_the_store(steps: list[tuple[int, int, str]]) -> None:
    habits, now = make(capacity=16), START
    for account, other, what in steps:
        now += 60
        if what == "talks":
            habits.talks(key(account), key(other), now)
        elif what == "mark":
            habits.mark(key(account), 1 + other, now)
        else:
            habits.wrote(key(account), key(other), now, shared=what == "shared", own=what == "own")
    assert len(habits) <= 16
    later = make(capacity=16)
    rows = [*habits.snapshot()]
    assert later.restore(rows, now) == len(rows) == len(habits)
    assert later.restore(rows, now) == len(rows)
    for account in range(61):
        assert later.get(key(account), now) == habits.get(key(account), now)


def test_rows_join_what_is_known_meanwhile() -> None:
    before, after = make(), make()
    now = shared(before, 3)
    shared(after, 2, first=10)
    after.restore(before.snapshot(), now)
    assert habit(after, now).strangers == 5


def test_what_is_no_row_is_refused() -> None:
    with pytest.raises(ValueError, match="5 bytes"):
        make().restore([Row(b"k", b"12345", START)], START)
    assert make().restore([Row(b"k", bytes(22), START)], START) == 0


def test_a_new_capacity_keeps_what_fits() -> None:
    habits = make()
    now = shared(habits, 3)
    for number in range(50):
        shared(habits, 1, account=key(number))
    habits.resize(capacity=10, seconds=SECONDS)
    assert len(habits) == 10
    assert habit(habits, now).strangers == 3
