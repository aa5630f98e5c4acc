"""How much the gateway grows while the server sends to it (inline) and does not read, and that nothing is lost.

After a warm-up the server stops reading for ten seconds and goes on sending more than any buffer takes: that it is held
up is checked. Then it reads again, and everything has to come. What counts is the largest growth of the memory that the
process had in RAM in those seconds, looked at twenty times a second.
"""

import asyncio
import time
from pathlib import Path

from tests.bench import configurations
from tests.bench.link import Subject
from tests.bench.report import Figure, Findings
from tests.bench.traffic import Generator, wrapped

LOOK_EVERY = 0.05
WARM_UP, COUNT = 20_000, 60_000
"""Stanzas of some 900 bytes: 50 MB, where the kernel's buffers take ten."""
MIB = 1 << 20


async def measure(folder: Path, *, quick: bool) -> Findings:
    """Stop, go on, and count."""
    seconds = 3.0 if quick else 10.0
    five = configurations.write(folder, "five", configurations.FIVE, route="inline")
    generator = Generator()
    async with Subject("tests.bench.gateway", str(five), greetings=1) as subject:
        link = subject.link
        traffic = generator.mixed(WARM_UP, wrapped)
        await link.blast(traffic, traffic.passing)
        wanted = link.came.count

        traffic = generator.mixed(COUNT, wrapped)
        wanted += traffic.passing
        before = subject.resident()
        link.transport.pause_reading()
        link.transport.write(traffic.data)
        growth = await _growth(subject, before, seconds)
        unsent = link.transport.get_write_buffer_size()
        link.transport.resume_reading()
        await link.until(lambda: link.came.count >= wanted)
        told = await subject.end()

    mistakes = []
    if not unsent:
        mistakes.append("stopped_peer_mb: the gateway took all that was sent although nobody read what it sent")
    if (came := link.came.count) != wanted or told["judged"] != WARM_UP + COUNT or told["failures"]:
        mistakes.append(f"stopped_peer_mb: wanted {wanted} of {WARM_UP + COUNT} back; {came} came, of {told['judged']}")
    details = {"seconds": seconds, "sent": COUNT, "held_up_mb": round(unsent / MIB, 1), "back": came}
    says = f"{seconds:.0f} s; {unsent / MIB:.0f} MB were held up; {came} of {wanted} came back"
    return Findings({"stopped_peer_mb": Figure(value=round(growth / MIB, 2), says=says, details=details)}, mistakes)


async def _growth(subject: Subject, before: int, seconds: float) -> int:
    end = time.monotonic() + seconds
    most = before
    while time.monotonic() < end:
        await asyncio.sleep(LOOK_EVERY)
        most = max(most, subject.resident())
    return most - before
