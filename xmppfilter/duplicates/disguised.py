"""Finds a text again of which every word is disguised, or that is written in the letters of another alphabet."""

from collections.abc import Callable

from xmppfilter.duplicates.index import Marks
from xmppfilter.duplicates.likeness import resembles
from xmppfilter.duplicates.sketch import Exact, Sketch


def found_by_marks(
    table: Marks, text: Sketch | Exact, secret: int, known: Callable[[int], tuple[bytes, ...]]
) -> int | None:
    """Return the number of a text of which *text*, or what it is in Latin letters, is a copy.

    *known* returns the excerpts of a living text, and nothing of another.
    """
    for version in (text, text.romanised):
        if version is None or not (marks := version.marks(table.mask, secret)):
            continue
        for number, count in table.found(marks):
            excerpts = known(number)
            # the last one may be in Latin letters
            if any(resembles(excerpt, version.letters, count) for excerpt in {*excerpts[:1], *excerpts[-1:]}):
                return number
    return None


def take_marks(table: Marks, text: Sketch | Exact, secret: int, number: int) -> None:
    """Let the marks of a text lead to it, or to what it is a copy of."""
    for version in (text, text.romanised):
        if version is not None:
            table.take(version.marks(table.mask, secret), number)
