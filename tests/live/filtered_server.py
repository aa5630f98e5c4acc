"""A real server of either kind with the real gateway in the path of example.org, for the tests of the routes."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from tests.live import ejabberd, prosody
from tests.live.ejabberd import Ejabberd
from tests.live.gateway import FIVE, GatewayProcess
from tests.live.prosody import Prosody
from tests.live.rawclient import RawClient
from tests.live.rawcomponent import RawComponent
from tests.live.xmlstream import Received

FILTER = "filter.example.org"
EVIL = "evil.example"
"""A component that may send from any address in its domain: as many strangers as a test wants."""
ROOMS = "rooms.example.org"

Kind = Literal["prosody", "ejabberd"]
Route = Literal["verdict", "inline"]


@dataclass(slots=True)
class FilteredServer:
    """The server and the gateway."""

    server: Prosody | Ejabberd
    gateway: GatewayProcess
    strangers: RawComponent
    settled: int = 0

    async def login(self, jid: str, *, resource: str = "test", available: bool = True) -> RawClient:
        return await self.server.login(jid, resource=resource, available=available)

    def send(self, xml: str) -> None:
        """Let a stranger of evil.example send *xml*."""
        self.strangers.send(xml)

    def say(
        self, body: str, *, sender: str = f"mallory@{EVIL}/x", to: str = "alice@example.org", kind: str = "chat"
    ) -> None:
        """Let a stranger say *body*, which needs no escaping."""
        self.send(f"<message type='{kind}' from='{sender}' to='{to}'><body>{body}</body></message>")

    async def strangers_iq(self, sender: str, to: str) -> Received:
        """Let a stranger ask for a version, and return the answer."""
        self.send(f"<iq type='get' id='v1' from='{sender}' to='{to}'><query xmlns='jabber:iq:version'/></iq>")
        return await self.strangers.take(lambda stanza: stanza.name == "iq" and stanza.get("id") == "v1", "an answer")

    async def stored_offline(self, jid: str, count: int) -> None:
        """Wait until so many messages wait for *jid* in the offline storage."""
        for _ in range(1000):
            if isinstance(self.server, Prosody):
                found = self.server.stored(jid, "offline", "list").count("item(")
            else:
                found = await self.server.offline(jid)
            if found >= count:
                return
            await asyncio.sleep(0.02)
        raise AssertionError(f"{found} of {count} messages are in the offline storage of {jid}")

    async def settle(self, *clients: RawClient) -> None:
        """Return when all that strangers have sent is judged, and each of *clients* has what was let through."""
        for client in clients:
            self.settled += 1
            word = f"settled {self.settled}"
            # it goes through the gateway behind everything else, and what the gateway lets through comes before it
            self.say(word, sender=f"settler{self.settled}@{EVIL}/x", to=client.bare_jid)
            await client.message(word)


@asynccontextmanager
async def filtered_server(
    directory: Path,
    kind: Kind,
    route: Route = "verdict",
    *,
    users: tuple[str, ...] = ("alice@example.org", "bob@example.org"),
    contacts: Mapping[str, str] | None = None,
    seconds: int = 5,
    shim: Mapping[str, Any] | None = None,
    filters: Mapping[str, Any] = FIVE,
    arguments: tuple[str, ...] = (),
    **sections: Any,
) -> AsyncIterator[FilteredServer]:
    """Start a server of *kind* and the gateway on *route*; *contacts* maps users to a contact of theirs.

    *seconds* is the shim's time-out, *shim* its other options; *sections* go into the gateway's configuration.
    """
    server = (_prosody if kind == "prosody" else _ejabberd)(directory / "server", route, seconds, dict(shim or {}))
    if isinstance(server, Prosody):
        server.add_users(*users)
        for owner, contact in (contacts or {}).items():
            server.add_contact(owner, contact)
    async with server:
        if isinstance(server, Ejabberd):
            await server.add_users(*users)
            for owner, contact in (contacts or {}).items():
                await server.add_contact(owner, contact)
        gateway = GatewayProcess(
            directory / "gateway",
            jid=FILTER,
            port=server.component_port if isinstance(server, Prosody) else server.component_ports[FILTER],
            domains=["example.org"],
            rooms=[ROOMS],
            secret=ejabberd.SECRET,
            filters=filters,
            route=route,
            arguments=arguments,
            **sections,
        )
        async with gateway:
            yield FilteredServer(server, gateway, await server.attach(EVIL))


def _prosody(directory: Path, route: Route, seconds: int, options: dict[str, Any]) -> Prosody:
    inline = {"validate_from_addresses": False} if route == "inline" else {}
    return Prosody(
        directory,
        hosts={
            "example.org": prosody.shim(FILTER, route=route, timeout=seconds, **options),
            "other.example": {},
        },
        components={
            FILTER: {"component_secret": ejabberd.SECRET, **inline},
            EVIL: {"component_secret": ejabberd.SECRET},
            ROOMS: {"component_module": "muc"},
        },
        modules=("mam", "pep", "vcard4", "vcard_legacy", "version", "time"),
    )


def _ejabberd(directory: Path, route: Route, seconds: int, options: dict[str, Any]) -> Ejabberd:
    timeout = f"{seconds} seconds" if seconds > 1 else "1 second"
    return Ejabberd(
        directory,
        hosts={"example.org": ejabberd.shim(FILTER, route=route, timeout=timeout, **options), "other.example": {}},
        components={FILTER: {"check_from": False} if route == "inline" else {}, EVIL: {}},
        modules={
            "mod_mam": {"default": "always", "assume_mam_usage": True},
            "mod_pubsub": {"plugins": ["flat", "pep"]},
            "mod_vcard": {},
            "mod_caps": {},
            "mod_muc": {"host": ROOMS},
        },
    )
