"""What the servers are told of our own accord: who we are, whom we have banned, which accounts are to be locked."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from xmppfilter.judging.effects import Effect, LockAccount, Notice, PushBan, Send, Work
from xmppfilter.judging.seams import Banning
from xmppfilter.judging.trusted import Trusted
from xmppfilter.memory.sets import Set
from xmppfilter.routes import protocol
from xmppfilter.routes.chores import Chores
from xmppfilter.routes.locking import LockOrders
from xmppfilter.routes.unasked import Exceptions
from xmppfilter.stanza.iq import build_iq

PUSH_AT_MOST: Final = 10_000
"""Bans in a complete push; the newest are sent."""
_SPELLINGS: Final = 4
"""Spellings of one sender that are remembered."""
_Key = tuple[Banning, bytes]
"""A register, and the key of a ban in it."""
PUSH_EVERY: Final = 0.5
"""Seconds between two pushes: bans come in floods, and each IQ costs the server something."""


@dataclass(slots=True)
class Server:
    """What is known of one server that may ask us."""

    jid: str
    written: str | None = None
    """The same as the server itself spells it: it knows its domain by one spelling alone. None: not known yet."""
    software: str | None = None
    """What its hello said; None before there was any."""
    route: str | None = None
    options: str = ""
    trouble: str | None = None
    """Why our hello was not answered."""
    last_question: float | None = None
    """Unix time of its last question or wrapped stanza."""
    questions: int = 0
    behind: dict[str, float] | None = None
    """Bans that were told to others while it is being told all: JIDs, and until when. None: it knows all."""
    hellos: int = 0
    """How often it has greeted us: what was about to be said after an earlier hello is not said any more."""

    @property
    def greeted(self) -> bool:
        """Whether it has greeted us on this stream, and so wants to be told of bans and locks."""
        return self.software is not None


class Pushes:
    """Keeps what the servers are owed until they can be told.

    All bans are told bit by bit, each as it is by then. What happens meanwhile a server is told behind that, unless it
    has just heard of it: so it neither misses a change nor hears of what is no longer so.
    """

    def __init__(self, chores: Chores) -> None:
        self._chores = chores
        self._now = 0.0
        self._paying = False
        self._newcomers: list[tuple[Server, int]] = []
        """Who has greeted us and waits for all bans and locks, with the number of its hello."""
        self._welcoming = False
        self._ids = 0
        self._bans_owed: dict[str, float] = {}
        self._written: dict[str, tuple[str, ...]] = {}
        """How servers spell the senders of whom that cannot be worked out, oldest first."""
        self.orders = LockOrders()
        """Which accounts are to be locked and unlocked."""
        self._farewells: set[str] = set()
        self._next = 0.0
        self._spared: tuple[Exceptions | None, Trusted] = None, Trusted()

    @property
    def bans_owed(self) -> int:
        """How many bans have not been told yet."""
        return len(self._bans_owed)

    def configure(
        self, own: str, hello: str, servers: Mapping[str, Server], banning: Sequence[Banning], locks: Set
    ) -> None:
        """Speak as *own*, to *servers*, of the bans in the registers *banning*; *hello* is our `<hello/>`.

        Orders to lock accounts are kept in *locks*.
        """
        self.orders.keep_in(locks)
        self._own = own
        self._hello = hello
        self._servers = servers
        self._banning = banning

    @property
    def due(self) -> float:
        """The Unix time at which `pay_bans` has something to send; infinity: nothing is owed."""
        return self._next if self._bans_owed else float("inf")

    def begin(self, now: float) -> None:
        """Begin with ids of our own: a late answer to an earlier process is none to us."""
        self._ids = max(self._ids, int(now * 1000))
        self.orders.lost()

    def greet(self, jid: str) -> Iterable[Effect]:
        """Yield our hello to the server *jid*, in every spelling that it may go by until it has said which."""
        server = self._servers[jid]
        for name in (server.written,) if server.written else protocol.spellings(jid):
            yield self._send("hello", name, self._hello)

    def leave(self) -> tuple[Effect, ...]:
        """Return what tells the servers that have greeted us that we are about to go."""
        farewells = tuple(
            self._push("leaving", server, protocol.LEAVING) for server in self._servers.values() if server.greeted
        )
        self._farewells = {f"leaving-{self._ids - n}" for n in range(len(farewells))}
        return farewells

    @property
    def may_leave(self) -> bool:
        """Whether every server has answered our farewell, and so will hand us nothing more."""
        return not self._farewells

    def answered(self, name: str, server: Server, error: str, now: float) -> None:
        """Take *server*'s answer to what we sent under the id *name*: its *error*, or empty where there is none."""
        self._farewells.discard(name)
        self.orders.answered(name, server.jid, error, now)

    def welcome(self, server: Server, now: float) -> None:
        """Begin to tell *server*, which has just greeted us, all that it must know: bans that hold, and locks."""
        self._now = now
        self._begin_paying([other for other in self._servers.values() if other is not server])
        server.hellos += 1
        server.behind = {}
        self._newcomers.append((server, server.hellos))
        if not self._welcoming:
            self._welcoming = True
            self._chores.add(self._welcome())

    def spare(self, exceptions: Exceptions | None, trusted: Trusted, now: float) -> None:
        """Let servers drop the banned unasked but for *exceptions* (None: nobody), and hear of no ban of *trusted*."""
        if (exceptions, trusted) != self._spared:
            self._spared = exceptions, trusted
            for server in self._servers.values():
                if server.greeted:
                    self.welcome(server, now)

    def _welcome(self) -> Work:
        while self._newcomers:
            # whoever comes while we look has to wait for the next look
            newcomers, self._newcomers = self._newcomers, []
            newest: list[_Key] = []
            edited: list[_Key] = []
            for register in self._banning:
                bans, accounts = yield from register.newest(self._now, PUSH_AT_MOST // len(self._banning))
                newest += [(register, key) for key in bans]
                edited += [(register, key) for key in accounts]
            for server, hello in newcomers:
                work = self._all(server, newest, edited)
                # looked at before each step: what has happened since a later hello is not this one's to tell
                while server.hellos == hello and server.greeted and self._servers.get(server.jid) is server:
                    try:
                        step = next(work)
                    except StopIteration:
                        break
                    yield step
        self._welcoming = False

    def _all(self, server: Server, newest: list[_Key], edited: list[_Key]) -> Work:
        """Yield all bans, all locks, and then what has happened since the first of them."""
        # the oldest first: a server that has no room for all forgets what it has known for longest
        for xml in protocol.bans(
            self._spelled(self._banned(newest[::-1], server)), full=True, exceptions=self._spared[0]
        ):
            yield self._push("bans", server, xml)
        yield from self._all_locks(server, edited)
        while server.behind:
            later, server.behind = server.behind, {}
            for xml in protocol.bans(self._spelled(later.items()), full=False):
                yield self._push("bans", server, xml)
        server.behind = None

    def _banned(self, keys: list[_Key], server: Server) -> Iterator[tuple[str, float]]:
        """Yield those of *keys* that are still banned, as is known now."""
        for register, key in keys:
            ban = register.known_by(key, self._now)
            if ban is not None and ban.until > self._now:
                if server.behind:
                    server.behind.pop(ban.jid, None)
                yield ban.jid, ban.until

    def owe(self, effects: Iterable[Effect], now: float) -> tuple[Effect, ...]:
        """Take what goes to the servers out of *effects*, to be sent when there is somebody to send it to."""
        rest: list[Effect] = []
        for effect in effects:
            if isinstance(effect, PushBan):
                _note(self._bans_owed, effect.jid, effect.until)
                if effect.written and effect.written not in protocol.spellings(effect.jid):
                    self._remember(effect.jid, effect.written)
                continue
            rest.append(effect)
            if isinstance(effect, LockAccount):
                rest.extend(self._lock(effect.jid, now, locked=effect.locked))
        return tuple(rest)

    def pay_bans(self, now: float) -> None:
        """Begin to tell the bans that are owed every server that has greeted us; others are told all when they do."""
        self._now = now
        if self._bans_owed and not self._paying and now >= self._next:
            self._next = now + PUSH_EVERY
            self._begin_paying(self._servers.values())

    def _begin_paying(self, servers: Iterable[Server]) -> None:
        """Tell *servers* the bans that are owed, as far as they have greeted us."""
        if self._paying:
            return
        owed, self._bans_owed = self._bans_owed, {}
        greeted = [(server, server.hellos) for server in servers if server.greeted]
        if greeted and owed:
            self._paying = True
            self._chores.add(self._pay(owed, greeted))

    def _pay(self, owed: dict[str, float], greeted: list[tuple[Server, int]]) -> Work:
        entries = list(owed.items())
        for at in range(0, len(entries), protocol.BANS_PER_IQ):
            # what has changed meanwhile is told as it is now
            part = [(jid, self._bans_owed.get(jid, until)) for jid, until in entries[at : at + protocol.BANS_PER_IQ]]
            xmls = list(protocol.bans(self._spelled(part), full=False))
            for server, hello in greeted:
                if server.behind is not None:
                    for jid, until in part:
                        _note(server.behind, jid, until)
                elif server.greeted and server.hellos == hello:
                    for xml in xmls:
                        yield self._push("bans", server, xml)
                yield None
        self._paying = False

    def pay_locks(self, now: float) -> Iterable[Effect]:
        """Yield again what servers could not do about accounts, once it is time."""
        if now < self.orders.again:
            return
        self.orders.again = float("inf")
        for server in self._servers.values():
            if server.greeted:
                yield from self._owed_locks(server, now)

    def _lock(self, jid: str, now: float, *, locked: bool) -> Iterable[Effect]:
        server = self._server_of(jid)
        if server is None:
            what = "lock" if locked else "unlock"
            yield Notice("not_locked", {"jid": jid, "what": what, "why": "no server of its domain may ask us"})
            return
        self.orders.give(jid, now, locked=locked)
        if server.greeted:
            yield self._tell_locks(server, [(jid, locked)])

    def _all_locks(self, server: Server, edited: list[_Key]) -> Work:
        """Yield the locks of accounts among *edited*, and the orders that *server* has not said to be done."""
        for at in range(0, len(edited), protocol.BANS_PER_IQ):
            for xml in protocol.locks(self._locked(edited[at : at + protocol.BANS_PER_IQ], server)):
                yield self._push("locks", server, xml)
            yield None
        yield from self._owed_locks(server, self._now)

    def _owed_locks(self, server: Server, now: float) -> Iterable[Effect]:
        part: list[tuple[str, bool]] = []
        room = protocol.ROOM_PER_IQ
        for jid, locked in self.orders.owed(server.jid, now):
            part.append((jid, locked))
            room -= len(jid)
            if room <= 0 or len(part) == protocol.BANS_PER_IQ:
                yield self._tell_locks(server, part)
                part, room = [], protocol.ROOM_PER_IQ
        if part:
            yield self._tell_locks(server, part)

    def _tell_locks(self, server: Server, orders: list[tuple[str, bool]]) -> Effect:
        push = self._push("locks", server, protocol.one_locks((_as_at(server, jid), locked) for jid, locked in orders))
        self.orders.telling(f"locks-{self._ids}", server.jid, [jid for jid, _ in orders])
        return push

    def _locked(self, keys: list[_Key], server: Server) -> Iterator[tuple[str, bool]]:
        for register, key in keys:
            ban = register.known_by(key, self._now)
            if ban is None or not ban.disabled or self._server_of(ban.jid) is not server:
                continue
            if not self.orders.is_owed(ban.jid, self._now):  # what was ordered since is told, too
                yield _as_at(server, ban.jid), True

    def _server_of(self, jid: str) -> Server | None:
        """Return the server that has the account *jid*: nothing is told of it to any other."""
        return self._servers.get(jid.rpartition("@")[2])

    def _remember(self, jid: str, written: str) -> None:
        """Remember that a server spells *jid* so, in a way that we could not guess."""
        known = self._written.pop(jid, ())
        while len(self._written) >= PUSH_AT_MOST:
            del self._written[next(iter(self._written))]
        self._written[jid] = (*(name for name in known if name != written), written)[-_SPELLINGS:]

    def _spelled(self, entries: Iterable[tuple[str, float]]) -> Iterator[tuple[str, float]]:
        """Yield *entries* with each JID in all spellings that a server may know it by."""
        _, trusted = self._spared
        for jid, until in entries:
            if not (until and trusted.has(jid)):  # an end of a ban may be told
                for name in (*protocol.spellings(jid), *self._written.get(jid, ())):
                    yield name, until

    def _push(self, what: str, server: Server, inside: str) -> Effect:
        return self._send(what, server.written or server.jid, inside)

    def _send(self, what: str, server: str, inside: str) -> Effect:
        self._ids += 1
        return Send(build_iq("set", self._own, server, f"{what}-{self._ids}", inside))


def _as_at(server: Server, jid: str) -> str:
    """Return *jid*, an account, as *server* spells its domain."""
    local, _, domain = jid.rpartition("@")
    return f"{local}@{server.written}" if server.written and domain == server.jid else jid


def _note(owed: dict[str, float], jid: str, until: float) -> None:
    """Note that servers are to be told of a ban; where there are too many, the oldest is left out."""
    owed.pop(jid, None)
    if len(owed) >= PUSH_AT_MOST:
        del owed[next(iter(owed))]
    owed[jid] = until
