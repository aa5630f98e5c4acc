"""The attacker's table: what somebody might try to have an innocent one blocked, banned, locked or listed, and what of
that is possible.

Each row is played on the core with every filter on, by growing numbers of accounts, each on a server of its own unless
the row says otherwise. The victim has done nothing but what it does every day. What a row says it takes is what the
test finds it to take: the least of the numbers tried with which the victim suffers.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final
from xml.sax.saxutils import quoteattr

import yaml

from tests.harness import Harness
from xmppfilter.cli.init import Server, configuration
from xmppfilter.config.settings import FilterSection
from xmppfilter.judging.catalogue import filter_names
from xmppfilter.lists.copies import Feed
from xmppfilter.lists.feeds import ListFetched

ALICE: Final = "alice@example.org"
CAROL: Final = "carol@friend.example"
"""An honest stranger."""
SERVICE: Final = "xmppbl.example"
NOTICE: Final = (
    "I am away until Monday. For urgent matters please call the office or write to my colleague, who will be happy to "
    "help you with whatever it is."
)
NEWS: Final = (
    "The gardeners' meeting has been moved to Thursday evening at eight, in the old school behind the church. Bring "
    "chairs, seedlings and whoever would like to come along."
)
ROUND: Final = 90.0
"""Seconds between two rounds: offences so far apart both count."""
_COMMON: Final = tuple(FilterSection.model_fields)
MUC: Final = "http://jabber.org/protocol/muc#user"
ROOM: Final = "garden@rooms.friend.example"
LISTED: Final[dict[str, dict[str, Any]]] = {
    "blocklist": {"services": [{"jid": SERVICE, "nodes": ["spam_source_domains", "spam_source_jids_sha256"]}]},
    "patterns": {"strings": ["cheap casino"]},
}

LOCKED: Final = "an account of yours is disabled"
BANNED: Final = "an innocent one is banned"
STOPPED: Final = "what an innocent one says does not arrive"
ARRIVES: Final = "spam arrives"
LEARNT: Final = "a stranger learns it"


def everything() -> dict[str, dict[str, Any]]:
    """Return the sections of all filters: as `xmppfilter init` writes them, or else as they are without options."""
    written = yaml.safe_load(configuration("filter.example.org", ["example.org"], Server.PROSODY))["filters"]
    return {name: {**(written.get(name) or {}), **LISTED.get(name, {})} for name in filter_names()}


class Siege(Harness):
    """A gateway under attack."""

    def __init__(self, options: Mapping[str, dict[str, Any]] = MappingProxyType({}), **others: Any) -> None:
        """Let all filters be on, with *options* of some of them."""
        sections = {name: section | options.get(name, {}) for name, section in everything().items()}
        common = {
            name: {key: section.pop(key) for key in _COMMON if key in section} for name, section in sections.items()
        }
        super().__init__(sections, common=common, **others)
        self.now = 0.0
        self.locks: set[str] = set()

    def send(self, xml: str, at: float | None = None, **peer: str) -> dict[str, Any]:
        row = super().send(xml, self.now if at is None else at, **peer)
        self.locks |= {event["jid"] for event in row["events"] if event["event"] == "account_disabled"}
        return row

    def report(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        row = super().report(*args, at=self.now, **kwargs)
        self.locks |= {event["jid"] for event in row["events"] if event["event"] == "account_disabled"}
        return row

    def wait(self, seconds: float) -> None:
        self.now += seconds

    def says(self, sender: str, to: str, body: str | None = "Hello", **kwargs: Any) -> bool:
        """Return whether the message was stopped."""
        ours = sender.partition("/")[0].endswith("@example.org")
        meta = {"direction": "out" if ours and not to.endswith("@example.org") else "in"}
        return _stopped(self.message(body, sender=sender, to=to, **{**meta, **kwargs}))

    def asks(self, sender: str, to: str, **peer: str) -> bool:
        """Return whether the request was stopped."""
        return _stopped(self.subscribe(sender=sender, to=to, at=None, more="", **peer))

    def invites(self, room: str, inviter: str, to: str) -> bool:
        """Return whether an invitation to *room* was stopped."""
        invite = f"<x xmlns='{MUC}'><invite from={quoteattr(inviter)}/></x>"
        return _stopped(self.message(None, sender=room, to=to, type="normal", more=invite))

    def banned(self, address: str) -> bool:
        spammers = self.gateway.spammers
        assert spammers is not None
        known = spammers.show(address, self.now)
        return known is not None and known.until > self.now

    def locked(self, address: str) -> bool:
        return address in self.locks

    def lists(self, node: str, *items: str) -> None:
        """Let the configured service list *items*."""
        self.replay.feed(ListFetched(Feed(SERVICE, node), items), self.now)

    @property
    def mute(self) -> bool:
        return any(health.muted_until > self.now for health in self.gateway.setup.pipeline.health.values())


def _stopped(row: Mapping[str, Any]) -> bool:
    return row["action"] in {"drop", "bounce"}


def accounts(number: int, *, server: str = "") -> list[str]:
    """Return so many accounts, each on a server of its own or all on *server*."""
    return [f"m{n}@{server or f'evil{n}.example'}/x" for n in range(number)]


def users(number: int) -> list[str]:
    return [f"user{n}@example.org" for n in range(number)]


@dataclass(frozen=True, slots=True)
class Attack:
    """One row."""

    play: Callable[[int], bool]
    """Has so many accounts attack, and returns whether the victim suffers what *fate* says."""
    fate: str
    """What would happen to the victim."""
    tried: tuple[int, ...] = (1, 9, 60)
    works_from: int | None = None
    """The least of these numbers with which it works; None: with none."""
    because: str = ""
    """What it takes besides, and how long it lasts; or why it cannot be."""

    @property
    def name(self) -> str:
        return self.play.__name__

    @property
    def what(self) -> str:
        """What the attackers do, in words."""
        return " ".join((self.play.__doc__ or "").split())

    def least(self) -> int | None:
        """Play it, and return with how many accounts it works."""
        return next((number for number in self.tried if self.play(number)), None)
