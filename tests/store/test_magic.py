"""What is no text is called what it is."""

import bz2
import gzip
import lzma

import pytest

from xmppfilter.store.magic import not_text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (gzip.compress(b"spam.example\n", mtime=0), "gzip data; unpack it first"),
        (bz2.compress(b"spam.example\n"), "bzip2 data; unpack it first"),
        (lzma.compress(b"spam.example\n"), "xz data; unpack it first"),
        (b"PK\x03\x04\x14\0", "a zip archive; unpack it first"),
        ("spam.example\n".encode("utf-16"), "text in UTF-16; save it in UTF-8"),
        (b"spam.example\n\0\0", "binary data"),
        (b"", None),
        (b"\xef\xbb\xbfspam.example\n", None),
        ("b\u00fccher.example".encode(), None),
        (b"b\xfccher.example", None),
    ],
)
def test_what_a_file_is(content: bytes, said: str | None) -> None:
    assert not_text(content) == said
