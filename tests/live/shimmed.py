"""A server of either kind, a host of it that is filtered by a scripted component, and a crowd of strangers."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.live import ejabberd, prosody
from tests.live.ejabberd import Ejabberd
from tests.live.prosody import Prosody
from tests.live.rawclient import RawClient
from tests.live.rawcomponent import ACCEPT, CHECK, Asked, RawComponent

HOST = "example.org"
FILTER = "filter.example.org"
EVIL = "evil.example"
ALICE, BOB = f"alice@{HOST}", f"bob@{HOST}"
MALLORY = f"mallory@{EVIL}"
SETUPS = [(kind, route) for kind in ("prosody", "ejabberd") for route in ("verdict", "inline")]
"""Each server on each route."""


@dataclass(slots=True)
class Shimmed:
    """The server, its filter and its strangers."""

    server: Prosody | Ejabberd
    filter: RawComponent
    evil: RawComponent
    route: str

    async def login(self, jid: str = ALICE) -> RawClient:
        return await self.server.login(jid)

    def say(self, body: str, *, sender: str = MALLORY, to: str = ALICE, extra: str = "") -> None:
        """Let a stranger write; *body* is XML."""
        self.evil.send(f"<message type='chat' from='{sender}/x' to='{to}'><body>{body}</body>{extra}</message>")

    async def push(self, attributes: str = "", content: str = "") -> None:
        """Push `<bans/>`."""
        answer = await self.filter.iq(HOST, f"<bans xmlns='{CHECK}' {attributes}>{content}</bans>")
        assert answer.get("type") == "result", answer.raw

    async def greet(self, most: int) -> None:
        """Let the component say hello again, and how large a question may be."""
        hello = f"<hello xmlns='{CHECK}' version='0' software='test' route='{self.route}' options='bans' max='{most}'/>"
        answer = await self.filter.iq(HOST, hello)
        assert answer.get("type") == "result", answer.raw

    async def logged(self, pattern: str) -> str:
        return await self.server.logged(pattern)


def echo(component: RawComponent, stopped: Callable[[Asked], bool] = lambda _: False) -> Callable[[], None]:
    """Return what sends back all that has been handed over and is not *stopped*."""
    done = 0

    def look() -> None:
        nonlocal done
        for asked in component.asked[done:]:
            if asked.carrier.startswith(b"<message") and not stopped(asked):
                component.send_back(asked)
        done = len(component.asked)

    return look


@asynccontextmanager
async def shimmed(
    directory: Path,
    kind: str,
    route: str,
    judge: Callable[[Asked], str | None] = lambda _: ACCEPT,
    *,
    limit: int | None = None,
    seconds: int = 5,
    **shim: Any,
) -> AsyncIterator[Shimmed]:
    """Start a server of *kind*; *limit* is its own for what components send.

    *seconds* is the module's time-out, *shim* its other options, times in seconds.
    """
    server: Prosody | Ejabberd
    if kind == "prosody":
        server = Prosody(
            directory,
            hosts={HOST: prosody.shim(FILTER, route=route, timeout=seconds, **shim)},
            components={
                FILTER: {"component_secret": "secret", "validate_from_addresses": False},
                EVIL: {"component_secret": "secret"},
            },
            options={} if limit is None else {"component_stanza_size_limit": limit},
        )
        server.add_users(ALICE, BOB)
    else:
        if "breaker_pause" in shim:
            shim["breaker_pause"] = f"{shim['breaker_pause']} seconds"
        server = Ejabberd(
            directory,
            hosts={HOST: ejabberd.shim(FILTER, route=route, timeout=f"{seconds} seconds", workers=1, **shim)},
            components={
                FILTER: {"check_from": False} | ({} if limit is None else {"max_stanza_size": limit}),
                EVIL: {},
            },
        )
    async with server:
        if isinstance(server, Ejabberd):
            await server.add_users(ALICE, BOB)
        component = await server.attach(FILTER, judge)
        await component.hello()
        yield Shimmed(server, component, await server.attach(EVIL), route)


async def gone(server: Prosody | Ejabberd) -> None:
    """Wait until the server knows that the filter is not connected."""
    if isinstance(server, Ejabberd):
        async with asyncio.timeout(10):
            while await server.call(f'ejabberd_router:is_my_route(<<"{FILTER}">>)') == "true":
                pass
    else:
        await server.logged("component disconnected")
