"""The metrics, read from the gateway's own counts when somebody asks: a stanza pays nothing for them.

Their names and labels are an interface, see deploy/METRICS.md; what this version cannot measure has no series. Labels
have only values that the configuration or the code names, so that no stranger can make a series.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from xmppfilter import __version__
from xmppfilter.gateway.gateway import Gateway
from xmppfilter.judging.catalogue import filter_module
from xmppfilter.judging.verdict import Action
from xmppfilter.lists.source import Source
from xmppfilter.observe.stopwatch import Stopwatch
from xmppfilter.observe.tasks import Watched
from xmppfilter.observe.timings import Timings
from xmppfilter.stanza.kind import Kind


class Stored(Protocol):
    """What a store exports as metrics."""

    @property
    def errors(self) -> int:
        """Writes that failed."""

    @property
    def unwritten(self) -> int:
        """Rows that wait for being written."""

    @property
    def writes(self) -> Timings:
        """How long each write took, the failed ones too."""


@dataclass(slots=True)
class Vitals:
    """State of the process that the gateway does not count."""

    sessions: int = 0
    """Streams to the server that were established."""
    reloaded: bool = True
    """Whether the configuration was good when it was last read."""
    lag: Timings = field(default_factory=Timings)
    """Delays of a periodic timer in the event loop."""
    judging: Stopwatch = field(default_factory=Stopwatch)
    """How long stanzas take to be judged."""
    store: Stored | None = None
    tasks: Mapping[str, Watched] = field(default_factory=dict)
    """State of each supervised task, by name."""


class GatewayCollector(Collector):
    """Renders one gateway's counts."""

    def __init__(self, gateway: Gateway, vitals: Vitals, clock: Callable[[], float] = time.time) -> None:
        """Render the counts of *gateway* and *vitals*; *clock* returns Unix time."""
        self._gateway = gateway
        self._vitals = vitals
        self._clock = clock

    def collect(self) -> Iterable[Metric]:
        """Return every metric as it stands."""
        now = self._clock()
        return [*self._stanzas(), *self._servers(), *self._filters(now), *self._lists(now), *self._process()]

    def _stanzas(self) -> Iterator[Metric]:
        counts = self._gateway.counts
        kinds = {kind.name.lower(): counts.kinds[kind] for kind in Kind}
        yield _counter("xmppfilter_stanzas", "Stanzas that were judged.", "kind", kinds)
        actions = {action.value: counts.actions[action.value] for action in Action}
        actions[Action.DROP] += counts.invalid  # a stanza with an invalid address has a verdict, too
        actions[Action.DELIVER] = sum(counts.kinds) - sum(actions.values())
        yield _counter("xmppfilter_verdicts", "What became of them.", "action", actions)
        would = {action.value: counts.would[action.value] for action in Action if action is not Action.DELIVER}
        yield _counter("xmppfilter_would", "What would have become of them, but for monitor mode.", "action", would)
        yield _counter("xmppfilter_exempt", "Stanzas that no filter was asked about.", "reason", counts.exempt)
        yield _total("xmppfilter_judging_failures", "Stanzas delivered because judging failed.", counts.failures)

    def _servers(self) -> Iterator[Metric]:
        counts, servers = self._gateway.counts, self._gateway.servers
        questions = {server.jid: server.questions for server in servers.values()}
        yield _counter("xmppfilter_questions", "Stanzas that a server asked about or handed over.", "server", questions)
        yield _total("xmppfilter_malformed", "What servers said that could not be understood.", counts.malformed)
        yield _total("xmppfilter_too_large", "What came that was larger than max_stanza_size.", counts.too_large)
        yield _total("xmppfilter_disbelieved", "What was said by JIDs that may not say it.", counts.disbelieved)
        yield _counter("xmppfilter_reports", "Reports of users, by whether they are named.", "source", counts.reports)

    def _filters(self, now: float) -> Iterator[Metric]:
        pipeline = self._gateway.setup.pipeline
        # rules that have found nothing yet begin at 0, so that the first finding is an increase
        rules = {f"{mount.name}.{rule}": 0 for mount in pipeline.mounts for rule in filter_module(mount.name).RULES}
        findings = rules | self._gateway.counts.rules
        yield _counter("xmppfilter_findings", "What the filters found, listed without weight too.", "rule", findings)
        failures = {name: health.failures for name, health in pipeline.health.items()}
        yield _counter("xmppfilter_filter_errors", "Stanzas that a filter failed on.", "filter", failures)
        muted = {name: health.muted_until > now for name, health in pipeline.health.items()}
        yield _gauges("xmppfilter_filter_muted", "1 while a filter is not asked, after failures.", "filter", muted)
        sizes = {name: len(structure) for name, structure in self._gateway.state.structures.items()}
        yield _gauges("xmppfilter_state_entries", "What is remembered at the moment.", "name", sizes)

    def _lists(self, now: float) -> Iterator[Metric]:
        lists = self._gateway.library.lists
        if lists is None:
            return
        sources = {f"{feed.service} {feed.node}": source for feed, source in lists.copies.sources.items()}
        sources |= {f"{file.path} {file.kind}": source for file, source in lists.files.items()}
        ages = {name: _age(source, now) for name, source in sources.items()}
        yield _gauges("xmppfilter_feed_age_seconds", "Since a list was last read whole; +Inf: never.", "feed", ages)
        sizes = {name: len(source) for name, source in sources.items()}
        yield _gauges("xmppfilter_feed_entries", "What a list has.", "feed", sizes)

    def _process(self) -> Iterator[Metric]:
        vitals, store = self._vitals, self._vitals.store
        if store is not None:
            yield store.writes.metric("xmppfilter_store_write_seconds", "How long it took to write what had changed.")
            yield _total("xmppfilter_store_errors", "Writes that failed.", store.errors)
            yield _gauge("xmppfilter_store_unwritten", "Rows that wait for being written.", store.unwritten)
        failures = {name: task.failures for name, task in vitals.tasks.items()}
        yield _counter("xmppfilter_task_failures", "How often a task failed; it is begun anew.", "task", failures)
        well = {name: task.trouble is None for name, task in vitals.tasks.items()}
        yield _gauges("xmppfilter_task_up", "1 while a background task does what it is for.", "task", well)
        yield from vitals.judging.metrics()
        yield vitals.lag.metric("xmppfilter_loop_lag_seconds", "How late a timer came, five times a second.")
        yield _gauge("xmppfilter_connected", "1 while the stream to the server is up.", self._gateway.connected)
        yield _total("xmppfilter_reconnects", "Streams to the server after the first.", max(0, vitals.sessions - 1))
        yield _gauge(
            "xmppfilter_config_reload_success", "1 if the configuration was good when last read.", vitals.reloaded
        )
        yield _gauges("xmppfilter_build_info", "Always 1; what runs.", "version", {__version__: 1})


def _age(source: Source, now: float) -> float:
    return float("inf") if source.updated is None else max(0.0, now - source.updated)


def _counter(name: str, doc: str, label: str, values: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily(name, doc, labels=[label])
    for value, count in values.items():
        family.add_metric([value], count)
    return family


def _total(name: str, doc: str, value: int) -> Metric:
    return CounterMetricFamily(name, doc, value=value)


def _gauges(name: str, doc: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, doc, labels=[label])
    for label_value, value in values.items():
        family.add_metric([label_value], value)
    return family


def _gauge(name: str, doc: str, value: float) -> Metric:
    return GaugeMetricFamily(name, doc, value=value)
