"""Reduces a text to its letters, one byte each."""

import re
import sys
from collections.abc import Callable
from itertools import compress
from typing import Final

BLOCK: Final = 64
"""Characters that differ in the last byte of UTF-8 only, outside ASCII."""
BLOCKS: Final = (sys.maxunicode + 1) // BLOCK
_ASCII: Final = 128
_REPEATED_PAIR: Final = re.compile(rb"([\x80-\xbf]{2})\1+")


def lettering(spelled: bytes, signs: bytes, most: int) -> Callable[[str], bytes]:
    """Return what finds the letters of a text: at most *most*, none twice in a row.

    They are what *spelled* has for the bytes of the text in UTF-8, zero for none. *signs* has a byte for each `BLOCK`
    characters; those outside ASCII are left out where it is not zero. Where most letters are of two bytes (ideographs,
    Indic, Thai, Georgian), no pair of bytes comes twice in a row either.
    """
    dropped = bytes(byte for byte in range(len(spelled)) if not spelled[byte])
    blocks = (at * BLOCK for at in range(_ASCII // BLOCK, len(signs)) if signs[at])
    ranges = "".join(f"{chr(first)}-{chr(first + BLOCK - 1)}" for first in blocks)
    without_signs = re.compile(f"[{ranges}]" if ranges else "(?!)").sub

    def letters(text: str) -> bytes:
        kept = text if text.isascii() else without_signs("", text)
        raw = kept.encode("utf-8", "surrogatepass")
        found = raw.translate(spelled, dropped)[:most]
        if len(raw) > 2 * len(text):
            found = _REPEATED_PAIR.sub(rb"\1", found)
        # Where a letter equals the one before it, the number XORed with itself a byte later has a zero byte.
        number = int.from_bytes(found, "big")
        return bytes(compress(found, (number ^ (number >> 8)).to_bytes(len(found), "big")))

    return letters
