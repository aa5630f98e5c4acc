"""Histogram of durations: a few additions each time, rendered on demand."""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from typing import Final

from prometheus_client.core import HistogramMetricFamily, Metric

BOUNDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Upper ends of the buckets where nothing else is said, in seconds; longer times have a bucket of their own."""


class Timings:
    """Times by bucket, their number and their sum."""

    __slots__ = ("_bounds", "_counts", "sum")

    def __init__(self, bounds: Sequence[float] = BOUNDS) -> None:
        """Begin with none; *bounds* are the upper ends of the buckets, in seconds, in order."""
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self.sum = 0.0
        """Sum of all durations, in seconds."""

    def add(self, seconds: float) -> None:
        """Add a duration of *seconds*."""
        self._counts[bisect_left(self._bounds, seconds)] += 1
        self.sum += seconds

    def buckets(self) -> list[tuple[str, float]]:
        """Return how many times were no longer than each upper end."""
        ends = [*map(str, self._bounds), "+Inf"]
        return list(zip(ends, accumulate(self._counts), strict=True))

    def metric(self, name: str, doc: str) -> Metric:
        """Return the histogram under *name*."""
        return HistogramMetricFamily(name, doc, buckets=self.buckets(), sum_value=self.sum)
