"""`status` and `ctl` as an admin types them, against gateways that run. No server is needed."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.live.gateway import GatewayProcess
from tests.process.test_reload import nobody

BROKEN = {
    "a mistake": "{whole}nonsense: 1\n",
    "no YAML": "{whole}]: [\n",
    "cut off": "{cut}",
    "two of one": "{whole}domains: [example.net]\n",
    "empty": "",
    "a value that is none": "{whole}max_stanza_size: -1\n",
}
READS_THE_PLACE = {name for name in BROKEN if name != "empty"}


async def typed(*words: str) -> tuple[int, str, str]:
    """Run `xmppfilter` with *words*; return its exit code and what it said."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "xmppfilter", *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    assert "Traceback" not in err.decode()
    return process.returncode, out.decode(), err.decode()


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[GatewayProcess]:
    """A gateway that has no server, and runs all the same."""
    process = GatewayProcess(tmp_path, jid="filter.example.org", port=nobody(), domains=["example.org"])
    process.start()
    await process.until(lambda status: not status["connected"], "running")
    yield process
    await process.stop()


@pytest.mark.parametrize("broken", BROKEN)
async def test_a_gateway_is_asked_though_its_file_is_broken(gateway: GatewayProcess, broken: str) -> None:
    whole = gateway.config.read_text()
    gateway.config.write_text(BROKEN[broken].format(whole=whole, cut=whole[: whole.index("log:") - 1]))
    asked = [("--socket", str(gateway.control), "--config", str(gateway.config)), ("--socket", str(gateway.control))]
    if broken in READS_THE_PLACE:
        asked.append(("--config", str(gateway.config)))
    for options in asked:
        code, out, err = await typed("status", *options)
        assert (code, "filter.example.org" in out) == (0, True), err
        code, out, err = await typed("ctl", *options, "spammers", "ban", "mallory@evil.example")
        assert (code, json.loads(out or "{}").get("banned")) == (0, "mallory@evil.example"), err


async def test_a_reload_of_a_broken_file_is_refused_and_told_by_whoever_asks(gateway: GatewayProcess) -> None:
    gateway.config.write_text(gateway.config.read_text() + "nonsense: 1\n")
    code, _, err = await typed("ctl", "--config", str(gateway.config), "reload")
    assert (code, "nonsense" in err) == (1, True)
    code, out, _ = await typed("status", "--config", str(gateway.config))
    assert (code, "nonsense" in out) == (0, True)


async def test_who_cannot_be_asked_is_told_with_what_to_try(tmp_path: Path) -> None:
    code, _, err = await typed("status", "--config", str(tmp_path / "none.yaml"))
    assert (code, "--socket" in err) == (2, True)
    code, _, err = await typed("status", "--socket", str(tmp_path / "none.sock"))
    assert (code, "none.sock" in err) == (1, True)


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[list[GatewayProcess]]:
    """Two gateways whose stores are in one folder; the first one that starts has the socket with the plain name."""
    both = []
    for name in ("one", "two"):
        process = GatewayProcess(tmp_path, jid=f"{name}.example.org", port=nobody(), domains=["example.org"])
        process.config, process.log_path = tmp_path / f"{name}.yaml", tmp_path / f"{name}.log"
        process.settings["store"] = {"sqlite": str(tmp_path / f"{name}.db")}
        process.write()
        both.append(process)
    both[1].control = tmp_path / "control-two.example.org.sock"
    for process in both:
        process.start()
        await process.until(lambda status: not status["connected"], "running")
    yield both
    for process in both:
        if process.child.running:
            await process.stop()


async def test_each_of_two_gateways_in_one_folder_is_reached_by_its_own_file(two: list[GatewayProcess]) -> None:
    for name in ("one", "two"):
        code, out, err = await typed("ctl", "--config", str(two[0].directory / f"{name}.yaml"), "status")
        assert (code, json.loads(out)["component"]) == (0, f"{name}.example.org"), err
    code, _, err = await typed("ctl", "--config", str(two[1].config), "mode", "monitor")
    assert code == 0, err
    assert [(await gateway.ctl("status"))["mode"] for gateway in two] == ["enforce", "monitor"]


@pytest.mark.parametrize("stopped", [0, 1])
async def test_a_command_for_a_gateway_that_is_down_reaches_no_other(two: list[GatewayProcess], stopped: int) -> None:
    other = two[1 - stopped]
    await two[stopped].stop()
    code, out, err = await typed("ctl", "--config", str(two[stopped].config), "mode", "monitor")
    assert (code, out) == (1, ""), err
    assert err
    assert (await other.ctl("status"))["mode"] == "enforce"
