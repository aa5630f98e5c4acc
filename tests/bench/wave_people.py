# ruff: noqa: RUF001 - people write in several scripts
"""What honest people do around a wave: they get to know each other, greet, and hand on what everybody hands on.

Much of it is between people whom no roster knows: friends who met in a room, neighbours, members of a club. All of it
is in proportion to the time and to the size of the wave; what is handed on has its own pace, so of that there is a part
in an hour, too.
"""

import random
from collections.abc import Callable, Iterator
from functools import partial
from math import log
from typing import Final, NamedTuple

from tests.bench.day_bodies import GREETINGS
from tests.bench.day_life import Arrival, Life, Script
from tests.bench.day_people import acquaintance, conversation, greeting, later, wish
from tests.bench.day_world import DAY, HOUR, Group, Person, World
from tests.bench.wave_templates import NAMES

VIRAL: Final = "handed on: "
"""The kinds of what people hand on begin so."""


class HandedOn(NamedTuple):
    """A text that people hand on, to the letter, some with a word before."""

    kind: str
    people: int
    """How many hand it on in a day around a wave of full size,"""
    spread: float
    """and within how many seconds half of them do."""
    bodies: tuple[str, ...]
    word_before: float = 0.1
    """How many of a copy say something of their own before it."""


def _line(block: str) -> str:
    return " ".join(block.split())


HANDED_ON: Final = (
    HandedOn(
        "chain letter",
        150,
        8 * HOUR,
        (
            _line("""
                Bitte lesen und weiterleiten! Ab nächster Woche wird dieser Messenger kostenpflichtig. Wenn du diese
                Nachricht an zwölf Freunde schickst, bleibt dein Konto kostenlos. Es klingt verrückt, aber bei meiner
                Kollegin hat es geklappt, also schick es einfach allen!
            """),
            _line("""
                No rompas la cadena: envía este ángel a diez personas que quieres y a mí también si me quieres. Mañana
                recibirás una sorpresa, a mi vecina le funcionó de verdad.
            """),
        ),
    ),
    HandedOn(
        "event",
        100,
        10 * HOUR,
        (
            _line("""
                Street party on Saturday from 3 pm in Mill Lane! Bring cake, chairs and your neighbours, the band starts
                at six. More on https://mill-lane-party.example/saturday
            """),
            _line("""
                Субботник в нашем парке в воскресенье в десять утра, инструменты дадим, потом чай и пироги. Зовите
                соседей!
            """),
        ),
        0.3,
    ),
    HandedOn(
        "meme",
        150,
        6 * HOUR,
        (
            "https://memes.pictures.example/2026/that-cat-again.jpg",
            "Nobody: \nAbsolutely nobody: \nMy cat at 4 am: 🎺🎺🎺",
            "când e luni dimineața și cafeaua s-a terminat 😭😭😭",
        ),
        0.3,
    ),
    HandedOn("greeting of the day", 150, 3 * HOUR, tuple(GREETINGS[:4] + GREETINGS[-4:]), 0.05),
    HandedOn(
        "emergency notice",
        200,
        0.5 * HOUR,
        (
            _line("""
                ACHTUNG: Im Wasserwerk Nord ist ein Filter ausgefallen. Bitte das Leitungswasser bis auf Weiteres
                abkochen, auch zum Zähneputzen! Sagt es euren Nachbarn und den Älteren im Haus.
            """),
            _line("""
                URGENT: the river has broken the dam at Oakford, the road 12 is closed and the school hall is open for
                everybody who must leave the house. Please pass this on to all you know in the valley!
            """),
            "Deprem oldu, herkes dışarı çıksın! Toplanma yeri okulun bahçesi. Lütfen herkese iletin.",
        ),
        0.25,
    ),
    HandedOn(
        "joke",
        80,
        8 * HOUR,
        (
            _line("""
                Deux chèvres mangent une pellicule de film. L'une dit à l'autre : c'est bon, hein ? L'autre répond :
                oui, mais j'ai préféré le livre.
            """),
        ),
    ),
)
_BEFORE: Final = (
    "Have you seen this?",
    "OMG",
    "important!",
    "schon gehört?",
    "посмотри",
    "mira esto 👇",
    "fwd:",
    "lol",
)
_REPLIES: Final = (
    "haha",
    "thanks!",
    "danke dir",
    "спасибо",
    "gracias",
    "ok, will pass it on",
    "😂",
    "really?",
    "ja, hab's",
)
_HELLOS: Final = (
    "Hi {}, how are you?", "Hi {}", "Hello {}!", "hello", "hi", "hey, how are you?", "Hi! How are you doing?",
    "hey {} 🙂", "Hallo {}, wie geht's?", "Hallo", "Guten Tag {}", "moin {}", "Привет, {}! Как дела?", "привет",
    "Здравствуйте", "Добрый день, {}!",
    "Hola {}, ¿qué tal?", "hola", "Bonjour {}, ça va ?", "salut", "Ciao {}, come stai?",
    "Oi {}, tudo bem?", "Merhaba {}, nasılsın?", "selam", "Cześć {}, co słychać?", "cześć", "你好", "你好，在吗？",
    "こんにちは", "مرحبا {}، كيف حالك؟", "سلام", "नमस्ते {}", "Good morning {}", "are you there?",
)  # fmt: skip


class People:
    """A part of life, for `day_judged.Run`."""

    __name__ = "people around a wave"

    def __init__(self, span: float, size: float, padding: list[str]) -> None:
        """Live for *span* seconds around a wave of *size* times the full one, some of it padded with *padding*."""
        self._span = span
        self._size = size
        self._padding = padding

    def arrivals(self, world: World, life: Life) -> Iterator[Arrival]:
        """Yield what people begin."""
        dice = life.dice
        crowd = [*world.ours, *world.remote]
        remote, ours = world.remote, world.ours
        with_contacts = [one for one in crowd if one.contacts]

        def of(per_day: float, script: "Callable[[], partial[Script]]") -> Iterator[Arrival]:
            for _ in range(self._many(per_day)):
                yield Arrival(self._sometime(life), Group.PEOPLE, script())

        yield from of(300, lambda: partial(acquaintance, one=dice.choice(remote), other=dice.choice(ours)))
        yield from of(80, lambda: partial(acquaintance, one=dice.choice(ours), other=dice.choice(remote)))
        yield from of(60, lambda: partial(self.friends, one=dice.choice(remote), other=dice.choice(ours)))
        yield from of(150, lambda: partial(greet, one=dice.choice(remote), other=dice.choice(ours)))
        yield from of(40, lambda: partial(greeting, one=dice.choice(with_contacts)))
        yield from of(20, lambda: partial(wish, one=dice.choice(remote), other=dice.choice(ours)))
        for _ in range(max(20, self._many(60))):
            script = partial(say, one=dice.choice(remote), other=dice.choice(ours), body=dice.choice(self._padding))
            # most of them once the wave has come
            yield Arrival(self._span * dice.uniform(0.2, 1), Group.PEOPLE, script)
        for text in HANDED_ON:
            yield from self._handed_on(life, text, with_contacts)

    def _many(self, per_day: float) -> int:
        return max(2, round(per_day * self._size * self._span / DAY))

    def _sometime(self, life: Life) -> float:
        if self._span < DAY:
            return life.dice.uniform(0, self._span)
        return life.dice.randrange(int(self._span / DAY)) * DAY + life.sometime()

    def _handed_on(self, life: Life, text: HandedOn, crowd: list[Person]) -> Iterator[Arrival]:
        """Let each of the texts have its own day, on which it goes from one to the next."""
        dice, span = life.dice, self._span
        spread = min(text.spread, span / 4)
        days = max(1, round(span / DAY))
        bodies = text.bodies if text.kind == "greeting of the day" else text.bodies[: max(1, days)]
        for body in bodies:
            middle = dice.uniform(0.3, 0.7) * span
            for one in life.some(
                crowd, max(25, round(text.people * self._size * (2 if days > 1 else 1) / len(bodies)))
            ):
                share = dice.uniform(0.002, 0.998)
                at = middle + spread / 2.2 * log(share / (1 - share))
                if 0 <= at < span:
                    script = partial(hand_on, kind=VIRAL + text.kind, one=one, body=body, before=text.word_before)
                    yield Arrival(at, Group.PEOPLE, script)

    def friends(self, life: Life, *, one: Person, other: Person) -> Script:
        """Let two talk now and then who are in no roster of each other."""
        now = 0.0
        while now < self._span:
            yield from later(conversation(life, one=one, other=other, known=False), now)
            now += life.dice.uniform(4 * HOUR, 3 * DAY)


def hand_on(life: Life, *, kind: str, one: Person, body: str, before: float) -> Script:
    """Hand a text on within minutes: mostly to contacts, a third of it to friends whom no roster knows."""
    dice, now = life.dice, 0.0
    said = f"{dice.choice(_BEFORE)} {body}" if dice.random() < before else body
    for contact in life.some(one.contacts, dice.randint(3, 10)):
        other = contact if dice.random() > 0.3 else life.other_than(life.world.ours, one)
        if (yield life.chat(now, kind, one, other, said)) and dice.random() < 0.3:
            yield life.chat(now + dice.uniform(10, 60), "acquaintance", other, one, dice.choice(_REPLIES))
            now += 60
        now += dice.uniform(2, 40)


def greet(life: Life, *, one: Person, other: Person) -> Script:
    """Greet a stranger in words that everybody uses, and talk with who answers."""
    dice = life.dice
    body = dice.choice(_HELLOS).format(_name(dice, other))
    if (yield life.chat(0, "greeting to a stranger", one, other, body)) and dice.random() < 0.6:
        now = dice.expovariate(1 / 600)
        yield life.chat(now, "acquaintance", other, one, life.texts.says(dice)[0])
        yield from later(conversation(life, one=one, other=other, known=False), now + 20)


def say(life: Life, *, one: Person, other: Person, body: str) -> Script:
    """Write to a stranger the very words that spam is padded with, and talk with who answers."""
    dice = life.dice
    if (yield life.chat(0, "what pads spam", one, other, body)) and dice.random() < 0.5:
        now = dice.expovariate(1 / 600)
        yield life.chat(now, "acquaintance", other, one, life.texts.says(dice)[0])
        yield from later(conversation(life, one=one, other=other, known=False), now + 20)


def _name(dice: random.Random, one: Person) -> str:
    local = one.jid.partition("@")[0].partition(".")[0].rstrip("0123456789")
    return local.title() if local.isalpha() and dice.random() < 0.5 else dice.choice(NAMES)
