"""What takes a while is answered bit by bit, and makes the same document as if it had been done at once."""

import json
from collections.abc import Generator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from xmppfilter.judging.effects import Effect, Notice
from xmppfilter.operators.answers import end_of, pieces, whole
from xmppfilter.registers.command import Later, Rows

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def counted(steps: int) -> Generator[Effect | None, None, int]:
    for number in range(steps):
        yield Notice("step", {"number": number}) if number % 2 else None
    return steps


SHAPES = st.tuples(st.sampled_from(["plain", "rows", "later"]), st.lists(VALUES, max_size=5))


@given(st.dictionaries(st.text(), SHAPES), st.dictionaries(st.text(), VALUES, max_size=2))
def test_the_pieces_are_the_whole(shapes: dict[str, tuple[str, list[Any]]], more: dict[str, Any]) -> None:
    more = {name: value for name, value in more.items() if name not in shapes}

    def answer() -> dict[str, Any]:
        return {name: _lazily(kind, values) for name, (kind, values) in shapes.items()}

    performed: tuple[list[Effect], list[Effect]] = ([], [])
    expected = whole(answer(), performed[0].append)
    told: dict[str, Any] = {}
    document = "".join(pieces(answer(), performed[1].append, told)) + end_of(expected, more)
    assert document == json.dumps(expected | more, ensure_ascii=False, indent=2)
    assert performed[0] == performed[1]
    assert told == {name: value for name, value in expected.items() if shapes[name][0] != "rows"}


def _lazily(kind: str, values: list[Any]) -> Any:
    match kind:
        case "rows":
            return Rows(iter(values))
        case "later":
            return Later(counted(len(values)))
        case _:
            return values


def test_a_row_or_a_step_makes_one_piece() -> None:
    document = pieces({"rows": Rows(iter([1, None, 2])), "count": Later(counted(3))}, lambda _: None, {})
    assert [piece.strip() for piece in document] == [
        "{", '"rows":', "[\n    1", "", ",\n    2", "]", ',\n  "count":', "", "", "", "3",
    ]  # fmt: skip
