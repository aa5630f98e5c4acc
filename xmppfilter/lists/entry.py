"""What lists hold: domains, addresses, hashes of addresses, networks and URLs."""

import re
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address
from typing import Final, NamedTuple
from unicodedata import category

from xmppfilter.stanza.networks import Network

_IPV6: Final = re.compile(r"\[[0-9a-f:.]+\]")
_LONGEST_LABEL: Final = 63
"""Characters of a label (RFC 1035 2.3.4); of one in Unicode no more either."""
_IN_LABELS: Final = frozenset("-_\u00b7\u0375\u05f3\u05f4\u06fd\u06fe\u0f0b\u200c\u200d\u30fb")
"""What is no letter, mark, digit or symbol, and is allowed in a label (RFC 5892 2.6; joiners in their context)."""


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
    """As `text.links` compares them; all below its path is meant, whatever the query, unless it names one."""


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


def is_well_formed(domain: str) -> bool:
    """Whether *domain*, in its normal form, can be that of an address.

    Names that IDNA refuses do exist, with an underscore or an emoji in them; none has a comma, a bullet or a star.
    """
    if _IPV6.fullmatch(domain):
        return True
    return all(
        0 < len(label) <= _LONGEST_LABEL and label.strip("-") == label and not any(map(_is_foreign, label))
        for label in domain.split(".")
    )


def _is_foreign(char: str) -> bool:
    return not (char.isalnum() or char in _IN_LABELS or (not char.isascii() and category(char)[0] in "MS"))


def network_of(value: str) -> Network:
    """Return the network that *value* names, as address/length."""
    address, _, length = value.partition("/")
    if ":" in address:
        return Network(6, int(length), int(IPv6Address(address)))
    return Network(4, int(length), int(IPv4Address(address)))
