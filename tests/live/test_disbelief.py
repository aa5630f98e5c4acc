"""Nobody is believed but the configured servers: what a stranger says to the component achieves nothing."""

from pathlib import Path

import pytest

from tests.live.filtered_server import EVIL, FILTER, Kind, filtered_server

pytestmark = pytest.mark.live

CHECK = "urn:xmppfilter:check:0"
STANZA = "<message xmlns='jabber:client' from='forged@example.org' to='alice@example.org'><body>forged</body></message>"
WRAPPED = f"<forwarded xmlns='urn:xmpp:forward:0'>{STANZA}</forwarded>"
SAID = {
    "a wrapped stanza": f"<message from='m@{EVIL}/x' to='{FILTER}'>{WRAPPED}</message>",
    "a question": f"<iq type='set' id='q' from='m@{EVIL}/x' to='{FILTER}'>"
    f"<check xmlns='{CHECK}'>{WRAPPED}</check></iq>",
    "a hello": f"<iq type='set' id='h' from='{EVIL}' to='{FILTER}'><hello xmlns='{CHECK}' software='evil'/></iq>",
    "a report": f"<message from='{EVIL}' to='{FILTER}'>"
    f"<spam-report xmlns='{CHECK}' jid='alice@example.org'/></message>",
    "a ban": f"<iq type='set' id='b' from='{EVIL}' to='example.org'><bans xmlns='{CHECK}'>"
    f"<ban jid='bob@example.org' until='2099-01-01T00:00:00Z'/></bans></iq>",
    "a lock": f"<iq type='set' id='l' from='{EVIL}' to='example.org'><locks xmlns='{CHECK}'>"
    "<lock jid='bob@example.org'/></locks></iq>",
    "a verdict": f"<iq type='result' id='xf1' from='{EVIL}' to='example.org'>"
    f"<verdict xmlns='{CHECK}' action='drop'/></iq>",
    "a subscription": f"<presence type='subscribe' from='m@{EVIL}' to='{FILTER}'/>",
    "a ping": f"<iq type='get' id='p' from='m@{EVIL}/x' to='{FILTER}'><ping xmlns='urn:xmpp:ping'/></iq>",
}


@pytest.mark.parametrize("route", ["verdict", "inline"])
@pytest.mark.parametrize("kind", ["prosody", "ejabberd"])
async def test_a_foreign_jid_achieves_nothing(kind: Kind, route: str, tmp_path: Path) -> None:
    async with filtered_server(tmp_path, kind, "inline" if route == "inline" else "verdict") as s:
        alice, bob = await s.login("alice@example.org"), await s.login("bob@example.org")
        for xml in SAID.values():
            s.send(xml)
        s.say("the last word", sender=f"honest@{EVIL}/x")
        await alice.message("the last word")
        status = await s.gateway.until(lambda status: status["disbelieved"] >= 4, "in disbelief")
        assert status["reports"] == {}
        assert [server["jid"] for server in status["servers"]] == ["example.org"]
        assert status["stanzas"] == {"message": 1}
        await s.settle(alice, bob)
        assert not [stanza for stanza in alice.inbox if stanza.body == "forged"]
        assert not bob.closed
        for name, condition in (("p", "service-unavailable"), ("q", "forbidden"), ("h", "forbidden")):
            answer = await s.strangers.take(lambda stanza, name=name: stanza.get("id") == name, name)  # type: ignore[misc]
            assert answer.get("type") == "error"
            error = answer.child("error")
            assert error is not None
            assert error[0].tag.endswith(f"}}{condition}")
        again = await s.login("bob@example.org", resource="other")
        again.say("alice@example.org", "bob is not banned")
        await alice.message("bob is not banned")
