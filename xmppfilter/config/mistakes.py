"""What is wrong with a configuration, said so that it can be fixed at once."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final

PathParts = tuple[str | int, ...]
"""Where an option stands: names of sections and options, and the places in lists, from 0."""

_PRINTABLE: Final = re.compile(r"[\w.@*:-]{1,80}")
_LONGEST_WORD: Final = 64
"""Words longer than this are no misspelling of anything."""
_SUGGESTIONS: Final = 200
"""Suggestions for one file: with more mistakes in it, it is the wrong file, and comparing words takes time."""


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """One thing that is wrong, or, among the notes of a configuration that is fine, one worth knowing."""

    file: str
    line: int
    """From 1."""
    column: int
    """From 1."""
    path: str
    """The option, with dots; empty for the file as a whole."""
    text: str

    def __str__(self) -> str:
        """Return the mistake in one line."""
        return (
            f"{self.file}:{self.line}: {self.path}: {self.text}"
            if self.path
            else f"{self.file}:{self.line}: {self.text}"
        )


class ConfigError(Exception):
    """A configuration that cannot be used, with every mistake in it."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = sorted(mistakes)
        super().__init__("\n".join(map(str, self.mistakes)))


@dataclass(slots=True)
class Book:
    """Collects the mistakes and notes about one file."""

    file: str
    mistakes: list[Mistake] = field(default_factory=list)
    notes: list[Mistake] = field(default_factory=list)
    excused: set[PathParts] = field(default_factory=set)
    """Options that are missing because of a mistake that is noted already."""
    _suggested: int = 0
    _noted: set[tuple[tuple[int, int], PathParts]] = field(default_factory=set)

    def mistake(self, position: tuple[int, int], path: PathParts, text: str) -> None:
        """Note a mistake at *position* (line and column, from 1); of several about one value only the first."""
        if (position, path) not in self._noted:
            self._noted.add((position, path))
            self.mistakes.append(Mistake(self.file, *position, path_text(path), text))

    def note(self, position: tuple[int, int], path: PathParts, text: str) -> None:
        """Note something that is no mistake, but worth knowing."""
        self.notes.append(Mistake(self.file, *position, path_text(path), text))

    def suggest(self, word: str, known: Iterable[str]) -> str | None:
        """Return the known word that *word* was probably meant to be."""
        if len(word) > _LONGEST_WORD or self._suggested >= _SUGGESTIONS:
            return None
        self._suggested += 1
        candidates = list(known)
        plain = word.strip().lower().replace("-", "_")
        if plain in candidates:
            return plain
        close = get_close_matches(plain, candidates, n=1) or get_close_matches(word, candidates, n=1)
        return close[0] if close else None


def path_text(path: PathParts) -> str:
    """Return *path* as people write it: `policy.unfiltered_recipients[0]`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f"{'.' if text else ''}{printable(part)}"
    return text


def printable(word: str) -> str:
    """Return *word* as it is where that is safe and short, else quoted and cut."""
    return word if _PRINTABLE.fullmatch(word) else quoted(word)


def quoted(text: str, most: int = 60) -> str:
    """Return *text* in quotes, on one line, at most *most* characters of it."""
    return repr(text) if len(text) <= most else f"{text[:most]!r}…"


def any_of(words: Iterable[str]) -> str:
    """Return `a, b or c`."""
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else last


def did_you_mean(word: str | None) -> str:
    """Return the question, or nothing where there is no guess."""
    return f"; did you mean {word}?" if word else ""
