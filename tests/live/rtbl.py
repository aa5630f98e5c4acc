"""A gateway that follows the blocklist of a pubsub service, somebody who publishes it, and strangers who are on it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.live.gateway import GatewayProcess
from tests.live.prosody import Prosody, shim
from tests.live.publisher import PUBSUB, Publisher
from tests.live.rawclient import RawClient
from tests.live.rawcomponent import RawComponent
from tests.live.xmlstream import Received

FILTER, EVIL, BL, FOREIGN = "filter.example.org", "evil.example", "xmppbl.example", "foreign.example"
DOMAINS, JIDS = "spam_source_domains", "spam_source_jids_sha256"
PUBLISHER = "publisher@lists.example"
RSM = "http://jabber.org/protocol/rsm"
SECRET = "component-secret"


class ListReader:
    def __init__(self, server: Prosody, gateway: GatewayProcess, strangers: RawComponent) -> None:
        self.server = server
        self.gateway = gateway
        self.strangers = strangers
        self._sent = 0

    async def passes(self, sender: str, alice: RawClient) -> bool:
        """Let *sender* write to alice, and then somebody unlisted: whether the first message was delivered."""
        self._sent += 1
        for who, body in ((sender, f"from {sender} {self._sent}"), (f"honest@{EVIL}/x", f"mark {self._sent}")):
            self.strangers.send(
                f"<message type='chat' from='{who}' to='alice@example.org'><body>{body}</body></message>"
            )

        def is_mark(stanza: Received) -> bool:
            return stanza.body == f"mark {self._sent}"

        await alice.take(is_mark, "the mark")
        await self.strangers.iq("example.org", "<ping xmlns='urn:xmpp:ping'/>", type_="get")
        await alice.sync()
        return any(stanza.body == f"from {sender} {self._sent}" for stanza in alice.inbox)

    async def lists(self, holds: Callable[[dict[str, Any]], bool], what: str, timeout: float = 20) -> None:  # noqa: ASYNC109
        """Wait until the first list is as wanted."""
        await self.gateway.until(lambda status: bool(status["lists"]) and holds(status["lists"][0]), what, timeout)

    def told(self, event: str) -> list[dict[str, Any]]:
        """Return what the gateway's log has of *event*."""
        return [row for row in self.gateway.rows if row["event"] == event]


class Published(ListReader):
    """The service is Prosody's own."""

    def __init__(self, server: Prosody, gateway: GatewayProcess, strangers: RawComponent, owner: Publisher) -> None:
        super().__init__(server, gateway, strangers)
        self.publish, self.retract = owner.publish, owner.retract


class Scripted(ListReader):
    """The service is the test itself: it answers when it likes."""

    def __init__(
        self, server: Prosody, gateway: GatewayProcess, strangers: RawComponent, service: RawComponent
    ) -> None:
        super().__init__(server, gateway, strangers)
        self.service = service

    async def asked(self, what: str) -> Received:
        """Return the next request for *what*."""

        def is_it(stanza: Received) -> bool:
            pubsub = stanza.child("pubsub", PUBSUB)
            return pubsub is not None and pubsub.find(f"{{{PUBSUB}}}{what}") is not None

        return await self.service.take(is_it, f"a request: {what}")

    async def subscribed(self) -> None:
        """Grant the subscription that is asked for."""
        self._answer(await self.asked("subscribe"), "<subscription subscription='subscribed'/>")

    async def gives(self, *items: str, behind: str, last: str) -> None:
        """Give the page that is asked for, which is to be that *behind* so and so; empty *items* are the end."""
        request = await self.asked("items")
        assert request.element.findtext(f".//{{{RSM}}}after", "") == behind
        listed = "".join(f"<item id='{item}'/>" for item in items)
        place = f"<last>{last}</last>" if last else "<count>0</count>"
        self._answer(request, f"<items node='{DOMAINS}'>{listed}</items><set xmlns='{RSM}'>{place}</set>")

    def says(self, inside: str) -> None:
        """Tell what happens to the list."""
        content = f"<event xmlns='{PUBSUB}#event'><items node='{DOMAINS}'>{inside}</items></event>"
        self.service.send(f"<message from='{BL}' to='{FILTER}'>{content}</message>")

    def _answer(self, request: Received, inside: str) -> None:
        content = f"<pubsub xmlns='{PUBSUB}'>{inside}</pubsub>"
        self.service.reply(request.get("id") or "", request.get("from") or "", content)


def _server(directory: Path, service: Mapping[str, Any]) -> Prosody:
    prosody = Prosody(
        directory,
        hosts={"example.org": shim(FILTER, timeout=5), "lists.example": {}},
        components={
            FILTER: {"component_secret": SECRET},
            FOREIGN: {"component_secret": SECRET},
            EVIL: {"component_secret": SECRET, "validate_from_addresses": False},
            BL: service,
        },
    )
    prosody.add_users("alice@example.org", PUBLISHER)
    return prosody


def _gateway(directory: Path, server: Prosody, nodes: list[str], sections: Mapping[str, Any], **options: Any) -> Any:
    return GatewayProcess(
        directory,
        jid=FILTER,
        port=server.component_port,
        domains=["example.org"],
        secret=SECRET,
        filters={"blocklist": {"services": [{"jid": BL, "nodes": nodes}], **options}},
        **sections,
    )


@asynccontextmanager
async def published(
    directory: Path, sections: Mapping[str, Any] | None = None, **options: Any
) -> AsyncIterator[Published]:
    """Start everything, with one domain on the list; *options* are those of blocklist."""
    pubsub = {"component_module": "pubsub", "pubsub_max_items": 10_000, "admins": [PUBLISHER]}
    async with _server(directory / "server", pubsub) as server:
        owner = Publisher(await server.login(PUBLISHER), BL)
        gateway = _gateway(directory / "gateway", server, [DOMAINS, JIDS], sections or {}, **options)
        s = Published(server, gateway, await server.attach(EVIL), owner)
        for node in (DOMAINS, JIDS):
            await owner.create(node)
        await s.publish(DOMAINS, f"first.{EVIL}")
        async with gateway:
            await s.lists(lambda row: row["subscription"] == "subscribed" and row["age"] is not None, "subscribed")
            yield s


@asynccontextmanager
async def scripted(directory: Path) -> AsyncIterator[Scripted]:
    """Start everything, with a service that answers nothing by itself."""
    async with _server(directory / "server", {"component_secret": SECRET}) as server:
        gateway = _gateway(directory / "gateway", server, [DOMAINS], {})
        s = Scripted(server, gateway, await server.attach(EVIL), await server.attach(BL))
        async with gateway:
            yield s


async def until(condition: Callable[[], Any], what: str, seconds: float) -> None:
    """Ask *condition* again and again until it holds."""
    try:
        async with asyncio.timeout(seconds):
            while not await condition():
                pass
    except TimeoutError:
        raise TimeoutError(f"not {what} within {seconds:g} s") from None
