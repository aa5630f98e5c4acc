"""How long judging takes, as histograms."""

from xmppfilter.observe.stopwatch import Stopwatch


def samples(stopwatch: Stopwatch) -> dict[tuple[str, str, str], float]:
    return {
        (sample.name, sample.labels.get("filter", ""), sample.labels.get("le", "")): sample.value
        for metric in stopwatch.metrics()
        for sample in metric.samples
    }


def test_stanzas_and_filters_are_timed_apart() -> None:
    stopwatch = Stopwatch()
    stopwatch.stanza_took(0.002)
    stopwatch.filter_took("mentions", 3e-5)
    stopwatch.filter_took("mentions", 10.0)
    found = samples(stopwatch)
    assert found["xmppfilter_judge_seconds_count", "", ""] == 1
    assert found["xmppfilter_judge_seconds_sum", "", ""] == 0.002
    assert found["xmppfilter_filter_seconds_bucket", "mentions", "2.5e-05"] == 0
    assert found["xmppfilter_filter_seconds_bucket", "mentions", "5e-05"] == 1
    assert found["xmppfilter_filter_seconds_bucket", "mentions", "+Inf"] == 2


def test_its_clock_never_goes_back() -> None:
    stopwatch = Stopwatch()
    times = [stopwatch.read() for _ in range(100)]
    assert times == sorted(times)
