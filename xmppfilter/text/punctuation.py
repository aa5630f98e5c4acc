"""What of a text around a link belongs to the sentence and not to the link."""

from typing import Final

BEFORE: Final = "'(*_~-\u2022\u2014"
BEHIND: Final = ".,;:!?'*_~\u2026\uff0c\u3001\uff01\uff1f\u2019"
_CLOSING: Final = {")": "(", "]": "[", "}": "{"}
_END: Final = BEHIND + "".join(_CLOSING)
_DIGITS: Final = "0123456789"
_FIGURE: Final = ".,:0123456789"
_DOTS: Final = 3


def is_figure(word: str) -> bool:
    """Whether *word* is the time or a sum, and too short for an address: `10:30`, `3.99`."""
    return word[0] in _DIGITS and word[-1] in _DIGITS and word.count(".") < _DOTS and not word.strip(_FIGURE)


def without_end(text: str) -> str:
    """Return *text* without the punctuation behind it, which belongs to the sentence: brackets that none has opened."""
    bare = text.rstrip(_END)
    end = text[len(bare) :]
    if not end:
        return text
    kept = 0
    for closing, opening in _CLOSING.items():
        if closing in end:
            spare = max(0, text.count(closing) - text.count(opening))
            if end.count(closing) > spare:  # up to the last one that has been opened it is the text's
                kept = max(kept, len(end.rsplit(closing, spare + 1)[0]) + 1)
    return bare + end[:kept]
