"""`run --record`: what a live run judged, replayed, comes out the same."""

from pathlib import Path

import pytest

from tests.harness import LONG
from tests.live.filtered_server import EVIL, Kind, filtered_server
from tests.live.replaying import replay

pytestmark = pytest.mark.live


@pytest.mark.parametrize("kind", ["prosody", "ejabberd"])
async def test_a_live_run_recorded_and_replayed_gives_the_same_verdicts(kind: Kind, tmp_path: Path) -> None:
    recording = tmp_path / "events.jsonl"
    async with filtered_server(tmp_path, kind, arguments=("--record", str(recording), "--record-whole")) as s:
        alice = await s.login("alice@example.org")
        bob = await s.login("bob@example.org")
        for n in range(24):
            s.say(LONG, sender=f"bot{n}@{EVIL}/x")
        for n in range(8):
            s.send(f"<presence type='subscribe' from='mallory@{EVIL}' to='user{n}@example.org'/>")
        s.say("one &amp; two", sender=f"honest@{EVIL}/x")
        s.say("nope", sender=f"faker@{EVIL}/x", kind="error")
        bob.say(f"friend@{EVIL}", "outwards")
        await s.strangers.take(lambda stanza: stanza.body == "outwards", "bob's message")
        await s.settle(alice, bob)
        await s.gateway.until(lambda status: sum(status["stanzas"].values()) >= 35, "asked about all of it")
        live = [
            (row["from"], row["action"], row["decided_by"].partition(".")[0])
            for row in s.gateway.rows
            if row["event"] == "verdict"
        ]
        await s.gateway.stop()
        config = s.gateway.config
    assert recording.stat().st_mode & 0o777 == 0o600
    replayed = await replay(config, recording)
    again = [
        (row["from"].partition("/")[0], row["action"], row["decided_by"])
        for row in replayed
        if row.get("action", "deliver") != "deliver"
    ]
    assert again == live
    assert len(again) == 4 + 3 + 1
