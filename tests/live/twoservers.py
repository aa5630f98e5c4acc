"""Two Prosodys that find each other by s2s: one is filtered, strangers live on the other."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.live import dns
from tests.live.ports import free_port
from tests.live.prosody import Prosody
from tests.live.prosody_host import ALICE, FILTER, server
from tests.live.rawclient import RawClient
from tests.live.rawcomponent import ACCEPT, Asked, RawComponent

REMOTE_USER = "mallory@remote.example"


@dataclass(frozen=True, slots=True)
class TwoServers:
    """The filtered server and its filter, the remote one, and who is logged in on them."""

    near: Prosody
    far: Prosody
    filter: RawComponent
    alice: RawClient
    remote: RawClient


@asynccontextmanager
async def two_servers(
    directory: Path, judge: Callable[[Asked], str | None] = lambda _: ACCEPT, **options: Any
) -> AsyncIterator[TwoServers]:
    """Start both, connect the filter, and log alice and a remote user in; *options* are those of `server`."""
    dns_port = free_port()
    resolver = {"unbound": dns.resolver_options(dns_port)}
    near = server(directory / "near", options=resolver, s2s=True, **options)
    far = Prosody(directory / "far", hosts={"remote.example": {}}, options=resolver, s2s=True)
    near.add_users(ALICE)
    far.add_users(REMOTE_USER)
    places = {"example.org": near.s2s_port, "remote.example": far.s2s_port}
    async with dns.responder(dns_port, places), near, far:
        component = await near.attach(FILTER, judge)
        yield TwoServers(near, far, component, await near.login(ALICE), await far.login(REMOTE_USER))
