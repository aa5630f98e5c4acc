"""`python -m tests.bench.servers [--quick]`: what a filter costs a real server, and what it costs us.

Strangers' messages come over s2s to Prosody and to ejabberd: alone, with the filter that the server's own community
ships, and with xmppfilter on the route `verdict`. All six run at the same time and take turns, in short rounds of the
same messages, so that what disturbs one disturbs the others; ratios are taken within a round, and their medians count.
"""

import argparse
import asyncio
import re
import sys
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Self

from tests.bench.running_server import GENERATOR_CPU, SERVER_CPU, Sample, processor, running_server
from tests.bench.strangers import STRANGERS
from tests.bench.traffic import Generator
from tests.bench.variants import HOST, RECIPIENTS, VARIANTS, Kind, Variant, check_packages

ROUNDS, COUNT = 20, 2_500
QUICK_ROUNDS, QUICK_COUNT = 6, 1_500
BUSY = 0.9
"""Of its processor: a server that uses less while it is measured has been kept from working by something else."""
_ADDRESSES = re.compile(r"to='user(\d+)@[^']*' from='([^@']+)@[^/']+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """A median and the quartiles around it."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        ordered = sorted(values)
        quarter = len(ordered) // 4
        return cls(median=median(ordered), low=ordered[quarter], high=ordered[-1 - quarter])


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One server with one filter or none; CPU times are microseconds for each message."""

    key: str
    label: str
    per_second: Spread
    server_us: Spread
    gateway_us: Spread | None
    generator_us: Spread
    busy: float
    """The share of its processor that the server used while it was measured."""

    @property
    def disturbed(self) -> bool:
        return self.busy < BUSY


@dataclass(frozen=True, slots=True, kw_only=True)
class Servers:
    """What was found."""

    server_x: float
    """Messages per second with us, over those without: of the server that loses more."""
    prosody_share: float
    """Our CPU time for a message over that of Prosody without us."""
    rows: tuple[Row, ...]
    details: Mapping[str, Any]
    """JSON: what stands behind both figures, the rows, and in `disturbed` whose messages/s cannot be relied on."""


def from_strangers(stanza: str, _: int = 0) -> str:
    """Let one of those who can come over s2s write to one of those who are online; raises ValueError."""

    def addresses(found: "re.Match[str]") -> str:
        return f"to='{RECIPIENTS[int(found[1]) % len(RECIPIENTS)]}' from='{found[2]}@{STRANGERS}"

    changed, count = _ADDRESSES.subn(addresses, stanza.replace(" xmlns='jabber:client'", "", 1), count=1)
    if count != 1 or "type='chat'" not in changed:
        raise ValueError(f"wanted a chat message to user<number>@{HOST}, found {stanza[:200]}")
    return changed


def measure(quick: bool) -> Servers:
    """Measure; raises RuntimeError when a server or a filter is missing, or does not do what it must."""
    check_packages()
    rounds, count = (QUICK_ROUNDS, QUICK_COUNT) if quick else (ROUNDS, COUNT)
    with TemporaryDirectory(prefix="xmppfilter-servers-") as folder, processor(GENERATOR_CPU):
        samples = asyncio.run(_rounds(Path(folder), rounds, count))
    return summary(samples, count)


async def _rounds(directory: Path, rounds: int, count: int) -> dict[str, list[Sample]]:
    generator = Generator()
    async with AsyncExitStack() as stack:
        running = [
            await stack.enter_async_context(running_server(variant, directory / variant.key)) for variant in VARIANTS
        ]
        for one in running:
            await one.prove()
            await one.idle()
        samples: dict[str, list[Sample]] = {variant.key: [] for variant in VARIANTS}
        for number in range(rounds + 1):
            data = generator.messages(count, from_strangers).data
            for one in running:
                sample = await one.round(data, count)
                if number:  # the first round warms up
                    samples[one.variant.key].append(sample)
            running.append(running.pop(0))  # nobody always comes first
        for one in running:
            await one.prove()
    return samples


def summary(samples: Mapping[str, Sequence[Sample]], count: int) -> Servers:
    """Make of all rounds, in each of which every variant was sent *count* messages, what is reported."""
    speeds = {kind: _ratios(samples, kind, "per_second") for kind in ("prosody", "ejabberd")}
    work = {kind: _ratios(samples, kind, "server_us") for kind in ("prosody", "ejabberd")}
    shares = Spread.of(
        [
            ours.gateway_us / plain.server_us
            for ours, plain in zip(samples["prosody_verdict"], samples["prosody"], strict=True)
        ]
    )
    rows = tuple(_row(variant, samples[variant.key]) for variant in VARIANTS)
    details = {
        "server_x": {kind: asdict(spread) for kind, spread in speeds.items()},
        "server_cpu_x": {kind: asdict(spread) for kind, spread in work.items()},
        "disturbed": [row.key for row in rows if row.disturbed],
        "prosody_share": asdict(shares),
        "rows": {row.key: asdict(row) for row in rows},
        "rounds": len(samples["prosody"]),
        "messages_a_round": count,
        "processors": {"server": SERVER_CPU, "gateway and generator": GENERATOR_CPU},
    }
    return Servers(
        server_x=min(spread.median for spread in speeds.values()),
        prosody_share=shares.median,
        rows=rows,
        details=details,
    )


def _ratios(samples: Mapping[str, Sequence[Sample]], kind: Kind, field: str) -> Spread:
    """With us over without us, round by round."""
    pairs = zip(samples[f"{kind}_verdict"], samples[kind], strict=True)
    return Spread.of([getattr(ours, field) / getattr(plain, field) for ours, plain in pairs])


def _row(variant: Variant, samples: Sequence[Sample]) -> Row:
    return Row(
        key=variant.key,
        label=variant.label,
        per_second=Spread.of([sample.per_second for sample in samples]),
        server_us=Spread.of([sample.server_us for sample in samples]),
        gateway_us=Spread.of([sample.gateway_us for sample in samples]) if variant.filter == "ours" else None,
        generator_us=Spread.of([sample.generator_us for sample in samples]),
        busy=median(sample.per_second * sample.server_us / 1e6 for sample in samples),
    )


def table(found: Servers) -> str:
    """Return the rows for people, medians with quartiles, and the two figures below."""
    lines = [f"{'messages of strangers':<32}{'messages/s':>22}{'server µs':>20}{'xmppfilter µs':>20}"]
    for row in found.rows:
        ours = "-" if row.gateway_us is None else _spread(row.gateway_us)
        disturbed = f"   disturbed: the server worked {row.busy:.0%} of the time" if row.disturbed else ""
        lines.append(f"{row.label:<32}{_spread(row.per_second):>22}{_spread(row.server_us):>20}{ours:>20}{disturbed}")
    lines += [
        "",
        f"server_x       {found.server_x:.2f}   messages/s with xmppfilter over without: {_each(found, 'server_x')}",
        f"server_cpu_x         the server's CPU with over without: {_each(found, 'server_cpu_x')}",
        f"prosody_share  {found.prosody_share:.3f}  xmppfilter's CPU for a message over Prosody's alone",
    ]
    return "\n".join(lines)


def _each(found: Servers, key: str) -> str:
    return ", ".join(f"{kind} {spread['median']:.2f}" for kind, spread in found.details[key].items())


def _spread(spread: Spread) -> str:
    return f"{spread.median:.0f} ({spread.low:.0f}-{spread.high:.0f})"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a minute at most, and rougher")
    arguments = parser.parse_args()
    try:
        found = measure(arguments.quick)
    except (RuntimeError, TimeoutError) as wrong:
        print(f"servers: {wrong}", file=sys.stderr)
        return 1
    print(table(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
