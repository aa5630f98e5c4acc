"""The lists of greetings and names that are shipped are read, and are what they are to be."""

import pytest

from xmppfilter.text.greetings import greetings, names

BEGIN, END = greetings()


@pytest.mark.parametrize(
    "phrase", ["hi", "hello my dear", "привет", "你好", "السلام عليكم", "नमस्ते", "dzień dobry", "chào"]
)
def test_messages_begin_with_it(phrase: str) -> None:
    assert phrase in BEGIN


@pytest.mark.parametrize("phrase", ["bye", "viele grüße", "спасибо", "谢谢", "à bientôt", "تحياتي", "görüşürüz"])
def test_messages_end_with_it(phrase: str) -> None:
    assert phrase in END


@pytest.mark.parametrize("name", ["anna", "jürgen", "андрей", "ayşe", "محمد", "राहुल", "γιώργος", "олена"])
def test_it_is_a_name(name: str) -> None:
    assert name in names()


@pytest.mark.parametrize("word", ["will", "may", "can", "per", "love", "вера", "слава", "light"])
def test_what_is_an_everyday_word_as_well_is_no_name(word: str) -> None:
    assert word not in names()


@pytest.mark.parametrize("found", [BEGIN, END, names()], ids=["begin", "end", "names"])
def test_nothing_is_empty_or_a_heading_and_all_is_in_small_letters(found: tuple[str, ...]) -> None:
    assert len(found) > 100
    assert [one for one in found if not one.strip() or one[0] in "[#" or one != one.lower()] == []
