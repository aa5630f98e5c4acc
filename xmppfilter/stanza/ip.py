"""IP addresses as numbers, and the server that one stands for."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

_V4: Final = 4
_OCTETS: Final = {str(number): number for number in range(256)}

Address = tuple[int, int]
"""The version of the Internet Protocol, and the address as a number."""


def is_quad(text: str) -> bool:
    """Whether *text* is an IPv4 address in its usual form, which no other text stands for."""
    return _quad(text) is not None


def address_of(text: str) -> Address | None:
    """Return the IP address in *text*, of IPv4 also where it is written as IPv6; None where there is none."""
    quad = _quad(text)
    if quad is not None:
        return _V4, quad
    return _other_address(text) if ":" in text and len(text) <= _LONGEST_ADDRESS else None


def server_of(ip: str) -> str:
    """Return the address of the server that handed a stanza in, where it is *ip*; empty: that is none.

    Of IPv6 it is the network of /64, for of addresses there one server has as many as it likes.
    """
    if is_quad(ip):
        return ip
    address = address_of(ip)
    if address is None:
        return ""
    version, number = address
    return str(IPv4Address(number)) if version == _V4 else f"{IPv6Address(number >> 64 << 64)}/64"


def _quad(text: str) -> int | None:
    """Return the IPv4 address in *text*, if it is written as nearly everybody does."""
    parts = text.split(".", _V4)
    if len(parts) != _V4:
        return None
    one, two, three, four = parts
    try:
        return _OCTETS[one] << 24 | _OCTETS[two] << 16 | _OCTETS[three] << 8 | _OCTETS[four]
    except KeyError:
        return None


_LONGEST_ADDRESS: Final = 64  # characters, with a zone


@lru_cache(maxsize=1024)
def _other_address(text: str) -> Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return address.version, int(address)
