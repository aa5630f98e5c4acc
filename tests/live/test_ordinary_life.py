"""Ordinary life goes on: what clients are told is the same with and without the filter in the path."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.live.ordinary_crowds import PESTERED
from tests.live.ordinary_life import SITUATIONS, Situation
from tests.live.ordinary_servers import ROUTES, Servers, three_hosts
from tests.live.ordinary_transcript import Transcript, differences
from tests.live.ordinary_users import Recorder

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["prosody", "ejabberd"])
async def servers(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Servers]:
    async with three_hosts(tmp_path_factory.mktemp(request.param), request.param) as running:
        yield running


async def performed(
    servers: Servers, situation: Situation, route: str | None, expected: Transcript | None = None
) -> Transcript:
    """Run *situation*, and return what everybody was told."""
    run = await servers.run(route).begin()
    try:
        await situation.script(run)
        told = await run.finish(expected)
        if route is not None:
            assert await run.asked() == situation.asks(servers.kind, route)
        return told
    finally:
        await run.close()


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.name)
async def test_the_scene_comes_out_the_same(servers: Servers, situation: Situation, route: str) -> None:
    if situation.name not in servers.without:
        servers.without[situation.name] = await performed(servers, situation, None)
    without = servers.without[situation.name]
    told = await performed(servers, situation, route, without)
    difference = differences(*(situation.comparable(each, servers.kind, route) for each in (told, without)))
    assert not difference, difference


@pytest.mark.parametrize("route", ROUTES)
async def test_nothing_of_it_was_stopped_and_nobody_banned(servers: Servers, route: str) -> None:
    """Some of the invitations of the pest are dropped, to guests of whom nothing else is known."""
    gateway = servers.gateways[route]
    assert (await gateway.ctl("spammers", "list"))["spammers"] == []
    verdicts = (await gateway.ctl("status"))["verdicts"]
    assert verdicts.keys() <= {"deliver", "drop"}
    assert verdicts.get("drop", 0) <= PESTERED
    assert [row for row in gateway.rows if row["event"].startswith("account_")] == []


# --- a flood

STRANGERS = 100
FLOOD = 3000
SLACK = 10
NOT_ARCHIVED = "<no-store xmlns='urn:xmpp:hints'/>"
"""The archives of the servers, in files and in Mnesia, are slower than all the rest."""
FLOOR = 0.1
"""Seconds: below this a machine's own moods are larger than the difference."""


async def chat_in_a_flood(servers: Servers, route: str | None) -> float:
    """Let a contact chat line by line while strangers flood; return how long the slowest line took, in seconds."""
    run = await servers.run(route).begin()
    try:
        if route is not None:  # it is judged, and delivered
            await servers.gateways[route].ctl("mode", "monitor")
        await run.accounts("alice", "bob", "carol", contacts=True)
        alice, bob = await run.online("alice/phone", "bob/phone")
        (carol,) = await run.online("carol/phone")
        strangers = [run.stranger(f"mallory{n}") for n in range(STRANGERS)]
        for number in range(FLOOD):
            victim = alice if number % 2 else carol
            strangers[number % STRANGERS].say(victim.jid, f"flood {number}", ident=f"c-{number}", extra=NOT_ARCHIVED)
        loop, slowest, lines = asyncio.get_running_loop(), 0.0, 0
        async with asyncio.timeout(60):
            while lines < 20 or len(floods(alice)) + len(floods(carol)) < FLOOD:
                begun = loop.time()
                bob.say(alice.jid, f"line {lines}", ident=f"c-line{lines}")
                await alice.message(f"line {lines}")
                slowest = max(slowest, loop.time() - begun)
                lines += 1
        await run.finish()
        assert said_by(alice, bob.jid) == [f"line {n}" for n in range(lines)]
        for session in (alice, carol):
            assert_whole(session)
        if route is not None:
            assert await run.asked() == {"message": FLOOD}
        return slowest
    finally:
        await run.close()


def floods(session: Recorder) -> list[int]:
    """Return the numbers of the strangers' messages that have arrived."""
    return [int(s.body.removeprefix("flood ")) for s in session.heard if s.body and s.body.startswith("flood ")]


def said_by(session: Recorder, sender: str) -> list[str]:
    return [s.body for s in session.heard if s.body and s.get("from") == sender]


def assert_whole(session: Recorder) -> None:
    """Assert that half of the flood has come, each message once, and each stranger's in their order."""
    numbers = floods(session)
    assert len(numbers) == len(set(numbers)) == FLOOD // 2
    for stranger in range(STRANGERS):
        own = [number for number in numbers if number % STRANGERS == stranger]
        assert own == sorted(own)


@pytest.mark.parametrize("route", ROUTES)
async def test_a_contact_chats_on_while_the_component_is_flooded(servers: Servers, route: str) -> None:
    without = await chat_in_a_flood(servers, None)
    slowest = await chat_in_a_flood(servers, route)
    print(f"{servers.kind} {route}: slowest line {slowest * 1000:.0f} ms, without a filter {without * 1000:.0f} ms")
    assert slowest < SLACK * max(without, FLOOR)
