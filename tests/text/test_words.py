"""Where words begin and end."""

import pytest

from xmppfilter.text.words import marked


@pytest.mark.parametrize(
    ("string", "text", "whole"),
    [
        ("word", "word", True),
        ("word", "a word.", True),
        ("word", "words", False),
        ("word", "password", False),
        ("word", "'word' \u201cword\u201d", True),
        ("t", "don't", False),
        ("don't", "we don't.", True),
        ("\u044f\u0442\u044c", "\u043f'\u044f\u0442\u044c", False),  # Ukrainian
        ("exploit", "l'exploit", True),
        ("on", "qu\u2019on", True),
        ("James", "James's", True),
        ("it", "it'sy", False),
        ("word", "a_word", False),
        ("word", "__word__", True),
        ("a_b", "a_b", True),
        ("soft", "soft\u00adware", False),
        ("\u0939", "\u0939\u093f", False),  # Devanagari: a vowel sign is a mark
        ("caf\u00e9", "caf\u00e9.", True),
        ("\u8d4c", "\u5927\u8d4c\u573a", True),
        ("\u0e01\u0e32", "\u0e21\u0e01\u0e32\u0e21", True),  # Thai
        ("a.b", "xa.b", False),
        (".b", "xa.b", True),
    ],
)
def test_whole_words(string: str, text: str, whole: bool) -> None:
    assert (marked(string) in marked(text)) is whole


def test_what_is_remembered_of_characters_is_bounded() -> None:
    for first in range(0x4000, 0x24000, 0x1000):
        text = "".join(map(chr, range(first, first + 0x1000))).replace("\ud800", "")
        assert marked(text) == marked(text)
