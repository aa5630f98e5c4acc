from hashlib import blake2b
from time import process_time

import pytest

from xmppfilter.duplicates.index import FIRST_NUMBER
from xmppfilter.duplicates.once import Once, Seen
from xmppfilter.duplicates.tally import Parties

PARTIES = (b"s" * 8, b"r" * 8, b"d" * 8, b"D" * 8)


def seen(number: int, parties: Parties = PARTIES) -> Seen:
    return (b"%d" % number, (), 0, float(number), parties, 0)


def of(sender: str, domain: str) -> Parties:
    """Return who sent a text, as far as that matters here."""
    one, other = (blake2b(name.encode(), digest_size=8).digest() for name in (f"{sender}@{domain}", domain))
    return one, bytes(8), other, bytes(8)


def test_the_oldest_is_known_whichever_go() -> None:
    once = Once()
    for number in range(5):
        once.add(seen(number))
    numbers = range(FIRST_NUMBER, FIRST_NUMBER + 5)
    for gone, oldest in [(1, 0), (2, 0), (0, 3), (4, 3), (3, 5)]:
        assert once.pop(numbers[gone]) == seen(gone)
        assert once.oldest == FIRST_NUMBER + oldest
        assert once.get(numbers[gone]) is None
    assert (len(once), once.next) == (0, once.oldest)


def test_a_long_gap_costs_no_more_than_a_short_one() -> None:
    def seconds(gap: int) -> float:
        once = Once()
        for number in range(gap + 2):
            once.add(seen(number))
        for number in range(FIRST_NUMBER + 1, FIRST_NUMBER + 1 + gap):
            once.pop(number)
        began = process_time()
        once.pop(FIRST_NUMBER)
        took = process_time() - began
        assert once.oldest == FIRST_NUMBER + 1 + gap
        return took

    assert min(seconds(300_000) for _ in range(3)) < 0.005


def test_who_asks_is_told_of_one_copy_and_gets_the_same_cluster_again() -> None:
    once = Once()
    once.add(seen(7))
    cluster = once.cluster(FIRST_NUMBER, 60.0)
    assert (cluster.key, cluster.last, cluster.seen(7.0).copies) == (b"7", 7.0, 1)
    assert once.cluster(FIRST_NUMBER, 60.0) is cluster


FLOODS = {
    "one account": lambda n: of("robot", "evil.example"),  # noqa: ARG005 - as the others
    "a thousand accounts of a domain": lambda n: of(f"robot{n % 1000}", "evil.example"),
    "accounts of two domains": lambda n: of(f"robot{n % 1000}", f"evil{n % 2}.example"),
    "twenty accounts all over": lambda n: of(f"robot{n % 20}", f"evil{n % 20}.example"),
}


@pytest.mark.parametrize("flood", sorted(FLOODS))
def test_who_sends_very_many_texts_pushes_out_its_own(flood: str) -> None:
    once, room = Once(), 2_000
    honest = range(FIRST_NUMBER, FIRST_NUMBER + 1_000)
    for number in range(1_000):
        once.add(seen(number, of(f"anna{number % 400}", f"home{number % 90}.example")))
    for number in range(20_000):
        if len(once) >= room:
            first = once.first()
            assert first is not None
            once.pop(first)
        once.add(seen(number, FLOODS[flood](number)))
    assert len(once) == room
    assert sum(number in once.texts for number in honest) >= 900
    while (first := once.first()) is not None:
        once.pop(first)
    assert (len(once), once.oldest, sum(once._senders), sum(once._domains)) == (0, once.next, 0, 0)


def test_what_all_have_sent_goes_oldest_first() -> None:
    once = Once()
    for number in range(3_000):
        once.add(seen(number, of(f"anna{number % 1_000}", f"home{number % 90}.example")))
        if len(once) > 500:
            first = once.first()
            assert first == once.oldest
            once.pop(first)
