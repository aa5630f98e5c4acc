"""Asks every filter about one stanza, and tells every filter what became of it.

Filters are asked in the order of their stage, within a stage as configured, and none is skipped because another has
hit. What is asked of whom is worked out once for each kind of stanza, so that a stanza costs only the calls that
concern it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from xmppfilter.judging.case import Case
from xmppfilter.judging.effects import Effect, Event
from xmppfilter.judging.filter import Filter, Stage
from xmppfilter.judging.verdict import Finding, Verdict
from xmppfilter.stanza.view import ALL_KINDS, Kind
from xmppfilter.stanza.whom import NOBODY, Whoms
from xmppfilter.stanza.xml import XmlError

MUTE_AFTER: Final = 20
"""Failures in a row after which a filter is not asked for a while."""
MUTE_FOR: Final = 600.0
"""Seconds that a filter stays mute."""

Check = Callable[[Case, float], Finding | tuple[Finding, ...] | None]
OnFailure = Callable[[str, Exception], None]
Observe = Callable[[Case, Verdict, float], tuple[Effect, ...] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """One filter in its place, and the options that every filter has: applied here, so that no filter knows of them."""

    name: str
    filter: Filter
    monitor: bool = False
    """Its findings are listed, and add no score."""
    score: float | None = None
    """What each of its findings weighs, in place of the filter's own figure."""
    scores: Mapping[str, float] = field(default_factory=dict)
    """The same by rule."""
    only: Whoms = NOBODY
    """The filter sees only stanzas from or to one of them."""
    but: Whoms = NOBODY
    """The filter sees no stanza from or to one of them (`except:`)."""


class Stopwatch(Protocol):
    """A clock from outside, for the core reads none, and who is told what was timed by it."""

    def read(self) -> float:
        """Return the seconds of a clock that never goes back."""

    def stanza_took(self, seconds: float) -> None:
        """Take notice of how long it took to judge a stanza, and to remember it."""

    def filter_took(self, name: str, seconds: float) -> None:
        """Take notice of how long one call of a filter took."""


class Health:
    """How one filter fares."""

    __slots__ = ("failures", "in_a_row", "last", "muted_until")

    def __init__(self) -> None:
        self.failures = 0
        self.in_a_row = 0
        self.last: dict[Kind, int] = {}
        """Which stanza of each kind, counted by the pipeline, it failed at last."""
        self.muted_until = 0.0


class Pipeline:
    """The mounted filters, compiled for each kind of stanza."""

    def __init__(self, mounts: Iterable[Mount]) -> None:
        self.mounts = sorted(mounts, key=lambda mount: mount.filter.stage)
        self.health = {mount.name: Health() for mount in self.mounts}
        self.news: list[Event] = []
        """Failures not yet told to the operator; whoever drives the pipeline takes them."""
        self._judged = [0] * len(ALL_KINDS)
        self._stopwatch: Stopwatch | None = None
        self._compile()

    def _compile(self) -> None:
        awake = [mount for mount in self.mounts if not self.health[mount.name].muted_until]
        self._rows = self._untimed = _Rows(awake, None)
        self._timed = _Rows(awake, self._stopwatch)

    def time_by(self, stopwatch: Stopwatch) -> None:
        """Tell *stopwatch* how long filters take, while `timed` lasts."""
        self._stopwatch = stopwatch
        self._compile()

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Time each filter that is asked or told meanwhile."""
        self._rows = self._timed
        try:
            yield
        finally:
            self._rows = self._untimed

    def judge(self, case: Case, now: float) -> tuple[Finding, ...]:
        """Return what the filters found. Changes nothing but the count of filters that failed."""
        findings: tuple[Finding, ...] = ()
        kind = case.kind
        self._judged[kind] += 1
        rows = self._rows
        for name, check in (rows.invited if case.invited_by_contact else rows.strangers)[kind].checks:
            try:
                found = check(case, now)
            except Exception as failure:  # noqa: BLE001 - a filter that raises costs its opinion, not the stanza
                self._failed(name, kind, failure, now)
                continue
            if found is not None:
                findings += found if isinstance(found, tuple) else (found,)
        return findings

    def explain(self, case: Case, now: float, on_failure: OnFailure) -> tuple[Finding, ...]:
        """Return what the filters would find, and change nothing: neither counts nor who is mute.

        *on_failure* is called with the name and the exception of each filter that raises.
        """
        findings: tuple[Finding, ...] = ()
        rows = self._untimed
        for name, check in (rows.invited if case.invited_by_contact else rows.strangers)[case.kind].checks:
            try:
                found = check(case, now)
            except Exception as failure:  # noqa: BLE001 - as above
                on_failure(name, failure)
                continue
            if found is not None:
                findings += found if isinstance(found, tuple) else (found,)
        return findings

    def observe(self, case: Case, verdict: Verdict, now: float) -> tuple[Effect, ...]:
        """Tell the filters of *verdict*, and return what they want done about it."""
        effects: tuple[Effect, ...] = ()
        rows = self._rows
        row = (rows.invited if case.invited_by_contact else rows.strangers)[case.kind]
        for name, observe in row.tainted if verdict.findings else row.clean:
            try:
                wanted = observe(case, verdict, now)
            except Exception as failure:  # noqa: BLE001 - as above
                self._failed(name, case.kind, failure, now)
                continue
            if wanted:
                effects += wanted
        return effects

    def _failed(self, name: str, kind: Kind, failure: Exception, now: float) -> None:
        health = self.health[name]
        health.failures += 1
        if not isinstance(failure, XmlError):  # that is the stanza's fault: a stranger could mute a filter by it
            self._count(health, kind, now)
        what = f"{type(failure).__name__}: {failure}"
        muted = health.muted_until > now
        if len(self.news) < MUTE_AFTER:
            self.news.append(Event("filter_failed", {"filter": name, "failure": what, "muted": muted}))

    def _count(self, health: Health, kind: Kind, now: float) -> None:
        """Count a failure of a filter's own, and mute it when there are too many in a row."""
        count = self._judged[kind]
        health.in_a_row = health.in_a_row + 1 if health.last.get(kind, 0) >= count - 1 else 1
        health.last[kind] = count
        if health.in_a_row >= MUTE_AFTER:
            health.muted_until = now + MUTE_FOR
            health.in_a_row = 0
            self._compile()

    def wake(self, now: float) -> float:
        """Ask the filters again whose silence is over; return when the next one's is (infinity: none is mute)."""
        due = [health for health in self.health.values() if 0 < health.muted_until <= now]
        for health in due:
            health.muted_until = 0.0
        if due:
            self._compile()
        return min((health.muted_until for health in self.health.values() if health.muted_until), default=float("inf"))


class _Rows:
    """A row for each kind of stanza."""

    __slots__ = ("invited", "strangers")

    def __init__(self, mounts: list[Mount], stopwatch: Stopwatch | None) -> None:
        self.strangers = [_Row(mounts, kind, stopwatch) for kind in Kind]
        # what a message says is not judged where a contact invites
        others = [mount for mount in mounts if mount.filter.stage is not Stage.CONTENT]
        self.invited = [_Row(others, kind, stopwatch) for kind in Kind]


class _Row:
    """Who is asked about one kind of stanza, who is told of one that is clean, and who of any other."""

    __slots__ = ("checks", "clean", "tainted")

    def __init__(self, mounts: Iterable[Mount], kind: Kind, stopwatch: Stopwatch | None) -> None:
        checks: list[tuple[str, Check]] = []
        clean: list[tuple[str, Observe]] = []
        tainted: list[tuple[str, Observe]] = []
        for mount in mounts:
            check, observe = _dress(mount)
            if stopwatch is not None:
                check, observe = _clocked(check, mount.name, stopwatch), _clocked(observe, mount.name, stopwatch)
            if kind in mount.filter.kinds:
                checks.append((mount.name, check))
            if kind in mount.filter.observes:
                clean.append((mount.name, observe))
            if kind in mount.filter.kinds or kind in mount.filter.observes:
                tainted.append((mount.name, observe))
        self.checks, self.clean, self.tainted = tuple(checks), tuple(clean), tuple(tainted)


def _dress(mount: Mount) -> tuple[Check, Observe]:
    """Return the filter's check and observe with the common options around them: none where none is set."""
    check: Check = mount.filter.check
    observe: Observe = mount.filter.observe
    if mount.monitor or mount.score is not None or mount.scores:
        check = _weighed(mount, check)
    if mount.monitor:
        check, observe = _watching(check), _watching(observe)
    if mount.only or mount.but:
        check, observe = _limited(mount, check), _limited(mount, observe)
    return check, observe


def _clocked(call: Callable[..., Any], name: str, stopwatch: Stopwatch) -> Callable[..., Any]:
    def clocked(*given: Any) -> Any:
        began = stopwatch.read()
        try:
            return call(*given)
        finally:
            stopwatch.filter_took(name, stopwatch.read() - began)

    return clocked


def _weighed(mount: Mount, check: Check) -> Check:
    def weighed(case: Case, now: float) -> Finding | tuple[Finding, ...] | None:
        found = check(case, now)
        for finding in found if isinstance(found, tuple) else (found,) if found else ():
            score = mount.scores.get(finding.rule, mount.score)
            if score is not None:
                finding.score = score
                finding.weighed = True
            finding.monitored = finding.monitored or mount.monitor
        return found

    return weighed


def _watching(call: Callable[..., Any]) -> Callable[..., Any]:
    """Let a filter that is only watched learn as in monitor mode, where nothing follows from it."""

    def watching(case: Case, *rest: Any) -> Any:
        return call(case.watched(), *rest)

    return watching


def _limited(mount: Mount, call: Callable[..., Any]) -> Callable[..., Any]:
    only, but = mount.only, mount.but

    def limited(case: Case, *rest: Any) -> Any:
        sender, recipient = case.sender, case.recipient
        if only and not (only.cover(sender) or only.cover(recipient)):
            return None
        if but and (but.cover(sender) or but.cover(recipient)):
            return None
        return call(case, *rest)

    return limited
