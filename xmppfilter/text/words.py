"""Where words begin and end, in any script: so marked that a whole word is found like any other string.

A word is a run of letters, marks and digits (Unicode categories L, M and N). Apostrophes and underscores between two
of them belong to it (don't, п'ять, snake_case), around it they do not ('word', _word_). As readers do, a possessive
's and an elided article (l', d', qu') are split off. Chinese, Japanese, Korean, Thai, Lao, Khmer and Burmese set no
spaces between words, or write endings onto them: what is in these scripts is found anywhere, and ends other words.
"""

import re
from typing import Final
from unicodedata import category

_EDGE: Final = "\x01"
_APOSTROPHE: Final = "\x02"
_UNDERSCORE: Final = "\x03"
"""XML has no such characters (XML 1.0 2.2), so no text of a stanza has them."""
_UNSPACED: Final = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\u318f\u31a0-\u4dbf\u4e00-\u9fff\ua960-\ua97f"
    "\ua9e0-\ua9ff\uaa60-\uaa7f\uac00-\ud7ff\uf900-\ufaff\uff66-\uffdc\U0001aff0-\U0001b16f\U00020000-\U0003ffff]"
)
"""Blocks of the scripts whose words cannot be told apart without a dictionary, their marks and digits too."""
_WITHIN: Final = "\xad\u200c\u200d\x02\x03"
"""Soft hyphens and joiners say how a word is shown."""
_KEPT: Final = 16_384
"""Characters whose places are remembered at once."""

_LETTER: Final = r"[^\W_]"
# A possessive s has no letter behind it; what is elided has none before it.
_APOSTROPHES: Final = re.compile(
    rf"['\u2019\uff07](?<={_LETTER}.)(?={_LETTER})(?![sS](?!{_LETTER}))(?<![\W_][cdjlmnstCDJLMNST].)(?<![\W_][qQ]u.)"
)
_UNDERSCORES: Final = re.compile(rf"_(?<={_LETTER}_)_*(?={_LETTER})")


class _Places(dict[int, str]):
    """What stands for each code point: itself within words, and between edges outside of them."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        within = char.isalnum() or char in _WITHIN or category(char)[0] == "M"
        place = char if within and not _UNSPACED.match(char) else f"{_EDGE}{char}{_EDGE}"
        if len(self) >= _KEPT:
            self.clear()
        self[code] = place
        return place


_PLACES: Final = _Places()


def marked(text: str) -> str:
    """Return *text* with a mark on both sides of all that is in no word, and of a word at its ends. Linear.

    A string so marked stands in a text so marked only where both its ends are ends of words.
    """
    if "_" in text or "'" in text or not text.isascii():
        text = _UNDERSCORES.sub(_UNDERSCORE, _APOSTROPHES.sub(_APOSTROPHE, f" {text}"))[1:]
    placed = text.translate(_PLACES)
    first = "" if placed.startswith(_EDGE) else _EDGE
    return f"{first}{placed}{'' if placed.endswith(_EDGE) else _EDGE}"
