from bisect import bisect_right
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppfilter.observe.timings import BOUNDS, Timings


def histogram(times: list[float]) -> dict[tuple[str, str], float]:
    timings = Timings()
    for seconds in times:
        timings.add(seconds)
    return {(sample.name, sample.labels.get("le", "")): sample.value for sample in timings.metric("x", "doc").samples}


def test_nothing_yet() -> None:
    seen = histogram([])
    assert set(seen.values()) == {0}
    assert len(seen) == len(BOUNDS) + 3, "with what is longer, the number and the sum"


@pytest.mark.parametrize(
    ("seconds", "first"),
    [
        (0.0, "0.001"),
        (-0.001, "0.001"),
        (0.001, "0.001"),
        (0.0011, "0.0025"),
        (1.0, "1.0"),
        (5.0, "5.0"),
        (5.1, "+Inf"),
    ],
)
def test_a_time_is_in_every_bucket_from_its_own_on(seconds: float, first: str) -> None:
    seen = histogram([seconds])
    ends = [*map(str, BOUNDS), "+Inf"]
    assert [end for end in ends if seen["x_bucket", end]] == ends[ends.index(first) :]


@given(st.lists(st.floats(0, 100), max_size=50))
def test_against_its_description(times: list[float]) -> None:
    seen = histogram(times)
    ordered = sorted(times)
    for bound in (*BOUNDS, inf):
        end = "+Inf" if bound == inf else str(bound)
        assert seen["x_bucket", end] == bisect_right(ordered, bound)
    assert seen["x_count", ""] == len(times)
    assert seen["x_sum", ""] == pytest.approx(sum(times))
