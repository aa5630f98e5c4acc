"""How long something took, as a histogram: a few additions each time, rendered when somebody asks."""

from bisect import bisect_left
from itertools import accumulate
from typing import Final

from prometheus_client.core import HistogramMetricFamily, Metric

BOUNDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Upper ends of the buckets, in seconds; longer times have a bucket of their own."""


class Timings:
    """Times by bucket, their number and their sum."""

    __slots__ = ("_buckets", "_sum")

    def __init__(self) -> None:
        self._buckets = [0] * (len(BOUNDS) + 1)
        self._sum = 0.0

    def add(self, seconds: float) -> None:
        """Note that it took so many *seconds*."""
        self._buckets[bisect_left(BOUNDS, seconds)] += 1
        self._sum += seconds

    def metric(self, name: str, doc: str) -> Metric:
        """Return the histogram under *name*."""
        ends = [*map(str, BOUNDS), "+Inf"]
        buckets = list(zip(ends, accumulate(self._buckets), strict=True))
        return HistogramMetricFamily(name, doc, buckets=buckets, sum_value=self._sum)
