"""The last good copy of every list: what the store has of it, whenever the process ends."""

from math import inf, nan
from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.memory.readers import Store
from xmppfilter.lists.copies import Copies, Feed
from xmppfilter.lists.entry import Entry, What
from xmppfilter.lists.lists import Lists, Wanted
from xmppfilter.lists.refill import Refill
from xmppfilter.memory.changes import Batch
from xmppfilter.memory.contract import Row
from xmppfilter.memory.state import State

ONE, TWO = Feed("one.example", "spam_source_domains"), Feed("two.example", "spam_source_ips")
NOW = 1_700_000_000.0
NAMES = [Entry(What.DOMAIN, letter) for letter in "abcdef"]
IPS = [Entry(What.IP, f"192.0.2.{number}/32") for number in range(4)]
ENTRIES = {ONE: NAMES, TWO: IPS}


def filled(**feeds: list[Entry]) -> Copies:
    copies = Copies(capacity=100)
    for name, entries in feeds.items():
        feed = {"one": ONE, "two": TWO}[name]
        copies.source(feed).updated = NOW
        copies.changed(feed, copies.source(feed).add(entries))
    return copies


def restored(rows: list[Row], now: float = NOW) -> Copies:
    fresh = Copies(capacity=100)
    assert fresh.restore(rows, now) == len(rows)
    return fresh


def contents(copies: Copies) -> dict[Feed, tuple[set[Entry], float | None]]:
    return {feed: (set(source.entries), source.updated) for feed, source in copies.sources.items()}


# --- rows


def test_what_is_kept_comes_back_with_its_time() -> None:
    copies = filled(one=NAMES[:2], two=IPS[:1])
    again = restored(list(copies.snapshot()))
    assert contents(again) == contents(copies) == {ONE: (set(NAMES[:2]), NOW), TWO: (set(IPS[:1]), NOW)}
    assert again.source(ONE).name == copies.source(ONE).name == "one.example spam_source_domains"
    assert again.source(ONE).voice == "one.example", "a service has one voice, before and after"


def test_a_list_that_is_empty_is_known_to_be() -> None:
    assert contents(restored(list(filled(one=[]).snapshot()))) == {ONE: (set(), NOW)}


def test_a_list_that_was_never_read_has_no_rows() -> None:
    copies = Copies(capacity=10)
    copies.source(ONE)
    assert list(copies.snapshot()) == []


def test_what_an_operator_took_out_is_the_services_word_all_the_same() -> None:
    stored = Stored()
    stored.say("add", ONE, NAMES[:2])
    stored.say("take out", ONE, NAMES[:1])
    stored.settle()
    assert stored.lists.blocked.domain(NAMES[0].value) is None
    assert set(restored(list(stored.rows.values())).source(ONE).entries) == set(NAMES[:2])


def test_rows_of_keys_that_are_gone_are_none() -> None:
    copies = filled(one=NAMES[:2])
    keys = [row.key for row in copies.snapshot()]
    copies.source(ONE).remove(NAMES[:1])
    assert {row.key for row in copies.snapshot(keys)} == {key for key in keys if not key.endswith(b"\na")}
    list(copies.retain([TWO]))
    assert list(copies.snapshot(keys)) == []


def test_a_time_that_is_still_to_come_is_now() -> None:
    again = restored(list(filled(one=[]).snapshot()), NOW - 3600)
    assert again.source(ONE).updated == NOW - 3600, "a list is never younger than new"


@pytest.mark.parametrize("value", [b"", b"\0", pack("<d", nan), pack("<d", inf), pack("<d", -inf), pack("<2d", 1, 2)])
def test_a_time_that_is_none_is_refused(value: bytes) -> None:
    (row,) = filled(one=[]).snapshot()
    with pytest.raises(ValueError, match="a time that is no number"):
        Copies(capacity=10).restore([Row(row.key, value, inf)], NOW)


@given(st.binary(max_size=60), st.binary(max_size=9))
def test_no_row_whatever_raises_anything_but_a_value_error(key: bytes, value: bytes) -> None:
    copies = Copies(capacity=10)
    try:
        copies.restore([Row(key, value, inf)], NOW)
    except ValueError:
        assert len(copies) == 0


# --- bounds and age


def test_time_shortens_no_list() -> None:
    copies = filled(one=NAMES)
    assert copies.lifetime == inf
    assert copies.expire(NOW + 10 * 365 * 86_400, 1000) == 0
    assert {row.expires for row in copies.snapshot()} == {inf}
    assert len(copies) == len(NAMES)


def test_there_is_room_up_to_the_capacity_for_all_lists_together() -> None:
    copies = Copies(capacity=8)
    copies.source(ONE).add(NAMES)
    assert (len(copies), copies.room) == (6, 2)
    copies.source(TWO).add(IPS)
    assert (len(copies), copies.room) == (10, 0), "there is never less room than none"


def test_what_waits_for_the_store_is_bounded() -> None:
    copies = Copies(capacity=5)
    store = Store(copies)
    for number in range(100):
        copies.changed(ONE, copies.source(ONE).add([Entry(What.DOMAIN, f"{number}.example")]))
        assert store.changes.waiting <= 10
    store.settle()
    assert store.rows == {row.key: row for row in copies.snapshot()}


def test_other_gateways_ask_for_themselves() -> None:
    copies = filled(one=NAMES)
    news = copies.deltas()
    copies.changed(TWO, copies.source(TWO).add(IPS))
    assert news.take(1) is None
    with pytest.raises(ValueError, match="none are exchanged"):
        copies.absorb(Batch("copies", 1, ((b"service\nnode\n\n", b""),)), origin=b"o", number=1, now=NOW)


# --- as the store follows


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["refill", "refill", "add", "remove", "take out", "want", "work", "flush", "settle", "settle"]),
        st.sampled_from([ONE, TWO]),
        st.sets(st.integers(0, 5), min_size=1),
    ),
    max_size=25,
)


class Stored:
    """Lists, and the rows that a store has of them."""

    def __init__(self) -> None:
        state = State()
        self.lists: Lists = state.shared(Lists)
        self.store = Store(self.lists.copies)
        self.now = NOW
        self.wanted = {ONE: "domains", TWO: "ips"}
        self.lists.configure(Wanted(feeds=self.wanted))

    def take(self, step: str, feed: Feed, numbers: set[int]) -> None:
        match step:
            case "work":
                self.lists.work(max(numbers) + 1)
            case "flush":
                self.store.flush(max(numbers) + 1)
            case "settle":
                self.settle()
            case "want":
                # one feed is left out, or comes back
                self.wanted = {**self.wanted, feed: "domains"} if feed not in self.wanted else {ONE: "domains"}
                self.lists.configure(Wanted(feeds=self.wanted))
            case _ if feed in self.wanted:
                self.say(step, feed, [ENTRIES[feed][number] for number in numbers if number < len(ENTRIES[feed])])

    def say(self, step: str, feed: Feed, entries: list[Entry]) -> None:
        """Let a service or an operator say something of *entries*."""
        lists, source = self.lists, self.lists.copies.source(feed)
        match step:
            case "refill":
                refill = Refill(source)
                for entry in entries:
                    refill.take(entry, 100)
                self.now += 1
                source.updated = self.now
                lists.refilled(feed, refill.entries, refill.news)
            case "add":
                lists.changed(feed, source.add(entries))
            case "remove":
                lists.changed(feed, source.remove(entries))
            case "take out":
                for entry in entries:
                    lists.remove(entry, self.now)

    @property
    def rows(self) -> dict[bytes, Row]:
        """What is stored."""
        return self.store.rows

    def settle(self) -> None:
        """Let everything be done, and written."""
        while self.lists.busy:
            self.lists.work(100)
        self.store.settle()


@given(STEPS)
def test_the_store_has_what_is_listed_once_all_is_written(steps: list[tuple[str, Feed, set[int]]]) -> None:
    stored = Stored()
    for step in steps:
        stored.take(*step)
    stored.settle()
    now = {feed: held for feed, held in contents(stored.lists.copies).items() if held[0] or held[1] is not None}
    assert contents(restored(list(stored.rows.values()), NOW + 1000)) == now


@given(STEPS, st.sets(st.integers(0, 5)), st.integers(1, 30))
def test_a_process_that_ends_early_leaves_nobody_listed_whom_nobody_listed(
    steps: list[tuple[str, Feed, set[int]]], last: set[int], done: int
) -> None:
    stored = Stored()
    for step in steps:
        stored.take(*step)
    stored.settle()
    before = {*stored.lists.copies.source(ONE).entries}
    stored.take("refill", ONE, last)
    stored.lists.work(done)
    stored.store.flush(done)
    left = {*restored(list(stored.rows.values()), NOW + 1000).source(ONE).entries}
    after = {*stored.lists.copies.source(ONE).entries}
    assert left <= before | after
    assert left >= before & after, "what both have is never missing"
