"""A component that is gone, hangs, answers late or is not believed, and a server that stops: no stanza is lost."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.live.ejabberd import Ejabberd
from tests.live.ejabberd_host import FILTER, HOST, ROGUE, EjabberdHost, filtered, gone, on_ejabberd, tagged
from tests.live.rawcomponent import ACCEPT, CHECK, DROP, TAG, Asked

pytestmark = pytest.mark.live

BURST = 300


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ejabberd]:
    with filtered(tmp_path_factory.mktemp("patient"), workers=3) as running:
        yield running


@pytest.fixture
async def host(server: Ejabberd) -> AsyncIterator[EjabberdHost]:
    async with on_ejabberd(server, lambda _: None) as connected:
        yield connected


@pytest.fixture
async def hasty(tmp_path: Path) -> AsyncIterator[EjabberdHost]:
    """A server that waits for one second, for six stanzas, and loses its patience after three time-outs."""
    patience: dict[str, Any] = {"timeout": "1 second", "breaker_timeouts": 3, "breaker_pause": "2 seconds"}
    with filtered(tmp_path, max_held=6, workers=1, **patience) as running:
        async with on_ejabberd(running, lambda _: None) as connected:
            yield connected


def burst(host: EjabberdHost, count: int = BURST, senders: int = 3) -> dict[str, list[str]]:
    """Let several strangers write in turn; return what each of them has written."""
    wrote: dict[str, list[str]] = {f"{number}-{host.mallory}": [] for number in range(senders)}
    for number in range(count):
        sender = f"{number % senders}-{host.mallory}"
        host.say(f"m{number}", from_=sender)
        wrote[sender].append(f"m{number}")
    return wrote


async def test_without_a_component_everything_is_delivered_untagged(server: Ejabberd) -> None:
    async with on_ejabberd(server) as host:
        alice = await host.login(host.alice)
        host.filter.abort()
        await gone(server, FILTER)
        host.say("hello", extra=tagged("-5"))
        message = await alice.message("hello")
        assert list(message.element.iter(f"{{{TAG}}}spam")) == []
        alice.say(host.mallory, "out")
        await host.evil.take(lambda s: s.body == "out", "message")


@pytest.mark.parametrize("answered", [0, 100])
async def test_a_component_killed_in_a_burst_loses_nothing_and_no_order(host: EjabberdHost, answered: int) -> None:
    alice = await host.login(host.alice)
    count = 0

    def judge(_: Asked) -> str | None:
        nonlocal count
        count += 1
        if count == answered + 50:
            host.filter.abort()
        return ACCEPT if count <= answered else None

    host.filter.judge = judge
    wrote = burst(host)
    await alice.until(lambda: len(alice.inbox) >= BURST, f"{BURST} messages", 4)
    got: dict[str, list[str]] = {sender: [] for sender in wrote}
    for message in alice.inbox:
        got[(message.get("from") or "").removesuffix("/x")].append(message.body or "")
    assert got == wrote


async def test_when_one_of_two_connections_dies_the_other_is_asked(host: EjabberdHost) -> None:
    alice = await host.login(host.alice)
    other = await host.attach(FILTER)
    wrote = burst(host, 60)
    async with asyncio.timeout(10):
        while len(host.filter.asked) + len(other.asked) < 60:
            await alice.sync()
    assert host.filter.asked
    assert other.asked

    def drop_the_third(asked: Asked) -> str:
        return DROP if asked.body == "m2" else ACCEPT

    other.judge = drop_the_third
    host.filter.abort()
    for asked in [*other.asked]:
        other.answer(asked, drop_the_third(asked))
    assert len(await alice.bodies(59, timeout=4)) == 59
    assert wrote
    await alice.sync()
    assert alice.inbox == []


async def test_late_second_and_foreign_answers_are_ignored(host: EjabberdHost) -> None:
    alice = await host.login(host.alice)
    rogue = await host.attach(ROGUE)
    host.say("hello")
    [asked] = await host.filter.questions(1)
    drop = f"<iq type='result' id='{asked.id}' from='{{}}' to='{HOST}'>{DROP}</iq>"
    rogue.send(drop.format(ROGUE))
    rogue.send(drop.format(FILTER))  # its listener lets it send from any address
    host.filter.send(drop.format(f"somebody@{FILTER}"))
    alice.send(f"<iq type='result' id='{asked.id}' to='{HOST}'>{DROP}</iq>")
    await alice.sync()
    assert (await host.server.status(HOST))["waiting"] == "1"
    host.filter.answer(asked)
    host.filter.answer(asked, DROP)
    await alice.message("hello")
    await host.server.counted(HOST, "late_answers", 1)


async def test_only_the_component_may_push(host: EjabberdHost) -> None:
    alice = await host.login(host.alice)
    rogue = await host.attach(ROGUE)
    bans = f"<bans xmlns='{CHECK}'><ban jid='{host.bob}'/></bans>"
    rogue.reply("forged", HOST, bans, type_="set")
    rogue.send(f"<iq type='set' id='masked' from='{FILTER}' to='{HOST}'>{bans}</iq>")
    refusal = await rogue.take(lambda s: s.get("id") == "forged", "refusal")
    assert refusal.child("error") is not None
    answer = await alice.iq(bans, to=HOST)
    error = answer.child("error")
    assert error is not None
    assert error[0].tag.endswith("}forbidden")
    await host.server.counted(HOST, "forbidden", 3)
    assert (await host.server.status(HOST))["bans"] == "0"


async def test_a_worker_that_dies_leaves_its_stanzas_to_its_successor(host: EjabberdHost) -> None:
    alice = await host.login(host.alice)
    wrote = burst(host, 30, senders=1)
    await host.filter.questions(30)
    for number in (1, 2, 3):
        await host.server.call(f"exit(whereis('mod_xmppfilter_{number}_{HOST}'), kill)")
    assert await alice.bodies(30, timeout=4) == next(iter(wrote.values()))
    await host.server.counted(HOST, "recovered", 30)
    host.filter.judge = lambda _: ACCEPT
    host.say("afterwards")
    await alice.message("afterwards")
    assert host.filter.asked[-1].body == "afterwards"


async def test_stopping_the_module_delivers_what_is_held(host: EjabberdHost) -> None:
    alice = await host.login(host.alice)
    wrote = burst(host, 30, senders=1)
    alice.say(host.mallory, "out")
    await host.filter.questions(31)
    await host.server.call(f'gen_mod:stop_module(<<"{HOST}">>, mod_xmppfilter)')
    assert await alice.bodies(30, timeout=4) == next(iter(wrote.values()))
    await host.evil.take(lambda s: s.body == "out", "message")
    host.say("no module")
    await alice.message("no module")
    await host.server.call(f'gen_mod:start_module(<<"{HOST}">>, mod_xmppfilter)')
    await host.filter.hello()


async def test_a_graceful_shutdown_keeps_what_is_held_in_the_offline_storage(tmp_path: Path) -> None:
    with filtered(tmp_path) as server:
        async with on_ejabberd(server, lambda _: None) as host:
            await server.add_users(host.alice)
            wrote = burst(host, 20, senders=1)
            await host.filter.questions(20)
            assert await server.offline(host.alice) == 0
            await server.stopped()
        await asyncio.to_thread(server.start)
        assert await server.offline(host.alice) == 20
        alice = await server.login(host.alice)
        assert await alice.bodies(20) == next(iter(wrote.values()))


async def test_a_component_that_hangs_delays_and_then_is_left_alone(hasty: EjabberdHost) -> None:
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


async def test_a_new_connection_closes_the_breaker(hasty: EjabberdHost) -> None:
    alice = await hasty.login(hasty.alice)
    for number in range(3):
        hasty.say(f"slow {number}")
    await alice.bodies(3, timeout=4)
    hasty.filter.abort()
    await gone(hasty.server, FILTER)
    await (await hasty.attach(FILTER)).hello()
    assert (await hasty.server.status(HOST))["breaker"] == "closed"


async def test_more_than_can_be_held_is_delivered_in_its_order(hasty: EjabberdHost) -> None:
    alice = await hasty.login(hasty.alice)
    for number in range(6):
        hasty.say(f"m{number}")
    await hasty.filter.questions(6)
    hasty.say("m6")
    hasty.say("m7")
    assert (await alice.bodies(7, timeout=0.9))[:7] == [f"m{number}" for number in range(7)]
    await hasty.server.counted(HOST, "overfull", 7)
