"""The lists that filters share: sources, what operators change, and what outlives the process."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, ip_address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.memory.readers import Store, read
from xmppfilter.lists.copies import Copies, Feed
from xmppfilter.lists.entry import Entry, What, stored_entry
from xmppfilter.lists.lists import ListFile, Lists, Wanted
from xmppfilter.lists.lookup import Listing, hash_of
from xmppfilter.lists.refill import Refill
from xmppfilter.lists.source import Entries, Source
from xmppfilter.memory.contract import Row
from xmppfilter.memory.state import State
from xmppfilter.stanza.ip import address_of
from xmppfilter.stanza.jid import Jid

FEED = Feed("xmppbl.example", "spam_source_domains")
NOW = 1_700_000_000.0


def domain(name: str) -> Entry:
    return Entry(What.DOMAIN, name)


LETTERS = [domain(letter) for letter in "abcdef"]
SOME = st.lists(st.sampled_from(LETTERS), max_size=6)
STEPS = st.lists(
    st.tuples(st.sampled_from(["fetch", "say", "take back", "file", "list", "take out", "reload", "restart"]), SOME),
    max_size=20,
)
FILE = ListFile("domains", "/domains")


class Played:
    """Lists to which services, files and operators say something, and what must come of it."""

    def __init__(self) -> None:
        self.state, self.now = State(), NOW
        self.wanted: dict[str, Any] = {"feeds": {FEED: "domains"}, "files": (FILE,)}
        self.shared = lists(self.state, **self.wanted)
        self.fed, self.filed, self.own, self.out = set[Entry](), set[Entry](), set[Entry](), set[Entry]()

    @property
    def listed(self) -> set[Entry]:
        return self.own | ((self.fed | self.filed) - self.out)

    def sources_say(self, step: str, entries: list[Entry]) -> None:
        match step:
            case "fetch":
                fill(self.shared, FEED, entries, self.now)
                self.fed = set(entries)
            case "say":
                self.shared.changed(FEED, self.shared.copies.source(FEED).add(entries))
                self.fed |= set(entries)
            case "take back":
                self.shared.changed(FEED, self.shared.copies.source(FEED).remove(entries))
                self.fed -= set(entries)
            case "file":
                self.shared.reread(FILE, Entries(entries))
                self.filed = set(entries)

    def operators_say(self, step: str, entries: set[Entry]) -> None:
        match step:
            case "list":
                for entry in entries:
                    self.shared.add(entry, self.now)
                self.own, self.out = self.own | entries, self.out - entries
            case "take out":
                for entry in entries:
                    assert bool(self.shared.remove(entry, self.now)) is (entry in self.listed)
                self.own, self.out = self.own - entries, self.out | (entries & (self.fed | self.filed))
            case "reload":
                self.shared.configure(Wanted(**self.wanted))
            case "restart":
                self.state = restarted(self.state, self.now)
                self.shared = lists(self.state, **self.wanted)
                self.shared.reread(FILE, Entries(self.filed))


@given(STEPS)
def test_what_an_operator_took_out_stays_out_until_an_operator_lists_it(steps: list[tuple[str, list[Entry]]]) -> None:
    """Whatever services and files say meanwhile, over reloads and restarts."""
    played = Played()
    for step, entries in steps:
        played.now += 1
        played.sources_say(step, entries)
        played.operators_say(step, set(entries))
        settled(played.shared)
        assert {entry for entry in LETTERS if played.shared.blocked.domain(entry.value)} == played.listed
        assert {entry for entry in LETTERS if entry in played.shared.taken_out.entries} == played.out
        assert set(played.shared.copies.source(FEED).entries) == played.fed, "it is the service's word all the same"


def restarted(state: State, now: float) -> State:
    """Return what a process has that begins with what the store has of *state*."""
    fresh = State()
    fresh.shared(Lists)
    for name, structure in state.structures.items():
        fresh.structures[name].restore(structure.snapshot(), now)
    return fresh


def settled(shared: Lists) -> None:
    shared.follow()
    while shared.busy:
        shared.work(100)


NETWORK = Entry(What.IP, "192.0.2.0/24")


@pytest.mark.parametrize(
    ("listed", "out", "passes", "still"),
    [
        (domain("a.example"), domain("a.example"), "x@a.example", "x@b.example"),
        (Entry(What.SUBDOMAINS, "example"), Entry(What.SUBDOMAINS, "example"), "x@a.example", "x@b.test"),
        (Entry(What.HASH, hash_of("a.example")), domain("a.example"), "x@a.example", "x@b.example"),
        (Entry(What.JID, "m@a.example"), Entry(What.JID, "m@a.example"), "m@a.example", "n@a.example"),
        (Entry(What.JID, "m@a.example/x"), Entry(What.JID, "m@a.example/x"), "m@a.example/x", "n@a.example"),
        (Entry(What.JID_HASH, hash_of("m@a.example")), Entry(What.JID, "m@a.example"), "m@a.example", "n@a.example"),
        (Entry(What.HASH, hash_of("m@a.example")), Entry(What.JID, "m@a.example"), "m@a.example", "n@a.example"),
        (NETWORK, NETWORK, "192.0.2.7", "192.0.3.7"),
        (Entry(What.URL, "a.example/x"), Entry(What.URL, "a.example/x"), "a.example/x", "a.example/y"),
    ],
)
def test_every_kind_of_entry_is_taken_out_alone(listed: Entry, out: Entry, passes: str, still: str) -> None:
    others = [domain("b.example"), domain("b.test"), Entry(What.JID, "n@a.example")]
    others += [Entry(What.IP, "192.0.3.0/24"), Entry(What.URL, "a.example/y")]
    shared = lists(files=(FILE,))
    shared.reread(FILE, Entries([entry for entry in others if entry.value != passes] + [listed]))
    assert looked_up(shared, passes)
    assert shared.remove(out, NOW) == ["the file /domains"]
    assert not looked_up(shared, passes)
    assert [source.name for source in shared.mentioned.taken_out(out)] == ["the file /domains"]
    assert looked_up(shared, still)
    shared.add(out, NOW + 1)
    assert looked_up(shared, passes)
    assert not shared.mentioned.taken_out(out)


def looked_up(shared: Lists, text: str) -> bool:
    listing, jid = shared.blocked, Jid.parse(text)
    domain = listing.domains_among(frozenset({text})) or (jid.local and listing.domain(jid.domain))
    return bool(domain or listing.jid(jid) or listing.ip(text) or listing.url(text))


def test_a_network_within_one_that_was_taken_out_is_still_listed() -> None:
    shared = lists(files=(FILE,))
    shared.reread(FILE, Entries([NETWORK, Entry(What.IP, "192.0.2.7/32")]))
    shared.remove(NETWORK, NOW)
    assert shared.blocked.ip("192.0.2.7")
    assert shared.blocked.ip("192.0.2.8") is None


def test_a_word_that_only_operators_had_said_is_taken_back_and_no_more() -> None:
    shared = lists(files=(FILE,))
    shared.add(domain("a"), NOW)
    assert shared.remove(domain("a"), NOW + 1) == ["the operator"]
    shared.reread(FILE, Entries([domain("a")]))
    assert shared.blocked.domain("a") == "the file /domains"


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 40), st.integers(8, 32)), max_size=30), st.integers(0, 2**32 - 1)
)
def test_networks_against_the_standard_library(steps: list[tuple[bool, int, int]], number: int) -> None:
    entries, model = Entries(), set[IPv4Network]()
    for adds, spread, length in steps:
        network = IPv4Network((number ^ (1 << min(spread, 31)), length), strict=False)
        entry = Entry(What.IP, str(network))
        (entries.add if adds else entries.discard)(entry)
        (model.add if adds else model.discard)(network)
    address = address_of(str(IPv4Address(number)))
    assert address is not None
    assert entries.networks.has(address) is any(IPv4Address(number) in network for network in model)
    assert len(entries) == len(model)


def lists(state: State | None = None, **wanted: Any) -> Lists:
    shared = (state or State()).shared(Lists)
    shared.configure(Wanted(**wanted))
    return shared


def fill(shared: Lists, feed: Feed, entries: Iterable[Entry], now: float = NOW) -> None:
    """Let a feed list *entries*, as a fetch would, and the store be told."""
    gathered = Refill(shared.copies.source(feed))
    for entry in entries:
        gathered.take(entry, 100)
    shared.copies.source(feed).updated = now
    shared.refilled(feed, gathered.entries, gathered.news)
    while shared.busy:
        shared.work(1)


def test_one_object_for_all_filters_and_reloads() -> None:
    state = State()
    assert state.shared(Lists) is state.shared(Lists) is state.scoped("mentions").shared(Lists)


def test_a_file_that_two_filters_name_is_one_source() -> None:
    file, other = ListFile("urls", "/a"), ListFile("urls", "/b")
    shared = lists(files=(file,), mentions_files=(file, other))
    shared.reread(file, Entries([Entry(What.URL, "x.example/a")]))
    shared.reread(other, Entries([Entry(What.URL, "x.example/b")]))
    assert shared.mentioned.url("x.example/a") == "the file /a"
    assert shared.mentioned.url("x.example/b") == "the file /b"
    assert shared.blocked.url("x.example/b") is None


def test_operators_words_are_stored_and_shared() -> None:
    here, there = State(), State()
    ours, theirs = lists(here), lists(there)
    words = {name: here.structures[name].deltas() for name in ("lists.edits", "lists.allowed")}
    theirs_too = there.structures["lists.edits"].deltas()
    ours.add(domain("spam.example"), NOW)
    ours.add_allowed(Entry(What.JID, "a@spam.example"), NOW)
    for name, news in words.items():
        there.structures[name].absorb(read(news), origin=b"here", number=1, now=NOW)
    assert theirs.blocked.domain("spam.example") is None
    theirs.follow()
    assert theirs.blocked.domain("spam.example") == "the operator"
    assert theirs.allows(Jid.parse("a@spam.example"))
    theirs.remove(domain("spam.example"), NOW + 1)
    here.structures["lists.edits"].absorb(read(theirs_too), origin=b"there", number=1, now=NOW + 1)
    ours.follow()
    assert ours.blocked.domain("spam.example") is None


def test_a_stored_word_of_another_version_is_passed_over() -> None:
    state = State()
    state.set("lists.edits", capacity=100, seconds=float("inf")).add(b"colour red", NOW)
    state.set("lists.edits", capacity=100, seconds=float("inf")).add(b"\xff", NOW)
    state.set("lists.edits", capacity=100, seconds=float("inf")).add(b"ip nonsense", NOW)
    shared = lists(state)
    shared.add(domain("spam.example"), NOW)
    assert shared.blocked.domain("spam.example")


def test_the_copy_of_a_feed_follows_it_row_by_row() -> None:
    state = State()
    shared = lists(state, feeds={FEED: "domains"})
    store = Store(shared.copies)

    def again() -> Copies:
        fresh = Copies(capacity=100)
        fresh.restore(store.rows.values(), NOW + 10)
        return fresh

    fill(shared, FEED, [domain("a"), domain("b")])
    store.flush()
    shared.remove(domain("a"), NOW)
    fill(shared, FEED, [domain("a"), domain("b"), domain("c")])
    shared.remove(domain("c"), NOW)
    store.flush()
    assert set(again().source(FEED).entries) == {domain("a"), domain("b"), domain("c")}
    assert again().source(FEED).updated == NOW
    fill(shared, FEED, [domain("c")], NOW + 5)
    store.flush()
    assert set(again().source(FEED).entries) == {domain("c")}
    assert again().source(FEED).updated == NOW + 5
    shared.configure(Wanted())
    shared.work(1000)
    store.flush()
    assert not store.rows
    assert not again().sources


@pytest.mark.parametrize("key", [b"", b"a\nb\nc", b"a\nb\ncolour\nred", b"\xff\nb\ndomain\nx", b"a\nb\nip\nnonsense"])
def test_a_row_that_is_none_is_refused(key: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Copies(capacity=10).restore([Row(key, b"", float("inf"))], NOW)


def test_what_was_stored_is_an_entry_or_nothing() -> None:
    assert stored_entry("ip", "192.0.2.0/24").what is What.IP
    with pytest.raises(ValueError, match="nonsense"):
        stored_entry("ip", "nonsense/8")


ADDRESSES = st.one_of(
    st.tuples(*[st.integers(0, 300)] * 4).map(lambda parts: ".".join(map(str, parts))),
    st.integers(0, (1 << 32) - 1).map(lambda number: f"::ffff:{IPv4Address(number)}"),
    st.sampled_from(["", "192.0.2.07", " 192.0.2.7", "192.0.2.7/32", "2001:db8::7", "\u0661.2.3.4", "1.2.3", "x"]),
)


@given(st.lists(ADDRESSES, max_size=5), st.booleans(), ADDRESSES)
def test_addresses_are_looked_up_alike_whatever_else_is_listed(listed: list[str], wider: bool, sought: str) -> None:
    """Where nothing but single IPv4 addresses are listed there is a shorter way."""
    known = {found for text in listed if (found := address_of(text)) is not None and found[0] == 4}
    source = Source("x")
    source.add([Entry(What.IP, f"{IPv4Address(number)}/32") for _, number in known])
    if wider:
        source.add([Entry(What.IP, "240.0.0.0/8")])
    listing = Listing()
    listing.compile([source], 1)
    wanted = (address := address_of(sought)) is not None and (
        address in known or (wider and address[0] == 4 and address[1] >> 24 == 240)
    )
    assert (listing.ip(sought) == "x") is wanted
    assert listing.has_networks is bool(known or wider)


@given(st.one_of(ADDRESSES, st.text(max_size=20)))
def test_an_address_is_what_the_standard_library_takes_for_one(text: str) -> None:
    try:
        address = ip_address(text)
    except ValueError:
        assert address_of(text) is None
        return
    mapped = getattr(address, "ipv4_mapped", None) or address
    assert address_of(text) == (mapped.version, int(mapped))


def test_of_very_many_names_those_are_told_that_are_listed() -> None:
    files, feed = Source("f"), Source("g")
    files.add([domain("evil.example"), Entry(What.SUBDOMAINS, "spam.example")])
    feed.add([domain("worse.example"), Entry(What.JID, "a@evil.example")])
    listing = Listing()
    listing.compile([files, feed], 1)
    names = frozenset(f"host{n}.example" for n in range(1000)) | {"worse.example", "spam.example", "a@evil.example"}
    assert listing.domains_among(names) == {"worse.example", "spam.example"}
    assert listing.domains_among(frozenset()) == frozenset()
