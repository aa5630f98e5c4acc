"""Windows pass, bans end and commands work, however the clock of the machine is set. A fake server is enough."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.live.gateway import GatewayProcess
from tests.live.process import Child
from tests.xmpp.server import SECRET, Connection, FakeServer

MALLORY = "mallory@evil.example"
HOUR, DAY = 3600.0, 86400.0


class Machine(GatewayProcess):
    """A gateway on a machine whose clocks a test sets."""

    connection: Connection
    wrong = 0.0
    slept = 0.0

    def start(self) -> None:
        self.set()
        command = [sys.executable, "-m", "tests.process.moved_clock", str(self.config)]
        self._child = Child(command, output=self.log_path, cwd=Path(__file__).parents[2])

    def set(self, wrong: float | None = None, passes: float = 0.0) -> None:
        """Set the time of day *wrong* by so many seconds, and let some pass."""
        self.wrong = self.wrong if wrong is None else wrong
        self.slept += passes
        whole = self.directory / "clock.new"
        whole.write_text(f"{self.wrong} {self.slept}")
        whole.rename(self.directory / "clock")

    async def message(self, text: str, sender: str = MALLORY) -> str:
        """Send what a stranger writes, and a harmless word behind it; return what came back before that."""
        stanza = "<message from='{}/x' to='{}@example.org' type='chat'><body>{}</body></message>"
        self.connection.send(stanza.format(sender, "alice", text))
        self.connection.send(stanza.format("friend@example.org", "bob", "The end"))
        return (await self.connection.get(b"The end")).decode()

    async def row(self, jid: str = MALLORY) -> Any:
        return (await self.ctl("spammers", "show", jid))["spammer"]


@pytest.fixture
async def machine(tmp_path: Path) -> AsyncIterator[Machine]:
    async with FakeServer() as server:
        process = Machine(
            tmp_path,
            jid="filter.example.org",
            port=server.port,
            domains=["example.org"],
            secret=SECRET,
            route="inline",
            filters={"known_spammers": None, "same_long_body": {"number_limit": 2, "window": "10m"}},
        )
        process.start()
        process.connection = await server.accept()
        await process.until(lambda status: status["connected"], "connected")
        yield process
        await process.stop()


MOVES = {"back": -10 * DAY, "a little back": -HOUR, "ahead": 10 * DAY, "not at all": 0.0}
LONG = "A long text that many people are sent, word by word the same, so that somebody counts it. " * 3


@pytest.mark.parametrize("move", MOVES)
async def test_a_ban_ends_and_another_can_be_given_and_pardoned(machine: Machine, move: str) -> None:
    await machine.ctl("spammers", "ban", MALLORY, "1h")
    machine.set(MOVES[move])
    assert "Hello" not in await machine.message("Hello"), "a ban is no shorter for it"
    machine.set(passes=9 * 60.0)
    machine.set(0.0)
    assert "Hello" not in await machine.message("Hello")
    machine.set(MOVES[move])
    await machine.ctl("spammers", "ban", "other@evil.example", "1h")
    assert "Hello" not in await machine.message("Hello", "other@evil.example")
    await machine.ctl("spammers", "pardon", "other@evil.example")
    assert "Hello" in await machine.message("Hello", "other@evil.example")
    machine.set(passes=1.2 * HOUR)
    assert "Hello" in await machine.message("Hello"), "nor longer than while a slow clock heals"
    await machine.ctl("spammers", "ban", MALLORY, "1h")
    assert "Hello" not in await machine.message("Hello")
    await machine.ctl("spammers", "pardon", MALLORY)
    assert "Hello" in await machine.message("Hello")


@pytest.mark.parametrize("move", MOVES)
async def test_a_window_goes_on(machine: Machine, move: str) -> None:
    for number in range(3):
        await machine.message(LONG, f"{number}@first.example")
    assert LONG not in await machine.message(LONG, "a@first.example")
    machine.set(MOVES[move], passes=9 * 60.0)
    await machine.message("Hello", "somebody@first.example")
    machine.set(passes=9 * 60.0)
    assert LONG in await machine.message(LONG, "b@first.example"), "who was counted is forgotten in time"
    for number in range(3):
        await machine.message(LONG, f"{number}@second.example")
    assert LONG not in await machine.message(LONG, "c@second.example"), "and who comes then is counted"
