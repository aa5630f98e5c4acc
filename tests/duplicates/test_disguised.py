# ruff: noqa: RUF001 - several scripts are what is tested
"""A copy in the letters of another alphabet is found by its marks."""

import pytest

from tests.duplicates.test_clusters import OFFER, OFFER_EL, OFFER_RU, SECRET, START
from xmppfilter.duplicates.clusters import Clusters
from xmppfilter.duplicates.disguised import found_by_marks
from xmppfilter.duplicates.index import Marks
from xmppfilter.duplicates.sketch import Exact, Sketch
from xmppfilter.duplicates.tally import Parties
from xmppfilter.text.romanise import romanised

WHO: Parties = (b"senderrr", b"recipien", b"sdomainn", b"rdomainn")
LOOSELY = dict(zip("абвгдежзийклмнопрстуфхцчшщъыьэюя", [*"abvgdejziiklmnoprstufxc46w'i'eu9"], strict=True))
CYRILLIC = dict(zip("abcdefghijklmnopqrstuvwxyz", "абкдефгхижклмнопкрстуввкйз", strict=True)) | {"j": "дж", "x": "кс"}
OFFER_HI = "घर बैठे रोज़ दो घंटे काम करके हर हफ्ते पंद्रह हज़ार रुपये कमाएं, कोई अनुभव नहीं चाहिए, आज ही हमारे मैनेजर को संदेश भेजें"
HINGLISH = (
    "ghar baithe roz do ghante kaam karke har hafte pandrah hazaar rupaye kamaen, koi anubhav nahin chahiye, "
    "aaj hi hamare manager ko sandesh bhejen"
)


def _spelled(text: str, by: dict[str, str]) -> str:
    return "".join(by.get(char, char) for char in text.lower())


@pytest.mark.parametrize(
    ("text", "copy"),
    [
        (OFFER_RU, romanised(OFFER_RU)), (romanised(OFFER_RU), OFFER_RU), (OFFER_RU, _spelled(OFFER_RU, LOOSELY)),
        (_spelled(OFFER_RU, LOOSELY), romanised(OFFER_RU)), (OFFER_EL, romanised(OFFER_EL)),
        (OFFER, _spelled(OFFER, CYRILLIC)), (_spelled(OFFER, CYRILLIC), OFFER), (OFFER_HI, HINGLISH),
    ],
)  # fmt: skip
@pytest.mark.parametrize("copies", [1, 3])
def test_a_copy_in_other_letters_is_one(text: str, copy: str, copies: int) -> None:
    clusters = Clusters(capacity=100, window=3600.0, secret=SECRET)
    for _ in range(copies):
        clusters.note(Sketch(text), START, WHO)
    assert clusters.match(Sketch(copy), START) is clusters.match(Sketch(text), START) is not None


def test_other_texts_in_the_same_letters_are_none() -> None:
    clusters = Clusters(capacity=100, window=3600.0, secret=SECRET)
    clusters.note(Sketch(OFFER_RU), START, WHO)
    other = (
        "Завтра собираемся у метро в семь вечера, захвати пожалуйста палатку и тёплые вещи, обратно едем в воскресенье"
    )
    assert clusters.match(Sketch(other), START) is None
    assert clusters.match(Sketch(romanised(other) or ""), START) is None


def test_only_what_lives_is_found() -> None:
    table, text = Marks(16, SECRET), Sketch(OFFER_RU)
    table.take(text.marks(table.mask, SECRET), 70_000)
    assert found_by_marks(table, text, SECRET, lambda _: ()) is None
    assert found_by_marks(table, text, SECRET, lambda _: (text.letters,)) == 70_000
    assert found_by_marks(table, Exact(b"key"), SECRET, lambda _: (text.letters,)) is None
