"""mod_xmppfilter and strangers on another server."""

from pathlib import Path

import pytest

from tests.live.prosody_host import ALICE
from tests.live.rawcomponent import ACCEPT, CHECK
from tests.live.twoservers import REMOTE_USER, two_servers

pytestmark = pytest.mark.live


async def test_the_peer_is_named_with_what_proved_it(tmp_path: Path) -> None:
    async with two_servers(tmp_path) as t:
        t.remote.say(ALICE, "hello")
        await t.alice.message("hello")
        meta = t.filter.asked[0].meta
    assert (meta["via"], meta["peer"], meta["auth"]) == ("s2s", "remote.example", "dialback")
    assert (meta["ip"], meta["tls"]) == ("127.0.0.1", "false")


async def test_a_bounce_reaches_the_remote_sender(tmp_path: Path) -> None:
    verdict = f"<verdict xmlns='{CHECK}' action='bounce' type='cancel' condition='policy-violation'/>"
    async with two_servers(tmp_path, lambda _: verdict) as t:
        t.remote.say(ALICE, "spam", ident="m1")
        answer = await t.remote.error()
    assert (answer.get("id"), answer.get("from"), answer.body) == ("m1", ALICE, None)


async def test_what_is_held_outlives_the_senders_server(tmp_path: Path) -> None:
    async with two_servers(tmp_path, lambda _: None) as t:
        t.remote.say(ALICE, "hello")
        (asked,) = await t.filter.questions(1)
        await t.far.stopped()
        t.filter.answer(asked, ACCEPT)
        delivered = await t.alice.message("hello")
    assert delivered.get("from") == t.remote.jid


async def test_our_users_subscription_to_a_remote_stranger(tmp_path: Path) -> None:
    async with two_servers(tmp_path) as t:
        await t.alice.iq("<query xmlns='jabber:iq:roster'/>", type_="get")
        t.alice.subscribe(REMOTE_USER)
        await t.remote.take(lambda stanza: stanza.get("type") == "subscribe")
        t.remote.send(f"<presence type='subscribed' to='{ALICE}'/>")
        await t.alice.take(lambda stanza: stanza.get("type") == "subscribed")
        t.alice.say(REMOTE_USER, "now we are friends")
        await t.remote.message("now we are friends")
        t.remote.say(ALICE, "we are")
        await t.alice.message("we are")
        assert [(asked.name, asked.meta.get("direction")) for asked in t.filter.asked] == [("presence", "out")]
