"""Slots lead to texts, and what is found is worth a comparison."""

from array import array

import pytest

from xmppfilter.duplicates.index import FIRST_NUMBER, HITS, TAKEN, Marks, Slots, hits, spread

A, B = FIRST_NUMBER, FIRST_NUMBER + 1


def test_a_slot_leads_to_the_text_that_took_it_last() -> None:
    slots = Slots(4, 1)
    assert slots.mask == 255
    assert all(owner < FIRST_NUMBER for owner in slots.owners(range(256)))
    assert len(set(slots.owners(range(256)))) == 256
    slots.lead([1, 2, 3], A)
    slots.lead([3, 4], B)
    assert slots.owners([1, 2, 3, 4]) == [A, A, B, B]


def test_with_more_texts_the_table_grows_and_everything_is_found_under_the_longer_number() -> None:
    slots = Slots(4, 1)
    slots.lead([1, 255], A)
    assert not slots.make_room(3)
    assert slots.make_room(5)
    assert slots.mask == 511
    assert slots.owners([1, 255, 257, 511]) == [A] * 4
    assert not slots.make_room(5)


def test_the_table_is_doubled_bit_by_bit_and_loses_nothing_meanwhile() -> None:
    slots, led, longest = Slots(1024, 1), dict[int, int](), 0
    sizes = {slots.mask + 1}
    for texts in range(5000):
        before = len(slots._owners)
        if slots.make_room(texts):
            led |= {slot + slots.mask // 2 + 1: number for slot, number in led.items()}
        longest = max(longest, len(slots._owners) - before)
        sizes.add(slots.mask + 1)
        for slot in (texts * 7919 & slots.mask, texts & slots.mask):
            slots.lead([slot], FIRST_NUMBER + texts)
            led[slot] = FIRST_NUMBER + texts
    assert longest <= 256, "slots that are copied for a text"
    assert sizes == {1 << bits for bits in range(16, 20)}
    assert slots.owners(list(led)) == list(led.values())


@pytest.mark.parametrize(
    ("owners", "found"),
    [
        ([], {}),
        ([1, 2, 3], {}),
        ([A, A, 3], {}),
        ([A, A, A, 3], {}),  # of one phrase
        ([A, A, 3, A], {A: 3}),
        ([A, 3, A, 4, A], {A: 3}),
        ([A, A, A, A], {A: 4}),
        ([A, B, A, B, A], {A: 3}),
        ([A, B, A, B, A, 1, B], {A: 3, B: 3}),
    ],
)
def test_few_hits_and_those_in_a_row_are_not_worth_a_comparison(owners: list[int], found: dict[int, int]) -> None:
    assert HITS == 3
    assert hits(range(len(owners)), owners) == found


def test_a_slot_that_comes_twice_is_one_hit() -> None:
    assert hits([1, 2, 1, 2, 1], [A] * 5) == {}
    assert hits([1, 2, 1, 3, 4], [A] * 5) == {A: 4}


def test_of_many_slots_some_from_all_over_are_taken() -> None:
    assert spread(range(TAKEN)) == range(TAKEN)
    some = spread(range(10 * TAKEN))
    assert len(some) == TAKEN
    assert (some[0], some[-1]) == (0, 10 * TAKEN - 10)


def test_marks_lead_to_who_had_them_last_and_few_lead_nowhere() -> None:
    marks = Marks(4, 1)
    first, second = array("I", range(8)).tobytes(), array("I", range(5, 9)).tobytes()
    marks.take(first, A)
    marks.take(second, B)
    assert marks.found(first) == [(A, 5), (B, 3)]
    assert marks.found(second) == [(B, 4)]
    assert marks.found(array("I", [0, 8, 100]).tobytes()) == []
