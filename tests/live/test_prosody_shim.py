"""Whom and what mod_xmppfilter asks about on a real Prosody, what it says with it, and how it carries verdicts out."""

from pathlib import Path
from xml.etree.ElementTree import Element

import pytest

from tests.live.prosody_host import ALICE, BOB, MALLORY, ProsodyHost, drop_spam, prosody_host
from tests.live.rawcomponent import ACCEPT, CHECK, DROP, TAG

pytestmark = pytest.mark.live

BOUNCE = f"<verdict xmlns='{CHECK}' action='bounce' type='cancel' condition='policy-violation'>Not delivered.</verdict>"
STANZA_ERROR = "{urn:ietf:params:xml:ns:xmpp-stanzas}"


def children(element: Element) -> list[str]:
    return [child.tag for child in element]


# --- verdicts


async def test_a_strangers_message_is_asked_about_and_delivered_unchanged(tmp_path: Path) -> None:
    async with prosody_host(tmp_path) as s:
        s.mallory.say(ALICE, "Hello <you> & 'yours'", ident="m1", extra="<thread>t</thread>")
        delivered = await s.alice.message()
        (asked,) = s.filter.asked
    assert asked.asker == "example.org"
    assert asked.stanza.tag == "{jabber:client}message"
    assert asked.stanza.attrib == delivered.element.attrib
    assert children(asked.stanza) == children(delivered.element) == ["{jabber:client}body", "{jabber:client}thread"]
    assert asked.body == delivered.body == "Hello <you> & 'yours'"


async def test_the_question_says_what_the_server_knows(tmp_path: Path) -> None:
    async with prosody_host(tmp_path) as s:
        evil = await s.evil()
        evil.send(f"<message from='x@evil.example/r' to='{BOB}'><body>1</body></message>")
        evil.send("<message from='x@evil.example/r' to='nobody@example.org'><body>2</body></message>")
        s.mallory.say(ALICE, "3")
        to_bob, to_nobody, to_alice = sorted(await s.filter.questions(3), key=lambda asked: str(asked.body))
    received = to_bob.meta.pop("received")
    assert received.endswith("Z")
    assert to_bob.meta == {
        "via": "component",
        "peer": "evil.example",
        "direction": "in",
        "contacted": "false",
        "exists": "true",
        "online": "false",
    } | {key: to_bob.meta[key] for key in ("ip", "tls") if key in to_bob.meta}
    assert (to_nobody.meta["exists"], to_nobody.meta["online"]) == ("false", "false")
    assert (to_alice.meta["via"], to_alice.meta["ip"], to_alice.meta["tls"]) == ("c2s", "127.0.0.1", "false")
    assert (to_alice.meta["exists"], to_alice.meta["online"]) == ("true", "true")
    assert "banned" not in to_alice.meta
    assert to_alice.meta["direction"] == "in"


async def test_drop_says_nothing_to_anybody(tmp_path: Path) -> None:
    async with prosody_host(tmp_path, drop_spam) as s:
        s.mallory.say(ALICE, "spam")
        s.mallory.say(ALICE, "ham")
        await s.alice.message("ham")
        await s.mallory.sync()
        assert s.mallory.inbox == []
        assert [stanza for stanza in s.alice.inbox if stanza.body == "spam"] == []


async def test_bounce_answers_once_without_the_payload(tmp_path: Path) -> None:
    async with prosody_host(tmp_path, lambda _: BOUNCE) as s:
        s.mallory.say(ALICE, "spam", ident="m1")
        answer = await s.mallory.error()
        s.mallory.subscribe(ALICE)
        refused = await s.mallory.error("presence")
        await s.alice.sync()
        assert s.alice.inbox == []
    assert (answer.get("id"), answer.get("from"), answer.body) == ("m1", ALICE, None)
    error = answer.child("error")
    assert error is not None
    assert error.get("type") == "cancel"
    assert children(error) == [f"{STANZA_ERROR}policy-violation", f"{STANZA_ERROR}text"]
    assert error.findtext(f"{STANZA_ERROR}text") == "Not delivered."
    assert refused.get("from") == ALICE


async def test_an_error_without_its_child_is_dropped_and_not_bounced(tmp_path: Path) -> None:
    async with prosody_host(tmp_path, lambda asked: BOUNCE if asked.stanza.get("type") == "error" else ACCEPT) as s:
        s.mallory.say(ALICE, "looks like an error", type_="error")
        s.mallory.say(ALICE, "ham")
        await s.alice.message("ham")
        await s.mallory.sync()
        assert s.mallory.inbox == []
        assert [asked.stanza.get("type") for asked in s.filter.asked] == ["error", "chat"]


@pytest.mark.parametrize(
    "answer",
    [
        f"<verdict xmlns='{CHECK}' action='explode'/>",
        f"<verdict xmlns='{CHECK}'/>",
        "<verdict xmlns='urn:example:other' action='drop'/>",
        "",
    ],
)
async def test_what_is_not_understood_means_accept(tmp_path: Path, answer: str) -> None:
    async with prosody_host(tmp_path, lambda _: answer) as s:
        s.mallory.say(ALICE, "ham")
        await s.alice.message("ham")


async def test_an_error_for_an_answer_means_accept(tmp_path: Path) -> None:
    async with prosody_host(tmp_path, lambda _: None) as s:
        s.mallory.say(ALICE, "ham")
        (asked,) = await s.filter.questions(1)
        s.filter.reply(
            asked.id,
            asked.asker,
            "<error type='auth'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>",
            type_="error",
        )
        await s.alice.message("ham", timeout=2)


# --- tags


async def test_tags_of_the_verdict_are_added_and_nothing_else_of_it(tmp_path: Path) -> None:
    tag = f"<spam xmlns='{TAG}' score='7.5' filter='patterns'/>"
    verdict = f"<verdict xmlns='{CHECK}' action='accept'><other xmlns='urn:example'/>{tag}</verdict>"
    async with prosody_host(tmp_path, lambda _: verdict) as s:
        s.mallory.say(ALICE, "hm")
        delivered = await s.alice.message("hm")
    assert children(delivered.element) == ["{jabber:client}body", f"{{{TAG}}}spam"]
    assert delivered.element[1].attrib == {"score": "7.5", "filter": "patterns"}


async def test_tags_of_a_stranger_are_stripped_before_the_filter_sees_them(tmp_path: Path) -> None:
    async with prosody_host(tmp_path) as s:
        forged = f"<ham xmlns='{TAG}'/><x xmlns='urn:example'><ham xmlns='{TAG}'/></x>"
        s.mallory.say(ALICE, "trust me", extra=forged)
        delivered = await s.alice.message("trust me")
        assert children(s.filter.asked[0].stanza) == ["{jabber:client}body", "{urn:example}x"]
        assert children(delivered.element) == ["{jabber:client}body", "{urn:example}x"]


async def test_tags_of_a_stranger_are_stripped_when_nobody_is_asked(tmp_path: Path) -> None:
    async with prosody_host(tmp_path) as s:
        await s.filter.close()
        s.mallory.say(ALICE, "trust me", extra=f"<ham xmlns='{TAG}'/>")
        s.mallory.send(f"<presence to='{s.alice.jid}'><ham xmlns='{TAG}'/></presence>")
        message = await s.alice.message("trust me")
        presence = await s.alice.take(lambda stanza: stanza.name == "presence" and stanza.get("from") == s.mallory.jid)
    assert children(message.element) == ["{jabber:client}body"]
    assert children(presence.element) == []


# --- strangers


@pytest.mark.parametrize(
    "contacts",
    [
        {MALLORY: {"subscription": "both"}},
        {MALLORY: {"subscription": "to"}},
        {MALLORY: {"subscription": "from"}},
        {MALLORY: {"subscription": "none", "ask": "subscribe"}},
        {MALLORY: {"subscription": "none", "approved": "true"}},
        {"other.example": {"subscription": "both"}},
    ],
)
async def test_contacts_are_never_asked_about(tmp_path: Path, contacts: dict[str, dict[str, str]]) -> None:
    async with prosody_host(tmp_path, lambda _: DROP, contacts=contacts) as s:
        s.mallory.say(ALICE, "hello", extra=f"<x xmlns='{TAG}'/>")
        await s.alice.message("hello")
        assert s.filter.asked == []


@pytest.mark.parametrize(
    "contacts",
    [
        {MALLORY: {"subscription": "none"}},
        {"other.example": {"subscription": "none"}},
        {"example": {"subscription": "both"}},
    ],
)
async def test_these_roster_items_make_nobody_a_contact(tmp_path: Path, contacts: dict[str, dict[str, str]]) -> None:
    async with prosody_host(tmp_path, contacts=contacts) as s:
        s.mallory.say(ALICE, "hello")
        await s.alice.message("hello")
        assert len(s.filter.asked) == 1


async def test_the_own_account_is_no_stranger(tmp_path: Path) -> None:
    async with prosody_host(tmp_path, lambda _: DROP) as s:
        other = await s.server.login(ALICE, resource="phone")
        other.say(s.alice.jid, "note to self")
        await s.alice.message("note to self")
        assert s.filter.asked == []


# --- kinds


async def test_what_is_asked_about_and_what_never(tmp_path: Path) -> None:
    async with prosody_host(tmp_path) as s:
        for kind in ("chat", "normal", "headline"):
            s.mallory.say(ALICE, kind, type_=kind)
        s.mallory.send(f"<message to='{ALICE}' id='receipt'><received xmlns='urn:xmpp:receipts' id='1'/></message>")
        s.mallory.send(f"<message type='groupchat' to='{ALICE}'><body>bare</body></message>")
        s.mallory.send(f"<message type='groupchat' to='{s.alice.jid}'><body>full</body></message>")
        s.mallory.send(f"<message type='error' to='{ALICE}'><body>childless</body></message>")
        s.mallory.send(f"<message type='error' to='{ALICE}'><body>honest</body><error type='cancel'/></message>")
        s.mallory.send(f"<iq type='get' id='v' to='{s.alice.jid}'><query xmlns='jabber:iq:version'/></iq>")
        for kind in ("unsubscribe", "unsubscribed", "subscribed", "probe", "subscribe"):
            s.mallory.send(f"<presence type='{kind}' to='{ALICE}'/>")
        s.mallory.send(f"<presence to='{s.alice.jid}'/>")
        await s.quiet()
        asked = [(a.name, a.stanza.get("type"), a.body) for a in s.filter.asked]
    assert asked == [
        ("message", "chat", "chat"),
        ("message", "normal", "normal"),
        ("message", "headline", "headline"),
        ("message", None, None),
        ("message", "groupchat", "bare"),
        ("message", "error", "childless"),
        ("presence", "subscribe", None),
    ]


async def _join(s: ProsodyHost) -> None:
    for client, nick in ((s.alice, "alice"), (s.mallory, "mallory")):
        client.send(f"<presence to='room@rooms.example/{nick}'><x xmlns='http://jabber.org/protocol/muc'/></presence>")
        await client.take(lambda stanza: stanza.name == "message" and stanza.child("subject") is not None)
        # A new room is locked until its owner accepts the default configuration.
        if nick == "alice":
            form = "<x xmlns='jabber:x:data' type='submit'/>"
            await client.iq(
                f"<query xmlns='http://jabber.org/protocol/muc#owner'>{form}</query>", to="room@rooms.example"
            )


async def test_a_joined_room_is_not_asked_about_in_either_direction(tmp_path: Path) -> None:
    async with prosody_host(tmp_path, lambda _: DROP) as s:
        await _join(s)
        s.mallory.say("room@rooms.example", "to all", type_="groupchat")
        await s.alice.message("to all")
        s.mallory.say("room@rooms.example/alice", "in private")
        await s.alice.message("in private")
        s.alice.say("room@rooms.example", "answer", type_="groupchat")
        await s.mallory.message("answer")
        assert s.filter.asked == []


async def test_an_invitation_tells_whether_its_inviter_is_a_contact(tmp_path: Path) -> None:
    async with prosody_host(tmp_path, contacts={"friend@example.net": {"subscription": "both"}}) as s:
        for inviter in ("friend@example.net/phone", "foe@example.net"):
            invite = f"<x xmlns='http://jabber.org/protocol/muc#user'><invite from='{inviter}'/></x>"
            s.mallory.send(f"<message to='{ALICE}'>{invite}</message>")
        by_friend, by_foe = await s.filter.questions(2)
    assert by_friend.meta["inviter"] == "contact"
    assert "inviter" not in by_foe.meta


async def test_a_pending_request_is_asked_about_once_however_often_it_is_repeated(tmp_path: Path) -> None:
    async with prosody_host(tmp_path) as s:
        s.mallory.subscribe(ALICE)
        await s.alice.take(lambda stanza: stanza.get("type") == "subscribe")
        await s.mallory.close()
        again = await s.server.login(MALLORY)  # Prosody sends the request again
        again.say(ALICE, "marker")
        await s.alice.message("marker")
        assert [asked.name for asked in s.filter.asked] == ["presence", "message"]
        assert [stanza for stanza in s.alice.inbox if stanza.get("type") == "subscribe"] == []


async def test_a_request_that_was_refused_is_asked_about_again(tmp_path: Path) -> None:
    async with prosody_host(tmp_path, lambda _: DROP) as s:
        s.mallory.subscribe(ALICE)
        s.mallory.subscribe(ALICE)
        await s.filter.questions(2)
