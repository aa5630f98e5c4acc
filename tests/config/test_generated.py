"""What is made of the options' own descriptions: it must fit what the loader reads."""

from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from xmppfilter.config.example import example, section
from xmppfilter.config.keys import options_of
from xmppfilter.config.loader import load, load_text
from xmppfilter.config.planned import PLANNED_FILTERS, PLANNED_OPTIONS
from xmppfilter.config.reference import about_filter, describe
from xmppfilter.config.schema import json_schema
from xmppfilter.config.settings import FilterSection, Settings
from xmppfilter.judging.catalogue import filter_module, filter_names

EXAMPLE = Path(__file__).parents[2] / "config.example.yaml"


def test_the_example_in_the_repository_is_the_one_that_the_program_prints() -> None:
    assert EXAMPLE.read_text(encoding="utf-8") == example(), "run: xmppfilter example > config.example.yaml"


def test_nothing_is_to_be_said_about_the_example() -> None:
    loaded = load(EXAMPLE, {})
    # its lists and patterns are left out, as its reader has not chosen any yet, and its store is on another machine
    expected = ("no services and no files", "neither strings nor regexes", "does not exist")
    assert [note for note in loaded.notes if not any(words in note.text for words in expected)] == []
    assert sorted(section.name for section in loaded.settings.filters) == filter_names()


def test_the_example_says_no_other_than_the_defaults() -> None:
    loaded = load(EXAMPLE, {}).settings
    for mounted in loaded.filters:
        assert mounted.config == filter_module(mounted.name).Config()
        assert mounted.common == FilterSection()
    bare = load_text(
        "component: {jid: filter.example.org, secret: x}\ndomains: [example.org, example.net]\n", {}
    ).settings
    assert loaded.policy == bare.policy
    assert loaded.log == bare.log
    assert loaded.max_stanza_size == bare.max_stanza_size
    assert loaded.component == bare.component


def test_every_commented_option_of_the_example_may_be_turned_on() -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    names = {name for model in _sections(Settings) for name in options_of(model)}
    on = [
        line.replace("# ", "", 1) if line.strip().removeprefix("# ").partition(":")[0] in names else line
        for line in lines
    ]
    kept = [
        line for line in on if "secret_file" not in line and "token_file" not in line and not line.startswith("    # ")
    ]
    assert sum(line.lstrip().startswith("# ") for line in kept) < sum(line.lstrip().startswith("# ") for line in lines)
    assert load_text("\n".join(kept), {}).settings.rooms == ["conference.example.org"]


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


@pytest.mark.parametrize("name", filter_names())
def test_a_filters_example_is_its_defaults(name: str) -> None:
    text = "\n".join(["filters:", *(f"  {line}" for line in section(name))])
    loaded = load_text(f"component: {{jid: f.example, secret: x}}\ndomains: [a.example]\n{text}\n", {})
    assert loaded.settings.filters[0].config == filter_module(name).Config()


def test_what_is_built_is_not_refused_as_planned() -> None:
    assert not PLANNED_FILTERS & set(filter_names())
    assert not {path[0] for path in PLANNED_OPTIONS if len(path) == 1} & set(options_of(Settings))
    assert not {path[2] for path in PLANNED_OPTIONS if path[0] == "filters"} & {
        option for name in filter_names() for option in options_of(filter_module(name).Config)
    }


def _valid(text: str) -> bool:
    validator = jsonschema.Draft202012Validator(json_schema())
    return bool(validator.is_valid(yaml.safe_load(text)))


def test_the_schema_is_one_and_has_the_example_for_good() -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())
    assert _valid(EXAMPLE.read_text(encoding="utf-8"))


GOOD = "component: {jid: f.example, secret: x}\ndomains: [a.example]\n"


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("", True),
        ("filters: {same_long_body: }", True),
        ("filters: {same_long_body: {window: 'off', mode: monitor, scores: {copies: 4}}}", True),
        ("filters: {same_long_body: {window: 1h}}", True),
        ("filters: {same_long_body: {window: 60}}", False),
        ("filters: {same_long_body: {scores: {copy: 4}}}", False),
        ("filters: {same_long_bdy: }", False),
        ("filters: {blocklist: {services: [{jid: a.example, nodes: [spam_source_ips]}]}}", True),
        ("filters: {blocklist: {services: [{jid: a.example, nodes: [{name: ours, holds: ips}]}]}}", True),
        ("filters: {blocklist: {services: [{jid: a.example, nodes: [ours]}]}}", False),
        ("filters: {blocklist: {services: [{jid: a.example, nodes: [{name: ours}]}]}}", False),
        ("filters: {blocklist: {services: [{jid: a.example, nodes: [{name: ours, holds: all}]}]}}", False),
        ("policy: {mode: watch}", False),
        ("policy: {per_domain: {a.example: {mode: monitor}}}", True),
        ("rout: verdict", False),
        ("max_stanza_size: 64KiB", True),
        ("http: {listen: 127.0.0.1:8799}", True),
        ("http: {token: a-token-of-some-length}", False),
        ("http: {listen: 127.0.0.1:8799, token: a-token-of-some-length, token_file: token}", False),
    ],
)
def test_the_schema_knows_what_the_loader_knows(text: str, valid: bool) -> None:
    assert _valid(GOOD + text) is valid


def test_defaults_in_the_schema_are_as_an_admin_writes_them() -> None:
    schema = json_schema()
    filters = schema["properties"]["filters"]["properties"]
    assert filters["known_spammers"]["properties"]["ban_time"]["default"] == "15m"
    assert filters["same_long_body"]["properties"]["window"]["default"] == "off"
    assert schema["properties"]["max_stanza_size"]["default"] == "1MiB"
    assert "default" not in schema["properties"]["policy"]
