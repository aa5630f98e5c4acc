"""Rows of texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppfilter.duplicates.stored import MOST_OTHERS, MOST_SLOTS, STAMP, Stored, decode, encode
from xmppfilter.duplicates.tally import ACCOUNTS, Counted, Counts, Kept

BITS = ("senders", "recipients", "sender_domains", "recipient_domains")
TIMES = st.floats(0, 1e10)


def as_bits(places: set[int]) -> int:
    return sum(1 << place for place in places)


@st.composite
def counts(draw: st.DrawFn) -> Counts:
    made = Counts()
    made.copies, made.varied = draw(st.integers(0, 1 << 31)), draw(st.integers(0, 1 << 31))
    made.returned, made.expected = draw(st.integers(0, 1 << 31)), draw(st.floats(0, 1e4))
    for name in BITS:
        setattr(made, name, as_bits(draw(st.sets(st.integers(0, 1023), max_size=100))))
    made.hours = as_bits(draw(st.sets(st.integers(0, 239), max_size=100)))
    return made


COUNTED = st.builds(
    Counted,
    start=TIMES,
    last=TIMES,
    half=st.just(604_800.0),
    generation=st.integers(0, 10_000),
    since=counts(),
    before=counts(),
    accounts=st.sets(st.binary(min_size=8, max_size=8), max_size=ACCOUNTS).map(sorted).map(tuple),
)
STORED = st.builds(
    Stored,
    kept=st.builds(
        Kept,
        stretches=st.integers(0, 4),
        length=st.integers(0, 1024),
        others=st.lists(st.binary(min_size=STAMP, max_size=STAMP), max_size=MOST_OTHERS).map(tuple),
    ),
    slots=st.lists(st.integers(0, (1 << 32) - 1), max_size=MOST_SLOTS).map(tuple),
    counted=COUNTED,
)


def shown(one: Counts) -> tuple[int, ...]:
    return tuple(getattr(one, name) for name in ("copies", "varied", "returned", "expected", "hours", *BITS))


def whole(one: Counted) -> tuple[object, ...]:
    return (*one[:4], one.accounts, shown(one.since), shown(one.before))


@given(STORED)
def test_rows_round_trip(stored: Stored) -> None:
    again = decode(encode(stored))
    assert again[:2] == stored[:2]
    assert whole(again.counted) == whole(stored.counted)
    assert len(encode(stored)) <= 2304


@given(STORED, st.data())
def test_cut_off_or_longer_is_a_value_error(stored: Stored, data: st.DataObject) -> None:
    encoded = encode(stored)
    with pytest.raises(ValueError, match="a text"):
        decode(encoded[: data.draw(st.integers(0, len(encoded) - 1))])
    with pytest.raises(ValueError, match="1 bytes follow"):
        decode(encoded + b"\0")


@given(st.binary(max_size=400))
def test_garbage_is_a_value_error(data: bytes) -> None:
    with pytest.raises(ValueError, match="a text"):
        decode(data)


@given(COUNTED, COUNTED, COUNTED)
def test_counts_join_in_whatever_order_and_how_often(one: Counted, two: Counted, three: Counted) -> None:
    assert whole(one.joined(two)) == whole(two.joined(one))
    assert whole(one.joined(one)) == whole(one)
    both = one.joined(two)
    assert whole(both.joined(two)) == whole(both)
    assert whole(both.joined(three)) == whole(one.joined(two.joined(three)))


@given(COUNTED, TIMES)
def test_nothing_was_counted_in_the_future(one: Counted, now: float) -> None:
    until = one.until(now)
    assert until.last <= now
    assert until.until(now) == until
    if one.last > now:
        assert until.generation <= now // one.half
