"""Macros, access rules and ACLs of ejabberd."""

import pytest

from xmppfilter.cli.migration.acl import Rules
from xmppfilter.config.mistakes import Book
from xmppfilter.config.nodes import Node
from xmppfilter.config.yaml_text import parse

TEXT = """\
define_macro: {BOSS: boss@example.org}
acl:
  boss: {user: BOSS}
  team:
    - user: [a@example.org, {b: example.org}, c]
    - acl: boss
  mixed: {user: a@example.org, ip: 192.0.2.0/24}
  bad: {server: [x.example, y.example]}
  loop: {acl: loop}
access_rules:
  to_team: [{allow: team}]
  open: [allow]
  s2s: [{deny: bad}, {deny: {acl: [bad]}}, {deny: {server: z.example}}, allow]
  endless: [{allow: loop}, {deny: loop}]
rules: {a: team, b: to_team, c: mixed, d: unknown, e: none, f: all, g: endless, h: [{allow: {user: d@x.example}}],
        i: open, j: s2s, k: [{deny: bad}]}
"""


def rule(name: str) -> tuple[Rules, Node]:
    root = parse(TEXT, Book(""))
    assert root is not None
    node = root.find(("rules", name))[1]
    assert node is not None
    return Rules(root), node


TEAM = ["a@example.org", "b@example.org", "c", "boss@example.org"]


@pytest.mark.parametrize(
    ("name", "users", "others"),
    [
        ("a", TEAM, ""),
        ("b", TEAM, ""),
        ("c", ["a@example.org"], "ip"),
        ("d", [], "unknown"),
        ("e", [], ""),
        ("f", [], "all"),
        ("g", [], "'rules within rules', deny"),
        ("h", ["d@x.example"], ""),
        ("i", [], "allow"),
    ],
)
def test_whom_a_rule_allows(name: str, users: list[str], others: str) -> None:
    rules, node = rule(name)
    assert rules.accounts(node) == (users, others)


def test_which_servers_a_rule_denies() -> None:
    rules, node = rule("j")
    assert [server for _, server in rules.denied_servers(node)] == ["x.example", "y.example"] * 2 + ["z.example"]
    assert [server for _, server in rules.denied_servers(rule("k")[1])] == ["x.example", "y.example"]
    assert rules.denied_servers(rule("g")[1]) == []
    assert rules.denied_servers(None) == []
