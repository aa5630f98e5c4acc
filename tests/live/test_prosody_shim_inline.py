"""mod_xmppfilter on the route `inline`: it hands stanzas over, and lets pass what the component sends back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.live.prosody_host import ALICE, BOB, FILTER, MALLORY, ProsodyHost, prosody_host
from tests.live.rawcomponent import CHECK, TAG
from tests.live.twoservers import REMOTE_USER, two_servers

pytestmark = pytest.mark.live

SENDS_FROM_ANYWHERE = {"validate_from_addresses": False}


@asynccontextmanager
async def inline(directory: Path, **options: Any) -> AsyncIterator[ProsodyHost]:
    async with prosody_host(directory, route="inline", filter_options=SENDS_FROM_ANYWHERE, **options) as s:
        yield s


async def test_a_stanza_is_handed_over_and_passes_when_it_comes_back(tmp_path: Path) -> None:
    async with inline(tmp_path) as s:
        s.mallory.say(ALICE, "hello", ident="m1", extra=f"<forged xmlns='{TAG}'/>")
        (asked,) = await s.filter.questions(1)
        await s.alice.sync()
        assert s.alice.inbox == []
        s.filter.send_back(asked)
        delivered = await s.alice.message("hello")
        assert len(s.filter.asked) == 1
    assert asked.asker == "example.org"
    assert (asked.meta["via"], asked.meta["exists"]) == ("c2s", "true")
    assert asked.carrier.startswith(b"<message ")
    assert (delivered.get("id"), delivered.get("from")) == ("m1", s.mallory.jid)
    assert delivered.child("forged", TAG) is None


async def test_what_the_component_adds_stays(tmp_path: Path) -> None:
    async with inline(tmp_path) as s:
        tag = f"<spam xmlns='{TAG}' score='5'/>"
        s.filter.send(f"<message from='{s.mallory.jid}' to='{ALICE}'><body>hm</body>{tag}</message>")
        delivered = await s.alice.message("hm")
    assert delivered.child("spam", TAG) is not None


async def test_a_subscription_request_comes_back_as_one(tmp_path: Path) -> None:
    async with inline(tmp_path) as s:
        s.mallory.subscribe(ALICE)
        (asked,) = await s.filter.questions(1)
        s.filter.send_back(asked)
        request = await s.alice.take(lambda stanza: stanza.get("type") == "subscribe")
    assert request.get("from") == MALLORY


async def test_without_the_component_everything_is_delivered(tmp_path: Path) -> None:
    async with inline(tmp_path) as s:
        await s.filter.close()
        s.mallory.say(ALICE, "hello")
        await s.alice.message("hello")
        s.alice.say(MALLORY, "hello yourself")
        await s.mallory.message("hello yourself")


async def test_an_outgoing_message_has_been_copied_to_the_senders_devices_already(tmp_path: Path) -> None:
    async with inline(tmp_path) as s:
        phone = await s.server.login(ALICE, resource="phone")
        await phone.iq("<enable xmlns='urn:xmpp:carbons:2'/>")
        s.alice.say(MALLORY, "hello")
        await phone.take(lambda stanza: stanza.child("sent", "urn:xmpp:carbons:2") is not None)
        (asked,) = await s.filter.questions(1)
        assert asked.meta["direction"] == "out"
        s.filter.send_back(asked)
        await s.mallory.message("hello")
        assert len(s.filter.asked) == 1


async def test_a_banned_senders_iq_is_handed_over(tmp_path: Path) -> None:
    async with inline(tmp_path) as s:
        await s.filter.iq("example.org", f"<bans xmlns='{CHECK}'><ban jid='{MALLORY}'/></bans>")
        s.mallory.send(f"<iq type='get' id='v' to='{s.alice.jid}'><query xmlns='jabber:iq:version'/></iq>")
        (asked,) = await s.filter.questions(1)
        assert (asked.name, asked.meta["banned"]) == ("iq", "true")
        s.filter.send_back(asked)
        await s.alice.take(lambda stanza: stanza.name == "iq" and stanza.get("id") == "v")


async def test_the_greeting_says_inline_and_offers_no_hold(tmp_path: Path) -> None:
    async with inline(tmp_path) as s:
        hello = (await s.filter.hello()).element[0]
    assert hello.get("route") == "inline"
    assert "hold" not in str(hello.get("options")).split()


async def test_a_component_that_may_not_send_from_anywhere_is_complained_about(tmp_path: Path) -> None:
    async with prosody_host(tmp_path, route="inline") as s:
        await s.server.logged(f'needs validate_from_addresses = false in Component "{FILTER}"')


async def test_over_s2s_in_both_directions(tmp_path: Path) -> None:
    async with two_servers(tmp_path, route="inline", filter_options=SENDS_FROM_ANYWHERE) as t:
        t.remote.say(ALICE, "hello")
        (asked,) = await t.filter.questions(1)
        assert asked.meta["via"] == "s2s"
        t.filter.send_back(asked)
        await t.alice.message("hello")
        t.alice.say(REMOTE_USER, "hello yourself")
        _, answer = await t.filter.questions(2)
        t.filter.send_back(answer)
        await t.remote.message("hello yourself")


async def test_our_users_request_is_in_the_roster_once_it_has_come_back(tmp_path: Path) -> None:
    async with two_servers(tmp_path, route="inline", filter_options=SENDS_FROM_ANYWHERE) as t:
        await t.alice.iq("<query xmlns='jabber:iq:roster'/>", type_="get")
        t.alice.subscribe(REMOTE_USER)
        (asked,) = await t.filter.questions(1)
        await t.alice.sync()
        assert t.alice.inbox == []
        t.filter.send_back(asked)
        push = await t.alice.take(lambda stanza: stanza.name == "iq" and stanza.get("type") == "set")
        request = await t.remote.take(lambda stanza: stanza.get("type") == "subscribe")
        t.remote.send(f"<presence type='subscribed' to='{ALICE}'/>")
        await t.alice.take(lambda stanza: stanza.get("type") == "subscribed")
    assert push.element[0][0].get("ask") == "subscribe"
    assert request.get("from") == ALICE


async def test_local_mail_is_handed_over_once(tmp_path: Path) -> None:
    async with inline(tmp_path) as s:
        bob = await s.server.login(BOB)
        s.alice.say(BOB, "hello neighbour")
        (asked,) = await s.filter.questions(1)
        s.filter.send_back(asked)
        await bob.message("hello neighbour")
        assert len(s.filter.asked) == 1
