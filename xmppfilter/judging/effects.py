"""What the core wants done: said here in plain data, performed at the edge (or printed, by a replay)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Forward:
    """Write *xml*, the stanza at hand on its way to its recipient, to the stream."""

    xml: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """Write *xml*, the answer to the stanza at hand, to the stream."""

    xml: bytes
    durable: bool = False
    """Whether it says that something is done for good: it is written once that is stored, and not before."""


@dataclass(frozen=True, slots=True)
class Send:
    """Write *xml*, a stanza of our own accord, to the stream."""

    xml: bytes


@dataclass(frozen=True, slots=True)
class PushBan:
    """Tell the servers that *jid* is banned until then (Unix time in seconds; 0: no longer)."""

    jid: str
    until: float
    written: str = ""
    """The JID as its server spelled it, where that is known."""


@dataclass(frozen=True, slots=True)
class LockAccount:
    """Tell the server of *jid*, an account of ours, to lock it (or to unlock it)."""

    jid: str
    locked: bool = True


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Ask the pubsub service *service* to tell us what happens to *node* (or not to, any more)."""

    service: str
    node: str
    id: str
    """Of the request; the answer bears it."""
    wanted: bool = True


@dataclass(frozen=True, slots=True)
class Fetch:
    """Ask the pubsub service *service* for the items of *node*."""

    service: str
    node: str
    id: str
    """Of the request; the answer bears it."""
    most: int = 0
    """How many at once (XEP-0059); 0: all of them."""
    after: str = ""
    """Where the page before ended; empty: there is none."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the operator should know: a name and its fields."""

    name: str
    fields: Mapping[str, Any]


Effect = Forward | Reply | Send | PushBan | LockAccount | Subscribe | Fetch | Notice

Work = Iterator[Effect | None]
"""Something that is done bit by bit: a None stands for one step of ten microseconds or so."""
