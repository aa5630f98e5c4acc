"""A real pubsub service that publishes a blocklist: what it says holds at once, and its absence changes nothing."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.live.gateway import GatewayProcess
from tests.live.prosody import Prosody, shim
from tests.live.rawclient import RawClient
from tests.live.rawcomponent import RawComponent
from tests.live.xmlstream import Received

pytestmark = pytest.mark.live

FILTER, EVIL, BL, FOREIGN = "filter.example.org", "evil.example", "xmppbl.example", "foreign.example"
DOMAINS, JIDS = "spam_source_domains", "spam_source_jids_sha256"
PUBLISHER = "publisher@lists.example"
PUBSUB = "http://jabber.org/protocol/pubsub"
SECRET = "component-secret"


class Stage:
    def __init__(self, server: Prosody, gateway: GatewayProcess, publisher: RawClient, strangers: RawComponent) -> None:
        self.server = server
        self.gateway = gateway
        self.publisher = publisher
        self.strangers = strangers
        self._sent = 0

    async def node(self, name: str) -> None:
        """Create a node that keeps what is published and lets everybody subscribe."""
        form = (
            "<x xmlns='jabber:x:data' type='submit'>"
            f"<field var='FORM_TYPE' type='hidden'><value>{PUBSUB}#node_config</value></field>"
            "<field var='pubsub#max_items'><value>max</value></field>"
            "<field var='pubsub#persist_items'><value>true</value></field></x>"
        )
        await self._pubsub(f"<create node='{name}'/><configure>{form}</configure>")

    async def publish(self, node: str, item: str) -> None:
        await self._pubsub(f"<publish node='{node}'><item id='{item}'><x xmlns='urn:x'/></item></publish>")

    async def retract(self, node: str, item: str) -> None:
        await self._pubsub(f"<retract node='{node}' notify='true'><item id='{item}'/></retract>")

    async def _pubsub(self, inside: str) -> None:
        answer = await self.publisher.iq(f"<pubsub xmlns='{PUBSUB}'>{inside}</pubsub>", to=BL, type_="set")
        assert answer.get("type") == "result", answer.raw

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


def server(directory: Path) -> Prosody:
    return Prosody(
        directory,
        hosts={"example.org": shim(FILTER, timeout=5), "lists.example": {}},
        components={
            FILTER: {"component_secret": SECRET},
            FOREIGN: {"component_secret": SECRET},
            EVIL: {"component_secret": SECRET, "validate_from_addresses": False},
            BL: {"component_module": "pubsub", "pubsub_max_items": 10_000, "admins": [PUBLISHER]},
        },
    )


@asynccontextmanager
async def stage(directory: Path, **options: Any) -> AsyncIterator[Stage]:
    prosody = server(directory / "server")
    prosody.add_users("alice@example.org", PUBLISHER)
    async with prosody:
        publisher = await prosody.login(PUBLISHER)
        strangers = await prosody.attach(EVIL)
        gateway = GatewayProcess(
            directory / "gateway",
            jid=FILTER,
            port=prosody.component_port,
            domains=["example.org"],
            secret=SECRET,
            filters={"blocklist": {"services": [{"jid": BL, "nodes": [DOMAINS, JIDS]}], **options}},
        )
        s = Stage(prosody, gateway, publisher, strangers)
        for node in (DOMAINS, JIDS):
            await s.node(node)
        await s.publish(DOMAINS, f"first.{EVIL}")
        async with gateway:
            await s.lists(lambda row: row["subscription"] == "subscribed" and row["age"] is not None, "subscribed")
            yield s


async def until(condition: Callable[[], Any], what: str, seconds: float) -> None:
    """Ask *condition* again and again until it holds."""
    try:
        async with asyncio.timeout(seconds):
            while not await condition():
                pass
    except TimeoutError:
        raise TimeoutError(f"not {what} within {seconds:g} s") from None


async def test_what_is_published_blocks_within_a_second_and_what_is_retracted_passes(tmp_path: Path) -> None:
    async with stage(tmp_path) as s:
        alice = await s.server.login("alice@example.org")
        assert not await s.passes(f"a@first.{EVIL}/x", alice), "listed before we came"
        mallory = f"mallory@second.{EVIL}/x"
        assert await s.passes(mallory, alice)
        await s.publish(DOMAINS, f"second.{EVIL}")

        async def blocked() -> bool:
            return not await s.passes(mallory, alice)

        await until(blocked, "blocked", 1.0)
        await s.retract(DOMAINS, f"second.{EVIL}")
        await until(lambda: s.passes(mallory, alice), "delivered", 1.0)
        await s.publish(JIDS, sha256(f"mallory@second.{EVIL}".encode()).hexdigest())
        await until(blocked, "blocked", 1.0)
        assert await s.passes(f"other@second.{EVIL}/x", alice)


async def test_the_service_goes_away_and_comes_back_changed(tmp_path: Path) -> None:
    async with stage(tmp_path) as s:
        await s.server.shell(f"host:deactivate('{BL}')")
        await s.gateway.ctl("reload")
        await s.lists(lambda row: row["trouble"] is not None, "refused")
        alice = await s.server.login("alice@example.org")
        assert not await s.passes(f"a@first.{EVIL}/x", alice), "the last good list stays"
        await s.gateway.stop()
        s.gateway.start()
        await s.gateway.ready()
        await s.lists(lambda row: row["trouble"] is not None and row["size"] == 1, "refused again")
        assert not await s.passes(f"a@first.{EVIL}/x", alice), "it outlives the process"
        await s.server.shell(f"host:activate('{BL}')")
        await s.publish(DOMAINS, f"second.{EVIL}")
        await s.retract(DOMAINS, f"first.{EVIL}")
        await s.gateway.ctl("reload")
        await s.lists(lambda row: row["trouble"] is None, "fetched")
        assert await s.passes(f"a@first.{EVIL}/x", alice)
        assert not await s.passes(f"a@second.{EVIL}/x", alice)


async def test_a_foreign_jids_events_achieve_nothing(tmp_path: Path) -> None:
    async with stage(tmp_path) as s:
        foreign = await s.server.attach(FOREIGN)
        for what in (
            f"<items node='{DOMAINS}'><item id='{EVIL}'/><retract id='first.{EVIL}'/></items>",
            f"<purge node='{DOMAINS}'/>",
            f"<delete node='{DOMAINS}'/>",
        ):
            foreign.send(
                f"<message from='{FOREIGN}' to='{FILTER}'><event xmlns='{PUBSUB}#event'>{what}</event></message>"
            )
        await s.gateway.until(lambda status: status["disbelieved"] == 3, "told by a foreigner")
        alice = await s.server.login("alice@example.org")
        assert not await s.passes(f"a@first.{EVIL}/x", alice)
        assert await s.passes(f"mallory@{EVIL}/x", alice)


async def test_a_file_is_followed_and_operators_are_heard(tmp_path: Path) -> None:
    file = tmp_path / "domains.txt"
    file.write_text(f"filed.{EVIL}\nno domain at all\n")
    async with stage(tmp_path, files={"domains": [str(file)]}) as s:
        alice = await s.server.login("alice@example.org")
        assert not await s.passes(f"a@filed.{EVIL}/x", alice)
        (bad,) = [row for row in s.gateway.rows if row["event"] == "bad_line"]
        assert (bad["file"], bad["line"]) == (str(file), 2)
        file.write_text(f"later.{EVIL}\n")
        await s.gateway.until(lambda status: status["lists"][-1]["trouble"] is None, "read again")
        assert not await s.passes(f"a@later.{EVIL}/x", alice)
        assert await s.passes(f"a@filed.{EVIL}/x", alice)
        await s.gateway.ctl("lists", "remove", "domain", f"later.{EVIL}")
        assert await s.passes(f"a@later.{EVIL}/x", alice)
        await s.gateway.ctl("lists", "add", "domain", f"told.{EVIL}")
        await s.gateway.stop()
        s.gateway.start()
        await s.gateway.ready()
        assert not await s.passes(f"a@told.{EVIL}/x", alice), "an operator's word is kept"
