"""What a reload of the process leaves alone, and what it says of it. No server is needed."""

import socket
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.live.gateway import GatewayProcess
from xmppfilter.operators.control import ControlError


def nobody() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as unbound:
        unbound.bind(("127.0.0.1", 0))
        return int(unbound.getsockname()[1])


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[GatewayProcess]:
    """A gateway that has no server, and runs all the same."""
    process = GatewayProcess(tmp_path, jid="filter.example.org", port=nobody(), domains=["example.org"])
    process.start()
    await process.until(lambda status: not status["connected"], "running")
    yield process
    await process.stop()


async def test_what_needs_a_restart_keeps_its_value_everywhere_and_is_named(gateway: GatewayProcess) -> None:
    settings = gateway.settings
    settings["component"]["jid"] = "other.example.org"
    settings["max_stanza_size"] = "128KiB"
    settings["log"]["level"] = "warning"
    settings["filters"]["patterns"] = {"strings": ["exploit"]}
    gateway.write()
    told = await gateway.ctl("reload")
    assert told["needs_restart"] == ["component", "log", "max_stanza_size"]
    status = await gateway.ctl("status")
    assert status["component"] == "filter.example.org"
    assert "patterns" in [row["name"] for row in status["filters"]], "the rest is in force"
    assert status["needs_restart"] == ["component", "log", "max_stanza_size"]
    assert status["reload"]["ok"]
    settings["component"]["jid"] = "filter.example.org"
    settings["max_stanza_size"] = "1MiB"
    settings["log"]["level"] = "info"
    gateway.write()
    await gateway.ctl("reload")
    assert (await gateway.ctl("status"))["needs_restart"] == []


@pytest.mark.parametrize("section", ["domains", "rooms"])
async def test_the_address_that_we_keep_must_fit_what_is_new(gateway: GatewayProcess, section: str) -> None:
    gateway.settings["component"]["jid"] = "other.example.org"
    gateway.settings[section] = ["filter.example.org"]
    gateway.write()
    with pytest.raises(ControlError, match=f"{section}: found filter.example.org"):
        await gateway.ctl("reload")


async def test_a_refused_reload_is_told_and_resizes_nothing(gateway: GatewayProcess) -> None:
    for number in range(150):
        await gateway.ctl("spammers", "ban", f"{number}@evil.example")
    gateway.settings["filters"]["known_spammers"] = {"max_senders": 100}
    gateway.settings["filters"]["nonsense"] = None
    gateway.write()
    began = time.time()
    with pytest.raises(ControlError, match="nonsense"):
        await gateway.ctl("reload")
    status = await gateway.ctl("status")
    assert status["state"]["known_spammers.senders"] == 150
    assert not status["reload"]["ok"]
    assert any("nonsense" in mistake for mistake in status["reload"]["mistakes"])
    assert status["reload"]["at"][:4] == time.strftime("%Y", time.gmtime(began))
