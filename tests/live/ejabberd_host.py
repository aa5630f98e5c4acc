"""What the tests share against ejabberd: filtered hosts, their scripted components, strangers from elsewhere."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from tests.live.ejabberd import Ejabberd, Options, shim
from tests.live.rawclient import RawClient
from tests.live.rawcomponent import ACCEPT, CHECK, TAG, Asked, RawComponent

HOST = "example.org"
FILTER = "filter.example.org"
EVIL = "evil.example"  # a component in the place of a foreign server: strangers live there
ROGUE = "rogue.example"  # a component that may send from any address, and is still not the filter

_numbers = itertools.count(1)


@contextmanager
def filtered(directory: Path, *, modules: Options | None = None, **options: Any) -> Iterator[Ejabberd]:
    """Run a server whose only host is filtered with these options of the module."""
    hosts = {HOST: shim(FILTER, **options)}
    components: dict[str, Options] = {FILTER: {"check_from": False}, EVIL: {}, ROGUE: {"check_from": False}}
    with Ejabberd(directory, hosts=hosts, components=components, modules=modules) as server:
        yield server


class EjabberdHost:
    """One test's connections to a running server."""

    def __init__(self, server: Ejabberd, filter_: RawComponent, evil: RawComponent) -> None:
        self.server = server
        self.filter = filter_
        self.evil = evil
        # Accounts and strangers that no other test has met.
        number = next(_numbers)
        self.alice = f"alice{number}@{HOST}"
        self.bob = f"bob{number}@{HOST}"
        self.mallory = f"mallory{number}@{EVIL}"
        self.streams: list[RawClient | RawComponent] = []  # ended with the test

    async def login(self, jid: str, *, resource: str = "test") -> RawClient:
        """Log in with an account that is created when it does not exist."""
        if await self.server.call(f'ejabberd_auth:user_exists(<<"{jid.partition("@")[0]}">>, <<"{HOST}">>)') == "false":
            await self.server.add_users(jid)
        client = await self.server.login(jid, resource=resource)
        self.streams.append(client)
        return client

    async def attach(self, component: str, judge: Callable[[Asked], str | None] = lambda _: None) -> RawComponent:
        """Connect one more component, or a component once more."""
        stream = await self.server.attach(component, judge)
        self.streams.append(stream)
        return stream

    def say(
        self, body: str, *, to: str | None = None, from_: str | None = None, kind: str = "chat", extra: str = ""
    ) -> None:
        """Let a stranger write."""
        self.evil.send(
            f"<message from='{from_ or self.mallory}/x' to='{to or self.alice}' type='{kind}' id='i-{escape(body)}'>"
            f"<body>{escape(body)}</body>{extra}</message>"
        )

    async def push(self, payload: str) -> str:
        """Push an element of the protocol to the host and return `result`, or the condition of the error."""
        answer = await self.filter.iq(HOST, payload)
        error = answer.child("error")
        return "result" if error is None else error[0].tag.rpartition("}")[2]

    async def ban(self, jid: str, *, until: str | None = None, full: bool = False) -> str:
        end = "" if until is None else f" until='{until}'"
        begin = " full='true'" if full else ""
        return await self.push(f"<bans xmlns='{CHECK}'{begin}><ban jid='{jid}'{end}/></bans>")


@asynccontextmanager
async def on_ejabberd(
    server: Ejabberd, judge: Callable[[Asked], str | None] = lambda _: ACCEPT
) -> AsyncIterator[EjabberdHost]:
    """Connect the component and the strangers; end all connections of the test, and wait until the server knows."""
    filter_ = await server.attach(FILTER, judge)
    evil = await server.attach(EVIL)
    await filter_.hello()
    host = EjabberdHost(server, filter_, evil)
    host.streams += [filter_, evil]
    try:
        yield host
    finally:
        for stream in host.streams:
            stream.abort()
        if server.running:
            await gone(server, FILTER)
            await gone(server, EVIL)


async def gone(server: Ejabberd, component: str) -> None:
    """Wait until no connection of a component is left."""
    async with asyncio.timeout(10):
        while await server.call(f'ejabberd_router:is_my_route(<<"{component}">>)') == "true":
            pass


def verdict(action: str, *, content: str = "", **attributes: str) -> str:
    written = "".join(f" {name}='{value}'" for name, value in attributes.items())
    return f"<verdict xmlns='{CHECK}' action='{action}'{written}>{content}</verdict>"


def tagged(score: str) -> str:
    return f"<spam xmlns='{TAG}' score='{score}'/>"
