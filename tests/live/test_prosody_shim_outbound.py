"""mod_xmppfilter and what our own users send: asked about, remembered as contact, and kept in order."""

from pathlib import Path

import pytest

from tests.live.rawcomponent import ACCEPT, DROP
from tests.live.scene import ALICE, BOB, MALLORY, drop_spam, scene

pytestmark = pytest.mark.live


# --- outbound


async def test_our_users_messages_to_strangers_are_asked_about(tmp_path: Path) -> None:
    async with scene(tmp_path, drop_spam, contacts={"friend@other.example": {"subscription": "both"}}) as s:
        s.server.add_users("friend@other.example")
        friend = await s.server.login("friend@other.example")
        s.alice.say(MALLORY, "spam")
        s.alice.say(MALLORY, "ham")
        await s.mallory.message("ham")
        s.alice.say("friend@other.example", "hello")
        await friend.message("hello")
        assert [stanza for stanza in s.mallory.inbox if stanza.body == "spam"] == []
        asked = s.filter.asked
    assert [a.body for a in asked] == ["spam", "ham"]
    assert {a.meta["direction"] for a in asked} == {"out"}
    assert asked[0].meta["via"] == "c2s"
    assert "exists" not in asked[0].meta


async def test_our_users_subscription_is_asked_about_before_it_reaches_the_roster(tmp_path: Path) -> None:
    async with scene(tmp_path, lambda asked: DROP if asked.name == "presence" else ACCEPT) as s:
        await s.alice.iq("<query xmlns='jabber:iq:roster'/>", type_="get")
        s.alice.subscribe(MALLORY)
        await s.filter.questions(1)
        s.filter.judge = lambda _: ACCEPT
        s.alice.subscribe(MALLORY)
        push = await s.alice.take(lambda stanza: stanza.name == "iq" and stanza.get("type") == "set")
        request = await s.mallory.take(lambda stanza: stanza.get("type") == "subscribe")
        assert [stanza for stanza in s.alice.inbox + s.mallory.inbox if stanza.name == "iq"] == []
    item = push.element[0][0]
    assert (item.get("jid"), item.get("ask")) == (MALLORY, "subscribe")
    assert request.get("from") == ALICE


async def test_what_stays_in_the_house_is_asked_about_once_as_incoming(tmp_path: Path) -> None:
    async with scene(tmp_path) as s:
        bob = await s.server.login(BOB)
        s.alice.say(BOB, "hello neighbour")
        await bob.message("hello neighbour")
        assert [asked.meta["direction"] for asked in s.filter.asked] == ["in"]


async def test_users_talk_to_their_server_and_to_the_filter_unasked(tmp_path: Path) -> None:
    async with scene(tmp_path, lambda _: DROP) as s:
        s.alice.say("filter.example.org", "help")
        await s.filter.take(lambda stanza: stanza.body == "help")
        s.alice.say("example.org", "help")
        await s.alice.error()
        assert s.filter.asked == []


async def test_outbound_can_be_switched_off(tmp_path: Path) -> None:
    async with scene(tmp_path, lambda _: DROP, outbound=False) as s:
        s.alice.say(MALLORY, "hello")
        await s.mallory.message("hello")
        assert "outbound" not in ((await s.filter.hello()).element[0].get("options") or "")


# --- contacted


async def test_to_whom_a_user_has_written_is_known_after_a_restart(tmp_path: Path) -> None:
    async with scene(tmp_path) as s:
        s.alice.say(MALLORY, "hello")
        await s.mallory.message("hello")
        s.mallory.say(ALICE, "hello yourself")
        await s.alice.message("hello yourself")
        await s.server.restart()
        component = await s.server.attach("filter.example.org")
        mallory = await s.server.login(MALLORY)
        mallory.say(ALICE, "are you there?")
        (asked,) = await component.questions(1)
    assert s.filter.asked[-1].meta["contacted"] == "true"
    assert asked.meta["contacted"] == "true"


async def test_what_a_client_sends_on_its_own_is_no_contact_and_neither_is_blocked_spam(tmp_path: Path) -> None:
    async with scene(tmp_path, drop_spam) as s:
        s.alice.send(f"<message to='{s.mallory.jid}'><received xmlns='urn:xmpp:receipts' id='1'/></message>")
        s.alice.say(MALLORY, "spam")
        await s.filter.questions(2)
        await s.alice.sync()
        s.mallory.say(ALICE, "hello")
        await s.alice.message("hello")
        assert s.filter.asked[-1].meta["contacted"] == "false"


# --- order


async def test_what_needs_no_check_stays_behind_what_waits(tmp_path: Path) -> None:
    async with scene(tmp_path, lambda _: None) as s:
        s.mallory.say(ALICE, "first")
        s.mallory.send(f"<presence to='{s.alice.jid}'/>")
        s.mallory.send(f"<iq type='get' id='v' to='{s.alice.jid}'><query xmlns='jabber:iq:version'/></iq>")
        s.mallory.say(ALICE, "second")
        first, second = await s.filter.questions(2)
        s.filter.answer(second)
        await s.alice.sync()
        assert s.alice.inbox == []
        s.filter.answer(first)
        await s.alice.message("second")
        # The message was taken out of the inbox; what came before it is still there, in order.
        assert [stanza.name for stanza in s.alice.inbox] == ["message", "presence", "iq"]


async def test_pairs_do_not_wait_for_each_other(tmp_path: Path) -> None:
    async with scene(tmp_path, lambda asked: None if asked.body == "slow" else ACCEPT) as s:
        evil = await s.evil()
        s.mallory.say(ALICE, "slow")
        await s.filter.questions(1)
        evil.send(f"<message from='x@evil.example/r' to='{ALICE}'><body>quick</body></message>")
        await s.alice.message("quick")
