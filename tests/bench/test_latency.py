"""What is timed is what was sent."""

import pytest

from tests.bench.latency import Stopwatch, percentile
from tests.bench.traffic import Generator, bare, wrapped


@pytest.mark.parametrize(("of", "found"), [(0, 1.0), (50, 51.0), (99, 100.0), (100, 100.0)])
def test_percentiles(of: float, found: float) -> None:
    assert percentile([float(number) for number in range(1, 101)], of) == found


@pytest.mark.parametrize("size", [1, 7, 31, 32, 33, 200, 100_000])
async def test_each_stanza_is_seen_once_however_it_comes_back(size: int) -> None:
    data = Generator().messages(20, bare).data
    stopwatch = Stopwatch()
    for at in range(0, len(data), size):
        stopwatch.take(data[at : at + size])
    assert len(stopwatch.read) == stopwatch.came.count == 20


async def test_what_is_sent_wrapped_has_the_same_name_as_what_comes_back() -> None:
    sent, back = Stopwatch(), Stopwatch()
    sent.take(Generator().messages(20, wrapped).data)
    back.take(Generator().messages(20, bare).data)
    assert sent.read.keys() == back.read.keys()
