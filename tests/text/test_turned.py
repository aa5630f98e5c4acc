# ruff: noqa: RUF001 - several scripts are what is tested
"""A text that is turned upside down is read as when it is turned round."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppfilter.text.fold import fold_characters
from xmppfilter.text.turned import TURNED, upright

LATIN = dict(zip("abcdefghijklmnopqrstuvwxyz", "ɐqɔpǝɟƃɥᴉɾʞlɯuodbɹsʇnʌʍxʎz", strict=True))
CYRILLIC = dict(zip("абвгдежзийклмнопрстуфхцчшщъыьэюя", "ɐƍʚɹɓǝжεииʞvwноudɔɯʎфхцчmmqыqєоʁ", strict=True))
OFFER = "we pay five hundred euros a week, quick and sure! ask my boss."


def _turned(text: str, by: dict[str, str]) -> str:
    return "".join(by.get(char, char) for char in text)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (_turned(OFFER, LATIN)[::-1], OFFER),
        (_turned(OFFER, LATIN), OFFER),
        ("˙ǝɯ oʇ ǝʇᴉɹʍ 'sʎɐp 69 uᴉ ǝuop", "done in 69 days, write to me."),
        (_turned("пишите мне быстрее сегодня", CYRILLIC)[::-1], "пишите мне быстрее сегодня"),
        ("plain text", "plain text"),
        ("Kɔkɔɔ nti ɔbɛyɛ sɛ ɔrekɔ", "Kɔkɔɔ nti ɔbɛyɛ sɛ ɔrekɔ"),  # Akan has an open o
        ("ɔ", "ɔ"),
        ("", ""),
    ],
)
def test_it_is_read_as_meant(text: str, read: str) -> None:
    assert upright(text) == read


def test_folding_reads_it() -> None:
    assert fold_characters(_turned(OFFER, LATIN)[::-1]) == OFFER


@given(st.text(st.sampled_from(f"{TURNED} .ab\u043c\u200b"), max_size=60))
def test_what_is_folded_is_folded_to_the_end(text: str) -> None:
    once = fold_characters(text)
    assert fold_characters(once) == once
    assert not set(once) & set(TURNED)
