"""The metrics, read from the gateway's own counts when somebody asks: a stanza pays nothing for them.

Their names and labels are an interface, see the documentation; what this version cannot measure has no series.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from xmppfilter import __version__
from xmppfilter.config.catalogue import filter_module
from xmppfilter.gateway import Gateway
from xmppfilter.stanza import Kind
from xmppfilter.verdict import Action


@dataclass(slots=True)
class Vitals:
    """What the process knows of itself besides what the gateway counts."""

    sessions: int = 0
    """Streams to the server that came up."""
    reloaded: bool = True
    """Whether the configuration was good when it was last read."""


class GatewayCollector(Collector):
    """Renders one gateway's counts."""

    def __init__(self, gateway: Gateway, vitals: Vitals) -> None:
        self._gateway = gateway
        self._vitals = vitals

    def collect(self) -> Iterable[Metric]:
        """Return every metric as it stands."""
        return [*self._stanzas(), *self._filters(), *self._process()]

    def _stanzas(self) -> Iterator[Metric]:
        counts = self._gateway.counts
        kinds = {kind.name.lower(): counts.kinds[kind] for kind in Kind}
        yield _counter("xmppfilter_stanzas", "Stanzas that were judged.", "kind", kinds)
        actions = {action.value: counts.actions[action.value] for action in Action}
        actions[Action.DROP] += counts.invalid  # a stanza with an invalid address has a verdict, too
        actions[Action.DELIVER] = sum(counts.kinds) - sum(actions.values())
        yield _counter("xmppfilter_verdicts", "What became of them.", "action", actions)
        yield _counter("xmppfilter_reports", "Reports of users, by whether they are named.", "source", counts.reports)

    def _filters(self) -> Iterator[Metric]:
        pipeline = self._gateway.setup.pipeline
        # rules that have found nothing yet begin at 0, so that the first finding is an increase
        rules = {f"{mount.name}.{rule}": 0 for mount in pipeline.mounts for rule in filter_module(mount.name).RULES}
        findings = rules | self._gateway.counts.rules
        yield _counter("xmppfilter_findings", "What the filters found, listed without weight too.", "rule", findings)
        failures = {name: health.failures for name, health in pipeline.health.items()}
        yield _counter("xmppfilter_filter_errors", "Stanzas that a filter failed on.", "filter", failures)
        sizes = {name: len(structure) for name, structure in self._gateway.state.structures.items()}
        entries = GaugeMetricFamily("xmppfilter_state_entries", "What is remembered at the moment.", labels=["name"])
        for name, size in sizes.items():
            entries.add_metric([name], size)
        yield entries

    def _process(self) -> Iterator[Metric]:
        vitals = self._vitals
        yield _gauge("xmppfilter_connected", "1 while the stream to the server is up.", self._gateway.connected)
        yield CounterMetricFamily(
            "xmppfilter_reconnects", "Streams to the server after the first.", value=max(0, vitals.sessions - 1)
        )
        yield _gauge(
            "xmppfilter_config_reload_success", "1 if the configuration was good when last read.", vitals.reloaded
        )
        build = GaugeMetricFamily("xmppfilter_build_info", "Always 1; what runs.", labels=["version"])
        build.add_metric([__version__], 1)
        yield build


def _counter(name: str, doc: str, label: str, values: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily(name, doc, labels=[label])
    for value, count in values.items():
        family.add_metric([value], count)
    return family


def _gauge(name: str, doc: str, value: float) -> Metric:
    return GaugeMetricFamily(name, doc, value=value)
