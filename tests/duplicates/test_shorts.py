"""Short texts are found again under the number that they have, by a bounded number of comparisons."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppfilter.duplicates.alike import alike
from xmppfilter.duplicates.index import FIRST_NUMBER, FIRST_REPEATED
from xmppfilter.duplicates.shorts import Shorts
from xmppfilter.duplicates.sketch import Exact, Sketch

A, B = FIRST_NUMBER, FIRST_NUMBER + 1
TEXT = "Hi Anna, earn money from home every day"


def found(shorts: Shorts, text: str, *, living: bool = True) -> int | None:
    return shorts.find(Sketch(text), lambda _: living)


def test_a_text_is_found_by_what_it_says_and_by_nearly_that() -> None:
    shorts = Shorts(100, 1)
    shorts.add(Sketch(TEXT), A)
    assert found(shorts, "Hello Tom! Earn money from home every day bye") == A
    assert found(shorts, "earn monye from home evry day") == A
    assert found(shorts, "lose money at home every night") is None
    assert found(shorts, TEXT, living=False) is None
    assert shorts.find(Exact(b"earn"), lambda _: True) is None


def test_it_keeps_up_with_the_number_and_is_forgotten() -> None:
    shorts = Shorts(100, 1)
    shorts.add(Sketch(TEXT), A)
    shorts.move(A, FIRST_REPEATED)
    shorts.take(Sketch(TEXT), FIRST_REPEATED)
    assert found(shorts, TEXT) == FIRST_REPEATED
    assert found(shorts, "earn monye from home evry day") == FIRST_REPEATED
    shorts.forget(FIRST_REPEATED)
    assert found(shorts, TEXT) is None
    assert found(shorts, "earn monye from home evry day") is None
    assert (len(shorts), len(shorts._forms)) == (0, 0)
    shorts.forget(B)
    shorts.move(B, A)


def test_what_only_resembles_a_repeated_text_does_not_rob_it() -> None:
    shorts, dice = Shorts(1000, 1), random.Random(1)
    shorts.add(Sketch(TEXT), A)
    shorts.move(A, FIRST_REPEATED)
    shorts.take(Sketch(TEXT), FIRST_REPEATED)
    for number in range(200):
        words = ["earn", "money", "from", "home", "every", "day"]
        for _ in range(3):
            words[dice.randrange(6)] = "".join(dice.choices("abcdefghikmnoprstuvw", k=5))
        shorts.add(Sketch(" ".join(words)), B + number)
    assert found(shorts, "earn monye from home evry day") == FIRST_REPEATED


def test_a_flood_of_short_texts_costs_four_comparisons_each(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[bytes] = []

    def counted(known: bytes, new: bytes, *, repeated: bool) -> bool:
        compared.append(known)
        return alike(known, new, repeated=repeated)

    monkeypatch.setattr("xmppfilter.duplicates.shorts.alike", counted)
    shorts, dice = Shorts(1000, 1), random.Random(1)
    words = ["buy", "sell", "gold", "coin", "home", "work", "earn", "fast", "easy", "money", "today", "card", "loan"]
    for number in range(500):
        text = " ".join(dice.choices(words, k=7))
        before = len(compared)
        if found(shorts, text) is None:
            shorts.add(Sketch(text), A + number)
        assert len(compared) - before <= 4


@given(st.lists(st.tuples(st.sampled_from("amft"), st.integers(0, 5)), max_size=40))
def test_forms_lead_to_known_texts_only(steps: list[tuple[str, int]]) -> None:
    shorts = Shorts(16, 1)
    texts = [Sketch(f"earn money from home every {word}") for word in ("day", "night", "week", "month", "year", "hour")]
    for step, number in steps:
        if step == "a":
            shorts.add(texts[number], A + number)
        elif step == "m":
            shorts.move(A + number, FIRST_REPEATED + number)
        elif step == "f":
            shorts.forget(A + number)
        else:
            shorts.take(texts[number], A + number)
        assert all(shorts._known[number].form == form for form, number in shorts._forms.items())
        assert len(shorts) <= 12
