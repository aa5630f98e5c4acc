"""The tree of a configuration: its values, and where they stood."""

import pytest

from xmppfilter.config.mistakes import Book, PathParts
from xmppfilter.config.nodes import Node
from xmppfilter.config.yaml_text import parse

TEXT = "policy:\n  mode: monitor\n  actions: {patterns: tag}\ndomains:\n  - one\n  - two\n"


@pytest.fixture
def root() -> Node:
    tree = parse(TEXT, Book("x"))
    assert tree is not None
    return tree


@pytest.mark.parametrize(
    ("path", "position", "value"),
    [
        (("policy", "mode"), (2, 9), "monitor"),
        (("policy", "actions"), (3, 3), {"patterns": "tag"}),
        (("policy", "actions", "patterns"), (3, 23), "tag"),
        (("domains", 1), (6, 5), "two"),
    ],
)
def test_a_value_is_found_with_where_it_stands(
    root: Node, path: PathParts, position: tuple[int, int], value: object
) -> None:
    at, node = root.find(path)
    assert node is not None
    assert (at, node.plain()) == (position, value)


@pytest.mark.parametrize(
    ("path", "position"),
    [
        (("policy", "spam"), (1, 1)), (("policy", "mode", "x"), (2, 9)), (("domains", 2), (4, 1)), (("http",), (1, 1)),
    ],
)  # fmt: skip
def test_what_is_not_there_is_told_at_the_nearest_thing_above(
    root: Node, path: PathParts, position: tuple[int, int]
) -> None:
    assert root.find(path) == (position, None)


def test_a_key_is_found_where_it_stands(root: Node) -> None:
    assert root.find_key(("policy", "mode")) == (2, 3)
    assert root.find_key(("policy", "none")) == (1, 1)
    assert root.find_key(()) == (1, 1)


def test_a_section_can_be_split_by_its_keys(root: Node) -> None:
    policy = root.mapping()["policy"]
    assert policy.only("mode", "none").plain() == {"mode": "monitor"}
    assert policy.without("mode").plain() == {"actions": {"patterns": "tag"}}
    assert policy.only("mode").find_key(("mode",)) == (2, 3)
    assert root.mapping()["domains"].mapping() == {}
