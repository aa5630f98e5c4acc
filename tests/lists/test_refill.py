"""A list in the making: what was fetched, what was heard meanwhile, and which of the two holds."""

from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppfilter.lists import refill
from xmppfilter.lists.entry import Entry, What
from xmppfilter.lists.refill import News, Refill, let_go
from xmppfilter.lists.source import Entries, Source

LETTERS = [Entry(What.DOMAIN, letter) for letter in "abcdef"]
A, B, C, *_ = LETTERS
ENTRY = st.sampled_from(LETTERS)
STEP = st.one_of(
    *(st.tuples(st.just(what), ENTRY) for what in ("take", "take", "published", "retracted")),
    st.tuples(st.just("emptied"), st.just(A)),
)


def source(*entries: Entry) -> Source:
    made = Source("x")
    made.add(entries)
    return made


@given(st.sets(ENTRY), st.lists(STEP, max_size=30))
def test_against_its_description(before: set[Entry], steps: list[tuple[str, Entry]]) -> None:
    """The last word on an entry holds, and what was fetched where there is none."""
    listed = source(*before)
    gathered = Refill(listed)
    taken, last, empty = set[Entry](), dict[Entry, bool](), False
    for what, entry in steps:
        match what:
            case "take":
                gathered.take(entry, 100)
                if not empty:
                    taken.add(entry)
            case "published":
                listed.add([entry])
                gathered.published(entry)
                last[entry] = True
            case "retracted":
                listed.remove([entry])
                gathered.retracted(entry)
                last[entry] = False
            case "emptied":
                listed.switch(Entries())
                gathered.emptied()
                taken, last, empty = set(), {}, True
        wanted = {entry for entry in LETTERS if last.get(entry, entry in taken)}
        assert set(gathered.entries) == wanted
        assert news_of(gathered) == wanted - {*listed.entries}


def news_of(gathered: Refill) -> set[Entry]:
    return {Entry(what, value) for what, values in gathered.news._values.items() for value in values}


def test_what_is_more_than_may_be_is_left_out_the_last_first_and_counted() -> None:
    gathered = Refill(source(B))
    for entry in LETTERS:
        gathered.take(entry, 4)
    assert [entry.value for entry in gathered.entries] == ["a", "b", "c", "d", "e"], "b is no news"
    assert gathered.left_out == 1
    while gathered.shorten(3):
        pass
    assert [entry.value for entry in gathered.entries] == ["a", "b", "c"]
    assert gathered.left_out == 3


def test_what_the_source_has_already_is_never_left_out_for_its_length() -> None:
    gathered = Refill(source(A, B))
    for entry in (A, B, C):
        gathered.take(entry, 100)
    while gathered.shorten(0):
        pass
    assert set(gathered.entries) == {A, B}


@pytest.mark.parametrize("heard", ["published", "retracted"])
def test_more_than_can_be_remembered_is_said(heard: str) -> None:
    gathered = Refill(source())
    with patch.object(refill, "MOST_HEARD", 3):
        for entry in LETTERS[:3]:
            getattr(gathered, heard)(entry)
        assert not gathered.overrun
        for entry in LETTERS[3:]:
            getattr(gathered, heard)(entry)
    assert gathered.overrun
    assert len(gathered._heard) == 3


def test_news_of_every_sort_come_back_once() -> None:
    news = News()
    entries = [A, Entry(What.JID, "a"), Entry(What.IP, "192.0.2.7/32"), B]
    for entry in (*entries, A):
        news.add(entry)
    news.discard(B)
    news.discard(Entry(What.URL, "never.example"))
    assert len(news) == 3
    popped = [news.pop() for _ in range(4)]
    assert set(popped) == {*entries[:3], None}
    assert popped[-1] is None


def test_entries_are_let_go_of_a_few_at_a_time() -> None:
    entries = Entries(Entry(What.IP, f"192.0.2.{n}/32") for n in range(256))
    left = [len(entries) + sum(map(len, entries.networks.numbers.values())) for _ in let_go(entries)]
    assert left[-1] == 0
    assert len(left) == 2 * 256 / refill._AT_ONCE
