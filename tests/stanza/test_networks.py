from ipaddress import ip_network

import pytest

from xmppfilter.stanza.ip import address_of
from xmppfilter.stanza.networks import Network, Networks


def network(text: str) -> Network:
    parsed = ip_network(text)
    return Network(parsed.version, parsed.prefixlen, int(parsed.network_address))


@pytest.mark.parametrize(
    ("address", "lies"),
    [
        ("192.0.2.7", True),
        ("192.0.3.0", False),
        ("198.51.100.1", True),
        ("2001:db8::1", True),
        ("2001:db9::1", False),
        ("::ffff:192.0.2.7", True),
        ("0.0.0.1", False),
    ],
)
def test_an_address_is_found_in_networks_of_any_length(address: str, lies: bool) -> None:
    networks = Networks()
    for text in ("192.0.2.0/24", "198.51.100.1/32", "2001:db8::/32"):
        networks.add(network(text))
    found = address_of(address)
    assert found is not None
    assert networks.has(found) is lies
    assert not networks.has(found, networks)


def test_what_was_taken_out_is_found_no_more() -> None:
    networks = Networks()
    networks.add(network("192.0.2.0/24"))
    assert networks
    networks.discard(network("192.0.2.0/24"))
    networks.discard(network("192.0.2.0/24"))
    assert not networks
