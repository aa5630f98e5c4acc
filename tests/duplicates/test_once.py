from time import process_time

from xmppfilter.duplicates.index import FIRST_NUMBER
from xmppfilter.duplicates.once import Once, Seen

PARTIES = (b"s" * 8, b"r" * 8, b"d" * 8, b"D" * 8)


def seen(number: int) -> Seen:
    return (b"%d" % number, (), 0, float(number), PARTIES)


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
