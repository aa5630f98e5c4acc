"""`xmppfilter help`, `example` and `schema`."""

import json

import pytest
from typer.testing import CliRunner

from xmppfilter.cli.main import app
from xmppfilter.config.example import example
from xmppfilter.config.keys import options_of
from xmppfilter.config.schema import json_schema
from xmppfilter.config.settings import FilterSection
from xmppfilter.judging.catalogue import filter_module, filter_names

runner = CliRunner()


def test_help_alone_lists_every_filter_with_what_it_catches() -> None:
    result = runner.invoke(app, ["help"])
    assert result.exit_code == 0
    lines = [line.split() for line in result.stdout.splitlines() if line.startswith("  ")]
    assert sorted(line[0] for line in lines) == filter_names()
    assert all(line[1] == "Catches" for line in lines)
    assert lines[0][0] == "known_spammers", "in the order in which they run"


@pytest.mark.parametrize("name", filter_names())
def test_help_for_a_filter_tells_its_options_rules_and_an_example(name: str) -> None:
    result = runner.invoke(app, ["help", name], env={"COLUMNS": "100"})
    assert result.exit_code == 0
    assert result.stdout.startswith(f"{name}: Catches ")
    module = filter_module(name)
    for option in [*options_of(module.Config), *options_of(FilterSection)]:
        assert f"\n  {option}: " in result.stdout
    for rule in module.RULES:
        assert f"\n  {name}.{rule}\n" in result.stdout
    assert f"\n  filters:\n    {name}:" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 120


def test_types_defaults_and_bounds_are_in_an_admins_words() -> None:
    spammers = runner.invoke(app, ["help", "known_spammers"]).stdout
    assert "ban_time: duration (90s, 15m, 12h, 7d); default 15m" in spammers
    copies = runner.invoke(app, ["help", "same_long_body"]).stdout
    assert "window: duration (90s, 15m, 12h, 7d) or off; default off" in copies
    assert "number_limit: whole number from 1 to 100000; default 20" in copies
    assert "scan: list of body, subject" in runner.invoke(app, ["help", "patterns"]).stdout


def test_a_filter_is_found_by_tigases_name() -> None:
    assert runner.invoke(app, ["help", "message-same-long-body"]).stdout.startswith("same_long_body: ")


def test_an_unknown_filter_is_guessed() -> None:
    result = runner.invoke(app, ["help", "same-long-bdy"])
    assert result.exit_code == 1
    assert "did you mean same_long_body?" in result.stderr


def test_example_and_schema_are_printed_as_they_are() -> None:
    assert runner.invoke(app, ["example"]).stdout == example()
    assert json.loads(runner.invoke(app, ["schema"]).stdout) == json_schema()
