"""A command's record is what its function says: its words, its parameters, its documentation."""

from dataclasses import dataclass, field
from types import ModuleType
from typing import Annotated, Literal

import pytest

from tests.harness import Harness
from xmppfilter.registers.command import (
    Answer,
    Context,
    Parameter,
    Record,
    Value,
    command,
    commands_of,
)

KEPT = Record("what is kept", {"kept": Value("how many things", "number")})
A_NUMBER = Parameter("NUMBER", "how many", int)


@dataclass
class Box:
    """What the commands below act on."""

    things: list[int] = field(default_factory=list)

    @command("box put", KEPT, changes=True)
    def put(self, _: Context, first: Annotated[int, A_NUMBER], *more: Annotated[int, A_NUMBER]) -> Answer:
        """Put numbers into the box.

        All of them, at once.
        """
        self.things += (first, *more)
        return Answer({"kept": len(self.things)})

    @command("box sort", KEPT, changes=True)
    def sort(
        self,
        _: Context,
        order: Annotated[Literal["up", "down"], Parameter("ORDER", "which end comes first")],
        most: Annotated[int | None, A_NUMBER] = None,
    ) -> Answer:
        """Sort the box."""
        self.things = sorted(self.things, reverse=order == "down")[:most]
        return Answer({"kept": len(self.things)})

    def shake(self) -> None:
        """Do what nobody can order."""


def test_commands_are_found_in_their_order_as_they_are_written() -> None:
    put, sort = commands_of(Box)
    assert (put.words, put.name, put.usage) == (("box", "put"), "box put", "box put NUMBER [NUMBER...]")
    assert (put.doc, put.changes, put.result) == ("Put numbers into the box.\n\nAll of them, at once.", True, KEPT)
    assert (put.least, put.most) == (1, float("inf"))
    assert (sort.usage, sort.least, sort.most) == ("box sort up|down [NUMBER]", 1, 2)
    assert [parameter.doc for parameter in sort.parameters] == ["which end comes first", "how many"]


@pytest.mark.parametrize(("word", "value"), [("up", "up"), ("down", "down"), ("UP", None), ("", None)])
def test_a_choice_is_one_of_the_words_that_it_may_be(word: str, value: str | None) -> None:
    order = commands_of(Box)[1].parameters[0]
    assert order.choices == ("up", "down")
    if value is None:
        with pytest.raises(ValueError, match="wanted up or down"):
            order.read(word)
    else:
        assert order.read(word) == value


def test_a_command_acts_on_what_it_is_given() -> None:
    context = Context(0.0, Harness({}).gateway.setup.policy)
    box = Box()
    put, sort = commands_of(Box)
    assert put.run(box, context, 1, 2, 3) == Answer({"kept": 3})
    assert sort.run(box, context, "down", 2) == Answer({"kept": 2})
    assert box.things == [3, 2]


def test_a_module_offers_its_own_functions_and_none_that_it_imports() -> None:
    module = ModuleType("elsewhere")
    module.put = Box.put  # type: ignore[attr-defined]
    assert commands_of(module) == ()
    module.__name__ = __name__
    assert [each.name for each in commands_of(module)] == ["box put"]


@pytest.mark.parametrize("words", ["", " ", "one two three"])
def test_a_command_has_one_word_or_two(words: str) -> None:
    with pytest.raises(TypeError, match="wanted one or two words"):
        command(words, KEPT)


def test_a_parameter_that_says_not_how_it_is_written_is_a_mistake() -> None:
    class Wrong:
        @command("wrong", KEPT)
        def wrong(self, _: Context, text: str) -> Answer:
            """Fail."""
            return Answer({"kept": text})

    with pytest.raises(TypeError, match="text: wanted Annotated"):
        commands_of(Wrong)
