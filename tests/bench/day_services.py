"""What services send in the day: news, codes, alerts, what gateways and bridges hand on, answers of machines.

Figures: three newsletters with 40, 60 and 400 subscribers, and a mailing list of 40 that a multicast service hands out
(XEP-0033): each of them one text to many who asked. A bot sends one of twenty users a code, one of fifty gets a
notice of a parcel. Gateways (telegram, IRC, mail) stand for many people at one domain and one server each. A monitor
writes dozens of lines to its admins within minutes when something breaks. Strangers write to a support account of ours,
which answers all of them the same. Subscribers of rooms and of pubsub nodes get what they asked for at their bare JIDs.
"""

from collections.abc import Iterator
from functools import partial
from xml.sax.saxutils import escape

from tests.bench.day_life import Arrival, Life, Planned, Script
from tests.bench.day_world import (
    ASKING,
    HOUR,
    MINUTE,
    MUC_USER,
    ROOMS,
    TELLING_NOTHING,
    Group,
    Person,
    Sent,
    World,
    domain,
)

EVENT = "http://jabber.org/protocol/pubsub#event"
NEWSLETTERS = (
    ("daily@news.letters.example", 40, 8.0),
    ("club@letters.example", 60, 12.0),
    ("shop@mail.example", 400, 17.0),
)
SUPPORT = f"support@{ASKING}"
AWAY = (
    "Thank you for your message! We have received it and answer as soon as we can, mostly within one working day."
    " In urgent cases please call us: +49 30 901820. Your ticket is #{}."
)


def arrivals(world: World, life: Life) -> Iterator[Arrival]:
    """Yield what services begin in this day."""
    for group, found in (
        (Group.NEWSLETTERS, _newsletters(world, life)),
        (Group.SERVICES, _subscribed(world, life)),
        (Group.SERVICES, _bots(world, life)),
        (Group.SERVICES, _gateways(world, life)),
    ):
        for when, script in found:
            yield Arrival(when, group, script)


# --- one text to many who asked


def _newsletters(world: World, life: Life) -> Planned:
    for sender, many, hour in NEWSLETTERS:
        readers = life.some(world.ours, many)
        for one in readers[::2]:  # the others asked on a web page
            world.has_written(one.jid, sender)
        yield hour * HOUR, partial(newsletter, sender=sender, readers=readers, number=many)
    members = life.some(world.ours, 40)
    for number in range(20):
        author = life.dice.choice(world.remote)
        yield life.sometime(8, 22), partial(multicast, author=author, members=members, number=number)


def newsletter(life: Life, *, sender: str, readers: list[Person], number: int) -> Script:
    """Send one text to all readers, about two a second."""
    now = 0.0
    body = (
        f"Issue {number} of {sender.partition('@')[0]}: this week we tell you of new opening hours, of the concert in"
        f" the park, and of three books that we liked. Read more at https://{domain(sender)}/issue/{number} - to"
        " unsubscribe, answer with STOP."
    )
    for one in readers:
        yield life.message(now, f"newsletter to {len(readers)}", f"{sender}/news", one.jid, body)
        now += 0.5


def multicast(life: Life, *, author: Person, members: list[Person], number: int) -> Script:
    """Distribute a mail of one author to the members of a list (XEP-0033)."""
    body = f"[list] Re: topic {number}: {life.texts.fresh(life.dice, 180)}"
    listed = "<address type='to' jid='all@lists.example' delivered='true'/>"
    written = f"<address type='ofrom' jid='{author.jid}'/>"
    more = f"<addresses xmlns='http://jabber.org/protocol/address'>{listed}{written}</addresses>"
    for n, one in enumerate(members):
        yield life.message(n * 0.05, "mailing list", "all@lists.example/list", one.jid, body, more)


# --- events for subscribers


def _subscribed(world: World, life: Life) -> Planned:
    dice = life.dice
    followers = life.some(world.ours, max(5, world.users // 20))
    for number in range(4):
        yield life.sometime(), partial(published, followers=followers, number=number)
    for one in life.some([*world.ours, *world.remote], world.users // 20):
        yield life.sometime(), partial(personal, one=one)
    for room in range(3):
        name = f"lobby{room}@{'rooms.large.example' if room else ROOMS}"
        members = life.some(world.ours, 40)
        for _ in range(30):
            yield life.sometime(), partial(room_event, room=name, members=members, nick=f"guest{dice.randrange(60)}")
    online = [one for one in world.active if domain(one.jid) == TELLING_NOTHING]
    yield 10.5 * HOUR, partial(announcement, online=online)


def published(life: Life, *, followers: list[Person], number: int) -> Script:
    """Tell followers of an item of a node, at their bare JIDs."""
    title = f"Post {number}: what has changed in the release of this week, and what has not"
    for n, one in enumerate(followers):
        item = f"<item id='{number}'><entry xmlns='http://www.w3.org/2005/Atom'><title>{title}</title></entry></item>"
        more = f"<event xmlns='{EVENT}'><items node='blog'>{item}</items></event>"
        yield life.message(n * 0.02, "pubsub news", "pubsub.news.example", one.jid, None, more, type="headline")


def personal(life: Life, *, one: Person) -> Script:
    """Tell contacts of a new avatar, a device, a mood (XEP-0163)."""
    node = life.dice.choice(
        ("eu.siacs.conversations.axolotl.devicelist", "urn:xmpp:avatar:metadata", "http://jabber.org/protocol/mood")
    )
    more = f"<event xmlns='{EVENT}'><items node='{node}'><item id='current'/></items></event>"
    for n, other in enumerate(one.contacts):
        yield life.message(n * 0.02, "pep", one.jid, other.jid, None, more, type="headline")


def room_event(life: Life, *, room: str, members: list[Person], nick: str) -> Script:
    """Hand what is said in a room to those who have subscribed to it (MUC/Sub)."""
    body = f"<body>{escape(life.texts.says(life.dice)[0])}</body>"
    for n, one in enumerate(members):
        addresses = f"from='{room}/{nick}' to='{one.jid}'"
        item = f"<item id='1'><message xmlns='jabber:client' type='groupchat' {addresses}>{body}</message></item>"
        more = f"<event xmlns='{EVENT}'><items node='urn:xmpp:mucsub:nodes:messages'>{item}</items></event>"
        yield life.message(n * 0.01, "room subscription", room, one.jid, None, more, type=None)


def announcement(life: Life, *, online: list[Person]) -> Script:
    """Announce to all who are online that the server will be restarted."""
    body = "The server will be restarted tonight at 3 o'clock for an update of its operating system, for five minutes."
    for n, one in enumerate(online):
        yield life.message(n * 0.01, "announcement", TELLING_NOTHING, one.jid, body, type="headline")


# --- bots


def _bots(world: World, life: Life) -> Planned:
    dice = life.dice
    for one in life.some(world.ours, max(3, world.users // 20)):
        yield life.sometime(), partial(code, one=one)
    for one in life.some(world.ours, max(3, world.users // 50)):
        yield life.sometime(8, 19), partial(parcel, one=one)
    admins = life.some(world.ours, 4)
    for sender in ("monitor@ops.example/bot", "monitor@ops.example/bot", f"monitor@{ASKING}/bot"):
        yield life.sometime(), partial(alerts, sender=sender, admins=admins)
    for one in life.some(world.remote, max(3, world.users // 50)):
        # there is something to ask for many at once when something is broken
        yield life.sometime(10, 11) if dice.random() < 0.3 else life.sometime(8, 19), partial(ask_support, one=one)


def code(life: Life, *, one: Person) -> Script:
    number = life.dice.randrange(10**5, 10**6)
    body = (
        f"{number} is your code for login.example. It is valid for 10 minutes. Never tell it to anybody, not even us."
    )
    yield life.message(0, "one-time code", "codes@login.example/bot", one.jid, body)


def parcel(life: Life, *, one: Person) -> Script:
    number, hour = f"JD{life.dice.randrange(10**11)}", life.dice.randint(8, 16)
    link = f"https://parcels.example/t/{number}"
    body = f"Your parcel {number} will be delivered today between {hour}:00 and 18:00. Track it: {link}"
    yield life.message(0, "parcel notice", "notices@parcels.example/bot", one.jid, body)


def alerts(life: Life, *, sender: str, admins: list[Person]) -> Script:
    """Tell admins of an outage, line by line, and of its end."""
    now, dice = 0.0, life.dice
    for state in ("CRITICAL", "OK"):
        for n in range(20):
            for one in admins:
                check = dice.choice(("http", "disk", "load", "ping"))
                body = f"[{state}] web{n:02}.ops.example: check {check} is {state}, value {dice.random():.3f}, see https://monitor.ops.example/h/{n}"
                yield life.message(now, "alert", sender, one.jid, body)
                now += 0.1
            now += dice.uniform(0.2, 4)
        now += 12 * MINUTE


def ask_support(life: Life, *, one: Person) -> Script:
    """Ask the support something; a machine answers at once."""
    dice = life.dice
    support = Person(SUPPORT, "helpdesk")
    if (yield life.chat(0, "question to support", one, support, life.texts.fresh(dice, dice.randint(30, 200)))):
        yield automatic_answer(life, 1, one.jid)


def automatic_answer(life: Life, now: float, to: str) -> Sent:
    body = AWAY.format(life.dice.randrange(10**4, 10**5))
    return life.message(now, "automatic answer", f"{SUPPORT}/helpdesk", to, body)._replace(group=Group.SERVICES)


# --- gateways


def _gateways(world: World, life: Life) -> Planned:
    dice = life.dice
    puppets = [f"{dice.randrange(10**8, 10**9)}@telegram.gateway.example" for _ in range(max(5, world.users // 12))]
    for puppet in puppets:
        other = dice.choice(world.active)
        yield life.sometime(), partial(handed_on, kind="telegram", sender=puppet, other=other)
    for _ in range(max(3, world.users // 50)):
        name = f"nick{dice.randrange(9999)}%irc.libera.example@irc.gateway.example"
        yield life.sometime(), partial(handed_on, kind="irc", sender=name, other=dice.choice(world.active))
    for _ in range(max(3, world.users // 50)):
        name = f"_matrix_{dice.choice('abcdefgh')}{dice.randrange(9999)}@bridge.matrix.example"
        yield life.sometime(), partial(handed_on, kind="bridge", sender=name, other=dice.choice(world.active))
    for one in life.some(world.active, max(3, world.users // 50)):
        yield life.sometime(), partial(mail, other=one)
    for one in life.some(world.active, max(3, world.users // 100)):
        room = f"#xmpp%irc.libera.example@irc.gateway.example/guest{dice.randrange(99)}"
        world.join(one.jid, room.partition("/")[0])
        yield life.sometime(), partial(handed_on, kind="biboumi", sender=room, other=one, occupant=True)


def mail(life: Life, *, other: Person) -> Script:
    """Hand on a mail: with a subject, and of somebody else each time."""
    dice = life.dice
    sender = f"{dice.choice('abcdefgh')}{dice.randrange(9999)}\\40corp{dice.randrange(99)}.example@mail.gateway.example"
    more = f"<subject>{escape(life.texts.fresh(dice, 30))}</subject>"
    yield life.message(0, "mail", sender, other.jid, life.texts.fresh(dice, 290), more, type=None)


def handed_on(life: Life, *, kind: str, sender: str, other: Person, occupant: bool = False) -> Script:
    """Let somebody behind a gateway talk with one of us."""
    dice, now = life.dice, 0.0
    if not occupant and dice.random() < 0.3:
        yield life.request(0, f"{kind} request", sender, other.jid)
    more = f"<x xmlns='{MUC_USER}'/>" if occupant else ""
    for _ in range(1 + int(dice.expovariate(1 / 5))):
        now += dice.uniform(5, 200)
        body = life.texts.says(dice, life.texts.language(dice))[0]
        if dice.random() < 0.4:
            yield life.message(now, kind, other.full, sender, body)
        else:
            yield life.message(now, kind, sender, other.jid, body, more)
