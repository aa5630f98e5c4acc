"""`python -m tests.bench.hostile`: what one stanza of hostile size costs with every filter on, on both routes.

The worst of five, each on a gateway that has never seen it: nothing may be remembered of the text.

With `--search SECONDS` it searches for the most expensive stanza, of 6 kB and of 64 KiB, for each filter and for all of
it, and prints its recipe (hostile_search.py, recipes.py); `--seed N` makes another search of it, `--target NAME` one
for that filter alone. As a part of the benchmark it searches twice, without and with the compiled kernels.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence

from tests.bench.hostile_search import ALL, BARS, SIZES, Row, search
from tests.bench.report import Figure, Findings
from tests.collector import without_collector
from tests.harness import settings
from tests.hostile import HOSTILE
from xmppfilter.build import Core
from xmppfilter.judging.catalogue import filter_names
from xmppfilter.memory.state import State
from xmppfilter.xmpp.wire import Wire

CHECK = "urn:xmppfilter:check:0"
ROUNDS = 5
LARGEST = 1 << 20
BAR = 50.0
"""Milliseconds."""
STREAM = 65_536
"""Bytes a second that a stranger sends."""
_MESSAGE = "<message xmlns='jabber:client' from='mallory@evil.example/x' to='alice@example.org' id='m1'>{}</message>"
_FORWARDED = f"<meta xmlns='{CHECK}' direction='in'/><forwarded xmlns='urn:xmpp:forward:0'>{_MESSAGE}</forwarded>"
ROUTES = {
    "verdict": f"<iq type='set' id='c1' from='example.org' to='filter.example.org'><check xmlns='{CHECK}'>"
    f"{_FORWARDED}</check></iq>",
    "inline": f"<message id='w1' from='example.org' to='filter.example.org'>{_FORWARDED}</message>",
}


def cost(inside: str, route: str) -> float:
    """Return the milliseconds of CPU that a message with *inside* takes. Raises AssertionError: it was not judged."""
    data = ROUTES[route].format(inside).encode()
    core = Core(settings(dict.fromkeys(filter_names())), State())
    wire = Wire(core.gateway, time.time, to_slixmpp=_refuse, max_stanza_size=LARGEST)
    with without_collector():
        before = time.process_time()
        wire.receive(data, [])
        taken = time.process_time() - before
    counts = core.gateway.counts
    assert (sum(counts.kinds), counts.failures, counts.malformed) == (1, 0, 0), counts
    assert not any(health.failures for health in core.gateway.setup.pipeline.health.values())
    return taken * 1e3


def _refuse(element: bytes) -> None:
    raise AssertionError(f"this is not slixmpp's: {element[:80]!r}")


def measure(*, quick: bool) -> Findings:
    """Search, in Python alone and with the compiled kernels."""
    findings = Findings()
    for suffix, pure, seconds in (("", "1", 40), (", fast", "", 20)):
        command = [
            sys.executable,
            "-m",
            "tests.bench.hostile",
            "--json",
            "--search",
            str(seconds / (4 if quick else 1)),
        ]
        ran = subprocess.run(command, env=os.environ | {"XMPPFILTER_PURE": pure}, stdout=subprocess.PIPE, check=True)
        findings.add(Findings(figures([Row(*row) for row in json.loads(ran.stdout)], suffix)))
    return findings


def figures(rows: Sequence[Row], suffix: str) -> dict[str, Figure]:
    """Return the worst of one filter at both sizes, and what a stream of the worst stanzas takes of a processor."""
    found: dict[str, Figure] = {}
    for key, size in zip(("hostile_ms", "hostile_large_ms"), SIZES, strict=True):
        of_size = [row for row in rows if row.size == size]
        worst = max((row for row in of_size if row.target != ALL), key=lambda row: row.milliseconds)
        found[f"{key}{suffix}"] = Figure(
            value=worst.milliseconds, says=worst.target, details={"found": [row._asdict() for row in of_size]}
        )
    whole = {row.size: row.milliseconds for row in rows if row.target == ALL}
    share = max(milliseconds / 1e3 * STREAM / size for size, milliseconds in whole.items())
    says = ", ".join(f"{size:,} bytes {milliseconds:.1f} ms" for size, milliseconds in whole.items())
    return found | {f"hostile_share{suffix}": Figure(value=round(share, 3), says=says)}


def tables(found: Mapping[str, Figure]) -> str:
    """Return what stands behind the figures of `measure`."""
    rows = [
        Row(**row) for key in ("hostile_ms", "hostile_large_ms") if key in found for row in found[key].details["found"]
    ]
    return table(rows)


def table(rows: Sequence[Row]) -> str:
    """Return what was found, the worst first."""
    lines = [f"{'bytes':>6}  {'ms':>7}  {'bar':>4}  {'looks':>5}  target, and the worst stanza for it"]
    for row in sorted(rows, key=lambda row: (row.size, -row.milliseconds)):
        bar = f"{BARS[row.size]:.0f}" if row.target != ALL else ""
        lines.append(f"{row.size:>6}  {row.milliseconds:>7.2f}  {bar:>4}  {row.looks:>5}  {row.target}: {row.recipe}")
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--search", type=float, metavar="SECONDS", help="search for that long")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--size", type=int, choices=SIZES)
    parser.add_argument("--target", action="append", default=[])
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if given.search is None:
        _known()
        return
    rows = search(given.search, given.seed, SIZES if given.size is None else (given.size,), given.target)
    print(json.dumps(rows) if given.json else table(rows))


def _known() -> None:
    print(f"{'one message of':<24}" + "".join(f"{route:>10}" for route in ROUTES) + f"   ms, bar {BAR:g}")
    for name, inside in HOSTILE.items():
        worst = {route: max(cost(inside, route) for _ in range(ROUNDS)) for route in ROUTES}
        mark = "   over" if max(worst.values()) > BAR else ""
        print(f"{name:<24}" + "".join(f"{worst[route]:>10.1f}" for route in ROUTES) + mark)


if __name__ == "__main__":
    main()
