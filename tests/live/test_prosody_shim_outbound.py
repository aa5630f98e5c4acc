"""mod_xmppfilter and what our own users send: asked about, remembered as contact, and kept in order."""

from pathlib import Path

import pytest

from tests.live.prosody_host import ALICE, BOB, EVIL, MALLORY, ProsodyHost, drop_spam, prosody_host
from tests.live.rawcomponent import ACCEPT, DROP, RawComponent

pytestmark = pytest.mark.live


# --- outbound


async def test_our_users_messages_to_strangers_are_asked_about(tmp_path: Path) -> None:
    async with prosody_host(tmp_path, drop_spam, contacts={"friend@other.example": {"subscription": "both"}}) as s:
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
    async with prosody_host(tmp_path, lambda asked: DROP if asked.name == "presence" else ACCEPT) as s:
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
    async with prosody_host(tmp_path) as s:
        bob = await s.server.login(BOB)
        s.alice.say(BOB, "hello neighbour")
        await bob.message("hello neighbour")
        assert [asked.meta["direction"] for asked in s.filter.asked] == ["in"]


async def test_users_talk_to_their_server_and_to_the_filter_unasked(tmp_path: Path) -> None:
    async with prosody_host(tmp_path, lambda _: DROP) as s:
        s.alice.say("filter.example.org", "help")
        await s.filter.take(lambda stanza: stanza.body == "help")
        s.alice.say("example.org", "help")
        await s.alice.error()
        assert s.filter.asked == []


async def test_outbound_can_be_switched_off(tmp_path: Path) -> None:
    async with prosody_host(tmp_path, lambda _: DROP, outbound=False) as s:
        s.alice.say(MALLORY, "hello")
        await s.mallory.message("hello")
        assert "outbound" not in ((await s.filter.hello()).element[0].get("options") or "")


# --- contacted


async def test_to_whom_a_user_has_written_is_known_after_a_restart(tmp_path: Path) -> None:
    async with prosody_host(tmp_path) as s:
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


@pytest.mark.parametrize(
    ("sent", "counts"),
    [
        ("<message {to} type='chat'><received xmlns='urn:xmpp:receipts' id='m'/></message>", False),
        ("<message {to} type='chat'><displayed xmlns='urn:xmpp:chat-markers:0' id='m'/></message>", False),
        ("<message {to} type='chat'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>", False),
        ("<message {to} type='chat'><body> </body></message>", False),
        ("<message {to} type='chat'><body>spam</body></message>", False),
        ("<message {to}><encrypted xmlns='urn:xmpp:omemo:2'><header sid='1'/></encrypted></message>", False),
        ("<message {to} type='error'><body>x</body><error type='cancel'/></message>", False),
        ("<message {to} type='groupchat'><body>x</body></message>", False),
        ("<presence {to} type='unsubscribed'/>", False),
        ("<presence {to} type='subscribe'/>", True),
        ("<message {to} type='headline'><body>x</body></message>", True),
        ("<message {to}><encrypted xmlns='urn:xmpp:omemo:2'><payload>x</payload></encrypted></message>", True),
    ],
)
async def test_only_what_a_person_wrote_counts_as_written(tmp_path: Path, sent: str, counts: bool) -> None:
    async with prosody_host(tmp_path, drop_spam) as s:
        evil = await s.evil()
        s.alice.send(sent.format(to=f"to='mallory@{EVIL}'"))
        s.alice.send(f"<presence type='unsubscribe' to='mallory@{EVIL}'/>")
        s.alice.send(f"<iq type='get' id='behind' to='mallory@{EVIL}/x'><ping xmlns='urn:xmpp:ping'/></iq>")
        await evil.take(lambda stanza: stanza.get("id") == "behind")
        assert await contacted(s, evil, f"mallory@{EVIL}/x") == ("true" if counts else "false")


async def contacted(s: ProsodyHost, evil: RawComponent, sender: str) -> str | None:
    """Let *sender* write to alice, and return what the question says of whether she has written before."""
    evil.send(f"<message from='{sender}' to='{ALICE}' type='chat'><body>a friend</body></message>")
    await s.alice.message("a friend")
    return s.filter.asked[-1].meta.get("contacted")


HOST = "example.org"
MUC = "http://jabber.org/protocol/muc"
MUC_USER = "http://jabber.org/protocol/muc#user"
ROOM = f"room@{EVIL}"


@pytest.mark.parametrize("extra", ["", f"<x xmlns='{MUC_USER}'/>"])
async def test_a_word_to_one_occupant_is_no_word_to_the_others(tmp_path: Path, extra: str) -> None:
    async with prosody_host(tmp_path) as s:
        evil = await s.evil()
        if not extra:
            await ask_in(s, evil)
        s.alice.say(f"{ROOM}/good", "hello", extra=extra)
        await evil.take(lambda stanza: stanza.body == "hello")
        assert await contacted(s, evil, f"{ROOM}/good") == "true"
        assert await contacted(s, evil, f"{ROOM}/bad") == "false"


# --- rooms


async def ask_in(s: ProsodyHost, evil: RawComponent) -> None:
    """Let alice ask a room elsewhere to be let in."""
    s.alice.send(f"<presence to='{ROOM}/alice'><x xmlns='{MUC}'/></presence>")
    await evil.take(lambda stanza: stanza.get("to") == f"{ROOM}/alice")


async def answer(s: ProsodyHost, evil: RawComponent, *codes: int, nick: str = "alice", kind: str = "") -> None:
    """Let the room send presence of one of its occupants to alice."""
    type_ = f" type='{kind}'" if kind else ""
    x = "".join(f"<status code='{code}'/>" for code in codes)
    sender = f"{ROOM}/{nick}"
    evil.send(f"<presence from='{sender}' to='{s.alice.jid}'{type_}><x xmlns='{MUC_USER}'>{x}</x></presence>")
    await s.alice.take(lambda stanza: stanza.get("from") == sender and stanza.name == "presence")


async def test_occupants_of_a_joined_room_are_exempt_until_the_user_leaves(tmp_path: Path) -> None:
    async with prosody_host(tmp_path) as s:
        evil = await s.evil()

        async def heard(body: str) -> bool:
            """Whether what an occupant says is asked about."""
            before = len(s.filter.asked)
            evil.send(f"<message from='{ROOM}/mallory' to='{s.alice.jid}' type='chat'><body>{body}</body></message>")
            await s.alice.message(body)
            return len(s.filter.asked) > before

        assert await heard("before")
        await answer(s, evil, 110)
        assert await heard("an answer that nobody asked for")
        await ask_in(s, evil)
        assert await heard("a request is no answer")
        await answer(s, evil, nick="bob")
        assert await heard("nor is somebody else's presence")
        await answer(s, evil, 110)
        assert not await heard("during")
        await answer(s, evil, 303, 110, kind="unavailable")
        await answer(s, evil, 110, nick="alicia")
        await answer(s, evil, nick="ally", kind="error")
        assert not await heard("with a new nick")
        await answer(s, evil, 307, nick="alicia", kind="unavailable")
        assert await heard("after being kicked")
        for leave in (f"<presence type='unavailable' to='{ROOM}/alice'/>", "<presence type='unavailable'/>"):
            await ask_in(s, evil)
            await answer(s, evil, 110)
            s.alice.send(leave)
            await evil.take(lambda stanza: stanza.get("type") == "unavailable")
            assert await heard("after leaving")


async def test_only_what_is_said_in_a_joined_room_goes_out_unasked(tmp_path: Path) -> None:
    async with prosody_host(tmp_path) as s:
        evil = await s.evil()
        victim = f"victim@{EVIL}"
        for x in ("", f"<x xmlns='{MUC}'/>"):
            s.alice.send(f"<presence to='{victim}/x'>{x}</presence>")
            for kind in ("chat", "groupchat"):
                s.alice.say(victim, "buy", type_=kind)
                await evil.take(lambda stanza: stanza.body == "buy")
        assert [asked.body for asked in s.filter.asked] == ["buy"] * 4
        await ask_in(s, evil)
        await answer(s, evil, 110)
        s.alice.say(ROOM, "hello all", type_="groupchat")
        s.alice.say(f"{ROOM}/bob", "hello bob")
        s.alice.say(ROOM, "invite", type_="normal", extra=f"<x xmlns='{MUC_USER}'><invite to='{victim}'/></x>")
        await evil.take(lambda stanza: stanza.body == "invite")
        assert [asked.body for asked in s.filter.asked[4:]] == ["hello bob", "invite"]


@pytest.mark.parametrize(
    ("contact", "more", "asked"),
    [
        (f"mallory@{EVIL}", {"subscription": "both"}, False),
        (f"mallory@{EVIL}", {"subscription": "to"}, False),
        (f"mallory@{EVIL}", {"subscription": "none", "ask": "subscribe"}, True),
        (EVIL, {"subscription": "both"}, False),
        (EVIL, {"subscription": "from"}, False),
        (EVIL, {"subscription": "to"}, True),  # granted to anybody by servers
    ],
)
async def test_what_a_user_has_asked_for_alone_frees_no_outgoing_message(
    tmp_path: Path, contact: str, more: dict[str, str], asked: bool
) -> None:
    async with prosody_host(tmp_path, contacts={contact: more}) as s:
        evil = await s.evil()
        await s.alice.sync()
        assert s.filter.asked == []  # a request that is sent again at each login was asked about when it was new
        s.alice.say(f"mallory@{EVIL}", "hello")
        await evil.take(lambda stanza: stanza.body == "hello")
        assert [one.body for one in s.filter.asked] == (["hello"] if asked else [])


async def test_a_roster_that_cannot_be_read_makes_nobody_a_stranger_and_is_read_again(tmp_path: Path) -> None:
    async with prosody_host(tmp_path, contacts={MALLORY: {"subscription": "both"}}) as s:
        evil = await s.evil()
        roster = s.server.stored_path(BOB, "roster")
        roster.parent.mkdir(parents=True, exist_ok=True)
        roster.write_text("return nonsense(")
        for body in ("who knows", "and again"):  # Prosody keeps what it could not read
            evil.send(f"<message from='x@{EVIL}' to='{BOB}'><body>{body}</body></message>")
        await evil.iq(HOST, "<ping xmlns='urn:xmpp:ping'/>", type_="get")
        assert s.filter.asked == []
        roster.unlink()
        evil.send(f"<message from='x@{EVIL}' to='{BOB}'><body>a stranger</body></message>")
        (asked,) = await s.filter.questions(1)
        assert asked.body == "a stranger"
        bob = await s.server.login(BOB)
        assert await bob.bodies(3) == ["who knows", "and again", "a stranger"]


# --- order


async def test_what_needs_no_check_stays_behind_what_waits(tmp_path: Path) -> None:
    async with prosody_host(tmp_path, lambda _: None) as s:
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
    async with prosody_host(tmp_path, lambda asked: None if asked.body == "slow" else ACCEPT) as s:
        evil = await s.evil()
        s.mallory.say(ALICE, "slow")
        await s.filter.questions(1)
        evil.send(f"<message from='x@evil.example/r' to='{ALICE}'><body>quick</body></message>")
        await s.alice.message("quick")
