"""A component that is gone, hangs, answers late or is not believed, and a server that stops: no stanza is lost."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.live.ejabberd import Ejabberd
from tests.live.ejabberd_stage import FILTER, HOST, ROGUE, Stage, filtered, gone, on_stage, tagged
from tests.live.rawcomponent import ACCEPT, CHECK, DROP, TAG, Asked

pytestmark = pytest.mark.live

BURST = 300


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ejabberd]:
    with filtered(tmp_path_factory.mktemp("patient"), workers=3) as running:
        yield running


@pytest.fixture
async def stage(server: Ejabberd) -> AsyncIterator[Stage]:
    async with on_stage(server, lambda _: None) as connected:
        yield connected


@pytest.fixture
async def hasty(tmp_path: Path) -> AsyncIterator[Stage]:
    """A server that waits for one second, for six stanzas, and loses its patience after three time-outs."""
    patience: dict[str, Any] = {"timeout": "1 second", "breaker_timeouts": 3, "breaker_pause": "2 seconds"}
    with filtered(tmp_path, max_held=6, workers=1, **patience) as running:
        async with on_stage(running, lambda _: None) as connected:
            yield connected


def burst(stage: Stage, count: int = BURST, senders: int = 3) -> dict[str, list[str]]:
    """Let several strangers write in turn; return what each of them has written."""
    wrote: dict[str, list[str]] = {f"{number}-{stage.mallory}": [] for number in range(senders)}
    for number in range(count):
        sender = f"{number % senders}-{stage.mallory}"
        stage.say(f"m{number}", from_=sender)
        wrote[sender].append(f"m{number}")
    return wrote


async def test_without_a_component_everything_is_delivered_untagged(server: Ejabberd) -> None:
    async with on_stage(server) as stage:
        alice = await stage.login(stage.alice)
        stage.filter.abort()
        await gone(server, FILTER)
        stage.say("hello", extra=tagged("-5"))
        message = await alice.message("hello")
        assert list(message.element.iter(f"{{{TAG}}}spam")) == []
        alice.say(stage.mallory, "out")
        await stage.evil.take(lambda s: s.body == "out", "message")


@pytest.mark.parametrize("answered", [0, 100])
async def test_a_component_killed_in_a_burst_loses_nothing_and_no_order(stage: Stage, answered: int) -> None:
    alice = await stage.login(stage.alice)
    count = 0

    def judge(_: Asked) -> str | None:
        nonlocal count
        count += 1
        if count == answered + 50:
            stage.filter.abort()
        return ACCEPT if count <= answered else None

    stage.filter.judge = judge
    wrote = burst(stage)
    await alice.until(lambda: len(alice.inbox) >= BURST, f"{BURST} messages", 4)
    got: dict[str, list[str]] = {sender: [] for sender in wrote}
    for message in alice.inbox:
        got[(message.get("from") or "").removesuffix("/x")].append(message.body or "")
    assert got == wrote


async def test_when_one_of_two_connections_dies_the_other_is_asked(stage: Stage) -> None:
    alice = await stage.login(stage.alice)
    other = await stage.attach(FILTER)
    wrote = burst(stage, 60)
    async with asyncio.timeout(10):
        while len(stage.filter.asked) + len(other.asked) < 60:
            await alice.sync()
    assert stage.filter.asked
    assert other.asked

    def drop_the_third(asked: Asked) -> str:
        return DROP if asked.body == "m2" else ACCEPT

    other.judge = drop_the_third
    stage.filter.abort()
    for asked in [*other.asked]:
        other.answer(asked, drop_the_third(asked))
    assert len(await alice.bodies(59, timeout=4)) == 59
    assert wrote
    await alice.sync()
    assert alice.inbox == []


async def test_late_second_and_foreign_answers_are_ignored(stage: Stage) -> None:
    alice = await stage.login(stage.alice)
    rogue = await stage.attach(ROGUE)
    stage.say("hello")
    [asked] = await stage.filter.questions(1)
    drop = f"<iq type='result' id='{asked.id}' from='{{}}' to='{HOST}'>{DROP}</iq>"
    rogue.send(drop.format(ROGUE))
    rogue.send(drop.format(FILTER))  # its listener lets it send from any address
    stage.filter.send(drop.format(f"somebody@{FILTER}"))
    alice.send(f"<iq type='result' id='{asked.id}' to='{HOST}'>{DROP}</iq>")
    await alice.sync()
    assert (await stage.server.status(HOST))["waiting"] == "1"
    stage.filter.answer(asked)
    stage.filter.answer(asked, DROP)
    await alice.message("hello")
    await stage.server.counted(HOST, "late_answers", 1)


async def test_only_the_component_may_push(stage: Stage) -> None:
    alice = await stage.login(stage.alice)
    rogue = await stage.attach(ROGUE)
    bans = f"<bans xmlns='{CHECK}'><ban jid='{stage.bob}'/></bans>"
    rogue.reply("forged", HOST, bans, type_="set")
    rogue.send(f"<iq type='set' id='masked' from='{FILTER}' to='{HOST}'>{bans}</iq>")
    refusal = await rogue.take(lambda s: s.get("id") == "forged", "refusal")
    assert refusal.child("error") is not None
    answer = await alice.iq(bans, to=HOST)
    error = answer.child("error")
    assert error is not None
    assert error[0].tag.endswith("}forbidden")
    await stage.server.counted(HOST, "forbidden", 3)
    assert (await stage.server.status(HOST))["bans"] == "0"


async def test_a_worker_that_dies_leaves_its_stanzas_to_its_successor(stage: Stage) -> None:
    alice = await stage.login(stage.alice)
    wrote = burst(stage, 30, senders=1)
    await stage.filter.questions(30)
    for number in (1, 2, 3):
        await stage.server.call(f"exit(whereis('mod_xmppfilter_{number}_{HOST}'), kill)")
    assert await alice.bodies(30, timeout=4) == next(iter(wrote.values()))
    await stage.server.counted(HOST, "recovered", 30)
    stage.filter.judge = lambda _: ACCEPT
    stage.say("afterwards")
    await alice.message("afterwards")
    assert stage.filter.asked[-1].body == "afterwards"


async def test_stopping_the_module_delivers_what_is_held(stage: Stage) -> None:
    alice = await stage.login(stage.alice)
    wrote = burst(stage, 30, senders=1)
    alice.say(stage.mallory, "out")
    await stage.filter.questions(31)
    await stage.server.call(f'gen_mod:stop_module(<<"{HOST}">>, mod_xmppfilter)')
    assert await alice.bodies(30, timeout=4) == next(iter(wrote.values()))
    await stage.evil.take(lambda s: s.body == "out", "message")
    stage.say("no module")
    await alice.message("no module")
    await stage.server.call(f'gen_mod:start_module(<<"{HOST}">>, mod_xmppfilter)')
    await stage.filter.hello()


async def test_a_graceful_shutdown_keeps_what_is_held_in_the_offline_storage(tmp_path: Path) -> None:
    with filtered(tmp_path) as server:
        async with on_stage(server, lambda _: None) as stage:
            await server.add_users(stage.alice)
            wrote = burst(stage, 20, senders=1)
            await stage.filter.questions(20)
            assert await server.offline(stage.alice) == 0
            await server.stopped()
        await asyncio.to_thread(server.start)
        assert await server.offline(stage.alice) == 20
        alice = await server.login(stage.alice)
        assert await alice.bodies(20) == next(iter(wrote.values()))


async def test_a_component_that_hangs_delays_and_then_is_left_alone(hasty: Stage) -> None:
    alice = await hasty.login(hasty.alice)
    for number in range(3):
        hasty.say(f"slow {number}")
    assert await alice.bodies(3, timeout=4) == ["slow 0", "slow 1", "slow 2"]
    assert (await hasty.server.status(HOST))["breaker"] == "open"
    hasty.say("at once")
    await alice.message("at once", timeout=0.9)
    assert len(hasty.filter.asked) == 3
    hasty.filter.judge = lambda _: ACCEPT
    probe = 0
    while len(hasty.filter.asked) == 3:
        hasty.say(f"probe {probe}")
        await alice.message(f"probe {probe}")
        probe += 1
    await hasty.server.logged("answers again")
    hasty.say("as ever")
    await alice.message("as ever")
    assert hasty.filter.asked[-1].body == "as ever"
    assert (await hasty.server.status(HOST))["breaker"] == "closed"


async def test_a_new_connection_closes_the_breaker(hasty: Stage) -> None:
    alice = await hasty.login(hasty.alice)
    for number in range(3):
        hasty.say(f"slow {number}")
    await alice.bodies(3, timeout=4)
    hasty.filter.abort()
    await gone(hasty.server, FILTER)
    await (await hasty.attach(FILTER)).hello()
    assert (await hasty.server.status(HOST))["breaker"] == "closed"


async def test_more_than_can_be_held_is_delivered_in_its_order(hasty: Stage) -> None:
    alice = await hasty.login(hasty.alice)
    for number in range(6):
        hasty.say(f"m{number}")
    await hasty.filter.questions(6)
    hasty.say("m6")
    hasty.say("m7")
    assert (await alice.bodies(7, timeout=0.9))[:7] == [f"m{number}" for number in range(7)]
    await hasty.server.counted(HOST, "overfull", 7)
