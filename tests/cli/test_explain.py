"""`xmppfilter explain`: whom it asks, and what it says."""

import asyncio
import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.harness import LONG, Harness
from xmppfilter.cli.main import app
from xmppfilter.operators.commands import run
from xmppfilter.operators.control import Control

SPAM = f"<message from='mallory@evil.example/x' to='alice@example.org'><body>{LONG}</body></message>"
CONFIG = """\
component: {jid: filter.example.org, secret: hush}
domains: [example.org]
filters: {known_spammers: , same_long_body: {number_limit: 1}}
"""


@contextmanager
def gateway_on(path: Path, harness: Harness) -> Iterator[None]:
    """Let *harness*'s gateway answer on the control socket *path*, in a thread of its own."""

    async def perform(words: Sequence[str]) -> dict[str, Any]:
        return run(harness.gateway, words, 0.0)[0]

    async def serve() -> None:
        control = Control(path, perform)
        await control.start()
        up.set()
        await down.wait()
        await control.stop()

    loop, up, down = asyncio.new_event_loop(), threading.Event(), asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert up.wait(30)
    try:
        yield
    finally:
        loop.call_soon_threadsafe(down.set)
        thread.join()
        loop.close()


def explain(folder: Path, *options: str, config: str = CONFIG) -> str:
    (folder / "config.yaml").write_text(config)
    (folder / "stanza.xml").write_text(SPAM)
    result = CliRunner().invoke(app, ["explain", "--config", f"{folder}/config.yaml", f"{folder}/stanza.xml", *options])
    assert result.exit_code == 0, result.output
    return result.output


def test_the_running_gateway_is_asked(tmp_path: Path) -> None:
    harness = Harness({"known_spammers": {}, "same_long_body": {"number_limit": 1}})
    harness.message(LONG)
    harness.message(LONG)
    socket = f"control: {tmp_path}/control.sock\n"
    with gateway_on(tmp_path / "control.sock", harness):
        said = explain(tmp_path, config=CONFIG + socket)
        assert "found: known_spammers.banned" in said
        assert "decided by known_spammers" in said
        assert "the running gateway said so; it knew 1 offences of this sender" in said
        assert json.loads(explain(tmp_path, "--json", config=CONFIG + socket))["alone"] is None
        alone = explain(tmp_path, "--alone", config=CONFIG + socket)
        assert "no filter found anything" in alone
        assert "without bans, counts and lists of services (--alone)" in alone


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ("", "neither control nor store is configured"),
        ("control: nobody.sock\n", "nobody answers on"),
    ],
)
def test_that_nobody_could_be_asked_is_said(tmp_path: Path, more: str, why: str) -> None:
    said = explain(tmp_path, config=CONFIG + more)
    assert "judged by the configuration and its files alone" in said
    assert why in said


@pytest.mark.parametrize("text", ["", "nonsense", "<message", "<message from='a@b.example' to='@'/>", "<iq/>\udcff"])
def test_what_is_no_stanza_is_said_without_a_traceback(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.yaml").write_text(CONFIG)
    (tmp_path / "stanza.xml").write_text(text, encoding="utf-8", errors="surrogateescape")
    result = CliRunner().invoke(app, ["explain", "-c", f"{tmp_path}/config.yaml", f"{tmp_path}/stanza.xml"])
    assert (result.exit_code, type(result.exception)) == (1, SystemExit)
