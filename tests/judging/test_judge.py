"""What is done with each stanza: judged, remembered, counted, recorded, timed, and in doubt let through."""

from typing import Any

import pytest

from tests.harness import FIVE, Harness
from xmppfilter.judging.judge import TIMED
from xmppfilter.judging.verdict import INVALID, Action
from xmppfilter.stanza.jid import JidError
from xmppfilter.stanza.view import Stanza

NOW = 1000.0
SPAM = Stanza.read("<message type='error' from='m@evil.example/x' to='alice@example.org'><body>x</body></message>")
NOBODY = Stanza.read("<message from='@' to='alice@example.org'/>")


class Watch:
    """A stopwatch that goes on by a second at each look."""

    def __init__(self) -> None:
        self.time = 0.0
        self.stanzas: list[float] = []
        self.filters: list[str] = []

    def read(self) -> float:
        self.time += 1.0
        return self.time

    def stanza_took(self, seconds: float) -> None:
        self.stanzas.append(seconds)

    def filter_took(self, name: str, _seconds: float) -> None:
        self.filters.append(name)


def judge() -> Any:
    return Harness(FIVE).gateway.judge


def test_time_never_goes_back() -> None:
    on = judge()
    on.judge(SPAM, NOW)
    on.judge(SPAM, NOW - 500)
    assert on.now == NOW


def test_an_address_that_is_none_has_a_verdict() -> None:
    assert judge().judge(NOBODY, NOW).verdict is INVALID
    with pytest.raises(JidError):
        judge().explain(NOBODY, NOW)


def test_a_mistake_of_ours_costs_nobody_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    on = judge()

    def fail(*_: object) -> None:
        raise RuntimeError("out of order")

    monkeypatch.setattr(on, "_judge", fail)
    outcome = on.judge(SPAM, NOW)
    assert outcome.verdict.action is Action.DELIVER
    assert [effect.fields["failure"] for effect in outcome.effects] == ["RuntimeError: out of order"]


def test_one_stanza_of_many_is_timed() -> None:
    on, watch = judge(), Watch()
    on.time_by(watch)
    for _ in range(3 * TIMED):
        on.judge(SPAM, NOW)
    assert len(watch.stanzas) == 3
    assert watch.filters.count("error_without_child") == 2 * 3, "its check, and what it is told"


def test_to_explain_changes_nothing() -> None:
    harness = Harness(FIVE)
    before = harness.gateway.judge.explain(SPAM, NOW)
    assert before.action is Action.DROP
    for _ in range(50):
        harness.gateway.judge.explain(SPAM, NOW)
    after = harness.gateway.judge.explain(SPAM, NOW)
    assert [finding.rule for finding in after.findings] == [finding.rule for finding in before.findings]
    assert sum(harness.gateway.counts.kinds) == 0
    assert all(len(structure) == 0 for structure in harness.gateway.state.structures.values())
