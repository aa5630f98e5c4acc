from xmppfilter.duplicates.repeated import Repeated
from xmppfilter.duplicates.tally import Cluster

PARTIES = (b"s" * 8, b"r" * 8, b"d" * 8, b"D" * 8)


def repeated(copies: list[int]) -> Repeated:
    """Return clusters with so many copies each, whose numbers are their places and their times."""
    clusters = Repeated()
    for number, count in enumerate(copies):
        cluster = Cluster(b"%d" % number, (), number, window=3600.0)
        clusters.add(number, cluster)
        for _ in range(count):
            cluster.note(number, PARTIES, varied=False)
            clusters.renew(number, number)
    return clusters


def test_the_fewest_copies_go_first_and_of_those_the_oldest() -> None:
    clusters = repeated([9, 2, 3, 2, 1])
    gone = []
    while len(clusters):
        gone.append(clusters.next())
        clusters.pop(gone[-1])
    assert gone == [1, 2, 3, 4, 0]


def test_who_has_few_copies_stays_while_those_are_no_more_than_a_share() -> None:
    clusters = repeated([40] * 15 + [2])
    assert clusters.next() == 0, "one text in sixteen may be new"
    assert repeated([40] * 15 + [2, 2, 2]).next() == 15


def test_those_that_are_past_are_found_whatever_they_count() -> None:
    clusters = repeated([2, 40, 2, 40])
    assert [clusters.past(horizon) for horizon in (-1.0, 0.0)] == [None, 0]
    clusters.pop(0)
    assert (clusters.past(0.5), clusters.past(1.0)) == (None, 1)
