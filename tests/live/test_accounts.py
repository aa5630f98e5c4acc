"""An account of ours that spams strangers elsewhere: stopped, disabled, and enabled again by an operator."""

import asyncio
from pathlib import Path

import pytest

from tests.harness import FIVE, LONG
from tests.live.filtered_server import EVIL, FilteredServer, Kind, filtered_server
from tests.live.rawclient import LoginRefusedError, RawClient
from tests.live.xmlstream import Received

pytestmark = pytest.mark.live

ROBOT = "robot@example.org"
OFFER = "Followers for everybody, write to seller@shop.example"
SURE = {**FIVE, "known_spammers": {"weights": {"patterns": 1.0}}, "patterns": {"strings": ["seller@shop.example"]}}
"""What nobody can bring it to say makes sure, and one stanza is not enough without a report of somebody it wrote to."""
REPORT = (
    f"<block xmlns='urn:xmpp:blocking'><item jid='{ROBOT}'>"
    "<report xmlns='urn:xmpp:reporting:1' reason='urn:xmpp:reporting:spam'/></item></block>"
)

both_servers = pytest.mark.parametrize("kind", ["prosody", "ejabberd"])


def copies(s: FilteredServer) -> list[Received]:
    return [stanza for stanza in s.strangers.inbox if stanza.body == LONG]


async def spam_outwards(s: FilteredServer) -> None:
    """Let robot send one text and an offer to strangers, and a message to alice, who reports it: it is thrown out."""
    robot, alice = await s.login(ROBOT), await s.login("alice@example.org")
    robot.say("alice@example.org", "Hello alice")
    await alice.take(lambda stanza: stanza.body == "Hello alice", "robot's message")
    for n in range(20):
        robot.say(f"victim{n}@{EVIL}", LONG)
    for text in (OFFER, LONG):  # the offer is stopped, and what comes behind it for the ban
        robot.say(f"victim20@{EVIL}", text)
    await robot.iq("<ping xmlns='urn:xmpp:ping'/>", type_="get")  # nobody has thrown it out so far
    assert (await alice.iq(REPORT)).get("type") == "result"
    with pytest.raises(ConnectionError):
        await robot.until(lambda: False, "the end of its stream", 20)


@both_servers
async def test_a_local_spammer_is_stopped_disabled_and_enabled_again(kind: Kind, tmp_path: Path) -> None:
    async with filtered_server(tmp_path, kind, users=("alice@example.org", ROBOT), filters=SURE) as s:
        await spam_outwards(s)
        await s.strangers.until(lambda: len(copies(s)) >= 20, "twenty copies")
        await s.strangers.iq("example.org", "<ping xmlns='urn:xmpp:ping'/>", type_="get")
        assert len(copies(s)) == 20
        with pytest.raises(LoginRefusedError) as refused:
            await s.login(ROBOT)
        assert refused.value.condition in {"account-disabled", "not-authorized"}
        assert refused.value.text
        assert any(row["event"] == "account_disabled" and row["jid"] == ROBOT for row in s.gateway.rows)
        shown = (await s.gateway.ctl("spammers", "show", ROBOT))["spammer"]
        assert shown["disabled"] is True
        assert shown["sureness"] >= 1.0
        assert (await s.gateway.ctl("spammers", "pardon", ROBOT))["was_known"] is True
        back = await login_again(s)
        back.say(f"friend@{EVIL}", "I am back")
        await s.strangers.take(lambda stanza: stanza.body == "I am back", "robot's message")


async def login_again(s: FilteredServer) -> RawClient:
    """Log robot in as soon as its server has taken the unlock in."""
    for _ in range(200):
        try:
            return await s.login(ROBOT)
        except LoginRefusedError:
            await s.strangers.iq("example.org", "<ping xmlns='urn:xmpp:ping'/>", type_="get")
    raise AssertionError("robot could not log in again")


@both_servers
async def test_a_lock_outlives_restarts_of_server_and_gateway(kind: Kind, tmp_path: Path) -> None:
    async with filtered_server(tmp_path, kind, users=("alice@example.org", ROBOT), filters=SURE) as s:
        await spam_outwards(s)
        await s.gateway.stop()
        await s.server.restart()
        with pytest.raises(LoginRefusedError):
            await s.login(ROBOT)
        s.gateway.start()
        await s.gateway.ready()
        assert (await s.gateway.ctl("spammers", "show", ROBOT))["spammer"]["disabled"] is True
        await s.gateway.ctl("spammers", "pardon", ROBOT)
        s.strangers = await s.server.attach(EVIL)
        await login_again(s)


@both_servers
async def test_an_unlock_that_no_server_could_take_outlives_a_crash(kind: Kind, tmp_path: Path) -> None:
    async with filtered_server(tmp_path, kind, users=("alice@example.org", ROBOT), filters=SURE) as s:
        await spam_outwards(s)
        s.server.kill()
        await s.gateway.ctl("spammers", "pardon", ROBOT)
        await s.gateway.until(lambda status: status["store"]["unwritten"] == 0, "stored")
        s.gateway.child.kill()
        await asyncio.to_thread(s.server.start)
        with pytest.raises(LoginRefusedError):
            await s.login(ROBOT)
        s.gateway.start()
        await s.gateway.ready()
        s.strangers = await s.server.attach(EVIL)
        await login_again(s)


@both_servers
async def test_an_unlock_on_the_server_holds_whatever_crashes(kind: Kind, tmp_path: Path) -> None:
    """The gateway is away, the server is killed, and then the gateway as soon as it has heard of it."""
    async with filtered_server(tmp_path, kind, users=("alice@example.org", ROBOT), filters=SURE) as s:
        await spam_outwards(s)
        await s.gateway.stop()
        await s.server.unlock(ROBOT)
        s.server.kill()
        await asyncio.to_thread(s.server.start)
        await (await s.login(ROBOT)).sync()
        s.gateway.start()
        await s.gateway.ready()
        await s.gateway.until(lambda _: "account_unlocked" in s.gateway.log, "told of the unlock")
        s.gateway.child.kill()
        s.gateway.start()
        await s.gateway.ready()
        assert (await s.gateway.ctl("spammers", "show", ROBOT))["spammer"] is None
        robot = await s.login(ROBOT)
        s.strangers = await s.server.attach(EVIL)
        robot.say(f"friend@{EVIL}", "I am back")
        await s.strangers.take(lambda stanza: stanza.body == "I am back", "robot's message")
