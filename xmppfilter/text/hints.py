"""What is odd in a text by somebody who writes for the first time: where else to go on, and scripts mixed in a word."""

import re
from typing import Final

from xmppfilter.text.memo import remembered

# Of lower case. Each begins with characters that are quickly sought, and says behind them what must stand before.
_SCHEMES: Final = ("http", "https", "hxxp", "hxxps", "ftp")
_SHORTENED: Final = ("t", "wa", "vk", "m")


def _after(names: tuple[str, ...], sign: str) -> str:
    """Return an expression for *sign* behind one of *names*, before which is no letter or figure of ASCII.

    A word's edge would not do: writing without spaces puts a letter before them.
    """
    sign = re.escape(sign)
    return sign + "(?:" + "|".join(f"(?<={name}{sign})(?<![a-z0-9]{name}{sign})" for name in names) + ")"


_NUMBER: Final = r"[1-9][\d ()./-]{6,18}\d(?!\w)"
_LATIN: Final = "A-Za-z\u00c0-\u024f"
_OTHERS: Final = "\u0370-\u03ff\u0400-\u052f\u0531-\u058f"
# Twice within a word: once is how people write SMS or PDF with an ending of their own language.
_MIXED: Final = re.compile(f"[{_LATIN}][{_OTHERS}]+[{_LATIN}]|[{_OTHERS}][{_LATIN}]+[{_OTHERS}]")
_ANY_LATIN: Final = re.compile(f"[{_LATIN}]")
_ANY_OTHER: Final = re.compile(f"[{_OTHERS}]")
# Each with signs of which one must be there, which is quicker found out.
_SAID: Final = tuple(
    (rule, signs, re.compile(pattern))
    for rule, signs, pattern in (
        ("link", ("://",), _after(_SCHEMES, "://") + r"\S"),
        ("link", ("www.",), r"www\.(?<![a-z0-9]www\.)\w"),
        ("handle", ("@",), r"@(?<!\S@)[a-z]\w{3,31}\b"),
        ("handle", (".me/",), _after(_SHORTENED, ".me/") + r"\w"),
        (
            "handle",
            ("telegram", "whats", "viber", "wechat", "icq"),
            r"(?<![a-z0-9])(?:telegram|whats ?app|viber|wechat|icq)\b\W{0,3}?[@:+]",
        ),
        ("phone", ("+",), rf"\+(?<!\w\+){_NUMBER}"),
        ("phone", ("00",), rf"00(?<!\w00){_NUMBER}"),
        ("phone", ("tel:",), rf"tel:(?<!\wtel:){_NUMBER}"),
        ("phone", ("8",), r"8(?<!\w8)[ (-]{0,2}9[\d ()./-]{6,18}\d(?!\w)"),
    )
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
        if rule not in rules:
            for sign in signs:
                if sign in lower:
                    if pattern.search(lower):
                        rules += (rule,)
                    break
    if text.isascii():
        return rules, ""
    mixed = _ANY_OTHER.search(text) and _ANY_LATIN.search(text) and _MIXED.search(text)
    return rules, mixed[0][:20] if mixed else ""
