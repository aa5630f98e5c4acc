"""What a command answers where that takes a while: worked out bit by bit, while stanzas are judged in between."""

from collections.abc import Callable, Generator, Iterator
from json import JSONEncoder
from typing import Any, Final

from xmppfilter.judging.effects import Effect
from xmppfilter.registers.command import Later, Result, Rows

_INDENT: Final = "  "
_PRINTER: Final = JSONEncoder(ensure_ascii=False, indent=2)


Perform = Callable[[Effect], object]


def whole(answer: Result, perform: Perform) -> Result:
    """Do all the work that *answer* waits for at once, and return it with nothing left to find out."""
    return {name: _whole(value, perform) for name, value in answer.items()}


def _whole(value: Any, perform: Perform) -> Any:
    if isinstance(value, Rows):
        return [row for row in value.found if row is not None]
    if not isinstance(value, Later):
        return value
    work = _performed(value, perform)
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value


def pieces(answer: Result, perform: Perform, told: Result) -> Iterator[str]:
    """Yield *answer* as an indented JSON document but for its `end_of`, piece by piece; an empty one is a step of work.

    What is not a list that was found bit by bit stands in *told* then.
    """
    yield "{"
    for number, (name, value) in enumerate(answer.items()):
        yield f"{',' if number else ''}\n{_INDENT}{_PRINTER.encode(name)}: "
        if isinstance(value, Rows):
            yield from _list(value)
        else:
            told[name] = (yield from _worked(value, perform)) if isinstance(value, Later) else value
            yield _indented(told[name], 1)


def end_of(answer: Result, more: Result) -> str:
    """Return what stands behind the `pieces` of *answer*, with *more* that has become known meanwhile."""
    added = ",".join(f"\n{_INDENT}{_PRINTER.encode(name)}: {_indented(value, 1)}" for name, value in more.items())
    comma = "," if answer and more else ""
    return f"{comma}{added}\n}}" if answer or more else "}"


def _list(rows: Rows) -> Iterator[str]:
    before = "["
    for row in rows.found:
        if row is None:
            yield ""
            continue
        yield f"{before}\n{_INDENT * 2}{_indented(row, 2)}"
        before = ","
    yield "[]" if before == "[" else f"\n{_INDENT}]"


def _worked(later: Later, perform: Perform) -> Generator[str, None, Any]:
    work = _performed(later, perform)
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value
        yield ""


def _performed(later: Later, perform: Perform) -> Generator[None, None, Any]:
    """Perform what comes of the work as it comes."""
    while True:
        try:
            step = next(later.work)
        except StopIteration as end:
            return end.value
        if step is not None:
            perform(step)
        yield


def _indented(value: Any, depth: int) -> str:
    return _PRINTER.encode(value).replace("\n", f"\n{_INDENT * depth}")
