"""What is due happens, by one timer."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

import pytest

from xmppfilter.xmpp.ticker import LONGEST_NAP, SHORTEST_NAP, Ticker


class Loop:
    """Sets timers that go off when the test says so."""

    def __init__(self) -> None:
        self.timers: list[tuple[float, Callable[[], None]]] = []

    def call_later(self, delay: float, callback: Callable[[], None]) -> Any:
        timer = (delay, callback)
        self.timers.append(timer)
        return self.Handle(self.timers, timer)

    class Handle:
        def __init__(self, timers: list[Any], timer: Any) -> None:
            self._timers, self._timer = timers, timer

        def cancel(self) -> None:
            if self._timer in self._timers:
                self._timers.remove(self._timer)

    def go_off(self) -> None:
        self.timers.pop()[1]()


class Ticking:
    """A ticker at work at 100.0, and what it did."""

    def __init__(self) -> None:
        self.loop = Loop()
        self.due = 100.5
        self.ticks: list[float] = []
        self.fails = False
        self.ticker = Ticker(cast("asyncio.AbstractEventLoop", self.loop), lambda: 100.0, lambda: self.due, self._tick)

    def _tick(self, now: float) -> None:
        self.ticks.append(now)
        if self.fails:
            raise ValueError("a mistake")

    @property
    def naps(self) -> list[float]:
        return [delay for delay, _ in self.loop.timers]


@pytest.mark.parametrize(("due", "nap"), [(100.5, 0.5), (1e9, LONGEST_NAP), (0.0, SHORTEST_NAP)])
def test_it_sleeps_until_something_is_due(due: float, nap: float) -> None:
    ticking = Ticking()
    ticking.due = due
    ticking.ticker.plan()
    ticking.ticker.plan()
    assert ticking.naps == [nap]
    ticking.loop.go_off()
    assert (ticking.ticks, ticking.naps) == ([100.0], [])


def test_what_is_due_earlier_is_not_waited_for() -> None:
    ticking = Ticking()
    ticking.ticker.plan()
    ticking.due = 100.25
    ticking.ticker.plan()
    assert ticking.naps == [0.25]


def test_a_tick_that_fails_is_told_once_and_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    ticking = Ticking()
    ticking.fails = True
    ticking.ticker.plan()
    for _ in range(2):
        ticking.loop.go_off()
        assert ticking.naps == [LONGEST_NAP]
        assert ticking.ticker.health.trouble is not None
    assert [record.message for record in caplog.records] == ["a tick failed"]
    ticking.fails = False
    ticking.loop.go_off()
    assert ticking.ticker.health.trouble is None


def test_who_is_stopped_ticks_no_more() -> None:
    ticking = Ticking()
    ticking.ticker.plan()
    ticking.ticker.stop()
    ticking.ticker.plan()
    assert ticking.naps == []
