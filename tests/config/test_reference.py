"""Options in words: each says what it is, what it takes, and what it is where nothing is said."""

from typing import Any

import pytest

from xmppfilter.config.keys import options_of
from xmppfilter.config.reference import about_filter, as_yaml, describe, filters_in_order, in_its_own_way
from xmppfilter.config.settings import FilterSection, Settings
from xmppfilter.judging.catalogue import filter_module, filter_names


def _sections(model: Any) -> list[Any]:
    return [model, *(below for option in describe(model) if option.section for below in _sections(option.section))]


@pytest.mark.parametrize("model", [*_sections(Settings), FilterSection], ids=lambda model: model.__name__)
def test_every_option_says_what_it_is(model: Any) -> None:
    assert [option.name for option in describe(model) if not option.description.endswith((".", ")"))] == []


@pytest.mark.parametrize("name", filter_names())
def test_every_filter_says_what_it_is(name: str) -> None:
    module = filter_module(name)
    first, rest = about_filter(name)
    assert first.endswith(".")
    assert rest.rpartition("\n\n")[2].startswith("Never looks at: ")
    assert module.RULES
    assert all(rule.isidentifier() and meaning for rule, meaning in module.RULES.items())
    assert all(option.description.endswith((".", ")")) for option in describe(module.Config))
    assert not set(options_of(module.Config)) & set(options_of(FilterSection)), "an option of every filter is hidden"


@pytest.mark.parametrize(
    ("filter_", "option", "kind", "line"),
    [
        ("known_spammers", "ban_time", "duration (90s, 15m, 12h, 7d)", "ban_time: 15m"),
        ("same_long_body", "window", "duration (90s, 15m, 12h, 7d) or off", "window: off"),
        ("patterns", "strings", "list of text", None),
    ],
)
def test_an_option_is_told_as_an_admin_writes_it(filter_: str, option: str, kind: str, line: str | None) -> None:
    (found,) = [each for each in describe(filter_module(filter_).Config) if each.name == option]
    assert found.kind == kind
    assert found.line == line if line is not None else found.line.startswith("# ")


@pytest.mark.parametrize(
    ("value", "schema", "written"),
    [
        (None, {"anyOf": [{"type": "integer"}, {"type": "null"}]}, None),
        (1 << 20, {"type": ["string", "integer"]}, "1MiB"),
        (1000, {"type": ["string", "integer"]}, "1000"),
        (5, {"type": "integer"}, None),
    ],
)
def test_a_value_is_written_in_its_own_way(value: object, schema: dict[str, Any], written: str | None) -> None:
    assert in_its_own_way(value, schema) == written


@pytest.mark.parametrize(
    ("value", "written"), [(5.0, "5"), ("yes", "'yes'"), (["a", 1], "[a, 1]"), ({}, "{}"), ("b\u00fc", "b\u00fc")]
)
def test_yaml_stands_in_one_line(value: object, written: str) -> None:
    assert as_yaml(value) == written


def test_filters_come_in_the_order_in_which_they_run() -> None:
    stages = [filter_module(name).Filter.stage for name in filters_in_order()]
    assert stages == sorted(stages)
    assert sorted(filters_in_order()) == filter_names()
