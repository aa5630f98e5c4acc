"""Time goes on at its own pace, whatever the system's clock is set to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppfilter.observe.clock import BELIEVED_AFTER, HEALS, STEP, Clock

NOON = 1_800_000_000.0
HOUR = 3600.0


class System:
    """A machine's two clocks."""

    def __init__(self) -> None:
        self.passed = 5.0
        self.offset = NOON
        self.clock = Clock(lambda: self.passed + self.offset, lambda: self.passed)
        self.began = self.clock()

    def wait(self, seconds: float, step: float = 1.0) -> float:
        """Let time pass, and look at the clock now and then; return how much the clock says has passed."""
        before, left = self.clock(), seconds
        while left > 0:
            self.passed += min(step, left)
            left -= step
            self.clock()
        return self.clock() - before

    @property
    def wrong(self) -> float:
        return self.clock() - (self.passed + self.offset)


def test_it_is_the_time_of_day() -> None:
    system = System()
    assert system.began == NOON + 5
    assert system.wait(90) == pytest.approx(90)
    assert system.wrong == 0


@pytest.mark.parametrize("back", [0.5, 30.0, HOUR, 10 * 365 * 24 * HOUR])
def test_a_clock_that_is_put_back_stops_nothing(back: float) -> None:
    system = System()
    system.offset -= back
    passed = system.wait(60)
    assert 60 * (1 - 1 / HEALS) - 0.01 <= passed <= 60
    assert system.clock() >= system.began


def test_being_ahead_heals_while_it_runs() -> None:
    system = System()
    system.offset -= 60
    system.wait(60 * HEALS + 1)
    assert system.wrong == pytest.approx(0, abs=0.01)
    assert system.wait(60) == pytest.approx(60)


@pytest.mark.parametrize(("leap", "followed"), [(1.0, True), (STEP - 1, True), (STEP + 1, False), (HOUR, False)])
def test_a_leap_ahead_is_followed_at_once_where_it_is_small(leap: float, followed: bool) -> None:
    system = System()
    system.offset += leap
    assert (system.clock() - system.began >= leap - 0.01) is followed


def test_a_slip_that_is_put_right_changes_nothing() -> None:
    system = System()
    system.offset += 10 * HOUR
    assert system.wait(BELIEVED_AFTER - 10) == pytest.approx(BELIEVED_AFTER - 10)
    system.offset -= 10 * HOUR
    assert system.wait(600) == pytest.approx(600)
    assert system.wrong == 0


def test_a_leap_that_lasts_is_believed() -> None:
    system = System()
    system.offset += 10 * HOUR
    system.wait(BELIEVED_AFTER + 2)
    assert system.wrong == 0


def test_what_was_believed_and_is_put_right_then_does_not_freeze_time() -> None:
    system = System()
    system.offset += 10 * HOUR
    system.wait(BELIEVED_AFTER + 2)
    system.offset -= 10 * HOUR
    assert system.wait(60) >= 60 * (1 - 1 / HEALS) - 0.01


@given(
    st.lists(
        st.tuples(st.floats(-1e6, 1e6, allow_nan=False), st.floats(0, 1e4, allow_nan=False)), min_size=1, max_size=30
    )
)
def test_it_never_goes_back_and_never_stands_still(changes: list[tuple[float, float]]) -> None:
    system = System()
    for by, seconds in changes:
        system.offset += by
        before = system.clock()
        system.passed += seconds
        assert system.clock() >= before + seconds * (1 - 1 / HEALS) - 1e-3
