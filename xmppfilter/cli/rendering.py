"""Renders results and the help of commands from their records: nothing of one command is said here."""

from collections.abc import Iterable, Iterator, Sequence
from shutil import get_terminal_size
from textwrap import wrap
from typing import Final

from rich.table import Table as Grid
from rich.text import Text

from xmppfilter.operators.registry import Offer
from xmppfilter.registers.command import Column, Command, Counts, Record, Result, Table

_WIDEST: Final = 100


def rendered(result: Result, record: Record) -> Iterator[str | Grid]:
    """Yield *result* as people read it: sentences, and tables."""
    if record.headline is not None:
        yield record.headline(result)
    for name, shape in record.fields.items():
        if isinstance(shape, Table):
            yield from _rows(result, name, shape)
        elif isinstance(shape, Counts) and shape.shown and result[name]:
            yield f"{name}: {', '.join(f'{key} {n}' for key, n in result[name].items())}"
    if record.notes is not None:
        yield from record.notes(result)


def _rows(result: Result, name: str, table: Table) -> Iterator[str | Grid]:
    if table.sentence is None:
        yield _grid(result[name], table.columns)
        return
    for row in result[name]:
        yield f"  {table.sentence(result, row)}"


def _grid(rows: Sequence[Result], columns: Sequence[Column]) -> Grid:
    seen = [column for column in columns if column.title]
    grid = Grid(*(column.title for column in seen), box=None, header_style="bold")
    for row in rows:
        grid.add_row(*(Text(column.cell(row) if column.cell else str(row[column.name])) for column in seen))
    return grid


def overview(offers: Sequence[Offer]) -> Iterator[str]:
    """Yield how each command is called, and beside it in a sentence what it does."""
    widest = max((len(offer.command.usage) for offer in offers), default=0)
    for offer in offers:
        yield from _filled(_first(offer.command.doc), f"  {offer.command.usage:<{widest}}  ")


def details(offer: Offer) -> Iterator[str]:
    """Yield all that can be said of one command."""
    command = offer.command
    yield command.usage
    for paragraph in command.doc.split("\n\n"):
        yield from _filled(paragraph, "    ")
    yield from (f"  {meaning}" for meaning in meanings(command))
    if offer.of:
        yield f"  Only where the filter {offer.of} is on."
    yield f"  {'Changes something: it is logged who did it.' if command.changes else 'Changes nothing.'}"
    yield f"  Result, as JSON: {', '.join(command.result.fields)}"


def meanings(command: Command) -> Iterable[str]:
    """Return what each parameter means, of several of one name the first."""
    told: dict[str, str] = {}
    for parameter in command.parameters:
        told.setdefault(parameter.name, f"{parameter.name}: {parameter.doc}")
    return told.values()


def _first(doc: str) -> str:
    return doc.partition("\n")[0]


def _filled(text: str, before: str) -> list[str]:
    """Return *text* in lines that fit the terminal, the first behind *before*, the others below it."""
    width = min(_WIDEST, get_terminal_size().columns - 2)
    after = " " * len(before)
    return wrap(" ".join(text.split()), max(width, len(before) + 30), initial_indent=before, subsequent_indent=after)
