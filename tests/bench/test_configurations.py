"""With all filters on, what must pass passes, and what must be stopped is: what the benchmark checks itself by."""

from pathlib import Path

import pytest

from tests.bench import configurations
from tests.bench.traffic import UNWANTED, Generator, Traffic, bare
from xmppfilter.filters import patterns
from xmppfilter.judging.verdict import Action
from xmppfilter.stanza.view import Stanza

NOW = 1_700_000_000.0
SLOW = 500
"""Stanzas a second: a campaign that goes slower is harder to tell."""


class Full:
    def __init__(self, folder: Path) -> None:
        self.core = configurations.configured(folder, NOW)
        self.settings, self.gateway = self.core.settings, self.core.gateway
        assert self.gateway.library.lists is not None
        self.lists = self.gateway.library.lists
        self.now = NOW

    def passed(self, traffic: Traffic, per_second: float) -> list[bytes]:
        passed = []
        for one in traffic.stanzas:
            self.now += 1 / per_second
            if self.gateway.judge.judge(Stanza.parse(one), self.now).verdict.action is Action.DELIVER:
                passed.append(one)
        return passed


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Full:
    return Full(tmp_path_factory.mktemp("configurations"))


def test_all_filters_are_on_with_as_many_patterns_and_entries_as_is_said(full: Full) -> None:
    assert len(full.settings.filters) == 12
    config = next(one.config for one in full.settings.filters if one.name == "patterns")
    assert isinstance(config, patterns.Config)
    assert (len(set(config.strings)), len(set(config.regexes))) == (1000, 100)
    assert sum(len(source) for source in full.lists.files.values()) == 100_000


def test_every_pattern_finds_what_it_is_for(full: Full) -> None:
    for phrase in (configurations.PHRASES[n] for n in (0, 999, 1000, 1099)):
        raw = f"<message from='a@b.example' to='c@example.org'><body>Get your {phrase} now</body></message>"
        assert full.gateway.judge.explain(Stanza.parse(raw.encode()), NOW).action is Action.DROP


def test_once_introduced_every_copy_is_stopped_and_nothing_else(tmp_path: Path) -> None:
    full, generator = Full(tmp_path), Generator()
    full.passed(generator.introduction(bare), SLOW)
    for traffic in (generator.everything(3000, bare), generator.flood(300, bare)):
        passed = full.passed(traffic, SLOW)
        assert [one for one in passed if UNWANTED in one] == []
        assert len(passed) == traffic.passing


def test_newcomers_are_let_in(full: Full) -> None:
    traffic = Generator(7).newcomers(2000, bare)
    assert full.passed(traffic, 1000) == traffic.stanzas
