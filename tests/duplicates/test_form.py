"""In which form a copy holds a known text."""

import pytest

from tests.bench.padding_texts import KINDS
from xmppfilter.duplicates.form import WHOLE, Form, compare
from xmppfilter.duplicates.sketch import Sketch

SPAM = (
    "Earn nine hundred euros a week from home, two hours a day, paid every evening, no experience needed. Whoever comes"
    " first gets a bonus, so write to our manager today."
)
CHAIN, FAMOUS = KINDS["a chain letter"], KINDS["a famous text"]
PIECE = SPAM.partition(" Whoever")[0]


def form(known: str, text: str) -> Form:
    return compare([one.letters for one in Sketch(known).excerpts(1023, 1)], Sketch(text).letters)


@pytest.mark.parametrize(
    ("known", "text", "part", "wrapped"),
    [
        (SPAM, SPAM, False, False),
        (SPAM, f"Hello my dear Anna! {SPAM} 4711", False, False),
        (SPAM, " ".join(reversed(SPAM.split())), False, False),
        (SPAM, SPAM.replace("euros", "dollars").replace("evening", "day"), False, False),
        (SPAM, PIECE, True, False),
        (SPAM, f"{SPAM} {CHAIN}", False, True),
        (SPAM, f"{CHAIN} {SPAM} {FAMOUS}", False, True),
        (SPAM, f"{PIECE} {CHAIN}", True, True),
        (f"{SPAM} {CHAIN}", CHAIN, True, False),
        (f"{CHAIN} {SPAM}", CHAIN, True, False),
        (f"{SPAM} {FAMOUS}", FAMOUS, True, False),
        (CHAIN, f"{SPAM} {CHAIN}", False, True),
        (FAMOUS, f"{FAMOUS} {SPAM}", False, True),
        (
            f"{SPAM} {CHAIN}",
            f"{CHAIN} Have you heard of this, or is it only me? I cannot believe that they really do that.",
            True,
            True,
        ),
    ],
)
def test_what_is_missing_and_what_is_there_beside_it(known: str, text: str, part: bool, wrapped: bool) -> None:
    found = form(known, text)
    assert (found.part, found.wrapped, found.whole) == (part, wrapped, not part and not wrapped)


@pytest.mark.parametrize(
    ("one", "other", "holds"),
    [
        (WHOLE, WHOLE, True),
        (Form(0, 20), Form(0b111, 20), True),
        (Form(0b111, 20), Form(0, 20), False),
        (Form(0b1001, 20), Form(0, 20), True),  # here and there a word is another one
        (Form(wrapped=True), WHOLE, True),
        (WHOLE, Form(wrapped=True), False),
        (Form(links=1), WHOLE, True),
        (WHOLE, Form(links=1), False),
        (Form(links=1), Form(links=2), False),
    ],
)
def test_who_says_all_that_another_says(one: Form, other: Form, holds: bool) -> None:
    assert one.holds(other) == holds
    assert one.equals(other) == (holds and other.holds(one))


@pytest.mark.parametrize(("missing", "blocks"), [(0, 1), (0b1111, 1), (0b1110, 2), (0b10101, 3), (0xFF, 0)])
def test_in_how_many_pieces_a_part_comes(missing: int, blocks: int) -> None:
    assert Form(missing, 8).blocks == blocks


def test_a_text_in_latin_letters_is_not_missing_in_the_other_ones() -> None:
    poem = KINDS["a poem"]
    assert form(poem, poem.replace("Я", "Ты")).whole


@pytest.mark.parametrize("text", [SPAM * 40, f"{SPAM} {'na ' * 3000}", f"{'ab' * 4000} {SPAM}"])
def test_of_a_very_long_text_a_short_one_is_a_part_only(text: str) -> None:
    assert form(SPAM, text).wrapped
