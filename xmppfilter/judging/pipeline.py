"""Asks every filter about one case, and tells every filter what became of it.

Filters are asked in the order of their stage, within a stage as configured, and none is skipped because another has
hit. What is asked of whom is worked out once for each kind of stanza, so that a stanza costs only the calls that
concern it.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Final

from xmppfilter.judging.case import Case
from xmppfilter.judging.effects import Effect, Notice
from xmppfilter.judging.filter import Stage
from xmppfilter.judging.mount import Check, Moderate, Mount, Observe, Stopwatch, clocked, dress, moderating
from xmppfilter.judging.verdict import Finding, Verdict
from xmppfilter.stanza.kind import ALL_KINDS, Kind
from xmppfilter.stanza.xml import XmlError

MUTE_AFTER: Final = 20
"""Failures in a row after which a filter is not asked for a while."""
MUTE_FOR: Final = 600.0
"""Seconds that a filter stays mute."""

OnFailure = Callable[[str, Exception], None]
_CONTENT: Final = Stage.CONTENT
_BAN: Final = Stage.BAN


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
        self.news: list[Notice] = []
        """Failures not yet told to the operator; whoever drives the pipeline takes them."""
        self._judged = [0] * len(ALL_KINDS)
        self._stopwatch: Stopwatch | None = None
        self._compile()

    def _compile(self) -> None:
        awake = [mount for mount in self.mounts if not self.health[mount.name].muted_until]
        self._rows = self._untimed = _table(awake, None)
        self._timed = _table(awake, self._stopwatch)

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
        kind = case.kind
        self._judged[kind] += 1
        failures: list[tuple[str, Exception]] = []
        findings = _ask(self._rows, case, now, failures)
        for name, failure in failures:
            self._failed(name, kind, failure, now)
        return findings

    def explain(self, case: Case, now: float, on_failure: OnFailure) -> tuple[Finding, ...]:
        """Return what the filters would find, and change nothing: neither counts nor who is mute.

        *on_failure* is called with the name and the exception of each filter that raises.
        """
        failures: list[tuple[str, Exception]] = []
        findings = _ask(self._untimed, case, now, failures)
        for name, failure in failures:
            on_failure(name, failure)
        return findings

    def observe(self, case: Case, verdict: Verdict, now: float) -> tuple[Effect, ...]:
        """Tell the filters of *verdict*, and return what they want done about it."""
        effects: tuple[Effect, ...] = ()
        row = self._rows[case.row]
        for name, observe in row.tainted if verdict.findings else row.clean:
            try:
                wanted = observe(case, verdict, now)
            except Exception as failure:  # noqa: BLE001 - a filter that raises costs its own memory, and no other's
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
            self.news.append(Notice("filter_failed", {"filter": name, "failure": what, "muted": muted}))

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


def _ask(rows: "list[_Row]", case: Case, now: float, failures: list[tuple[str, Exception]]) -> tuple[Finding, ...]:
    """Return what the filters find that *case* concerns, and add to *failures* who raised.

    That costs its opinion, not the stanza.
    """
    case.prepare()
    row = rows[case.row]
    if row.looks:
        case.look_into()
    findings: tuple[Finding, ...] = ()
    for mount, check in row.checks:
        try:
            found = check(case, now)
        except Exception as failure:  # noqa: BLE001 - as said
            failures.append((mount.name, failure))
            continue
        if found is not None:
            found = found if isinstance(found, tuple) else (found,)
            if mount.filter.stage is _CONTENT:
                for finding in found:
                    finding.of_content = True
            findings += found
    return _moderated(row, case, findings, now, failures) if findings and row.moderators else findings


def _moderated(
    row: "_Row", case: Case, findings: tuple[Finding, ...], now: float, failures: list[tuple[str, Exception]]
) -> tuple[Finding, ...]:
    """Return *findings* and what those say of them who may lower them."""
    for name, moderate in row.moderators:
        try:
            said = moderate(case, findings, now)
        except Exception as failure:  # noqa: BLE001 - as said
            failures.append((name, failure))
            continue
        if said is not None:
            findings += (said,)
    return findings


def _table(mounts: list[Mount], stopwatch: Stopwatch | None) -> "list[_Row]":
    """Return the dispatch table; see `Case.row`."""
    # what a message says is not judged where a contact invites
    others = [mount for mount in mounts if mount.filter.stage is not _CONTENT]
    return [
        _Row(asked, kind, stopwatch, ours=ours) for asked in (mounts, others) for ours in (False, True) for kind in Kind
    ]


class _Row:
    """Dispatch row: checks, observers of clean verdicts, observers of verdicts with findings.

    *looks* is whether a filter among them may look into the stanza: all but those that know senders alone. *moderators*
    are told what all have found.
    """

    __slots__ = ("checks", "clean", "looks", "moderators", "tainted")

    def __init__(self, mounts: Iterable[Mount], kind: Kind, stopwatch: Stopwatch | None, *, ours: bool) -> None:
        checks: list[tuple[Mount, Check]] = []
        clean: list[tuple[str, Observe]] = []
        tainted: list[tuple[str, Observe]] = []
        moderators: list[tuple[str, Moderate]] = []
        self.looks = False
        for mount in mounts:
            check, observe = dress(mount)
            if stopwatch is not None:
                check, observe = clocked(check, mount.name, stopwatch), clocked(observe, mount.name, stopwatch)
            if kind in mount.filter.kinds:
                checks.append((mount, check))
                if (moderate := moderating(mount)) is not None:
                    moderators.append((mount.name, moderate))
            if kind in mount.filter.observes or (ours and kind in getattr(mount.filter, "observes_ours", ())):
                clean.append((mount.name, observe))
            if kind in mount.filter.kinds or kind in mount.filter.observes:
                tainted.append((mount.name, observe))
                self.looks |= mount.filter.stage is not _BAN
        self.checks, self.clean, self.tainted = tuple(checks), tuple(clean), tuple(tainted)
        self.moderators = tuple(moderators)
