"""One text again: as another type, under another name."""

from itertools import pairwise

import pytest

from xmppfilter.duplicates.again import Again, Copies
from xmppfilter.memory.sets import Set

DAY = 86400.0


def compared(*copies: tuple[str, bytes | None], every: float = 1.0) -> list[Again | None]:
    known, found = Copies(Set(capacity=1000, seconds=DAY)), []
    for number, (type_, name) in enumerate(copies):
        found.append(known.compare(b"text", type_, name, number * every))
        known.note(b"text", type_, name, found[-1], number * every)
    return found


VARIED, NAMED, THIRD = Again(True, False, False), Again(False, True, False), Again(False, False, True)


@pytest.mark.parametrize(
    ("copies", "last"),
    [
        ([("chat", None)], None),
        ([("chat", None)] * 9, None),
        ([("normal", None), ("", None), ("unheard-of", None)], None),
        ([("chat", b"A")] * 9, None),
        ([("chat", None), ("headline", None)], VARIED),
        ([("chat", b"A"), ("chat", b"B")], NAMED),
        ([("chat", None), ("chat", b"B")], NAMED),
        ([("chat", b"A"), ("chat", None)], None),
        ([("chat", b"A"), ("headline", b"B")], Again(True, True, False)),
        ([("chat", None), ("headline", None), ("normal", None)], Again(True, False, True)),
        ([("chat", b"A"), ("chat", b"B"), ("chat", b"C")], Again(False, True, True)),
        ([("chat", None), ("headline", None), ("chat", None)], THIRD),
        ([("chat", b"A"), ("chat", b"B"), ("chat", b"A")], THIRD),
    ],
)
def test_how_the_last_copy_differs(copies: list[tuple[str, bytes | None]], last: Again | None) -> None:
    assert compared(*copies)[-1] == last


def test_it_is_forgotten_after_a_while() -> None:
    assert compared(("chat", None), ("normal", None), every=DAY) == [None, None]


def test_another_text_is_another() -> None:
    known = Copies(Set(capacity=1000, seconds=DAY))
    for one, other in pairwise([b"a", b"b", b"c"]):
        known.note(one, "chat", None, None, 0.0)
        assert known.compare(other, "normal", None, 0.0) is None
