"""The prosody_host of the shim's tests: a filtered host, an unfiltered one, strangers, and a scripted filter."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.live.prosody import Options, Prosody, shim
from tests.live.rawclient import RawClient
from tests.live.rawcomponent import ACCEPT, CHECK, DROP, Asked, RawComponent
from tests.live.xmlstream import Received

FILTER = "filter.example.org"
ALICE = "alice@example.org"  # of the filtered host
BOB = "bob@example.org"  # of the filtered host
MALLORY = "mallory@other.example"  # of a host that is not filtered: a stranger to everybody here
EVIL = "evil.example"  # an external component: it sends what it likes, from any address in its domain


@dataclass(frozen=True, slots=True)
class ProsodyHost:
    """The server, the filter and the people who are logged in."""

    server: Prosody
    filter: RawComponent
    alice: RawClient
    mallory: RawClient

    async def evil(self) -> RawComponent:
        return await self.server.attach(EVIL)

    async def quiet(self) -> None:
        """Return when all that alice and mallory have sent has been judged, and has reached alice if it was to."""
        await self.alice.sync()
        await self.mallory.sync()
        for _ in range(2):  # the first brings the last question, the second takes its answer
            await self.filter.iq("example.org", "<ping xmlns='urn:xmpp:ping'/>", type_="get")
        await self.alice.sync()


def server(
    directory: Path,
    *,
    hosts: Mapping[str, Options] | None = None,
    components: Mapping[str, Options] | None = None,
    modules: tuple[str, ...] = (),
    options: Options | None = None,
    filter_options: Options | None = None,
    s2s: bool = False,
    **shim_options: Any,
) -> Prosody:
    """Return the server of a prosody_host, not started; `timeout=1` and the like become options of the shim."""
    return Prosody(
        directory,
        hosts={"example.org": shim(FILTER, **shim_options), "other.example": {}, **(hosts or {})},
        components={
            FILTER: {"component_secret": "filter-secret", **(filter_options or {})},
            EVIL: {"component_secret": "evil-secret"},
            "rooms.example": {"component_module": "muc"},
            **(components or {}),
        },
        modules=modules,
        options=options,
        s2s=s2s,
    )


@asynccontextmanager
async def prosody_host(
    directory: Path,
    judge: Callable[[Asked], str | None] = lambda _: ACCEPT,
    *,
    contacts: Mapping[str, Mapping[str, str]] | None = None,
    **options: Any,
) -> AsyncIterator[ProsodyHost]:
    """Start the server, connect the filter and log alice and mallory in; *contacts* is alice's roster."""
    prosody = server(directory, **options)
    prosody.add_users(ALICE, BOB, MALLORY)
    for contact, item in (contacts or {}).items():
        prosody.add_contact(ALICE, contact, **item)
    async with prosody:
        component = await prosody.attach(FILTER, judge)
        yield ProsodyHost(prosody, component, await prosody.login(ALICE), await prosody.login(MALLORY))


def drop_spam(asked: Asked) -> str:
    """Judge as a filter that knows spam by its body."""
    return DROP if asked.body == "spam" else ACCEPT


def at(seconds: float) -> str:
    """Return the time so many seconds from now (XEP-0082)."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def condition(answer: Received) -> str | None:
    """Return the condition of a stanza error, or None when it is none."""
    error = answer.child("error")
    return None if error is None else error[0].tag.rpartition("}")[2]


async def order(component: RawComponent, name: str, content: str = "", attributes: str = "") -> Received:
    """Give mod_xmppfilter an order and return its answer."""
    return await component.iq("example.org", f"<{name} xmlns='{CHECK}' {attributes}>{content}</{name}>")
