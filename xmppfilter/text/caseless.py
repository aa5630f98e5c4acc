"""Texts without regard to case, width and what nobody sees: letters stay the letters they are.

`fold` goes further and takes look-alike letters for each other, which an admin who writes Cyrillic or Greek words may
not want: there `и` and `й`, or `e` and `é`, are one letter.
"""

import re
from typing import Final
from unicodedata import normalize

from xmppfilter.text.disguise import without_piles
from xmppfilter.text.fold import IGNORABLE
from xmppfilter.text.memo import remembered

_INVISIBLE: Final = re.compile(f"[{IGNORABLE}\u200c\u200d]")
_PHRASE: Final = "\ufdfa"
"""The one character of which NFKC makes eighteen; no other makes more than eight, and few so many."""


def caseless(text: str) -> str:
    """Return *text* case-folded, in NFKC, without invisible characters, every run of white space one space.

    Compatibility caseless matching (Unicode 3.13, D146), but that the Turkish letters are one i. Idempotent and linear.
    """
    if text.isascii():
        return " ".join(text.lower().split())
    seen = normalize("NFKC", without_piles(_INVISIBLE.sub("", text)).replace(_PHRASE, " "))
    # I is the capital of the Turkish i without a dot, and i the small form of the I with one
    folded = normalize("NFKC", seen.replace("\u0130", "i").replace("\u0131", "i").casefold()).casefold()
    return " ".join(folded.split())


read_caseless: Final = remembered(caseless)
"""The same, of what may be asked for again."""
