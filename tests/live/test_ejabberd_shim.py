"""What ejabberd's module asks about, what it says with the question, and how it carries a verdict out."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.live.ejabberd import Ejabberd
from tests.live.ejabberd_host import EVIL, FILTER, HOST, EjabberdHost, filtered, gone, on_ejabberd, tagged, verdict
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
async def ejabberd_host(server: Ejabberd) -> AsyncIterator[EjabberdHost]:
    async with on_ejabberd(server) as connected:
        yield connected


def bodies(ejabberd_host: EjabberdHost) -> list[str | None]:
    return [asked.body for asked in ejabberd_host.filter.asked]


async def test_both_sides_say_hello(server: Ejabberd) -> None:
    filter_ = await server.attach(FILTER)
    greeting = await filter_.hello()
    answer = "<hello xmlns='urn:xmppfilter:check:0' version='0' software='answer 2' route='verdict' options='bans'/>"
    filter_.reply(greeting.get("id") or "", HOST, answer)
    await server.logged(f"answer 2 greets {HOST}")
    filter_.abort()
    await gone(server, FILTER)


async def test_a_hello_is_answered_with_a_hello(ejabberd_host: EjabberdHost) -> None:
    greeting = "<hello xmlns='urn:xmppfilter:check:0' version='0' software='test 1' route='verdict' options='bans'/>"
    answer = await ejabberd_host.filter.iq(HOST, greeting)
    hello = answer.child("hello", CHECK)
    assert hello is not None
    assert hello.get("version") == "0"
    assert hello.get("route") == "verdict"
    assert "(ejabberd " in (hello.get("software") or "")
    assert set((hello.get("options") or "").split()) == {"outbound", "hold", "reports", "locks", "bans"}
    assert "test 1" in (await ejabberd_host.server.status(HOST))["last_hello"]


async def test_an_accepted_stanza_arrives_as_it_was_sent(ejabberd_host: EjabberdHost) -> None:
    alice = await ejabberd_host.login(ejabberd_host.alice)
    ejabberd_host.say("hello", extra="<active xmlns='http://jabber.org/protocol/chatstates'/>")
    message = await alice.message("hello")
    assert message.get("from") == f"{ejabberd_host.mallory}/x"
    assert message.get("to") == ejabberd_host.alice
    assert message.get("id") == "i-hello"
    assert message.child("active", "http://jabber.org/protocol/chatstates") is not None
    [asked] = ejabberd_host.filter.asked
    assert asked.asker == HOST
    assert asked.stanza.tag == "{jabber:client}message"
    assert asked.stanza.get("from") == f"{ejabberd_host.mallory}/x"


async def test_the_question_says_what_the_server_knows(ejabberd_host: EjabberdHost) -> None:
    await ejabberd_host.login(ejabberd_host.alice)
    ejabberd_host.say("one")
    ejabberd_host.say("two", to=f"nobody@{HOST}")
    first, second = (await ejabberd_host.filter.questions(2))[:2]
    assert first.meta["via"] == "component"
    assert first.meta["peer"] == EVIL
    assert first.meta["ip"] == "127.0.0.1"
    assert first.meta.get("direction", "in") == "in"
    assert first.meta["contacted"] == "false"
    assert (first.meta["exists"], first.meta["online"]) == ("true", "true")
    assert (second.meta["exists"], second.meta["online"]) == ("false", "false")
    assert first.meta["received"].endswith("Z")
    assert "banned" not in first.meta


async def test_a_dropped_stanza_leaves_no_trace(ejabberd_host: EjabberdHost) -> None:
    ejabberd_host.filter.judge = lambda asked: DROP if asked.body == "spam" else verdict("accept")
    alice = await ejabberd_host.login(ejabberd_host.alice)
    ejabberd_host.say("spam")
    ejabberd_host.say("ham")
    assert await alice.bodies(1) == ["ham"]
    archive = await alice.iq("<query xmlns='urn:xmpp:mam:2'/>")
    assert archive.get("type") == "result"
    kept = b"".join(stanza.raw for stanza in alice.inbox)
    assert b"ham" in kept
    assert b"spam" not in kept
    assert not [stanza for stanza in ejabberd_host.evil.inbox if stanza.get("type") == "error"]


async def test_a_bounce_is_one_error_without_the_payload(ejabberd_host: EjabberdHost) -> None:
    ejabberd_host.filter.judge = lambda _: verdict(
        "bounce", type="cancel", condition="policy-violation", content="Not here."
    )
    await ejabberd_host.login(ejabberd_host.alice)
    ejabberd_host.say("spam")
    answer = await ejabberd_host.evil.take(lambda s: s.name == "message", "bounce")
    assert answer.get("type") == "error"
    assert answer.get("id") == "i-spam"
    assert (answer.get("from"), answer.get("to")) == (ejabberd_host.alice, f"{ejabberd_host.mallory}/x")
    [error] = list(answer.element)
    assert error.get("type") == "cancel"
    assert [child.tag.rpartition("}")[2] for child in error] == ["policy-violation", "text"]
    assert error[1].text == "Not here."


async def test_a_refused_subscription_is_answered_and_an_error_never(ejabberd_host: EjabberdHost) -> None:
    ejabberd_host.filter.judge = lambda _: verdict("bounce", type="cancel", condition="policy-violation")
    alice = await ejabberd_host.login(ejabberd_host.alice)
    ejabberd_host.evil.send(
        f"<message from='{ejabberd_host.mallory}/x' to='{alice.jid}' type='error' id='e'><body>x</body></message>"
    )
    await ejabberd_host.filter.questions(1)
    ejabberd_host.evil.send(
        f"<presence from='{ejabberd_host.mallory}' to='{ejabberd_host.alice}' type='subscribe' id='s'/>"
    )
    answer = await ejabberd_host.evil.take(lambda s: s.get("type") == "error", "bounce")
    assert (answer.name, answer.get("id")) == ("presence", "s")
    await alice.sync()
    assert arrivals(alice, ejabberd_host.mallory) == []
    assert await ejabberd_host.server.call(roster_size(ejabberd_host.alice)) == "0"


def roster_size(jid: str) -> str:
    user, _, host = jid.partition("@")
    return f'length(mod_roster:get_roster(<<"{user}">>, <<"{host}">>))'


@pytest.mark.parametrize(
    "answer",
    [verdict("strange"), "<nonsense xmlns='urn:x'/>", "", "<verdict xmlns='urn:other' action='drop'/>"],
)
async def test_what_is_no_verdict_is_an_accept(ejabberd_host: EjabberdHost, answer: str) -> None:
    ejabberd_host.filter.judge = lambda _: answer
    alice = await ejabberd_host.login(ejabberd_host.alice)
    ejabberd_host.say("hello")
    await alice.message("hello")


async def test_an_error_for_an_answer_is_an_accept(ejabberd_host: EjabberdHost) -> None:
    ejabberd_host.filter.judge = lambda _: None
    alice = await ejabberd_host.login(ejabberd_host.alice)
    ejabberd_host.say("hello")
    [asked] = await ejabberd_host.filter.questions(1)
    ejabberd_host.filter.reply(asked.id, HOST, type_="error")
    await alice.message("hello")


@pytest.mark.parametrize(("subscription", "ask"), [("both", "none"), ("to", "none"), ("from", "none"), ("none", "out")])
async def test_contacts_are_not_asked_about(ejabberd_host: EjabberdHost, subscription: str, ask: str) -> None:
    alice = await ejabberd_host.login(ejabberd_host.alice)
    await ejabberd_host.server.add_contact(
        ejabberd_host.alice, ejabberd_host.mallory, subscription=subscription, ask=ask
    )
    ejabberd_host.say("hello")
    await alice.message("hello")
    assert ejabberd_host.filter.asked == []


@pytest.mark.parametrize(("contact", "ask"), [("{mallory}", "none"), ("{mallory}", "in"), ("sub.evil.example", "none")])
async def test_who_is_in_the_roster_for_another_reason_is_a_stranger(
    ejabberd_host: EjabberdHost, contact: str, ask: str
) -> None:
    alice = await ejabberd_host.login(ejabberd_host.alice)
    subscription = "none" if "mallory" in contact else "both"
    await ejabberd_host.server.add_contact(
        ejabberd_host.alice, contact.format(mallory=ejabberd_host.mallory), subscription=subscription, ask=ask
    )
    ejabberd_host.say("hello")
    await alice.message("hello")
    assert bodies(ejabberd_host) == ["hello"]


async def test_an_item_for_the_whole_domain_makes_its_people_contacts(ejabberd_host: EjabberdHost) -> None:
    alice = await ejabberd_host.login(ejabberd_host.alice)
    await ejabberd_host.server.add_contact(ejabberd_host.alice, EVIL)
    ejabberd_host.say("through the gateway")
    await alice.message("through the gateway")
    assert ejabberd_host.filter.asked == []


async def test_whom_the_user_has_blocked_is_refused_by_the_server_alone(ejabberd_host: EjabberdHost) -> None:
    alice = await ejabberd_host.login(ejabberd_host.alice)
    await alice.iq(f"<block xmlns='urn:xmpp:blocking'><item jid='{ejabberd_host.mallory}'/></block>")
    ejabberd_host.say("hello")
    refused = await ejabberd_host.evil.take(lambda s: s.get("type") == "error", "refusal")
    assert refused.get("id") == "i-hello"
    assert ejabberd_host.filter.asked == []


async def test_what_kinds_of_stanza_are_asked_about(ejabberd_host: EjabberdHost) -> None:
    alice = await ejabberd_host.login(ejabberd_host.alice)
    send = ejabberd_host.evil.send
    address = f"from='{ejabberd_host.mallory}/x' to='{ejabberd_host.alice}'"
    full = f"from='{ejabberd_host.mallory}/x' to='{alice.jid}'"
    reason = "<item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
    send(f"<message {full} type='error' id='n1'><error type='cancel'>{reason}</error></message>")
    send(f"<message {full} type='groupchat' id='n2'><body>x</body></message>")
    send(f"<presence {full} id='n3'/>")
    send(f"<iq {full} type='get' id='n4'><ping xmlns='urn:xmpp:ping'/></iq>")
    send(f"<message {full} type='error' id='y1'><body>no child</body></message>")
    send(f"<message {full} type='error' id='y2'><x xmlns='urn:x'><error/></x></message>")
    send(f"<message {address} type='groupchat' id='y3'><body>x</body></message>")
    send(f"<message {address} type='headline' id='y4'/>")
    send(f"<presence from='{ejabberd_host.mallory}' to='{ejabberd_host.alice}' type='subscribe' id='y5'/>")
    await ejabberd_host.filter.questions(5)
    assert [asked.stanza.get("id") for asked in ejabberd_host.filter.asked] == ["y1", "y2", "y3", "y4", "y5"]
    await alice.take(lambda s: s.get("id") == "n1")
    await alice.take(lambda s: s.get("id") == "n4")
    await alice.take(lambda s: s.get("type") == "subscribe")


async def test_the_own_account_and_the_server_are_never_asked_about(ejabberd_host: EjabberdHost) -> None:
    alice = await ejabberd_host.login(ejabberd_host.alice)
    phone = await ejabberd_host.login(ejabberd_host.alice, resource="phone")
    await ejabberd_host.ban(ejabberd_host.alice)
    alice.say(ejabberd_host.alice, "note to self")
    alice.say(phone.jid, "to my phone")
    assert set(await phone.bodies(2)) == {"note to self", "to my phone"}
    await alice.sync()
    assert (await alice.iq("<query xmlns='jabber:iq:roster'/>", type_="get")).get("type") == "result"
    announcement = f"<message from='{HOST}' to='{ejabberd_host.alice}'><body>maintenance</body></message>"
    await ejabberd_host.server.call(
        f'ejabberd_router:route(xmpp:decode(fxml_stream:parse_element(<<"{announcement}">>)))'
    )
    await alice.message("maintenance")
    assert ejabberd_host.filter.asked == []


async def ask_in(ejabberd_host: EjabberdHost, alice: RawClient, room: str) -> None:
    """Let alice ask *room* to be let in."""
    alice.send(f"<presence to='{room}/alice'><x xmlns='http://jabber.org/protocol/muc'/></presence>")
    await ejabberd_host.evil.take(lambda s: s.get("to") == f"{room}/alice", "join")


async def let_in(ejabberd_host: EjabberdHost, alice: RawClient, room: str, nick: str = "alice") -> None:
    """Let *room* answer that alice is in."""
    ejabberd_host.evil.send(f"<presence from='{room}/{nick}' to='{alice.jid}'>{mark(110)}</presence>")
    await alice.take(lambda s: s.get("from") == f"{room}/{nick}", "own presence")


def mark(*codes: int) -> str:
    return f"<x xmlns='{MUC_USER}'>" + "".join(f"<status code='{code}'/>" for code in codes) + "</x>"


def room_of(ejabberd_host: EjabberdHost) -> str:
    return f"room-{ejabberd_host.alice.partition('@')[0]}@{EVIL}"


async def test_occupants_of_a_joined_room_are_exempt_until_the_user_leaves(ejabberd_host: EjabberdHost) -> None:
    alice = await ejabberd_host.login(ejabberd_host.alice)
    room = room_of(ejabberd_host)

    def whisper(body: str) -> None:
        ejabberd_host.evil.send(
            f"<message from='{room}/mallory' to='{alice.jid}' type='chat'><body>{body}</body></message>"
        )

    async def heard(body: str) -> bool:
        """Whether what an occupant says is asked about."""
        before = len(bodies(ejabberd_host))
        whisper(body)
        await alice.message(body)
        return len(bodies(ejabberd_host)) > before

    assert await heard("before")
    await ask_in(ejabberd_host, alice, room)
    assert await heard("a request is no answer")
    ejabberd_host.evil.send(f"<presence from='{room}/bob' to='{alice.jid}'>{mark()}</presence>")
    assert await heard("nor is somebody else's presence")
    await let_in(ejabberd_host, alice, room)
    assert not await heard("during")
    ejabberd_host.evil.send(
        f"<presence type='unavailable' from='{room}/alice' to='{alice.jid}'>{mark(303, 110)}</presence>"
    )
    await let_in(ejabberd_host, alice, room, "alicia")
    ejabberd_host.evil.send(f"<presence type='error' from='{room}/ally' to='{alice.jid}'/>")
    assert not await heard("with a new nick")
    ejabberd_host.evil.send(
        f"<presence type='unavailable' from='{room}/alicia' to='{alice.jid}'>{mark(307)}</presence>"
    )
    await alice.take(lambda s: s.get("from") == f"{room}/alicia" and s.get("type") == "unavailable", "kick")
    assert await heard("after being kicked")
    for leave in (f"<presence type='unavailable' to='{room}/alice'/>", "<presence type='unavailable'/>"):
        await ask_in(ejabberd_host, alice, room)
        await let_in(ejabberd_host, alice, room)
        alice.send(leave)
        await ejabberd_host.evil.take(lambda s: s.get("type") == "unavailable", "leave")
        assert await heard("after leaving")


async def test_an_answer_that_nobody_asked_for_makes_no_joined_room(ejabberd_host: EjabberdHost) -> None:
    alice = await ejabberd_host.login(ejabberd_host.alice)
    room = room_of(ejabberd_host)
    await let_in(ejabberd_host, alice, room)
    alice.send(f"<presence to='{room}/alice'/>")  # presence to somebody who need not be a room
    await ejabberd_host.evil.take(lambda s: s.get("to") == f"{room}/alice", "presence")
    await let_in(ejabberd_host, alice, room)
    ejabberd_host.evil.send(f"<message from='{room}/mallory' to='{alice.jid}' type='chat'><body>buy</body></message>")
    await alice.message("buy")
    assert bodies(ejabberd_host) == ["buy"]


async def test_only_what_is_said_in_a_joined_room_goes_out_unasked(ejabberd_host: EjabberdHost) -> None:
    alice = await ejabberd_host.login(ejabberd_host.alice)
    room = room_of(ejabberd_host)
    victim = f"victim@{EVIL}"
    for presence in (f"<presence to='{victim}/x'/>", f"<presence to='{victim}/x'><x xmlns='{MUC}'/></presence>"):
        alice.send(presence)
        alice.say(victim, "buy")
        await ejabberd_host.evil.take(lambda s: s.body == "buy", "message")
    assert bodies(ejabberd_host) == ["buy", "buy"]
    await ask_in(ejabberd_host, alice, room)
    await let_in(ejabberd_host, alice, room)
    alice.say(room, "hello all", type_="groupchat")
    await ejabberd_host.evil.take(lambda s: s.body == "hello all", "message")
    alice.say(f"{room}/bob", "hello bob")
    alice.say(room, "invite", type_="normal", extra=f"<x xmlns='{MUC_USER}'><invite to='{victim}'/></x>")
    await ejabberd_host.evil.take(lambda s: s.body == "invite", "invitation")
    assert bodies(ejabberd_host)[2:] == ["hello bob", "invite"]


@pytest.mark.parametrize(
    ("subscription", "ask", "asked"),
    [("both", "none", False), ("to", "none", False), ("from", "none", False), ("none", "out", True)],
)
async def test_what_a_user_has_asked_for_alone_frees_no_outgoing_message(
    ejabberd_host: EjabberdHost, subscription: str, ask: str, asked: bool
) -> None:
    alice = await ejabberd_host.login(ejabberd_host.alice)
    await ejabberd_host.server.add_contact(
        ejabberd_host.alice, ejabberd_host.mallory, subscription=subscription, ask=ask
    )
    alice.say(ejabberd_host.mallory, "hello")
    await ejabberd_host.evil.take(lambda s: s.body == "hello", "message")
    assert bodies(ejabberd_host) == (["hello"] if asked else [])


@pytest.mark.parametrize(("subscription", "asked"), [("both", False), ("from", False), ("to", True)])
async def test_a_subscription_to_a_domain_that_it_did_not_ask_for_frees_nothing(
    ejabberd_host: EjabberdHost, subscription: str, asked: bool
) -> None:
    alice = await ejabberd_host.login(ejabberd_host.alice)
    await ejabberd_host.server.add_contact(ejabberd_host.alice, EVIL, subscription=subscription)
    alice.say(ejabberd_host.mallory, "hello")
    await ejabberd_host.evil.take(lambda s: s.body == "hello", "message")
    assert bodies(ejabberd_host) == (["hello"] if asked else [])


async def test_a_session_older_than_the_module_is_in_a_room_as_soon_as_that_says_so(
    ejabberd_host: EjabberdHost,
) -> None:
    alice = await ejabberd_host.login(ejabberd_host.alice)
    room = room_of(ejabberd_host)
    await ask_in(ejabberd_host, alice, room)
    await ejabberd_host.server.call(f'gen_mod:stop_module(<<"{HOST}">>, mod_xmppfilter)')
    await ejabberd_host.server.call(f'gen_mod:start_module(<<"{HOST}">>, mod_xmppfilter)')
    await alice.sync()
    await let_in(ejabberd_host, alice, room)
    ejabberd_host.evil.send(f"<message from='{room}/mallory' to='{alice.jid}' type='chat'><body>known</body></message>")
    await alice.message("known")
    assert ejabberd_host.filter.asked == []


async def test_a_failure_that_the_server_keeps_makes_no_stranger_of_a_contact(ejabberd_host: EjabberdHost) -> None:
    alice = await ejabberd_host.login(ejabberd_host.alice)
    await ejabberd_host.server.add_contact(ejabberd_host.alice, ejabberd_host.mallory)
    user, _, domain = ejabberd_host.mallory.partition("@")
    us = f'{{<<"{ejabberd_host.alice.partition("@")[0]}">>, <<"{HOST}">>}}'
    item = f'{{element(1, {us}), element(2, {us}), {{<<"{user}">>, <<"{domain}">>, <<>>}}}}'
    for table, key in (("roster_cache", us), ("roster_item_cache", item)):
        await ejabberd_host.server.call(
            f"ets_cache:delete({table}, {key}), error = ets_cache:lookup({table}, {key}, fun() -> error end)"
        )
    ejabberd_host.say("an old friend")
    await alice.message("an old friend")
    assert bodies(ejabberd_host) == []


async def test_a_roster_that_cannot_be_read_makes_nobody_a_stranger(tmp_path: Path) -> None:
    with filtered(tmp_path) as broken:
        async with on_ejabberd(broken) as ejabberd_host:
            await broken.add_users(ejabberd_host.alice, ejabberd_host.bob)
            ejabberd_host.say("a stranger")
            await ejabberd_host.filter.questions(1)
            await broken.call("mnesia:delete_table(roster)")
            ejabberd_host.say("who knows", to=ejabberd_host.bob)
            await broken.counted(HOST, "roster_unreadable", 1)
            async with asyncio.timeout(10):
                while await broken.offline(ejabberd_host.bob) < 1:
                    pass
            assert bodies(ejabberd_host) == ["a stranger"]


@pytest.mark.parametrize("known", [True, False])
async def test_the_inviter_is_looked_up_in_the_roster(ejabberd_host: EjabberdHost, known: bool) -> None:
    await ejabberd_host.login(ejabberd_host.alice)
    if known:
        await ejabberd_host.server.add_contact(ejabberd_host.alice, "friend@elsewhere.example")
    invite = f"<x xmlns='{MUC_USER}'><invite from='friend@elsewhere.example/desk'/></x>"
    ejabberd_host.evil.send(f"<message from='room@{EVIL}' to='{ejabberd_host.alice}'>{invite}</message>")
    [asked] = await ejabberd_host.filter.questions(1)
    assert asked.meta.get("inviter") == ("contact" if known else None)


async def test_whom_the_user_has_written_to_is_said(ejabberd_host: EjabberdHost) -> None:
    alice = await ejabberd_host.login(ejabberd_host.alice)
    alice.say(ejabberd_host.mallory, "who are you?")
    await ejabberd_host.evil.take(lambda s: s.body == "who are you?", "message")
    assert await contacted(ejabberd_host, alice, ejabberd_host.mallory) == "true"
    assert await contacted(ejabberd_host, alice, f"other@{EVIL}") == "false"


async def contacted(ejabberd_host: EjabberdHost, alice: RawClient, sender: str) -> str | None:
    """Let *sender* write to alice, and return what the question says of whether she has written before."""
    full = sender if "/" in sender else f"{sender}/x"
    ejabberd_host.evil.send(f"<message from='{full}' to='{alice.bare_jid}' type='chat'><body>a friend</body></message>")
    await alice.message("a friend")
    return ejabberd_host.filter.asked[-1].meta.get("contacted")


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
async def test_only_what_a_person_wrote_counts_as_written(ejabberd_host: EjabberdHost, sent: str, counts: bool) -> None:
    alice = await ejabberd_host.login(ejabberd_host.alice)
    alice.send(sent.format(to=f"to='{ejabberd_host.mallory}'"))
    alice.send(f"<presence type='unsubscribe' to='{ejabberd_host.mallory}'/>")
    alice.send(f"<iq type='get' id='behind' to='{ejabberd_host.mallory}/x'><ping xmlns='urn:xmpp:ping'/></iq>")
    await ejabberd_host.evil.take(lambda s: s.get("id") == "behind", "what was sent behind it")
    assert await contacted(ejabberd_host, alice, ejabberd_host.mallory) == ("true" if counts else "false")


@pytest.mark.parametrize("extra", ["", f"<x xmlns='{MUC_USER}'/>"])
async def test_a_word_to_one_occupant_is_no_word_to_the_others(ejabberd_host: EjabberdHost, extra: str) -> None:
    alice = await ejabberd_host.login(ejabberd_host.alice)
    room = room_of(ejabberd_host)
    if not extra:
        await ask_in(ejabberd_host, alice, room)
    alice.say(f"{room}/good", "hello", extra=extra)
    await ejabberd_host.evil.take(lambda s: s.body == "hello", "message")
    assert await contacted(ejabberd_host, alice, f"{room}/good") == "true"
    assert await contacted(ejabberd_host, alice, f"{room}/bad") == "false"


async def test_tags_of_the_verdict_are_added_and_those_of_strangers_removed(ejabberd_host: EjabberdHost) -> None:
    ejabberd_host.filter.judge = lambda _: verdict("accept", content=tagged("7.5") + "<other xmlns='urn:x'/>")
    alice = await ejabberd_host.login(ejabberd_host.alice)
    ejabberd_host.say("asked", extra=tagged("-10"))
    message = await alice.message("asked")
    assert [tag.get("score") for tag in message.element.iter(f"{{{TAG}}}spam")] == ["7.5"]
    assert message.child("other", "urn:x") is None
    ejabberd_host.evil.send(
        f"<iq type='get' from='{ejabberd_host.mallory}/x' to='{alice.jid}' id='q'>{tagged('-10')}</iq>"
    )
    request = await alice.take(lambda s: s.get("id") == "q", "iq")
    assert list(request.element) == []


async def test_what_local_users_send_to_strangers_is_asked_about(ejabberd_host: EjabberdHost) -> None:
    alice = await ejabberd_host.login(ejabberd_host.alice)
    alice.say(ejabberd_host.mallory, "out")
    received = await ejabberd_host.evil.take(lambda s: s.body == "out", "message")
    assert received.get("from") == alice.jid
    [asked] = ejabberd_host.filter.asked
    assert asked.meta["direction"] == "out"
    assert asked.meta["via"] == "c2s"
    assert "exists" not in asked.meta
    assert asked.stanza.get("from") == alice.jid
    await ejabberd_host.server.add_contact(ejabberd_host.alice, f"friend@{EVIL}")
    alice.say(f"friend@{EVIL}", "to a friend")
    await ejabberd_host.evil.take(lambda s: s.body == "to a friend", "message")
    assert bodies(ejabberd_host) == ["out"]


async def test_a_local_stanza_is_asked_about_once_as_inbound(ejabberd_host: EjabberdHost) -> None:
    alice = await ejabberd_host.login(ejabberd_host.alice)
    bob = await ejabberd_host.login(ejabberd_host.bob)
    alice.say(ejabberd_host.bob, "neighbour")
    await bob.message("neighbour")
    [asked] = ejabberd_host.filter.asked
    assert asked.meta["direction"] == "in"
    assert asked.meta["via"] == "c2s"
    assert asked.meta["tls"] == "false"
    assert asked.meta["ip"] == "127.0.0.1"


async def test_a_refused_outgoing_subscription_leaves_the_roster_alone(ejabberd_host: EjabberdHost) -> None:
    ejabberd_host.filter.judge = lambda asked: (
        DROP if asked.stanza.get("to") == ejabberd_host.mallory else verdict("accept")
    )
    alice = await ejabberd_host.login(ejabberd_host.alice)
    alice.subscribe(ejabberd_host.mallory)
    await ejabberd_host.filter.questions(1)
    alice.subscribe(f"friend@{EVIL}")
    request = await ejabberd_host.evil.take(lambda s: s.get("type") == "subscribe", "subscribe")
    assert (request.get("from"), request.get("to")) == (ejabberd_host.alice, f"friend@{EVIL}")
    roster = await alice.iq("<query xmlns='jabber:iq:roster'/>", type_="get")
    items = [(item.get("jid"), item.get("ask")) for item in roster.element.iter("{jabber:iq:roster}item")]
    assert items == [(f"friend@{EVIL}", "subscribe")]


async def test_order_is_kept_for_what_needs_no_opinion_too(ejabberd_host: EjabberdHost) -> None:
    held: list[Asked] = []
    ejabberd_host.filter.judge = held.append
    alice = await ejabberd_host.login(ejabberd_host.alice)
    ejabberd_host.say("one")
    ejabberd_host.evil.send(f"<presence from='{ejabberd_host.mallory}/x' to='{alice.jid}' id='two'/>")
    ejabberd_host.evil.send(
        f"<iq type='get' from='{ejabberd_host.mallory}/x' to='{alice.jid}' id='three'><q xmlns='urn:x'/></iq>"
    )
    ejabberd_host.say("four")
    ejabberd_host.say("from another", from_=f"other@{EVIL}")
    await ejabberd_host.filter.questions(3)
    await answer_and_wait(ejabberd_host, held[2], alice, "from another")
    ejabberd_host.filter.answer(held[1])
    ejabberd_host.filter.answer(held[0])
    await alice.message("four")
    order = [stanza.get("id") for stanza in arrivals(alice, ejabberd_host.mallory)]
    assert order == ["i-one", "two", "three"]


async def answer_and_wait(ejabberd_host: EjabberdHost, asked: Asked, client: RawClient, body: str) -> None:
    ejabberd_host.filter.answer(asked)
    await client.message(body)


def arrivals(client: RawClient, sender: str) -> list[Received]:
    return [stanza for stanza in client.inbox if (stanza.get("from") or "").startswith(sender)]


async def test_an_outgoing_stanza_survives_the_end_of_its_session(ejabberd_host: EjabberdHost) -> None:
    ejabberd_host.filter.judge = lambda _: None
    alice = await ejabberd_host.login(ejabberd_host.alice)
    alice.say(ejabberd_host.mallory, "last words")
    [asked] = await ejabberd_host.filter.questions(1)
    await alice.close()
    ejabberd_host.filter.answer(asked)
    received = await ejabberd_host.evil.take(lambda s: s.body == "last words", "message")
    assert received.get("from") == alice.jid


async def test_what_waits_in_offline_storage_is_not_asked_about_again(ejabberd_host: EjabberdHost) -> None:
    await ejabberd_host.server.add_users(ejabberd_host.alice)
    ejabberd_host.say("while you were out")
    async with asyncio.timeout(10):
        while await ejabberd_host.server.offline(ejabberd_host.alice) == 0:
            pass
    alice = await ejabberd_host.login(ejabberd_host.alice)
    await alice.message("while you were out")
    assert len(ejabberd_host.filter.asked) == 1
