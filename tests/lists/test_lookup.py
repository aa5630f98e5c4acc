"""Who is listed, by what, and whether enough say so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppfilter.lists.entry import Entry, What
from xmppfilter.lists.lookup import DEEPEST, Listing, forms, hash_of
from xmppfilter.lists.source import Source
from xmppfilter.stanza.jid import Jid

MALLORY = "mallory@spam.example"


def source(name: str, *entries: Entry, voice: str = "") -> Source:
    made = Source(name, voice)
    for entry in entries:
        made.entries.add(entry)
    return made


def listing(*entries: Entry) -> Listing:
    made = Listing()
    made.compile([source("a list", *entries)], 1)
    return made


@pytest.mark.parametrize(
    ("entry", "hits", "misses"),
    [
        (
            Entry(What.DOMAIN, "spam.example"),
            ["spam.example"],
            ["www.spam.example", "example", "xspam.example", "spam.example.org", "spam"],
        ),
        (
            Entry(What.SUBDOMAINS, "spam.example"),
            ["www.spam.example", "a.b.spam.example"],
            ["spam.example", "xspam.example", "spam.example.org"],
        ),
        (Entry(What.HASH, hash_of("spam.example")), ["spam.example"], ["www.spam.example"]),
        (Entry(What.JID_HASH, hash_of("spam.example")), [], ["spam.example"]),
        (Entry(What.JID, "spam.example"), [], ["spam.example"]),
    ],
)
def test_a_domain_is_looked_up(entry: Entry, hits: list[str], misses: list[str]) -> None:
    lists = listing(entry)
    assert [domain for domain in hits + misses if lists.domain(domain)] == hits


@pytest.mark.parametrize(
    ("entry", "hits", "misses"),
    [
        (Entry(What.JID, MALLORY), [MALLORY, f"{MALLORY}/x"], ["other@spam.example", "spam.example"]),
        (Entry(What.JID, f"{MALLORY}/x"), [f"{MALLORY}/x"], [MALLORY, f"{MALLORY}/y"]),
        (Entry(What.JID, "spam.example"), ["spam.example", "spam.example/x"], [MALLORY]),
        (Entry(What.JID_HASH, hash_of(MALLORY)), [MALLORY, f"{MALLORY}/x"], ["other@spam.example"]),
        (Entry(What.HASH, hash_of(MALLORY)), [MALLORY, f"{MALLORY}/x"], ["other@spam.example"]),
        # a domain's own hash is the business of `domain`, or its findings would be counted twice
        (Entry(What.HASH, hash_of("spam.example")), [], ["spam.example", MALLORY]),
        (Entry(What.JID_HASH, hash_of(f"{MALLORY}/x")), [], [MALLORY, f"{MALLORY}/x"]),
        (Entry(What.DOMAIN, "spam.example"), [], [MALLORY, "spam.example"]),
    ],
)
def test_an_address_is_looked_up(entry: Entry, hits: list[str], misses: list[str]) -> None:
    lists = listing(entry)
    assert [jid for jid in hits + misses if lists.jid(Jid.parse(jid))] == hits


@pytest.mark.parametrize(
    ("network", "hits", "misses"),
    [
        (
            "192.0.2.7/32",
            ["192.0.2.7", "::ffff:192.0.2.7"],
            ["192.0.2.8", "::c000:207", "192.0.2.7/32", "nonsense", ""],
        ),
        ("192.0.2.0/24", ["192.0.2.0", "192.0.2.255", "::ffff:c000:2ff"], ["192.0.3.0", "192.0.1.255"]),
        ("2001:db8::/32", ["2001:db8::1", "2001:DB8:FFFF::"], ["2001:db9::", "192.0.2.7", "::"]),
    ],
)
def test_a_network_address_is_looked_up(network: str, hits: list[str], misses: list[str]) -> None:
    lists = listing(Entry(What.IP, network))
    assert [ip for ip in hits + misses if lists.ip(ip)] == hits


DEEP = "/a" * DEEPEST


@pytest.mark.parametrize(
    ("listed", "hits", "misses"),
    [
        (
            "spam.example/pay",
            ["spam.example/pay", "spam.example/pay/x", "spam.example/pay?x=1", "spam.example/pay/x/y?z"],
            ["spam.example", "spam.example/pays", "spam.example/x/pay", "spam.example?x=/pay", "spam.example:8443/pay"],
        ),
        ("spam.example/pay?x=1", ["spam.example/pay?x=1"], ["spam.example/pay", "spam.example/pay?x=2"]),
        ("spam.example", ["spam.example", "spam.example/a/b?c"], ["www.spam.example", "spam.example:8443"]),
        (f"spam.example{DEEP}", [f"spam.example{DEEP}", f"spam.example{DEEP}?x"], [f"spam.example{DEEP[:-2]}"]),
        (f"spam.example{DEEP[:-2]}", [f"spam.example{DEEP * 3}"], []),
    ],
)
def test_a_url_means_all_that_is_below_it(listed: str, hits: list[str], misses: list[str]) -> None:
    lists = listing(Entry(What.URL, listed))
    assert [url for url in hits + misses if lists.url(url)] == hits


def test_hashes_are_over_u_labels() -> None:
    lists = listing(Entry(What.JID_HASH, hash_of("mallory@m\u00fcnchen.example")))
    assert lists.jid(Jid.parse("Mallory@xn--mnchen-3ya.example/x"))


@pytest.mark.parametrize("what", [what for what in What if what is not What.IP])
def test_whatever_is_listed_is_shown_to_be(what: What) -> None:
    value = hash_of("x") if what in {What.HASH, What.JID_HASH} else "spam.example"
    assert listing(Entry(what, value)).by(Entry(what, value)) == "a list"
    assert listing().by(Entry(what, value)) is None


@pytest.mark.parametrize(
    ("listed", "asked", "found"),
    [
        ("192.0.2.0/24", "192.0.2.7/32", True),
        ("192.0.2.0/24", "192.0.2.0/24", True),
        ("192.0.2.0/24", "192.0.2.0/25", False),
        ("192.0.2.7/32", "192.0.2.0/24", False),
    ],
)
def test_an_address_is_shown_by_its_network_and_a_network_by_itself(listed: str, asked: str, found: bool) -> None:
    assert (listing(Entry(What.IP, listed)).by(Entry(What.IP, asked)) is not None) is found


def test_an_address_is_listed_in_every_form() -> None:
    jid, domain = Entry(What.JID, f"{MALLORY}/x"), Entry(What.DOMAIN, "spam.example")
    assert set(forms(jid)) == {jid, Entry(What.HASH, hash_of(MALLORY)), Entry(What.JID_HASH, hash_of(MALLORY))}
    assert {form.what for form in forms(domain)} == {What.DOMAIN, What.JID, What.HASH, What.JID_HASH}
    assert forms(Entry(What.URL, "x")) == (Entry(What.URL, "x"),)


# --- several sources


@given(st.lists(st.sampled_from(["", "one", "two", "three"]), max_size=8), st.integers(1, 4))
def test_so_many_services_must_agree_and_a_file_or_an_operator_need_not(voices: list[str], agree: int) -> None:
    entry = Entry(What.DOMAIN, "spam.example")
    sources = [source(f"{place}", entry, voice=voice) for place, voice in enumerate(voices)]
    sources.append(source("another", Entry(What.DOMAIN, "other.example"), voice="four"))
    lists = Listing()
    lists.compile(sources, agree)
    enough = "" in voices or len(set(voices)) >= agree
    assert lists.domain("spam.example") == (", ".join(map(str, range(len(voices)))) if enough and voices else None)
    assert [found.name for found in lists.entry(entry)] == [f"{place}" for place in range(len(voices))]


def test_two_nodes_of_one_service_are_one_voice() -> None:
    lists = Listing()
    named = source("domains", Entry(What.DOMAIN, "spam.example"), voice="one")
    hashed = source("hashes", Entry(What.HASH, hash_of("spam.example")), voice="one")
    other = source("others", Entry(What.DOMAIN, "spam.example"), voice="two")
    lists.compile([named, hashed], 2)
    assert lists.domain("spam.example") is None
    lists.compile([named, hashed, other], 2)
    assert lists.domain("spam.example") == "domains, others, hashes"


def test_a_domain_that_was_looked_up_is_looked_up_anew_once_the_lists_have_changed() -> None:
    lists, spam = Listing(), Entry(What.DOMAIN, "spam.example")
    changing = source("a list", Entry(What.DOMAIN, "other.example"))
    for edit, listed in ((lambda _: None, None), (changing.add, "a list"), (changing.remove, None)):
        edit([spam])
        lists.compile([changing], 1)
        assert [lists.domain("spam.example") for _ in range(2)] == [listed, listed]


@pytest.mark.parametrize("look", ["domain", "jid", "ip", "url", "by"])
def test_an_empty_listing_has_nobody(look: str) -> None:
    asked = {"jid": Jid.parse(MALLORY), "by": Entry(What.DOMAIN, "spam.example")}
    assert getattr(Listing(), look)(asked.get(look, "192.0.2.7")) is None
