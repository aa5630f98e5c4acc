"""What a short text says is the same whoever is greeted, whatever figures are in it, and however it ends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppfilter.duplicates.short import LONGEST, NOTHING, Short, short_of
from xmppfilter.duplicates.sketch import Sketch


def said(text: str) -> Short:
    return short_of(Sketch(text))


SAME = [
    ["Hi Anna, how are you?", "Hey Jürgen how are you?", "Hello Zbyszko, how are you???", "HI TOM, HOW ARE YOU"],
    ["Hi Anna, how are you?", "hi how are you"],
    [
        "Hi Anna, how are you?",
        "Anna, how are you?",
        "Good morning, Hi Anna, how are you? [4e9b179]",
        "Hi, how are you 555",
    ],
    ["Привет, Аня, как дела?", "Здравствуйте, Дмитрий! Как дела", "привет олег как дела"],
    ["你好, 很高兴认识你, 可以聊聊吗", "很高兴认识你, 可以聊聊吗", "您好! 很高兴认识你, 可以聊聊吗"],
    ["Earn 500 dollars a day from home", "earn 750 dollars a day from home!"],
    ["Earn 500 dollars a day from home", "Good morning Lena, earn 20 dollars a day from home bye"],
    ["Your code is waiting for you", "Your code is waiting for you 4711", "your code is waiting for you [x92k77d]"],
    [
        "Meet hot girls in your town",
        "Meet hot girls in your town https://x.example/a1",
        "m33t hot g1rls in your town 😘",
    ],
    ["Ich habe ein Angebot für Sie", "Hallo Frau, ich habe ein Angebot für Sie, viele Grüße, Peter"],
    ["I like your photo, write me back", "Hello, I like your photo, write me back"],
    ["はじめまして、プロフィールを見ました", "Hey Zoë! はじめまして、プロフィールを見ました thanks"],
    ["Bonjour Chloé, je cherche une relation sérieuse", "je cherche une relation sérieuse, bisous"],
    ["مرحبا سارة اربح المال من المنزل بسهولة", "اربح المال من المنزل بسهولة"],
    ["नमस्ते राहुल घर बैठे हर दिन पैसे कमाएं", "घर बैठे हर दिन पैसे कमाएं"],
]
NOBODYS = [
    "",
    "hi",
    "Good morning!",
    "Hi Anna",
    "ok",
    "see you at 8",
    "1234",
    "😀😀",
    "thanks, bye",
    "你好",
    "word " * 300,
]
OTHERS = [
    ("see you at 8", "see you at 9 then"),
    ("see you at 8", "see you at 9"),
    ("Hi Anna, see you at 8", "Hi Anna, see you at 9"),
    ("how are you", "Hi Anna, how are you?"),
    ("Hi Anna, how are you?", "Hi Anna, who are you?"),
    ("I'll call you later", "I'll call you later ok bye"),
    ("Good morning princess! How are you?", "Hi Anna, how are you?"),
    ("Earn money from home now with us", "Earn money from home now with them"),
    ("明天八点在车站见", "明天九点在公司见"),
]


@pytest.mark.parametrize(("one", "other"), OTHERS)
def test_they_do_not(one: str, other: str) -> None:
    forms = said(one).form, said(other).form
    assert forms[0] != forms[1] or forms == (b"", b"")


@pytest.mark.parametrize("text", NOBODYS)
def test_nothing_but_an_equal_text_says_as_much(text: str) -> None:
    assert said(text) == NOTHING


def test_leet_is_no_code() -> None:
    assert said("3arn m0n3y fr0m h0m3 w1th us t0day").form == said("earn money from home with us today").form


def test_names_that_are_not_known_are_left_where_they_are_in_a_sentence() -> None:
    assert b"zbyszko" in said("I wonder what Zbyszko has told you").form


@given(st.text(max_size=300))
def test_of_whatever_text_it_is_bounded(text: str) -> None:
    short = said(text)
    assert len(short.form) <= LONGEST + 1
    assert len(short.core) <= 2 * (LONGEST + 1)


@given(st.text("abc 1ля你好, ", max_size=60))
def test_white_space_and_case_change_nothing(text: str) -> None:
    assert said(text.upper().replace(" ", "  ")).form == said(text).form
