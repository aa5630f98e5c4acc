"""What of a text around a link belongs to the sentence and not to the link."""

from typing import Final

BEFORE: Final = "'(*_~-\u2022\u2014"
BEHIND: Final = ".,;:!?'*_~\u2026\uff0c\u3001\uff01\uff1f\u2019"
_CLOSING: Final = {")": "(", "]": "[", "}": "{"}
_DIGITS: Final = "0123456789"
_FIGURE: Final = ".,:0123456789"
_DOTS: Final = 3


def is_figure(word: str) -> bool:
    """Whether *word* is the time or a sum, and too short for an address: `10:30`, `3.99`."""
    return word[0] in _DIGITS and word[-1] in _DIGITS and word.count(".") < _DOTS and not word.strip(_FIGURE)


def without_end(text: str) -> str:
    """Return *text* without the punctuation behind it, which belongs to the sentence: brackets that none has opened."""
    spare: dict[str, int] | None = None
    end = len(text)
    while end:
        last = text[end - 1]
        if last in _CLOSING:
            if spare is None:
                spare = {closing: text.count(closing) - text.count(opening) for closing, opening in _CLOSING.items()}
            if spare[last] <= 0:
                break
            spare[last] -= 1
        elif last not in BEHIND:
            break
        end -= 1
    return text[:end]
