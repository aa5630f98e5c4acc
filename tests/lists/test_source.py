"""What lists hold, held against sets and the standard library."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppfilter.lists.entry import Entry, What, stored_entry
from xmppfilter.lists.source import Entries
from xmppfilter.stanza.ip import address_of

Network = IPv4Network | IPv6Network


def networks(
    kind: type[IPv4Network] | type[IPv6Network], shift: int, lengths: st.SearchStrategy[int]
) -> st.SearchStrategy[Network]:
    """Give networks of which many lie in or beside each other."""
    return st.builds(lambda at, length: kind((at << shift, length), strict=False), st.integers(0, 7), lengths)


NETWORKS: st.SearchStrategy[Network] = st.one_of(
    networks(IPv4Network, 0, st.integers(8, 32)),
    networks(IPv4Network, 24, st.integers(8, 32)),
    networks(IPv6Network, 90, st.integers(16, 128)),
)
ENTRIES = st.one_of(
    NETWORKS.map(lambda network: Entry(What.IP, str(network))),
    st.builds(Entry, st.sampled_from([what for what in What if what is not What.IP]), st.sampled_from("abcd")),
)
STEPS = st.lists(st.tuples(st.sampled_from(["add", "add", "discard", "replace"]), ENTRIES), max_size=30)


@given(STEPS)
def test_entries_are_a_set(steps: list[tuple[str, Entry]]) -> None:
    entries, model = Entries(), set[Entry]()
    for step, entry in steps:
        match step:
            case "add":
                entries.add(entry)
                model.add(entry)
            case "discard":
                entries.discard(entry)
                model.discard(entry)
            case "replace":
                entries.replace([entry])
                model = {entry}
        assert (set(entries), len(entries)) == (model, len(model))
        assert entry in entries or step == "discard"


@given(st.lists(st.tuples(st.booleans(), NETWORKS), max_size=20), st.data())
def test_an_address_is_listed_where_a_network_has_it(steps: list[tuple[bool, Network]], data: st.DataObject) -> None:
    entries, model = Entries(), set[Network]()
    for adds, network in steps:
        entry = Entry(What.IP, str(network))
        (entries.add if adds else entries.discard)(entry)
        (model.add if adds else model.discard)(network)
    near = [network.network_address + offset for _, network in steps for offset in (0, 1, network.num_addresses - 1)]
    for known in (data.draw(st.sampled_from(near)) if near else IPv4Address(1), IPv4Address(5 << 24), IPv6Address(1)):
        address = address_of(str(known))
        assert address is not None
        assert entries.networks.has(address) is any(known in network for network in model)


def test_what_is_taken_out_leaves_no_network_behind() -> None:
    entries = Entries()
    entry = Entry(What.IP, "192.0.2.0/24")
    entries.add(entry)
    entries.add(entry)
    entries.discard(entry)
    entries.discard(entry)
    assert (len(entries), entries.networks.numbers) == (0, {})


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("::FFFF:C000:207", "192.0.2.7"),
        ("2001:DB8:0:0::7", "2001:db8::7"),
        ("::192.0.2.7", "::c000:207"),
    ],
)
def test_every_way_to_write_an_address_is_that_address(text: str, same: str) -> None:
    assert address_of(text) == address_of(same) is not None


@pytest.mark.parametrize(
    "text", ["", " ", "192.0.2", "192.0.2.256", "192.0.2.7 ", "192.0.2.7/32", "[::1]", "spam", "1"]
)
def test_what_is_no_address_is_none(text: str) -> None:
    assert address_of(text) is None


@given(st.text(max_size=50))
def test_no_text_raises(text: str) -> None:
    address = address_of(text)
    assert address is None or address[0] in {4, 6}


@given(ENTRIES)
def test_an_entry_is_stored_in_words(entry: Entry) -> None:
    assert stored_entry(str(entry.what), entry.value) == entry


@pytest.mark.parametrize(
    ("what", "value"),
    [
        ("colour", "red"),
        ("", "spam.example"),
        ("DOMAIN", "spam.example"),
        ("ip", "spam"),
        ("ip", "192.0.2.7"),
        ("ip", ""),
    ],
)
def test_what_this_version_does_not_know_is_refused(what: str, value: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        stored_entry(what, value)
