"""What is counted of a text, and for how long."""

from hashlib import blake2b

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xmppfilter.duplicates.tally import HOUR, Cluster, Parties, Span
from xmppfilter.memory.state import State

DAY = 24 * HOUR
WINDOW = 14 * DAY
WEEK = WINDOW / 2
START = 2_800 * WEEK  # where a generation begins


def key(name: str) -> bytes:
    return blake2b(name.encode(), digest_size=8).digest()


def parties(number: int) -> Parties:
    return key(f"s{number % 9}"), key(f"r{number}"), key(f"d{number % 3}"), key("example.org")


def sent(*times: float, window: float = WINDOW) -> Cluster:
    """Return what was sent at these times, each time to another, by nine accounts of three domains, and varied."""
    cluster = Cluster(b"text", (), times[0], window=window)
    for number, now in enumerate(times):
        cluster.note(now, parties(number), varied=number > 0)
    return cluster


@pytest.mark.parametrize(
    ("day", "copies", "recipients", "senders"),
    [
        (0, 40, 40, 9),
        (6.99, 40, 40, 9),
        (7, 40, 40, 9),  # it does not end, it begins to fade
        (8.75, 30, 30, 7),
        (10.5, 20, 20, 4),
        (12.25, 10, 10, 2),
        (13.99, 0, 0, 0),
        (14, 0, 0, 0),
        (365, 0, 0, 0),
    ],
)
def test_what_was_counted_fades(day: float, copies: int, recipients: int, senders: int) -> None:
    seen = sent(*[START + n for n in range(40)]).seen(START + day * DAY)
    assert (seen.copies, seen.senders) == (copies, senders)
    assert seen.recipients == pytest.approx(recipients, abs=1)


def test_a_slow_campaign_counts_as_long_as_it_lives() -> None:
    cluster = sent(*[START + n * HOUR for n in range(14 * 24)])
    counted = [cluster.seen(START + 14 * DAY + n * HOUR).recipients for n in range(-1, 8 * 24, 24)]
    assert counted[0] == pytest.approx(168, rel=0.1)
    assert counted == sorted(counted, reverse=True)


def test_a_steady_campaign_counts_neither_ever_more_nor_for_a_moment_less() -> None:
    cluster, counted = sent(START), []
    for hour in range(1, 24 * 70):
        now = START + hour * HOUR
        cluster.note(now, parties(hour), varied=False)
        counted.append(cluster.seen(now).copies)
    assert max(counted) <= 24 * 14
    assert min(counted[24 * 7 :]) >= 24 * 7
    assert max(abs(one - before) for one, before in zip(counted[1:], counted, strict=False)) <= 2


def test_over_how_much_time_copies_came() -> None:
    assert sent(*[START + n for n in range(40)]).seen(START).active == 1
    assert sent(*[START + n * HOUR / 2 for n in range(40)]).seen(START + DAY).active == 20
    assert sent(*[START + n * DAY for n in range(7)]).seen(START + 7 * DAY).active == 7
    assert sent(*[START + n * HOUR for n in range(14 * 24)]).seen(START + 14 * DAY).active == 7 * 24


def test_the_first_copy_is_the_first_until_all_has_faded() -> None:
    cluster = sent(*[START + n * DAY for n in range(0, 60, 5)])
    assert cluster.seen(START + 60 * DAY).start == START
    assert cluster.seen(START + 80 * DAY).start == START + 80 * DAY
    cluster.note(START + 81 * DAY, parties(1), varied=False)
    assert cluster.seen(START + 81 * DAY).start == START + 81 * DAY


@pytest.mark.parametrize("back", [1.0, HOUR, DAY, WINDOW, 20 * 365 * DAY])
def test_a_clock_that_goes_back_forgets_nothing_and_what_it_counts_fades_again(back: float) -> None:
    cluster = sent(*[START + n for n in range(40)])
    now = START + 40 - back
    assert cluster.seen(now).copies == 40
    assert cluster.per_second(now) <= 40 / 60
    cluster.note(now, parties(41), varied=True)
    seen = cluster.seen(now)
    assert (seen.copies, seen.varied) == (41, 40)
    assert seen.recipients == pytest.approx(41, abs=2)
    assert cluster.seen(now + WINDOW).copies == 0


def test_a_clock_that_goes_ahead_and_back_again_leaves_a_text_as_it_was_counted_since() -> None:
    cluster = sent(START, START + 365 * DAY, START + 1)
    assert cluster.seen(START + 1).copies == 2
    assert cluster.seen(START + WINDOW).copies == 0


def test_another_window_keeps_what_is_counted() -> None:
    cluster = sent(*[START + n for n in range(40)])
    cluster.keep_for(DAY)
    assert cluster.seen(START + 40).copies == 40
    assert cluster.seen(START + DAY).copies == 0
    cluster.keep_for(WINDOW)
    assert cluster.seen(START + 6 * DAY).copies == 40


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(-3 * WINDOW, 3 * WINDOW), st.integers(0, 400)), min_size=1, max_size=60))
def test_nothing_counts_more_than_was_sent(steps: list[tuple[float, int]]) -> None:
    cluster, now = Cluster(b"text", (), START, window=WINDOW), START
    for most, (pause, number) in enumerate(steps, 1):
        now += pause
        cluster.note(now, parties(number), varied=False)
        for later in (0.0, WINDOW / 3, WINDOW):
            seen = cluster.seen(now + later)
            assert 0 <= seen.copies <= most
            assert seen.active <= seen.copies
            assert 0 <= seen.recipients <= most + 2
        assert cluster.seen(now).copies >= 1
        assert cluster.seen(now + WINDOW).copies == 0


def test_it_knows_who_has_sent_it_and_who_has_got_it() -> None:
    key = State(b"secret").key
    seen = Span(0.0)
    for n in range(10):
        seen.note((key(f"a{n}"), key(f"b{n}"), key("c"), key("d")), varied=False)
    assert seen.by_others(key("a1"))
    assert [seen.reached(key(name)) for name in ("b3", "a3", "b30")] == [True, False, False]
    alone = Span(0.0)
    alone.note((key("a1"), key("b1"), key("c"), key("d")), varied=False)
    assert not alone.by_others(key("a1"))
    assert alone.by_others(key("a2"))


@pytest.mark.parametrize(("chain", "returned"), [(True, 19), (False, 0)])
def test_senders_who_had_got_it_are_told_from_chance(chain: bool, returned: float) -> None:
    key, seen = State(b"secret").key, Span(0.0)
    for n in range(20):
        seen.note((key(f"a{n}"), key(f"a{n + 1}" if chain else f"b{n}"), key("c"), key("d")), varied=False)
    assert seen.returned == pytest.approx(returned, abs=1)


def test_the_accounts_with_the_least_keys_are_known() -> None:
    key = State(b"secret").key
    cluster = Cluster(b"text", (), 0.0, window=1000.0)
    keys = [key(f"a{n}") for n in range(200)]
    for sender in keys * 2:
        cluster.note(0.0, (sender, sender, sender, sender), varied=False)
    assert cluster.accounts == sorted(keys)[:64]
