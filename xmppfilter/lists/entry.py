"""What lists hold: domains, addresses, hashes of addresses, networks and URLs."""

from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

from xmppfilter.stanza.networks import Network


class What(StrEnum):
    """What an entry names."""

    DOMAIN = "domain"
    SUBDOMAINS = "subdomains"
    """Every domain below this one, not itself."""
    JID = "jid"
    JID_HASH = "jid-hash"
    """SHA-256 of a bare JID, in lower-case hex."""
    HASH = "hash"
    """SHA-256 of a bare JID or of a domain, in lower-case hex."""
    IP = "ip"
    """A network, as address/length."""
    URL = "url"
    """As `text.links` compares them."""


class Entry(NamedTuple):
    """One thing that is listed, in the form in which it is compared."""

    what: What
    value: str


def written(entry: Entry) -> str:
    """Return *entry* as an operator writes it."""
    return f"*.{entry.value}" if entry.what is What.SUBDOMAINS else entry.value


def stored_entry(what: str, value: str) -> Entry:
    """Return an entry as it was stored. Raises ValueError where it is none."""
    entry = Entry(What(what), value)
    if entry.what is What.IP:
        network_of(value)
    return entry


def network_of(value: str) -> Network:
    """Return the network that *value* names, as address/length."""
    address, _, length = value.partition("/")
    if ":" in address:
        return Network(6, int(length), int(IPv6Address(address)))
    return Network(4, int(length), int(IPv4Address(address)))
