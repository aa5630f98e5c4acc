"""The real component hangs, is away, and comes back: both servers."""

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest

from tests.live.filtered_server import EVIL, FilteredServer, Kind, filtered_server
from tests.live.rawclient import RawClient

pytestmark = pytest.mark.live

KINDS: tuple[Kind, ...] = ("prosody", "ejabberd")
ALICE = "alice@example.org"
SPAMMER = f"spammer@{EVIL}"
BACK_WITHIN = 5.0
"""Seconds within which the filter is back after a restart of either side, on loopback."""


def breaker(kind: Kind) -> dict[str, object]:
    if kind == "prosody":
        return {"breaker_timeouts": 2, "breaker_pause": 60}
    return {"breaker_timeouts": 2, "breaker_pause": "60 seconds", "workers": 1}


async def both_write(s: FilteredServer, alice: RawClient, word: str, *, rounds: int) -> None:
    """Let a banned sender and friends write; the friends' messages arrive, and nothing else."""
    for number in range(rounds):
        s.say("spam", sender=f"{SPAMMER}/x")
        s.say(f"{word} {number}", sender=f"friend{number}@{EVIL}/x")
    bodies = await alice.bodies(rounds)
    assert sorted(bodies, key=str) == sorted(f"{word} {number}" for number in range(rounds))


@pytest.mark.parametrize("kind", KINDS)
async def test_a_component_that_hangs_lets_nobody_in_whom_it_has_banned(tmp_path: Path, kind: Kind) -> None:
    async with filtered_server(tmp_path, kind, seconds=1, shim=breaker(kind)) as s:
        alice = await s.login(ALICE)
        await s.gateway.ctl("spammers", "ban", SPAMMER, "1h")
        await s.gateway.until(lambda status: status["bans_owed"] == 0, "telling of the ban")
        await both_write(s, alice, "as ever", rounds=3)
        os.kill(s.gateway.child.pid, signal.SIGSTOP)
        try:
            # until the time-outs have opened the breaker, and from then on at once
            await both_write(s, alice, "late", rounds=5)
            await both_write(s, alice, "unasked", rounds=50)
            assert [stanza for stanza in alice.inbox if stanza.name == "message"] == []
        finally:
            os.kill(s.gateway.child.pid, signal.SIGCONT)


@pytest.mark.parametrize("kind", KINDS)
async def test_monitor_mode_stops_nobody_unasked(tmp_path: Path, kind: Kind) -> None:
    async with filtered_server(tmp_path, kind, seconds=1, shim=breaker(kind)) as s:
        alice = await s.login(ALICE)
        await s.gateway.ctl("spammers", "ban", SPAMMER, "1h")
        await s.gateway.ctl("mode", "monitor")
        await s.gateway.until(lambda status: status["bans_owed"] == 0, "telling of the ban")
        for _ in range(5):  # what servers are told goes out between stanzas
            await s.settle(alice)
        s.say("watched", sender=f"{SPAMMER}/x")
        await alice.message("watched")
        os.kill(s.gateway.child.pid, signal.SIGSTOP)
        try:
            for number in range(5):
                s.say(f"late {number}", sender=f"{SPAMMER}/x")
            assert await alice.bodies(5) == [f"late {number}" for number in range(5)]
        finally:
            os.kill(s.gateway.child.pid, signal.SIGCONT)


async def greeted_again(s: FilteredServer, since: float) -> float:
    """Wait until component and server have greeted each other; return how long after *since* that was, in seconds."""
    await s.gateway.until(
        lambda status: status["connected"] and all(server["software"] for server in status["servers"]), "greeted", 60
    )
    return time.monotonic() - since


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("waits", [0.0, 8.0])
async def test_the_filter_is_back_soon_after_the_server(tmp_path: Path, kind: Kind, waits: float) -> None:
    async with filtered_server(tmp_path, kind) as s:
        for _ in range(2):  # what lives shortly is no reason to wait longer
            await s.server.stopped()
            await asyncio.sleep(waits)  # how long it is away is what is tested
            await asyncio.to_thread(s.server.start)
            assert await greeted_again(s, time.monotonic()) < BACK_WITHIN
        alice = await s.login(ALICE)
        strangers = await s.server.attach(EVIL)
        await s.gateway.ctl("spammers", "ban", SPAMMER, "1h")
        strangers.send(f"<message from='{SPAMMER}/x' to='{ALICE}'><body>spam</body></message>")
        strangers.send(f"<message from='friend@{EVIL}/x' to='{ALICE}'><body>ham</body></message>")
        assert await alice.bodies(1) == ["ham"]


@pytest.mark.parametrize("kind", KINDS)
async def test_the_filter_is_back_soon_after_the_component(tmp_path: Path, kind: Kind) -> None:
    async with filtered_server(tmp_path, kind) as s:
        alice = await s.login(ALICE)
        await s.gateway.stop()
        for number in range(7):
            s.say(f"unasked {number}", sender=f"friend{number}@{EVIL}/x")
        await alice.bodies(7)
        s.gateway.start()
        assert await greeted_again(s, time.monotonic()) < BACK_WITHIN + 5  # a process has to start, too
        await s.server.logged("7 stanzas have passed without filter.example.org, 0 of banned senders were stopped")
