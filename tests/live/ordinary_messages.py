"""Situations of ordinary life: everything that travels in a message."""

import asyncio
from collections import Counter
from collections.abc import Sequence

from tests.live.ordinary_payloads import BODILESS, CALL, ENCRYPTED, JINGLE, MARKERS, RECEIPTS, STATES
from tests.live.ordinary_servers import Run
from tests.live.ordinary_users import Recorder, Stranger
from tests.live.xmlstream import Received

_CARBONS = "urn:xmpp:carbons:2"
_FORWARD = "urn:xmpp:forward:0"
_MAM = "urn:xmpp:mam:2"
_CLIENT = "jabber:client"
_SECONDS = 10

Speaker = Recorder | Stranger


async def _sent(sender: Speaker, to: str, children: Sequence[str], *listeners: Speaker) -> None:
    """Send a message with each of *children*, and wait until each listener has heard it."""
    for number, content in enumerate(children):
        ident = f"c-{number}"
        sender.send(f"<message type='chat' id='{ident}' to='{to}'>{content}</message>")
        for listener in listeners:
            await _identified(listener, ident)


async def _identified(listener: Speaker, ident: str) -> None:
    await listener.take(lambda s: s.name == "message" and s.get("id") == ident, f"message {ident}")


async def _rings(session: Recorder, word: str) -> None:
    """Wait until a session has been told of a call, itself or in a copy."""
    await session.until(lambda: any(word.encode() in s.raw for s in session.heard), word)


async def _said(body: str, *sessions: Recorder) -> None:
    """Wait until one of the sessions of an account has heard *body*, itself or as a copy."""
    async with asyncio.timeout(_SECONDS):
        while not any(body in _heard(session) for session in sessions):
            for session in sessions:
                await session.fence()


def _carbon(stanza: Received) -> str | None:
    for name in ("sent", "received"):
        body = stanza.element.find(
            f"{{{_CARBONS}}}{name}/{{{_FORWARD}}}forwarded/{{{_CLIENT}}}message/{{{_CLIENT}}}body"
        )
        if body is not None:
            return body.text
    return None


async def _copied(session: Recorder, body: str) -> None:
    await session.take(lambda s: _carbon(s) == body, f"carbon of {body}")


async def _archived_once(p: Run, session: Recorder, *bodies: str) -> None:
    """Assert that the archive has each of *bodies* once, in this order, under the ids that were announced."""
    results = await p.archive(session)
    found = [
        s.element.findtext(f"{{{_MAM}}}result/{{{_FORWARD}}}forwarded/{{{_CLIENT}}}message/{{{_CLIENT}}}body")
        for s in results
    ]
    assert found == list(bodies), found
    announced = {
        element.get("id")
        for stanza in session.heard
        for element in [stanza.child("stanza-id", "urn:xmpp:sid:0")]
        if element is not None and element.get("by") == session.bare_jid
    }
    assert announced <= {s.element[0].get("id") for s in results}


async def _chat(p: Run, *, contacts: bool) -> None:
    await p.accounts("alice", "bob", contacts=contacts)
    phone, laptop, bob = await p.online("alice/phone", "alice/laptop", "bob/phone", carbons=True)
    phone.say(bob.bare_jid, "one", ident="c-one", extra="<thread>t</thread>")
    await bob.message("one")
    await _copied(laptop, "one")
    bob.say(phone.jid, "two", ident="c-two")
    await phone.message("two")
    await _copied(laptop, "two")
    bob.say(phone.bare_jid, "three", ident="c-three", extra=f"<private xmlns='{_CARBONS}'/>")
    await _said("three", phone, laptop)
    laptop.say(bob.jid, "four", ident="c-four", extra="<replace xmlns='urn:xmpp:message-correct:0' id='c-zero'/>")
    await bob.message("four")
    await _copied(phone, "four")
    bob.say(phone.bare_jid, "five", ident="c-five")
    for session in (phone, laptop):
        await _said("five", session)
    await p.finish()
    for session in (phone, laptop, bob):
        assert max(Counter(_heard(session)).values()) == 1
    for session in (phone, bob):
        await _archived_once(p, session, "one", "two", "three", "four", "five")


def _heard(session: Recorder) -> list[str]:
    """Return what was said to a session, itself or as a copy."""
    return [body for s in session.heard for body in [s.body or _carbon(s)] if body]


async def contacts_chat(p: Run) -> None:
    await _chat(p, contacts=True)


async def users_who_are_no_contacts_chat(p: Run) -> None:
    await _chat(p, contacts=False)


async def a_stranger_chats(p: Run) -> None:
    """Carbons, archive, and what is said back, with a stranger of another server."""
    await p.accounts("alice")
    mallory = p.stranger()
    phone, laptop = await p.online("alice/phone", "alice/laptop", carbons=True)
    mallory.say(phone.bare_jid, "one", extra=f"<request xmlns='{RECEIPTS}'/><thread>t</thread>")
    for session in (phone, laptop):
        await _said("one", session)
    phone.say(mallory.jid, "two", ident="c-two", extra=f"<active xmlns='{STATES}'/>")
    await mallory.message("two")
    await _copied(laptop, "two")
    mallory.say(phone.jid, "three", extra=f"<markable xmlns='{MARKERS}'/>")
    await phone.message("three")
    await _copied(laptop, "three")
    laptop.say(mallory.bare_jid, "four", ident="c-four")
    await mallory.message("four")
    await _copied(phone, "four")
    await p.finish()
    await _archived_once(p, phone, "one", "two", "three", "four")


async def messages_wait_for_a_user_who_is_offline(p: Run) -> None:
    await p.accounts("alice", "bob", "carol")
    await p.befriend("alice", "bob")
    mallory = p.stranger()
    bob, carol = await p.online("bob/phone", "carol/phone")
    for number in range(3):
        bob.say(p.jid("alice"), f"contact {number}", ident=f"c-b{number}")
        carol.say(p.jid("alice"), f"user {number}", ident=f"c-c{number}")
        mallory.say(p.jid("alice"), f"stranger {number}", ident=f"c-m{number}")
    mallory.send(f"<message type='headline' to='{p.jid('alice')}'><body>never stored</body></message>")
    await p.waiting("alice", 9)
    (alice,) = await p.online("alice/phone")
    await alice.until(lambda: len(_heard(alice)) >= 9, "nine messages")
    await p.finish()
    assert len(set(_heard(alice))) == len(_heard(alice)) == 9
    assert len(await p.archive(alice)) == 9
    await p.logout(alice)
    (again,) = await p.online("alice/tablet")
    await p.finish()
    assert _heard(again) == []


async def receipts_markers_and_states_of_contacts(p: Run) -> None:
    await p.accounts("alice", "bob", contacts=True)
    alice, bob = await p.online("alice/phone", "bob/phone")
    alice.say(bob.jid, "hello", ident="c-said", extra=f"<request xmlns='{RECEIPTS}'/><markable xmlns='{MARKERS}'/>")
    await bob.message("hello")
    await _sent(bob, alice.jid, BODILESS, alice)
    await p.archive(alice)


async def receipts_markers_and_states_of_strangers(p: Run) -> None:
    await p.accounts("alice", "bob")
    alice, bob = await p.online("alice/phone", "bob/phone")
    mallory = p.stranger()
    await _sent(bob, alice.jid, BODILESS, alice)
    await _sent(mallory, alice.jid, BODILESS, alice)
    await _sent(alice, mallory.jid, BODILESS, mallory)
    await p.archive(alice)


async def a_contact_calls(p: Run) -> None:
    """Jingle message initiation (XEP-0353): both of the callee's sessions ring, one accepts, the other stops."""
    await p.accounts("alice", "bob", contacts=True)
    phone, laptop, bob = await p.online("alice/phone", "alice/laptop", "bob/phone", carbons=True)
    bob.send(f"<message type='chat' id='c-propose' to='{phone.bare_jid}'>{CALL[0]}</message>")
    for session in (phone, laptop):
        await _rings(session, "propose")
    phone.send(
        f"<message type='chat' id='c-accept' to='{phone.bare_jid}'><accept xmlns='{JINGLE}' id='c-call'/></message>"
    )
    await _rings(laptop, "accept")
    phone.send(f"<message type='chat' id='c-proceed' to='{bob.jid}'><proceed xmlns='{JINGLE}' id='c-call'/></message>")
    await bob.message_with("proceed", JINGLE)
    bob.send(f"<message type='chat' id='c-finish' to='{phone.jid}'><finish xmlns='{JINGLE}' id='c-call'/></message>")
    await phone.message_with("finish", JINGLE)


async def a_stranger_calls(p: Run) -> None:
    await p.accounts("alice", "bob")
    alice, bob = await p.online("alice/phone", "bob/phone")
    await _sent(bob, alice.bare_jid, CALL, alice)
    await _sent(p.stranger(), alice.bare_jid, CALL, alice)


async def encrypted_messages(p: Run) -> None:
    """OMEMO (old and new) and OX; with and without the words for those who cannot read it."""
    await p.accounts("alice", "bob", contacts=True)
    alice, bob = await p.online("alice/phone", "bob/phone")
    await _sent(bob, alice.jid, ENCRYPTED, alice)
    await p.archive(alice)


async def encrypted_messages_of_strangers(p: Run) -> None:
    await p.accounts("alice", "bob")
    alice, bob = await p.online("alice/phone", "bob/phone")
    mallory = p.stranger()
    await _sent(bob, alice.jid, ENCRYPTED, alice)
    await _sent(mallory, alice.jid, ENCRYPTED, alice)
    await _sent(alice, mallory.jid, ENCRYPTED, mallory)
    await p.archive(alice)


async def headlines(p: Run) -> None:
    """News of a foreign publish-subscribe service."""
    await p.accounts("alice")
    (alice,) = await p.online("alice/phone")
    item = "<items node='news'><item id='c-item'><entry xmlns='http://www.w3.org/2005/Atom'/></item></items>"
    event = f"<event xmlns='http://jabber.org/protocol/pubsub#event'>{item}</event>"
    news = p.stranger("news")
    news.send(f"<message type='headline' id='c-news' to='{alice.bare_jid}'>{event}</message>")
    await alice.message_with("event", "http://jabber.org/protocol/pubsub#event")
    news.send(
        f"<message type='headline' id='c-old' to='{alice.bare_jid}'><subject>Old</subject><body>News</body></message>"
    )
    await alice.message("News")


async def nobody_there(p: Run) -> None:
    """What is answered for accounts, sessions, rooms and servers that do not exist."""
    await p.accounts("alice")
    (alice,) = await p.online("alice/phone")
    mallory = p.stranger()
    alice.say(p.jid("nobody"), "hello", ident="c-nobody")
    await alice.error()
    alice.say("somebody@nowhere.invalid", "hello", ident="c-nowhere")
    await alice.error()
    await alice.iq("<query xmlns='jabber:iq:version'/>", type_="get", to=f"{p.jid('nobody')}/x")
    mallory.say(p.jid("nobody"), "hello")
    await mallory.error()
    mallory.presence("subscribe", p.jid("nobody"))
    await mallory.iq(p.jid("nobody"), "<query xmlns='jabber:iq:version'/>")
    mallory.say(f"{alice.bare_jid}/gone", "to a session that is gone")
    await alice.message("to a session that is gone")
    alice.say(p.room("torn-down"), "hello", type_="groupchat", ident="c-room")
    await alice.error()


async def errors_come_back(p: Run) -> None:
    """An error that answers something is nobody's spam: with its <error/> it is never asked about."""
    await p.accounts("alice", "bob")
    alice, bob = await p.online("alice/phone", "bob/phone")
    mallory = p.stranger()
    error = "<error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
    alice.say(bob.jid, "to bob", ident="c-bob")
    await bob.message("to bob")
    bob.send(f"<message type='error' id='c-bob' to='{alice.jid}'>{error}</message>")
    await alice.error()
    alice.say(mallory.jid, "to mallory", ident="c-mallory")
    await mallory.message("to mallory")
    mallory.send(f"<message type='error' id='c-mallory' to='{alice.jid}'>{error}</message>")
    await alice.error()
    mallory.send(f"<message type='error' id='c-bare' to='{alice.bare_jid}'>{error}</message>")


async def talking_to_oneself(p: Run) -> None:
    await p.accounts("alice")
    phone, laptop = await p.online("alice/phone", "alice/laptop", carbons=True)
    phone.say(phone.bare_jid, "note", ident="c-note")
    await _said("note", phone)
    phone.say(laptop.jid, "to the laptop", ident="c-laptop")
    await laptop.message("to the laptop")
    phone.say(phone.jid, "to this one", ident="c-phone")
    await phone.message("to this one")
    phone.send("<message type='chat' id='c-servers'><body>to nobody named</body></message>")
    await p.finish()
    await p.archive(phone)


async def several_sessions(p: Run) -> None:
    """To the account, to one session, to none that is there; one session wants no mail (negative priority)."""
    await p.accounts("alice", "bob")
    await p.befriend("alice", "bob")
    phone, laptop = await p.online("alice/phone", "alice/laptop")
    (robot,) = await p.online("alice/robot", presence="<presence><priority>-1</priority></presence>")
    (bob,) = await p.online("bob/phone")
    speakers: list[tuple[str, Speaker]] = [("bob", bob), ("mallory", p.stranger())]
    for name, speaker in speakers:
        for kind in ("chat", "normal", "headline"):
            body = f"{name} {kind}"
            speaker.say(phone.bare_jid, body, type_=kind, ident="c-bare")
            await _said(body, phone, laptop)
            speaker.say(laptop.jid, f"{body} full", type_=kind, ident="c-full")
            await laptop.message(f"{body} full")
            speaker.say(robot.jid, f"{body} robot", type_=kind, ident="c-robot")
            await robot.message(f"{body} robot")
    bob.say(f"{phone.bare_jid}/gone", "to one that is gone", ident="c-gone")
    await _said("to one that is gone", phone, laptop)
    phone.send("<presence><priority>5</priority></presence>")
    await laptop.take(lambda s: s.get("from") == phone.jid and s.child("priority") is not None, "the new priority")
    for name, speaker in speakers:
        speaker.say(phone.bare_jid, f"{name} again", ident="c-again")
        await _said(f"{name} again", phone)
