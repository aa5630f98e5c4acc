"""What ejabberd's module asks about, what it says with the question, and how it carries a verdict out."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.live.ejabberd import Ejabberd
from tests.live.ejabberd_stage import EVIL, FILTER, HOST, Stage, filtered, gone, on_stage, tagged, verdict
from tests.live.rawclient import RawClient
from tests.live.rawcomponent import CHECK, DROP, TAG, Asked
from tests.live.xmlstream import Received

pytestmark = pytest.mark.live

MUC = "http://jabber.org/protocol/muc"
MUC_USER = "http://jabber.org/protocol/muc#user"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ejabberd]:
    with filtered(tmp_path_factory.mktemp("ejabberd"), modules={"mod_mam": {"default": "always"}}) as running:
        yield running


@pytest.fixture
async def stage(server: Ejabberd) -> AsyncIterator[Stage]:
    async with on_stage(server) as connected:
        yield connected


def bodies(stage: Stage) -> list[str | None]:
    return [asked.body for asked in stage.filter.asked]


async def test_both_sides_say_hello(server: Ejabberd) -> None:
    filter_ = await server.attach(FILTER)
    greeting = await filter_.hello()
    answer = "<hello xmlns='urn:xmppfilter:check:0' version='0' software='answer 2' route='verdict' options='bans'/>"
    filter_.reply(greeting.get("id") or "", HOST, answer)
    await server.logged(f"answer 2 greets {HOST}")
    filter_.abort()
    await gone(server, FILTER)


async def test_a_hello_is_answered_with_a_hello(stage: Stage) -> None:
    greeting = "<hello xmlns='urn:xmppfilter:check:0' version='0' software='test 1' route='verdict' options='bans'/>"
    answer = await stage.filter.iq(HOST, greeting)
    hello = answer.child("hello", CHECK)
    assert hello is not None
    assert hello.get("version") == "0"
    assert hello.get("route") == "verdict"
    assert "(ejabberd " in (hello.get("software") or "")
    assert set((hello.get("options") or "").split()) == {"outbound", "hold", "reports", "locks", "bans"}
    assert "test 1" in (await stage.server.status(HOST))["last_hello"]


async def test_an_accepted_stanza_arrives_as_it_was_sent(stage: Stage) -> None:
    alice = await stage.login(stage.alice)
    stage.say("hello", extra="<active xmlns='http://jabber.org/protocol/chatstates'/>")
    message = await alice.message("hello")
    assert message.get("from") == f"{stage.mallory}/x"
    assert message.get("to") == stage.alice
    assert message.get("id") == "i-hello"
    assert message.child("active", "http://jabber.org/protocol/chatstates") is not None
    [asked] = stage.filter.asked
    assert asked.asker == HOST
    assert asked.stanza.tag == "{jabber:client}message"
    assert asked.stanza.get("from") == f"{stage.mallory}/x"


async def test_the_question_says_what_the_server_knows(stage: Stage) -> None:
    await stage.login(stage.alice)
    stage.say("one")
    stage.say("two", to=f"nobody@{HOST}")
    first, second = (await stage.filter.questions(2))[:2]
    assert first.meta["via"] == "component"
    assert first.meta["peer"] == EVIL
    assert first.meta["ip"] == "127.0.0.1"
    assert first.meta.get("direction", "in") == "in"
    assert first.meta["contacted"] == "false"
    assert (first.meta["exists"], first.meta["online"]) == ("true", "true")
    assert (second.meta["exists"], second.meta["online"]) == ("false", "false")
    assert first.meta["received"].endswith("Z")
    assert "banned" not in first.meta


async def test_a_dropped_stanza_leaves_no_trace(stage: Stage) -> None:
    stage.filter.judge = lambda asked: DROP if asked.body == "spam" else verdict("accept")
    alice = await stage.login(stage.alice)
    stage.say("spam")
    stage.say("ham")
    assert await alice.bodies(1) == ["ham"]
    archive = await alice.iq("<query xmlns='urn:xmpp:mam:2'/>")
    assert archive.get("type") == "result"
    kept = b"".join(stanza.raw for stanza in alice.inbox)
    assert b"ham" in kept
    assert b"spam" not in kept
    assert not [stanza for stanza in stage.evil.inbox if stanza.get("type") == "error"]


async def test_a_bounce_is_one_error_without_the_payload(stage: Stage) -> None:
    stage.filter.judge = lambda _: verdict("bounce", type="cancel", condition="policy-violation", content="Not here.")
    await stage.login(stage.alice)
    stage.say("spam")
    answer = await stage.evil.take(lambda s: s.name == "message", "bounce")
    assert answer.get("type") == "error"
    assert answer.get("id") == "i-spam"
    assert (answer.get("from"), answer.get("to")) == (stage.alice, f"{stage.mallory}/x")
    [error] = list(answer.element)
    assert error.get("type") == "cancel"
    assert [child.tag.rpartition("}")[2] for child in error] == ["policy-violation", "text"]
    assert error[1].text == "Not here."


async def test_a_refused_subscription_is_answered_and_an_error_never(stage: Stage) -> None:
    stage.filter.judge = lambda _: verdict("bounce", type="cancel", condition="policy-violation")
    alice = await stage.login(stage.alice)
    stage.evil.send(f"<message from='{stage.mallory}/x' to='{alice.jid}' type='error' id='e'><body>x</body></message>")
    await stage.filter.questions(1)
    stage.evil.send(f"<presence from='{stage.mallory}' to='{stage.alice}' type='subscribe' id='s'/>")
    answer = await stage.evil.take(lambda s: s.get("type") == "error", "bounce")
    assert (answer.name, answer.get("id")) == ("presence", "s")
    await alice.sync()
    assert arrivals(alice, stage.mallory) == []
    assert await stage.server.call(roster_size(stage.alice)) == "0"


def roster_size(jid: str) -> str:
    user, _, host = jid.partition("@")
    return f'length(mod_roster:get_roster(<<"{user}">>, <<"{host}">>))'


@pytest.mark.parametrize(
    "answer",
    [verdict("strange"), "<nonsense xmlns='urn:x'/>", "", "<verdict xmlns='urn:other' action='drop'/>"],
)
async def test_what_is_no_verdict_is_an_accept(stage: Stage, answer: str) -> None:
    stage.filter.judge = lambda _: answer
    alice = await stage.login(stage.alice)
    stage.say("hello")
    await alice.message("hello")


async def test_an_error_for_an_answer_is_an_accept(stage: Stage) -> None:
    stage.filter.judge = lambda _: None
    alice = await stage.login(stage.alice)
    stage.say("hello")
    [asked] = await stage.filter.questions(1)
    stage.filter.reply(asked.id, HOST, type_="error")
    await alice.message("hello")


@pytest.mark.parametrize(("subscription", "ask"), [("both", "none"), ("to", "none"), ("from", "none"), ("none", "out")])
async def test_contacts_are_not_asked_about(stage: Stage, subscription: str, ask: str) -> None:
    alice = await stage.login(stage.alice)
    await stage.server.add_contact(stage.alice, stage.mallory, subscription=subscription, ask=ask)
    stage.say("hello")
    await alice.message("hello")
    assert stage.filter.asked == []


@pytest.mark.parametrize(("contact", "ask"), [("{mallory}", "none"), ("{mallory}", "in"), ("sub.evil.example", "none")])
async def test_who_is_in_the_roster_for_another_reason_is_a_stranger(stage: Stage, contact: str, ask: str) -> None:
    alice = await stage.login(stage.alice)
    subscription = "none" if "mallory" in contact else "both"
    await stage.server.add_contact(
        stage.alice, contact.format(mallory=stage.mallory), subscription=subscription, ask=ask
    )
    stage.say("hello")
    await alice.message("hello")
    assert bodies(stage) == ["hello"]


async def test_an_item_for_the_whole_domain_makes_its_people_contacts(stage: Stage) -> None:
    alice = await stage.login(stage.alice)
    await stage.server.add_contact(stage.alice, EVIL)
    stage.say("through the gateway")
    await alice.message("through the gateway")
    assert stage.filter.asked == []


async def test_whom_the_user_has_blocked_is_refused_by_the_server_alone(stage: Stage) -> None:
    alice = await stage.login(stage.alice)
    await alice.iq(f"<block xmlns='urn:xmpp:blocking'><item jid='{stage.mallory}'/></block>")
    stage.say("hello")
    refused = await stage.evil.take(lambda s: s.get("type") == "error", "refusal")
    assert refused.get("id") == "i-hello"
    assert stage.filter.asked == []


async def test_what_kinds_of_stanza_are_asked_about(stage: Stage) -> None:
    alice = await stage.login(stage.alice)
    send = stage.evil.send
    address = f"from='{stage.mallory}/x' to='{stage.alice}'"
    full = f"from='{stage.mallory}/x' to='{alice.jid}'"
    reason = "<item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
    send(f"<message {full} type='error' id='n1'><error type='cancel'>{reason}</error></message>")
    send(f"<message {full} type='groupchat' id='n2'><body>x</body></message>")
    send(f"<presence {full} id='n3'/>")
    send(f"<iq {full} type='get' id='n4'><ping xmlns='urn:xmpp:ping'/></iq>")
    send(f"<message {full} type='error' id='y1'><body>no child</body></message>")
    send(f"<message {full} type='error' id='y2'><x xmlns='urn:x'><error/></x></message>")
    send(f"<message {address} type='groupchat' id='y3'><body>x</body></message>")
    send(f"<message {address} type='headline' id='y4'/>")
    send(f"<presence from='{stage.mallory}' to='{stage.alice}' type='subscribe' id='y5'/>")
    await stage.filter.questions(5)
    assert [asked.stanza.get("id") for asked in stage.filter.asked] == ["y1", "y2", "y3", "y4", "y5"]
    await alice.take(lambda s: s.get("id") == "n1")
    await alice.take(lambda s: s.get("id") == "n4")
    await alice.take(lambda s: s.get("type") == "subscribe")


async def test_the_own_account_and_the_server_are_never_asked_about(stage: Stage) -> None:
    alice = await stage.login(stage.alice)
    phone = await stage.login(stage.alice, resource="phone")
    await stage.ban(stage.alice)
    alice.say(stage.alice, "note to self")
    alice.say(phone.jid, "to my phone")
    assert set(await phone.bodies(2)) == {"note to self", "to my phone"}
    await alice.sync()
    assert (await alice.iq("<query xmlns='jabber:iq:roster'/>", type_="get")).get("type") == "result"
    announcement = f"<message from='{HOST}' to='{stage.alice}'><body>maintenance</body></message>"
    await stage.server.call(f'ejabberd_router:route(xmpp:decode(fxml_stream:parse_element(<<"{announcement}">>)))')
    await alice.message("maintenance")
    assert stage.filter.asked == []


async def ask_in(stage: Stage, alice: RawClient, room: str) -> None:
    """Let alice ask *room* to be let in."""
    alice.send(f"<presence to='{room}/alice'><x xmlns='http://jabber.org/protocol/muc'/></presence>")
    await stage.evil.take(lambda s: s.get("to") == f"{room}/alice", "join")


async def let_in(stage: Stage, alice: RawClient, room: str, nick: str = "alice") -> None:
    """Let *room* answer that alice is in."""
    stage.evil.send(f"<presence from='{room}/{nick}' to='{alice.jid}'>{mark(110)}</presence>")
    await alice.take(lambda s: s.get("from") == f"{room}/{nick}", "own presence")


def mark(*codes: int) -> str:
    return f"<x xmlns='{MUC_USER}'>" + "".join(f"<status code='{code}'/>" for code in codes) + "</x>"


def room_of(stage: Stage) -> str:
    return f"room-{stage.alice.partition('@')[0]}@{EVIL}"


async def test_occupants_of_a_joined_room_are_exempt_until_the_user_leaves(stage: Stage) -> None:
    alice = await stage.login(stage.alice)
    room = room_of(stage)

    def whisper(body: str) -> None:
        stage.evil.send(f"<message from='{room}/mallory' to='{alice.jid}' type='chat'><body>{body}</body></message>")

    async def heard(body: str) -> bool:
        """Whether what an occupant says is asked about."""
        before = len(bodies(stage))
        whisper(body)
        await alice.message(body)
        return len(bodies(stage)) > before

    assert await heard("before")
    await ask_in(stage, alice, room)
    assert await heard("a request is no answer")
    stage.evil.send(f"<presence from='{room}/bob' to='{alice.jid}'>{mark()}</presence>")
    assert await heard("nor is somebody else's presence")
    await let_in(stage, alice, room)
    assert not await heard("during")
    stage.evil.send(f"<presence type='unavailable' from='{room}/alice' to='{alice.jid}'>{mark(303, 110)}</presence>")
    await let_in(stage, alice, room, "alicia")
    stage.evil.send(f"<presence type='error' from='{room}/ally' to='{alice.jid}'/>")
    assert not await heard("with a new nick")
    stage.evil.send(f"<presence type='unavailable' from='{room}/alicia' to='{alice.jid}'>{mark(307)}</presence>")
    await alice.take(lambda s: s.get("from") == f"{room}/alicia" and s.get("type") == "unavailable", "kick")
    assert await heard("after being kicked")
    for leave in (f"<presence type='unavailable' to='{room}/alice'/>", "<presence type='unavailable'/>"):
        await ask_in(stage, alice, room)
        await let_in(stage, alice, room)
        alice.send(leave)
        await stage.evil.take(lambda s: s.get("type") == "unavailable", "leave")
        assert await heard("after leaving")


async def test_an_answer_that_nobody_asked_for_makes_no_joined_room(stage: Stage) -> None:
    alice = await stage.login(stage.alice)
    room = room_of(stage)
    await let_in(stage, alice, room)
    alice.send(f"<presence to='{room}/alice'/>")  # presence to somebody who need not be a room
    await stage.evil.take(lambda s: s.get("to") == f"{room}/alice", "presence")
    await let_in(stage, alice, room)
    stage.evil.send(f"<message from='{room}/mallory' to='{alice.jid}' type='chat'><body>buy</body></message>")
    await alice.message("buy")
    assert bodies(stage) == ["buy"]


async def test_only_what_is_said_in_a_joined_room_goes_out_unasked(stage: Stage) -> None:
    alice = await stage.login(stage.alice)
    room = room_of(stage)
    victim = f"victim@{EVIL}"
    for presence in (f"<presence to='{victim}/x'/>", f"<presence to='{victim}/x'><x xmlns='{MUC}'/></presence>"):
        alice.send(presence)
        alice.say(victim, "buy")
        await stage.evil.take(lambda s: s.body == "buy", "message")
    assert bodies(stage) == ["buy", "buy"]
    await ask_in(stage, alice, room)
    await let_in(stage, alice, room)
    alice.say(room, "hello all", type_="groupchat")
    await stage.evil.take(lambda s: s.body == "hello all", "message")
    alice.say(f"{room}/bob", "hello bob")
    alice.say(room, "invite", type_="normal", extra=f"<x xmlns='{MUC_USER}'><invite to='{victim}'/></x>")
    await stage.evil.take(lambda s: s.body == "invite", "invitation")
    assert bodies(stage)[2:] == ["hello bob", "invite"]


@pytest.mark.parametrize(
    ("subscription", "ask", "asked"),
    [("both", "none", False), ("to", "none", False), ("from", "none", False), ("none", "out", True)],
)
async def test_what_a_user_has_asked_for_alone_frees_no_outgoing_message(
    stage: Stage, subscription: str, ask: str, asked: bool
) -> None:
    alice = await stage.login(stage.alice)
    await stage.server.add_contact(stage.alice, stage.mallory, subscription=subscription, ask=ask)
    alice.say(stage.mallory, "hello")
    await stage.evil.take(lambda s: s.body == "hello", "message")
    assert bodies(stage) == (["hello"] if asked else [])


@pytest.mark.parametrize(("subscription", "asked"), [("both", False), ("from", False), ("to", True)])
async def test_a_subscription_to_a_domain_that_it_did_not_ask_for_frees_nothing(
    stage: Stage, subscription: str, asked: bool
) -> None:
    alice = await stage.login(stage.alice)
    await stage.server.add_contact(stage.alice, EVIL, subscription=subscription)
    alice.say(stage.mallory, "hello")
    await stage.evil.take(lambda s: s.body == "hello", "message")
    assert bodies(stage) == (["hello"] if asked else [])


async def test_a_session_older_than_the_module_is_in_a_room_as_soon_as_that_says_so(stage: Stage) -> None:
    alice = await stage.login(stage.alice)
    room = room_of(stage)
    await ask_in(stage, alice, room)
    await stage.server.call(f'gen_mod:stop_module(<<"{HOST}">>, mod_xmppfilter)')
    await stage.server.call(f'gen_mod:start_module(<<"{HOST}">>, mod_xmppfilter)')
    await alice.sync()
    await let_in(stage, alice, room)
    stage.evil.send(f"<message from='{room}/mallory' to='{alice.jid}' type='chat'><body>known</body></message>")
    await alice.message("known")
    assert stage.filter.asked == []


async def test_a_failure_that_the_server_keeps_makes_no_stranger_of_a_contact(stage: Stage) -> None:
    alice = await stage.login(stage.alice)
    await stage.server.add_contact(stage.alice, stage.mallory)
    user, _, domain = stage.mallory.partition("@")
    us = f'{{<<"{stage.alice.partition("@")[0]}">>, <<"{HOST}">>}}'
    item = f'{{element(1, {us}), element(2, {us}), {{<<"{user}">>, <<"{domain}">>, <<>>}}}}'
    for table, key in (("roster_cache", us), ("roster_item_cache", item)):
        await stage.server.call(
            f"ets_cache:delete({table}, {key}), error = ets_cache:lookup({table}, {key}, fun() -> error end)"
        )
    stage.say("an old friend")
    await alice.message("an old friend")
    assert bodies(stage) == []


async def test_a_roster_that_cannot_be_read_makes_nobody_a_stranger(tmp_path: Path) -> None:
    with filtered(tmp_path) as broken:
        async with on_stage(broken) as stage:
            await broken.add_users(stage.alice, stage.bob)
            stage.say("a stranger")
            await stage.filter.questions(1)
            await broken.call("mnesia:delete_table(roster)")
            stage.say("who knows", to=stage.bob)
            await broken.counted(HOST, "roster_unreadable", 1)
            async with asyncio.timeout(10):
                while await broken.offline(stage.bob) < 1:
                    pass
            assert bodies(stage) == ["a stranger"]


@pytest.mark.parametrize("known", [True, False])
async def test_the_inviter_is_looked_up_in_the_roster(stage: Stage, known: bool) -> None:
    await stage.login(stage.alice)
    if known:
        await stage.server.add_contact(stage.alice, "friend@elsewhere.example")
    invite = f"<x xmlns='{MUC_USER}'><invite from='friend@elsewhere.example/desk'/></x>"
    stage.evil.send(f"<message from='room@{EVIL}' to='{stage.alice}'>{invite}</message>")
    [asked] = await stage.filter.questions(1)
    assert asked.meta.get("inviter") == ("contact" if known else None)


async def test_whom_the_user_has_written_to_is_said(stage: Stage) -> None:
    alice = await stage.login(stage.alice)
    alice.say(stage.mallory, "who are you?")
    await stage.evil.take(lambda s: s.body == "who are you?", "message")
    assert await contacted(stage, alice, stage.mallory) == "true"
    assert await contacted(stage, alice, f"other@{EVIL}") == "false"


async def contacted(stage: Stage, alice: RawClient, sender: str) -> str | None:
    """Let *sender* write to alice, and return what the question says of whether she has written before."""
    full = sender if "/" in sender else f"{sender}/x"
    stage.evil.send(f"<message from='{full}' to='{alice.bare_jid}' type='chat'><body>a friend</body></message>")
    await alice.message("a friend")
    return stage.filter.asked[-1].meta.get("contacted")


@pytest.mark.parametrize(
    ("sent", "counts"),
    [
        ("<message {to} type='chat'><received xmlns='urn:xmpp:receipts' id='m'/></message>", False),
        ("<message {to} type='chat'><displayed xmlns='urn:xmpp:chat-markers:0' id='m'/></message>", False),
        ("<message {to} type='chat'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>", False),
        ("<message {to} type='chat'><body> </body></message>", False),
        (
            "<message {to} type='chat'><encrypted xmlns='urn:xmpp:omemo:2'><header sid='1'/></encrypted></message>",
            False,
        ),
        ("<message {to} type='error'><body>x</body><error type='cancel'/></message>", False),
        ("<message {to} type='groupchat'><body>x</body></message>", False),
        ("<presence {to} type='unsubscribed'/>", False),
        ("<presence {to} type='subscribe'/>", True),
        ("<message {to} type='headline'><body>x</body></message>", True),
        ("<message {to}><encrypted xmlns='urn:xmpp:omemo:2'><payload>x</payload></encrypted></message>", True),
    ],
)
async def test_only_what_a_person_wrote_counts_as_written(stage: Stage, sent: str, counts: bool) -> None:
    alice = await stage.login(stage.alice)
    alice.send(sent.format(to=f"to='{stage.mallory}'"))
    alice.send(f"<presence type='unsubscribe' to='{stage.mallory}'/>")
    alice.send(f"<iq type='get' id='behind' to='{stage.mallory}/x'><ping xmlns='urn:xmpp:ping'/></iq>")
    await stage.evil.take(lambda s: s.get("id") == "behind", "what was sent behind it")
    assert await contacted(stage, alice, stage.mallory) == ("true" if counts else "false")


@pytest.mark.parametrize("extra", ["", f"<x xmlns='{MUC_USER}'/>"])
async def test_a_word_to_one_occupant_is_no_word_to_the_others(stage: Stage, extra: str) -> None:
    alice = await stage.login(stage.alice)
    room = room_of(stage)
    if not extra:
        await ask_in(stage, alice, room)
    alice.say(f"{room}/good", "hello", extra=extra)
    await stage.evil.take(lambda s: s.body == "hello", "message")
    assert await contacted(stage, alice, f"{room}/good") == "true"
    assert await contacted(stage, alice, f"{room}/bad") == "false"


async def test_tags_of_the_verdict_are_added_and_those_of_strangers_removed(stage: Stage) -> None:
    stage.filter.judge = lambda _: verdict("accept", content=tagged("7.5") + "<other xmlns='urn:x'/>")
    alice = await stage.login(stage.alice)
    stage.say("asked", extra=tagged("-10"))
    message = await alice.message("asked")
    assert [tag.get("score") for tag in message.element.iter(f"{{{TAG}}}spam")] == ["7.5"]
    assert message.child("other", "urn:x") is None
    stage.evil.send(f"<iq type='get' from='{stage.mallory}/x' to='{alice.jid}' id='q'>{tagged('-10')}</iq>")
    request = await alice.take(lambda s: s.get("id") == "q", "iq")
    assert list(request.element) == []


async def test_what_local_users_send_to_strangers_is_asked_about(stage: Stage) -> None:
    alice = await stage.login(stage.alice)
    alice.say(stage.mallory, "out")
    received = await stage.evil.take(lambda s: s.body == "out", "message")
    assert received.get("from") == alice.jid
    [asked] = stage.filter.asked
    assert asked.meta["direction"] == "out"
    assert asked.meta["via"] == "c2s"
    assert "exists" not in asked.meta
    assert asked.stanza.get("from") == alice.jid
    await stage.server.add_contact(stage.alice, f"friend@{EVIL}")
    alice.say(f"friend@{EVIL}", "to a friend")
    await stage.evil.take(lambda s: s.body == "to a friend", "message")
    assert bodies(stage) == ["out"]


async def test_a_local_stanza_is_asked_about_once_as_inbound(stage: Stage) -> None:
    alice = await stage.login(stage.alice)
    bob = await stage.login(stage.bob)
    alice.say(stage.bob, "neighbour")
    await bob.message("neighbour")
    [asked] = stage.filter.asked
    assert asked.meta["direction"] == "in"
    assert asked.meta["via"] == "c2s"
    assert asked.meta["tls"] == "false"
    assert asked.meta["ip"] == "127.0.0.1"


async def test_a_refused_outgoing_subscription_leaves_the_roster_alone(stage: Stage) -> None:
    stage.filter.judge = lambda asked: DROP if asked.stanza.get("to") == stage.mallory else verdict("accept")
    alice = await stage.login(stage.alice)
    alice.subscribe(stage.mallory)
    await stage.filter.questions(1)
    alice.subscribe(f"friend@{EVIL}")
    request = await stage.evil.take(lambda s: s.get("type") == "subscribe", "subscribe")
    assert (request.get("from"), request.get("to")) == (stage.alice, f"friend@{EVIL}")
    roster = await alice.iq("<query xmlns='jabber:iq:roster'/>", type_="get")
    items = [(item.get("jid"), item.get("ask")) for item in roster.element.iter("{jabber:iq:roster}item")]
    assert items == [(f"friend@{EVIL}", "subscribe")]


async def test_order_is_kept_for_what_needs_no_opinion_too(stage: Stage) -> None:
    held: list[Asked] = []
    stage.filter.judge = held.append
    alice = await stage.login(stage.alice)
    stage.say("one")
    stage.evil.send(f"<presence from='{stage.mallory}/x' to='{alice.jid}' id='two'/>")
    stage.evil.send(f"<iq type='get' from='{stage.mallory}/x' to='{alice.jid}' id='three'><q xmlns='urn:x'/></iq>")
    stage.say("four")
    stage.say("from another", from_=f"other@{EVIL}")
    await stage.filter.questions(3)
    await answer_and_wait(stage, held[2], alice, "from another")
    stage.filter.answer(held[1])
    stage.filter.answer(held[0])
    await alice.message("four")
    order = [stanza.get("id") for stanza in arrivals(alice, stage.mallory)]
    assert order == ["i-one", "two", "three"]


async def answer_and_wait(stage: Stage, asked: Asked, client: RawClient, body: str) -> None:
    stage.filter.answer(asked)
    await client.message(body)


def arrivals(client: RawClient, sender: str) -> list[Received]:
    return [stanza for stanza in client.inbox if (stanza.get("from") or "").startswith(sender)]


async def test_an_outgoing_stanza_survives_the_end_of_its_session(stage: Stage) -> None:
    stage.filter.judge = lambda _: None
    alice = await stage.login(stage.alice)
    alice.say(stage.mallory, "last words")
    [asked] = await stage.filter.questions(1)
    await alice.close()
    stage.filter.answer(asked)
    received = await stage.evil.take(lambda s: s.body == "last words", "message")
    assert received.get("from") == alice.jid


async def test_what_waits_in_offline_storage_is_not_asked_about_again(stage: Stage) -> None:
    await stage.server.add_users(stage.alice)
    stage.say("while you were out")
    async with asyncio.timeout(10):
        while await stage.server.offline(stage.alice) == 0:
            pass
    alice = await stage.login(stage.alice)
    await alice.message("while you were out")
    assert len(stage.filter.asked) == 1
