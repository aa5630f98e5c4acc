"""Replaces every character of a text by what a table has for it."""

import re
from codecs import charmap_build, charmap_decode, charmap_encode
from collections.abc import Callable
from typing import Final

_AT_MOST: Final = 256
"""Characters in a character map."""


def folding(table: dict[int, str], left: str, common: str) -> Callable[[str], str | None]:
    """Return what replaces each character of a text by what *table* has for it, if it has anything.

    It returns None for a text with one of the characters *left*. *common* changes nothing: it is a hint at what most
    texts consist of.
    """
    # Characters that become one each can go through a pair of character maps, ten times as quick as str.translate.
    single = "".join(char for char in common if len(table.get(ord(char), char)) == 1 and char not in left)[:_AT_MOST]
    to_bytes = charmap_build(single) if single else {}
    from_bytes = single.translate(table)
    has_left = re.compile(f"[{re.escape(left)}]" if left else "(?!)").search

    def fold(text: str) -> str | None:
        try:
            return charmap_decode(charmap_encode(text, "strict", to_bytes)[0], "strict", from_bytes)[0]
        except UnicodeEncodeError:
            pass  # a character that is none of the common ones: replace them all the long way
        return None if has_left(text) else text.translate(table)

    return fold
