"""What people do by themselves: they talk, get to know each other, greet, congratulate and try again.

Figures: an active user has three conversations a day of six messages or so, half of them encrypted (OMEMO is the
default of most clients), and an eighth of a conversation with a new acquaintance; two thirds of these are answered.
One in eight sends a greeting of the day to some contacts. One of 365 has a birthday. Of a hundred users two wait for an
answer to a request for a subscription, which their servers send again at each login.
"""

from collections.abc import Generator, Iterator
from functools import partial

from tests.bench.day_bodies import FALLBACK, GREETINGS, OPENINGS, OTR, PLACES, WISHES
from tests.bench.day_life import Arrival, Happening, Life, Planned, Script
from tests.bench.day_world import HOUR, MINUTE, TELLING_NOTHING, Group, Person, Sent, World, domain

OMEMO = "eu.siacs.conversations.axolotl"


def arrivals(world: World, life: Life) -> Iterator[Arrival]:
    """Yield all that people begin in this day."""
    for at, script in (*_of_ours(world, life), *_of_others(world, life)):
        yield Arrival(at, Group.PEOPLE, script)


def _of_ours(world: World, life: Life) -> Planned:
    dice = life.dice
    for one in world.active:
        if domain(one.jid) == TELLING_NOTHING:  # where a server tells contacts apart nobody asks about these
            for other in life.some(one.contacts, 3):
                yield life.sometime(), partial(conversation, one=one, other=other)
        if dice.random() < 0.25:
            yield life.sometime(), partial(acquaintance, one=one, other=dice.choice(world.remote))
        if dice.random() < 0.12:
            yield life.sometime(5, 22), partial(greeting, one=one)
    for one in life.some(world.ours, max(1, world.users // 365)):
        for other in life.some(one.contacts, 30):
            yield life.sometime(7, 23), partial(wish, one=other, other=one)


def _of_others(world: World, life: Life) -> Planned:
    dice = life.dice
    for one in world.remote:
        if dice.random() < 0.12 and one.contacts:
            yield life.sometime(5, 22), partial(greeting, one=one)
        if dice.random() < 0.1:
            yield life.sometime(), partial(acquaintance, one=one, other=dice.choice(world.ours))
    for _ in range(max(2, world.users // 50)):
        yield dice.random() * HOUR, partial(waiting, one=dice.choice(world.remote), other=dice.choice(world.ours))


# --- talk


def conversation(life: Life, *, one: Person, other: Person, known: bool = True) -> Script:
    """Let two talk."""
    dice, now = life.dice, 0.0
    way = dice.choices(("plain", "omemo", "otr", "pgp"), (46, 50, 3, 1))[0]
    language = life.texts.language(dice)
    for n in range(1 + min(30, int(dice.expovariate(1 / 6)))):
        if n and dice.random() < 0.55:
            one, other = other, one
        if dice.random() < 0.3:
            yield state(life, now, one, other, "composing")
        now += dice.uniform(2, 12)
        passed = yield from said(life, now, one, other, way if n or way != "otr" else "query", language, known=known)
        if passed and dice.random() < 0.6:
            now += dice.uniform(0.2, 2)
            yield receipt(life, now, other, one)
        now += dice.expovariate(1 / 90)


def said(
    life: Life, now: float, one: Person, other: Person, way: str, language: int, *, known: bool
) -> Generator[Happening, bool, bool]:
    """Say one thing, in whichever of the ways, and return whether it was delivered.

    A long text that people send to several goes to others as well.
    """
    dice, kind = life.dice, "chat" if known else "acquaintance"
    if dice.random() < 0.05:
        return (yield dice.choice((file, call, reaction, sticker))(life, now, one, other))
    if way == "omemo":
        return (yield life.chat(now, "omemo", one, other, FALLBACK, encrypted(life)))
    if way in ("otr", "query", "pgp"):
        body = {"otr": f"?OTR:AAMD{life.id() * 9}.", "query": OTR, "pgp": "This message is encrypted (XEP-0027)."}[way]
        more = f"<x xmlns='jabber:x:encrypted'>{life.id() * 9}</x>" if way == "pgp" else ""
        return (yield life.chat(now, "otr or pgp", one, other, body, more))
    body, shared = life.texts.says(dice, language)
    passed = yield life.chat(now, kind, one, other, body)
    if shared:
        for n, further in enumerate(life.some(one.contacts, dice.randint(1, 4))):
            yield life.chat(now + 12 * n, "text to several", one, further, body)
    if dice.random() < 0.03:
        more = "<replace xmlns='urn:xmpp:message-correct:0' id='1'/>"
        yield life.chat(now + 8, kind, one, other, f"{body[:-1]}!", more)
    if dice.random() < 0.03:  # no receipt came, so it is sent again
        for again in range(dice.randint(1, 3)):
            yield life.chat(now + 20 + 30 * again, "typed again", one, other, body)
    return passed


def encrypted(life: Life) -> str:
    return (
        f"<encrypted xmlns='{OMEMO}'><header sid='27183'><key rid='31415'>{life.id() * 4}</key><iv>bmV2ZXI=</iv>"
        f"</header><payload>{life.id() * 6}</payload></encrypted>"
        f"<encryption xmlns='urn:xmpp:eme:0' namespace='{OMEMO}' name='OMEMO'/>"
    )


def state(life: Life, now: float, one: Person, other: Person, name: str) -> Sent:
    more = f"<{name} xmlns='http://jabber.org/protocol/chatstates'/>"
    return life.message(now, "chat state", one.full, other.jid, None, more)


def receipt(life: Life, now: float, one: Person, other: Person) -> Sent:
    more = life.dice.choice(
        ("<received xmlns='urn:xmpp:receipts' id='1'/>", "<displayed xmlns='urn:xmpp:chat-markers:0' id='1'/>")
    )
    return life.message(now, "receipt or marker", one.full, other.full, None, more)


def file(life: Life, now: float, one: Person, other: Person) -> Sent:
    url = (
        f"https://upload.{domain(one.jid)}/{life.id()}{life.dice.getrandbits(64):x}/IMG_{life.dice.randrange(9999)}.jpg"
    )
    if life.dice.random() < 0.4:
        url = f"aesgcm{url[5:]}#{life.dice.getrandbits(160):x}"
    return life.chat(now, "file", one, other, url, f"<x xmlns='jabber:x:oob'><url>{url}</url></x>")


def call(life: Life, now: float, one: Person, other: Person) -> Sent:
    name = life.dice.choice(("propose", "retract", "ringing", "proceed"))
    more = (
        f"<{name} xmlns='urn:xmpp:jingle-message:0' id='{life.id()}'>"
        f"<description xmlns='urn:xmpp:jingle:apps:rtp:1' media='audio'/></{name}><store xmlns='urn:xmpp:hints'/>"
    )
    return life.message(now, "call", one.full, other.jid, None, more)


def reaction(life: Life, now: float, one: Person, other: Person) -> Sent:
    more = "<reactions xmlns='urn:xmpp:reactions:0' id='1'><reaction>👍</reaction></reactions>"
    return life.message(now, "reaction", one.full, other.jid, None, more)


def sticker(life: Life, now: float, one: Person, other: Person) -> Sent:
    return life.chat(now, "sticker", one, other, "A sticker has been sent using Movim")


# --- strangers


def acquaintance(life: Life, *, one: Person, other: Person) -> Script:
    """Write to somebody for the first time; two thirds get an answer, and go on."""
    dice, now = life.dice, 0.0
    name = one.jid.partition("@")[0].rstrip("0123456789").replace(".", " ").title()
    if dice.random() < 0.5:
        nick = f"<nick xmlns='http://jabber.org/protocol/nick'>{name}</nick>"
        more = dice.choice(("", nick, "<status>I would like to add you to my contact list.</status>"))
        yield life.request(now, "request", one.jid, other.jid, more)
        now += dice.uniform(1, 120)
    if dice.random() < 0.5:
        yield life.chat(now, "omemo", one, other, FALLBACK, encrypted(life))
    else:
        body = dice.choice(OPENINGS).strip().format(dice.choice(PLACES), name)
        if dice.random() < 0.1:
            body += f" https://{life.texts.fresh(dice, 5)[:8].strip().lower()}.example/{dice.randrange(9999)}"
        if dice.random() < 0.05:
            body += f" +49 171 {dice.randrange(10**6, 10**7)}"
        yield life.chat(now, "first message", one, other, body)
    if dice.random() < 0.65:
        now += dice.expovariate(1 / (15 * MINUTE))
        yield life.chat(now, "acquaintance", other, one, life.texts.says(dice)[0])
        yield from later(conversation(life, one=one, other=other, known=False), now + 30)
        if dice.random() < 0.3:
            yield life.request(now + HOUR, "request", other.jid, one.jid)
        return
    for _ in range(dice.randint(0, 3)):
        now += dice.uniform(20, 3 * HOUR)
        yield life.chat(
            now, "acquaintance", one, other, dice.choice(("hello?", "are you there?", "?", "ping", "Hallo??"))
        )


def waiting(life: Life, *, one: Person, other: Person) -> Script:
    """Ask for a subscription that is not answered: the server asks again whenever the client logs in.

    These count apart: where the first has arrived nobody misses another.
    """
    now, arrived = 0.0, False
    for again in range(life.dice.choice((1, 2, 2, 3, 3, 4, 5, 8, 12))):
        request = life.request(now, "request again" if again else "request", one.jid, other.jid)
        arrived = (yield request._replace(group=Group.REPEATS) if arrived else request) or arrived
        now += life.dice.uniform(0.3 * HOUR, 2 * HOUR)


def greeting(life: Life, *, one: Person) -> Script:
    """Send a greeting of the day to some contacts, one after the other."""
    dice, now = life.dice, 0.0
    body = dice.choices(GREETINGS, [1 / (n + 1) for n in range(len(GREETINGS))])[0].strip()
    if dice.random() < 0.15:
        body = f"https://cards.greetings.example/morning/{dice.randrange(12)}.gif"
    for other in life.some(one.contacts, dice.randint(3, 10)):
        yield life.chat(now, "greeting", one, other, body)
        now += dice.uniform(2, 15)


def wish(life: Life, *, one: Person, other: Person) -> Script:
    """Congratulate."""
    body = life.dice.choices(WISHES, [1 / (n + 1) for n in range(len(WISHES))])[0].strip()
    if life.dice.random() < 0.4:
        body += f" {life.texts.fresh(life.dice, 40)}"
    if (yield life.chat(0, "birthday", one, other, body)) and life.dice.random() < 0.7:
        yield life.chat(
            life.dice.uniform(60, 5 * HOUR),
            "birthday",
            other,
            one,
            life.dice.choice(("Thank you!", "Danke!", "спасибо!", "thx :)")),
        )


def later(script: Script, now: float) -> Script:
    """Let *script* begin at *now* of the one that it is part of."""
    try:
        sent = next(script)
        while True:
            sent = script.send((yield sent._replace(at=now + sent.at)))
    except StopIteration:
        return
