"""What a gateway is made of: what a reload exchanges, and who is told of what happens."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from xmppfilter.judging.judge import OnStanza, OnVerdict
from xmppfilter.judging.pipeline import Pipeline
from xmppfilter.judging.policy import Policy
from xmppfilter.lists.library import OnFetched
from xmppfilter.memory.sets import Set
from xmppfilter.registers.standing import StandingOrders
from xmppfilter.stanza.jid import Jid


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """All that a reload exchanges; what has been learnt stays."""

    jid: Jid
    """The component's own address."""
    written: str
    """The same as the server's configuration spells it: a server knows a domain by one spelling alone."""
    servers: frozenset[str]
    """JIDs that may hand us stanzas, reports and rosters."""
    admins: frozenset[str]
    """Bare JIDs that may ask the component what it is, and whose accounts are never disabled."""
    route: str
    software: str
    max_stanza_size: int
    """Bytes that a question may have, to be looked into."""
    policy: Policy
    mode: str
    """What the configuration says; the operator may have ordered otherwise."""
    orders: StandingOrders
    locks: Set
    """Where orders to lock accounts are kept until servers have said that they are done."""
    pipeline: Pipeline
    registers: Mapping[type, Any]
    """Every register that is in use, by its kind."""
    structures: frozenset[str]
    """The names of all structures that are in use; others age out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listeners:
    """Who outside the core is told of what happens in it; no reload changes that."""

    on_stanza: tuple[OnStanza, ...] = ()
    """Called with every stanza before it is judged, and with lists that are published."""
    on_verdict: tuple[OnVerdict, ...] = ()
    """Called with every verdict that is not a plain delivery."""
    on_fetched: tuple[OnFetched, ...] = ()
    """Called for every list that was fetched, when it comes into force, or could not be."""


NOBODY: Final = Listeners()
