"""Reads the corpora that accuracy is measured with; see accuracy.py for where they are."""

import csv
import re
from pathlib import Path

from tests.bench.day_texts import NUS, Band

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no stanza can hold (XML 1.0, 2.2)."""


def sendable(text: str) -> str:
    """Return a text of a corpus as it can be sent: with U+FFFD for what no stanza can hold."""
    return _NOT_XML.sub("\ufffd", text)


def read_ham(folder: Path) -> list[str]:
    """The distinct harmless texts of all corpora that are there."""
    texts: list[str] = []
    for path in sorted((*folder.glob("sms/*.tsv"), *folder.glob("telegram_ru/*.tsv"))):
        rows = (line.partition("\t") for line in path.read_text(encoding="utf-8").split("\n"))
        texts += [text for label, _, text in rows if label == "ham"]
    for path in sorted(folder.glob("youtube/*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            texts += [row["CONTENT"] for row in csv.DictReader(file) if row["CLASS"] == "0"]
    return list(dict.fromkeys(sendable(text) for text in texts if text.strip()))


def read_bands(folder: Path) -> tuple[Band, ...]:
    """The table of how often people repeat each other, or the built-in one where there is none."""
    path = folder / "ham_repetition.tsv"
    if not path.is_file():
        return NUS
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if row["corpus"] == "NUS en"]
    return tuple(
        Band(
            max(2, int(row["len_from"])),
            300 if row["len_to"] == "inf" else int(row["len_to"]),
            int(row["messages"]),
            float(row["pct_body_seen_2+"]) / 100,
            float(row["pct_20+"]) / 100,
        )
        for row in rows
    )
