"""Who has mentioned what is listed: senders and occupants of rooms that the filter `mentions` remembers.

What monitor mode finds stands in a set of its own, which enforce mode never reads. The commands `senders` stand below.
"""

from dataclasses import dataclass
from typing import Annotated, Final, Self

from xmppfilter.judging.case import Case
from xmppfilter.memory.sets import Set
from xmppfilter.memory.state import Opener, Shared
from xmppfilter.registers.command import Answer, CommandError, Context, Parameter, Record, Value, command, read_jid
from xmppfilter.stanza.jid import Jid

_STORED_AS: Final = "mentions"
"""The scope of the structures' names in every store: it was the filter's before it was the register's."""
_OCCUPANTS: Final = 8
"""Of all senders, the part of occupants of rooms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the configuration says of remembered senders."""

    most: int = 0
    """Senders remembered at once, and an eighth as many occupants of rooms; 0: none is remembered."""
    seconds: float = 30 * 86_400.0
    """Seconds after its last message was found in which a sender is forgotten."""


class Senders(Shared):
    """Senders who have mentioned what is listed. One object as long as its structures are in use."""

    def __init__(self, opener: Opener, sets: tuple[Set, ...]) -> None:
        """Remember senders, occupants and those of monitor mode in *sets*; none: nobody is remembered."""
        self.key = opener.key
        self._sets = sets

    @classmethod
    def on(cls, opener: Opener, known: Self | None, terms: Terms | None = None) -> Self:
        """Return *known* if it is on the structures of *opener*, or else a new register that is; see `Shared`."""
        wanted = terms or Terms()
        sets: tuple[Set, ...] = ()
        if wanted.most:
            # occupants apart, for anybody can be any number of them
            few = max(1, wanted.most // _OCCUPANTS)
            sizes = {"senders": wanted.most, "occupants": few, "monitored": wanted.most}
            scope = opener.scoped(_STORED_AS)
            sets = tuple(scope.set(name, capacity=size, seconds=wanted.seconds) for name, size in sizes.items())
        return known if known is not None and known.is_on(sets) else cls(opener, sets)

    def is_on(self, sets: tuple[Set, ...]) -> bool:
        """Whether these are the structures behind the register."""
        return [*map(id, self._sets)] == [*map(id, sets)]

    def remember(self, case: Case, now: float) -> None:
        """Remember the sender of *case*: in monitor mode apart from those whom enforce mode knows."""
        if self._sets:
            senders, occupants, watched = self._sets
            (watched if case.monitored else occupants if case.occupant else senders).add(case.sender_key, now)

    def remembers(self, case: Case, now: float) -> bool:
        """Whether the sender of *case* is remembered."""
        if not self._sets:
            return False
        senders, occupants, _ = self._sets
        key = case.sender_key
        if senders.has(key, now) or (case.monitored and self._knows(key, case.monitored, now)):
            return True
        if case.occupant and occupants.has(key, now):
            return True
        # the mark can be forged, and hides nobody
        return case.marked and self._knows(self.key(case.sender.bare), case.monitored, now)

    def _knows(self, key: bytes, monitored: bool, now: float) -> bool:
        senders, _, watched = self._sets
        return senders.has(key, now) or (monitored and watched.has(key, now))

    def add(self, address: str, now: float) -> bool:
        """Remember *address*; whether anybody is remembered at all."""
        if self._sets:
            self._sets[0].add(self.key(address), now)
        return bool(self._sets)

    def remove(self, address: str, now: float) -> bool:
        """Forget *address*; whether it was remembered."""
        key = self.key(address)
        known = [senders.remove(key, now) for senders in self._sets]
        return any(known)


# --- the commands


def _read_sender(text: str) -> Jid:
    jid = read_jid(text)
    if not jid.local:
        raise ValueError("that is a domain; wanted a JID such as user@example.org")
    return jid


_SENDER: Final = Parameter("JID", "an account, or an occupant of a room", _read_sender)
_FORGOTTEN: Final = Record(
    "whom", {"forgotten": Value("as it is compared"), "was_remembered": Value("whether it was remembered", "flag")}
)


@command("senders remember", Record("whom", {"remembered": Value("as it is compared")}), changes=True)
def remember(senders: Senders, context: Context, jid: Annotated[Jid, _SENDER]) -> Answer:
    """Remember somebody as one who has mentioned what is listed: all that it sends is spam from now on."""
    address = context.policy.address_of(jid)
    if not senders.add(address, context.now):
        raise CommandError("senders remember: nobody is remembered, for the filter mentions has cache_size: 0")
    return Answer({"remembered": address})


@command("senders forget", _FORGOTTEN, changes=True)
def forget(senders: Senders, context: Context, jid: Annotated[Jid, _SENDER]) -> Answer:
    """Forget that somebody has mentioned what is listed."""
    address = context.policy.address_of(jid)
    return Answer({"forgotten": address, "was_remembered": senders.remove(address, context.now)})
