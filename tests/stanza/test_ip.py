"""IP addresses, and the servers that they stand for."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppfilter.stanza.ip import address_of, is_quad, server_of


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"), ("2001:db8::1:2:3:4", "2001:db8::/64"),
        ("2001:DB8:0:0:1::", "2001:db8::/64"), ("192.0.2", ""), ("192.0.2.256", ""), ("192.0.2.01", ""), ("", ""),
        ("host.example", ""), (":" * 100, ""),
    ],
)  # fmt: skip
def test_a_server_is_an_address_or_a_network(text: str, server: str) -> None:
    assert server_of(text) == server


@given(st.ip_addresses())
def test_every_address_is_a_number(address: object) -> None:
    text = str(address)
    found = address_of(text)
    assert found is not None
    version, number = found
    mapped = getattr(address, "ipv4_mapped", None)
    assert (version, number) == ((4, int(mapped)) if mapped else (ip_address(text).version, int(ip_address(text))))
    assert is_quad(text) is (ip_address(text).version == 4)
