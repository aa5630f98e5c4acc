"""Prints rows in columns as they come, however many there are and whatever stands in them, in linear time."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from textwrap import wrap
from typing import Final

from rich.cells import cell_len

AT_ONCE: Final = 500
"""Rows that are looked at together for how wide they are; those behind them may make columns wider."""
_WIDEST: Final = 60
"""Cells of a column that others stand behind; what is longer pushes them aside."""
_NARROWEST: Final = 30
"""Of the last column, on a narrow terminal."""
_GAP: Final = "  "


def in_columns(rows: Iterable[Sequence[str]], titles: Sequence[str], width: int | None) -> Iterator[str]:
    """Yield a line for *titles* and one for each of *rows*, whose last cell goes on below itself beyond *width*."""
    widths = [len(title) for title in titles[:-1]]
    rows = iter(rows)
    some = list(islice(rows, AT_ONCE))
    shown: list[Sequence[str]] = [titles]
    while shown or some:
        shown += [[_printable(cell) for cell in row] for row in some]
        widths = [max(known, *(min(_WIDEST, _length(row[n])) for row in shown)) for n, known in enumerate(widths)]
        for row in shown:
            yield from _lines(row, widths, width)
        some, shown = list(islice(rows, AT_ONCE)), []


def _lines(row: Sequence[str], widths: Sequence[int], width: int | None) -> Iterator[str]:
    before = "".join(cell + " " * (most - _length(cell)) + _GAP for cell, most in zip(row, widths, strict=False))
    if width is None:
        yield (before + row[-1]).rstrip()
        return
    beside = sum(widths) + len(_GAP) * len(widths)
    for number, part in enumerate(wrap(row[-1], max(_NARROWEST, width - beside)) or [""]):
        yield (" " * beside + part if number else before + part).rstrip()


def _printable(cell: str) -> str:
    """Return *cell* without what a terminal would obey."""
    return cell if cell.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in cell)


def _length(cell: str) -> int:
    return len(cell) if cell.isascii() else cell_len(cell)
