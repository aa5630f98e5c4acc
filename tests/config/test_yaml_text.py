"""How YAML is read: what a word means, and where each thing stood."""

import pytest

from xmppfilter.config.mistakes import Book
from xmppfilter.config.yaml_text import MAX_BYTES, MAX_DEPTH, UnreadableError, decode, parse, scalar


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("", None), ("~", None), ("Null", None), ("yes", True), ("Off", False), ("FALSE", False), ("nO", "nO"),
        ("0", 0), ("-17", -17), ("+3", 3), ("010", "010"), ("1:30", "1:30"), ("0x1f", "0x1f"), ("1_000", "1_000"),
        ("1.5", 1.5), ("-1.", -1.0), ("2e3", 2000.0), (".5", ".5"), (".inf", ".inf"), ("9" * 19, "9" * 19),
    ],
)  # fmt: skip
def test_a_word_means_what_everybody_reads(word: str, value: object) -> None:
    read = scalar(word)
    assert (read, type(read)) == (value, type(value))


@pytest.mark.parametrize("text", ["'5'", '"5"', "!!str 5", "|-\n  5"])
def test_quoted_words_are_text(text: str) -> None:
    tree = parse(f"a: {text}", Book("x"))
    assert tree is not None
    assert tree.plain() == {"a": "5"}


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("a: 1\n---\nb: 2", (2, 1), "second document"),
        ("a: !python/object x", (1, 4), "the tag"),
        ("a: b\x07", (1, 5), "control character"),
        ("a: [1", None, "found"),
        ("a: " + "[" * (MAX_DEPTH + 2), None, "found"),
    ],
)
def test_what_is_no_configuration_is_told_with_its_place(
    text: str, position: tuple[int, int] | None, words: str
) -> None:
    with pytest.raises(UnreadableError, match=words) as caught:
        parse(text, Book("x"))
    assert position in (None, caught.value.position)


def test_bytes_must_be_utf_8_and_not_too_many() -> None:
    assert decode(b"\xef\xbb\xbfa: \xc3\xbc") == "a: \u00fc"
    with pytest.raises(UnreadableError, match="0xff") as caught:
        decode(b"a: b\nc: \xff")
    assert caught.value.position == (2, 4)
    with pytest.raises(UnreadableError, match="more than 16 MiB"):
        decode(b"#" * (MAX_BYTES + 1))


def test_nothing_is_no_tree() -> None:
    assert parse("# only a comment\n", Book("x")) is None


def test_a_key_that_stands_twice_is_a_mistake() -> None:
    book = Book("x")
    tree = parse("a: 1\nb: 2\na: 3\n", book)
    assert tree is not None
    assert [(mistake.line, mistake.path) for mistake in book.mistakes] == [(3, "a")]
