"""Who lives in the day: people of two protected domains and elsewhere, whom they know, and what servers say of them.

The domains hand their stanzas over in two ways. `example.org` has a module in its server: it asks about strangers
alone, and says whom a user has written to, who exists and who is online (deploy/PROTOCOL.md, section 1). `example.net`
has the component alone: everything comes, and nothing is said; of every second of its users the roster is known.

Where the figures come from: rosters of 15 on average and of 80 for the busiest; remote people on some hundred servers,
two fifths of them on the dozen large public ones (lists of public servers look like this); a quarter of the small
servers behind one hosting company's address.
"""

import random
from collections import defaultdict
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple
from zlib import crc32

from tests.bench.day_texts import Texts
from xmppfilter.gateway.events import RosterKnown
from xmppfilter.registers.rosters import RosterItem
from xmppfilter.stanza.jid import Jid

ASKING, TELLING_NOTHING = "example.org", "example.net"
"""Our domains: one whose server asks and tells, and one that only has the component."""
OURS = frozenset({ASKING, TELLING_NOTHING})
ROOMS = "conference.example.org"
ADMIN, ABUSE = f"admin@{ASKING}", f"abuse@{ASKING}"
HOUR, MINUTE, DAY = 3600.0, 60.0, 86400.0
TO_US = "to the component"
"""The kind of what the component itself is told."""
MUC_USER = "http://jabber.org/protocol/muc#user"

_FIRST = """
    anna ben carla david elena felix greta hugo ines jan katja leo maria nils olga paul rosa stefan tanja uwe vera
    alex boris chloe dmitri emma farid galina hana igor julia kofi lena mehmet nadia oskar pia rafael sofia tom yusuf
"""
_LAST = """
    adler bauer costa dahl eriksen fischer garcia haas ivanov jansen kaya lopez meyer novak okoye petrov richter silva
    tamm ullrich vogel weber yilmaz zeman berg sommer winter stein wolf lang klein roth moore reed hill shaw
"""
_CLIENTS = ("Conversations.%s", "gajim.%s", "dino.%s", "Monal-iOS.%s", "Psi+.%s", "profanity.%s", "%s")


class Group(StrEnum):
    """What sort of life a stanza is."""

    PEOPLE = "people"
    SERVICES = "services"
    NEWSLETTERS = "newsletters"
    REPEATS = "requests that are sent again"
    SPAM = "spam"


class Sent(NamedTuple):
    """One stanza on its way."""

    at: float
    kind: str
    group: Group
    sender: str
    to: str
    xml: str
    asked: bool = True
    """Whether it is of a kind that a server asks about: others come only where the component sees everything."""
    words: bool = False
    """Whether a person wrote it, or asked for a subscription: the recipient is no stranger to the sender then."""


@dataclass(slots=True, eq=False)
class Person:
    """Somebody with an account."""

    jid: str
    client: str
    contacts: list["Person"] = field(default_factory=list)

    @property
    def full(self) -> str:
        return f"{self.jid}/{self.client}"

    @property
    def ours(self) -> bool:
        return self.jid.partition("@")[2] in OURS


def bare(address: str) -> str:
    return address.partition("/")[0]


def domain(address: str) -> str:
    return bare(address).rpartition("@")[2]


class World:
    """Everybody, and what servers know. The same seed makes the same world."""

    def __init__(self, users: int, seed: int, texts: Texts) -> None:
        dice = random.Random(f"{seed} world")
        self.users = users
        self.texts = texts
        self.large = [f"jabber.large{n}.example" for n in range(12)]
        small = [f"xmpp{n}.{tld}" for n in range(max(8, users // 15)) for tld in ("example",)]
        self._shared = frozenset(small[: len(small) // 4])
        here = [ASKING] * 3 + [TELLING_NOTHING] * 2
        self.ours = [self._person(dice, n, dice.choice(here)) for n in range(users)]
        self.remote = [
            self._person(dice, n, dice.choice(self.large if dice.random() < 0.4 else small))
            for n in range(users, users * 9 // 5)
        ]
        self.active = [one for one in self.ours if dice.random() < 0.45]
        """Who is here today: of the accounts of a public server fewer than half."""
        self._befriend(dice)
        self._subscribed: dict[str, set[str]] = defaultdict(set)
        for one in self.ours:
            self._subscribed[one.jid] = {contact.jid for contact in one.contacts}
        self._known = frozenset(one.jid for one in self.ours if crc32(one.jid.encode()) % 2)
        self._wrote: set[tuple[str, str]] = set()
        self._joined: set[tuple[str, str]] = set()

    def _person(self, dice: random.Random, number: int, where: str) -> Person:
        name = f"{dice.choice(_FIRST.split())}{dice.choice(('', '.', '_'))}{dice.choice(_LAST.split())}{number}"
        return Person(f"{name}@{where}", dice.choice(_CLIENTS) % f"{dice.getrandbits(20):05x}")

    def _befriend(self, dice: random.Random) -> None:
        """Let everybody know some, mutually."""
        for one in self.ours:
            for _ in range(min(40, int(dice.lognormvariate(1.7, 0.8)))):
                other = dice.choice(self.ours if dice.random() < 0.5 else self.remote)
                if other is not one and other not in one.contacts:
                    one.contacts.append(other)
                    other.contacts.append(one)

    # --- what happens

    def subscribe(self, user: str, other: str) -> None:
        """Put *other* into the roster of *user*, to whom it may send everything."""
        self._subscribed[user].add(other)

    def join(self, user: str, room: str) -> None:
        self._joined.add((user, room))

    def knows(self, user: str, other: str) -> bool:
        """Return whether *other* is in the roster of *user*."""
        return bare(other) in self._subscribed.get(bare(user), ())

    def has_written(self, user: str, other: str) -> None:
        self._wrote.add((user, other))

    def passed(self, sent: Sent) -> None:
        """Remember what a server remembers of a stanza that was delivered."""
        if sent.words and domain(sent.sender) in OURS:
            self._wrote.add((bare(sent.sender), sent.to if self._is_occupant(sent.to) else bare(sent.to)))

    # --- what servers say

    def rosters(self) -> list[RosterKnown]:
        """Return the rosters that are known of a domain whose server tells nothing by itself."""
        return [
            RosterKnown(Jid.parse(user), tuple(RosterItem(Jid.parse(other), "both") for other in sorted(others)))
            for user, others in sorted(self._subscribed.items())
            if domain(user) == TELLING_NOTHING and user in self._known
        ]

    def facts(self, sent: Sent) -> dict[str, str] | None:
        """Return what the server says of a stanza when it asks about it; None: it does not ask."""
        if sent.kind == TO_US:
            return {}
        user, other = (sent.to, sent.sender) if domain(sent.to) in OURS else (sent.sender, sent.to)
        if domain(user) == TELLING_NOTHING:
            return {}
        user, other_bare = bare(user), bare(other)
        # servers send requests again at each login, which the module knows
        if not sent.asked or sent.kind == "request again" or other_bare in self._subscribed[user] or other_bare in OURS:
            return None
        out = user != bare(sent.to)
        if not out and (user, other_bare) in self._joined:
            return None
        whom = other if self._is_occupant(other) else other_bare
        facts = {"direction": "out" if out else "in", "contacted": _flag((user, whom) in self._wrote)}
        if out or domain(other) in OURS:
            facts["via"] = "c2s"
        elif domain(other).endswith(f".{ASKING}"):
            facts["via"] = "component"
        else:
            facts |= {"via": "s2s", "peer": domain(other), "ip": self.ip(domain(other)), "tls": "true"}
            facts["auth"] = "cert" if crc32(domain(other).encode()) % 4 else "dialback"
        if not out:
            facts |= {"exists": "true", "online": _flag(crc32(user.encode()) % 5 < 3)}
        return facts

    def ip(self, where: str) -> str:
        """Return the address of a domain's server."""
        if where in self._shared:
            return "198.51.100.80"
        a, b, c, _ = crc32(where.encode()).to_bytes(4, "big")
        return f"192.{a}.{b}.{c}"

    @staticmethod
    def _is_occupant(address: str) -> bool:
        return "/" in address and domain(address).split(".")[0] in ("conference", "muc", "rooms")


def _flag(value: bool) -> str:
    return "true" if value else "false"
