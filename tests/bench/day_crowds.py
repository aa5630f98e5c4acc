"""What many people do at once: they hand a text on, talk of one link, meet at a conference, move house.

Figures: a chain letter reaches an eighth of those who are here, and as many elsewhere, within half a day; everybody
hands it on to the letter, to 5 to 12 contacts within a minute or two, and one copy of twenty to somebody who does not
know the sender (from a room, say). A joke and a warning go half as far. A film that all talk of is linked by a tenth in
words of their own. A notice goes to sixty colleagues and one to the parents of a class, and what somebody sells thirty
strangers ask for within two hours. At a conference sixty join one room, and ask each other for subscriptions in its
breaks. Of 3,000 users one moves to another address on such a day and asks all contacts again, by hand or with the
client's import.
"""

from collections.abc import Iterator
from functools import partial
from math import log

from tests.bench.day_bodies import FALLBACK, HANDED_ON, MOVED
from tests.bench.day_life import Arrival, Life, Planned, Script
from tests.bench.day_people import encrypted
from tests.bench.day_world import HOUR, MINUTE, MUC_USER, OURS, ROOMS, TELLING_NOTHING, Group, Person, World, domain

FILM = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
_CANTEEN = (
    "Dear colleagues, the canteen is closed on Friday because of the works on the kitchen; please bring your own lunch."
    " Regards, HR"
)
_CLASS = "Dear parents, the trip of the class is moved to Thursday, we leave at 7:30 from the gate. Please pack a coat!"
ARTICLE = "https://www.news.example/politics/2024/11/the-minister-has-resigned"


def arrivals(world: World, life: Life) -> Iterator[Arrival]:
    """Yield what crowds do in this day."""
    for at, script in (*_talk(world, life), *_notices(world, life), *_moves(world, life)):
        yield Arrival(at, Group.PEOPLE, script)
    for number in range(max(1, world.users // 5000)):
        yield from conference(world, life, number)


def _talk(world: World, life: Life) -> Planned:
    crowd = [one for one in (*world.active, *world.remote) if one.contacts]
    for text in HANDED_ON:
        for one in life.some(crowd, round(text.reach * world.users / 8)):
            yield _logistic(life, text.middle), partial(hand_on, kind=text.kind, one=one, body=text.body)
    for link, share, middle in ((FILM, 0.1, 15.0), (ARTICLE, 0.06, 19.0)):
        for one in life.some(crowd, round(share * world.users)):
            yield _logistic(life, middle), partial(tell_of, one=one, link=link)


def _notices(world: World, life: Life) -> Planned:
    dice = life.dice
    for number in range(max(1, world.users // 5000)):
        colleagues = life.some(world.ours, 60)
        yield life.sometime(8, 16), partial(notify, one=dice.choice(world.ours), everybody=colleagues)
        teacher, parents = dice.choice(world.remote), life.some(world.ours, 25)
        for one in parents:
            world.subscribe(one.jid, teacher.jid)
        yield life.sometime(8, 16), partial(notify, one=teacher, everybody=parents)
        seller = dice.choice(world.active)
        for one in life.some(world.remote, 30):
            yield (18 + 2 * dice.random()) * HOUR, partial(ask_for_offer, one=one, seller=seller, number=number)


def _moves(world: World, life: Life) -> Planned:
    for n in range(max(2, world.users // 3000)):
        one = life.dice.choice(world.ours if n % 2 else world.remote)
        yield life.sometime(8, 20), partial(move, one=one, n=n)


def _logistic(life: Life, middle: float) -> float:
    """Return when the news reaches somebody: it spreads from one to the next."""
    while True:
        share = life.dice.uniform(0.001, 0.999)
        if 0 < (at := middle + 1.2 * log(share / (1 - share))) < 23.9:
            return at * HOUR


def hand_on(life: Life, *, kind: str, one: Person, body: str) -> Script:
    """Hand a text on to some contacts, and now and then to somebody else."""
    dice, now = life.dice, 0.0
    for contact in life.some(one.contacts, dice.randint(5, 12)):
        other = life.other_than(life.world.ours, one) if dice.random() < 0.05 else contact
        yield life.chat(now, kind, one, other, body)
        now += dice.uniform(1, 15)


def tell_of(life: Life, *, one: Person, link: str) -> Script:
    """Tell some of what everybody talks of."""
    dice, now = life.dice, 0.0
    words = life.texts.says(dice, life.texts.language(dice))[0]
    body = dice.choice((f"{words} {link}", f"{link} {words}", link, f"{words}\n{link}"))
    for contact in life.some(one.contacts, dice.randint(1, 4)):
        other = life.other_than(life.world.ours, one) if dice.random() < 0.1 else contact
        yield life.chat(now, "link of the day", one, other, body)
        now += dice.uniform(3, 60)


def notify(life: Life, *, one: Person, everybody: list[Person]) -> Script:
    """Write one text to colleagues, or to the parents of a class, with whatever lets one choose many."""
    colleagues = len(everybody) > 30
    body = _CANTEEN if colleagues else _CLASS
    kind = "notice to colleagues" if colleagues else "notice to parents"
    for n, other in enumerate(everybody):
        yield life.chat(n * (0.5 if colleagues else 3), kind, one, other, body)


def ask_for_offer(life: Life, *, one: Person, seller: Person, number: int) -> Script:
    """Ask for what somebody has advertised, in the words that everybody uses."""
    dice = life.dice
    body = dice.choice(
        ("Hi, is it still available?", "Is this still available?", f"Hello, is the bike no. {number} still for sale?")
    )
    if (yield life.chat(0, "question about an offer", one, seller, body)) and dice.random() < 0.7:
        yield life.chat(
            dice.uniform(30, HOUR), "answer about an offer", seller, one, dice.choice(("Yes", "Sorry, it is gone"))
        )


# --- a conference


def conference(world: World, life: Life, number: int) -> Iterator[Arrival]:
    """Let somebody invite sixty, who join, talk, and ask each other."""
    dice = life.dice
    room = f"conference{number}@{ROOMS}"
    organiser, *people = life.some(world.active, 31) + life.some(world.remote, 30)
    for one in people:
        world.join(one.jid, room)
    yield Arrival(9 * HOUR, Group.PEOPLE, partial(invite, organiser=organiser, people=people, room=room))
    for one in people:
        # in the breaks one writes down whom one has met
        for hour, many in ((10.5, 3), (12.5, 4), (15.5, 4)):
            met = life.some(people, many)
            when = hour * HOUR + dice.uniform(0, 25 * MINUTE)
            yield Arrival(when, Group.PEOPLE, partial(meet, one=one, met=met))
        when = life.sometime(9, 18)
        yield Arrival(when, Group.PEOPLE, partial(whisper, one=one, room=room, people=people))
    for _ in range(40):
        script = partial(speak, one=dice.choice(people), room=room, people=people)
        yield Arrival(life.sometime(9, 18), Group.PEOPLE, script)


def invite(life: Life, *, organiser: Person, people: list[Person], room: str) -> Script:
    """Invite all, half through the room and half directly (XEP-0249)."""
    dice, now = life.dice, 0.0
    reason = "The room of our conference: programme, questions to speakers, and where we go for dinner"
    for n, one in enumerate(people):
        if n % 2:
            yield life.invitation(now, "invitation", organiser.full, one.jid, room, reason)
        else:
            more = f"<x xmlns='jabber:x:conference' jid='{room}' reason='{reason}'/>"
            yield life.message(now, "invitation", organiser.full, one.jid, None, more, type=None)
        now += dice.uniform(2, 20)


def meet(life: Life, *, one: Person, met: list[Person]) -> Script:
    """Ask those whom one has met for a subscription, and write to some."""
    dice, now = life.dice, 0.0
    for other in met:
        if other is one:
            continue
        passed = yield life.request(now, "conference request", one.jid, other.jid)
        now += dice.uniform(10, 90)
        if passed and dice.random() < 0.5:
            name = one.jid.partition("@")[0].rstrip("0123456789")
            body = dice.choice(("hi, this is {}", "{} here, nice to meet you!", "Hallo, {} vom Workshop :)")).format(
                name
            )
            yield life.chat(now, "first message", one, other, body)
            if dice.random() < 0.7:
                yield life.chat(now + dice.uniform(20, 600), "acquaintance", other, one, life.texts.says(dice)[0])
            now += dice.uniform(600, 700)


def whisper(life: Life, *, one: Person, room: str, people: list[Person]) -> Script:
    """Write to an occupant, through the room."""
    dice, now = life.dice, 0.0
    nick = one.jid.partition("@")[0]
    for other in life.some([other for other in people if other.ours and other is not one], 4):
        for _ in range(dice.randint(1, 4)):
            more = f"<x xmlns='{MUC_USER}'/>"
            yield life.message(
                now, "message of an occupant", f"{room}/{nick}", other.full, life.texts.says(dice)[0], more
            )
            now += dice.uniform(5, 60)


def speak(life: Life, *, one: Person, room: str, people: list[Person]) -> Script:
    """Say something in the room; only where the component sees everything it sees that."""
    nick = one.jid.partition("@")[0]
    body = life.texts.says(life.dice)[0]
    for other in people:
        if domain(other.jid) == TELLING_NOTHING:
            yield life.message(0, "groupchat", f"{room}/{nick}", other.full, body, type="groupchat", asked=False)


# --- a new address


def move(life: Life, *, one: Person, n: int) -> Script:
    """Move to another account: ask all contacts from there, and tell them."""
    dice, now = life.dice, 0.0
    contacts = list(one.contacts)
    contacts += [other for other in life.some(life.world.ours, 60 - len(contacts)) if other not in contacts]
    where = dice.choice(sorted(OURS)) if n % 3 == 0 else dice.choice(life.world.large)
    new = Person(f"{one.jid.partition('@')[0]}.new@{where}", one.client)
    pace = (20, 60) if n % 2 else (0.3, 1.0)  # by hand, or by the client's import
    for other in contacts:
        yield life.request(now, "request after moving", new.jid, other.jid)
        now += dice.uniform(*pace)
    body = MOVED[n % len(MOVED)].format(one.jid.partition("@")[0], one.jid)
    for other in contacts:
        if dice.random() < 0.3:
            yield life.chat(now, "omemo", new, other, FALLBACK, encrypted(life))
        passed = yield life.chat(now, "old address is dead", new, other, body)
        now += dice.uniform(8, 40)  # typed once, and pasted into one chat after the other
        if passed and dice.random() < 0.5:
            yield life.chat(now, "old address is dead", other, new, dice.choice(("ok, added", "done!", "ok 👍")))
