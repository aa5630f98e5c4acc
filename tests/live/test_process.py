"""The gateway as a process: what it keeps over restarts and reloads, and how it says what is wrong."""

import time
from pathlib import Path

import pytest

from tests.harness import FIVE, LONG
from tests.live.filtered_server import EVIL, FILTER, FilteredServer, filtered_server
from tests.live.gateway import GatewayProcess
from tests.live.rawclient import RawClient

pytestmark = pytest.mark.live

LEAVES_WITHIN = 7.0


async def campaign(s: FilteredServer, alice: RawClient, first: int, last: int) -> int:
    """Send copies numbered from *first* up to *last*, each by a sender of its own; return how many alice has in all."""
    before = (await s.gateway.ctl("status"))["stanzas"].get("message", 0)
    for n in range(first, last):
        s.say(LONG, sender=f"bot{n}@{EVIL}/x")
    asked = last - first
    await s.gateway.until(
        lambda status: status["stanzas"].get("message", 0) >= before + asked, "asked about all copies"
    )
    await s.settle(alice)
    return sum(stanza.body == LONG for stanza in alice.inbox)


FIRST = {"offence_from": 1}
"""Who hands on a text is banned for the first copy that is stopped."""
WINDOWED = {"known_spammers": None, "same_long_body": {"window": "1h", **FIRST}}


async def test_a_killed_gateway_remembers_bans_sureness_and_windowed_counters(tmp_path: Path) -> None:
    async with filtered_server(tmp_path, "prosody", filters=WINDOWED) as s:
        alice = await s.login("alice@example.org")
        assert await campaign(s, alice, 0, 22) == 20
        shown = (await s.gateway.ctl("spammers", "show", f"bot21@{EVIL}"))["spammer"]
        assert shown["offences"] == 1
        await s.gateway.until(lambda status: status["store"]["unwritten"] == 0, "done writing")
        await s.gateway.ctl("spammers", "ban", f"late@{EVIL}", "1h")
        # what was learnt is written every 200 ms; a kill loses at most that
        written = time.monotonic() + 1.0
        await s.gateway.until(lambda _: time.monotonic() > written, "a second older")
        s.gateway.child.kill()
        s.gateway.start()
        await s.gateway.ready()
        assert (await s.gateway.ctl("spammers", "show", f"bot21@{EVIL}"))["spammer"] == shown
        assert (await s.gateway.ctl("spammers", "show", f"late@{EVIL}"))["spammer"] is not None
        s.say("banned still", sender=f"late@{EVIL}/x")
        assert await campaign(s, alice, 30, 32) == 20
        assert not [stanza for stanza in alice.inbox if stanza.body == "banned still"]


async def test_a_reload_exchanges_the_settings_and_keeps_what_was_learnt(tmp_path: Path) -> None:
    async with filtered_server(tmp_path, "prosody", filters={**FIVE, "same_long_body": FIRST}) as s:
        alice = await s.login("alice@example.org")
        assert await campaign(s, alice, 0, 21) == 20
        s.gateway.settings["filters"]["same_long_body"] = {"number_limit": 30, **FIRST}
        s.gateway.settings["policy"] = {"action": "bounce"}
        s.gateway.write()
        assert "reloaded" in await s.gateway.ctl("reload")
        assert await campaign(s, alice, 30, 40) == 29  # 21 copies were known: nine more of these ten passed
        await s.strangers.take(lambda stanza: stanza.get("type") == "error", "a bounce")
        assert (await s.gateway.ctl("spammers", "show", f"bot20@{EVIL}"))["spammer"]["offences"] == 1


async def test_a_bad_file_changes_nothing_and_is_told(tmp_path: Path) -> None:
    async with filtered_server(tmp_path, "prosody") as s:
        alice = await s.login("alice@example.org")
        good = s.gateway.config.read_text()
        s.gateway.config.write_text(f"{good}\nfilterz: {{}}\n")
        with pytest.raises(Exception, match="filterz"):
            await s.gateway.ctl("reload")
        assert await campaign(s, alice, 0, 22) == 20
        assert any("filterz" in str(row.get("mistake")) for row in s.gateway.rows)


async def test_it_leaves_in_good_time_and_cleans_up(tmp_path: Path) -> None:
    async with filtered_server(tmp_path, "prosody") as s:
        began = time.monotonic()
        assert await s.gateway.stop() == 0
        assert time.monotonic() - began < LEAVES_WITHIN
        assert not s.gateway.control.exists()


async def test_a_wrong_secret_is_told_in_words(tmp_path: Path) -> None:
    async with filtered_server(tmp_path, "prosody") as s:
        await s.gateway.stop()
        port = s.gateway.settings["component"]["port"]
        wrong = GatewayProcess(tmp_path / "wrong", jid=FILTER, port=port, domains=["example.org"], secret="wrong")
        wrong.start()
        await wrong.until(lambda _: "the secret is not the one" in wrong.log, "told of its secret")
        assert (await wrong.ctl("status"))["connected"] is False
        await wrong.stop()


async def test_monitor_mode_delivers_everything_and_enforce_begins_with_no_bans(tmp_path: Path) -> None:
    filters = {**FIVE, "same_long_body": FIRST}
    async with filtered_server(tmp_path, "prosody", policy={"mode": "monitor"}, filters=filters) as s:
        alice = await s.login("alice@example.org")
        assert await campaign(s, alice, 0, 25) == 25
        assert (await s.gateway.ctl("status"))["would"] == {"drop": 5}
        await s.gateway.ctl("mode", "enforce")
        s.say("hello", sender=f"bot24@{EVIL}/x")
        await alice.message("hello")
        assert await campaign(s, alice, 30, 31) == 25
