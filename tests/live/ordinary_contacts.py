"""Situations of ordinary life: rosters, presence, profiles, blocking."""

import base64
import hashlib

from tests.live.ordinary_servers import Run
from tests.live.ordinary_users import Recorder

_ROSTER = "jabber:iq:roster"
_DISCO = "http://jabber.org/protocol/disco#info"
_PUBSUB = "http://jabber.org/protocol/pubsub"
_EVENT = f"{_PUBSUB}#event"
_AVATAR = "urn:xmpp:avatar:metadata"
_NICK = "http://jabber.org/protocol/nick"
_FEATURES = (_DISCO, f"{_NICK}+notify", f"{_AVATAR}+notify")
_PIXEL = base64.b64encode(b"\x89PNG no real picture").decode()


async def roster(session: Recorder) -> None:
    """Read the roster, for the transcript."""
    await session.iq(f"<query xmlns='{_ROSTER}'/>", type_="get")


async def subscribe(session: Recorder, to: str, content: str = "") -> None:
    session.send(f"<presence type='subscribe' to='{to}'>{content}</presence>")
    await session.pushed(to, ask="subscribe")


async def two_users_become_contacts(p: Run) -> None:
    await p.accounts("alice", "bob")
    alice, bob = await p.online("alice/phone", "bob/phone")
    item = f"<item jid='{bob.bare_jid}' name='Bob'><group>Friends</group></item>"
    await alice.iq(f"<query xmlns='{_ROSTER}'>{item}</query>")
    await subscribe(alice, bob.bare_jid, f"<status>It is me</status><nick xmlns='{_NICK}'>Alice</nick>")
    await bob.presence("subscribe", alice.bare_jid)
    bob.send(f"<presence type='subscribed' to='{alice.bare_jid}'/>")
    await bob.pushed(alice.bare_jid, subscription="from")
    await alice.presence("subscribed", bob.bare_jid)
    await alice.pushed(bob.bare_jid, subscription="to")
    await alice.told_of(bob.jid)
    await subscribe(bob, alice.bare_jid)
    await alice.presence("subscribe", bob.bare_jid)
    alice.send(f"<presence type='subscribed' to='{bob.bare_jid}'/>")
    await alice.pushed(bob.bare_jid, subscription="both")
    await bob.pushed(alice.bare_jid, subscription="both")
    await bob.told_of(alice.jid)
    await roster(alice)
    await roster(bob)


async def a_request_between_users_is_refused(p: Run) -> None:
    await p.accounts("alice", "bob")
    alice, bob = await p.online("alice/phone", "bob/phone")
    await subscribe(alice, bob.bare_jid)
    await bob.presence("subscribe", alice.bare_jid)
    bob.send(f"<presence type='unsubscribed' to='{alice.bare_jid}'/>")
    await alice.presence("unsubscribed", bob.bare_jid)
    await roster(alice)
    await roster(bob)


async def a_request_waits_for_a_user_who_is_offline(p: Run) -> None:
    await p.accounts("alice", "bob")
    (alice,) = await p.online("alice/phone")
    await subscribe(alice, p.jid("bob"))
    await p.finish()
    (bob,) = await p.online("bob/phone")
    await bob.presence("subscribe", alice.bare_jid)
    bob.send(f"<presence type='subscribed' to='{alice.bare_jid}'/>")
    await alice.pushed(bob.bare_jid, subscription="to")
    await alice.told_of(bob.jid)
    await roster(bob)


async def contacts_part(p: Run) -> None:
    await p.accounts("alice", "bob", contacts=True)
    alice, bob = await p.online("alice/phone", "bob/phone")
    alice.send(f"<presence type='unsubscribe' to='{bob.bare_jid}'/>")
    await alice.pushed(bob.bare_jid, subscription="from")
    await bob.presence("unsubscribe", alice.bare_jid)
    await bob.pushed(alice.bare_jid, subscription="to")
    bob.send(f"<presence type='unsubscribe' to='{alice.bare_jid}'/>")
    await bob.pushed(alice.bare_jid, subscription="none")
    await alice.pushed(bob.bare_jid, subscription="none")
    await alice.iq(f"<query xmlns='{_ROSTER}'><item jid='{bob.bare_jid}' subscription='remove'/></query>")
    await alice.pushed(bob.bare_jid, subscription="remove")
    await roster(alice)
    await roster(bob)


async def a_contact_is_removed(p: Run) -> None:
    await p.accounts("alice", "bob", contacts=True)
    alice, bob = await p.online("alice/phone", "bob/phone")
    await alice.iq(f"<query xmlns='{_ROSTER}'><item jid='{bob.bare_jid}' subscription='remove'/></query>")
    await alice.pushed(bob.bare_jid, subscription="remove")
    await bob.pushed(alice.bare_jid, subscription="none")
    await bob.told_of(alice.jid, "unavailable")
    await roster(alice)
    await roster(bob)


async def a_stranger_becomes_a_contact_and_leaves(p: Run) -> None:
    await p.accounts("alice")
    mallory = p.stranger()
    (alice,) = await p.online("alice/phone")
    mallory.presence("subscribe", alice.bare_jid, f"<status>We met</status><nick xmlns='{_NICK}'>Mal</nick>")
    await alice.presence("subscribe", mallory.bare_jid)
    alice.send(f"<presence type='subscribed' to='{mallory.bare_jid}'/>")
    await alice.pushed(mallory.bare_jid, subscription="from")
    await mallory.told_of(alice.bare_jid, "subscribed")
    await mallory.told_of(alice.jid)
    await subscribe(alice, mallory.bare_jid)
    await mallory.told_of(alice.bare_jid, "subscribe")
    mallory.presence("subscribed", alice.bare_jid)
    await alice.pushed(mallory.bare_jid, subscription="both")
    mallory.send(f"<presence to='{alice.bare_jid}'><show>away</show></presence>")
    await alice.told_of(mallory.jid)
    mallory.presence("unsubscribe", alice.bare_jid)
    await alice.pushed(mallory.bare_jid, subscription="to")
    mallory.presence("unsubscribed", alice.bare_jid)
    await alice.pushed(mallory.bare_jid, subscription="none")
    await roster(alice)


async def a_user_asks_a_stranger(p: Run) -> None:
    await p.accounts("alice")
    mallory = p.stranger()
    (alice,) = await p.online("alice/phone")
    await subscribe(alice, mallory.bare_jid, "<status>Hello there</status>")
    await mallory.told_of(alice.bare_jid, "subscribe")
    mallory.presence("subscribed", alice.bare_jid)
    await alice.pushed(mallory.bare_jid, subscription="to")
    mallory.send(f"<presence to='{alice.bare_jid}'/>")
    await alice.told_of(mallory.jid)
    mallory.presence("unsubscribed", alice.bare_jid)
    await alice.pushed(mallory.bare_jid, subscription="none")
    await roster(alice)


async def a_user_takes_a_request_back(p: Run) -> None:
    await p.accounts("alice")
    mallory = p.stranger()
    (alice,) = await p.online("alice/phone")
    await subscribe(alice, mallory.bare_jid)
    alice.send(f"<presence type='unsubscribe' to='{mallory.bare_jid}'/>")
    await mallory.told_of(alice.bare_jid, "unsubscribe")
    await roster(alice)


async def presence_of_contacts(p: Run) -> None:
    await p.accounts("alice", "bob", contacts=True)
    alice, bob = await p.online("alice/phone", "bob/phone")
    for show in ("away", "dnd"):
        bob.send(f"<presence><show>{show}</show><status>Back soon</status><priority>3</priority></presence>")
        await alice.told_of(bob.jid)
    mallory = p.stranger()
    alice.send(f"<presence to='{mallory.bare_jid}'><status>Just for you</status></presence>")
    await mallory.told_of(alice.jid)
    mallory.send(f"<presence to='{alice.jid}'><status>Likewise</status></presence>")
    await alice.told_of(mallory.jid)
    mallory.send(f"<presence type='probe' to='{alice.bare_jid}'/>", bare=True)
    await p.online("bob/laptop")
    await p.logout(bob)
    alice.send("<presence type='unavailable'/>")
    await mallory.told_of(alice.jid, "unavailable")


async def profiles(p: Run) -> None:
    """vCards, asked for by a contact and by a stranger."""
    await p.accounts("alice", "bob", contacts=True)
    alice, bob = await p.online("alice/phone", "bob/phone")
    photo = f"<PHOTO><TYPE>image/png</TYPE><BINVAL>{_PIXEL}</BINVAL></PHOTO>"
    await alice.iq(f"<vCard xmlns='vcard-temp'><FN>Alice</FN><NICKNAME>Al</NICKNAME>{photo}</vCard>")
    for _ in range(2):
        await alice.iq("<vCard xmlns='vcard-temp'/>", type_="get")
        await bob.iq("<vCard xmlns='vcard-temp'/>", type_="get", to=alice.bare_jid)
        await p.stranger().iq(alice.bare_jid, "<vCard xmlns='vcard-temp'/>")
        await alice.iq("<vCard xmlns='vcard-temp'><FN>Alice A.</FN></vCard>")


async def avatar_and_nick(p: Run) -> None:
    """What is published by PEP reaches the contact who wants it (XEP-0084, XEP-0172), and a stranger is refused."""
    await p.accounts("alice", "bob", contacts=True)
    (alice,) = await p.online("alice/phone")
    node = f"https://client.example/{p.jid('client')}"  # servers remember what they were told of a node
    caps = f"<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='{node}' ver='{_hash()}'/>"
    (bob,) = await p.online("bob/phone", presence=f"<presence>{caps}</presence>")
    bob.answer(await bob.asked("query", _DISCO), _info(f" node='{node}#{_hash()}'"))
    await publish(alice, _NICK, f"<nick xmlns='{_NICK}'>Alice</nick>")
    await bob.message_with("event", _EVENT)
    await publish(alice, "urn:xmpp:avatar:data", f"<data xmlns='urn:xmpp:avatar:data'>{_PIXEL}</data>")
    info = "<info bytes='21' id='c-avatar' type='image/png'/>"
    await publish(alice, _AVATAR, f"<metadata xmlns='{_AVATAR}'>{info}</metadata>")
    await bob.message_with("event", _EVENT)
    items = f"<pubsub xmlns='{_PUBSUB}'><items node='urn:xmpp:avatar:data'/></pubsub>"
    await bob.iq(items, type_="get", to=alice.bare_jid)
    await p.stranger().iq(alice.bare_jid, items)


async def publish(session: Recorder, node: str, payload: str) -> None:
    item = f"<publish node='{node}'><item id='c-item'>{payload}</item></publish>"
    answer = await session.iq(f"<pubsub xmlns='{_PUBSUB}'>{item}</pubsub>")
    assert answer.get("type") == "result"


def _info(node: str = "") -> str:
    features = "".join(f"<feature var='{name}'/>" for name in _FEATURES)
    return f"<query xmlns='{_DISCO}'{node}><identity category='client' type='phone' name='Test'/>{features}</query>"


def _hash() -> str:
    """XEP-0115 5.1."""
    text = "client/phone//Test<" + "".join(f"{name}<" for name in sorted(_FEATURES))
    return base64.b64encode(hashlib.sha1(text.encode(), usedforsecurity=False).digest()).decode()


async def questions_and_answers(p: Run) -> None:
    """disco#info, disco#items, ping, version, of servers, accounts and sessions, by users and by a stranger."""
    await p.accounts("alice", "bob", contacts=True)
    alice, bob = await p.online("alice/phone", "bob/phone")
    mallory = p.stranger()
    query = f"<query xmlns='{_DISCO}'/>"
    for to in (p.host, p.rooms, alice.bare_jid):
        await alice.iq(query, type_="get", to=to)
        await alice.iq(query.replace("#info", "#items"), type_="get", to=to)
        await mallory.iq(to, query)
    await alice.iq("<query xmlns='jabber:iq:version'/>", type_="get", to=p.host)
    await alice.iq("<ping xmlns='urn:xmpp:ping'/>", type_="get", to=alice.bare_jid)
    await mallory.iq(p.host, "<ping xmlns='urn:xmpp:ping'/>")
    bob.send(f"<iq type='get' id='c-ping' to='{alice.jid}'><ping xmlns='urn:xmpp:ping'/></iq>")
    alice.answer(await alice.asked("ping", "urn:xmpp:ping"))
    await bob.take(lambda s: s.get("id") == "c-ping", "pong")
    mallory.send(f"<iq type='get' id='c-disco' to='{alice.jid}'>{query}</iq>")
    alice.answer(await alice.asked("query", _DISCO), _info())
    await mallory.take(lambda s: s.get("id") == "c-disco", "disco")
    alice.send(f"<iq type='get' id='c-out' to='{mallory.jid}'>{query}</iq>")
    await mallory.take(lambda s: s.get("id") == "c-out", "disco")
    mallory.send(f"<iq type='result' id='c-out' to='{alice.jid}'>{_info()}</iq>")
    await alice.take(lambda s: s.get("id") == "c-out", "disco")
    await bob.iq("<ping xmlns='urn:xmpp:ping'/>", type_="get", to=f"{alice.bare_jid}/gone")


async def private_storage(p: Run) -> None:
    await p.accounts("alice")
    (alice,) = await p.online("alice/phone")
    storage = "<storage xmlns='storage:bookmarks'><conference jid='garden@rooms.example' name='Garden'/></storage>"
    await alice.iq(f"<query xmlns='jabber:iq:private'>{storage}</query>")
    await alice.iq("<query xmlns='jabber:iq:private'><storage xmlns='storage:bookmarks'/></query>", type_="get")


async def a_stranger_is_blocked(p: Run) -> None:
    """XEP-0191: what is blocked is the server's to refuse; after that the stranger is heard again."""
    await p.accounts("alice")
    mallory = p.stranger()
    (alice,) = await p.online("alice/phone")
    mallory.say(alice.bare_jid, "before")
    await alice.message("before")
    item = f"<item jid='{mallory.bare_jid}'/>"
    await alice.iq(f"<block xmlns='urn:xmpp:blocking'>{item}</block>")
    mallory.say(alice.bare_jid, "blocked", ident="c-blocked")
    mallory.presence("subscribe", alice.bare_jid)
    await mallory.iq(alice.jid, "<query xmlns='jabber:iq:version'/>")
    alice.say(mallory.bare_jid, "to the blocked", ident="c-out")
    await alice.error()
    await p.finish()
    await alice.iq("<blocklist xmlns='urn:xmpp:blocking'/>", type_="get")
    await alice.iq(f"<unblock xmlns='urn:xmpp:blocking'>{item}</unblock>")
    mallory.say(alice.bare_jid, "after")
    await alice.message("after")
    assert [s.body for s in alice.heard if s.body and s.get("type") != "error"] == ["before", "after"]
