# ruff: noqa: RUF001 - look-alikes and Russian are what is tested
"""Near copies of a text are told from other texts, however the copy was varied."""

import random
import time
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppfilter.duplicates.likeness import GRAM, LEAST_PIECE, grams
from xmppfilter.duplicates.sketch import MAX_LETTERS, MIN_GRAMS, RUN, STEP, WINDOW, Sketch, letters, slots, words
from xmppfilter.text.fold import fold_characters, fold_light

OFFER = (
    "Dear customer, your parcel could not be delivered because a small fee is missing. Please pay 1.99 within two days "
    "at http://parcel.example/pay?id=8812 or it will go back to the sender. Thank you for your trust!"
)
ANGEBOT_RU = (
    "Срочно требуются сотрудники на удалённую работу, свободный график и оплата каждый день. Опыт не нужен, всему "
    "научим бесплатно. Пишите в личные сообщения, количество мест ограничено, только до конца недели."
)
LETTER = (
    "Hi Tom, the train was late again so I only got home at nine, and then the heating did not work. Could you lend me "
    "the drill on Saturday? Anna says hello, she liked the book very much and wants to know if there is a second part."
)
POST_RU = (
    "Вчера ходили с детьми в зоопарк, погода была отличная, видели жирафов и нового медвежонка. Потом пили чай у "
    "бабушки, она испекла пирог с вишней и передавала вам привет, ждёт в гости на выходных."
)


MASK = (1 << 32) - 1
SECRET = 0x9E3779B97F4A7C15


def is_copy(known: str, seen: str) -> bool:
    excerpts = Sketch(known).excerpts(MASK, SECRET)
    return any(
        window.holds(excerpt.letters, 0.0) for window in Sketch(seen).windows(MASK, SECRET) for excerpt in excerpts
    )


def shared(known: str, seen: str) -> float:
    """How much of what the one is found by is in the other."""
    owned = {slot for excerpt in Sketch(known).excerpts(MASK, SECRET) for slot in excerpt.slots}
    there = {slot for window in Sketch(seen).windows(MASK, SECRET) for slot in window.slots}
    return len(owned & there) / len(owned)


def _words(change: Callable[[list[str], random.Random], list[str]]) -> Callable[[str, random.Random], str]:
    return lambda text, dice: " ".join(change(text.split(), dice))


def _swap(words: list[str], dice: random.Random) -> list[str]:
    at = dice.randrange(len(words) - 1)
    words[at], words[at + 1] = words[at + 1], words[at]
    return words


def _looking_alike(text: str, dice: random.Random) -> str:
    pairs = dict(zip("aeopcxyisаеорсху", "аеорсхуіѕaeopcxy", strict=True))
    return "".join(pairs.get(char, char) if dice.random() < 0.5 else char for char in text)


VARIATIONS: dict[str, Callable[[str, random.Random], str]] = {
    "new head": lambda text, dice: f"Hello {dice.choice(['Ann', 'Bob'])}! {text}",
    "new tail": lambda text, dice: f"{text} [{dice.getrandbits(40):x}]",
    "new middle": lambda text, dice: f"{text[: len(text) // 2]} {dice.getrandbits(99):x} {text[len(text) // 2 :]}",
    "half of it": lambda text, _: text[: len(text) * 6 // 10],
    "words swapped": _words(_swap),
    "words dropped": _words(lambda words, dice: [word for word in words if dice.random() > 0.1]),
    "words put in": _words(lambda words, dice: [word + " really" * (dice.random() < 0.1) for word in words]),
    "sentences moved": lambda text, _: ". ".join(reversed(text.split(". "))),
    "upper case": lambda text, _: text.upper(),
    "invisible": lambda text, _: "\u200b".join(text),
    "look-alikes": _looking_alike,
    "figures for letters": lambda text, _: text.translate(str.maketrans("aeios", "@3105")),
    "set apart": lambda text, _: " ".join(text),
    "dotted": lambda text, _: ".".join(text),
    "glued": lambda text, _: text.replace(" ", ""),
    "stretched": lambda text, dice: "".join(c * dice.randrange(1, 5) for c in text),
    "emoji": lambda text, dice: "".join(c + "🔥" * (dice.random() < 0.2) for c in text),
    "marks": lambda text, dice: "".join(c + "\u0336" * (dice.random() < 0.5) for c in text),
    "mistyped": lambda text, dice: "".join("q" if dice.random() < 0.05 else c for c in text),
    "ham before": lambda text, _: f"{LETTER} {POST_RU} {text}",
    "ham behind": lambda text, _: f"{text} {LETTER} {POST_RU}",
    "ham around": lambda text, _: f"{LETTER} {text} {POST_RU}",
    "much ham around": lambda text, _: f"{(LETTER + POST_RU) * 20} {text} {(POST_RU + LETTER) * 20}",
}


@pytest.mark.parametrize("known", [OFFER, ANGEBOT_RU], ids=["English", "Russian"])
@pytest.mark.parametrize("vary", VARIATIONS.values(), ids=VARIATIONS)
def test_a_varied_copy_is_recognised(known: str, vary: Callable[[str, random.Random], str]) -> None:
    for seed in range(10):
        seen = vary(known, random.Random(seed))
        assert is_copy(known, seen)
        assert shared(known, seen) >= 0.2


@pytest.mark.parametrize("known", [OFFER, ANGEBOT_RU, LETTER, POST_RU])
@pytest.mark.parametrize("seen", [OFFER, ANGEBOT_RU, LETTER, POST_RU])
def test_another_text_is_not(known: str, seen: str) -> None:
    assert is_copy(known, seen) == (known is seen)
    assert (shared(known, seen) > 0.1) == (known is seen)


@pytest.mark.parametrize(
    ("known", "seen"),
    [
        ("Are you there?", "Are you there? I am at the station"),
        ("Happy new year to you and your family!", "Happy new year to you and your wife!"),
        ("Sorry, I'll call you later", "Sorry, I'll call you later in the evening, in a meeting"),
        ("This message is encrypted.", "This message is encrypted with OMEMO."),
    ],
)
def test_a_short_text_is_only_like_itself(known: str, seen: str) -> None:
    assert not is_copy(known, seen)
    assert Sketch(known).key == Sketch(f" {known.upper()}").key != Sketch(seen).key


def test_a_phrase_inside_much_else_is_not_the_same_text() -> None:
    phrase = "the most viewed video of all time on this channel and elsewhere"
    assert is_copy(phrase, f"wow, {phrase}!")
    assert not is_copy(phrase, f"{LETTER} {phrase}")


def test_texts_of_common_words_do_not_resemble_everything() -> None:
    common = "the and you that was for are with his they this have from one had word but not what all were we when your"
    assert not any(is_copy(common, text) for text in (OFFER, LETTER, f"{LETTER} {OFFER}"))


@pytest.mark.parametrize(
    ("one", "other"), [("👍", "😀"), ("12", "21"), ("2", "6"), ("...", "?"), ("", "🔥"), ("ок", "ой")]
)
def test_texts_with_hardly_a_letter_differ_by_their_signs(one: str, other: str) -> None:
    assert Sketch(one).key != Sketch(other).key


@given(st.text(max_size=300))
def test_letters_do_not_depend_on_white_space_or_case(text: str) -> None:
    plain = letters(text)
    assert plain == letters(fold_light(text)) == letters(fold_characters(text))
    assert len(plain) <= 3 * 4 * len(text)
    assert all(one != next_ for one, next_ in pairwise(plain))


@given(st.text(st.characters(max_codepoint=127), max_size=300))
def test_the_quick_way_of_ascii_gives_the_letters_of_the_long_one(text: str) -> None:
    assert letters(text) == letters(text + "\u2603")  # a sign, which is no letter


@given(st.binary(max_size=WINDOW))
def test_grams_are_all_runs_of_five(window: bytes) -> None:
    every = [window[at : at + GRAM] for at in range(len(window) - GRAM + 1)]
    assert sorted(grams(window)) == sorted(every)
    assert set(grams(window, every=2)) <= set(every)


@given(st.binary(max_size=WINDOW - 6))
def test_slots_are_the_same_wherever_the_letters_stand(stretch: bytes) -> None:
    assert set(slots(stretch, MASK, SECRET)) <= set(slots(b"xyz" + stretch + b"xyz", MASK, SECRET))
    assert [slot & 255 for slot in slots(stretch, MASK, SECRET)] == slots(stretch, 255, SECRET)
    assert len(slots(stretch, MASK, SECRET)) <= max(0, len(stretch) - RUN + 1)


@given(st.integers(0, 5 * WINDOW))
def test_windows_overlap_and_cover(length: int) -> None:
    dice = random.Random(length)
    text = Sketch("".join(dice.choices("abcdfghijkmnopqrtvw", k=length)))
    windows = list(text.windows(MASK, SECRET))
    assert bool(windows) == (len(text.letters) >= LEAST_PIECE + GRAM - 1)
    assert all(len(window.letters) <= WINDOW for window in windows)
    for window in windows:
        assert set(slots(window.letters, MASK, SECRET)) <= set(window.slots)
    for at in range(0, len(text.letters) - STEP, 97) if windows else ():
        assert any(text.letters[at : at + STEP] in window.letters for window in windows)


def test_a_text_asked_with_another_mask_answers_with_it() -> None:
    text = Sketch(OFFER)
    for mask in (MASK, 255, MASK):
        (window,) = text.windows(mask, SECRET)
        assert list(window.slots) == slots(text.letters, mask, SECRET)
        assert text.excerpts(mask, SECRET) == (window,)


def test_what_is_kept_of_a_text_is_bounded() -> None:
    body = "".join(random.Random(1).choices("abcdefghijklmnop", k=4 * MAX_LETTERS))
    text = Sketch(body)
    assert len(text.letters) <= MAX_LETTERS
    assert len(text.key) == 32
    assert sum(len(excerpt.letters) for excerpt in text.excerpts(MASK, SECRET)) <= 4 * WINDOW
    assert Sketch("b" * MIN_GRAMS).excerpts(MASK, SECRET) == ()


@pytest.mark.parametrize(
    "unit", ["a", "ab", "abcdefg ", "ﷺ", "你", "\u0301", "🔥", "a1", "\U0001d4d5", "ж", "x.", "\u202e"]
)
def test_a_hostile_body_is_cut_in_linear_time(unit: str) -> None:
    body = unit * (65_536 // len(unit.encode()))

    def spent() -> float:
        start = time.process_time()
        for window in Sketch(body).windows(MASK, SECRET):
            window.holds(window.letters[:200], 0.0)
        return time.process_time() - start

    assert min(spent() for _ in range(3)) < 0.1  # some 15 ms; ten times that on a busy machine would be quadratic


def test_words_have_one_vowel_and_a_space_between_two() -> None:
    assert words("Pay  the BILL,\n now!") == words("p4y thé  bell, nuw") == b"pa tha bal naw"


def test_vowels_of_three_scripts_are_one() -> None:
    for vowels in ("aeiouy", "аеиоуыэюя", "αεηιουω"):
        assert {words(f"b{vowel}k") for vowel in vowels} == {b"bak"}


@pytest.mark.parametrize("text", ["", "Hi!", "x" * 200, "!?" * 200])
def test_what_says_too_little_has_no_marks_that_lead_anywhere(text: str) -> None:
    assert len(Sketch(text).marks(MASK, SECRET)) <= 4
