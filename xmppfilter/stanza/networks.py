"""Networks of IP addresses, in which an address is found however many there are."""

from typing import Final, NamedTuple

from xmppfilter.stanza.ip import Address

_BITS: Final = {4: 32, 6: 128}


class Network(NamedTuple):
    """A network of IP addresses."""

    version: int
    length: int
    """Bits that its addresses have in common."""
    number: int
    """Its first address."""


class Networks:
    """A set of networks: a dict for each length that is in use."""

    __slots__ = ("numbers",)

    def __init__(self) -> None:
        self.numbers: dict[tuple[int, int], dict[int, None]] = {}
        """Networks by version and length; empty ones are gone. Python's collector does not walk over such dicts."""

    def __bool__(self) -> bool:
        return bool(self.numbers)

    def add(self, network: Network) -> None:
        """Take *network* in."""
        version, length, number = network
        self.numbers.setdefault((version, length), {})[number] = None

    def discard(self, network: Network) -> None:
        """Take *network* out."""
        version, length, number = network
        numbers = self.numbers.get((version, length), {})
        numbers.pop(number, None)
        if not numbers:
            self.numbers.pop((version, length), None)

    def clear(self) -> None:
        """Take all out."""
        self.numbers.clear()

    def has(self, address: Address, but: "Networks | None" = None) -> bool:
        """Whether *address* lies in one of the networks that are not in *but* as well."""
        version, number = address
        for (theirs, length), numbers in self.numbers.items():
            if theirs == version:
                spare = _BITS[version] - length
                network = number >> spare << spare
                if network in numbers and not (but and network in but.numbers.get((version, length), ())):
                    return True
        return False
