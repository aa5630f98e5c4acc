"""How long the event loop of the real application stands still, with a million senders and as many bodies remembered.

All filters are on, and what they know is stored on disk. First a million senders come in, each with a body and a
contact of its own, by the methods that the filters use (full_memory.py); then for a while 1,000 stanzas a second
arrive, each of a sender who has never been seen before. Meanwhile the gateway does what it does all the time: it
forgets what is past, writes what it has learnt, and has its memory collected.

Then things happen (incidents.py): a server greets, the list of spammers is logged and shown, the mode changes, the
configuration is read again, and the like. Of the walks over a million records only the longest step counts, so there
are fewer stanzas meanwhile, and none of them is waited for longer than half a minute: all of it ends within ten.

Three things count, and the longest of them is the figure: the processor time of the longest step that something of this
took; how late a callback of the loop came that was due every
millisecond, less what the machine was to blame for (probe.py); and the processor time of the longest single step of
growing, which any one stanza may have to wait for. A look from outside, at the gaps between answers, would measure the
generator and the machine too.
"""

import asyncio
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.bench import configurations
from tests.bench.incidents import Took
from tests.bench.link import Subject
from tests.bench.report import Figure, Findings
from tests.bench.traffic import Generator, wrapped
from xmppfilter.observe.tasks import spawn

PER_SECOND = 1_000
MEANWHILE = 200
"""Stanzas a second while things happen."""
SEND_EVERY = 0.003
UNANSWERED = 10
"""Stanzas under way at most: a gateway that the machine has held up is not to find a heap of them then."""
LOOK_EVERY = 0.25
WITHIN = 600.0


def roomy(filters: dict[str, Any], size: int) -> dict[str, Any]:
    """Return *filters* with room for *size* senders and bodies, where they remember such."""
    room = size + size // 20
    return filters | {
        "known_spammers": {"max_senders": room},
        "presence_subscribe_rate": {"max_senders": room},
        "stranger_rate": {"max_senders": room},
        "first_contact": {"max_pairs": room},
        "same_long_body": {"counter_size_limit": room},
    }


async def measure(folder: Path, *, quick: bool) -> Findings:
    """Grow, and then watch for a while."""
    size, seconds = (100_000, 8.0) if quick else (1_000_000, 25.0)
    filters = roomy(configurations.full(folder), size)
    config = configurations.write(folder, "stall", filters, route="inline", store={"sqlite": str(folder / "stall.db")})
    generator = Generator()  # one for all of it: the same seed writes the same texts again, and copies are stopped
    async with Subject("tests.bench.gateway", str(config), str(size), greetings=1) as subject:
        grown = await _told(subject, "growing")
        sent = await _traffic(subject, generator, seconds)
        watched = await subject.tell()
        subject.process.send_signal(signal.SIGALRM)
        happening = spawn(_told(subject, "incidents"), name="things happen")
        while not happening.done():
            sent += await _traffic(subject, generator, 1.0, MEANWHILE)
        incidents = {name: Took(*took) for name, took in (await happening)["incidents"].items()}
        await subject.link.until(lambda: subject.link.came.count >= sent + 1)
        told = await subject.tell()
    mistakes: list[str] = []
    if told["failures"] or told["actions"] or told["judged"] != sent:
        found = {name: told[name] for name in ("judged", "actions", "failures")}
        mistakes.append(f"stall_ms: {sent} harmless stanzas were sent, found {found}")
    mistakes += [f"stall_ms: {name} failed: {one.failure}" for name, one in incidents.items() if one.failure]
    return Findings({"stall_ms": _figure(size, sent, grown, watched, incidents)}, mistakes)


async def _told(subject: Subject, what: str) -> dict[str, Any]:
    async with asyncio.timeout(WITHIN):
        while True:
            told = await subject.tell()
            if told[what] is not None:
                return told
            await asyncio.sleep(LOOK_EVERY)


async def _traffic(subject: Subject, generator: Generator, seconds: float, per_second: int = PER_SECOND) -> int:
    begin = time.perf_counter()
    sent = 0
    while (passed := time.perf_counter() - begin) < seconds:
        due = min(int(passed * per_second) - sent, UNANSWERED - (sent + 1 - subject.link.came.count))
        if due > 0:
            subject.link.transport.write(generator.newcomers(due, wrapped).data)
            sent += due
        await asyncio.sleep(SEND_EVERY)
    return sent


def _figure(
    size: int, sent: int, grown: Mapping[str, Any], told: Mapping[str, Any], incidents: Mapping[str, Took]
) -> Figure:
    growing, stops, wall = grown["growing"], told["stops"]["longest"], told["stops"]["wall"]
    slowest = max(growing, key=growing.__getitem__)
    longest = stops[0]["own"] if stops else 0.0
    worst, took = max(incidents.items(), key=lambda one: one[1].longest)
    unfinished = [name for name, one in incidents.items() if not one.finished]
    details = {
        "keys": size,
        "sent": sent,
        "growing_ms": growing,
        "incidents_ms": {name: one.longest for name, one in incidents.items()},
        "incidents_seconds": {name: one.seconds for name, one in incidents.items()},
        "unfinished": unfinished,
        "loop_ms": longest,
        "wall_ms": wall,
        "longest_stops_ms": stops,
        "tracked": grown["tracked"],
    }
    return Figure(
        value=max(longest, growing[slowest], took.longest),
        noisy=wall > 2 * max(longest, growing[slowest], took.longest),
        says=f"{size:,} keys; loop {longest:.1f}, growing {growing[slowest]:.1f} ({slowest}),"
        f" longest step {took.longest:.1f} ({worst})" + f"; not finished: {', '.join(unfinished)}" * bool(unfinished),
        details=details,
    )
