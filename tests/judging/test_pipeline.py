"""What every filter may rely on, and what a filter that fails costs."""

from collections.abc import Callable
from typing import Any, ClassVar

import pytest

from tests.harness import LONG, Harness
from xmppfilter.judging.case import Case, Rules
from xmppfilter.judging.effects import Effect, Notice
from xmppfilter.judging.filter import Stage
from xmppfilter.judging.mount import Mount
from xmppfilter.judging.pipeline import MUTE_AFTER, MUTE_FOR, Pipeline
from xmppfilter.judging.verdict import CLEAN, Action, Finding, Verdict
from xmppfilter.memory.state import State
from xmppfilter.stanza.kind import ALL_KINDS, Kind
from xmppfilter.stanza.view import Stanza
from xmppfilter.stanza.whom import Sides
from xmppfilter.stanza.xml import XmlError


class Probe:
    """A filter that does what the test says, and notes what it is told."""

    stage: ClassVar = Stage.ADDRESS
    kinds: frozenset[Kind] = ALL_KINDS
    observes: frozenset[Kind] = ALL_KINDS

    def __init__(
        self,
        check: Callable[[Case], Finding | tuple[Finding, ...] | None] = lambda _: None,
        *,
        kinds: frozenset[Kind] = ALL_KINDS,
        observes: frozenset[Kind] = ALL_KINDS,
    ) -> None:
        self._check = check
        self.kinds = kinds
        self.observes = observes
        self.seen: list[Verdict] = []
        self.asked = 0

    def check(self, case: Case, now: float) -> Finding | tuple[Finding, ...] | None:  # noqa: ARG002 - the contract's
        self.asked += 1
        return self._check(case)

    def observe(self, case: Case, verdict: Verdict, now: float) -> tuple[Effect, ...] | None:  # noqa: ARG002 - the contract's
        self.seen.append(verdict)
        return (Notice("seen", {}),)


def mount(name: str, probe: Any, **common: Any) -> Mount:
    return Mount(name=name, filter=probe, **common)


def case(kind: str = "chat", sender: str = "m@evil.example/x", to: str = "alice@example.org/phone") -> Case:
    stanza = Stanza.read(f"<message type='{kind}' from='{sender}' to='{to}'/>")
    made = Case(stanza, Rules(), State().key)
    made.prepare()
    return made


def fail(_: Case) -> None:
    raise RuntimeError("out of order")


def hit(rule: str = "probe.hit", score: float = 10.0) -> Callable[[Case], Finding]:
    return lambda _: Finding(rule, "hit", score)


def test_a_filter_that_raises_costs_its_opinion_and_nothing_else() -> None:
    bad, good = Probe(fail), Probe(hit())
    pipeline = Pipeline([mount("bad", bad), mount("good", good)])
    (found,) = pipeline.judge(case(), 0)
    assert found.rule == "probe.hit"
    (news,) = pipeline.news
    assert news.name == "filter_failed"
    assert news.fields == {"filter": "bad", "failure": "RuntimeError: out of order", "muted": False}
    assert (pipeline.health["bad"].failures, pipeline.health["good"].failures) == (1, 0)


def test_a_filter_that_raises_in_observe_costs_no_other_its_memory() -> None:
    class Bad(Probe):
        def observe(self, case: Case, verdict: Verdict, now: float) -> None:  # noqa: ARG002 - the contract's
            raise ValueError("no")

    good = Probe()
    pipeline = Pipeline([mount("bad", Bad()), mount("good", good)])
    assert [effect.name for effect in pipeline.observe(case(), CLEAN, 0) if isinstance(effect, Notice)] == ["seen"]
    assert pipeline.health["bad"].failures == 1


def test_it_is_muted_after_so_many_in_a_row_and_asked_again_later() -> None:
    bad = Probe(fail)
    pipeline = Pipeline([mount("bad", bad)])
    for _ in range(MUTE_AFTER + 10):
        pipeline.judge(case(), 100)
    assert bad.asked == MUTE_AFTER
    assert [news.fields["muted"] for news in pipeline.news] == [False] * (MUTE_AFTER - 1) + [True]
    assert pipeline.wake(100 + MUTE_FOR - 1) == 100 + MUTE_FOR
    pipeline.judge(case(), 100 + MUTE_FOR - 1)
    assert bad.asked == MUTE_AFTER
    assert pipeline.wake(100 + MUTE_FOR) == float("inf")
    pipeline.judge(case(), 100 + MUTE_FOR)
    assert bad.asked == MUTE_AFTER + 1


def test_a_stanza_that_is_not_well_formed_mutes_nobody() -> None:
    def read(_: Case) -> None:
        raise XmlError("not well-formed")

    reader = Probe(read)
    pipeline = Pipeline([mount("reader", reader)])
    for _ in range(MUTE_AFTER * 2):
        pipeline.judge(case(), 0)
    assert reader.asked == pipeline.health["reader"].failures == MUTE_AFTER * 2
    assert pipeline.news


def test_failures_between_successes_do_not_mute() -> None:
    turns = iter(range(10_000))
    flaky = Probe(lambda it: fail(it) if next(turns) % 2 else None)
    pipeline = Pipeline([mount("flaky", flaky)])
    for _ in range(MUTE_AFTER * 4):
        pipeline.judge(case(), 0)
    assert flaky.asked == MUTE_AFTER * 4


def test_another_filter_s_silence_does_not_make_failures_consecutive() -> None:
    """What is compiled anew must not forget how many stanzas lie between two failures."""
    turns = iter(range(10_000))
    flaky = Probe(lambda it: fail(it) if (turn := next(turns)) == 99 or (turn > 120 and turn % 3 == 0) else None)
    failing = [False]
    bad = Probe(lambda it: fail(it) if failing[0] else None)
    pipeline = Pipeline([mount("flaky", flaky), mount("bad", bad)])
    for n in range(300):
        failing[0] = 100 <= n < 100 + MUTE_AFTER
        pipeline.judge(case(), 0)
    assert pipeline.health["bad"].muted_until > 0
    assert pipeline.health["flaky"].muted_until == 0
    assert flaky.asked == 300


def test_a_filter_that_fails_for_one_kind_alone_is_muted_too() -> None:
    bad = Probe(lambda it: fail(it) if it.kind is Kind.ERROR else None)
    pipeline = Pipeline([mount("bad", bad)])
    for _ in range(MUTE_AFTER):
        pipeline.judge(case("chat"), 0)
        pipeline.judge(case("error"), 0)
    assert pipeline.health["bad"].muted_until == MUTE_FOR


def test_failures_not_yet_told_are_bounded() -> None:
    pipeline = Pipeline([mount(f"bad{n}", Probe(fail)) for n in range(50)])
    pipeline.judge(case(), 0)
    assert len(pipeline.news) <= MUTE_AFTER


def test_filters_are_asked_by_stage_then_in_the_order_written() -> None:
    def probe(stage: Stage, rule: str) -> Probe:
        made = Probe(hit(rule))
        made.stage = stage  # type: ignore[misc]
        return made

    pipeline = Pipeline(
        [
            mount("content", probe(Stage.CONTENT, "content.x")),
            mount("second", probe(Stage.ADDRESS, "second.x")),
            mount("ban", probe(Stage.BAN, "ban.x")),
            mount("third", probe(Stage.ADDRESS, "third.x")),
        ]
    )
    assert [finding.filter for finding in pipeline.judge(case(), 0)] == ["ban", "second", "third", "content"]


def test_a_filter_is_asked_about_its_kinds_and_told_of_those_it_names() -> None:
    probe = Probe(kinds=frozenset({Kind.ERROR}), observes=frozenset({Kind.MESSAGE}))
    pipeline = Pipeline([mount("probe", probe)])
    pipeline.judge(case("chat"), 0)
    assert probe.asked == 0
    pipeline.judge(case("error"), 0)
    assert probe.asked == 1
    tainted = Verdict(Action.DROP, findings=(Finding("other.x", ""),))
    told = {
        ("chat", "clean"): True,  # it observes messages
        ("error", "clean"): False,
        ("error", "tainted"): True,  # it checks errors, and is told of every verdict on them
        ("groupchat", "tainted"): False,
    }
    for (kind, how), expected in told.items():
        before = len(probe.seen)
        pipeline.observe(case(kind), CLEAN if how == "clean" else tainted, 0)
        assert (len(probe.seen) > before) is expected


def test_findings_may_be_several() -> None:
    probe = Probe(lambda _: (Finding("probe.a", ""), Finding("probe.b", "")))
    assert [finding.rule for finding in Pipeline([mount("probe", probe)]).judge(case(), 0)] == ["probe.a", "probe.b"]


# --- the options that every filter has

SUBSCRIBES = {"presence_subscribe_rate": {"limit_per_minute": 1, "domain_limit_per_minute": 1}}


@pytest.mark.parametrize(
    ("common", "scores"),
    [
        ({}, [10, 10]),
        ({"score": 4}, [4, 4]),
        ({"score": -2.5}, [-2.5, -2.5]),
        ({"scores": {"sender": 3}}, [3, 10]),
        ({"scores": {"presence_subscribe_rate.domain": 3}}, [10, 3]),
        ({"score": 4, "scores": {"sender": 3}}, [3, 4]),
    ],
)
def test_scores_may_be_overridden(common: dict[str, Any], scores: list[float]) -> None:
    played = Harness(SUBSCRIBES, common={"presence_subscribe_rate": common})
    played.subscribe()
    row = played.subscribe()
    assert [finding["score"] for finding in row["findings"]] == scores
    assert row["score"] == sum(scores)


def test_a_watched_filter_is_listed_and_adds_nothing() -> None:
    played = Harness(
        {"known_spammers": {}, "error_without_child": {}, "same_long_body": {"number_limit": 1}},
        common={"error_without_child": {"mode": "monitor"}},
    )
    row = played.offend()
    assert (row["action"], row["score"], row["decided_by"], row["would"]) == ("deliver", 0.0, None, None)
    (finding,) = row["findings"]
    assert (finding["filter"], finding["score"], finding["would_score"]) == ("error_without_child", 0.0, 10.0)
    assert played.message("Hi")["action"] == "deliver"
    assert played.command("filters")["filters"][1]["mode"] == "monitor"


def test_a_watched_filter_goes_on_learning() -> None:
    played = Harness({"same_long_body": {"number_limit": 1}}, common={"same_long_body": {"mode": "monitor"}})
    assert [len(played.message(LONG)["findings"]) for _ in range(3)] == [0, 1, 1]


PATTERNS = [
    ([], ["*.sub.example"], "mallory@deep.sub.example", "alice@example.org", False),
    ([], ["*.sub.example"], "mallory@sub.example", "alice@example.org", True),
    ([], ["news*@evil.example"], "News-7@evil.example", "alice@example.org", False),
    (["*@evil.example"], [], "mallory@evil.example", "alice@example.org", True),
    (["*.evil.example"], [], "mallory@evil.example", "alice@example.org", False),
    (["al*@example.org"], [], "mallory@evil.example", "alice@example.org", True),
]
PARTIES = [
    # only, except, from, to, whether the filter sees it
    ([], [], "m@evil.example/x", "alice@example.org", True),
    (["example.net"], [], "m@evil.example/x", "alice@example.org", False),
    (["example.net"], [], "m@evil.example/x", "alice@example.net", True),
    (["evil.example"], [], "m@evil.example/x", "alice@example.org", True),
    (["example"], [], "m@evil.example/x", "alice@example.org", False),
    (["alice@example.org"], [], "m@evil.example/x", "ALICE@example.org/phone", True),
    (["alice@example.org"], [], "m@evil.example/x", "bob@example.org", False),
    ([], ["evil.example"], "m@evil.example/x", "alice@example.org", False),
    ([], ["m@evil.example"], "m@evil.example/x", "alice@example.org", False),
    ([], ["m@evil.example"], "n@evil.example/x", "alice@example.org", True),
    (["example.org"], ["alice@example.org"], "m@evil.example/x", "alice@example.org", False),
    (["example.org"], ["alice@example.org"], "m@evil.example/x", "bob@example.org", True),
    (["B\u00fccher.example"], [], "m@xn--bcher-kva.example", "alice@example.org", True),
]


@pytest.mark.parametrize(("only", "but", "sender", "to", "seen"), [*PARTIES, *PATTERNS])
def test_only_and_except(only: list[str], but: list[str], sender: str, to: str, seen: bool) -> None:
    played = Harness({"error_without_child": {}}, common={"error_without_child": {"only": only, "except": but}})
    assert played.message("Hi", type="error", sender=sender, to=to)["action"] == ("drop" if seen else "deliver")


def test_what_a_filter_does_not_see_it_does_not_count() -> None:
    played = Harness({"same_long_body": {"number_limit": 1}}, common={"same_long_body": {"except": ["news.example"]}})
    for _ in range(3):
        assert played.message(LONG, sender="a@news.example")["action"] == "deliver"
    assert [played.message(LONG)["action"] for _ in range(2)] == ["deliver", "drop"]


class Clock:
    """A stopwatch whose clock goes on by a second with each look at it."""

    def __init__(self) -> None:
        self.now = 0.0
        self.filters: list[tuple[str, float]] = []
        self.stanzas: list[float] = []

    def read(self) -> float:
        self.now += 1
        return self.now

    def stanza_took(self, seconds: float) -> None:
        self.stanzas.append(seconds)

    def filter_took(self, name: str, seconds: float) -> None:
        self.filters.append((name, seconds))


def test_filters_are_timed_only_while_somebody_wants_to_know() -> None:
    clock, one = Clock(), case()
    pipeline = Pipeline([mount("first", Probe()), mount("second", Probe(hit())), mount("broken", Probe(fail))])
    pipeline.time_by(clock)
    assert [finding.rule for finding in pipeline.judge(one, 0.0)] == ["probe.hit"]
    assert clock.filters == []
    with pipeline.timed():
        assert [finding.rule for finding in pipeline.judge(one, 0.0)] == ["probe.hit"]
        pipeline.observe(one, CLEAN, 0.0)
    names = ["first", "second", "broken"]
    assert clock.filters == [(name, 1.0) for name in names + names], "one that raises has taken its time, too"
    assert pipeline.judge(one, 0.0)
    assert len(clock.filters) == 6
    assert pipeline.health["broken"].failures == 3


def test_a_filter_that_is_muted_while_it_is_timed_stays_mute() -> None:
    clock, probe = Clock(), Probe(fail)
    pipeline = Pipeline([mount("broken", probe)])
    pipeline.time_by(clock)
    with pipeline.timed():
        for _ in range(MUTE_AFTER):
            pipeline.judge(case(), 0.0)
    pipeline.judge(case(), 1.0)
    assert probe.asked == MUTE_AFTER


# --- moderators


class Moderator(Probe):
    """A filter that lowers whatever others have found."""

    def moderate(self, case: Case, findings: tuple[Finding, ...], now: float) -> Finding | None:  # noqa: ARG002
        for finding in findings:
            finding.score = 1.0
        return Finding("probe.moderated", "why", 1.0)


def test_who_moderates_is_told_what_all_have_found() -> None:
    first = Moderator(kinds=frozenset({Kind.MESSAGE}))
    pipeline = Pipeline([mount("first", first), mount("second", Probe(hit()))])
    found = pipeline.judge(case(), 0)
    assert [(one.rule, one.score) for one in found] == [("probe.hit", 1.0), ("probe.moderated", 1.0)]
    assert [one.score for one in pipeline.judge(case("groupchat"), 0)] == [10.0]
    assert Pipeline([mount("first", first), mount("second", Probe())]).judge(case(), 0) == ()


@pytest.mark.parametrize("common", [{"monitor": True}, {"but": Sides(["evil.example"])}])
def test_who_is_only_watched_or_not_asked_moderates_nobody(common: dict[str, Any]) -> None:
    pipeline = Pipeline([mount("first", Moderator(), **common), mount("second", Probe(hit()))])
    assert [one.score for one in pipeline.judge(case(), 0)] == [10.0]


def test_who_fails_to_moderate_costs_nothing_but_that() -> None:
    broken = Moderator()
    broken.moderate = lambda *_: fail(case())  # type: ignore[method-assign]
    pipeline = Pipeline([mount("broken", broken), mount("second", Probe(hit()))])
    assert [one.score for one in pipeline.judge(case(), 0)] == [10.0]
    assert pipeline.health["broken"].failures == 1
