"""Options with odd values: a configuration is refused in words, or it is one that a gateway can run by."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from xmppfilter.config.loader import ConfigError, load_text
from xmppfilter.config.schema import json_schema
from xmppfilter.replay.reader import BadLine, read_events
from xmppfilter.replay.replay import Replay

BASE: dict[str, Any] = {"component": {"jid": "filter.example.org", "secret": "hush"}, "domains": ["example.org"]}
SCHEMA = json_schema()
TIMES: list[Any] = ["0s", "0.001s", "1s", "59s", "15m", "999999w", "-1s", "1e3s", "inf", "off", "0", "1KiB", "10GiB"]
NUMBERS: list[Any] = [0, 1, -1, 2, 0.5, 1e-300, 1e300, float("inf"), float("nan"), 10**9, 10**30, True, -0.0]
TEXTS: list[Any] = [
    "", "a", " ", "*", "*.", "@", "a@", "@b", "a@b/c", "a@*", "[", "(a+)+", "\\", "\\d", "(?i)", "x" * 5000, "\u00e9",
    "\u202e", "example.org", "*.example.org", "bot-*@example.org", "/nonexistent/x", "192.0.2.0/24", "::/0", "^", ".*",
    "a|", "\U0001f600", "\u0130", "blocklist",
]  # fmt: skip
STANZAS = [
    "<message from='m@evil.example/x' to='alice@example.org' type='chat'><body>Hello https://evil.example/x</body></message>",
    "<presence from='m@evil.example' to='alice@example.org' type='subscribe'/>",
    "<message from='m@evil.example/x' to='alice@example.org' type='error'/>",
    "<message from='m@evil.example/x' to='alice@example.org' type='groupchat'><body>x</body></message>",
    *(
        f"<message from='{n}@evil.example/x' to='u{n}@example.org'><body>{'words ' * 60}</body></message>"
        for n in range(8)
    ),
]
LINES = [json.dumps({"at": at, "stanza": stanza}) for at, stanza in enumerate(STANZAS)]


def resolved(option: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in option:
        option = SCHEMA["$defs"][option["$ref"].rpartition("/")[2]]
    return option


def values(option: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Return what an admin may write for *option*, of the types in its schema and a little beside."""
    option = resolved(option)
    kinds = option.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    some = [st.none(), st.sampled_from(TEXTS + TIMES + NUMBERS)]
    some += [st.sampled_from(option["enum"])] if "enum" in option else []
    some += [values(choice) for choice in option.get("anyOf", ())]
    if "array" in kinds:
        some.append(st.lists(values(option["items"]), max_size=3))
    if "object" in kinds:
        below = option.get("additionalProperties")
        if isinstance(below, dict):
            names = ["example.org", "same_long_body", "copies", "", "*"]
            some.append(st.dictionaries(st.sampled_from(names), values(below), max_size=2))
        parts = {name: values(part) for name, part in option.get("properties", {}).items()}
        some.append(st.fixed_dictionaries({}, optional=parts))
    return st.one_of(some)


def options() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, option in SCHEMA["properties"].items():
        if name != "filters":
            yield name, option
    yield from ((f"filters.{name}", option) for name, option in SCHEMA["properties"]["filters"]["properties"].items())


def tree_of(path: str, value: Any) -> dict[str, Any]:
    section, _, name = path.partition(".")
    if name:
        return BASE | {"filters": {name: value}}
    if section == "component" and isinstance(value, dict):
        return BASE | {"component": BASE["component"] | value}
    return BASE | {section: value}


@pytest.mark.parametrize(("path", "option"), list(options()), ids=lambda value: value if isinstance(value, str) else "")
def test_what_is_accepted_can_be_run_by(path: str, option: dict[str, Any]) -> None:
    parts = resolved(option).get("properties", {})
    one = [st.fixed_dictionaries({name: values(part)}) for name, part in parts.items()]

    @settings(max_examples=60, deadline=None)
    @given(st.one_of(*one, values(option)))
    def holds(value: Any) -> None:
        try:
            loaded = load_text(yaml.safe_dump(tree_of(path, value), allow_unicode=True), {})
        except ConfigError:
            return
        replay = Replay(loaded.settings)
        for line in read_events(LINES):
            assert not isinstance(line, BadLine)
            assert "error" not in replay.feed(line.event, line.at)
        replay.feed(("reload",), None)
        status = replay.feed(("status",), None)["result"]
        assert [row["name"] for row in status["filters"] if row["failures"]] == []
        assert status["failures"] == 0

    holds()


@pytest.mark.parametrize("pattern", ["*.example.net", "bot-*@example.net", "*", "(a|b).example", "^evil\\.example$"])
@pytest.mark.parametrize(
    "tree",
    [
        {"domains": ["{}"]},
        {"rooms": ["{}"]},
        {"servers": ["{}"]},
        {"admins": ["{}"]},
        {"policy": {"unfiltered_recipients": ["{}"]}},
        {"policy": {"per_domain": {"{}": {"mode": "monitor"}}}},
        {"component": {"jid": "{}", "secret": "hush"}},
        {"filters": {"campaign": {"allow": ["{}"]}}},
        {"filters": {"stranger_rate": {"allow": ["{}"]}}},
        {"filters": {"blocklist": {"services": [{"jid": "{}"}]}}},
    ],
    ids=str,
)
def test_a_pattern_where_none_is_taken_is_refused(tree: dict[str, Any], pattern: str) -> None:
    text = json.dumps(BASE | tree).replace('"{}"', json.dumps(pattern))  # JSON is YAML
    with pytest.raises(ConfigError, match="wanted"):
        load_text(text, {})
