"""An account of ours that spams strangers elsewhere: stopped, disabled, and enabled again by an operator."""

from pathlib import Path

import pytest

from tests.live.rawclient import LoginRefusedError, RawClient
from tests.live.stage import EVIL, Kind, Stage, stage
from tests.live.xmlstream import Received
from tests.scene import LONG

pytestmark = pytest.mark.live

ROBOT = "robot@example.org"
SPAM_BEFORE_DISABLED = 3
"""Offences by a long body weigh 0.4 each."""

both_servers = pytest.mark.parametrize("kind", ["prosody", "ejabberd"])


def copies(s: Stage) -> list[Received]:
    return [stanza for stanza in s.strangers.inbox if stanza.body == LONG]


async def spam_outwards(s: Stage) -> None:
    """Let robot send one long text to strangers until its server throws it out."""
    robot = await s.login(ROBOT)
    for n in range(20 + SPAM_BEFORE_DISABLED):
        robot.say(f"victim{n}@{EVIL}", LONG)
    await robot.until(lambda: True, "its stream")
    with pytest.raises(ConnectionError):
        await robot.until(lambda: False, "the end of its stream", 20)


@both_servers
async def test_a_local_spammer_is_stopped_disabled_and_enabled_again(kind: Kind, tmp_path: Path) -> None:
    async with stage(tmp_path, kind, users=("alice@example.org", ROBOT)) as s:
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


async def login_again(s: Stage) -> RawClient:
    """Log robot in as soon as its server has taken the unlock in."""
    for _ in range(200):
        try:
            return await s.login(ROBOT)
        except LoginRefusedError:
            await s.strangers.iq("example.org", "<ping xmlns='urn:xmpp:ping'/>", type_="get")
    raise AssertionError("robot could not log in again")


@both_servers
async def test_a_lock_outlives_restarts_of_server_and_gateway(kind: Kind, tmp_path: Path) -> None:
    async with stage(tmp_path, kind, users=("alice@example.org", ROBOT)) as s:
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
