"""How long modules and functions are: what is longer than it should be says why."""

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "xmppfilter"
MODULE, FUNCTION = 300, 40
"""Lines that a module and a function should have at the most; a function's without its docstring."""

LONG_MODULES = {
    "routes/pushes": (330, "bans, locks and orders share ids and answers"),
    "stanza/view": (370, "one class: all that is read of a stanza's bytes, and nothing that is judged"),
    "store/sqlite": (310, "opening, reading and beginning anew share one connection and its lock"),
}
"""Modules that are longer: how many lines they may have, and why. The numbers are to fall."""
LONG_FUNCTIONS = {
    "app._start": (48, "one step after another, each undone by the stack where a later one fails"),
    "routes/fast.read": (66, "the path of every stanza: a call more is measured"),
    "stanza/positions.child_spans": (46, "the handlers of one parser share what they have seen"),
    "judging/decision.decide": (50, "one function under one explanation: all that findings lead to"),
}
"""Functions that are longer, likewise."""


def _lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def _functions(path: Path) -> Iterator[tuple[str, int]]:
    """Yield each function in *path* with its lines, signature, docstring and inner functions apart."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            lines = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
            yield f"{path.relative_to(PACKAGE).with_suffix('').as_posix()}.{node.name}", lines


def _excess(found: dict[str, int], most: int, table: dict[str, tuple[int, str]], name: str) -> list[str]:
    """Return what is too long and not in *table*, what has grown beyond it, and what need not be in it any more."""
    mistakes = [
        f"{place} has {lines} lines, wanted {table.get(place, (most,))[0]}: split it, or say in {name} why not"
        for place, lines in found.items()
        if lines > table.get(place, (most,))[0]
    ]
    idle = (place for place in table if found.get(place, 0) <= most)
    return mistakes + [f"{place} is short, or gone: take it out of {name}" for place in idle]


def test_modules_are_short_or_say_why_not() -> None:
    found = {path.relative_to(PACKAGE).with_suffix("").as_posix(): _lines(path) for path in PACKAGE.rglob("*.py")}
    assert not _excess(found, MODULE, LONG_MODULES, "LONG_MODULES")


def test_functions_are_short_or_say_why_not() -> None:
    found = dict(each for path in PACKAGE.rglob("*.py") for each in _functions(path))
    assert not _excess(found, FUNCTION, LONG_FUNCTIONS, "LONG_FUNCTIONS")
