"""What outlives a restart of texts that are sent to many."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.duplicates.test_clusters import HARMLESS, OFFER, OFFER_RU, SECRET, START, WARNING, key, note, other
from tests.filters.test_campaign import varied
from tests.memory.readers import Store, read
from xmppfilter.duplicates.clusters import Clusters
from xmppfilter.duplicates.lasting import EVERY, LASTING
from xmppfilter.duplicates.sketch import Exact, Sketch
from xmppfilter.duplicates.tally import Cluster
from xmppfilter.memory.contract import Row

DAY = 86400.0
WINDOW = 14 * DAY
LONG = " ".join(other(number) for number in range(12))
SHORT = "Hi Anna, how are you today?"


def clusters(window: float = WINDOW) -> Clusters:
    return Clusters(capacity=2000, window=window, secret=SECRET)


def spread(on: Clusters, text: str, copies: int, *, first: int = 0, at: float = START, vary: bool = False) -> Cluster:
    """Send copies to as many strangers by ten accounts, one a second."""
    for n in range(first, first + copies):
        said = varied(text, n) if vary and n > first else text
        cluster = note(on, said, at + n, sender=f"s{n % 10}", recipient=f"r{n}", domain=f"d{n % 3}")
    return cluster


def restarted(on: Clusters, now: float, window: float = WINDOW) -> Clusters:
    again = clusters(window)
    rows = sorted((row for row in on.snapshot() if row.expires > now), key=lambda row: row.expires)
    assert again.restore(rows, now) == len(rows)
    return again


def shown(cluster: Cluster | None, now: float) -> tuple[object, ...]:
    assert cluster is not None
    seen = cluster.seen(now)
    return (
        seen.start, seen.copies, seen.varied, seen.recipients, seen.senders, seen.domains, seen.active, seen.returned,
        cluster.last, cluster.accounts,
    )  # fmt: skip


@pytest.mark.parametrize("vary", [False, True])
@pytest.mark.parametrize("text", [OFFER, OFFER_RU, LONG, SHORT], ids=["offer", "ru", "long", "short"])
def test_the_same_text_counts_as_before(text: str, vary: bool) -> None:
    before = clusters()
    spread(before, text, 30, vary=vary and text is not SHORT)
    again = restarted(before, START + 100)
    for at in (START + 100, START + 5 * DAY, START + 10 * DAY):
        found = again.match(Sketch(text), at)
        assert shown(found, at) == shown(before.match(Sketch(text), at), at)
    for on in (before, again):
        note(on, text, START + 200, recipient="new")
    assert shown(again.match(Sketch(text), START + 200), START + 200) == shown(
        before.match(Sketch(text), START + 200), START + 200
    )


def test_a_short_text_is_found_whoever_it_greets() -> None:
    before = clusters()
    cluster = spread(before, SHORT, 30)
    again = restarted(before, START + 100)
    for name in ("Bob", "Maria", "Tom"):
        assert note(before, f"Hi {name}, how are you today?", START + 100) is cluster
        assert note(again, f"Hi {name}, how are you today?", START + 100).seen(START + 100).copies > 30
    assert len(again) == 1


def test_what_is_not_a_text_is_found_by_its_equals() -> None:
    before, target = clusters(), Exact(b"12345678")
    for n in range(9):
        before.note(target, START + n, (key("s"), key(n), key("d"), key("e")))
    again = restarted(before, START + 10)
    assert shown(again.match(target, START + 10), START + 10) == shown(before.match(target, START + 10), START + 10)
    assert again.match(Exact(b"12345679"), START + 10) is None


@pytest.mark.parametrize("text", [OFFER, OFFER_RU, LONG], ids=["offer", "ru", "long"])
def test_varied_copies_are_found_by_the_text_and_then_by_each_other(text: str) -> None:
    before = clusters()
    spread(before, text, 30, vary=True)
    again = restarted(before, START + 100)
    found = [
        note(again, varied(text, 1000 + n), START + 100 + n, sender=f"n{n}", recipient=f"n{n}").seen(START + 200).copies
        for n in range(40)
    ]
    assert found[-1] >= 68
    assert len(again) <= 3


def test_the_text_itself_takes_the_place_of_what_a_copy_lent() -> None:
    before = clusters()
    spread(before, OFFER, 30)
    again = restarted(before, START + 100)
    cluster = note(again, varied(OFFER, 5), START + 100)
    lent = cluster.excerpts
    assert lent
    assert note(again, OFFER, START + 101) is cluster
    assert cluster.excerpts != lent
    assert (cluster.key, cluster.kept) == (Sketch(OFFER).key, None)
    assert again._kept == {}
    assert cluster.seen(START + 101).varied == 1


def test_harmless_texts_of_one_kind_are_not_taken_for_each_other_after_a_restart() -> None:
    for text in HARMLESS:
        before = clusters()
        spread(before, text, 5)
        again = restarted(before, START + 10)
        for one in HARMLESS:
            assert (again.match(Sketch(one), START + 10) is not None) is (one == text), (text, one)


def test_who_quotes_a_text_or_says_a_part_of_it_lends_it_nothing() -> None:
    before = clusters()
    spread(before, WARNING, 30)
    again = restarted(before, START + 100)
    for text in (f"{other(1, 60)} {WARNING} {other(2, 60)}", WARNING[: len(WARNING) // 3]):
        note(again, text, START + 100)
    cluster = again.match(Sketch(WARNING), START + 100)
    assert cluster is not None
    assert cluster.excerpts == ()
    assert cluster.seen(START + 100).copies == 30


def test_no_row_has_anything_of_what_was_written() -> None:
    on = clusters()
    for text in (OFFER, WARNING, SHORT, LONG):
        spread(on, text, 5, vary=text is not SHORT)
    rows = list(on.snapshot())
    assert len(rows) == 4
    for row in rows:
        for text in (OFFER, WARNING, SHORT, LONG):
            said = Sketch(text).letters
            assert not any(said[at : at + 4] in row.key + row.value for at in range(len(said) - 3))


def test_what_few_have_got_is_not_stored() -> None:
    on = clusters()
    store = Store(on)
    for n in range(20):
        note(on, OFFER, START + n, recipient=n % (LASTING - 1))
    store.settle()
    assert store.rows == {}
    note(on, OFFER, START + 30, recipient="another")
    store.settle()
    assert len(store.rows) == 1


def test_a_text_is_told_to_be_stored_now_and_then() -> None:
    on = clusters()
    store = Store(on)
    spread(on, OFFER, LASTING)
    assert store.flush() == 1
    for n in range(10, 20):
        note(on, OFFER, START + n, recipient=n)
        on.expire(START + n, 100)
        assert store.flush() == 0
    on.expire(START + 10 + EVERY, 100)
    assert store.flush() == 1
    note(on, OFFER, START + 50, recipient=50)
    on.settle()
    assert store.flush() == 1
    assert [*store.rows.values()] == [*on.snapshot()]
    on.expire(START + WINDOW + 50, 100)
    assert store.flush() == 1
    assert store.rows == {}


def test_a_clock_that_goes_back_does_not_keep_a_text_from_being_stored() -> None:
    on = clusters()
    store = Store(on)
    spread(on, OFFER, LASTING + 1)
    store.settle()
    note(on, OFFER, START - DAY, recipient="another")
    on.expire(START - DAY, 100)
    assert store.flush() == 1


def test_another_window_after_a_restart() -> None:
    before = clusters()
    spread(before, OFFER, 30)
    short = restarted(before, START + 100, window=DAY)
    found = short.match(Sketch(OFFER), START + 100)
    assert found is not None
    assert found.seen(START + 100).recipients == pytest.approx(30, abs=1)
    assert found.seen(START + 2 * DAY).recipients == 0
    assert restarted(before, START + 2 * DAY, window=DAY).match(Sketch(OFFER), START + 2 * DAY) is None


def test_what_is_past_is_not_taken_in() -> None:
    before = clusters()
    spread(before, OFFER, 30)
    rows = list(before.snapshot())
    again = clusters()
    assert again.restore(rows, START + WINDOW + 40) == 0
    assert len(again) == 0


def test_a_gateway_whose_clock_is_ahead_does_not_end_what_others_have_counted() -> None:
    ahead, here = clusters(), clusters()
    spread(ahead, OFFER, 5, at=START + 400 * DAY)
    spread(here, OFFER, 30)
    here.restore(list(ahead.snapshot()), START + 100)
    found = here.match(Sketch(OFFER), START + 100)
    assert found is not None
    assert found.seen(START + 100).recipients == pytest.approx(30, abs=1)
    assert found.last <= START + 100


def test_no_more_rows_than_there_is_room_for() -> None:
    before = clusters()
    for number in range(40):
        spread(before, other(number), 4)
    again = Clusters(capacity=16, window=WINDOW, secret=SECRET)
    store = Store(again)
    again.restore(list(before.snapshot()), START + 10)
    assert len(again) <= 16
    assert len(again) == len(list(again.held()))
    assert store.flush() == 40 - len(again), "what had to go"
    again.expire(START + 2 * WINDOW, 100)
    assert (len(again), again._rows, again._kept, again._late) == (0, {}, {}, {})


def test_two_gateways_that_tell_each_other_know_the_same() -> None:
    one, two = clusters(), clusters()
    changes = [one.deltas(), two.deltas()]
    spread(one, OFFER, 20)
    spread(two, OFFER, 20, first=15)
    for on in (one, two):
        on.settle()
    for number in (1, 2):
        for origin, on, out in ((b"1", two, changes[0]), (b"2", one, changes[1])):
            if number == 1:
                batch = read(out)
            on.absorb(batch, origin=origin, number=number, now=START + 100)
    found = [shown(on.match(Sketch(OFFER), START + 100), START + 100) for on in (one, two)]
    assert found[0] == found[1]
    assert found[0][3] == pytest.approx(35, abs=2)


TEXTS = [OFFER, WARNING, SHORT, other(1), other(2)]
STEPS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 40), st.floats(0, DAY)), max_size=60)


def played(steps: list[tuple[int, int, float]]) -> tuple[Clusters, float]:
    on, now = clusters(), START
    for which, who, pause in steps:
        now += pause
        note(on, TEXTS[which], now, sender=who % 7, recipient=who, domain=who % 3)
    return on, now


def answers(on: Clusters, now: float) -> list[object]:
    found = (on.match(Sketch(text), now) for text in TEXTS)
    return [
        shown(cluster, now) if cluster is not None and cluster.seen(now).recipients >= LASTING else None
        for cluster in found
    ]


@settings(max_examples=40, deadline=None)
@given(STEPS)
def test_restored_rows_give_the_same_answers(steps: list[tuple[int, int, float]]) -> None:
    on, now = played(steps)
    again = restarted(on, now)
    assert answers(again, now) == answers(on, now)
    assert sorted(again.snapshot()) == sorted(on.snapshot())


@settings(max_examples=40, deadline=None)
@given(STEPS, STEPS, st.randoms(use_true_random=False))
def test_rows_join_in_whatever_order_and_how_often(
    first: list[tuple[int, int, float]], second: list[tuple[int, int, float]], dice: random.Random
) -> None:
    (one, until), (two, later) = played(first), played(second)
    rows: list[Row] = [*one.snapshot(), *two.snapshot()]
    now = max(until, later)
    joined = []
    for _ in range(2):
        on = clusters()
        order = rows * 2
        dice.shuffle(order)
        on.restore(order, now)
        joined.append(answers(on, now))
    assert joined[0] == joined[1]
