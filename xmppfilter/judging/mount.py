"""A filter in its place, with the options that every filter has: mode, score, only and except."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from xmppfilter.judging.case import Case
from xmppfilter.judging.effects import Effect
from xmppfilter.judging.filter import Filter
from xmppfilter.judging.verdict import Finding, Verdict
from xmppfilter.stanza.whom import Sides

Check = Callable[[Case, float], Finding | tuple[Finding, ...] | None]
Observe = Callable[[Case, Verdict, float], tuple[Effect, ...] | None]
Moderate = Callable[[Case, tuple[Finding, ...], float], Finding | None]


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
    only: Sides = field(default_factory=Sides)
    """The filter sees only stanzas from or to one of them."""
    but: Sides = field(default_factory=Sides)
    """The filter sees no stanza from or to one of them (`except:`)."""


class Stopwatch(Protocol):
    """A clock from outside, for the core reads none, and who is told what was timed by it."""

    def read(self) -> float:
        """Return the seconds of a clock that never goes back."""

    def stanza_took(self, seconds: float) -> None:
        """Take notice of how long it took to judge a stanza, and to remember it."""

    def filter_took(self, name: str, seconds: float) -> None:
        """Take notice of how long one call of a filter took."""


def dress(mount: Mount) -> tuple[Check, Observe]:
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


def moderating(mount: Mount) -> Moderate | None:
    """Return what the filter offers to moderate others by (see `seams.Moderates`), with the common options around it.

    None: it offers nothing, or is only watched.
    """
    moderate: Moderate | None = getattr(mount.filter, "moderate", None)
    if moderate is None or mount.monitor:
        return None
    return _limited(mount, moderate) if mount.only or mount.but else moderate


def clocked(call: Callable[..., Any], name: str, stopwatch: Stopwatch) -> Callable[..., Any]:
    """Return *call*, of the filter *name*, timed by *stopwatch*."""

    def timed(*given: Any) -> Any:
        began = stopwatch.read()
        try:
            return call(*given)
        finally:
            stopwatch.filter_took(name, stopwatch.read() - began)

    return timed


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
        if only and not only.cover(sender, recipient):
            return None
        if but and but.cover(sender, recipient):
            return None
        return call(case, *rest)

    return limited
