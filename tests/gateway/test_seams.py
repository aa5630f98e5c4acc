"""Whoever has a method is called: found once in a configuration, one's mistake costs no other."""

from collections.abc import Collection
from math import inf
from typing import Any

import pytest

from xmppfilter.gateway.seams import Seams
from xmppfilter.judging.effects import Effect, Notice, Work
from xmppfilter.judging.mount import Mount
from xmppfilter.judging.seams import Evidence, Source

NOW = 1000.0


class Plain:
    """A filter without any of the methods."""

    stage = 0


class Learner(Plain):
    def __init__(self, failure: Exception | None = None) -> None:
        self.learnt: list[Evidence] = []
        self._failure = failure

    def learn(self, evidence: Evidence, now: float) -> tuple[Effect, ...] | None:
        if self._failure is not None:
            raise self._failure
        self.learnt.append(evidence)
        return (Notice("learnt", {"at": now}),) if evidence.local else None


class Timed(Plain):
    def __init__(self, due: float | None) -> None:
        self.due = due

    def tick(self, now: float) -> Work | None:
        return iter(()) if self.due is not None and now >= self.due else None


class Careful(Plain):
    def __init__(self) -> None:
        self.said: list[Any] = []

    def resume(self, now: float, *, anew: bool, admins: Collection[str]) -> None:
        self.said.append((now, anew, [*admins]))

    def begin_enforcing(self, now: float) -> None:
        self.said.append(now)


def mounted(filter_: Any, name: str = "one", *, monitor: bool = False) -> Mount:
    return Mount(name=name, filter=filter_, monitor=monitor)


def evidence(*, local: bool = False, monitored: bool = False) -> Evidence:
    return Evidence(source=Source.REPORT, about="m@evil.example", by="a@example.org", local=local, monitored=monitored)


def test_who_has_no_method_is_not_called() -> None:
    seams = Seams([mounted(Plain())], {Plain: Plain()})
    assert seams.learn(evidence(), NOW) == ()
    assert (seams.due, [*seams.ticks()], seams.bans, seams.banning) == (inf, [], (), ())
    seams.resume(Seams((), {}), NOW, ())
    seams.begin_enforcing(NOW)


@pytest.mark.parametrize(
    ("only_watched", "monitored", "learnt"),
    [(False, False, False), (False, True, True), (True, False, True), (True, True, True)],
)
def test_a_filter_that_is_only_watched_learns_as_in_monitor_mode(
    only_watched: bool, monitored: bool, learnt: bool
) -> None:
    filter_, register = Learner(), Learner()
    seams = Seams([mounted(filter_, monitor=only_watched)], {Learner: register})
    seams.learn(evidence(monitored=monitored), NOW)
    assert [one.monitored for one in filter_.learnt] == [learnt]
    assert [one.monitored for one in register.learnt] == [monitored]


def test_what_they_want_done_is_done_though_one_of_them_fails() -> None:
    fails, learns = Learner(KeyError("x")), Learner()
    seams = Seams([mounted(fails, "fails"), mounted(learns, "learns")], {})
    assert seams.learn(evidence(local=True), NOW) == (
        Notice("filter_failed", {"filter": "fails", "failure": "KeyError: 'x'", "muted": False}),
        Notice("learnt", {"at": NOW}),
    )


@pytest.mark.parametrize(("dues", "due"), [([], inf), ([None], inf), ([None, 5.0], 5.0), ([7.0, 5.0], 5.0)])
def test_the_first_that_is_due_is_due(dues: list[float | None], due: float) -> None:
    seams = Seams([mounted(Timed(one), str(number)) for number, one in enumerate(dues)], {})
    assert seams.due == due
    began = [name for name, tick in seams.ticks() if tick(6.0) is not None]
    assert began == [str(number) for number, one in enumerate(dues) if one is not None and one <= 6.0]


def test_it_is_said_who_is_new_in_a_configuration() -> None:
    stays, comes, register = Careful(), Careful(), Careful()
    before = Seams([mounted(stays, "stays")], {Careful: register})
    before.resume(Seams((), {}), 1.0, ["admin@example.org"])
    after = Seams([mounted(stays, "stays"), mounted(comes, "comes")], {Careful: register})
    after.resume(before, 2.0, [])
    assert stays.said == register.said == [(1.0, True, ["admin@example.org"]), (2.0, False, [])]
    assert comes.said == [(2.0, True, [])]
    after.begin_enforcing(3.0)
    assert stays.said[-1] == comes.said[-1] == register.said[-1] == 3.0


def test_bans_that_several_filters_look_up_are_told_once() -> None:
    class Banning:
        def newest(self, now: float, most: int) -> None: ...
        def known_by(self, key: bytes, now: float) -> None: ...

    class Finds(Plain):
        def __init__(self, bans: Banning) -> None:
            self.bans = bans

    one, other = Banning(), Banning()
    mounts = [mounted(Finds(bans), name) for name, bans in (("a", one), ("b", other), ("c", one))]
    seams = Seams([*mounts, mounted(Plain())], {})
    assert seams.bans == tuple(mounts)
    assert [*map(id, seams.banning)] == [id(one), id(other)]
