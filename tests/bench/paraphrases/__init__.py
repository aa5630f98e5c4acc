"""Offers in other words, in fourteen languages, and harmless texts of which several are about the same.

A file for each language: an offer begins with `=`, and behind it come paraphrases, `~` light, `+` medium and `#` heavy
ones; in `harmless.txt` what is about the same stands together. All of it was written for this.
"""

from collections import defaultdict
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

_HERE = Path(__file__).parent
_KINDS = {"~": "light", "+": "medium", "#": "heavy"}


class Offer(NamedTuple):
    name: str
    text: str
    by_kind: dict[str, list[str]]


def offers() -> list[Offer]:
    found: list[Offer] = []
    for path in sorted(_HERE.glob("??.txt")):
        for line in filter(None, path.read_text(encoding="utf-8").split("\n")):
            mark, text = line[0], line[2:]
            if mark == "=":
                found.append(Offer(f"{path.stem} {len(found)}", text, defaultdict(list)))
            else:
                found[-1].by_kind[_KINDS[mark]].append(text)
    return found


def harmless() -> list[list[str]]:
    """Texts by what they are about."""
    groups = (_HERE / "harmless.txt").read_text(encoding="utf-8").split("\n\n")
    return [[line for line in group.split("\n") if line] for group in groups]


def harmless_pairs() -> list[tuple[str, str]]:
    """Every two that are about the same."""
    return [pair for group in harmless() for pair in combinations(group, 2)]
