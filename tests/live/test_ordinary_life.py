"""Ordinary life goes on: what clients are told is the same with and without the filter in the path."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.live.ordinary_cast import Recorder
from tests.live.ordinary_life import SCENES, Scene
from tests.live.ordinary_stage import ROUTES, House, house
from tests.live.ordinary_transcript import Transcript, differences

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["prosody", "ejabberd"])
async def home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with house(tmp_path_factory.mktemp(request.param), request.param) as running:
        yield running


async def performed(home: House, scene: Scene, route: str | None, expected: Transcript | None = None) -> Transcript:
    """Play *scene*, and return what everybody was told."""
    play = await home.play(route).begin()
    try:
        await scene.script(play)
        told = await play.curtain(expected)
        if route is not None:
            assert await play.asked() == scene.asks(home.kind, route)
        return told
    finally:
        await play.close()


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
async def test_the_scene_comes_out_the_same(home: House, scene: Scene, route: str) -> None:
    if scene.name not in home.without:
        home.without[scene.name] = await performed(home, scene, None)
    without = home.without[scene.name]
    told = await performed(home, scene, route, without)
    difference = differences(*(scene.comparable(each, home.kind, route) for each in (told, without)))
    assert not difference, difference


# --- a flood

STRANGERS = 100
FLOOD = 3000
SLACK = 10
NOT_ARCHIVED = "<no-store xmlns='urn:xmpp:hints'/>"
"""The archives of the servers, in files and in Mnesia, are slower than all the rest."""
FLOOR = 0.1
"""Seconds: below this a machine's own moods are larger than the difference."""


async def chat_in_a_flood(home: House, route: str | None) -> float:
    """Let a contact chat line by line while strangers flood; return how long the slowest line took, in seconds."""
    play = await home.play(route).begin()
    try:
        await play.accounts("alice", "bob", "carol", contacts=True)
        alice, bob = await play.online("alice/phone", "bob/phone")
        (carol,) = await play.online("carol/phone")
        strangers = [play.stranger(f"mallory{n}") for n in range(STRANGERS)]
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
        await play.curtain()
        assert said_by(alice, bob.jid) == [f"line {n}" for n in range(lines)]
        for session in (alice, carol):
            assert_whole(session)
        if route is not None:
            assert await play.asked() == {"message": FLOOD}
        return slowest
    finally:
        await play.close()


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
async def test_a_contact_chats_on_while_the_component_is_flooded(home: House, route: str) -> None:
    without = await chat_in_a_flood(home, None)
    slowest = await chat_in_a_flood(home, route)
    print(f"{home.kind} {route}: slowest line {slowest * 1000:.0f} ms, without a filter {without * 1000:.0f} ms")
    assert slowest < SLACK * max(without, FLOOR)
