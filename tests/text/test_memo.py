"""A text is read once as long as it is remembered, and what is remembered is bounded."""

from collections.abc import Callable

from xmppfilter.text.memo import LONG_ONES, SHORT, SHORT_ONES, remembered


def test_the_latest_texts_are_read_once() -> None:
    asked: list[str] = []

    @remembered
    def length(text: str) -> int:
        asked.append(text)
        return len(text)

    texts = ["", "a", "b" * SHORT, "c" * (SHORT + 1)]
    for _ in range(3):
        assert [length(text) for text in texts] == [0, 1, SHORT, SHORT + 1]
    assert asked == texts


def test_older_ones_are_forgotten_and_read_again() -> None:
    for size, at_most in ((8, SHORT_ONES), (SHORT + 8, LONG_ONES)):
        asked: list[str] = []
        read: Callable[[str], None] = remembered(asked.append)
        texts = [f"{n:08}".ljust(size) for n in range(at_most + 1)]
        for text in (*texts, texts[-1], texts[0]):
            read(text)
        assert asked == [*texts, texts[0]]


def test_each_function_has_a_memory_of_its_own() -> None:
    upper, lower = remembered(str.upper), remembered(str.lower)
    assert (upper("aB"), lower("aB"), upper("aB")) == ("AB", "ab", "AB")
