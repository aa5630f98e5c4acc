"""What says the same in other words is found; what is only about the same is not."""

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.bench.paraphrases import harmless_pairs, offers
from tests.duplicates.test_clusters import SECRET, START
from xmppfilter.duplicates.clusters import Clusters
from xmppfilter.duplicates.paraphrase import Paraphrases
from xmppfilter.duplicates.sketch import Exact, Sketch
from xmppfilter.duplicates.tally import Parties

WHO: Parties = (b"senderrr", b"recipien", b"sdomainn", b"rdomainn")
OFFER = "Earn 500 euros weekly from home, two hours daily are enough. Message our manager on Telegram @easywork_anna"


def found(first: str, second: str) -> bool:
    paraphrases = Paraphrases(100, SECRET)
    paraphrases.add(Sketch(first), 70_000)
    return paraphrases.find(Sketch(second), lambda _: True) is not None


@pytest.mark.parametrize(
    "text",
    [
        "Simple remote job: 500 euros every week, two hours per day, beginners welcome: Telegram @easywork_anna",
        "Two hours a day at home bring you 500 euros, our manager explains it: t.me/easywork_anna",
        "500 euros, paid weekly! Two hours of homework daily, no experience, ask the manager @EasyWork_Anna",
    ],
)
def test_an_offer_in_other_words_is_the_same(text: str) -> None:
    assert found(OFFER, text)
    assert found(text, OFFER)


@pytest.mark.parametrize(
    "text",
    [
        "I work from home now, two days a week, and earn as much as before. How is your new manager?",
        "Did you write to @easywork_anna about the birthday party, or shall I ask somebody else to do that?",
        "Earn 800 dollars monthly from home, three hours daily. Message the manager on Telegram @other_person",
        "Two hours weekly, 500 euros",
        "@easywork_anna",
        "",
    ],
)
def test_another_text_is_not(text: str) -> None:
    assert not found(OFFER, text)


def test_of_harmless_pairs_on_one_subject_hardly_any_is_joined() -> None:
    pairs = harmless_pairs()
    assert len(pairs) > 150
    joined = [pair for pair in pairs if found(*pair)]
    assert len(joined) <= 2, joined


def test_most_paraphrases_are_found() -> None:
    recall = {
        kind: [found(offer.text, text) for offer in offers() for text in offer.by_kind[kind]]
        for kind in ("light", "medium", "heavy")
    }
    shares = {kind: sum(hits) / len(hits) for kind, hits in recall.items()}
    assert shares["light"] > 0.97, shares
    assert shares["medium"] > 0.9, shares
    assert shares["heavy"] > 0.4, shares


def test_copies_of_a_paraphrase_are_found_too() -> None:
    clusters = Clusters(capacity=100, window=3600.0, secret=SECRET)
    reworded = "Simple remote job: 500 euros every week, two hours per day, beginners welcome: Telegram @easywork_anna"
    for text in (OFFER, reworded, reworded.replace("@easywork_anna", "") + " or ask me tomorrow morning"):
        clusters.note(Sketch(text), START, WHO)
    assert len(clusters) == 1
    found = clusters.match(Sketch(OFFER), START)
    assert found is not None
    assert found.seen(START).copies == 3


def test_words_that_many_use_weigh_less() -> None:
    paraphrases = Paraphrases(1000, SECRET)
    said = "the umbrella under the piano belongs to a juggler from Uppsala, whose parrot whistles marches"
    other = "my juggler keeps a whistling parrot, the piano and an umbrella at Uppsala, and marches"
    assert found(said, other)
    for number in range(200):
        paraphrases.add(Sketch(f"umbrella piano juggler uppsala parrot word{number}x other{number}y"), 70_000 + number)
    paraphrases.add(Sketch(said), 80_000)
    assert paraphrases.find(Sketch(other), lambda number: number == 80_000) is None


def test_nothing_is_kept_of_what_has_no_words() -> None:
    paraphrases = Paraphrases(100, SECRET)
    for text in (Exact(b"key"), Sketch(""), Sketch("?!"), Sketch("short")):
        paraphrases.add(text, 70_000)
        assert paraphrases.find(text, lambda _: True) is None
    paraphrases.move(70_000, 80_000)
    paraphrases.forget(80_000)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["add", "move", "forget", "find"]), st.integers(0, 9)), max_size=40))
def test_no_more_texts_are_kept_than_were_added(steps: list[tuple[str, int]]) -> None:
    paraphrases, living = Paraphrases(10, SECRET), set[int]()
    dice = random.Random(1)
    for step, number in steps:
        text = Sketch(" ".join(f"word{dice.randrange(40)}x" for _ in range(12)))
        if step == "add":
            paraphrases.add(text, number)
            living.add(number)
        elif step == "move":
            paraphrases.move(number, number + 10)
            if number in living:
                living = living - {number} | {number + 10}
        elif step == "forget":
            paraphrases.forget(number)
            living.discard(number)
        else:
            assert paraphrases.find(text, lambda _: True) in {None, *living}


def test_a_long_text_costs_little() -> None:
    paraphrases = Paraphrases(100, SECRET)
    for text in ("@a." * 20_000, "1.2" * 20_000, "http://" * 9_000, "\u5de5\u4f5c" * 9_000, "word " * 13_000):
        sketch = Sketch(text)
        start = time.process_time()
        paraphrases.find(sketch, lambda _: True)
        paraphrases.add(sketch, 70_000)
        assert time.process_time() - start < 0.02
