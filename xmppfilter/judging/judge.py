"""What is done with each stanza that a route brings: it is met, judged, remembered and counted."""

from collections.abc import Callable, Iterable
from typing import Final

from xmppfilter.judging.counts import Counts
from xmppfilter.judging.decision import decide, refuse
from xmppfilter.judging.effects import Effect, Notice
from xmppfilter.judging.mount import Stopwatch
from xmppfilter.judging.pipeline import OnFailure, Pipeline
from xmppfilter.judging.policy import EXEMPTIONS, Policy
from xmppfilter.judging.verdict import CLEAN, INVALID, Action, Verdict
from xmppfilter.stanza.jid import JidError
from xmppfilter.stanza.view import Stanza

TIMED: Final = 64
"""Of so many stanzas one is timed, where there is a stopwatch."""


OnStanza = Callable[[Stanza, float], None]
OnVerdict = Callable[[Stanza, Verdict, float], None]


class Outcome:
    """What was decided of one routed stanza, and what else is to be done."""

    __slots__ = ("effects", "verdict")

    def __init__(self, verdict: Verdict, effects: tuple[Effect, ...] = ()) -> None:
        self.verdict = verdict
        self.effects = effects


def _ignore(_name: str, _failure: Exception) -> None:
    """Let a failure be."""


_PASSED: Final = Outcome(CLEAN)
_INVALID: Final = Outcome(INVALID)


class Judge:
    """Judges by one policy and one pipeline, which a reload exchanges."""

    def __init__(
        self,
        policy: Policy,
        pipeline: Pipeline,
        *,
        counts: Counts,
        owe: Callable[[Iterable[Effect], float], tuple[Effect, ...]],
        on_stanza: Iterable[OnStanza] = (),
        on_verdict: Iterable[OnVerdict] = (),
    ) -> None:
        """Count in *counts*; *owe* says what of the effects is due now.

        *on_stanza* are called with every stanza before it is judged, *on_verdict* with every one that is not simply
        delivered.
        """
        self.now = 0.0
        """Unix time in seconds; it never goes back."""
        self._on_stanza = tuple(on_stanza)
        self._on_verdict = tuple(on_verdict)
        self._counts = counts
        self._owe = owe
        self._stopwatch: Stopwatch | None = None
        self._until_timed = 0
        self._exempt = {reason: Outcome(Verdict(exempt=reason)) for reason in EXEMPTIONS}
        self.go_by(policy, pipeline)

    def go_by(self, policy: Policy, pipeline: Pipeline) -> None:
        """Judge by these from now on."""
        self._policy = policy
        self._pipeline = pipeline
        if self._stopwatch is not None:
            pipeline.time_by(self._stopwatch)

    def time_by(self, stopwatch: Stopwatch) -> None:
        """Let *stopwatch* time one stanza of `TIMED`."""
        self._stopwatch = stopwatch
        self._until_timed = TIMED
        self._pipeline.time_by(stopwatch)

    def judge(self, stanza: Stanza, now: float) -> Outcome:
        """Judge *stanza*, which a route has brought, and remember it. Never raises: in doubt the stanza passes."""
        if now > self.now:
            self.now = now
        else:
            now = self.now
        self._counts.kinds[stanza.kind] += 1
        if self._on_stanza:
            self.record(stanza, now)
        try:
            self._until_timed -= 1  # without a stopwatch it only falls
            return self._judge(stanza, now) if self._until_timed else self._timed(stanza, now)
        except JidError:
            self._counts.invalid += 1
            for listener in self._on_verdict:
                listener(stanza, INVALID, now)
            return _INVALID
        except Exception as failure:  # noqa: BLE001 - a mistake of ours must not cost anybody a message
            self._counts.failures += 1
            return Outcome(CLEAN, (Notice("judging_failed", {"failure": f"{type(failure).__name__}: {failure}"}),))

    def record(self, stanza: Stanza, now: float) -> None:
        """Let those know of *stanza* who are called before a stanza is judged."""
        for listener in self._on_stanza:
            try:
                listener(stanza, now)
            except Exception as failure:  # noqa: BLE001 - what cannot be recorded is judged all the same
                why = f"{type(failure).__name__}: {failure}"
                self._pipeline.news.append(Notice("recording_failed", {"failure": why}))

    def _timed(self, stanza: Stanza, now: float) -> Outcome:
        stopwatch = self._stopwatch
        assert stopwatch is not None  # noqa: S101 - who counts down has one
        self._until_timed = TIMED
        began = stopwatch.read()
        with self._pipeline.timed():
            outcome = self._judge(stanza, now)
        stopwatch.stanza_took(stopwatch.read() - began)
        return outcome

    def _judge(self, stanza: Stanza, now: float) -> Outcome:
        policy, pipeline = self._policy, self._pipeline
        case = policy.meet(stanza)
        exempt = policy.exemption(case, now)
        if exempt is not None:
            self._counts.exempt[exempt] += 1
            outcome = self._exempt[exempt]
            policy.learn(case, outcome.verdict, now)
            return outcome
        findings = pipeline.judge(case, now) if pipeline.mounts else ()
        verdict = decide(case, findings) if findings else CLEAN
        if policy.refuses and (refusal := policy.refusal(case, now)) is not None:
            verdict = refuse(case, verdict, refusal)
        effects = pipeline.observe(case, verdict, now) if pipeline.mounts else ()
        policy.learn(case, verdict, now)
        if pipeline.mounts:
            policy.hear(case, verdict, now)
        if pipeline.news:
            effects += tuple(pipeline.news)
            pipeline.news.clear()
        if verdict is CLEAN:
            return Outcome(CLEAN, self._owe(effects, now)) if effects else _PASSED
        self._count(verdict)
        for listener in self._on_verdict:
            listener(stanza, verdict, now)
        return Outcome(verdict, self._owe(effects, now))

    def _count(self, verdict: Verdict) -> None:
        counts = self._counts
        if verdict.action is not Action.DELIVER:
            counts.actions[verdict.action.value] += 1
        if verdict.would is not None and verdict.would is not Action.DELIVER:
            counts.would[verdict.would.value] += 1
        for finding in verdict.findings:
            counts.rules[finding.rule] += 1

    def explain(self, stanza: Stanza, now: float, on_failure: OnFailure = _ignore) -> Verdict:
        """Return what would become of *stanza* now, and change nothing. Raises JidError.

        *on_failure* is called with the name and the exception of each filter that raises.
        """
        policy = self._policy
        case = policy.meet(stanza)
        exempt = policy.exemption(case, now)
        if exempt is not None:
            return Verdict(exempt=exempt)
        verdict = decide(case, self._pipeline.explain(case, now, on_failure))
        refusal = policy.refusal(case, now)
        return verdict if refusal is None else refuse(case, verdict, refusal)
