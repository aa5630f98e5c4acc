"""What a scrape reads off a real core, by the names and labels that deploy/METRICS.md promises."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from tests.harness import FIVE, LONG, Harness
from xmppfilter import __version__
from xmppfilter.gateway.events import Connected
from xmppfilter.judging.judge import TIMED
from xmppfilter.judging.pipeline import MUTE_AFTER, MUTE_FOR
from xmppfilter.lists.copies import Feed
from xmppfilter.lists.feeds import ListFetched
from xmppfilter.lists.lists import ListFile
from xmppfilter.observe.metrics import GatewayCollector, Vitals
from xmppfilter.observe.tasks import Watched
from xmppfilter.observe.timings import Timings
from xmppfilter.store.listfiles import read_list

DOCUMENT = (Path(__file__).parents[2] / "deploy" / "METRICS.md").read_text()
SERVICE: dict[str, Any] = {"services": [{"jid": "bl.example", "nodes": ["spam_source_domains"]}]}
FEED = Feed("bl.example", "spam_source_domains")

Scrape = dict[tuple[str, ...], float]


class Stored:
    """A store as far as metrics look into it."""

    def __init__(self, errors: int = 0, unwritten: int = 0, times: Iterable[float] = ()) -> None:
        self.errors = errors
        self.unwritten = unwritten
        self.writes = Timings()
        for seconds in times:
            self.writes.add(seconds)


def exposition(harness: Harness, vitals: Vitals | None = None, now: float = 60.0) -> str:
    registry = CollectorRegistry()
    registry.register(GatewayCollector(harness.gateway, vitals or Vitals(), lambda: now))
    return generate_latest(registry).decode()


def scraped(harness: Harness, vitals: Vitals | None = None, now: float = 60.0) -> Scrape:
    """Return every sample by its name and the values of its labels."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(exposition(harness, vitals, now))
        for sample in family.samples
    }


def broken(monkeypatch: pytest.MonkeyPatch, harness: Harness, method: str) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(f"xmppfilter.{method}", fail)
    harness.gateway.setup.pipeline._compile()


def test_the_document_names_every_metric_and_no_other() -> None:
    written = re.findall(r"^\| `(xmppfilter_\w+)` \| (\w+) \| (?:`(\w+)`)? ?\|", DOCUMENT, re.MULTILINE)
    harness = Harness({**FIVE, "blocklist": SERVICE | {"files": {"domains": ["/lists/domains"]}}})
    vitals = Vitals(store=Stored(), tasks={"store": Watched()})
    harness.gateway.judge.time_by(vitals.judging)
    for _ in range(TIMED):
        harness.message()
    harness.message(sender="alice@example.org/x")
    harness.report("mallory@evil.example")
    told = []
    for family in text_string_to_metric_families(exposition(harness, vitals)):
        labels = {name for sample in family.samples for name in sample.labels} - {"le"}
        suffix = "_total" if family.type == "counter" else ""
        told.append((family.name + suffix, family.type, "".join(labels)))
    assert sorted(written) == sorted(told)


def test_a_core_without_store_and_lists_has_no_series_of_them() -> None:
    names = {name for name, *_ in scraped(Harness())}
    assert not [name for name in names if "_store_" in name or "_feed_" in name]


def test_what_was_judged() -> None:
    harness = Harness()
    for n in range(22):
        harness.message(LONG, sender=f"bot{n}@evil.example/x", at=n)
    harness.message("Look!", type="error")
    harness.subscribe()
    harness.send("<message to='alice@example.org'><body>from nobody</body></message>")
    harness.report("mallory@evil.example")
    harness.report("mallory@evil.example", None)
    seen = scraped(harness)
    assert seen["xmppfilter_stanzas_total", "message"] == 23
    assert seen["xmppfilter_stanzas_total", "error"] == 1
    assert seen["xmppfilter_stanzas_total", "subscribe"] == 1
    assert seen["xmppfilter_stanzas_total", "iq"] == 0
    assert seen["xmppfilter_findings_total", "same_long_body.copies"] == 2
    assert seen["xmppfilter_findings_total", "error_without_child.missing"] == 1
    assert seen["xmppfilter_findings_total", "groupchat_to_bare_jid.bare"] == 0
    assert seen["xmppfilter_reports_total", "named"] == 1
    assert seen["xmppfilter_reports_total", "unnamed"] == 1
    assert seen["xmppfilter_state_entries", "same_long_body.copies"] == 1
    verdicts = {key[1]: value for key, value in seen.items() if key[0] == "xmppfilter_verdicts_total"}
    banned = seen["xmppfilter_findings_total", "known_spammers.banned"]
    assert verdicts == {"deliver": 25 - 4 - banned, "tag": 0, "bounce": 0, "drop": 4 + banned}


def test_one_of_some_stanzas_is_timed_and_each_filter_that_it_concerns() -> None:
    harness, vitals = Harness(), Vitals()
    harness.gateway.judge.time_by(vitals.judging)
    for n in range(2 * TIMED):
        harness.message(LONG + str(n))
    seen = scraped(harness, vitals)
    assert seen["xmppfilter_judge_seconds_count",] == 2
    counted = {key[1]: value for key, value in seen.items() if key[0] == "xmppfilter_filter_seconds_count"}
    # what looks at errors alone, or at groupchat or requests, is not asked about a message; the others are asked, and
    # told of it
    assert counted == {"known_spammers": 4, "same_long_body": 4}
    parts = sum(value for key, value in seen.items() if key[0] == "xmppfilter_filter_seconds_sum")
    assert 0 < parts < seen["xmppfilter_judge_seconds_sum",]


def test_in_monitor_mode_what_would_have_become() -> None:
    harness = Harness(policy={"mode": "monitor"})
    harness.message("Look!", type="error")
    seen = scraped(harness)
    assert seen["xmppfilter_would_total", "drop"] == 1
    assert seen["xmppfilter_would_total", "bounce"] == 0
    assert seen["xmppfilter_verdicts_total", "deliver"] == 1


def test_what_servers_and_others_say() -> None:
    harness = Harness()
    message = "<message xmlns='jabber:client' from='mallory@evil.example' to='alice@example.org'/>"
    forwarded = f"<forwarded xmlns='urn:xmpp:forward:0'>{message}</forwarded>"
    for sender, inside in (
        ("example.org", forwarded),
        ("example.org", forwarded),
        ("example.org", "nothing"),
        ("evil.example", forwarded),
    ):
        harness.send(
            f"<iq type='set' id='c1' from='{sender}' to='filter.example.org'>"
            f"<check xmlns='urn:xmppfilter:check:0'>{inside}</check></iq>"
        )
    harness.message(sender="alice@example.org/x")
    seen = scraped(harness)
    assert seen["xmppfilter_questions_total", "example.org"] == 2
    assert seen["xmppfilter_questions_total", "example.net"] == 0
    assert seen["xmppfilter_malformed_total",] == 1
    assert seen["xmppfilter_disbelieved_total",] == 1
    assert seen["xmppfilter_exempt_total", "self"] == 1


def test_no_stranger_makes_a_series() -> None:
    harness = Harness({**FIVE, "blocklist": SERVICE})
    harness.message("Hello")
    before = scraped(harness).keys()
    for n in range(100):
        harness.message("Hello", sender=f"bot{n}@evil{n}.example/x", type=f"type{n}")
        harness.report(f"bot{n}@evil{n}.example", origin=f"evil{n}.example")
        harness.send(
            f"<message from='evil{n}.example' to='filter.example.org'>"
            f"<event xmlns='http://jabber.org/protocol/pubsub#event'><items node='n{n}'><item id='x'/></items></event>"
            "</message>"
        )
    assert scraped(harness).keys() == before


# --- what fails


def test_a_filter_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    harness = Harness()
    broken(monkeypatch, harness, "filters.error_without_child.Filter.check")
    harness.message("Look!", type="error")
    seen = scraped(harness)
    assert seen["xmppfilter_filter_errors_total", "error_without_child"] == 1
    assert seen["xmppfilter_filter_errors_total", "same_long_body"] == 0
    assert seen["xmppfilter_verdicts_total", "deliver"] == 1


def test_a_filter_is_muted_until_its_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    harness = Harness()
    broken(monkeypatch, harness, "filters.same_long_body.Filter.check")

    def muted(now: float) -> list[str]:
        seen = scraped(harness, now=now)
        return [key[1] for key, value in seen.items() if key[0] == "xmppfilter_filter_muted" and value]

    for _ in range(MUTE_AFTER - 1):
        harness.message(LONG, at=60)
    assert muted(60) == []
    harness.message(LONG, at=60)
    assert muted(60) == ["same_long_body"]
    assert muted(60 + MUTE_FOR) == []


def test_judging_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    harness = Harness()
    broken(monkeypatch, harness, "judging.pipeline.Pipeline.judge")
    harness.message()
    assert scraped(harness)["xmppfilter_judging_failures_total",] == 1


# --- lists


def test_every_list_with_its_age_and_size(tmp_path: Path) -> None:
    path = str(tmp_path / "list")
    (tmp_path / "list").write_text("three.example")
    harness = Harness({"blocklist": SERVICE | {"files": {"domains": [path], "jids": ["/no/such/list"]}}})
    fed, read, unread = "bl.example spam_source_domains", f"{path} domains", "/no/such/list jids"
    never = float("inf")
    assert rows(harness, 5) == {fed: (never, 0), read: (5, 1), unread: (never, 0)}
    harness.replay.feed(ListFetched(FEED, ("one.example", "two.example")), 100)
    (tmp_path / "list").write_text("three.example\nfour.example")
    harness.gateway.handle(read_list(ListFile("domains", path)), 105)
    assert rows(harness, 160) == {fed: (60, 2), read: (55, 2), unread: (never, 0)}
    assert rows(harness, 90)[fed] == (0, 2), "a clock that was set back makes no list younger than new"


def test_a_file_that_lists_two_kinds_of_things_is_two_lists() -> None:
    harness = Harness({"blocklist": {"files": {"domains": ["/lists/one"], "jids": ["/lists/one"]}}})
    assert rows(harness, 0).keys() == {"/lists/one domains", "/lists/one jids"}


def test_a_fetch_that_fails_makes_no_list_younger_and_no_list_shorter() -> None:
    harness = Harness({"blocklist": SERVICE})
    harness.replay.feed(ListFetched(FEED, ("one.example",)), 100)
    harness.replay.feed(ListFetched(FEED, None, "remote-server-timeout"), 150)
    assert rows(harness, 160) == {"bl.example spam_source_domains": (60, 1)}


def rows(harness: Harness, now: float) -> dict[str, tuple[float, float]]:
    """Return age and size of every list."""
    seen = scraped(harness, now=now)
    names = [key[1] for key in seen if key[0] == "xmppfilter_feed_entries"]
    return {name: (seen["xmppfilter_feed_age_seconds", name], seen["xmppfilter_feed_entries", name]) for name in names}


# --- the process


def test_the_process() -> None:
    harness, vitals = Harness(), Vitals()
    seen = scraped(harness, vitals)
    assert seen["xmppfilter_build_info", __version__] == 1
    assert seen["xmppfilter_connected",] == 0
    assert seen["xmppfilter_reconnects_total",] == 0
    assert seen["xmppfilter_config_reload_success",] == 1
    harness.gateway.handle(Connected(), 1)
    vitals.sessions, vitals.reloaded = 3, False
    seen = scraped(harness, vitals)
    assert seen["xmppfilter_connected",] == 1
    assert seen["xmppfilter_reconnects_total",] == 2
    assert seen["xmppfilter_config_reload_success",] == 0


def test_the_store_and_the_loop() -> None:
    vitals = Vitals(store=Stored(errors=3, unwritten=70, times=(0.03, 0.04)))
    vitals.lag.add(0.25)
    seen = scraped(Harness(), vitals)
    assert seen["xmppfilter_store_errors_total",] == 3
    assert seen["xmppfilter_store_unwritten",] == 70
    assert seen["xmppfilter_store_write_seconds_count",] == 2
    assert seen["xmppfilter_store_write_seconds_sum",] == pytest.approx(0.07)
    assert seen["xmppfilter_loop_lag_seconds_count",] == 1
    assert seen["xmppfilter_loop_lag_seconds_sum",] == 0.25


def test_a_task_in_trouble_is_told_by_name() -> None:
    recorder = Watched()
    recorder.failed(OSError(28, "No space left on device"))
    seen = scraped(Harness(), Vitals(tasks={"store": Watched(), "recorder": recorder}))
    assert seen["xmppfilter_task_up", "recorder"] == 0
    assert seen["xmppfilter_task_up", "store"] == 1
    assert seen["xmppfilter_task_failures_total", "recorder"] == 1
