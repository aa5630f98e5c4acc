"""A real pubsub service that publishes a blocklist: what it says holds at once, and its absence changes nothing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.live import ejabberd
from tests.live.ejabberd import Ejabberd
from tests.live.gateway import GatewayProcess
from tests.live.publisher import PUBSUB, Publisher
from tests.live.rtbl import BL, DOMAINS, EVIL, FILTER, FOREIGN, JIDS, published, scripted, until

pytestmark = pytest.mark.live


async def test_what_is_published_blocks_within_a_second_and_what_is_retracted_passes(tmp_path: Path) -> None:
    async with published(tmp_path) as s:
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
    async with published(tmp_path) as s:
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
    async with published(tmp_path) as s:
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
    async with published(tmp_path, files={"domains": [str(file)]}) as s:
        alice = await s.server.login("alice@example.org")
        assert not await s.passes(f"a@filed.{EVIL}/x", alice)
        (bad,) = s.told("bad_line")
        assert (bad["file"], bad["line"]) == (str(file), 2)
        file.write_text(f"later.{EVIL}\n")
        await s.gateway.until(lambda status: status["lists"][-1]["trouble"] is None, "read again")
        assert not await s.passes(f"a@later.{EVIL}/x", alice)
        assert await s.passes(f"a@filed.{EVIL}/x", alice)
        await s.gateway.ctl("lists", "remove", "domain", f"later.{EVIL}")
        assert await s.passes(f"a@later.{EVIL}/x", alice)
        file.write_text(f"later.{EVIL}\nlast.{EVIL}\n")
        await s.gateway.until(lambda status: status["lists"][-1]["size"] == 2, "read again")
        assert await s.passes(f"a@later.{EVIL}/x", alice)
        await s.gateway.ctl("lists", "add", "domain", f"told.{EVIL}")
        await s.gateway.stop()
        s.gateway.start()
        await s.gateway.ready()
        assert not await s.passes(f"a@told.{EVIL}/x", alice), "an operator's word is kept"
        assert await s.passes(f"a@later.{EVIL}/x", alice), "and so is what was taken out"


# --- long lists

MANY = 3000


@asynccontextmanager
async def ejabberds_list(directory: Path) -> AsyncIterator[tuple[Ejabberd, Publisher]]:
    """Run an ejabberd whose own pubsub service has a list of MANY items."""
    server = Ejabberd(
        directory,
        hosts={"example.org": {}},
        components={FILTER: {"check_from": False}},
        modules={"mod_pubsub": {"host": BL, "plugins": ["flat"], "max_items_node": "unlimited"}},
    )
    async with server:
        await server.add_users("owner@example.org")
        owner = Publisher(await server.login("owner@example.org"), BL)
        await owner.create(DOMAINS)
        payload = '[{xmlel, <<"x">>, [{<<"xmlns">>, <<"urn:x">>}], []}]'
        item = 'list_to_binary(["d", integer_to_list(N), ".example"])'
        where = f'<<"{BL}">>, <<"example.org">>, <<"{DOMAINS}">>, jid:decode(<<"owner@example.org">>)'
        publish = f"{{result, _}} = mod_pubsub:publish_item({where}, {item}, {payload})"
        await server.call(f"lists:foreach(fun(N) -> {publish} end, lists:seq(1, {MANY}))")
        yield server, owner


async def test_ejabberds_list_comes_in_pages_and_is_followed(tmp_path: Path) -> None:
    async with ejabberds_list(tmp_path / "server") as (server, owner):
        gateway = GatewayProcess(
            tmp_path / "gateway",
            jid=FILTER,
            port=server.component_ports[FILTER],
            domains=["example.org"],
            secret=ejabberd.SECRET,
            servers=["nobody.example"],
            filters={"blocklist": {"services": [{"jid": BL, "nodes": [DOMAINS]}]}},
            max_stanza_size="64KiB",  # less than half of what the list takes at once
        )

        async def holds(size: int) -> None:
            await gateway.until(lambda status: status["lists"][0]["size"] == size, f"told of {size}")

        async def lists(domain: str) -> bool:
            return bool((await gateway.ctl("lists", "show", "domain", domain))["listed"])

        def fetched() -> list[Any]:
            return [row["size"] for row in gateway.rows if row["event"] == "list_fetched"]

        gateway.start()
        try:
            await holds(MANY)
            assert [await lists(f"d{n}.example") for n in (1, 200, 201, MANY)] == [True] * 4
            await owner.publish(DOMAINS, "new.example")
            await owner.retract(DOMAINS, "d1.example")
            await until(lambda: lists("new.example"), "listed", 10)
            await holds(MANY)
            before = len(fetched())
            await gateway.ctl("reload")
            await gateway.until(lambda _: len(fetched()) > before, "fetched again")
            assert [await lists(domain) for domain in ("new.example", "d1.example", "d2.example")] == [
                True,
                False,
                True,
            ]
            assert set(fetched()) == {MANY}
            assert not [row for row in gateway.rows if row["event"] in ("odd_pages", "list_not_fetched")]
        finally:
            await gateway.stop()


async def test_what_is_published_blocks_within_a_second_while_a_list_is_fetched(tmp_path: Path) -> None:
    async with scripted(tmp_path) as s:
        await s.subscribed()
        await s.gives(*(f"d{n}.{EVIL}" for n in range(200)), behind="", last="p1")
        await s.gives(behind="p1", last="")
        await s.lists(lambda row: row["size"] == 200, "fetched")
        await s.gateway.ctl("reload")
        await s.subscribed()
        await s.gives(*(f"d{n}.{EVIL}" for n in range(100, 300)), behind="", last="p1")
        request = await s.asked("items")  # a page that is long in coming
        alice = await s.server.login("alice@example.org")
        assert not await s.passes(f"a@d0.{EVIL}/x", alice), "the old list is in force"
        s.says(f"<item id='new.{EVIL}'/><retract id='d100.{EVIL}'/><retract id='d0.{EVIL}'/>")

        async def blocked() -> bool:
            return not await s.passes(f"a@new.{EVIL}/x", alice)

        await until(blocked, "blocked", 1.0)
        assert await s.passes(f"a@d100.{EVIL}/x", alice)
        s.service.inbox.insert(0, request)
        await s.gives(f"d300.{EVIL}", f"d0.{EVIL}", behind="p1", last="p2")
        await s.gives(behind="p2", last="")
        await s.lists(lambda row: row["size"] == 201, "fetched again")
        passes = [await s.passes(f"a@{name}.{EVIL}/x", alice) for name in ("new", "d100", "d0", "d1", "d101", "d300")]
        assert passes == [False, True, True, True, False, False]


async def test_a_service_that_goes_in_the_middle_of_its_pages_leaves_the_last_good_list(tmp_path: Path) -> None:
    async with scripted(tmp_path) as s:
        await s.subscribed()
        await s.gives(f"old.{EVIL}", behind="", last="p1")
        await s.gives(behind="p1", last="")
        await s.lists(lambda row: row["size"] == 1, "fetched")
        await s.gateway.ctl("reload")
        await s.subscribed()
        await s.gives(f"half.{EVIL}", behind="", last="p1")
        await s.asked("items")
        await s.service.close()
        await s.gateway.ctl("reload")  # Prosody answers for a component that is not there
        await s.lists(lambda row: row["trouble"] is not None, "refused")
        alice = await s.server.login("alice@example.org")
        assert not await s.passes(f"a@old.{EVIL}/x", alice)
        assert await s.passes(f"a@half.{EVIL}/x", alice)
        s.service = await s.server.attach(BL)
        await s.gateway.ctl("reload")
        await s.subscribed()
        await s.gives(f"changed.{EVIL}", behind="", last="p1")
        await s.gives(behind="p1", last="")
        await s.lists(lambda row: row["trouble"] is None, "fetched again")
        assert await s.passes(f"a@old.{EVIL}/x", alice)
        assert not await s.passes(f"a@changed.{EVIL}/x", alice)


async def test_a_list_that_is_too_large_and_not_in_pages_costs_no_connection(tmp_path: Path) -> None:
    async with published(tmp_path, {"max_stanza_size": "16KiB"}) as s:
        for number in range(300):
            await s.publish(DOMAINS, f"a-name-of-some-length-{number}.{EVIL}")
        await s.lists(lambda row: row["size"] == 301, "told of all")
        await s.gateway.ctl("reload")
        await s.lists(lambda row: "larger than max_stanza_size" in (row["trouble"] or ""), "told why")
        await s.lists(lambda row: row["subscription"] == "subscribed" and row["size"] == 301, "subscribed again")
        alice = await s.server.login("alice@example.org")
        assert not await s.passes(f"a@first.{EVIL}/x", alice), "the last good list stays"
        await s.publish(DOMAINS, f"second.{EVIL}")

        async def blocked() -> bool:
            return not await s.passes(f"a@second.{EVIL}/x", alice)

        await until(blocked, "blocked", 1.0)
        (told,) = s.told("list_not_fetched")
        assert told["node"] == DOMAINS, "the other list is none the worse"
        assert len(s.told("connected")) == 1
