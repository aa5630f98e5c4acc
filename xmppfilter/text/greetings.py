"""What people begin and end a message with, and the names that they are addressed by, in many languages.

The words are in `greetings.txt` and `names.txt` beside this module.
"""

from collections.abc import Iterator
from importlib.resources import files
from typing import Final

_BEGIN: Final = "[begin]"
_END: Final = "[end]"


def _phrases(lines: Iterator[str], until: str = "") -> Iterator[str]:
    """Yield what commas separate in lines, up to the one that says *until*."""
    for line in lines:
        if line == until and until:
            return
        if not line.startswith("#"):
            yield from filter(None, map(str.strip, line.split(",")))


def _lines(name: str) -> Iterator[str]:
    return iter(files("xmppfilter.text").joinpath(name).read_text(encoding="utf-8").split("\n"))


def greetings() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the phrases that messages begin with, and those that they end with."""
    lines = _lines("greetings.txt")
    for line in lines:
        if line == _BEGIN:
            break
    return tuple(_phrases(lines, _END)), tuple(_phrases(lines))


def names() -> tuple[str, ...]:
    """Return first names, those of several languages once."""
    return tuple(dict.fromkeys(_phrases(_lines("names.txt"))))
