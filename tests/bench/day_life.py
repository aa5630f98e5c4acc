"""Scripts of the day: what one part of life does, one stanza after another."""

import random
from collections.abc import Callable, Collection, Generator, Iterator
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr
from zlib import crc32

from tests.bench.day_world import ASKING, HOUR, MUC_USER, TO_US, Group, Person, Sent, World

_BUSY = (1, 1, 1, 1, 1, 2, 4, 8, 12, 12, 12, 12, 14, 13, 11, 11, 12, 14, 15, 17, 18, 16, 10, 5)
"""How much is written in each hour of the day."""

_RECEIPTS = "<request xmlns='urn:xmpp:receipts'/><markable xmlns='urn:xmpp:chat-markers:0'/>"
_ACTIVE = "<active xmlns='http://jabber.org/protocol/chatstates'/>"


class Life:
    """What a script needs: the world, dice of its own, and stanzas in few words."""

    def __init__(self, world: World, seed: str, group: Group = Group.PEOPLE) -> None:
        self.world = world
        self.texts = world.texts
        self.dice = random.Random(seed)
        self.group = group
        self._name = f"{crc32(seed.encode()):08x}"
        self._n = 0

    def id(self) -> str:
        self._n += 1
        return f"{self._name}-{self._n:x}"

    def message(
        self,
        at: float,
        kind: str,
        sender: str,
        to: str,
        body: str | None,
        more: str = "",
        *,
        type: str | None = "chat",
        asked: bool = True,
    ) -> Sent:
        """Return a message as clients and services write it."""
        said = f"<body>{escape(body)}</body>" if body is not None else ""
        as_type = f" type='{type}'" if type else ""
        xml = f"<message from={quoteattr(sender)} to={quoteattr(to)}{as_type} id='{self.id()}'>{said}{more}</message>"
        return Sent(at, kind, self.group, sender, to, xml, asked, words=body is not None and type != "groupchat")

    def chat(self, at: float, kind: str, one: Person, other: Person, body: str, more: str = "") -> Sent:
        """Return a message between people, with what clients put beside the words."""
        beside = self.dice.choice((_RECEIPTS, f"{_ACTIVE}<request xmlns='urn:xmpp:receipts'/>", _ACTIVE))
        return self.message(at, kind, one.full, other.jid, body, beside + more)

    def request(self, at: float, kind: str, sender: str, to: str, more: str = "") -> Sent:
        xml = (
            f"<presence from={quoteattr(sender)} to={quoteattr(to)} type='subscribe' id='{self.id()}'>{more}</presence>"
        )
        return Sent(at, kind, self.group, sender, to, xml, words=True)

    def handed_in(self, server: str, xml: str) -> Sent:
        """Return what a server of ours says to the component itself."""
        return Sent(0, TO_US, self.group, server, f"filter.{ASKING}", xml)

    def invitation(self, at: float, kind: str, inviter: str, to: str, room: str, reason: str) -> Sent:
        """Return an invitation that a room hands on (XEP-0045 7.8.2), with the body that Prosody writes."""
        said = escape(reason)
        body = f"{inviter} invited you to the room {room}" + (f" ({reason})" if reason else "")
        more = (
            f"<x xmlns='{MUC_USER}'><invite from={quoteattr(inviter)}><reason>{said}</reason></invite></x>"
            f"<x xmlns='jabber:x:conference' jid='{room}'>{said}</x>"
        )
        return self.message(at, kind, room, to, body, more, type=None)._replace(words=False)

    def sometime(self, first: float = 0.0, last: float = 23.9) -> float:
        """Return a second of the day, more likely one when many write, between two hours."""
        while (
            not first * HOUR
            <= (at := (self.dice.choices(range(24), _BUSY)[0] + self.dice.random()) * HOUR)
            < last * HOUR
        ):
            pass
        return at

    def other_than(self, people: list[Person], *but: Person) -> Person:
        while (one := self.dice.choice(people)) in but:
            pass
        return one

    def some(self, people: Collection[Person], most: int) -> list[Person]:
        everybody = list(people)
        return self.dice.sample(everybody, min(most, len(everybody)))


class Order(NamedTuple):
    """What an operator does, in the words of `xmppfilter ctl`."""

    at: float
    words: tuple[str, ...]


class Arrival(NamedTuple):
    """A script that begins at some time."""

    at: float
    group: Group
    play: Callable[[Life], "Script"]


Happening = Sent | Order | Arrival
Script = Generator[Happening, bool, None]
"""A part of life: yields what happens in the order of time, and is told of each stanza whether it was delivered.

All times are seconds from the script's own beginning.
"""


Planned = Iterator[tuple[float, Callable[[Life], Script]]]
"""When scripts of one group begin."""
