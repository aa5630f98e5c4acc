"""Addresses: two that compare equal name the same entity."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from precis_i18n import get_profile

from xmppfilter.stanza.jid import MAX_PART_BYTES, Jid, JidError


@pytest.mark.parametrize(
    ("text", "local", "domain", "resource"),
    [
        ("alice@example.org/phone", "alice", "example.org", "phone"),
        ("alice@example.org", "alice", "example.org", ""),
        ("example.org", "", "example.org", ""),
        ("example.org/x", "", "example.org", "x"),
        ("Alice@Example.ORG/Phone", "alice", "example.org", "Phone"),
        ("alice@example.org/a/b@c d", "alice", "example.org", "a/b@c d"),
        ("alice@example.org/ x ", "alice", "example.org", " x "),
        ("alice@example.org.", "alice", "example.org", ""),
        (
            "a.b-c_d+e!f#g$h%i*j=k?l^m`n{o|p}q~r\\20s@example.org",
            "a.b-c_d+e!f#g$h%i*j=k?l^m`n{o|p}q~r\\20s",
            "example.org",
            "",
        ),
        ("\u0391\u03bb\u03af\u03ba\u03b7@example.org", "\u03b1\u03bb\u03af\u03ba\u03b7", "example.org", ""),
        ("\uff21lice@example.org", "alice", "example.org", ""),  # full width
        ("jos\u0065\u0301@example.org", "jos\u00e9", "example.org", ""),
        ("u\u2603@example.org", "u\u2603", "example.org", ""),  # RFC 6122's servers let symbols in
        ("U\u2603@example.org", "u\u2603", "example.org", ""),
        ("a@b\u00fccher.example", "a", "b\u00fccher.example", ""),
        ("a@B\u00dcCHER.example", "a", "b\u00fccher.example", ""),
        ("a@xn--bcher-kva.example", "a", "b\u00fccher.example", ""),
        ("a@XN--BCHER-KVA.EXAMPLE", "a", "b\u00fccher.example", ""),
        ("a@bu\u0308cher.example", "a", "b\u00fccher.example", ""),
        ("a@example\u3002org", "a", "example.org", ""),
        ("a@\uff45xample.org", "a", "example.org", ""),
        ("a@Fa\u00df.example", "a", "fa\u00df.example", ""),
        ("a@under_score.example", "a", "under_score.example", ""),
        ("a@UNDER_score.example", "a", "under_score.example", ""),
        ("a@i\u2764.ws", "a", "i\u2764.ws", ""),  # IDNA refuses it, DNS does not
        ("a@I\u2764.WS", "a", "i\u2764.ws", ""),
        ("a@xn--i-7iq.ws", "a", "i\u2764.ws", ""),
        ("a@XN--I-7IQ.ws", "a", "i\u2764.ws", ""),
        ("a@xn--a.example", "a", "xn--a.example", ""),  # the label of no name
        ("a@192.0.2.7", "a", "192.0.2.7", ""),
        ("a@[2001:DB8:0::1]/x", "a", "[2001:db8::1]", "x"),
        ("a@localhost", "a", "localhost", ""),
        ("a@x", "a", "x", ""),
        ("a@example.org/\u00a0x", "a", "example.org", " x"),
        ("a@example.org/\U0001f600", "a", "example.org", "\U0001f600"),
        (f"{'a' * MAX_PART_BYTES}@example.org", "a" * MAX_PART_BYTES, "example.org", ""),
    ],
)
def test_the_parts_in_their_normal_form(text: str, local: str, domain: str, resource: str) -> None:
    jid = Jid.parse(text)
    assert (jid.local, jid.domain, jid.resource) == (local, domain, resource)
    assert jid.bare == (f"{local}@{domain}" if local else domain)
    assert jid.full == str(jid) == (f"{jid.bare}/{resource}" if resource else jid.bare)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "@", "/", "@example.org", "alice@", "alice@/x", "alice@example.org/", "/x", "a@b@c",
        "al ice@example.org", " alice@example.org", "alice@example.org ", "alice@exa mple.org", "alice\n@example.org",
        "a'b@example.org", 'a"b@example.org', "a&b@example.org", "a<b@example.org", "a>b@example.org",
        "a:b@example.org",
        "\uff20@example.org", "a@example..org", "a@.example.org", "a@exam<ple.org", "a@exam:ple", "a@.", "a@\u3002",
        "a@[::1", "a@::1]", "a@[1.2.3.4]", "a@[]", "a@[fe80::1%eth0]", "a@[::1%x@y]", "a\x00@example.org",
        "a@example.org/\x00", "a@example.org/x\ny", "a@example.org/x\x7f", "a@example.org/\ud800",
        f"{'a' * (MAX_PART_BYTES + 1)}@example.org", "\u00e9" * 512 + "@example.org", f"a@{'b' * (MAX_PART_BYTES + 1)}",
        f"a@example.org/{'c' * (MAX_PART_BYTES + 1)}", "a" * 1_000_000,
    ],
)  # fmt: skip
def test_what_no_entity_can_have(text: str) -> None:
    with pytest.raises(JidError) as wrong:
        Jid.parse(text)
    assert len(str(wrong.value)) < 300 + 2 * MAX_PART_BYTES


def test_jids_compare_and_hash_by_their_normal_form() -> None:
    assert Jid.parse("A@Example.org/x") == Jid.parse("a@example.ORG/x")
    assert Jid.parse("a@example.org/x") != Jid.parse("a@example.org/X")
    assert len({Jid.parse("a@b\u00fccher.example"), Jid.parse("a@xn--bcher-kva.example")}) == 1
    assert Jid.parse("a@example.org") != "a@example.org"
    assert repr(Jid.parse("A@b")) == "Jid('a@b')"


parts = st.one_of(
    st.text(max_size=8),
    st.text(
        "aAbB.@/-_xn \u00df\u0130\u1e9e\u00fc\u3002\uff21\uff0e\u0390\u03c2\u05d0\u06f1\u212a\u200d\u00ad\u2126",
        max_size=10,
    ),
    st.sampled_from(["xn--bcher-kva", "xn--", "xn--a", "B\u00dcCHER", "example", "fa\u00df", "\u0f0b", "1", "_x"]),
)


@given(parts, parts, parts)
def test_normalising_twice_is_normalising_once(local: str, domain: str, resource: str) -> None:
    for text in (f"{local}@{domain}/{resource}", f"{local}@{domain}.example", domain, local + domain + resource):
        try:
            once = Jid.parse(text)
        except JidError:
            continue
        twice = Jid.parse(once.full)
        assert twice.full == once.full
        assert twice == once
        assert (twice.local, twice.domain, twice.resource) == (once.local, once.domain, once.resource)
        assert once.domain
        assert "@" not in once.local + once.domain
        assert "/" not in once.bare


@given(st.text("abcXYZ019.-", min_size=1, max_size=20), st.text("abcXYZ019", min_size=1, max_size=10))
def test_case_makes_no_difference(local: str, domain: str) -> None:
    assert Jid.parse(f"{local}@{domain}.example").bare == Jid.parse(f"{local.swapcase()}@{domain.upper()}.EXAMPLE").bare


@pytest.mark.parametrize(
    "unit", ["a", "\u00e9", "\u0641", "\u200d", "xn--a.", "a.", "\u0660", "\U0001f600", "\uff21", "e\u0301"]
)
@pytest.mark.parametrize("form", ["{}@example.org", "a@{}", "a@example.org/{}"])
def test_long_parts_cost_little(unit: str, form: str) -> None:
    text = form.format((unit * 3000)[:3000])
    began = time.process_time()
    for _ in range(3):
        try:
            Jid.parse(text)
        except JidError:
            continue
    assert time.process_time() - began < 1


@given(st.text(st.characters(exclude_characters="@/"), max_size=12))
def test_the_mappings_are_those_of_precis(text: str) -> None:
    """RFC 8265: whatever UsernameCaseMapped and OpaqueString accept, they and we make the same of."""
    for profile, form in (("UsernameCaseMapped", "{}@example.org/x"), ("OpaqueString", "x@example.org/{}")):
        try:
            wanted = get_profile(profile).enforce(text)
            found = Jid.parse(form.format(text))
        except (UnicodeEncodeError, JidError):
            continue
        assert (found.local if form.startswith("{") else found.resource) == wanted
