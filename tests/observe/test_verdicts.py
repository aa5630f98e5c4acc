"""What the log says of verdicts, and how little of a flood."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from xmppfilter.judging.verdict import INVALID, Action, Finding, Verdict
from xmppfilter.observe.verdicts import IN_FULL, KINDS_AT_MOST, MINUTE, NAMED, Journal
from xmppfilter.stanza.view import Stanza

BODY = "a text that nobody may read in the log"


@pytest.fixture(autouse=True)
def _at_info(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    with caplog.at_level(logging.INFO, "xmppfilter.verdicts"):
        yield


def dropped(rule: str = "patterns.string") -> Verdict:
    finding = Finding(rule, "found")
    return Verdict(Action.DROP, findings=(finding,), score=10, decided_by=finding)


def stanza(domain: str = "evil.example", name: str = "mallory") -> Stanza:
    return Stanza.read(
        f"<message from='{name}@{domain}/secret' to='alice@example.org/home'><body>{BODY}</body></message>"
    )


def lines(caplog: pytest.LogCaptureFixture) -> list[tuple[str, dict[str, Any]]]:
    return [(record.message, vars(record)["fields"]) for record in caplog.records]


def test_a_verdict_has_a_line_of_its_own(caplog: pytest.LogCaptureFixture) -> None:
    Journal().verdict(stanza(), dropped(), 0)
    ((message, fields),) = lines(caplog)
    assert message == "verdict"
    assert fields["decided_by"] == "patterns.string"
    assert (fields["from"], fields["to"]) == ("mallory@evil.example", "alice@example.org")
    assert BODY not in str(fields)


@pytest.mark.parametrize("count", [IN_FULL, IN_FULL + 1, 1000])
def test_a_flood_is_summed_up_when_its_minute_is_over(caplog: pytest.LogCaptureFixture, count: int) -> None:
    journal = Journal()
    for n in range(count):
        journal.verdict(stanza(f"d{n % 10}.example"), dropped(), n * MINUTE / (count + 1))
    assert len(lines(caplog)) == min(count, IN_FULL)
    caplog.clear()
    journal.tick(MINUTE - 0.01)
    assert lines(caplog) == []
    journal.tick(MINUTE)
    summaries = lines(caplog)
    assert len(summaries) == (count > IN_FULL)
    for message, fields in summaries:
        assert message == "verdicts without a line of their own, in a minute"
        assert (fields["rule"], fields["drop"]) == ("patterns.string", count - IN_FULL)
        assert len(fields["domains"]) == min(NAMED, count - IN_FULL)
    caplog.clear()
    journal.verdict(stanza(), dropped(), MINUTE + 1)
    assert [message for message, _ in lines(caplog)] == ["verdict"]


def test_a_flood_of_one_rule_hides_no_other(caplog: pytest.LogCaptureFixture) -> None:
    journal = Journal()
    for _ in range(500):
        journal.verdict(stanza(), dropped("same_long_body.copies"), 0)
    caplog.clear()
    journal.verdict(stanza(), dropped("mentions.host"), 1)
    assert [fields["decided_by"] for _, fields in lines(caplog)] == ["mentions.host"]


def test_what_is_counted_is_told_at_the_end(caplog: pytest.LogCaptureFixture) -> None:
    journal = Journal()
    for _ in range(IN_FULL + 3):
        journal.verdict(stanza(), INVALID, 0)
    caplog.clear()
    journal.close()
    assert [(fields["rule"], fields["drop"]) for _, fields in lines(caplog)] == [("invalid address", 3)]


def test_with_debug_every_verdict_has_its_line(caplog: pytest.LogCaptureFixture) -> None:
    journal = Journal()
    with caplog.at_level(logging.DEBUG, "xmppfilter.verdicts"):
        for _ in range(3 * IN_FULL):
            journal.verdict(stanza(), dropped(), 0)
    assert len(lines(caplog)) == 3 * IN_FULL
    assert lines(caplog)[0][1]["from"] == "mallory@evil.example/secret"


def test_what_is_counted_in_a_minute_is_bounded(caplog: pytest.LogCaptureFixture) -> None:
    journal = Journal()
    for n in range(KINDS_AT_MOST + 50):
        journal.verdict(stanza(f"d{n}.example"), dropped(), 0)
        journal.verdict(stanza(), dropped(f"rule.n{n}"), 0)
    assert len(journal._floods) <= KINDS_AT_MOST + 1
    assert max(len(flood.domains) for flood in journal._floods.values()) <= KINDS_AT_MOST + 1
    assert len(caplog.records) > KINDS_AT_MOST
