"""Three virtual hosts of one real server: one without a filter, one filtered by verdict, one inline."""

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import yaml

from tests.live import ejabberd, prosody
from tests.live.ejabberd import Ejabberd
from tests.live.gateway import GatewayProcess
from tests.live.ordinary_transcript import Transcript, transcript
from tests.live.ordinary_users import Hub, Recorder, Stranger
from tests.live.prosody import Prosody
from tests.live.rawcomponent import RawComponent
from tests.live.xmlstream import Received
from xmppfilter.cli.init import Server, configuration
from xmppfilter.judging.catalogue import filter_names

EVIL = "evil.example"
"""A component in the place of foreign servers: strangers live there."""
ROOMS = "rooms.example"
SERVICE = "news.example"
"""A component of the server itself, which the configuration names under `services`."""
ROUTES = ("verdict", "inline")

Kind = Literal["prosody", "ejabberd"]
Counts = Counter[str]

_ROUNDS = 20
_SECONDS = 20

_numbers = itertools.count(1)


@dataclass(slots=True, repr=False)
class Servers:
    """A running server, the gateways of its filtered hosts, and its strangers."""

    kind: Kind
    server: Prosody | Ejabberd
    gateways: dict[str, GatewayProcess]
    hub: Hub
    service: RawComponent
    without: dict[str, Transcript] = field(default_factory=dict)
    """What each situation that has been played came to on the host without a filter."""

    def run(self, route: str | None = None) -> "Run":
        """Return fresh users on the host of *route*, or on the one without a filter."""
        return Run(self, f"{route or 'plain'}.example", None if route is None else self.gateways[route])


@asynccontextmanager
async def three_hosts(directory: Path, kind: Kind) -> AsyncIterator[Servers]:
    """Start a server of *kind* with its three hosts, and both gateways."""
    async with AsyncExitStack() as stack:
        server: Prosody | Ejabberd
        if kind == "prosody":
            server = await stack.enter_async_context(_prosody(directory / "server"))
            ports = {_filter(route): server.component_port for route in ROUTES}
        else:
            server = await stack.enter_async_context(_ejabberd(directory / "server"))
            ports = server.component_ports
        gateways = {
            route: await stack.enter_async_context(
                GatewayProcess(
                    directory / route,
                    jid=_filter(route),
                    port=ports[_filter(route)],
                    domains=[f"{route}.example"],
                    rooms=[ROOMS, f"rooms.{route}.example"],
                    services=[SERVICE],
                    secret=ejabberd.SECRET,
                    filters=everything(),
                    route=route,
                )
            )
            for route in ROUTES
        }
        hub = await Hub.attach(EVIL, ejabberd.SECRET, _component_port(server, EVIL))
        service = await RawComponent.attach(SERVICE, ejabberd.SECRET, _component_port(server, SERVICE))
        yield Servers(kind, server, gateways, hub, service)


def everything() -> dict[str, Any]:
    """Return the sections of all filters, as `xmppfilter init` writes them or else without options."""
    written = yaml.safe_load(configuration("filter.example", ["example"], Server.PROSODY))["filters"]
    return {name: written.get(name) for name in filter_names()}


def _filter(route: str) -> str:
    return f"{route}-filter.example"


def _component_port(server: Prosody | Ejabberd, jid: str) -> int:
    return server.component_port if isinstance(server, Prosody) else server.component_ports[jid]


def _prosody(directory: Path) -> Prosody:
    shims = {f"{route}.example": prosody.shim(_filter(route), route=route) for route in ROUTES}
    secret = {"component_secret": ejabberd.SECRET}
    return Prosody(
        directory,
        hosts={"plain.example": {}, **shims},
        components={
            _filter("verdict"): secret,
            _filter("inline"): {**secret, "validate_from_addresses": False},
            EVIL: secret,
            SERVICE: secret,
            ROOMS: {"component_module": "muc"},
        },
        modules=("mam", "pep", "vcard4", "vcard_legacy", "version", "time", "lastactivity", "private"),
    )


def _ejabberd(directory: Path) -> Ejabberd:
    return Ejabberd(
        directory,
        hosts={
            "plain.example": {},
            **{f"{route}.example": ejabberd.shim(_filter(route), route=route) for route in ROUTES},
        },
        components={_filter("verdict"): {}, _filter("inline"): {"check_from": False}, EVIL: {}, SERVICE: {}},
        modules={
            "mod_mam": {"default": "always"},
            "mod_pubsub": {"plugins": ["flat", "pep"]},
            "mod_vcard": {},
            "mod_caps": {},
            "mod_private": {},
            "mod_version": {},
            "mod_time": {},
            "mod_muc": {"host": "rooms.@HOST@"},
        },
    )


class Run:
    """One performance of a situation on one host: people whom nobody has met before, and all that they are told."""

    def __init__(self, servers: Servers, host: str, gateway: GatewayProcess | None) -> None:
        self.servers = servers
        self.host = host
        self.rooms = ROOMS if servers.kind == "prosody" else f"rooms.{host}"
        self._gateway = gateway
        self._mark = f"-p{next(_numbers)}-"
        self._friends: set[str] = set()
        self._sessions: dict[str, Recorder] = {}
        self._strangers: dict[str, Stranger] = {}
        self._before: Counts = Counter()

    # --- addresses

    @property
    def mark(self) -> str:
        """What makes addresses of this performance its own."""
        return self._mark

    def jid(self, name: str) -> str:
        """Return the bare JID of a user."""
        return f"{name}{self._mark}@{self.host}"

    def room(self, name: str) -> str:
        return f"{name}{self._mark}@{self.rooms}"

    def stranger(self, name: str = "mallory") -> Stranger:
        """Return somebody of a foreign server, online as `x`."""
        if name not in self._strangers:
            self._strangers[name] = Stranger(self.servers.hub, f"{name}{self._mark}@{EVIL}")
        return self._strangers[name]

    # --- accounts

    async def accounts(self, *names: str, contacts: bool = False) -> None:
        """Create accounts; *contacts* puts each into the roster of all others, with the subscription both."""
        server, jids = self.servers.server, [self.jid(name) for name in names]
        if isinstance(server, Prosody):
            server.add_users(*jids)
        else:
            await server.add_users(*jids)
        if contacts:
            await self.befriend(*names)

    async def befriend(self, *names: str) -> None:
        """Put each of these users, who have not logged in yet, into the rosters of the others."""
        self._friends.update(self.jid(name) for name in names)
        for owner, contact in itertools.permutations(map(self.jid, names), 2):
            if isinstance(self.servers.server, Prosody):
                self.servers.server.add_contact(owner, contact)
            else:
                await self.servers.server.add_contact(owner, contact)

    # --- sessions

    async def online(self, *labels: str, carbons: bool = False, presence: str = "<presence/>") -> list[Recorder]:
        """Log in sessions such as `alice/phone`, one after the other, and wait until they know of each other."""
        for label in labels:
            await self._login(label, carbons=carbons, presence=presence)
        return [self._sessions[label] for label in labels]

    async def _login(self, label: str, *, carbons: bool, presence: str) -> None:
        name, _, resource = label.partition("/")
        port = self.servers.server.c2s_port
        session = await Recorder.login(self.jid(name), prosody.PASSWORD, port, resource=resource, available=False)
        await session.iq("<query xmlns='jabber:iq:roster'/>", type_="get")
        if carbons:
            await session.iq("<enable xmlns='urn:xmpp:carbons:2'/>")
        session.send(presence)
        await session.told_of(session.jid)
        for other in self._sessions.values():
            if not other.closed and self._sees(session, other):
                await session.told_of(other.jid)
                await other.told_of(session.jid)
        self._sessions[label] = session

    def _sees(self, session: Recorder, other: Recorder) -> bool:
        return other.bare_jid == session.bare_jid or {other.bare_jid, session.bare_jid} <= self._friends

    async def logout(self, session: Recorder) -> None:
        """End a session in good order, and wait until the account's other sessions and its contacts know."""
        await session.close()
        for other in self._sessions.values():
            if not other.closed and self._sees(session, other):
                await other.told_of(session.jid, "unavailable")

    async def waiting(self, name: str, count: int) -> None:
        """Wait until so many messages are kept for a user who is offline."""
        if isinstance(self.servers.server, Ejabberd):
            async with asyncio.timeout(_SECONDS):
                while await self.servers.server.offline(self.jid(name)) < count:
                    pass
        else:
            await self.finish()

    async def archive(self, session: Recorder) -> list[Received]:
        """Return what the archive of the session's account has (XEP-0313), which is once what it has."""
        have = len(session.heard)
        answer = await session.iq("<query xmlns='urn:xmpp:mam:2' queryid='c-mam'/>")
        assert answer.get("type") == "result"
        results = [s for s in session.heard[have:] if s.child("result", "urn:xmpp:mam:2") is not None]
        ids = [s.element[0].get("id") for s in results]
        assert len(set(ids)) == len(ids)
        return results

    # --- the end

    async def finish(self, expected: Transcript | None = None) -> Transcript:
        """Return what everybody was told, when nothing is on its way any more.

        A server has no word for that. With what is *expected* this waits for a while until it has come.
        """
        for round_ in range(_ROUNDS):
            await self._fence()
            told = self._transcript()
            if round_ and (expected is None or told == expected):
                break
        return told

    async def asked(self) -> Counts:
        """Return how many stanzas of each kind have been brought before the gateway since the situation began."""
        return await self._counts() - self._before

    async def close(self) -> None:
        for session in self._sessions.values():
            if not session.closed:
                await session.close()

    async def begin(self) -> "Run":
        self._before = await self._counts()
        return self

    async def _counts(self) -> Counts:
        return Counter() if self._gateway is None else Counter((await self._gateway.ctl("status"))["stanzas"])

    async def _fence(self) -> None:
        """Go once through the server on every stream, and once through the gateway."""
        await self.servers.hub.fence(self.host, "<ping xmlns='urn:xmpp:ping'/>")
        if self._gateway is not None:
            # Refused, for strangers may not ask; but it is an answer.
            await self.servers.hub.fence(
                self._gateway.settings["component"]["jid"], "<check xmlns='urn:xmppfilter:check:0'/>"
            )
            await self._nothing_waits()
        sessions = [session for session in self._sessions.values() if not session.closed]
        await asyncio.gather(*(session.fence() for session in sessions))

    async def _nothing_waits(self) -> None:
        """Wait until the queues of ejabberd, which are processes of their own, are empty."""
        if isinstance(self.servers.server, Ejabberd):
            async with asyncio.timeout(_SECONDS):
                while (await self.servers.server.status(self.host))["waiting"] != "0":
                    pass

    def _transcript(self) -> Transcript:
        names = {self._mark: "", self.host: "servers.example"}
        told = {label: session.heard for label, session in self._sessions.items()}
        told |= {name: stranger.heard for name, stranger in self._strangers.items()}
        return {who: transcript(heard, names) for who, heard in told.items()}
