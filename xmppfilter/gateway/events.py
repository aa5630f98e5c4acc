"""What the gateway is told: everything that can happen to it, in plain data."""

from dataclasses import dataclass

from xmppfilter.lists.feeds import ListFetched
from xmppfilter.lists.library import ListRead
from xmppfilter.registers.rosters import RosterItem
from xmppfilter.stanza.jid import Jid
from xmppfilter.stanza.view import Stanza


@dataclass(frozen=True, slots=True)
class Received:
    """A stanza from the server's stream."""

    stanza: Stanza


@dataclass(frozen=True, slots=True)
class RosterKnown:
    """What a server said of a user's roster; it replaces what was known."""

    user: Jid
    items: tuple[RosterItem, ...]
    problem: str = ""
    """What was left out of it, in words."""


@dataclass(frozen=True, slots=True)
class Connected:
    """The stream to the server is up, the handshake done."""


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The stream to the server is gone."""


@dataclass(frozen=True, slots=True)
class TooLarge:
    """A stanza on the server's stream was larger than may be held; it has gone by."""

    head: bytes
    """How it began."""
    size: int
    """How many bytes it had."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """We are about to close the stream in good order; `pushes.may_leave` tells when everything has been read."""


@dataclass(frozen=True, slots=True)
class Ticked:
    """Time has passed: `next_tick` is due."""


GatewayEvent = Received | TooLarge | RosterKnown | Connected | Disconnected | Leaving | Ticked | ListFetched | ListRead
