"""One character at a time: compatibility forms, case, digits of all scripts, and the marks that only decorate.

Python's own Unicode tables; `confusables.py` adds what looks alike.
"""

import re
import unicodedata
from typing import Final

# Accents, strokes and points that leave a word readable when gone. Indic and South-East Asian marks are not among them:
# there they are vowels. Nor are the Japanese voicing marks. The Arabic tatweel only stretches a word.
_DECORATION: Final = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f"
    "\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
)


def fold_compatibility(text: str) -> str:
    """`text` in NFKD, case-folded, every decimal digit ASCII, without the marks that only decorate.

    Hangul falls into its letters, as NFKD has it. For single characters or short strings: NFKD is not linear.
    """
    once = unicodedata.normalize("NFKD", text).casefold()
    twice = unicodedata.normalize("NFKD", once)  # U+0345 and U+1E9E fold to what decomposes again
    bare = _DECORATION.sub("", twice)
    return "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in bare)
