"""What services send around a wave: codes, notices of parcels, newsletters, a club's letters, answers of a support.

Nobody trusts them: their readers have agreed on a web page. In an hour a bot writes to fifty of its 400 customers.
"""

from collections.abc import Iterator
from functools import partial

from tests.bench.day_life import Arrival, Life, Script
from tests.bench.day_services import ask_support, newsletter
from tests.bench.day_world import DAY, HOUR, Group, Person, World

_LETTERS = (("daily@news.letters.example", 40), ("club@letters.example", 60), ("shop@mail.example", 400))
_CLUB = (
    "Hello {}, training is in the small hall next Tuesday because the roof is being mended. Bring your own ball! Karin",
    "Hallo {}, am Sonntag spielen wir auswärts in Neustadt, Treffpunkt 9 Uhr am Vereinsheim, wer kann fahren? Karin",
)
_TICKET = "Hello {}, thank you for your question. We have opened ticket {} and answer within two working days. {}"


class Services:
    """A part of life, for `day_judged.Run`."""

    __name__ = "services around a wave"

    def __init__(self, span: float, size: float) -> None:
        self._span = span
        self._size = size

    def arrivals(self, world: World, life: Life) -> Iterator[Arrival]:
        """Yield what services begin."""
        dice, span = life.dice, self._span
        customers = life.some(world.ours, min(400, len(world.ours) // 2))
        for script in (codes, parcels):
            dice.shuffle(customers)
            # at night there are none, so over a day or more it begins in the morning
            begin = 0.0 if span < DAY else 9 * HOUR
            yield Arrival(begin, Group.SERVICES, partial(script, customers=list(customers)))
        weeks = range(max(1, round(span / (7 * DAY))))
        for sender, many in _LETTERS:
            readers = life.some(world.ours, min(many, len(world.ours) // 2))
            for week in weeks:
                when = week * 7 * DAY + dice.uniform(0.1, 0.6) * min(span, 7 * DAY)
                script = partial(newsletter, sender=sender, readers=readers, number=100 + week)
                yield Arrival(when, Group.NEWSLETTERS, script)
        members = life.some(world.ours, min(60, len(world.ours) // 2))
        for week in weeks:
            when = week * 7 * DAY + dice.uniform(0.1, 0.6) * min(span, 7 * DAY)
            yield Arrival(when, Group.SERVICES, partial(club, members=members, body=_CLUB[week % len(_CLUB)]))
        for _ in range(max(5, round(60 * self._size * span / DAY))):
            at = dice.uniform(0, span)
            yield Arrival(at, Group.PEOPLE, partial(ask_support, one=dice.choice(world.remote)))
            yield Arrival(at, Group.PEOPLE, partial(ask_elsewhere, one=dice.choice(world.ours)))


def codes(life: Life, *, customers: list[Person]) -> Script:
    """Send each customer a one-time code, fifty an hour."""
    for n, one in enumerate(customers):
        body = (
            f"{life.dice.randrange(10**6):06} is your code for login.example. It is valid for 10 minutes. Never tell it"
            " to anybody, not even us."
        )
        yield life.message(n * 72.0, "one-time code", "codes@login.example/bot", one.jid, body)


def parcels(life: Life, *, customers: list[Person]) -> Script:
    """Tell each customer of a parcel, fifty an hour."""
    for n, one in enumerate(customers):
        number, hour = f"JD{life.dice.randrange(10**11)}", life.dice.randint(8, 16)
        body = f"Your parcel {number} will be delivered today between {hour}:00 and 18:00. Track it: "
        body += f"https://parcels.example/t/{number}"
        yield life.message(n * 72.0 + 30, "parcel notice", "notices@parcels.example/bot", one.jid, body)


def club(life: Life, *, members: list[Person], body: str) -> Script:
    """Write to the members, one after the other; half of them answer."""
    dice, now = life.dice, 0.0
    karin = "karin.weber@sports-club.example"
    for one in members:
        said = body.format(one.jid.partition("@")[0].partition(".")[0].title())
        if (yield life.message(now, "club", f"{karin}/gajim", one.jid, said)) and dice.random() < 0.5:
            answer = dice.choice(("I come", "sorry, I am ill", "yes!", "komme", "bin dabei", "leider nein"))
            at = now + dice.uniform(5, HOUR)
            yield Arrival(at, Group.PEOPLE, partial(_answer, one=one, to=karin, body=answer))
        now += dice.uniform(3, 20)


def _answer(life: Life, *, one: Person, to: str, body: str) -> Script:
    yield life.message(0, "answer to a club", one.full, to, body)


def ask_elsewhere(life: Life, *, one: Person) -> Script:
    """Ask the support of another server, which answers all in the same words."""
    dice, support = life.dice, "support@shop.example"
    question = life.texts.fresh(dice, dice.randint(30, 200))
    if (yield life.message(0, "question to support", one.full, support, question)):
        name = one.jid.partition("@")[0].title()
        body = _TICKET.format(name, dice.randrange(10**5), "Your shop.example team")
        answer = life.message(dice.uniform(1, 5), "answer of a support", f"{support}/desk", one.jid, body)
        yield answer._replace(group=Group.SERVICES)
