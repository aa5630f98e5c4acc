"""Durations of judging, and of each filter in it: measured for some stanzas, rendered on demand."""

from collections import defaultdict
from time import perf_counter

from prometheus_client.core import HistogramMetricFamily, Metric

from xmppfilter.observe.timings import Timings

_FINE = (1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.25)


class Stopwatch:
    """A clock, and what the pipeline has timed by it (see `xmppfilter.judging.pipeline.Stopwatch`)."""

    __slots__ = ("_filters", "_stanzas")

    def __init__(self) -> None:
        self._stanzas = Timings(_FINE)
        self._filters: dict[str, Timings] = defaultdict(lambda: Timings(_FINE))

    def read(self) -> float:
        """Return the seconds of a clock that never goes back."""
        return perf_counter()

    def stanza_took(self, seconds: float) -> None:
        """Note how long it took to judge a stanza, and to remember it."""
        self._stanzas.add(seconds)

    def filter_took(self, name: str, seconds: float) -> None:
        """Note how long one call of a filter took."""
        self._filters[name].add(seconds)

    def metrics(self) -> tuple[Metric, Metric]:
        """Return the histograms."""
        by_filter = HistogramMetricFamily(
            "xmppfilter_filter_seconds", "How long one call of a filter took, of some stanzas.", labels=["filter"]
        )
        for name, timings in self._filters.items():
            by_filter.add_metric([name], timings.buckets(), timings.sum)
        doc = "How long it took to judge and remember one stanza, of some."
        return self._stanzas.metric("xmppfilter_judge_seconds", doc), by_filter
