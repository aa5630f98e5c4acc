"""What is compiled folds, spells and cuts texts exactly as Python does, whatever strangers write."""

import sys
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xmppfilter import kernels
from xmppfilter.duplicates.sketch import _BY_BYTE, _STARTS, MAX_LETTERS, MOST_SLOTS, RUN, WINDOW, _letters, _signs
from xmppfilter.text.fold import _COMMON, _TABLE, _left, fold_characters

fast = pytest.importorskip("xmppfilter_fast", reason="the extension is not built: pip install ./deploy/fast")

LONG = 65_536
LEFT = _left()


class Asked:
    """A function of Python that knows how often it was needed."""

    def __init__(self, function: Callable[[str], Any]) -> None:
        self.function = function
        self.count = 0

    def __call__(self, text: str) -> Any:
        self.count += 1
        return self.function(text)


SIGNS = _signs()
LETTERING = Asked(_letters)
FOLD = fold_characters
LETTERS: Callable[[str], bytes] = fast.lettering(_BY_BYTE, SIGNS, MAX_LETTERS, FOLD, LETTERING)

# Of all planes, surrogates too, and more often what is treated in a way of its own.
_CHARACTERS = st.one_of(
    st.integers(0, sys.maxunicode).map(chr),
    st.integers(0, 127).map(chr),
    st.sampled_from(_COMMON),
    st.sampled_from([chr(code) for code in _TABLE]),
    st.sampled_from(LEFT),
    st.sampled_from("\u202e\u202c\n \t\x1c\x85\xa0\u2003\u3000\u200b\x00\ud800\udfff\uffff\U0010ffff한가갂ᆨ你🔥ﷺ"),
)
TEXTS = st.one_of(
    st.text(_CHARACTERS, max_size=60),
    st.lists(
        st.text(_CHARACTERS, min_size=1, max_size=3).flatmap(lambda unit: st.integers(1, 9).map(unit.__mul__))
    ).map("".join),
)

HOSTILE = [
    "", "a", "A", "ab", "abcdefg ", " ", "\t\n", "l1", "ж", "Ж ", "é", "ß", "你", "你好", "ﷺ", "\u0301", "🔥",
    "\U0001d4d5", "\u202e", "x\u202e", "\u1100", "가\u11a8", "今", "\ud800", "\udfff\x00",
    "\uffff", "\U0010ffff", "ก\u0e48",
]  # fmt: skip


def long(unit: str) -> str:
    return unit * (LONG // len(unit)) if unit else ""


# --- spaces


@settings(max_examples=1000)
@given(
    st.one_of(
        TEXTS, st.lists(st.sampled_from(["a", "é", "你", "🔥", " ", "  ", "\t", "\x1c", "\x85", "\u2003"])).map("".join)
    )
)
def test_spaced_alike(text: str) -> None:
    assert fast.single_spaced(text) == kernels.pure["single_spaced"](text)


# --- letters


@settings(max_examples=1000)
@given(TEXTS)
def test_spelled_alike(text: str) -> None:
    assert LETTERS(text) == _letters(text)


@settings(max_examples=400)
@given(
    st.lists(st.sampled_from(["你", "好", "你好", "कि", "ก็", "ა", "ж", "a", "a1", " ", "。", "🔥", "ﷺ"]), max_size=60)
)
def test_repeated_ideographs_are_spelled_alike(parts: list[str]) -> None:
    text = "".join(parts)
    assert LETTERS(text) == _letters(text)


@pytest.mark.parametrize("unit", HOSTILE)
def test_long_texts_are_read_alike_and_in_linear_time(unit: str) -> None:
    text = long(unit)

    def spent() -> float:
        start = time.process_time()
        assert fast.single_spaced(FOLD(text)) is not None
        LETTERS(text)
        return time.process_time() - start

    assert min(spent() for _ in range(3)) < 1.0  # some 3 ms, and up to 100 where Python is asked to compose Hangul
    for varied in (text, f"{text}ж", f"你{text}", f"{text[:-1]}🔥{text}"):
        assert fast.single_spaced(varied) == kernels.pure["single_spaced"](varied)
        assert LETTERS(varied) == _letters(varied)
        assert len(LETTERS(varied)) <= MAX_LETTERS


@pytest.mark.parametrize("most", [0, 1, 2, 3, 4, 5, 6])
@pytest.mark.parametrize(
    "text", ["", "abcdefgh", "aabbccdd", "ждать", "你好你好你好", "a你a你", "\U00020000\U00020000"]
)
def test_more_letters_than_wanted_are_left_out(text: str, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xmppfilter.duplicates.sketch.MAX_LETTERS", most)
    assert fast.lettering(_BY_BYTE, SIGNS, most, FOLD, LETTERING)(text) == _letters(text)


@pytest.mark.parametrize("function", [FOLD, LETTERS, fast.single_spaced])
@pytest.mark.parametrize("text", [None, 1, ("a",)])
def test_what_is_no_text_is_refused(function: Callable[[Any], Any], text: Any) -> None:
    with pytest.raises((TypeError, AttributeError)):
        function(text)


def test_a_text_of_a_class_of_its_own_is_a_text() -> None:
    class Text(str):
        __slots__ = ()

    for function in (FOLD, LETTERS, fast.single_spaced):
        found = function(Text("Aé  b"))
        assert found == function("Aé  b")
        assert type(found) in {str, bytes}


def test_what_python_raises_is_raised() -> None:
    def broken(text: str) -> str:
        raise LookupError(text)

    with pytest.raises(LookupError):
        fast.lettering(_BY_BYTE, SIGNS, 9, broken, LETTERING)("é")
    with pytest.raises(TypeError):
        fast.lettering(_BY_BYTE, SIGNS, 9, lambda text: text.encode(), LETTERING)("é")


@pytest.mark.parametrize(
    ("make", "args"),
    [
        (fast.lettering, ()),
        (fast.lettering, (b"", SIGNS, 9, FOLD, LETTERING)),
        (fast.lettering, (_BY_BYTE, b"", 9, FOLD, LETTERING)),
        (fast.lettering, (_BY_BYTE, SIGNS, -1, FOLD, LETTERING)),
        (fast.lettering, (_BY_BYTE, SIGNS, 1 << 80, FOLD, LETTERING)),
        (fast.lettering, (_BY_BYTE, SIGNS, "9", FOLD, LETTERING)),
        (fast.cutting, ()),
        (fast.cutting, (b"", 6, 9, 0)),
        (fast.cutting, (_STARTS, 1, 9, 0)),
        (fast.cutting, (_STARTS, 6, -1, 0)),
        (fast.cutting, (_STARTS, 6, 9, -1)),
        (fast.cutting, (_STARTS, 6, 9, 1 << 80)),
        (fast.cutting, (_STARTS, 6, 9, None)),
        (fast.cutting(_STARTS, 6, 9, 0), ()),
        (fast.cutting(_STARTS, 6, 9, 0), ("abcdef", 255)),
        (fast.cutting(_STARTS, 6, 9, 0), (bytearray(9), 255)),
        (fast.cutting(_STARTS, 6, 9, 0), (b"abcdef", None)),
        (fast.cutting(_STARTS, 6, 9, 0), (b"abcdef", 1 << 63)),
    ],
)
def test_what_is_none_of_theirs_is_refused(make: Callable[..., Any], args: tuple[Any, ...]) -> None:
    with pytest.raises((TypeError, ValueError, OverflowError)):
        make(*args)


# --- slots

_LETTERS = st.one_of(
    st.binary(max_size=80),
    st.text("aiobc", max_size=80).map(str.encode),
    st.binary(min_size=1, max_size=7).flatmap(lambda unit: st.integers(0, 3 * WINDOW // len(unit)).map(unit.__mul__)),
    st.integers(0, 3 * WINDOW).map(lambda size: (b"aoxiiyb" * WINDOW)[:size]),
)


@settings(max_examples=1000)
@given(_LETTERS, st.sampled_from([0, 1, 255, 0xFFFF, (1 << 40) - 1, (1 << 63) - 1, -1]))
@pytest.mark.parametrize(
    "cut", [(RUN, WINDOW, 0), (RUN, WINDOW, MOST_SLOTS), (2, 9, 3), (RUN, 0, 0), (7, 2000, 1), (2000, WINDOW, 5)]
)
def test_slots_are_the_same(cut: tuple[int, int, int], stretch: bytes, mask: int) -> None:
    found = fast.cutting(_STARTS, *cut)(stretch, mask)
    assert found == kernels.pure["cutting"](_STARTS, *cut)(stretch, mask)


# --- nothing is kept that is given back

ORDINARY = (
    "Free MONEY now",
    "Срочно требуются  сотрудники",
    "frée 🔥 \u200b \U0001d4d5",
    "你好你好",
    "\u202eyenom",
    "가ㄱ",
    "a" * 3000,
)


def traced(work: Callable[[], object]) -> tuple[int, int]:
    """Return how many bytes more are there after *work* was done, and how many were at most."""
    work()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        work()
        after, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return after - before, most - before


def test_many_texts_leave_nothing_behind() -> None:
    slots = fast.cutting(_STARTS, RUN, WINDOW, 0)

    def work() -> None:
        for _ in range(100_000 // len(ORDINARY) // 4):
            for text in ORDINARY:
                fast.single_spaced(FOLD(text))
                slots(LETTERS(text), 0xFFFF)

    held = [*ORDINARY, LETTERING, FOLD, LETTERS, slots, _TABLE]
    references = list(map(sys.getrefcount, held))
    left, _ = traced(work)
    assert left < 10_000
    assert list(map(sys.getrefcount, held)) == references


def test_functions_that_are_let_go_go() -> None:
    def work() -> None:
        for _ in range(20):
            fast.lettering(_BY_BYTE, SIGNS, MAX_LETTERS, FOLD, LETTERING)
            fast.cutting(_STARTS, RUN, WINDOW, 0)

    left, most = traced(work)
    assert left < 10_000
    assert most < 4_000_000  # each needs a quarter of a megabyte


@pytest.mark.parametrize("text", ["a" * LONG, "ж" * LONG, "🔥" * LONG, "ﷺ" * LONG, "你" * 16 * LONG])
def test_what_one_text_takes_is_bounded(text: str) -> None:
    left, most = traced(lambda: (FOLD(text), LETTERS(text)))
    assert left < 10_000
    assert most < 20 * len(text) + 2 * MAX_LETTERS
