"""What operators list follows its set: one entry by one word, and all of them bit by bit where others changed it."""

from math import inf

import pytest

from xmppfilter.lists import edits, lists
from xmppfilter.lists.copies import Copies
from xmppfilter.lists.entry import Entry, What
from xmppfilter.lists.lists import Lists, Stored, Wanted
from xmppfilter.memory.sets import Set

MANY = 20_000
NOW = 1000.0


def entry(number: int) -> Entry:
    return Entry(What.DOMAIN, f"listed{number}.example")


def stored() -> Set:
    kept = Set(capacity=100_000, seconds=inf)
    for number in range(MANY):
        kept.add(f"domain listed{number}.example".encode(), NOW)
    return kept


def on(kept: Set) -> Lists:
    allowed, removed, disallowed = (Set(capacity=100, seconds=inf) for _ in range(3))
    return Lists(Stored(kept, allowed, removed, disallowed, Copies(capacity=10)))


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Return the keys that were looked at."""
    keys: list[bytes] = []
    read = edits._entry

    def noting(key: bytes) -> Entry | None:
        keys.append(key)
        return read(key)

    monkeypatch.setattr(edits, "_entry", noting)
    return keys


def test_one_word_touches_one_entry(looked: list[bytes]) -> None:
    followed = on(stored())
    followed.configure(Wanted())
    while followed.busy:
        followed.work(1000)
    looked.clear()
    assert followed.add(entry(MANY), NOW)
    assert not followed.add(entry(0), NOW)
    assert followed.remove(entry(1), NOW) == ["the operator"]
    followed.follow()
    followed.configure(Wanted())
    assert looked == []
    assert [followed.blocked.domain(entry(n).value) for n in (0, 1, MANY)] == ["the operator", None, "the operator"]
    assert len(followed.own) == MANY


def test_what_came_from_elsewhere_is_taken_over_bit_by_bit_and_words_meanwhile_hold(looked: list[bytes]) -> None:
    followed = on(stored())
    followed.configure(Wanted())
    assert 0 < len(looked) <= lists._AT_ONCE * edits._EACH
    followed.add(entry(MANY), NOW)
    followed.remove(entry(MANY - 1), NOW)
    followed.remove(entry(0), NOW)
    assert followed.blocked.domain(entry(MANY).value)
    while followed.busy:
        before = len(looked)
        followed.work(10)
        assert len(looked) - before <= 10 * edits._EACH
    assert len(followed.own) == MANY - 1
    listed = {n for n in range(MANY + 1) if followed.blocked.domain(entry(n).value)}
    assert listed == set(range(1, MANY + 1)) - {MANY - 1}
