"""A full disk costs what was to be written to it, for as long as it is full, and nothing else. No server is needed."""

import json
import resource
from pathlib import Path

from tests.live.gateway import GatewayProcess
from tests.process.test_reload import nobody


async def test_nothing_ends_when_no_file_can_grow_and_all_of_it_goes_on_afterwards(tmp_path: Path) -> None:
    recording = tmp_path / "events.jsonl"
    gateway = GatewayProcess(
        tmp_path,
        jid="filter.example.org",
        port=nobody(),
        domains=["example.org"],
        arguments=("--record", str(recording)),
        http={"listen": f"127.0.0.1:{(port := nobody())}"},
    )
    assert port
    gateway.start()
    try:
        await gateway.until(lambda status: not status["connected"], "running")
        await gateway.ctl("spammers", "ban", "before@evil.example")
        await gateway.until(lambda status: status["store"]["unwritten"] == 0, "done writing")
        pid = gateway.child.pid
        _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, most))  # no file may be longer: recording, store nor log
        await gateway.ctl("spammers", "ban", "meanwhile@evil.example")
        status = await gateway.until(
            lambda status: status["tasks"]["recorder"]["trouble"] and status["store"]["trouble"], "in trouble"
        )
        assert status["store"]["unwritten"] > 0
        assert status["store"]["errors"] > 0
        assert status["tasks"]["store"]["trouble"] is None, "it goes on trying"
        await gateway.ctl("spammers", "ban", "later@evil.example")
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, most))
        await gateway.until(
            lambda status: (
                not (
                    status["tasks"]["recorder"]["trouble"] or status["store"]["trouble"] or status["store"]["unwritten"]
                )
            ),
            "well again",
            seconds=60,
        )
        gateway.child.kill()
        gateway.config.touch()
        rows = [json.loads(line) for line in recording.read_text().split("\n") if line]
        assert [row["command"][2] for row in rows] == [f"{name}@evil.example" for name in NAMES]
        recording.unlink()
        gateway.start()
        await gateway.until(lambda status: status["state"]["known_spammers.senders"] == len(NAMES), "told of all bans")
        assert "log not written" in gateway.log
    finally:
        await gateway.stop()


NAMES = ("before", "meanwhile", "later")
