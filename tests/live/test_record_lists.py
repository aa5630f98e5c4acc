"""A blocklist that changes while a live run is recorded: replayed, every stanza meets the list that it met then."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path

import pytest

from tests.live.gateway import GatewayProcess
from tests.live.prosody import Prosody, shim
from tests.live.publisher import Publisher
from tests.live.rawclient import RawClient
from tests.live.rawcomponent import RawComponent
from tests.live.replaying import replay

pytestmark = pytest.mark.live

FILTER, EVIL, BL, PUBLISHER = "filter.example.org", "evil.example", "xmppbl.example", "publisher@lists.example"
DOMAINS, JIDS = "spam_source_domains", "spam_source_jids_sha256"
SECRET = "component-secret"


class Recording:
    """What strangers said to alice, in that order, and whether it came to her."""

    def __init__(
        self, gateway: GatewayProcess, publisher: Publisher, strangers: RawComponent, alice: RawClient
    ) -> None:
        self.gateway = gateway
        self.publisher = publisher
        self.told: list[tuple[str, str]] = []
        self._strangers = strangers
        self._alice = alice

    async def says(self, sender: str, body: str = "Hello") -> str:
        """Let *sender* write to alice, and then somebody unlisted; what became of the first."""
        number = len(self.told)
        for who, said in ((sender, f"{body} {number}"), (f"honest@{EVIL}", f"mark {number}")):
            self._strangers.send(
                f"<message type='chat' from='{who}/x' to='alice@example.org'><body>{said}</body></message>"
            )
        await self._alice.message(f"mark {number}")
        await self._strangers.iq("example.org", "<ping xmlns='urn:xmpp:ping'/>", type_="get")
        await self._alice.sync()
        came = any(stanza.body == f"{body} {number}" for stanza in self._alice.inbox)
        self.told += [(sender, "deliver" if came else "drop"), (f"honest@{EVIL}", "deliver")]
        return self.told[-2][1]

    async def listed(self, node: str, size: int) -> None:
        """Wait until the gateway knows so many entries of *node*."""

        def holds(status: dict[str, list[dict[str, object]]]) -> bool:
            return any(row.get("node") == node and row["size"] == size for row in status["lists"])

        await self.gateway.until(holds, f"told of {size} entries of {node}")


@asynccontextmanager
async def recorded_run(directory: Path, *arguments: str) -> AsyncIterator[Recording]:
    server = Prosody(
        directory / "server",
        hosts={"example.org": shim(FILTER, timeout=5), "lists.example": {}},
        components={
            FILTER: {"component_secret": SECRET},
            EVIL: {"component_secret": SECRET, "validate_from_addresses": False},
            BL: {"component_module": "pubsub", "pubsub_max_items": 10_000, "admins": [PUBLISHER]},
        },
    )
    server.add_users("alice@example.org", PUBLISHER)
    async with server:
        publisher = Publisher(await server.login(PUBLISHER), BL)
        for node in (DOMAINS, JIDS):
            await publisher.create(node)
        await publisher.publish(DOMAINS, f"first.{EVIL}")
        gateway = GatewayProcess(
            directory / "gateway",
            jid=FILTER,
            port=server.component_port,
            domains=["example.org"],
            secret=SECRET,
            filters={"blocklist": {"services": [{"jid": BL, "nodes": [DOMAINS, JIDS]}]}, "mentions": {"cache_size": 0}},
            arguments=arguments,
        )
        async with gateway:
            s = Recording(gateway, publisher, await server.attach(EVIL), await server.login("alice@example.org"))
            await s.listed(DOMAINS, 1)
            await gateway.until(lambda status: all(row["age"] is not None for row in status["lists"]), "told of both")
            yield s


@pytest.mark.parametrize("whole", [True, False])
async def test_lists_that_change_in_the_middle_are_replayed_as_they_were(tmp_path: Path, whole: bool) -> None:
    recording = tmp_path / "events.jsonl"
    async with recorded_run(tmp_path, "--record", str(recording), *(["--record-whole"] if whole else [])) as s:
        first, second, third = f"a@first.{EVIL}", f"b@second.{EVIL}", f"c@third.{EVIL}"
        assert [await s.says(who) for who in (first, second, third)] == ["drop", "deliver", "deliver"]
        await s.publisher.publish(DOMAINS, f"second.{EVIL}")
        await s.listed(DOMAINS, 2)
        assert [await s.says(who) for who in (first, second, third)] == ["drop", "drop", "deliver"]
        await s.publisher.retract(DOMAINS, f"first.{EVIL}")
        await s.listed(DOMAINS, 1)
        assert [await s.says(who) for who in (first, second, third)] == ["deliver", "drop", "deliver"]
        await s.publisher.publish(JIDS, sha256(third.encode()).hexdigest())
        await s.listed(JIDS, 1)
        assert [await s.says(who) for who in (first, second, third)] == ["deliver", "drop", "drop"]
        await s.gateway.ctl("allow", "add", "jid", second)
        assert [await s.says(who) for who in (first, second, third)] == ["deliver", "deliver", "drop"]
        if whole:
            await s.gateway.ctl("lists", "add", "url", f"https://second.{EVIL}/")
            assert await s.says(first, f"look at https://second.{EVIL}/pay") == "drop"
        await s.gateway.stop()
        config, live = s.gateway.config, s.told
    replayed = [
        row for row in await replay(config, recording) if row.get("kind") == "message" and FILTER not in row["to"]
    ]
    assert [(row["from"].partition("/")[0], row["action"]) for row in replayed] == live
    assert {row["decided_by"] for row in replayed} == {None, "blocklist"} | ({"mentions"} if whole else set())
