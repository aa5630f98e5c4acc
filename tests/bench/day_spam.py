"""A spam wave beside honest life, and what honest people do about it: they ask, complain and report.

Figures: what servers that counted have published (yaxim.org 2017: 3.3 messages an account, 51 accounts a server; each
spam in three types, with random nicks), so a few thousand copies in four waves by some hundred accounts, on small and
on large servers. One wave is a link in ever other words, one is a room that 150 accounts invite to. Of those who got
spam one of twenty hands it on to an admin, in part or whole, one of thirty asks a friend, one of thirty reports it.
In the afternoon the operator lists the link.
"""

from collections.abc import Iterator
from functools import partial
from typing import Final

from tests.bench.day_bodies import ADVERTISED, HEADS
from tests.bench.day_life import Arrival, Life, Order, Script
from tests.bench.day_services import SUPPORT, automatic_answer
from tests.bench.day_world import (
    ABUSE,
    ADMIN,
    ASKING,
    HOUR,
    MINUTE,
    MUC_USER,
    OURS,
    ROOMS,
    Group,
    Person,
    World,
    domain,
)
from tests.bench.operators import operators

LINK: Final = "https://best-offer.spam.example/win/7731"
ROOM: Final = "free-money@rooms.spam.example"
PUBLISHED: Final = (ADMIN, ABUSE, SUPPORT)
VARIED: Final = (
    "put 20 % words in",
    "replace 15 % of words",
    "drop 15 % of words",
    "swap six neighbours",
    "other figures",
)
_VARY: Final = operators([])


def arrivals(world: World, life: Life) -> Iterator[Arrival]:
    """Yield the waves of the day."""
    dice = life.dice
    small = [f"open{n}.example" for n in range(max(3, world.users // 200))]
    many = max(12, world.users // 25)
    accounts = [
        f"{dice.choice('abcdxyz')}{dice.randrange(10**6)}@{dice.choice(small * 2 + world.large)}" for _ in range(many)
    ]

    def waves(hour: float, each: int, share: float, script: "partial[Script]") -> Iterator[Arrival]:
        for account in dice.sample(accounts, round(share * many)):
            when = hour * HOUR + dice.uniform(0, 30 * MINUTE)
            yield Arrival(when, Group.SPAM, partial(script, sender=account, each=each))

    for body, hour in zip(ADVERTISED, (9.2, 13.1, 20.4), strict=True):
        yield from waves(hour, 3, 0.7, partial(advertise, body=body))
    yield from waves(11.5, 3, 0.5, partial(advertise, body=""))
    yield from waves(15.5, 4, 0.4, partial(advertise, body=""))
    yield from waves(16.2, 2, 0.4, partial(lure))
    yield Arrival(15.2 * HOUR, Group.SPAM, list_the_link)
    for number, room in enumerate((f"help@{ROOMS}", "help@muc.large0.example")):
        people = life.some(world.active, 40)
        for one in people:
            world.join(one.jid, room)
        yield Arrival((14 + number) * HOUR, Group.SPAM, partial(pester, room=room, people=people))
        for one in people:
            yield Arrival(life.sometime(13, 17), Group.PEOPLE, partial(help_, room=room, one=one, people=people))
    for _ in range(max(2, world.users // 1000)):
        yield Arrival(life.sometime(), Group.PEOPLE, partial(quarrel, one=dice.choice(world.active)))


def advertise(life: Life, *, sender: str, each: int, body: str) -> Script:
    """Send copies of a text, or a link in other words each time, to whom the account has not written to."""
    dice, now = life.dice, 0.0
    for _ in range(each):
        # published addresses get more than their part
        other = Person(dice.choice(PUBLISHED), "desk") if dice.random() < 0.02 else dice.choice(life.world.ours)
        name = other.jid.partition("@")[0].rstrip("0123456789")
        said = (
            _VARY[dice.choice(VARIED)](body, dice)
            if body
            else f"{life.texts.fresh(dice, 60)} {LINK}?{dice.randrange(999)}"
        )
        said = dice.choice(HEADS).format(name) + said
        nick = f"<nick xmlns='http://jabber.org/protocol/nick'>{life.id()[:6]}</nick>"
        for shown_as in dice.choice((("chat",), ("chat",), ("chat", "headline", None))):
            passed = yield life.message(now, "spam", f"{sender}/Adium", other.jid, said, nick, type=shown_as)
        if passed and other.jid == SUPPORT:
            yield automatic_answer(life, now + 1, sender)
        elif passed:
            yield from minded(now, other, said, sender, life)
        now += dice.uniform(1, 40)


def lure(life: Life, *, sender: str, each: int) -> Script:
    """Invite to a room."""
    now = 0.0
    for _ in range(each):
        other = life.dice.choice(life.world.ours)
        yield life.invitation(now, "spam invitation", f"{sender}/x", other.jid, ROOM, "come and get your bonus")
        now += life.dice.uniform(1, 30)


def list_the_link(life: Life) -> Script:  # noqa: ARG001 - as all scripts
    """Put the link on the list."""
    yield Order(0, ("lists", "add", "url", LINK))


def pester(life: Life, *, room: str, people: list[Person]) -> Script:
    """Let a pest write to those who are in a room."""
    for n, other in enumerate(life.some(people, 25)):
        body = _VARY["put 20 % words in"](ADVERTISED[1], life.dice)
        yield life.message(n * 2, "pest in a room", f"{room}/pest", other.full, body, f"<x xmlns='{MUC_USER}'/>")


# --- what honest people do about it


def minded(now: float, one: Person, body: str, sender: str, life: Life) -> Iterator[Arrival]:
    """Yield what somebody who has got spam does about it, minutes later."""
    dice = life.dice
    said = body if dice.random() < 0.6 else body[: len(body) // 2]
    for likely, script in (
        (1 / 40, partial(complain, one=one, to=ADMIN, body=f"Is this spam? I have got it from {sender}:\n> {said}")),
        (1 / 40, partial(complain, one=one, to=ABUSE, body=f"{said}")),
        (1 / 60, partial(ask_friend, one=one, body=f"did you get this too? {said}")),
        (1 / 60, partial(ask_friend, one=one, body=said)),
        (1 / 30, partial(report, one=one, about=sender)),
    ):
        if dice.random() < likely:
            yield Arrival(now + dice.uniform(MINUTE, 3 * HOUR), Group.PEOPLE, script)


def complain(life: Life, *, one: Person, to: str, body: str) -> Script:
    """Hand spam on to whom it may concern; servers elsewhere complain as well."""
    who = one if life.dice.random() < 0.8 else life.dice.choice(life.world.remote)
    yield life.message(0, "complaint that quotes spam", who.full, to, body)


def ask_friend(life: Life, *, one: Person, body: str) -> Script:
    for other in life.some(one.contacts, 1):
        yield life.chat(0, "spam shown to a friend", one, other, body)


def report(life: Life, *, one: Person, about: str) -> Script:
    """Report an account; the server hands it on (deploy/PROTOCOL.md)."""
    server = domain(one.jid)
    said = "<report xmlns='urn:xmpp:reporting:1' reason='urn:xmpp:reporting:spam'/>"
    xml = (
        f"<message from='{server}' to='filter.{ASKING}' id='{life.id()}'><spam-report xmlns='urn:xmppfilter:check:0'"
        f" reporter='{one.jid}' jid='{about}'>{said}</spam-report></message>"
    )
    yield life.handed_in(server, xml)


def quarrel(life: Life, *, one: Person) -> Script:
    """Fall out with somebody, who is then reported for spam."""
    for other in life.some([other for other in one.contacts if domain(other.jid) not in OURS] or one.contacts, 1):
        yield life.chat(0, "quarrel", other, one, life.texts.says(life.dice)[0])
        yield from report(life, one=one, about=other.jid)


def help_(life: Life, *, room: str, one: Person, people: list[Person]) -> Script:
    """Ask and answer in a help room, aside."""
    now, nick = 0.0, one.jid.partition("@")[0]
    for other in life.some([other for other in people if other is not one], 2):
        body = life.texts.says(life.dice)[0]
        yield life.message(
            now, "message of an occupant", f"{room}/{nick}", other.full, body, f"<x xmlns='{MUC_USER}'/>"
        )
        now += 20
