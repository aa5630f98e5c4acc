"""What the servers are told of our own accord: who we are, whom we have banned, which accounts are to be locked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from xmppfilter.effects import Effect, LockAccount, PushBan, Send
from xmppfilter.filters import known_spammers
from xmppfilter.routes import protocol

PUSH_AT_MOST: Final = 10_000
"""Bans in a complete push; the newest are sent."""
PUSH_EVERY: Final = 0.5
"""Seconds between two pushes: bans come in floods, and each IQ costs the server something."""


@dataclass(slots=True)
class Server:
    """What is known of one server that may ask us."""

    jid: str
    software: str | None = None
    """What its hello said; None before there was any."""
    route: str | None = None
    options: str = ""
    trouble: str | None = None
    """Why our hello was not answered."""
    last_question: float | None = None
    """Unix time of its last question or wrapped stanza."""
    questions: int = 0

    @property
    def greeted(self) -> bool:
        """Whether it has greeted us on this stream, and so wants to be told of bans and locks."""
        return self.software is not None


class Pushes:
    """Keeps what the servers are owed until they can be told."""

    def __init__(self) -> None:
        self._ids = 0
        self._bans_owed: dict[str, float] = {}
        self._unlocks_owed: set[str] = set()
        self._farewells: set[str] = set()
        self._next = 0.0

    @property
    def bans_owed(self) -> int:
        """How many bans have not been told yet."""
        return len(self._bans_owed)

    def configure(
        self, own: str, hello: str, servers: Mapping[str, Server], spammers: known_spammers.Filter | None
    ) -> None:
        """Speak as *own*, to *servers*, of what *spammers* knows; *hello* is our `<hello/>`."""
        self._own = own
        self._hello = hello
        self._servers = servers
        self._spammers = spammers

    @property
    def due(self) -> float:
        """The Unix time at which `pay_bans` has something to send; infinity: nothing is owed."""
        return self._next if self._bans_owed else float("inf")

    def greet(self, jid: str) -> Effect:
        """Return our hello to the server *jid*."""
        return self._push("hello", jid, self._hello)

    def leave(self) -> tuple[Effect, ...]:
        """Return what tells the servers that have greeted us that we are about to go."""
        farewells = tuple(
            self._push("leaving", server.jid, protocol.LEAVING) for server in self._servers.values() if server.greeted
        )
        self._farewells = {f"leaving-{self._ids - n}" for n in range(len(farewells))}
        return farewells

    @property
    def may_leave(self) -> bool:
        """Whether every server has answered our farewell, and so will hand us nothing more."""
        return not self._farewells

    def answered(self, name: str) -> None:
        """Take the answer to what we sent under the id *name*."""
        self._farewells.discard(name)

    def welcome(self, server: Server, now: float) -> tuple[Effect, ...]:
        """Return all that *server*, which has just greeted us, must know: every ban that holds, every lock."""
        banned = self._spammers.banned(now)[:PUSH_AT_MOST] if self._spammers is not None else []
        entries = ((ban.jid, ban.until) for ban in banned)
        bans = tuple(self._push("bans", server.jid, xml) for xml in protocol.bans(entries, full=True))
        return (*bans, *self._all_locks(server, now))

    def owe(self, effects: Iterable[Effect]) -> tuple[Effect, ...]:
        """Take what goes to the servers out of *effects*, to be sent when there is somebody to send it to."""
        rest: list[Effect] = []
        for effect in effects:
            if isinstance(effect, PushBan):
                if len(self._bans_owed) < PUSH_AT_MOST or effect.jid in self._bans_owed:
                    self._bans_owed[effect.jid] = effect.until
                continue
            rest.append(effect)
            if isinstance(effect, LockAccount):
                rest.extend(self._lock(effect.jid, locked=effect.locked))
        return tuple(rest)

    def pay_bans(self, now: float) -> Iterable[Effect]:
        """Yield the bans that are owed, to every server that has greeted us; others are told all when they do."""
        if not self._bans_owed or now < self._next:
            return
        self._next = now + PUSH_EVERY
        greeted = [server.jid for server in self._servers.values() if server.greeted]
        for xml in protocol.bans(self._bans_owed.items(), full=False) if greeted else ():
            for jid in greeted:
                yield self._push("bans", jid, xml)
        self._bans_owed.clear()

    def _lock(self, jid: str, *, locked: bool) -> Iterable[Effect]:
        self._unlocks_owed.discard(jid)
        server = self._server_of(jid)
        if server is not None and server.greeted:
            return [self._push("locks", server.jid, xml) for xml in protocol.locks([(jid, locked)])]
        if not locked:  # which accounts are disabled is told to everybody who greets us; who no longer is, is not
            self._unlocks_owed.add(jid)
        return ()

    def _all_locks(self, server: Server, now: float) -> tuple[Effect, ...]:
        disabled = self._spammers.disabled(now) if self._spammers is not None else []
        entries = [(jid, True) for jid in disabled]
        entries += [(jid, False) for jid in sorted(self._unlocks_owed.difference(disabled))]
        theirs = [(jid, locked) for jid, locked in entries if self._server_of(jid) is server]
        self._unlocks_owed.difference_update(jid for jid, _ in theirs)
        return tuple(self._push("locks", server.jid, xml) for xml in protocol.locks(theirs))

    def _server_of(self, jid: str) -> Server | None:
        domain = jid.rpartition("@")[2]
        return self._servers.get(domain) or next(iter(self._servers.values()), None)

    def _push(self, what: str, server: str, inside: str) -> Effect:
        self._ids += 1
        return Send(protocol.iq("set", self._own, server, f"{what}-{self._ids}", inside))
