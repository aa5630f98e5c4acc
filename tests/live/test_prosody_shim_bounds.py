"""What mod_xmppfilter remembers is bounded, what it does is counted, and what it drops leaves no trace."""

import asyncio
import re
import urllib.request
from pathlib import Path

import pytest

from tests.live.ports import free_port
from tests.live.prosody_host import ALICE, MALLORY, drop_spam, prosody_host
from tests.live.rawcomponent import ACCEPT, CHECK

pytestmark = pytest.mark.live

CONTACTED = 1_000  # JIDs that are remembered for one user
BANS = 10_000


async def test_to_how_many_a_user_has_written_is_bounded_and_the_latest_stay(tmp_path: Path) -> None:
    async with prosody_host(tmp_path) as s:
        evil = await s.evil()
        for number in range(CONTACTED + 50):
            s.alice.say(f"u{number}@evil.example", "hello")
        await evil.until(lambda: len(evil.inbox) == CONTACTED + 50, "every message", timeout=30)
        await s.server.stopped()
        remembered = set(re.findall(r'\["(u\d+@evil\.example)"\]', s.server.stored(ALICE, "xmppfilter_contacted")))
    assert 0 < len(remembered) <= CONTACTED
    assert {f"u{number}@evil.example" for number in range(CONTACTED, CONTACTED + 50)} <= remembered


async def test_the_number_of_bans_is_bounded_and_the_newest_stay(tmp_path: Path) -> None:
    async with prosody_host(tmp_path, lambda _: ACCEPT) as s:
        evil = await s.evil()
        for start in range(0, BANS + 500, 500):
            bans = "".join(f"<ban jid='u{number}@evil.example'/>" for number in range(start, start + 500))
            await s.filter.iq("example.org", f"<bans xmlns='{CHECK}'>{bans}</bans>")
        for number in (0, 499, 500, BANS + 499):
            evil.send(f"<presence from='u{number}@evil.example' to='{s.alice.jid}'/>")
        await s.alice.until(lambda: len(s.alice.inbox) == 4, "four presences")
        asked = [asked.stanza.get("from") for asked in s.filter.asked]
    assert asked == ["u500@evil.example", f"u{BANS + 499}@evil.example"]


async def test_occupants_push_out_no_ban_of_anybody_else(tmp_path: Path) -> None:
    async with prosody_host(tmp_path, lambda _: ACCEPT) as s:
        evil = await s.evil()
        people = ["first@evil.example", "room@evil.example/n0", f"room@evil.example/n{BANS + 499}"]
        await s.filter.iq("example.org", f"<bans xmlns='{CHECK}'><ban jid='{people[0]}'/></bans>")
        for start in range(0, BANS + 500, 500):
            bans = "".join(f"<ban jid='room@evil.example/n{number}'/>" for number in range(start, start + 500))
            await s.filter.iq("example.org", f"<bans xmlns='{CHECK}'>{bans}</bans>")
        for start in range(0, 1000, 50):
            bans = "".join(f"<ban jid='r{number}@evil.example/{'x' * 1000}'/>" for number in range(start, start + 50))
            await s.filter.iq("example.org", f"<bans xmlns='{CHECK}'>{bans}</bans>")
        for sender in people:
            evil.send(f"<presence from='{sender}' to='{s.alice.jid}'/>")
        await s.alice.until(lambda: len(s.alice.inbox) == 3, "three presences")
        asked = [asked.stanza.get("from") for asked in s.filter.asked]
    assert asked == [people[0], people[2]]


async def test_what_happens_is_counted(tmp_path: Path) -> None:
    port = free_port()
    options = {"statistics": "internal", "statistics_interval": "manual", "http_ports": [port], "https_ports": []}
    modules = ("http", "http_openmetrics")
    async with prosody_host(
        tmp_path, drop_spam, modules=modules, options={**options, "http_default_host": "example.org"}
    ) as s:
        for body in ("spam", "ham", "ham"):
            s.mallory.say(ALICE, body)
        await s.alice.bodies(2)
        s.alice.say(MALLORY, "hello")
        await s.mallory.message("hello")
        await s.filter.close()
        s.mallory.say(ALICE, "unasked")
        await s.alice.message("unasked")
        metrics = await asyncio.to_thread(_get, f"http://127.0.0.1:{port}/metrics")
    samples = {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in metrics if "xmppfilter" in line}
    for name, label, value in (
        ("asked_total", 'direction="in"', 3),
        ("asked_total", 'direction="out"', 1),
        ("verdicts_total", 'action="drop"', 1),
        ("verdicts_total", 'action="accept"', 3),
        ("failed_open_total", 'reason="unavailable"', 1),
    ):
        assert samples[f'prosody_mod_xmppfilter__{name}{{host="example.org",{label}}}'] == value
    assert samples['prosody_mod_xmppfilter__held{host="example.org"}'] == 0
    assert samples['prosody_mod_xmppfilter__answer_seconds_count{host="example.org"}'] == 4


def _get(url: str) -> list[str]:
    with urllib.request.urlopen(url, timeout=10) as response:
        text: str = response.read().decode()
    return [line for line in text.splitlines() if not line.startswith("#")]


async def test_what_is_dropped_is_neither_archived_nor_copied_nor_stored(tmp_path: Path) -> None:
    options = {"default_archive_policy": True}
    async with prosody_host(tmp_path, drop_spam, modules=("mam",), options=options) as s:
        watcher = await s.server.login(ALICE, resource="watcher")
        await watcher.iq("<enable xmlns='urn:xmpp:carbons:2'/>")
        for body in ("spam", "ham"):
            s.mallory.send(f"<message type='chat' to='{s.alice.jid}'><body>{body}</body></message>")
            s.mallory.send(f"<message type='chat' to='bob@example.org'><body>{body}</body></message>")
        await s.alice.message("ham")
        copy = await watcher.take(lambda stanza: stanza.child("received", "urn:xmpp:carbons:2") is not None)
        await s.quiet()
        archives = [s.server.stored(jid, "archive", "list") for jid in (ALICE, "bob@example.org")]
        offline = s.server.stored("bob@example.org", "offline", "list")
    assert b"ham" in copy.raw
    for text in (*archives, offline):
        assert "ham" in text
        assert "spam" not in text
