import sys
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernels.texts import HOSTILE, LONG, TEXTS, Text, long, spent, traced
from xmppfilter.duplicates.sketch import BY_BYTE, MAX_LETTERS, SIGNS
from xmppfilter.kernels import letters as python

OURS = (BY_BYTE, SIGNS, MAX_LETTERS)
NO_SIGNS = bytes(len(SIGNS))


@pytest.fixture(scope="module")
def letters(kernel: ModuleType) -> Any:
    return kernel.lettering(*OURS)


@pytest.fixture(scope="module")
def both(compiled: ModuleType) -> Any:
    return python.lettering(*OURS), compiled.lettering(*OURS)


_SOME = st.lists(
    st.sampled_from(["你", "好", "你好", "कि", "ก็", "ა", "ж", "a", "a1", " ", "。", "🔥", "ﷺ"]), max_size=60
)


@settings(max_examples=300)
@given(text=st.one_of(TEXTS, _SOME.map("".join)))
def test_both_spell_alike(both: Any, text: str) -> None:
    expected, found = (letters(text) for letters in both)
    assert found == expected


def test_both_spell_every_character_alike(both: Any) -> None:
    for page in range(0, sys.maxunicode, 256):
        characters = [chr(code) for code in range(page, page + 256)]
        for text in ("".join(characters), "ж".join(characters)):
            expected, found = (letters(text) for letters in both)
            assert found == expected, hex(page)


@pytest.mark.parametrize("unit", HOSTILE)
def test_both_spell_long_texts_alike(both: Any, unit: str) -> None:
    text = long(unit)
    for varied in (text, f"你{text}ж", f"{text[:-1]}🔥{text}"):
        expected, found = (letters(varied) for letters in both)
        assert found == expected
        assert len(found) <= MAX_LETTERS


@pytest.mark.parametrize("most", [0, 1, 2, 3, 4, 5, 6])
@pytest.mark.parametrize("signs", [SIGNS, NO_SIGNS, b"\1" * len(SIGNS)])
@pytest.mark.parametrize(
    "text", ["", "abcdefgh", "aabbccdd", "ждать", "你好你好你好", "a你a你", "\U00020000\U00020000"]
)
def test_more_letters_than_wanted_are_left_out(compiled: ModuleType, text: str, signs: bytes, most: int) -> None:
    found = python.lettering(BY_BYTE, signs, most)(text)
    assert found == compiled.lettering(BY_BYTE, signs, most)(text)
    assert len(found) <= most


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Hello, World", b"heioworid"),
        ("fr33 m0ney!", b"fremoney"),
        ("жж ж", b"\xb6"),
        ("你你 你好好", b"\xbd\xa0\xa5\xbd"),
        ("🔥 a 🔥", b"a"),
    ],
)
def test_a_text_is_spelled(letters: Any, text: str, found: bytes) -> None:
    assert letters(text) == found


@pytest.mark.parametrize("unit", HOSTILE)
def test_time_is_linear(letters: Any, unit: str) -> None:
    text = long(unit)
    assert spent(lambda: letters(text)) < 0.5  # some ms


@pytest.mark.parametrize("text", ["a" * LONG, "ж" * LONG, "🔥" * LONG, "ﷺ" * LONG, "你" * LONG])
def test_memory_is_bounded(letters: Any, text: str) -> None:
    left, most = traced(lambda: letters(text))
    assert left < 10_000
    assert most < 60 * len(text) + 2 * MAX_LETTERS


def test_a_text_of_a_class_of_its_own_is_a_text(letters: Any) -> None:
    assert letters(Text("Aé  b")) == letters("Aé  b")


@pytest.mark.parametrize("text", [None, 1, ("a",), b"a"])
def test_what_is_no_text_is_refused(letters: Any, text: Any) -> None:
    with pytest.raises((TypeError, AttributeError)):
        letters(text)


@pytest.mark.parametrize(
    "args",
    [
        (),
        (b"", SIGNS, 9),
        (BY_BYTE, b"", 9),
        (BY_BYTE, SIGNS, -1),
        (BY_BYTE, SIGNS, 1 << 80),
        (BY_BYTE, SIGNS, "9"),
    ],
)
def test_c_refuses_other_arguments(compiled: ModuleType, args: Any) -> None:
    with pytest.raises((TypeError, ValueError, OverflowError)):
        compiled.lettering(*args)


def test_c_leaves_nothing_behind(compiled: ModuleType) -> None:
    letters = compiled.lettering(*OURS)
    texts = ["Free MONEY", "Привет", "frée 🔥 \u200b \U0001d4d5", "你好你好", "a" * 3000]

    def work() -> None:
        for _ in range(3_000):
            for text in texts:
                letters(text)

    references = [*map(sys.getrefcount, texts)]
    left, _ = traced(work)
    assert left < 10_000
    assert [*map(sys.getrefcount, texts)] == references
