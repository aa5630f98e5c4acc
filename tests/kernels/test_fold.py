import sys
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernels.texts import HOSTILE, LONG, TEXTS, Text, long, spent, traced
from xmppfilter.kernels import fold as python
from xmppfilter.text.fold import _COMMON, _LOOSE_JAMO, _TABLE, _left
from xmppfilter.text.turned import TURNED

LEFT = _left()
OURS = (_TABLE, LEFT, _COMMON)

_OUR_TEXTS = st.one_of(
    TEXTS,
    st.text(_COMMON, max_size=60),
    st.text(st.sampled_from([chr(code) for code in _TABLE]), max_size=60),
    st.text(st.sampled_from(LEFT), max_size=4),
)


@pytest.fixture(scope="module")
def fold(kernel: ModuleType) -> Any:
    return kernel.folding(*OURS)


@pytest.fixture(scope="module")
def both(compiled: ModuleType) -> Any:
    return python.folding(*OURS), compiled.folding(*OURS)


@settings(max_examples=300)
@given(text=_OUR_TEXTS)
def test_both_fold_alike(both: Any, text: str) -> None:
    expected, folded = (fold(text) for fold in both)
    assert folded == expected
    if folded is not None:
        # what is stored in wider characters than it needs would equal nothing as the key of a dict
        assert {folded: 1} == {"".join(list(folded)): 1}
        assert sys.getsizeof(folded) <= sys.getsizeof("".join([*folded, ""]))


@pytest.mark.parametrize("unit", HOSTILE)
def test_both_fold_long_texts_alike(both: Any, unit: str) -> None:
    text = long(unit)
    for varied in (text, f"{text}ж", f"你{text}", f"{text[:-1]}🔥{text}"):
        expected, folded = (fold(varied) for fold in both)
        assert folded == expected


def test_both_fold_every_character_alike(both: Any) -> None:
    for page in range(0, sys.maxunicode, 256):
        characters = [chr(code) for code in range(page, page + 256) if chr(code) not in LEFT]
        for text in ("".join(characters), "ж".join(characters)):
            expected, folded = (fold(text) for fold in both)
            assert folded == expected, hex(page)


@pytest.mark.parametrize(
    ("table", "text", "folded"),
    [
        ({}, "aé你🔥", "aé你🔥"),
        ({0x4F60: ""}, "你你", ""),
        ({0x4F60: "a" * 100}, "é你", "é" + "a" * 100),
        ({0x10FFFF: "x", 0xE9: "\U0010ffff"}, "\U0010ffffé", "x\U0010ffff"),
        ({0x61: "bc"}, "aab", "bcbcb"),
    ],
)
@pytest.mark.parametrize("common", ["", "aé", "\0ab", _COMMON, "🔥"])
def test_any_table_and_any_hint_will_do(kernel: ModuleType, table: Any, text: str, folded: str, common: str) -> None:
    assert kernel.folding(table, "", common)(text) == folded


@pytest.mark.parametrize("left", ["]", "^", "-", "x\\", "a-", "é"])
def test_what_is_left_is_found_wherever_it_is(kernel: ModuleType, left: str) -> None:
    fold = kernel.folding({}, left, "abcé-]^")
    assert fold("bc d") == "bc d"
    for character in left:
        assert fold(character) is fold(f"bü{character}c") is None


@pytest.mark.parametrize("text", ["\u202eyenom eerf\u202c now", "\u1112\u1161\u11ab", "가ㄱ"])
def test_what_is_not_folded_one_by_one_is_left(fold: Any, text: str) -> None:
    assert fold(text) is None


def test_loose_hangul_and_turned_letters_are_left() -> None:
    loose = {chr(code) for code in range(sys.maxunicode + 1) if _LOOSE_JAMO.search(chr(code).translate(_TABLE))}
    assert loose | {"\u202e", *TURNED} == set(LEFT)


@pytest.mark.parametrize("unit", HOSTILE)
def test_time_is_linear(fold: Any, unit: str) -> None:
    text = long(unit)
    assert spent(lambda: fold(text)) < 0.5  # some ms


@pytest.mark.parametrize("text", ["a" * LONG, "ж" * LONG, "🔥" * LONG, "ﷺ" * LONG, "你" * LONG])
def test_memory_is_bounded(fold: Any, text: str) -> None:
    left, most = traced(lambda: fold(text))
    assert left < 10_000
    assert most < 20 * len(text)


def test_a_text_of_a_class_of_its_own_is_a_text(fold: Any) -> None:
    assert fold(Text("Aé  b")) == "ae  b"
    assert type(fold(Text("Aé"))) is type(fold(Text("b"))) is str


@pytest.mark.parametrize("text", [None, 1, ("a",), b"a"])
def test_what_is_no_text_is_refused(fold: Any, text: Any) -> None:
    with pytest.raises((TypeError, AttributeError)):
        fold(text)


@pytest.mark.parametrize("left", ["", "\x00", "\U0010ffff"])
@pytest.mark.parametrize("table", [{-1: ""}, {0x110000: ""}, {1 << 80: ""}, {"a": ""}, {1: None}, {1: b""}, None, []])
def test_c_refuses_a_table_of_something_else(compiled: ModuleType, table: Any, left: str) -> None:
    with pytest.raises((TypeError, ValueError, OverflowError)):
        compiled.folding(table, left, "")


@pytest.mark.parametrize("args", [(), ({}, ""), ({}, b"", ""), ({}, "", b"")])
def test_c_refuses_other_arguments(compiled: ModuleType, args: Any) -> None:
    with pytest.raises(TypeError):
        compiled.folding(*args)


def test_c_leaves_nothing_behind(compiled: ModuleType) -> None:
    fold = compiled.folding(*OURS)
    texts = ["Привет", "frée 🔥 \u200b \U0001d4d5", "你好你好", "\u202eyenom", "가ㄱ", "é" * 3000]

    def work() -> None:
        for _ in range(3_000):
            for text in texts:
                fold(text)

    references = [*map(sys.getrefcount, texts), sys.getrefcount(_TABLE)]
    left, _ = traced(work)
    assert left < 10_000
    assert [*map(sys.getrefcount, texts), sys.getrefcount(_TABLE)] == references


def test_what_is_let_go_goes(compiled: ModuleType) -> None:
    left, most = traced(lambda: [compiled.folding(*OURS) for _ in range(4)])
    assert left < 10_000
    assert most < 2_000_000  # each needs a quarter of a megabyte
