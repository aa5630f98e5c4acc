# ruff: noqa: RUF001 - several scripts are what is tested
"""Other alphabets in Latin letters."""

import pytest

from xmppfilter.text.romanise import romanised


@pytest.mark.parametrize(
    ("text", "latin"),
    [
        ("Срочно требуются Ящики, жду", "srochno trebuyutsya yaschiki, zhdu"),
        ("Пишіть, є гроші", "pyshit, ye hroshi"),
        ("Κερδίστε χρήματα", "kerdiste xrimata"),
        ("مرحبا بك", "mrhba bk"),
        ("שלום", "shlvm"),
        ("नमस्ते दोस्त", "nmste dost"),
        ("Schöne Grüße aus München", None),
        ("plain", None),
        ("Hello, сам", None),
        ("你好，朋友", None),
        ("", None),
    ],
)
def test_it_is_written_in_latin_letters_where_it_is_not_yet(text: str, latin: str | None) -> None:
    assert romanised(text) == latin


def test_nothing_is_longer_than_its_table_makes_it() -> None:
    assert len(romanised("щ" * 1000) or "") == 3000
