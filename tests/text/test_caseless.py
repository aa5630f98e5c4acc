"""Case, width and what nobody sees."""

import pytest

from xmppfilter.text.caseless import caseless


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("Hello  World ", "hello world"),
        ("\u041a\u0410\u0417\u0418\u041d\u041e", "\u043a\u0430\u0437\u0438\u043d\u043e"),
        ("\uff28\uff49", "hi"),
        ("a\u200b\u00ad\u200db", "ab"),
        ("\u0130\u0131", "ii"),
        ("\U0001d6a4", "i"),
        ("CAFE\u0301", "caf\u00e9"),
        ("\u13a0\uab70", "\u13a0\u13a0"),
        ("\ufb03", "ffi"),
    ],
)
def test_what_is_the_same(text: str, same: str) -> None:
    assert caseless(text) == same


def test_every_character_is_folded_at_once() -> None:
    odd = [code for code in range(0x110000) if not 0xD800 <= code < 0xE000]
    once = [caseless(f"a{chr(code)}b") for code in odd]
    assert [caseless(text) for text in once] == once
