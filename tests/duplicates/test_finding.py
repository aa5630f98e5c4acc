"""What a padded text is taken for."""

import pytest

from tests.bench.padding_texts import KINDS, SPAM
from tests.duplicates.test_clusters import START, key
from xmppfilter.duplicates.clusters import Clusters
from xmppfilter.duplicates.sketch import Sketch

SECRET = 0x9E3779B97F4A7C15
OFFER = SPAM[0]
CHAIN, FAMOUS, WISH = KINDS["a chain letter"], KINDS["a famous text"], KINDS["a wish"]


def sent(*texts: str) -> Clusters:
    """Remember texts, each by another sender to another recipient."""
    clusters = Clusters(capacity=256, window=3600.0, secret=SECRET)
    for number, text in enumerate(texts):
        parties = (key(f"s{number}"), key(f"r{number}"), key("d"), key("e"))
        clusters.note(Sketch(text), START + number, parties)
    return clusters


def held_against(clusters: Clusters, text: str) -> int:
    """How many copies are held against a text."""
    now = START + 600
    tallies = [known.tally for known in clusters.known(Sketch(text), now)]
    return max((tally.seen(now).copies for tally in tallies if tally is not None), default=0)


PADDED = {
    "behind": [f"{OFFER} {CHAIN}"] * 30,
    "before": [f"{CHAIN} {OFFER}"] * 30,
    "behind what varies": [f"Hi {number * 7919}! {OFFER} {CHAIN}" for number in range(30)],
    "by two in turn": [f"{OFFER} {CHAIN if number % 2 else FAMOUS}" for number in range(30)],
    "after it was sent honestly": [CHAIN, *[f"{OFFER} {CHAIN}"] * 30],
    "after what it is wrapped in": [
        f"Look at this, dear Lucia: {CHAIN} {WISH}",
        *[f"{OFFER} {CHAIN}"] * 30,
    ],
}


@pytest.mark.parametrize("copies", PADDED.values(), ids=PADDED)
def test_what_spam_is_padded_with_is_not_taken_for_it(copies: list[str]) -> None:
    clusters = sent(*copies)
    assert held_against(clusters, CHAIN) <= 2
    assert held_against(clusters, f"Good evening Lucia, what do you and your sister think of this letter? {CHAIN}") <= 5
    assert held_against(clusters, copies[-1]) >= 14


def test_spam_among_ever_other_harmless_texts_is_counted_together() -> None:
    texts = list(KINDS.values())
    clusters = sent(OFFER, *(f"{one} {OFFER} {other}" for one in texts for other in texts if one is not other))
    assert held_against(clusters, f"{OFFER} {' '.join(reversed(FAMOUS.split()))}") >= 30


def test_a_copy_with_much_around_it_is_found_as_itself_when_it_comes_again() -> None:
    padded = f"{OFFER} {CHAIN}"
    clusters = sent(CHAIN, padded)
    letter = clusters.match(Sketch(CHAIN), START + 9)
    assert clusters.match(Sketch(padded), START + 9) is letter, "it holds what is known"
    clusters = sent(CHAIN, padded, padded)
    found = clusters.match(Sketch(padded), START + 9)
    assert found is not clusters.match(Sketch(CHAIN), START + 9)
    assert found is not None
    assert found.seen(START + 9).copies == 2


def test_what_is_remembered_of_wrapped_copies_goes_with_them() -> None:
    clusters = sent(OFFER, *(f"{OFFER} {text}" for text in KINDS.values()))
    assert len(clusters._within) == len(clusters) - 1 == len(KINDS)
    clusters.expire(START + 9_000, 1_000)
    assert (len(clusters), len(clusters._within), len(clusters._equal)) == (0, 0, 0)
