"""The options that every filter has, put around a filter that knows nothing of them."""

from typing import Any, ClassVar

import pytest

from xmppfilter.judging.case import Case, Rules
from xmppfilter.judging.filter import Stage
from xmppfilter.judging.mount import Mount, clocked, dress
from xmppfilter.judging.verdict import CLEAN, Finding, Verdict
from xmppfilter.memory.state import State
from xmppfilter.stanza.kind import ALL_KINDS
from xmppfilter.stanza.view import Stanza
from xmppfilter.stanza.whom import Sides


def EITHER(*whom: str) -> Sides:  # noqa: N802 - in the table it reads as a word
    """Return the sides of a plain list."""
    return Sides(whom, whom)


class Finds:
    """A filter that finds two things in every stanza, and notes which cases it has learnt from."""

    stage: ClassVar = Stage.CONTENT
    kinds: ClassVar = ALL_KINDS
    observes: ClassVar = ALL_KINDS

    def __init__(self) -> None:
        self.learnt: list[Case] = []

    def check(self, _case: Case, _now: float) -> tuple[Finding, ...]:
        return Finding("one.a", "first"), Finding("one.b", "second")

    def observe(self, case: Case, _verdict: Verdict, _now: float) -> None:
        self.learnt.append(case)


def case(sender: str = "m@evil.example/x", to: str = "alice@example.org") -> Case:
    made = Case(Stanza.read(f"<message from='{sender}' to='{to}'/>"), Rules(), State().key)
    made.prepare()
    return made


def found(case: Case, **common: Any) -> list[tuple[str, float | None, bool]]:
    check, _ = dress(Mount(name="one", filter=Finds(), **common))
    findings = check(case, 0.0) or ()
    return [(each.rule, each.score, each.monitored) for each in findings]  # type: ignore[union-attr]


def test_without_options_the_filter_itself_is_asked() -> None:
    filter_ = Finds()
    assert dress(Mount(name="one", filter=filter_)) == (filter_.check, filter_.observe)


@pytest.mark.parametrize(
    ("common", "scores"),
    [
        ({"score": 3.0}, [3.0, 3.0]),
        ({"scores": {"one.b": 1.0}, "score": 3.0}, [3.0, 1.0]),
        ({"scores": {"one.b": 0.0}}, [Finding("one.a", "").score, 0.0]),
    ],
)
def test_a_rule_s_own_score_goes_before_the_filter_s(common: dict[str, Any], scores: list[float]) -> None:
    assert [score for _, score, _ in found(case(), **common)] == scores


def test_a_watched_filter_s_findings_say_so_and_it_learns_apart() -> None:
    assert [monitored for *_, monitored in found(case(), monitor=True)] == [True, True]
    filter_ = Finds()
    _, observe = dress(Mount(name="one", filter=filter_, monitor=True))
    on = case()
    observe(on, CLEAN, 0.0)
    assert filter_.learnt == [on.watched()]
    assert not on.monitored


@pytest.mark.parametrize(
    ("common", "sender", "to", "asked"),
    [
        ({"only": EITHER("example.org")}, "m@evil.example", "alice@example.org", True),
        ({"only": EITHER("example.org")}, "m@evil.example", "alice@example.net", False),
        ({"only": EITHER("evil.example")}, "m@evil.example", "alice@example.net", True),
        ({"but": EITHER("bob@example.org")}, "m@evil.example", "bob@example.org/phone", False),
        ({"but": EITHER("bob@example.org")}, "bob@example.org/phone", "m@evil.example", False),
        ({"but": EITHER("bob@example.org")}, "m@evil.example", "alice@example.org", True),
        ({"only": EITHER("example.org"), "but": EITHER("bob@example.org")}, "m@evil.example", "bob@example.org", False),
        ({"only": Sides(["evil.example"])}, "m@evil.example", "alice@example.org", True),
        ({"only": Sides(["evil.example"])}, "alice@example.org", "m@evil.example", False),
        ({"only": Sides((), ["*@example.org"])}, "m@evil.example", "alice@example.org", True),
        ({"only": Sides((), ["*@example.org"])}, "alice@example.org", "m@evil.example", False),
        ({"only": Sides(["evil.example"], ["carol@example.org"])}, "m@evil.example", "alice@example.org", True),
        ({"only": Sides(["evil.example"], ["carol@example.org"])}, "a@b.example", "carol@example.org", True),
        ({"only": Sides(["evil.example"], ["carol@example.org"])}, "a@b.example", "alice@example.org", False),
        ({"but": Sides(["example.org"])}, "alice@example.org", "m@evil.example", False),
        ({"but": Sides(["example.org"])}, "m@evil.example", "alice@example.org", True),
        ({"but": Sides((), ["alice@example.org"])}, "m@evil.example", "alice@example.org/x", False),
        ({"but": Sides((), ["alice@example.org"])}, "alice@example.org/x", "m@evil.example", True),
    ],
)
def test_who_is_left_out_is_neither_judged_nor_learnt_from(
    common: dict[str, Sides], sender: str, to: str, asked: bool
) -> None:
    filter_ = Finds()
    check, observe = dress(Mount(name="one", filter=filter_, **common))  # type: ignore[arg-type]
    on = case(sender, to)
    observe(on, CLEAN, 0.0)
    assert (check(on, 0.0) is not None, bool(filter_.learnt)) == (asked, asked)


class Watch:
    """A clock that goes on by a second at each look."""

    def __init__(self) -> None:
        self.time = 0.0
        self.took: list[tuple[str, float]] = []

    def read(self) -> float:
        self.time += 1.0
        return self.time

    def stanza_took(self, _seconds: float) -> None:
        raise AssertionError("no stanza is judged here")

    def filter_took(self, name: str, seconds: float) -> None:
        self.took.append((name, seconds))


def test_a_call_is_timed_also_where_it_fails() -> None:
    watch = Watch()
    assert clocked(lambda: "done", "one", watch)() == "done"
    with pytest.raises(ZeroDivisionError):
        clocked(lambda: 1 / 0, "two", watch)()
    assert watch.took == [("one", 1.0), ("two", 1.0)]
