"""Hosts as browsers read them: whatever is written, one form is compared."""

from ipaddress import IPv4Address, IPv6Address

import idna
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppfilter.text.hosts import (
    is_address,
    is_in_every_network,
    is_public_suffix,
    normal_host,
    registered,
    split_authority,
)

LABELS = st.from_regex(r"[a-z]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True).filter(lambda label: label[2:4] != "--")
NAMES = st.lists(LABELS, min_size=1, max_size=4).map(".".join)
ADDRESSES = st.integers(0, 2**32 - 1)


# --- where the host stands


@pytest.mark.parametrize(
    ("authority", "host", "port", "rest"),
    [
        ("evil.example", "evil.example", "", ""),
        ("evil.example/pay", "evil.example", "", "/pay"),
        ("evil.example?pay", "evil.example", "", "?pay"),
        ("evil.example#pay", "evil.example", "", "#pay"),
        ("evil.example:8080/pay", "evil.example", "8080", "/pay"),
        ("evil.example:/pay", "evil.example", "", "/pay"),
        ("evil.example:0000080/pay", "evil.example", "80", "/pay"),
        ("evil.example:80)/pay", "evil.example", "80", ""),
        ("[2001:db8::1]:0443/x", "[2001:db8::1]", "443", "/x"),
        ("evil.example:123456/pay", "evil.example:123456", "", "/pay"),
        ("bank.example@evil.example/pay", "evil.example", "", "/pay"),
        ("bank.example:secret@evil.example:81/", "evil.example", "81", "/"),
        ("a@b@evil.example/", "evil.example", "", "/"),
        ("evil.example/@bank.example", "evil.example", "", "/@bank.example"),
        ("evil.example?@bank.example", "evil.example", "", "?@bank.example"),
        ("[2001:db8::1]:443/x", "[2001:db8::1]", "443", "/x"),
        ("[2001:db8::1]", "[2001:db8::1]", "", ""),
        ("evil.example,bank.example/pay", "evil.example", "", ""),
        ("evil.example) and more/pay", "evil.example", "", ""),
        ("", "", "", ""),
        ("/pay", "", "", "/pay"),
    ],
)
def test_the_authority_of_a_url(authority: str, host: str, port: str, rest: str) -> None:
    assert split_authority(authority) == ((host, port), rest)


# --- names


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("evil.example", "evil.example"),
        ("EVIL.Example", "evil.example"),
        ("evil.example.", "evil.example"),
        ("evil_1.example", "evil_1.example"),
        ("localhost", "localhost"),
        ("%65vil.example", "evil.example"),
        ("evil%2Eexample", "evil.example"),
        ("\uff45vil.example", "evil.example"),
        ("evil\uff0eexample", "evil.example"),
        ("\u24d4vil.example", "evil.example"),
        ("%e2%93%94vil.example", "evil.example"),
        ("\u2177.example", "viii.example"),
        ("M\u00dcNCHEN.example", "m\u00fcnchen.example"),
        ("mu\u0308nchen.example", "m\u00fcnchen.example"),
        ("xn--mnchen-3ya.example", "m\u00fcnchen.example"),
        ("XN--MNCHEN-3YA.example", "m\u00fcnchen.example"),
        ("m%C3%BCnchen.example", "m\u00fcnchen.example"),
        ("\u043f\u0440\u0438\u043c\u0435\u0440.\u0440\u0444", "\u043f\u0440\u0438\u043c\u0435\u0440.\u0440\u0444"),
        ("evil%E3%80%82example", "evil.example"),
        ("evil%EF%BC%8Eexample", "evil.example"),
        ("ev%C2%ADil.example", "evil.example"),
        ("ev\u3164il.exam\U000e0041ple", "evil.example"),
        # names whose letters need marks, or joiners
        ("\u0939\u093f\u0928\u094d\u0926\u0940.\u092d\u093e\u0930\u0924",) * 2,
        ("xn--j2bd4cyah0f.xn--h2brj9c", "\u0939\u093f\u0928\u094d\u0926\u0940.\u092d\u093e\u0930\u0924"),
        ("\u0e1e\u0e39\u0e48\u0e01\u0e31\u0e19.\u0e44\u0e17\u0e22",) * 2,
        ("\u0645\u064f\u062d\u064e\u0645\u064e\u0651\u062f.example",) * 2,
        ("\u0646\u0627\u0645\u0647\u200c\u0627\u06cc.example",) * 2,
        # signs, which IDNA refuses and browsers follow
        ("i\u2764.example", "i\u2764.example"),
        ("i\u2764\ufe0f.example", "i\u2764.example"),
        ("xn--i-7iq.example", "i\u2764.example"),
        # letters that case folding would lose
        ("STRA\u1e9eE.example", "stra\u00dfe.example"),
        ("\u039f\u0394\u039f\u03a3.\u039f\u0394\u039f\u03a3", "\u03bf\u03b4\u03bf\u03c3.\u03bf\u03b4\u03bf\u03c3"),
        ("\u03bf\u03b4\u03bf\u03c2.example", "\u03bf\u03b4\u03bf\u03c2.example"),
        # no A-labels: names all the same, below one that somebody has registered
        ("xn--a.example", "xn--a.example"),
        ("xn--.example", "xn--.example"),
        ("xn--evil-.example", "xn--evil-.example"),
        ("xn--te\u0161la.example", "xn--te\u0161la.example"),
        (f"xn--{'a' * 60}.example", f"xn--{'a' * 60}.example"),
        ("xn--e1afmkfd.xn--p1ai", "\u043f\u0440\u0438\u043c\u0435\u0440.\u0440\u0444"),
    ],
)
def test_every_spelling_of_a_name_is_that_name(text: str, host: str) -> None:
    assert normal_host(text, numbers=True) == normal_host(text, numbers=False) == host


@pytest.mark.parametrize(
    "text",
    [
        "", ".", "a..b", "ev il.example", "evil.example%00", "a%zz.example", "a/b", "a@b", "a:b", "*.example",
        "a" * 300, "xn--", "xn--a", "evil.xn--", "evil.xn--a", "a\u00a0b", "a\u2028b", "a\x80b", "\ufdfa", "%E3%80%80",
        "evil.example-", "evil._example", "evil.example%252e", "\u00fc" * 600,
    ],
)  # fmt: skip
def test_what_no_browser_would_follow_is_no_host(text: str) -> None:
    assert normal_host(text, numbers=True) is None


def disguised(name: str, choices: list[int]) -> str:
    """Write each character in one of four ways."""
    ways = (str, str.upper, lambda char: f"%{ord(char):02X}", lambda char: chr(ord(char) + 0xFEE0))
    return "".join(ways[choice % 4](char) for char, choice in zip(name, choices, strict=True))


@given(NAMES, st.data())
def test_no_disguise_of_single_characters_makes_another_host(name: str, data: st.DataObject) -> None:
    choices = data.draw(st.lists(st.integers(0, 3), min_size=len(name), max_size=len(name)))
    assert normal_host(disguised(name, choices), numbers=True) == name
    assert normal_host(name + ".", numbers=False) == name


@given(st.text("\u00e0\u00e9\u00fc\u00df\u03b1\u03c9\u0431\u0436\u4e2d\u6587abz09", min_size=1, max_size=20))
def test_a_labels_and_u_labels_are_one_host(label: str) -> None:
    name = f"{label}.example"
    try:
        encoded = idna.encode(name).decode()
    except idna.IDNAError:
        return
    assert normal_host(encoded, numbers=True) == normal_host(name, numbers=True) == name


@given(st.text(max_size=300), st.booleans())
def test_no_text_raises_and_no_host_is_longer_than_what_is_compared(text: str, numbers: bool) -> None:
    host = normal_host(text, numbers=numbers)
    assert host is None or (host and len(host) <= 255 and normal_host(host, numbers=numbers) in {host, None})


# --- numbers


@pytest.mark.parametrize(
    ("text", "browser", "quad"),
    [
        ("192.0.2.7", "192.0.2.7", "192.0.2.7"),
        ("192.0.2.7.", "192.0.2.7", "192.0.2.7"),
        ("\uff11\uff19\uff12.0.2.7", "192.0.2.7", "192.0.2.7"),
        ("192%2e0.2.7", "192.0.2.7", "192.0.2.7"),
        ("3221225991", "192.0.2.7", None),
        ("0xC0000207", "192.0.2.7", None),
        ("030000001007", "192.0.2.7", None),
        ("192.519", "192.0.2.7", None),
        ("192.0.519", "192.0.2.7", None),
        ("0300.0.0x2.7", "192.0.2.7", None),
        ("0x", "0.0.0.0", None),
        ("0x7f.1", "127.0.0.1", None),
        ("0177.0.0.1", "127.0.0.1", None),
        ("2130706433", "127.0.0.1", None),
        (f"{'0' * 40}300.0.2.7", "192.0.2.7", None),
        (f"0x{'0' * 40}C0000207", "192.0.2.7", None),
        (f"192.0.2.{'9' * 30}", None, None),
        ("1.2.3.4.5", None, None),
        ("256.0.0.1", None, None),
        ("1.2.3.256", None, None),
        ("1.2.65536", None, None),
        ("4294967296", None, None),
        ("09.0.0.1", None, None),
        ("0x1g.0.0.1", None, None),
        ("evil.123", None, None),
        ("9" * 5000, None, None),
    ],
)
def test_what_browsers_take_for_an_ipv4_address(text: str, browser: str | None, quad: str | None) -> None:
    assert normal_host(text, numbers=True) == browser
    assert normal_host(text, numbers=False) == quad


@given(ADDRESSES, st.integers(1, 4), st.lists(st.sampled_from(["{}", "0x{:x}", "0X{:X}", "0{:o}"]), min_size=4))
def test_every_way_to_write_an_ipv4_address(number: int, parts: int, ways: list[str]) -> None:
    spare = 8 * (5 - parts)
    written = [number >> 8 * (3 - at) & 0xFF for at in range(parts - 1)] + [number & (1 << spare) - 1]
    text = ".".join(way.format(part) for way, part in zip(ways, written, strict=False))
    assert normal_host(text, numbers=True) == str(IPv4Address(number))


@given(st.integers(0, 2**128 - 1))
def test_every_way_to_write_an_ipv6_address(number: int) -> None:
    address = IPv6Address(number)
    wanted = str(address.ipv4_mapped or address)
    for text in (str(address), address.exploded, str(address).upper()):
        assert normal_host(f"[{text}]", numbers=True) == normal_host(f"[{text}]", numbers=False) == wanted


@given(ADDRESSES)
def test_an_ipv4_address_within_ipv6_is_the_ipv4_address(number: int) -> None:
    assert normal_host(f"[::ffff:{IPv4Address(number)}]", numbers=True) == str(IPv4Address(number))


@pytest.mark.parametrize("text", ["[fe80::7%eth0]", "[fe80::7%25eth0]", "[fe80::7%25]", "[FE80:0::0:7]"])
def test_a_zone_is_no_part_of_an_address(text: str) -> None:
    assert normal_host(text, numbers=True) == "fe80::7"


@given(st.text(st.characters(min_codepoint=0x80, categories=["L", "M", "N"]), min_size=1, max_size=6))
def test_letters_become_what_domains_have_in_their_place(letters: str) -> None:
    """The same as of a JID's domain (RFC 7622 3.2), which lists are read with."""
    try:
        name = idna.decode(f"{letters}.example", uts46=True, std3_rules=True)
    except idna.IDNAError:
        return
    assert normal_host(f"{letters}.example", numbers=True) == name


@pytest.mark.parametrize("text", ["[]", "[::g]", "[1.2.3.4]", "[::1::]", "::1"])
def test_what_is_no_ipv6_address_is_no_host(text: str) -> None:
    assert normal_host(text, numbers=True) is None


@pytest.mark.parametrize(
    ("host", "everybodys"),
    [
        ("192.168.0.1", True),
        ("10.20.30.40", True),
        ("172.31.255.255", True),
        ("172.32.0.0", False),
        ("127.0.0.1", True),
        ("::1", True),
        ("fd00::7", True),
        ("fe80::7", True),
        ("192.0.2.7", False),
        ("2001:db8::7", False),
    ],
)
def test_addresses_that_are_another_computer_for_everybody(host: str, everybodys: bool) -> None:
    assert is_in_every_network(host) is everybodys


# --- public suffixes


@pytest.mark.parametrize(
    ("domain", "public"),
    [
        ("com", True),
        ("co.uk", True),
        ("github.io", True),
        ("example.com", False),
        ("example.co.uk", False),
        ("someone.github.io", False),
        ("io", True),
        ("no-such-tld", True),
        ("example.no-such-tld", False),
        ("localhost", True),
        # *.kobe.jp is public, but not city.kobe.jp
        ("b.kobe.jp", True),
        ("city.kobe.jp", False),
        ("a.b.kobe.jp", False),
        # U-labels, as our domains have them, and A-labels
        ("\u516c\u53f8.cn", True),
        ("xn--55qx5d.cn", True),
        ("\u4f8b\u5b50.\u516c\u53f8.cn", False),
        ("\u0440\u0444", True),
        ("", False),
    ],
)
def test_names_below_which_anybody_can_have_one(domain: str, public: bool) -> None:
    assert is_public_suffix(domain) is public


@given(NAMES)
def test_of_a_name_and_what_is_above_it_the_public_ones_are_the_last(name: str) -> None:
    labels = name.split(".")
    public = [is_public_suffix(".".join(labels[at:])) for at in range(len(labels))]
    assert public[-1], "a top-level domain is nobody's own"


# --- whose it is


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("evil.example", "evil.example"),
        ("a.b.evil.example", "evil.example"),
        ("www.evil.co.uk", "evil.co.uk"),
        ("co.uk", None),
        ("spam.github.io", "spam.github.io"),
        ("пример.рф", "пример.рф"),
        ("node.js", None),
        ("localhost", None),
    ],
)
def test_the_domain_that_somebody_has_registered(host: str, domain: str | None) -> None:
    assert registered(host) == domain


@pytest.mark.parametrize(("host", "address"), [("192.0.2.1", True), ("2001:db8::1", True), ("1.2.3.example", False)])
def test_which_hosts_are_addresses(host: str, address: bool) -> None:
    assert is_address(host) is address
