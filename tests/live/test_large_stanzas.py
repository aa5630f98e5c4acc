"""A stranger's large stanzas cost the stranger: the stream stays up, all good ones arrive, and bans hold meanwhile."""

from pathlib import Path

import pytest

from tests.live.filtered_server import EVIL, FILTER, FilteredServer, Kind, Route, filtered_server
from tests.live.rawclient import RawClient

pytestmark = pytest.mark.live

ROUNDS, GOOD = 5, 20
MOST = 300_000
"""What the gateway takes in this test: less than what a server sends of 175,000 apostrophes."""
SPAMMER = f"spammer@{EVIL}"
DEEP = "<x xmlns='urn:e'>" + "<x>" * 1_000 + "</x>" * 1_000 + "</x>"


def harass(s: FilteredServer, round_: int) -> None:
    """Let a stranger do all that has ever ended a stream."""
    for character in ("'", '"', "&gt;"):
        s.say(character * (175_000 if character != "&gt;" else 60_000), to="bob@example.org")
    large = f"<x xmlns='urn:e'>{'y' * 200_000}</x>"
    for inside in (large, DEEP, f"<query xmlns='jabber:iq:version'>{'y' * 200_000}</query>"):
        s.send(f"<iq type='get' id='q{round_}' from='mallory@{EVIL}/x' to='{FILTER}'>{inside}</iq>")
    name = "&apos;" * 30_000
    s.send(f"<iq type='get' id='{name}' from='mallory@{EVIL}/x' to='{FILTER}'><x xmlns='urn:e'/></iq>")
    s.send(f"<message from='mallory@{EVIL}/x' to='{FILTER}'><body>{'z' * 200_000}</body></message>")


def said(client: RawClient, word: str) -> list[str]:
    bodies = [stanza.body or "" for stanza in client.inbox if stanza.name == "message"]
    return [body for body in bodies if body.startswith(word)]


@pytest.mark.parametrize("route", ["verdict", "inline"])
@pytest.mark.parametrize("kind", ["prosody", "ejabberd"])
async def test_large_stanzas_harm_nobody_else(kind: Kind, route: Route, tmp_path: Path) -> None:
    filters = {"known_spammers": None, "error_without_child": None, "unreadable": None}
    async with filtered_server(tmp_path, kind, route, filters=filters, max_stanza_size=MOST) as s:
        alice = await s.login("alice@example.org")
        await s.login("bob@example.org")
        await s.gateway.ctl("spammers", "ban", SPAMMER)
        for round_ in range(ROUNDS):
            harass(s, round_)
            for number in range(GOOD):
                s.say(f"good {round_} {number}", sender=f"friend{number}@{EVIL}/x")
                s.say("spam", sender=f"{SPAMMER}/x")
            await s.settle(alice)
        await alice.until(lambda: len(said(alice, "good")) >= ROUNDS * GOOD, "all good ones")
        status = await s.gateway.ctl("status")
        good, spam = said(alice, "good"), said(alice, "spam")
    # in order for each pair of sender and recipient
    assert sorted(good) == sorted(f"good {round_} {number}" for round_ in range(ROUNDS) for number in range(GOOD))
    assert spam == []
    assert status["connected"]
    assert status["verdicts"]["drop"] == ROUNDS * GOOD
    assert [row["event"] for row in s.gateway.rows].count("connected") == 1, "the stream was never lost"
