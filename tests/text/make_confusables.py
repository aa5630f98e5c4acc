"""Writes xmppfilter/text/confusables.py from Unicode's confusables.txt: `python -m tests.text.make_confusables FILE`.

UTS 39 maps a character to a prototype that knows neither case nor width, and sends `m` to `rn` and `0` to `O`.
A filter wants the opposite: case folded first, ASCII letters left alone (an operator's pattern must stay legible), and
capital and small letter of every alphabet together. So the table is made anew over folded characters.
"""

import re
import sys
import textwrap
import unicodedata
from collections import defaultdict
from pathlib import Path

from xmppfilter.text.fold import fold_compatibility

MODULE = Path(__file__).parents[2] / "xmppfilter" / "text" / "confusables.py"

# The visual prototype of these is not what a reader takes them for, or would merge two letters of one alphabet.
BY_HAND = {
    "\u04cf": "l", "\u0131": "i", "\u017f": "s", "\u03b5": "e", "\u0454": "e", "\u0455": "s",
    "\u044f": "\u044f", "\u0437": "\u0437", "\u0431": "\u0431", "\u044b": "\u044b", "\u044a": "\u044a",
    "\u2014": "-", "\u2015": "-", "\u20ac": "\u20ac",
    "\u044e": "\u044e", "\u043b": "\u028c", "\u03bb": "\u028c", "\u028c": "\u028c",
}  # fmt: skip

# LATIN LETTER SMALL CAPITAL B, NEGATIVE SQUARED LATIN CAPITAL LETTER B, REGIONAL INDICATOR SYMBOL LETTER B, ...
NAMED_LETTER = re.compile(
    r"(?:(?:CROSSED )?NEGATIVE (?:CIRCLED|SQUARED) |REGIONAL INDICATOR SYMBOL |MODIFIER LETTER )?(?:LATIN )?"
    r"(?:SMALL |CAPITAL )?LETTER (?:(?:SMALL|CAPITAL|TURNED|REVERSED|INVERTED|SIDEWAYS|OPEN|DOTLESS|INSULAR|CLOSED|"
    r"LONG|SCRIPT|BARRED|BLACKLETTER|HALF|STRETCHED|TAILLESS|LENIS) )*([A-Z])(?: WITH .*| ROTUNDA)?"
)
MAX_TARGET = 3
HANGUL_JAMO = range(0x1100, 0x1200), range(0xA960, 0xA980), range(0xD7B0, 0xD800)

HEADER = '''"""Look-alike letters of Unicode UTS 39, version {version}, as data.

Made by `python -m tests.text.make_confusables`; do not edit. Each group names what its characters look like, then the
characters, all as hexadecimal code points. Both sides are already compatibility- and case-folded and without marks.

Derived from confusables.txt, Copyright (c) 1991-2025 Unicode, Inc., under the Unicode License v3
(https://www.unicode.org/license.txt): "Permission is hereby granted, free of charge, to any person obtaining a copy of
data files and any associated documentation [...] to deal in the Data Files or Software without restriction, including
without limitation the rights to use, copy, modify, merge, publish, distribute, and/or sell copies [...], provided that
either (a) this copyright and permission notice appear with all copies of the Data Files or Software, or (b) this
copyright and permission notice appear in associated Documentation. THE DATA FILES AND SOFTWARE ARE PROVIDED "AS IS",
WITHOUT WARRANTY OF ANY KIND [...]."
"""

LOOKS_LIKE = """
{lines}
"""
'''


def named_letter(char: str) -> str | None:
    """The Latin letter that Unicode's own name says this is a form of, if one."""
    match = NAMED_LETTER.fullmatch(unicodedata.name(char, ""))
    return match[1].lower() if match else None


def read(path: Path) -> tuple[str, dict[str, str]]:
    """The version, and every mapping as the file has it."""
    text = path.read_text(encoding="utf-8-sig")
    version = re.search(r"^# Version: (\S+)", text, re.MULTILINE)
    if version is None:
        raise ValueError(f"{path}: no '# Version:' line, so this is not confusables.txt")
    rows = (line.split("#")[0].split(";") for line in text.splitlines())
    pairs = ((row[0], row[1]) for row in rows if len(row) > 1)
    decoded = {chr(int(source, 16)): "".join(chr(int(c, 16)) for c in target.split()) for source, target in pairs}
    return version[1], decoded


def prototype(char: str, table: dict[str, str]) -> str | None:
    """What one folded character looks like, folded."""

    def follow(start: str, steps: int) -> str | None:
        target = table.get(start)
        folded = fold_compatibility(target).replace("rn", "m").replace("''", '"') if target else ""
        if steps and len(folded) == 1 and not folded.isascii():
            return named_letter(folded) or follow(folded, steps - 1) or folded
        return folded or None

    if char in BY_HAND:
        return BY_HAND[char]
    capital = char.upper() if len(char.upper()) == 1 else char
    seen = [follow(char, 0), follow(capital, 0), follow(char, 3), follow(capital, 3), named_letter(char)]
    latin = (found for found in seen if found and len(found) == 1 and found.isascii() and found.isalpha())
    return next(latin, None) or next((found for found in seen if found), None)


def build(table: dict[str, str]) -> dict[str, str]:
    """Folded character -> what it looks like, chains followed to their end."""
    folded = (fold_compatibility(char) for char in table)
    characters = {char for char in folded if len(char) == 1 and not char.isascii()}
    characters |= {char for char in map(chr, range(0x80, 0x20000)) if named_letter(char)}
    direct: dict[str, str] = {}
    for char in sorted(characters):
        target = prototype(char, table)
        hangul = any(ord(char) in block for block in HANGUL_JAMO)  # composed to syllables instead
        letter_lost = char.isalpha() and target is not None and any(c.isascii() and not c.isalpha() for c in target)
        if fold_compatibility(char) == char and target and len(target) <= MAX_TARGET and not (hangul or letter_lost):
            direct[char] = target
    resolved = {}
    for char, target in direct.items():
        end, before = target, ""
        while end != before:
            before, end = end, "".join(direct.get(c, c) for c in end)[:MAX_TARGET]
        if end != char:
            resolved[char] = end
    return resolved


def main() -> None:
    version, table = read(Path(sys.argv[1]))
    groups: dict[str, list[str]] = defaultdict(list)
    for char, target in build(table).items():
        groups[target].append(char)
    items = (
        " ".join(f"{ord(c):x}" for c in target) + ": " + " ".join(f"{ord(char):x}" for char in chars)
        for target, chars in sorted(groups.items())
    )
    lines = textwrap.fill("; ".join(items), width=120)
    MODULE.write_text(HEADER.format(version=version, lines=lines), encoding="ascii")


if __name__ == "__main__":
    main()
