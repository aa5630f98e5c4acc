"""Holds results against what their commands' records say of them."""

from collections.abc import Iterator, Mapping
from typing import Any

from xmppfilter.registers.command import Counts, Record, Shape, Table, Value

_KINDS: dict[str, tuple[type, ...]] = {
    "text": (str,),
    "text or texts": (str,),
    "number": (int, float),
    "flag": (bool,),
    "texts": (),
}


def misfits(value: Any, shape: Shape, where: str = "") -> Iterator[str]:
    """Yield what of *value* is otherwise than *shape* says."""
    match shape:
        case Value():
            yield from _of_value(value, shape, where)
        case Counts():
            for name, each in value.items():
                yield from misfits(each, shape.each, f"{where}.{name}")
        case Table():
            columns = {column.name: column.shape for column in shape.columns}
            for number, row in enumerate(value):
                yield from _of_fields(row, columns, f"{where}[{number}]")
        case Record():
            if value is not None or not shape.null:
                yield from _of_fields(value, shape.fields, where)


def _of_value(value: Any, shape: Value, where: str) -> Iterator[str]:
    if value is None:
        right = shape.null
    elif isinstance(value, list):
        right = "texts" in shape.kind and all(isinstance(each, str) for each in value)
    else:
        right = isinstance(value, _KINDS[shape.kind]) and isinstance(value, bool) == (shape.kind == "flag")
    if not right:
        yield f"{where}: found {value!r}, wanted {shape.kind}"


def _of_fields(row: Any, fields: Mapping[str, Shape], where: str) -> Iterator[str]:
    if not isinstance(row, dict):
        yield f"{where}: found {row!r}, wanted {', '.join(fields)}"
        return
    yield from (f"{where}.{name}: is not told of" for name in row if name not in fields)
    for name, shape in fields.items():
        if name in row:
            yield from misfits(row[name], shape, f"{where}.{name}")
        elif isinstance(shape, Table) or not shape.optional:
            yield f"{where}.{name}: is missing"
