# ruff: noqa: RUF001 - several scripts are what is tested
"""A copy in the letters of another alphabet is found by its marks."""

import pytest

from tests.duplicates.test_clusters import OFFER, OFFER_EL, OFFER_RU, SECRET, START
from xmppfilter.duplicates.clusters import Clusters
from xmppfilter.duplicates.disguised import Disguised
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
    disguised, text = Disguised(16, SECRET), Sketch(OFFER_RU)
    disguised.add(text, 70_000, spelled=True)
    assert disguised.find(text, lambda _: (), lambda _: False) is None
    assert disguised.find(text, lambda _: (text.letters,), lambda _: True) == 70_000
    assert disguised.find(Exact(b"key"), lambda _: (text.letters,), lambda _: True) is None


def test_what_was_found_in_other_words_is_said() -> None:
    disguised = Disguised(16, SECRET)
    offer = "Earn 500 euros weekly from home, two hours daily, message our manager on Telegram @easywork_anna"
    reworded = "Simple remote job: 500 euros every week, two hours per day, Telegram @easywork_anna, beginners welcome"
    disguised.add(Sketch(offer), 70_000, spelled=True)
    assert not disguised.reworded
    letters = (Sketch(offer).letters,)
    assert disguised.find(Sketch(reworded), lambda _: letters, lambda _: True) == 70_000
    assert disguised.reworded
    padded = f"{reworded} By the way, that cake was wonderful, could you send me the recipe of it, and of the soup?"
    assert disguised.find(Sketch(padded), lambda _: letters, lambda _: True) == 70_000
    assert not disguised.reworded
    disguised.move(70_000, 80_000)
    assert disguised.find(Sketch(reworded), lambda _: (), lambda _: True) == 80_000
    disguised.forget(80_000)
    assert disguised.find(Sketch(reworded), lambda _: (), lambda _: True) is None
