"""`python -m tests.bench`: all that is measured of speed, latency and memory; two tables, and bench.json.

One part after another: cpu_ratios.py, latency.py, stopped_peer.py, stall.py, memory_per_key.py, hostile.py (which
searches for the most expensive stanza), and with real servers servers.py. `QUICK=1` makes it short, and rough.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench import cpu_ratios, hostile, latency, memory_per_key, report, servers, stall, stopped_peer
from tests.bench.link import CPUS
from tests.bench.report import Figure, Findings, missing

ROOT = Path(__file__).parents[2]
QUICK = os.environ.get("QUICK") == "1"
PARTS = (cpu_ratios.measure, latency.measure, stopped_peer.measure, stall.measure)


def with_fake_server() -> Iterator[Findings]:
    """Yield what is found where the bench is the server: it has the first processor, what it starts the last."""
    os.sched_setaffinity(0, {CPUS[0]})
    for measure in PARTS:
        try:
            with TemporaryDirectory(prefix="xmppfilter-bench-") as folder:
                yield asyncio.run(measure(Path(folder), quick=QUICK))
        except (RuntimeError, TimeoutError, OSError) as wrong:
            yield Findings(mistakes=[f"{measure.__module__}: {type(wrong).__name__}: {wrong}"])


def bytes_per_key() -> Findings:
    """Measure what a key takes."""
    keys = 100_000 if QUICK else 1_000_000
    found = memory_per_key.measure(keys)
    says = f"{keys:,} keys; window {found['window']}, counter {found['counter']}"
    return Findings({"bytes_per_key": Figure(value=found["bytes_per_key"], says=says, details=found | {"keys": keys})})


def worst_stanzas() -> Findings:
    """Search for them."""
    try:
        return hostile.measure(quick=QUICK)
    except subprocess.CalledProcessError as wrong:
        return Findings(mistakes=[f"hostile: {wrong}"])


def with_real_servers() -> tuple[Findings, str]:
    """Measure Prosody and ejabberd; return a table of theirs, too."""
    try:
        found = servers.measure(QUICK)
    except (RuntimeError, TimeoutError, OSError) as wrong:
        reason = f"not measured: {wrong}"
        without = missing(server_x=reason, prosody_share=reason)
        return Findings(without.figures, [f"servers: {wrong}"]), ""
    both, share = found.details["server_x"], found.details["prosody_share"]
    slower = min(both.values(), key=lambda spread: spread["median"])
    figures = {
        "server_x": Figure(
            value=round(found.server_x, 3),
            quartiles=(round(slower["low"], 3), round(slower["high"], 3)),
            noisy=bool(found.details["disturbed"]),
            says=", ".join(f"{kind} {spread['median']:.2f}" for kind, spread in both.items()),
            details=found.details,
        ),
        "prosody_share": Figure(
            value=round(found.prosody_share, 4), quartiles=(round(share["low"], 4), round(share["high"], 4))
        ),
    }
    return Findings(figures), servers.table(found)


def main() -> int:
    """Measure, print, write; return the exit code."""
    os.environ["XMPPFILTER_PURE"] = "1"  # the bars are for Python alone; rows that are not say so
    found = missing(
        bayes_x="the Bayes filter does not exist yet", two_processes_x="gateways do not share what they know yet"
    )
    for part in with_fake_server():
        found.add(part)
    found.add(bytes_per_key())
    found.add(worst_stanzas())
    live, side_by_side = with_real_servers()
    found.add(live)
    figures = missing(**dict.fromkeys(report.BARS, "its part of the benchmark failed")).figures | found.figures
    print(report.table(figures), hostile.tables(figures), side_by_side, sep="\n\n")
    report.write(ROOT / "bench.json", figures, quick=QUICK)
    for mistake in found.mistakes:
        print(mistake, file=sys.stderr)
    return 1 if found.mistakes else 0


if __name__ == "__main__":
    sys.exit(main())
