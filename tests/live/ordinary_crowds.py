"""Situations of ordinary life in which one writes to many, or many to one: what spam does, too."""

from tests.live.ordinary_rooms import enter, everybody_hears, open_room
from tests.live.ordinary_servers import EVIL, SERVICE, Run
from tests.live.ordinary_users import Recorder

_EVENT = "http://jabber.org/protocol/pubsub#event"
_MUC = "http://jabber.org/protocol/muc"
_NICK = "http://jabber.org/protocol/nick"
_ATOM = "http://www.w3.org/2005/Atom"
PESTERED = 22
"""Guests whom one occupant of a room invites."""
_OPEN = (
    f"<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>{_MUC}#roomconfig</value></field>"
    "<field var='muc#roomconfig_allowinvites'><value>1</value></field></x>"
)
"""All occupants may invite, which without a word they may not in ejabberd."""
_READERS = tuple(f"reader{number}" for number in range(6))
MANY_READERS = 30
_AWAY = (
    "I am away until Monday. For urgent matters please call the office or write to my colleague, who will be happy to "
    "help you with whatever it is."
)
_ISSUE = (
    "Dear friends of the garden, this month's news: the meeting is on Thursday evening at eight in the old school "
    "behind the church. All about it, and how to unsubscribe: https://garden.example/news/"
)


async def _readers(p: Run) -> list[Recorder]:
    await p.accounts(*_READERS)
    return await p.online(*(f"{name}/phone" for name in _READERS))


async def news_of_a_service(p: Run) -> None:
    """A publish-subscribe service (XEP-0060) tells its subscribers at their bare JIDs, with a payload and without."""
    readers = await _readers(p)
    for post in range(5):
        entry = (
            f"<entry xmlns='{_ATOM}'><title>{_ISSUE}</title><link href='https://garden.example/news/{post}'/></entry>"
        )
        item = f"<item id='c-post{post}'>{entry if post % 2 else ''}</item>"
        event = f"<event xmlns='{_EVENT}'><items node='news'>{item}</items></event>"
        for reader in readers:
            kind = " type='headline'" if post < 3 else ""
            p.servers.hub.send(
                f"<message from='{EVIL}'{kind} id='c-news{post}' to='{reader.bare_jid}'>{event}</message>"
            )
    for reader in readers:
        for _ in range(5):
            await reader.message_with("event", _EVENT)


async def news_of_our_own_service(p: Run) -> None:
    """A service of the server itself may write the same to all, in words, as often as it likes."""
    readers = await _readers(p)
    for post in range(5):
        for reader in readers:
            address = f"from='{SERVICE}' to='{reader.bare_jid}' type='headline' id='c-news{post}'"
            p.servers.service.send(f"<message {address}><body>{_ISSUE}</body></message>")
    for reader in readers:
        for _ in range(5):
            await reader.message(_ISSUE)


async def a_room_by_subscription(p: Run) -> None:
    """A busy room hands on what is said in it to those who subscribed to it (MUC/Sub of ejabberd), at bare JIDs."""
    readers = await _readers(p)
    room = f"garden{p.mark}@{EVIL}"
    for line in range(12):
        said = f"<message xmlns='jabber:client' type='groupchat' from='{room}/carol'><body>line {line}</body></message>"
        item = f"<item id='c-line{line}'>{said}</item>"
        event = f"<event xmlns='{_EVENT}'><items node='urn:xmpp:mucsub:nodes:messages'>{item}</items></event>"
        for reader in readers:
            p.servers.hub.send(f"<message from='{room}' id='c-line{line}' to='{reader.bare_jid}'>{event}</message>")
    for reader in readers:
        for _ in range(12):
            await reader.message_with("event", _EVENT)


async def a_newsletter(p: Run) -> None:
    readers = await _readers(p)
    editor = p.stranger("editor")
    for issue in range(2):
        for reader in readers:
            editor.say(reader.bare_jid, f"{_ISSUE}{issue}", type_="normal", extra="<subject>Garden news</subject>")
        for reader in readers:
            await reader.message(f"{_ISSUE}{issue}")


async def a_newsletter_to_many(p: Run) -> None:
    """One text to more than any rate allows, of whom every second has asked for it."""
    names = [f"reader{number}" for number in range(MANY_READERS)]
    await p.accounts(*names)
    readers = await p.online(*(f"{name}/phone" for name in names))
    editor = p.stranger("letters")
    for number, reader in enumerate(readers[::2]):
        reader.say(editor.bare_jid, f"subscribe {number}", ident=f"c-subscribe{number}")
        await editor.message(f"subscribe {number}")
    for reader in readers:
        editor.say(reader.bare_jid, f"{_ISSUE}all")
    for reader in readers:
        await reader.message(f"{_ISSUE}all")


async def puppets_of_a_gateway(p: Run) -> None:
    """Those of another network, each an account of the gateway, say what people say there."""
    await p.accounts("alice")
    (alice,) = await p.online("alice/phone")
    for number in range(12):
        puppet = p.stranger(f"nick{number}%irc.net")
        name = f"<nick xmlns='{_NICK}'>nick{number}</nick>"
        puppet.say(alice.bare_jid, "hi", extra=name)
        puppet.say(alice.bare_jid, "are you the alice of #garden?", extra=name)
        await alice.message("hi")
        await alice.message("are you the alice of #garden?")
    alice.say(p.stranger("nick0%irc.net").bare_jid, "yes", ident="c-yes")
    await p.stranger("nick0%irc.net").message("yes")


async def a_bot_reports(p: Run) -> None:
    """Each report is the former one with other numbers, and all of them go to the two who are on duty."""
    await p.accounts("alice", "bob")
    sessions = await p.online("alice/phone", "bob/phone")
    bot = p.stranger("monitoring")
    for number in range(12):
        # hosts that no other scene names: the gateway knows yet what was advertised to many there
        said = (
            f"PROBLEM: load of web{number % 3}.machines.example is {number}.{number}2 (threshold 4.00) since "
            f"2026-11-28 0{number % 10}:15 UTC, see https://monitor.machines.example/event/{number}"
        )
        for session in sessions:
            bot.say(session.bare_jid, said)
            await session.message(said)


async def an_old_address_is_dead(p: Run) -> None:
    """Somebody has another address, tells so, and asks for new subscriptions as fast as by hand."""
    readers = await _readers(p)
    uwe = p.stranger("uwe")
    for reader in readers[:5]:
        uwe.presence("subscribe", reader.bare_jid, f"<nick xmlns='{_NICK}'>Uwe</nick>")
        await reader.told_of(uwe.bare_jid, "subscribe")
    for reader in readers:
        said = f"Hi, this is Uwe. My old address uwe@gone.example is dead, please take {uwe.bare_jid} from now on."
        uwe.say(reader.bare_jid, said)
        await reader.message(said)


async def an_autoresponder(p: Run) -> None:
    """Somebody is away, and tells so to everybody who writes."""
    await p.accounts("alice")
    (alice,) = await p.online("alice/phone")
    for number in range(10):
        stranger = p.stranger(f"asker{number}")
        stranger.say(alice.bare_jid, f"Hello Alice, I have {number} questions about the garden.")
        await alice.message()
        alice.say(stranger.bare_jid, _AWAY, ident="c-away")
        await stranger.message(_AWAY)


async def a_pest_in_a_room(p: Run) -> None:
    """One occupant of an open room invites and spams: for all others the room goes on as it was."""
    guests = [f"guest{number}" for number in range(PESTERED)]
    await p.accounts("alice", "bob", "pest", *guests)
    alice, bob, pest = await p.online("alice/phone", "bob/phone", "pest/phone")
    carol, room = p.stranger("carol"), p.room("open")
    await open_room(alice, room)
    await alice.iq(f"<query xmlns='{_MUC}#owner'>{_OPEN}</query>", to=room)
    await enter(bob, room, "bob")
    carol.send(f"<presence to='{room}/carol'><x xmlns='{_MUC}'/></presence>")
    await carol.take(lambda s: s.name == "message" and s.get("type") == "groupchat", "subject")
    await enter(pest, room, "pest")
    for session in (alice, bob):
        for nick in ("carol", "pest"):
            await session.told_of(f"{room}/{nick}")
    for number, guest in enumerate(guests):
        invite = f"<invite to='{p.jid(guest)}'><reason>Win in our casino</reason></invite>"
        pest.send(f"<message to='{room}' id='c-pest{number}'><x xmlns='{_MUC}#user'>{invite}</x></message>")
    for number in range(12):
        pest.say(
            room, f"Win {number} in our casino: https://casino.example/", type_="groupchat", ident=f"c-win{number}"
        )
    await alice.message("Win 11 in our casino: https://casino.example/")
    for number, speaker in enumerate((alice, bob, alice)):
        speaker.say(room, f"never mind {number}", type_="groupchat", ident=f"c-talk{number}")
        await everybody_hears(f"never mind {number}", alice, bob)
    carol.say(room, "who was that", type_="groupchat")
    await everybody_hears("who was that", alice, bob)
    carol.say(f"{room}/bob", "psst", extra=f"<x xmlns='{_MUC}#user'/>")
    await bob.message("psst")
    bob.say(f"{room}/carol", "what", ident="c-what", extra=f"<x xmlns='{_MUC}#user'/>")
    await carol.message("what")
    bob.send(f"<presence to='{room}/bob'><show>away</show></presence>")
    await alice.take(lambda s: s.get("from") == f"{room}/bob" and s.child("show") is not None, "away")
    await carol.take(lambda s: s.get("from") == f"{room}/bob" and s.child("show") is not None, "away")
