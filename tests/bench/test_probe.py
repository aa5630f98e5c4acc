"""A loop that stands still is found, and who is to blame for it."""

import asyncio
import time

import pytest

from tests.bench.probe import Probe, own


@pytest.mark.parametrize(
    ("late", "waited", "others", "blamed"),
    [
        (0.02, 0.0, 0.0, 0.02),  # it computed, or the disk was slow
        (0.02, 0.015, 0.0, 0.005),  # somebody else had the processor,
        (0.02, 0.015, 0.015, 0.02),  # a thread of its own,
        (0.02, 0.015, 0.005, 0.01),  # both
        (0.02, 0.03, 0.0, 0.0),  # it was late before, too
        (0.02, 0.0, 0.02, 0.02),  # a thread of its own on another processor
    ],
)
def test_the_machine_is_not_to_be_blamed_on_the_process(
    late: float, waited: float, others: float, blamed: float
) -> None:
    assert own(late, waited, others) == pytest.approx(blamed)


async def test_a_loop_that_computes_stands_still() -> None:
    probe = Probe()
    await asyncio.sleep(0.01)
    probe.taken()
    begin = time.thread_time()
    while time.thread_time() < begin + 0.1:
        pass
    await asyncio.sleep(0.01)
    stops = probe.taken()
    assert stops["longest"][0]["own"] >= 90
    assert stops["wall"] >= stops["longest"][0]["wall"] >= stops["longest"][0]["own"]
    assert probe.taken()["longest"] == []
