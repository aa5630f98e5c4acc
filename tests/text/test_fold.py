# ruff: noqa: RUF001 - look-alikes are what is tested
"""What a reader takes for the same text folds to the same; what differs stays different."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppfilter.text.fold import _COMMON, _TABLE, MAX_EXPANSION, fold, fold_characters, fold_compatibility, fold_light

SAME_CHARACTERS = {
    "case": ("Free MONEY", "free money"),
    "sharp s": ("STRASSE", "straße"),
    "full width": ("ｆｒｅｅ", "free"),
    "mathematical": ("𝓯𝓻𝓮𝓮 𝗺𝗼𝗻𝗲𝘆", "free money"),
    "enclosed": ("ⓕⓡⓔⓔ 🅵🆁🅴🅴 🄵🅁🄴🄴", "free free free"),
    "regional indicators": ("🇫🇷🇪🇪", "free"),
    "small capitals": ("ꜰʀᴇᴇ", "free"),
    "Cyrillic for Latin": ("Frее mоnеу, Наd", "free money, had"),
    "Greek for Latin": ("Μοηey", "money"),
    "Armenian for Latin": ("օոeոess", "oneness"),
    "Cherokee for Latin": ("ᎪᏴᏟ", "abc"),
    "Latin for Cyrillic": ("Привeт, чeлoвeк", "Привет, человек"),
    "Cyrillic capitals": ("НУЖЕН ЧЕЛОВЕК", "нужен человек"),
    "accents": ("frée mönèy", "free money"),
    "loose marks": ("f\u0336r\u0301e\u0308e", "free"),
    "zero width": ("fr\u200be\u200de\u2060 \ufeffmoney", "free money"),
    "soft hyphen": ("mo\xadney", "money"),
    "tags and selectors": ("fr\U000e0041ee\ufe0f", "free"),
    "bidi controls": ("\u202dfree\u202c", "free"),
    "read from the right": ("\u202eyenom eerf\u202c now", "free money now"),
    "figures of other scripts": ("٠١٢ ९", "012 9"),
    "quotation marks": ("“free”", '"free"'),
    "loose Hangul": ("\u1112\u1161\u11ab\u1100\u1173\u11af", "한글"),
    "half-width Hangul": ("ﾡ", "ㄱ"),
}


@pytest.mark.parametrize(("varied", "plain"), SAME_CHARACTERS.values(), ids=SAME_CHARACTERS)
def test_characters_that_read_alike_fold_alike(varied: str, plain: str) -> None:
    assert fold_characters(varied) == fold_characters(plain)


def test_ascii_stays_legible() -> None:
    text = "Call 0800 1234, visit http://x.example/I1l|0O?q=1&r='2' \"now\" {50%} $9 a@b.c_d"
    assert fold_characters(text) == text.lower()


def test_white_space_becomes_single_spaces() -> None:
    assert fold_light("\t free\r\n\n money\xa0\u2003now  ") == "free money now"


@pytest.mark.parametrize(
    ("varied", "plain"),
    [
        ("f r e e money", "free money"),
        ("F.R.E.E. money", "free. money"),
        ("f-r-e-e m*o*n*e*y", "free money"),
        ("f_r_e_e", "free"),
        ("heeellooo theeeere", "hello there"),
        ("helllllo", "hello"),
        ("fr33 m0n3y", "free money"),
        ("c@$h pr1ze$ w!n", "cash prizes win"),
        ("CIick", "click"),
        ("cl1ck", "click"),
        ("ᶠʳ33 МО𝗡ЕУ", "free money"),
    ],
)
def test_what_only_a_reader_sees_through_is_folded(varied: str, plain: str) -> None:
    assert fold(varied) == fold(plain)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("100%", "10%"),
        ("call 0800 555", "call 0800 55"),
        ("xxx", "x"),
        ("will", "wi"),
        ("1 2 3", "123"),
        ("a cat", "act"),
        ("рыба", "рыбак"),
        ("кот", "код"),
        ("你好", "您好"),
        ("안녕하세요", "안녕하십니까"),
        ("สวัสดี", "สวัสดิ์"),
        ("नमस्ते", "नमस्कार"),
        ("שלום", "שלומך"),
        ("🔥", "🎁"),
    ],
)
def test_different_texts_stay_different(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_letters_of_one_alphabet_keep_apart() -> None:
    russian = "абвгдежзийклмнопрстуфхцчшщъыьэюя"
    merged = len(russian) - len({fold(letter) for letter in russian})
    assert merged <= 2  # й is и with a mark, ь looks like в's small capital


@given(st.text(max_size=200))
def test_folding_is_bounded(text: str) -> None:
    for folding in (fold_characters, fold_light, fold):
        assert len(folding(text)) <= MAX_EXPANSION * len(text)


@given(st.text(max_size=200))
def test_light_folding_is_idempotent(text: str) -> None:
    once = fold_light(text)
    assert fold_light(once) == once


def test_every_entry_of_the_table_is_folded_to_the_end() -> None:
    unfinished = {
        hex(code): target
        for code, target in _TABLE.items()
        if fold_characters(fold_characters(chr(code))) != fold_characters(chr(code)) or len(target) > MAX_EXPANSION
    }
    assert unfinished == {}


@given(st.text(alphabet=_COMMON, max_size=50))
def test_the_quick_way_folds_as_the_long_one(text: str) -> None:
    assert fold_characters(text) == fold_characters(text + "🔥").removesuffix("🔥")


@pytest.mark.parametrize(
    "unit",
    [
        "ﷺ",
        "\u0301",
        "ก\u0e48",
        "\u202e",
        "f ",
        "a.",
        "aa",
        "1a",
        "\u1100",
        "가\u11a8",
        "\U0001d4d5",
        " ",
        "l",
        "|",
        "a!",
    ],
)
def test_hostile_bodies_fold_in_linear_time(unit: str) -> None:
    text = unit * (65_536 // len(unit.encode()))

    def spent() -> float:
        start = time.process_time()
        fold(text)
        return time.process_time() - start

    assert min(spent() for _ in range(3)) < 0.1


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("É", "e"),
        ("ﬁ", "fi"),
        ("②", "2"),
        ("٣", "3"),
        ("ß", "ss"),
        ("ё", "е"),
        ("سـلام", "سلام"),
        ("ก\u0e48", "ก\u0e48"),
    ],
)
def test_forms_case_and_decoration_go_and_vowels_stay(text: str, folded: str) -> None:
    assert fold_compatibility(text) == folded
