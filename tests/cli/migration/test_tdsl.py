"""Tigase's two ways to write a configuration, read into values."""

import pytest

from xmppfilter.cli.migration.draft import MigrationError
from xmppfilter.cli.migration.tdsl import Bean, is_dsl, read_dsl, read_properties

DSL = """\
admins = [ 'a@example.org', 'b@example.org' ]
'sess-man' () {
    'spam-filter' (active: false) {  # a comment, with 'quotes' () {
        limit = 10L
        return-error = true
    }
}
"""


def test_the_kind_is_known_by_its_shape() -> None:
    assert is_dsl(DSL)
    assert not is_dsl("--cluster-mode = false\nsess-man/plugins-conf/x = 1\n")


def test_beans_hold_beans_and_properties_with_their_lines() -> None:
    root = read_dsl(DSL)
    assert root.properties["admins"].value == ["a@example.org", "b@example.org"]
    inner = root.beans["sess-man"].beans["spam-filter"]
    assert isinstance(inner, Bean)
    assert (inner.line, inner.properties["limit"].line) == (3, 4)
    assert inner.properties["return-error"].value is True


def test_properties_are_lines() -> None:
    read = read_properties("# no\nadmins = a@example.org\nx/y[B]=true\n\n")
    assert {name: (found.line, found.value) for name, found in read.items()}["admins"] == (2, "a@example.org")


@pytest.mark.parametrize(
    ("text", "words"), [("}", "line 1: found }"), ("x = 1\na () {", "line 2: found {"), ("a = {", "not closed")]
)
def test_blocks_must_close(text: str, words: str) -> None:
    with pytest.raises(MigrationError, match=words):
        read_dsl(text)


@pytest.mark.parametrize("text", ["", "'a", "a = [ 1", "\0" * 50, "()" * 100])
def test_what_says_nothing_is_passed_over(text: str) -> None:
    assert read_dsl(text).beans == {}
