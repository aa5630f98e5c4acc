"""What is odd in a text by somebody who writes for the first time: where else to go on, and scripts mixed in a word."""

import re
from typing import Final

from xmppfilter.text.reading import remembered

# \b would not do: writing without spaces puts a letter before them
_LINK: Final = re.compile(r"(?<![a-z0-9])(?:(?:https?|hxxps?|ftp)://\S|www\.\w)")
_HANDLE: Final = re.compile(
    r"(?<!\S)@[a-z]\w{3,31}\b"
    r"|(?<![a-z0-9])(?:(?:t|wa|vk|m)\.me/\w|(?:telegram|whats ?app|viber|wechat|icq)\b\W{0,3}?[@:+])",
    re.IGNORECASE,
)
_PHONE: Final = re.compile(r"(?:(?<!\w)(?:\+|00|tel:\+?)[1-9]|(?<!\w)8[ (-]{0,2}9)[\d ()./-]{6,18}\d(?!\w)")
_LATIN: Final = "A-Za-z\u00c0-\u024f"
_OTHERS: Final = "\u0370-\u03ff\u0400-\u052f\u0531-\u058f"
# Twice within a word: once is how people write SMS or PDF with an ending of their own language.
_MIXED: Final = re.compile(f"[{_LATIN}][{_OTHERS}]+[{_LATIN}]|[{_OTHERS}][{_LATIN}]+[{_OTHERS}]")
_ANY_LATIN: Final = re.compile(f"[{_LATIN}]")
_ANY_OTHER: Final = re.compile(f"[{_OTHERS}]")
# Each with signs of which one must be there, which is quicker found out.
_SAID: Final = (
    ("link", ("://", "www."), _LINK),
    ("handle", ("@", ".me/", ":", "+"), _HANDLE),
    ("phone", ("+", "00", "tel:", "8"), _PHONE),
)


def may_be_odd(text: str) -> bool:
    """Prove of most texts that there is nothing odd in them: one of these signs is in all that the patterns match."""
    return not text.isascii() or ":" in text or "." in text or "@" in text or "+" in text or "8" in text or "00" in text


@remembered
def oddities(text: str) -> tuple[tuple[str, ...], str]:
    """Return what *text* has (`link`, `handle`, `phone`), and the first 20 characters of a word in several scripts."""
    lower = text.lower()
    rules: tuple[str, ...] = ()
    for rule, signs, pattern in _SAID:
        for sign in signs:
            if sign in lower:
                if pattern.search(lower):
                    rules += (rule,)
                break
    if text.isascii():
        return rules, ""
    mixed = _ANY_OTHER.search(text) and _ANY_LATIN.search(text) and _MIXED.search(text)
    return rules, mixed[0][:20] if mixed else ""
