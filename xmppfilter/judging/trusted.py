"""Whom no filter judges: our other components, and senders that the admin trusts by JID, domain or network."""

from collections.abc import Iterable
from ipaddress import ip_network

from xmppfilter.judging.case import Case
from xmppfilter.stanza.ip import address_of
from xmppfilter.stanza.jid import Jid, JidError
from xmppfilter.stanza.networks import Network, Networks
from xmppfilter.stanza.whom import Whoms


class Trusted:
    """Our services, and trusted senders. Two are equal that name the same."""

    __slots__ = ("_domains", "_jids", "_names", "_networks", "services")

    def __init__(
        self,
        services: Iterable[str] = (),
        jids: Iterable[str] = (),
        domains: Iterable[str] = (),
        ips: Iterable[str] = (),
    ) -> None:
        """Take in *services*, domains; *jids* and *domains*, as `Whom` reads them; and *ips*, networks."""
        self.services = frozenset(services)
        self._jids = Whoms(jids)
        self._domains = Whoms(domains)
        self._networks = Networks()
        networks = [ip_network(text) for text in ips]
        for network in networks:
            self._networks.add(Network(network.version, network.prefixlen, int(network.network_address)))
        self._names = (self.services, self._jids.texts, self._domains.texts, frozenset(networks))

    def __bool__(self) -> bool:
        return any(self._names)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Trusted) and self._names == other._names

    def __hash__(self) -> int:
        return hash(self._names)

    @property
    def by_network(self) -> bool:
        """Whether some are trusted by the address that a stanza comes from, so that their JIDs cannot be named."""
        return bool(self._networks)

    def exempts(self, case: Case) -> str | None:
        """Return why *case* is judged by nobody, as a word of `EXEMPTIONS`; None: no reason is known here."""
        sender = case.sender
        if sender.domain in self.services or (case.from_local_user and case.recipient.domain in self.services):
            return "service"
        if self._is_trusted(sender, occupant=case.occupant):
            return "trusted"
        if self._networks:
            address = address_of(case.stanza.ip)
            if address is not None and self._networks.has(address):
                return "trusted"
        return None

    def has(self, address: str) -> bool:
        """Whether whoever sends from *address*, normalised, is among them wherever it comes from.

        With a resource it is an occupant's. Of such a sender no ban means anything.
        """
        if not self:
            return False
        try:
            jid = Jid.parse(address)
        except JidError:
            return False
        return jid.domain in self.services or self._is_trusted(jid, occupant=jid.resource != "")

    def _is_trusted(self, jid: Jid, *, occupant: bool) -> bool:
        # who speaks in a room is not the room: only whoever trusts its whole domain trusts that, too
        return self._domains.cover(jid) or (not occupant and self._jids.cover(jid))
