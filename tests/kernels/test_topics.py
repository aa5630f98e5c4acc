import sys
from array import array
from types import ModuleType
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.kernels.texts import traced
from xmppfilter.kernels import topics as python

SECRET = 0x9E3779B97F4A7C15
BITS = 10
PIECES = (
    " earn money weekly 500 1.99 .333 +33-6-12-34-56 0151/23-45 450'000 @anna a@b.cd : http:// www. x.example /path?q"
)
MORE_PIECES = "工作 を घर job88 _ - ' 12345678 . ( / 19 2026"
_TEXTS = st.one_of(
    st.text(max_size=120),
    st.lists(
        st.sampled_from([*PIECES.split(" "), *MORE_PIECES.split(), " "]),
        max_size=30,
    ).map("".join),
)


def nothing_seen() -> "array[int]":
    return array("H", bytes(2 << BITS))


def unpacked(packed: bytes) -> list[int]:
    return list(memoryview(packed).cast("I"))


def kinds(packed: bytes) -> list[int]:
    return [topic & 7 for topic in unpacked(packed)]


@settings(max_examples=500)
@example(text="00 1" + "2" * 200, common=0)
@example(text="1.2" * 100, common=0)
@example(text="x" * 99 + "12", common=0)
@given(text=_TEXTS, common=st.sampled_from([0, python.COMMON, python.MESSENGER]))
def test_both_read_the_same(compiled: ModuleType, text: str, common: int) -> None:
    seen = array("H", [common] * (1 << BITS))
    assert compiled.topics(text, SECRET, seen) == python.topics(text, SECRET, seen)


@settings(max_examples=200)
@given(
    drawn=st.lists(st.integers(0, (1 << 32) - 1), unique=True, max_size=python.MOST),
    counts=st.lists(st.sampled_from([0, 1, 5, 0x7FFE, 0x7FFF, 0x8000, 0x8003]), min_size=16, max_size=16),
)
def test_both_choose_and_count_alike(compiled: ModuleType, drawn: list[int], counts: list[int]) -> None:
    packed, seen, other = array("I", drawn).tobytes(), array("H", counts), array("H", counts)
    assert compiled.telling(packed, seen, 0xFFF, SECRET) == python.telling(packed, seen, 0xFFF, SECRET)
    for one, table in ((compiled, seen), (python, other)):
        one.learn(packed, table)
        one.halve(table)
    assert seen == other


@settings(max_examples=200)
@given(
    drawn=st.lists(st.integers(0, (1 << 32) - 1), unique=True, max_size=60),
    counts=st.lists(st.sampled_from([0, 1, 5, 100, 0x7FFF, 0x8000]), min_size=16, max_size=16),
    cut=st.tuples(st.integers(0, 60), st.integers(0, 60)),
)
def test_both_weigh_alike(compiled: ModuleType, drawn: list[int], counts: list[int], cut: tuple[int, int]) -> None:
    one, other = array("I", drawn[: cut[0]]).tobytes(), array("I", drawn[cut[1] :]).tobytes()
    seen = array("H", counts)
    assert compiled.weigh(one, other, seen, 70.5) == pytest.approx(python.weigh(one, other, seen, 70.5))


def test_what_is_in_common_is_weighed(kernel: ModuleType) -> None:
    seen = nothing_seen()
    one = kernel.topics("weekly 500 for writers, @anna", SECRET, seen)
    other = kernel.topics("writers earn 500 monthly, @anna", SECRET, seen)
    assert kernel.weigh(one, other, seen, 50.0) == pytest.approx(
        (5.5, 6.5, 7.1, python.SAME_ADDRESS | python.ADDRESSES | python.SAME_FIGURES)
    )
    for _ in range(50):
        kernel.learn(one, seen)
    assert kernel.weigh(one, other, seen, 50.0) == pytest.approx(
        (0.0, 0.0, 1.6, python.ADDRESSES | python.SAME_FIGURES)
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("earn money weekly, now", [python.WORD_OF_4, python.WORD_OF_5, python.LONG_WORD]),
        ("1, 22, 333 4444 1.99", [python.FIGURES_2, python.FIGURES_3, python.FIGURES_4, python.FIGURES_3]),
        ("19.30 2026 1984.5", [python.FIGURES_3, python.FIGURES_2, python.FIGURES_4]),
        ("05.12.2026", [python.FIGURES_2, python.FIGURES_2, python.FIGURES_2]),
        ("+33 6 12 34 56 78", [python.ADDRESS]),
        ("@anna me@home.example http://x.example/a?b t.example/c", [python.ADDRESS] * 4),
        ("在家工作", [python.IDEOGRAPHS] * 3),
        ("job8866", [python.FIGURES_4]),
        ("", []),
    ],
)
def test_topics_are_of_kinds(kernel: ModuleType, text: str, found: list[int]) -> None:
    assert kinds(kernel.topics(text, SECRET, nothing_seen())) == found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("850,000", "850 000"), ("12.5", "12,5"), ("+33 6 12-34 (56)", "+33 612 34 56"), ("writers", "writer"),
        ("http://www.x.example/a", "https://x.example/b?c"), ("@anna.", "@anna"),
    ],
)  # fmt: skip
def test_the_same_is_written_in_several_ways(kernel: ModuleType, one: str, other: str) -> None:
    seen = nothing_seen()
    first, second = unpacked(kernel.topics(one, SECRET, seen)), unpacked(kernel.topics(other, SECRET, seen))
    assert first[-1:] == second[-1:] != []


def test_where_everybody_links_the_path_counts(kernel: ModuleType) -> None:
    seen = nothing_seen()
    (host,) = unpacked(kernel.topics("x.example", SECRET, seen))
    seen[host >> (32 - BITS)] = python.COMMON
    paths = [kernel.topics(f"http://x.example/{path}", SECRET, seen) for path in ("a", "b", "a")]
    assert paths[0] == paths[2] != paths[1]
    assert kinds(paths[0]) == [python.FIGURES_4]
    seen[host >> (32 - BITS)] = python.MESSENGER
    assert kernel.topics("x.example/anna?a", SECRET, seen) == kernel.topics("@anna", SECRET, seen)
    assert kernel.topics("x.example", SECRET, seen) == b""


def test_no_text_has_more_than_so_many(kernel: ModuleType) -> None:
    text = " ".join(f"{letter}{other}word" for letter in "abcdefgh" for other in "klmnopqr")
    found = kinds(kernel.topics(f"{text} @anna", SECRET, nothing_seen()))
    assert found[-1] == python.ADDRESS
    assert len(found) == python.MOST - 7
    many = text + "".join(f" @anna{number}" for number in range(99))
    assert len(kinds(kernel.topics(many, SECRET, nothing_seen()))) == python.MOST


def test_what_was_seen_often_tells_less(kernel: ModuleType) -> None:
    seen = nothing_seen()
    packed = array("I", [number << 22 | python.LONG_WORD for number in range(12)]).tobytes()
    marks = kernel.telling(packed, seen, 0xFFFFFFFF, SECRET)
    assert len(unpacked(marks)) == 45
    for _ in range(2):
        kernel.learn(packed[:8], seen)
    rarer = kernel.telling(packed, seen, 0xFFFFFFFF, SECRET)
    assert rarer == kernel.telling(packed[8:], seen, 0xFFFFFFFF, SECRET)
    for _ in range(2):
        kernel.halve(seen)
    assert not any(seen)


SEEN = array("H", [0, 0])


@pytest.mark.parametrize(
    "args", [(), (b"", 1, SEEN), ("", "", SEEN), ("", 1, array("I", [0])), ("", 1, array("H", [0]))]
)
def test_c_refuses_to_read_other_arguments(compiled: ModuleType, args: Any) -> None:
    with pytest.raises((TypeError, BufferError)):
        compiled.topics(*args)


@pytest.mark.parametrize(
    "args",
    [
        (),
        ("", SEEN, 1, 1),
        (b"abc", SEEN, 1, 1),
        (bytes(4 * 65), SEEN, 1, 1),
        (b"", None, 1, 1),
        (b"", SEEN, 1 << 32, 1),
    ],
)
def test_c_refuses_to_choose_of_other_arguments(compiled: ModuleType, args: Any) -> None:
    with pytest.raises((TypeError, OverflowError)):
        compiled.telling(*args)


@pytest.mark.parametrize(
    "args",
    [
        (), ("", b"", SEEN, 9.0), (b"abc", b"", SEEN, 9.0), (b"", b"abc", SEEN, 9.0), (b"", b"", None, 9.0),
        (b"", b"", SEEN, ""), (b"", b"", SEEN, 1.0), (b"", b"", SEEN, float("nan")),
    ],
)  # fmt: skip
def test_c_refuses_to_weigh_other_arguments(compiled: ModuleType, args: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        compiled.weigh(*args)


@pytest.mark.parametrize("args", [(), (b"abc", SEEN), (b"", bytes(4))])
def test_c_refuses_to_count_elsewhere(compiled: ModuleType, args: Any) -> None:
    with pytest.raises((TypeError, BufferError)):
        compiled.learn(*args)


@pytest.mark.parametrize("args", [(), (None,), (bytes(4),), (array("H", [0] * 3),)])
def test_c_refuses_to_halve_anything_else(compiled: ModuleType, args: Any) -> None:
    with pytest.raises((TypeError, BufferError)):
        compiled.halve(*args)


def test_c_leaves_nothing_behind(compiled: ModuleType) -> None:
    seen, text = nothing_seen(), "earn money weekly, 500 a day, write to @anna"

    def work() -> None:
        for _ in range(1_000):
            packed = compiled.topics(text, SECRET, seen)
            compiled.telling(packed, seen, 0xFFF, SECRET)
            compiled.weigh(packed, packed, seen, 9.0)
            compiled.learn(packed, seen)
            compiled.halve(seen)

    references = sys.getrefcount(seen), sys.getrefcount(text)
    left, _ = traced(work)
    assert left < 10_000
    assert (sys.getrefcount(seen), sys.getrefcount(text)) == references
    seen.append(1)
