from copy import deepcopy

from hypothesis import given
from hypothesis import strategies as st

from xmppfilter.memory.offences import UNNAMED, Record
from xmppfilter.memory.packed import first_offence, lone_offence, offended

EVENTS = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 3), st.integers(-5, 5)), max_size=100)
FOREVER = 1e9


def record(events: list[tuple[int, int, int]]) -> Record:
    """Return a record of offences, and of a report for each event with no ban time."""
    made = Record(jid=b"a@b.example")
    for when, ban_time, weight in sorted(events):
        if ban_time:
            made.merge(Record(offences=[(float(when), float(ban_time), weight)]))
        else:
            made.merge(Record(reports=[(float(when), weight, UNNAMED if weight % 2 else b"reporter")]))
    return made


@given(EVENTS)
def test_what_is_packed_is_read_again(events: list[tuple[int, int, int]]) -> None:
    made = record(events)
    assert Record.unpack(made.pack()) == made
    assert Record.read(made.pack()) == made


@given(EVENTS, EVENTS)
def test_records_that_know_the_same_are_united_without_counting_it_twice(
    ours: list[tuple[int, int, int]], theirs: list[tuple[int, int, int]]
) -> None:
    one, other = record(ours), record(theirs)
    same = deepcopy(one)
    same.unite(one)
    assert same == one
    both = deepcopy(one)
    both.unite(other)
    assert max(one.counted, other.counted) <= both.counted <= one.counted + other.counted
    again = deepcopy(both)
    again.unite(other)
    assert again.counted == both.counted


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 10), st.integers(-9, 9)), min_size=1, max_size=50))
def test_an_offence_that_is_appended_is_merged(offences: list[tuple[float, float, int]]) -> None:
    packed = first_offence(b"a@b.example", offences[0])
    assert lone_offence(packed) == offences[0]
    for offence in offences[1:]:
        longer = offended(packed, offence, FOREVER)
        merged = Record.unpack(packed)
        merged.merge(Record(offences=[offence]))
        assert longer is None or Record.unpack(longer) == merged
        packed = longer or merged.pack()
    assert (lone_offence(packed) is None) is (len(offences) > 1)
