"""What a gateway outlives while it starts, and what it does not touch. No server is needed."""

import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.live.gateway import GatewayProcess
from tests.live.process import ChildFailedError
from tests.process.test_reload import nobody


@pytest.fixture
def process(tmp_path: Path) -> GatewayProcess:
    return GatewayProcess(tmp_path, jid="filter.example.org", port=nobody(), domains=["example.org"])


def test_who_waits_for_a_locked_store_is_ended_by_no_signal_and_reloads_when_it_has_it(process: GatewayProcess) -> None:
    with closing(sqlite3.connect(process.directory / "state.db", isolation_level=None)) as other:
        other.execute("CREATE TABLE t (x)")
        other.execute("BEGIN EXCLUSIVE")
        process.start()
        try:
            process.child.wait_until(lambda: "store locked by another program" in process.log, "waiting")
            process.child.signal(signal.SIGHUP)
            process.child.signal(signal.SIGUSR1)
            process.child.wait_until(lambda: "xmppfilter is starting" in process.log, "asked how it fares")
            process.settings["filters"] = {"error_without_child": None}
            process.write()
            other.execute("DROP TABLE t")
            other.execute("COMMIT")
            process.child.wait_until(lambda: "configuration reloaded" in process.log, "reloaded")
        finally:
            process.child.stop()
    (reloaded,) = [row for row in process.rows if row.get("message", row.get("event")) == "configuration reloaded"]
    assert reloaded["filters"] == 1


@pytest.mark.parametrize("name", ["notes.txt", "folder", "link"])
def test_a_control_socket_that_is_something_else_is_refused_and_left_alone(process: GatewayProcess, name: str) -> None:
    path = process.directory / name
    (process.directory / "folder").mkdir()
    (process.directory / "notes.txt").write_text("of somebody")
    (process.directory / "link").symlink_to("notes.txt")
    process.settings["control"] = str(path)
    process.write()
    process.start()
    try:
        with pytest.raises(ChildFailedError, match="ended with 1"):
            process.child.wait_until(lambda: "xmppfilter started" in process.log, "started")
    finally:
        process.child.stop()
    assert f"{path}: there is something that is no socket; set control to another path" in process.log
    assert (process.directory / "notes.txt").read_text() == "of somebody"
    assert (process.directory / "folder").is_dir()
