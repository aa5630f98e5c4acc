"""What lists hold: domains, addresses, hashes of addresses, networks and URLs, each found by a dict or set."""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from itertools import chain
from typing import Final, NamedTuple

_V4: Final = 4
_BITS: Final = {4: 32, 6: 128}
_OCTETS: Final = {str(number): number for number in range(256)}


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
        _network(value)
    return entry


Address = tuple[int, int]
"""The version of the Internet Protocol, and the address as a number."""


def is_quad(text: str) -> bool:
    """Whether *text* is an IPv4 address in its usual form, which no other text stands for."""
    return _quad(text) is not None


def address_of(text: str) -> Address | None:
    """Return the IP address in *text*; an IPv4 address within IPv6 counts as what it is. None: it is none."""
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


class Entries:
    """The entries of one source.

    Texts and numbers are the keys of dicts, which Python's collector does not walk over as it does over sets: 100,000
    entries would cost ten milliseconds whenever it comes by.
    """

    __slots__ = ("networks", "texts")

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self.texts: dict[What, dict[str, None]] = {what: {} for what in What}
        self.networks: dict[tuple[int, int], dict[int, None]] = {}
        """Networks by version and length; empty ones are gone."""
        for entry in entries:
            self.add(entry)

    def __len__(self) -> int:
        return sum(map(len, self.texts.values()))

    def __iter__(self) -> Iterator[Entry]:
        return (Entry(what, text) for what, texts in self.texts.items() for text in texts)

    def common(self, other: "Entries") -> int:
        """Return how many entries are in *other* as well."""
        return sum(len(texts.keys() & other.texts[what].keys()) for what, texts in self.texts.items())

    def walk(self) -> Iterator[Entry]:
        """Yield every entry, while others may come and go: those are not among them, or are nevertheless."""
        for what, texts in self.texts.items():
            for text in tuple(texts):
                yield Entry(what, text)

    def __contains__(self, entry: Entry) -> bool:
        return entry.value in self.texts[entry.what]

    def add(self, entry: Entry) -> None:
        """Take *entry* in."""
        self.texts[entry.what][entry.value] = None
        if entry.what is What.IP:
            version, length, number = _network(entry.value)
            self.networks.setdefault((version, length), {})[number] = None

    def discard(self, entry: Entry) -> None:
        """Take *entry* out."""
        self.texts[entry.what].pop(entry.value, None)
        if entry.what is What.IP:
            version, length, number = _network(entry.value)
            numbers = self.networks.get((version, length), {})
            numbers.pop(number, None)
            if not numbers:
                self.networks.pop((version, length), None)

    def replace(self, entries: Iterable[Entry]) -> None:
        """Hold *entries* and nothing else; the dicts of texts stay the same objects."""
        for texts in self.texts.values():
            texts.clear()
        self.networks.clear()
        for entry in entries:
            self.add(entry)

    def has_address(self, address: Address, but: "Entries | None" = None) -> bool:
        """Whether *address* lies in one of the networks that are not in *but* as well."""
        version, number = address
        for (theirs, length), numbers in self.networks.items():
            if theirs == version:
                spare = _BITS[version] - length
                network = number >> spare << spare
                if network in numbers and not (but and network in but.networks.get((version, length), ())):
                    return True
        return False


def _network(value: str) -> tuple[int, int, int]:
    address, _, length = value.partition("/")
    if ":" in address:
        return 6, int(length), int(IPv6Address(address))
    return _V4, int(length), int(IPv4Address(address))


class Change(NamedTuple):
    """What an update did to a source."""

    added: frozenset[Entry] = frozenset()
    removed: frozenset[Entry] = frozenset()
    left_out: int = 0
    """Entries that were beyond what it may grow by."""


class Source:
    """One file, one node of a service, or the operators' own word: what it lists itself.

    What an operator has taken out is still among it, and passed over when it is looked up (see `listing.Listing`).
    """

    __slots__ = ("entries", "left_out", "name", "trouble", "updated", "voice")

    def __init__(self, name: str, voice: str = "") -> None:
        self.name = name
        """What the operator calls it."""
        self.voice = voice
        """Whose word it is: the service's JID. An empty one needs nobody's agreement."""
        self.entries = Entries()
        self.updated: float | None = None
        """Unix time of the last complete reading."""
        self.trouble: str | None = None
        """Why the last reading was none."""
        self.left_out = 0

    def __len__(self) -> int:
        return len(self.entries)

    def values(self) -> tuple[str, ...]:
        """Return the values of all that it lists, as a service would give them."""
        return tuple(chain.from_iterable(self.entries.texts.values()))

    def switch(self, entries: Entries) -> Entries:
        """List *entries* from now on, at once; return the former ones, which nobody looks at any more."""
        former, self.entries = self.entries, entries
        return former

    def add(self, entries: Iterable[Entry], max_growth: int | None = None) -> Change:
        """List *entries* as well, and no more than *max_growth* new ones."""
        fresh = {entry: None for entry in entries if entry not in self.entries}
        left_out = 0
        if max_growth is not None and len(fresh) > max_growth:
            left_out = len(fresh) - max_growth
            fresh = dict.fromkeys(list(fresh)[:max_growth])
        added = frozenset(fresh)
        for entry in fresh:
            self.entries.add(entry)
        return Change(added, left_out=left_out)

    def remove(self, entries: Iterable[Entry]) -> Change:
        """List *entries* no more."""
        gone = {entry for entry in entries if entry in self.entries}
        for entry in gone:
            self.entries.discard(entry)
        return Change(removed=frozenset(gone))
