"""Tells what a file is that is no text, by how it begins."""

from typing import Final

SNIFFED: Final = 512
"""Bytes from the beginning that are looked at."""
_BEGINNINGS: Final = (
    (b"\x1f\x8b", "gzip data; unpack it first"),
    (b"BZh", "bzip2 data; unpack it first"),
    (b"\xfd7zXZ\0", "xz data; unpack it first"),
    (b"\x28\xb5\x2f\xfd", "zstd data; unpack it first"),
    (b"PK\x03\x04", "a zip archive; unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive; unpack it first"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"%PDF-", "a PDF document"),
    (b"\xff\xfe", "text in UTF-16; save it in UTF-8"),
    (b"\xfe\xff", "text in UTF-16; save it in UTF-8"),
)


def not_text(beginning: bytes) -> str | None:
    """Return what a file is that begins with these bytes, at most `SNIFFED`, and what to do; None: it may be text."""
    for magic, name in _BEGINNINGS:
        if beginning.startswith(magic):
            return name
    return "binary data" if b"\0" in beginning[:SNIFFED] else None
