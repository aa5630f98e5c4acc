"""What a stranger may put into a stanza costs nobody else anything: the real component, both servers, both routes."""

from pathlib import Path

import pytest

from tests.live.filtered_server import EVIL, Kind, Route, filtered_server

pytestmark = pytest.mark.live

ALICE, BOB = "alice@example.org", "bob@example.org"
SPAMMER = f"spammer@{EVIL}"
GOOD = 10

HOSTILE = {
    "apostrophes": "<body>" + "'" * 175_000 + "</body>",
    "apostrophes in an attribute": '<a xmlns="urn:a" x="' + "'" * 175_000 + '"/>',
    "ampersands": "<body>" + "&amp;" * 80_000 + "</body>",
    "newlines in an attribute": "<a xmlns='urn:a' x='" + "&#10;" * 80_000 + "'/>",
    "just under what servers take": "<body>" + "x" * 520_000 + "</body>",
    "a reserved prefix": "<body xml:anything='1'>x</body>",
    "an element of the reserved prefix": "<xml:a><b/></xml:a>",
    "depth": "<a xmlns='urn:a'>" + "<b>" * 2_000 + "</b>" * 2_000 + "</a>",
    "children": "<a xmlns='urn:a'>" + "<b/>" * 40_000 + "</a>",
    "attributes": "<a xmlns='urn:a' " + " ".join(f"a{n}='1'" for n in range(3_000)) + "/>",
    "namespaces": "".join(f"<a xmlns='urn:{n}' xmlns:p='urn:p{n}' p:x='1'/>" for n in range(3_000)),
    "a long name": f"<{'n' * 60_000} xmlns='urn:a'/>",
    "a long namespace": f"<a xmlns='{'n' * 60_000}'><b xmlns='' x='1'/></a>",
}


@pytest.mark.parametrize("route", ["verdict", "inline"])
@pytest.mark.parametrize("kind", ["prosody", "ejabberd"])
async def test_hostile_stanzas_cost_nobody_else_anything(tmp_path: Path, kind: Kind, route: Route) -> None:
    async with filtered_server(tmp_path, kind, route) as s:
        alice = await s.login(ALICE)
        await s.gateway.ctl("spammers", "ban", SPAMMER, "1h")
        await s.settle(alice)
        for number, payload in enumerate(HOSTILE.values()):
            s.send(f"<message type='chat' from='hostile{number}@{EVIL}/x' to='{BOB}'>{payload}</message>")
            for friend in range(GOOD):
                s.say("spam", sender=f"{SPAMMER}/x")
                s.say(f"good {number} {friend}", sender=f"friend{number}.{friend}@{EVIL}/x")
            wanted = [f"good {number} {friend}" for friend in range(GOOD)]
            assert sorted(await alice.bodies(GOOD), key=str) == sorted(wanted), list(HOSTILE)[number]
        await s.settle(alice)
        assert [stanza for stanza in alice.inbox if stanza.name == "message"] == []
        status = await s.gateway.ctl("status")
        assert status["connected"]
        # it was asked about each of them, over the one stream of the start
        assert status["servers"][0]["questions"] >= len(HOSTILE) * (2 * GOOD + 1)
        # Prosody's own storage refuses a stanza of such depth, with the filter and without
        await s.stored_offline(BOB, len(HOSTILE) - (kind == "prosody"))
    connections = [row for row in s.gateway.rows if row["event"] in {"connected", "disconnected"}]
    assert [row["event"] for row in connections][:1] == ["connected"]
    assert sum(row["event"] == "connected" for row in connections) == 1
