"""Variables of the environment in the texts of a configuration."""

import pytest

from xmppfilter.config.environment import substitute
from xmppfilter.config.mistakes import Book
from xmppfilter.config.yaml_text import parse

ENVIRON = {"NAME": "alice", "EMPTY": "", "_X1": "x"}


def substituted(text: str, *, required: bool = True) -> tuple[object, list[str]]:
    book = Book("x")
    tree = parse(text, book)
    assert tree is not None
    return substitute(tree, ENVIRON, book, required=required).plain(), [mistake.text for mistake in book.mistakes]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("a: ${NAME}", {"a": "alice"}),
        ("a: ['x-${NAME}-${_X1}', 5]", {"a": ["x-alice-x", 5]}),
        ("a: {b: '${EMPTY}'}", {"a": {"b": ""}}),
        ("a: $${NAME}", {"a": "${NAME}"}),
        ("a: 'x{2}${2}'", {"a": "x{2}${2}"}),
        ("${NAME}: b", {"${NAME}": "b"}),
    ],
)
def test_texts_are_replaced_and_nothing_else(written: str, read: object) -> None:
    assert substituted(written) == (read, [])


def test_a_missing_variable_is_a_mistake_only_where_it_is_needed() -> None:
    read, mistakes = substituted("a: ${NONE}")
    assert read == {"a": "${NONE}"}
    assert ["NONE" in mistake for mistake in mistakes] == [True]
    assert substituted("a: ${NONE}", required=False) == ({"a": "${NONE}"}, [])


def test_what_is_no_name_is_a_mistake_in_any_case() -> None:
    for required in (True, False):
        _, mistakes = substituted("a: ${NO NAME}", required=required)
        assert len(mistakes) == 1
        assert "letters, digits and _" in mistakes[0]


def test_a_value_knows_its_variable() -> None:
    tree = parse("a: ${NAME}\nb: c", Book("x"))
    assert tree is not None
    read = substitute(tree, ENVIRON, Book("x"), required=True).mapping()
    assert (read["a"].variable, read["b"].variable) == ("NAME", None)
