"""Situations of ordinary life: rooms (XEP-0045) and invitations to them."""

from tests.live.ordinary_servers import Run
from tests.live.ordinary_users import Recorder

_MUC = "http://jabber.org/protocol/muc"
_USER = f"{_MUC}#user"


async def enter(session: Recorder, room: str, nick: str) -> None:
    """Join, and wait for the subject, which is the last thing that a newcomer is told."""
    session.send(f"<presence to='{room}/{nick}'><x xmlns='{_MUC}'/></presence>")
    await session.take(
        lambda s: s.name == "message" and s.get("type") == "groupchat" and s.child("subject") is not None, "subject"
    )


async def open_room(owner: Recorder, room: str) -> None:
    """Create an instant room (XEP-0045 10.1.2)."""
    await enter(owner, room, "alice")
    form = "<x xmlns='jabber:x:data' type='submit'/>"
    await owner.iq(f"<query xmlns='{_MUC}#owner'>{form}</query>", to=room)


async def everybody_hears(body: str, *sessions: Recorder) -> None:
    for session in sessions:
        await session.message(body)


async def a_room(p: Run) -> None:
    """Two who are strangers to each other, and one from elsewhere, meet in a room: the filter has no part in it."""
    await p.accounts("alice", "bob")
    alice, bob = await p.online("alice/phone", "bob/phone")
    mallory, room = p.stranger(), p.room("garden")
    await open_room(alice, room)
    await enter(bob, room, "bob")
    await alice.told_of(f"{room}/bob")
    mallory.send(f"<presence to='{room}/mal'><x xmlns='{_MUC}'/></presence>")
    await mallory.take(lambda s: s.name == "message" and s.get("type") == "groupchat", "subject")
    for session in (alice, bob):
        await session.told_of(f"{room}/mal")
    alice.send(f"<message type='groupchat' id='c-subject' to='{room}'><subject>Weeds</subject></message>")
    await bob.take(lambda s: s.child("subject") is not None, "subject")
    for number, (session, extra) in enumerate(
        [(alice, ""), (bob, "<active xmlns='http://jabber.org/protocol/chatstates'/>"), (alice, "")]
    ):
        session.say(room, f"talk {number}", type_="groupchat", ident=f"c-talk{number}", extra=extra)
        await everybody_hears(f"talk {number}", alice, bob)
        await mallory.message(f"talk {number}")
    mallory.say(room, "from elsewhere", type_="groupchat")
    await everybody_hears("from elsewhere", alice, bob)
    await mallory.message("from elsewhere")
    alice.say(f"{room}/bob", "psst", ident="c-private", extra=f"<x xmlns='{_USER}'/>")
    assert (await bob.message("psst")).get("from") == f"{room}/alice"
    bob.say(f"{room}/alice", "what", ident="c-answer", extra=f"<x xmlns='{_USER}'/>")
    await alice.message("what")
    mallory.say(f"{room}/bob", "hey", extra=f"<x xmlns='{_USER}'/>")
    await bob.message("hey")
    bob.say(f"{room}/mal", "hey yourself", ident="c-mal", extra=f"<x xmlns='{_USER}'/>")
    await mallory.message("hey yourself")
    bob.send(f"<presence to='{room}/robert'/>")
    await alice.told_of(f"{room}/robert")
    await bob.told_of(f"{room}/robert")
    bob.say(f"{room}/nobody", "anyone", ident="c-nobody", extra=f"<x xmlns='{_USER}'/>")
    await bob.error()
    bob.send(f"<presence type='unavailable' to='{room}/robert'><status>Bye</status></presence>")
    await alice.told_of(f"{room}/robert", "unavailable")
    await bob.told_of(f"{room}/robert", "unavailable")
    bob.say(room, "from outside", type_="groupchat", ident="c-outside")
    await bob.error()


async def two_sessions_in_a_room(p: Run) -> None:
    """One account, two sessions with one nick (or two); the archive and history of the room; a kick."""
    await p.accounts("alice", "bob", contacts=True)
    alice, bob = await p.online("alice/phone", "bob/phone")
    room = p.room("kitchen")
    await open_room(alice, room)
    alice.say(room, "first", type_="groupchat", ident="c-first")
    await alice.message("first")
    await enter(bob, room, "bob")
    await bob.message("first")
    (laptop,) = await p.online("bob/laptop", carbons=True)
    await enter(laptop, room, "bob2")
    await laptop.message("first")
    for session in (alice, bob):
        await session.told_of(f"{room}/bob2")
    bob.say(room, "second", type_="groupchat", ident="c-second")
    await everybody_hears("second", alice, bob, laptop)
    item = "<item nick='bob' role='none'><reason>Enough</reason></item>"
    await alice.iq(f"<query xmlns='{_MUC}#admin'>{item}</query>", to=room)
    for session in (alice, bob, laptop):
        await session.told_of(f"{room}/bob", "unavailable")


async def _mediated(p: Run, *, contacts: bool) -> None:
    await p.accounts("alice", "bob", contacts=contacts)
    alice, bob = await p.online("alice/phone", "bob/phone")
    room = p.room("cellar")
    await open_room(alice, room)
    invite = f"<invite to='{bob.bare_jid}'><reason>Come in</reason></invite>"
    alice.send(f"<message to='{room}' id='c-invite'><x xmlns='{_USER}'>{invite}</x></message>")
    await bob.message_with("x", _USER)
    await enter(bob, room, "bob")
    bob.say(room, "thanks", type_="groupchat", ident="c-thanks")
    await everybody_hears("thanks", alice, bob)


async def a_mediated_invitation(p: Run) -> None:
    await _mediated(p, contacts=False)


async def a_mediated_invitation_by_a_contact(p: Run) -> None:
    """The room is a stranger to its guest, whoever asked it to invite."""
    await _mediated(p, contacts=True)


async def a_mediated_invitation_of_a_stranger(p: Run) -> None:
    """Out through a room that the user is in; the stranger declines."""
    await p.accounts("alice")
    (alice,) = await p.online("alice/phone")
    mallory, room = p.stranger(), p.room("attic")
    await open_room(alice, room)
    invite = f"<invite to='{mallory.bare_jid}'><reason>Come up</reason></invite>"
    alice.send(f"<message to='{room}' id='c-invite'><x xmlns='{_USER}'>{invite}</x></message>")
    await mallory.take(lambda s: s.child("x", _USER) is not None, "invitation")
    decline = f"<decline to='{alice.bare_jid}'><reason>No time</reason></decline>"
    mallory.send(f"<message to='{room}' id='c-decline'><x xmlns='{_USER}'>{decline}</x></message>")
    await alice.take(lambda s: s.name == "message" and b"decline" in s.raw, "the refusal")


async def _direct(p: Run, *, contacts: bool) -> None:
    await p.accounts("alice", "bob", contacts=contacts)
    alice, bob = await p.online("alice/phone", "bob/phone")
    direct = f"<x xmlns='jabber:x:conference' jid='{p.room('shed')}' reason='Tools'/>"
    alice.send(f"<message to='{bob.bare_jid}' id='c-direct'>{direct}</message>")
    await bob.message_with("x", "jabber:x:conference")


async def a_direct_invitation(p: Run) -> None:
    await _direct(p, contacts=False)


async def a_direct_invitation_by_a_contact(p: Run) -> None:
    await _direct(p, contacts=True)
