"""The example configuration: complete, and no other than the defaults."""

from pathlib import Path
from typing import Any

import pytest

from xmppfilter.config.example import example, section
from xmppfilter.config.keys import options_of
from xmppfilter.config.loader import load, load_text
from xmppfilter.config.reference import describe
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


@pytest.mark.parametrize("name", filter_names())
def test_a_filters_example_is_its_defaults(name: str) -> None:
    text = "\n".join(["filters:", *(f"  {line}" for line in section(name))])
    loaded = load_text(f"component: {{jid: f.example, secret: x}}\ndomains: [a.example]\n{text}\n", {})
    assert loaded.settings.filters[0].config == filter_module(name).Config()
