"""Senders that the admin allows to send to many: by JID, by domain, or by the address of their server."""

from collections.abc import Iterable
from ipaddress import ip_network
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, TypeAdapter, WithJsonSchema

from xmppfilter.judging.case import Case
from xmppfilter.judging.options import BareJidText
from xmppfilter.stanza.ip import address_of
from xmppfilter.stanza.networks import Network, Networks

_BARE_JID: Final[TypeAdapter[str]] = TypeAdapter(BareJidText)


def _parse_sender(value: Any) -> str:
    if isinstance(value, str):
        try:
            return str(ip_network(value.strip("[]")))
        except ValueError as wrong:
            if "/" in value:
                raise ValueError(f"wanted a JID, a domain or a network such as 192.0.2.0/24: {wrong}") from wrong
    return _BARE_JID.validate_python(value)


SenderText = Annotated[str, BeforeValidator(_parse_sender), WithJsonSchema({"type": "string"})]
"""A bare JID, a domain, an IP address or a network, in its normal form."""


class Broadcasters:
    """A set of senders, looked up in the same time however long the list is."""

    def __init__(self, allowed: Iterable[str]) -> None:
        """Take *allowed* in, each a `SenderText`."""
        jids: set[str] = set()
        self._networks = Networks()
        for sender in allowed:
            try:
                network = ip_network(sender)
            except ValueError:
                jids.add(sender)
                continue
            self._networks.add(Network(network.version, network.prefixlen, int(network.network_address)))
        self._jids = frozenset(jids)

    def has(self, case: Case) -> bool:
        """Whether the sender of *case*, its domain, or the server that handed it in, is among them."""
        if self._jids:
            sender = case.sender
            if sender.bare in self._jids or sender.domain in self._jids:
                return True
        if not self._networks:
            return False
        address = address_of(case.stanza.ip)
        return address is not None and self._networks.has(address)
