"""What the benchmark found: a table for people, and bench.json for everybody else.

The keys at the top level of bench.json and their bars are those of the performance goals; what could not be measured is
null, and `reasons` says why. `details` has what stands behind each figure, and rows that have no bar of their own.
"""

import json
import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple, Self

NOISY = 0.2
"""How far the quartiles of a ratio may lie from its median."""


class Bar(NamedTuple):
    """What a figure has to reach, and what it should."""

    must: float
    should: float
    at_most: bool = False

    def reached(self, value: float) -> str:
        """Say how far *value* goes."""
        sign = -1 if self.at_most else 1
        if sign * value >= sign * self.should:
            return "stretch"
        return "bar" if sign * value >= sign * self.must else "no"


BARS: Mapping[str, Bar] = {
    "passthrough_x": Bar(20, 50),
    "five_x": Bar(7, 14),
    "full_x": Bar(2.5, 6),
    "bayes_x": Bar(2, 5),
    "flood_x": Bar(15, 30),
    "verdict_x": Bar(12, 25),
    "server_x": Bar(0.5, 0.75),
    "prosody_share": Bar(1 / 8, 1 / 15, at_most=True),
    "added_p50_ms": Bar(0.3, 0.15, at_most=True),
    "added_p99_ms": Bar(2, 0.5, at_most=True),
    "bytes_per_key": Bar(110, 45, at_most=True),
    "stall_ms": Bar(20, 5, at_most=True),
    "stopped_peer_mb": Bar(8, 2, at_most=True),
    "hostile_ms": Bar(5, 2.5, at_most=True),
    "hostile_large_ms": Bar(20, 10, at_most=True),
    "hostile_share": Bar(0.25, 0.1, at_most=True),
    "two_processes_x": Bar(1.7, 1.9),
}


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure."""

    value: float | None
    """None: `says` tells why there is none."""
    quartiles: tuple[float, float] | None = None
    noisy: bool = False
    """Other work on the machine has moved it so much that it should be measured again."""
    says: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, values: Iterable[float], says: str, details: Mapping[str, Any], *, noise: float | None = None) -> Self:
        """Return the median of *values*, noisy where the quartiles are further from it than *noise* (`NOISY` of it)."""
        ordered = sorted(values)
        middle = median(ordered)
        low, high = ordered[len(ordered) // 4], ordered[-1 - len(ordered) // 4]
        return cls(
            value=round(middle, 3),
            quartiles=(round(low, 3), round(high, 3)),
            noisy=high - low > 2 * (NOISY * middle if noise is None else noise),
            says=says,
            details=details,
        )


@dataclass
class Findings:
    """What one part of the benchmark found, and what was wrong in what it saw: then no figure counts."""

    figures: dict[str, Figure] = field(default_factory=dict)
    mistakes: list[str] = field(default_factory=list)

    def add(self, other: "Findings") -> None:
        self.figures |= other.figures
        self.mistakes += other.mistakes


def missing(**reasons: str) -> Findings:
    """Return figures that there are not, and why."""
    return Findings({key: Figure(value=None, says=reason) for key, reason in reasons.items()})


def table(figures: Mapping[str, Figure]) -> str:
    """Return the figures by their bars; one named `KEY, SOMETHING` is a row below KEY, held against the same bar."""
    lines = [f"{'':<34}{'median':>9}  {'quartiles':<15}{'bar':>9}  {'stretch':>9}  {'reached':<9}"]
    for key, bar in BARS.items():
        rows = [key, *sorted(name for name in figures if name.startswith(f"{key}, "))]
        lines += [_row(name, figures[name], bar) for name in rows if name in figures]
    return "\n".join(lines)


def _row(name: str, figure: Figure, bar: Bar) -> str:
    sign = "<=" if bar.at_most else ">="
    bars = f"{f'{sign} {bar.must:.3g}':>9}  {f'{sign} {bar.should:.3g}':>9}"
    if figure.value is None:
        return f"{name:<34}{'-':>9}  {'':<15}{bars}  {'':<9}{figure.says}"
    spread = "" if figure.quartiles is None else "{:.3g} to {:.3g}".format(*figure.quartiles)
    says = f"{figure.says}, noisy" if figure.noisy else figure.says
    return f"{name:<34}{figure.value:>9.3g}  {spread:<15}{bars}  {bar.reached(figure.value):<9}{says}"


def document(figures: Mapping[str, Figure], *, quick: bool) -> dict[str, Any]:
    """Return what stands in bench.json."""
    return {
        **{key: figures[key].value if key in figures else None for key in BARS},
        "reasons": {key: figures[key].says for key in BARS if key in figures and figures[key].value is None},
        "details": {name: _detailed(figure) for name, figure in figures.items() if figure.value is not None},
        "run": {
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "quick": quick,
            "python": platform.python_version(),
            "slixmpp": version("slixmpp"),
            "xmppfilter": version("xmppfilter"),
            "cpu": cpu_model(Path("/proc/cpuinfo").read_text(encoding="utf-8")),
        },
    }


def _detailed(figure: Figure) -> dict[str, Any]:
    return {"value": figure.value, "quartiles": figure.quartiles, "noisy": figure.noisy, **figure.details}


def cpu_model(cpuinfo: str) -> str:
    """Return the name of the processor in what /proc/cpuinfo says, and how many there are."""
    lines = [line.partition(":") for line in cpuinfo.split("\n")]
    names = [value.strip() for key, _, value in lines if key.strip() == "model name"]
    return f"{len(names)} x {names[0]}" if names else platform.machine()


def write(path: Path, figures: Mapping[str, Figure], *, quick: bool) -> None:
    path.write_text(json.dumps(document(figures, quick=quick), indent=2) + "\n", encoding="utf-8")
