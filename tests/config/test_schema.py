"""The JSON Schema of a configuration: it takes what the loader takes."""

import jsonschema
import pytest
import yaml

from xmppfilter.config.example import example
from xmppfilter.config.schema import json_schema


def _valid(text: str) -> bool:
    validator = jsonschema.Draft202012Validator(json_schema())
    return bool(validator.is_valid(yaml.safe_load(text)))


def test_the_schema_is_one_and_has_the_example_for_good() -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())
    assert _valid(example())


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
