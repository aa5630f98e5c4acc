"""The wave itself: many accounts on many servers send a few texts, each copy in another form and to another user."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from tests.bench.day_life import Arrival, Life, Script
from tests.bench.day_spam import minded
from tests.bench.day_world import DAY, HOUR, Group, Person, World, domain
from tests.bench.operators import Operator
from tests.bench.wave_operators import AS_IT_IS, word
from tests.bench.wave_templates import LINK, NAMES, Template

FULL = 40_000
"""Messages of a wave of full size: less is less of everything."""
LEAST, MOST = 3, 23
"""Messages of one account."""
_SEVERAL = 0.25
"""The share of accounts that send more than one text."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a wave of full size comes, and from where."""

    span: float
    """Seconds from its first message to its last."""
    accounts: int
    servers: int


PACES = {
    "hour": Pace(HOUR, 1_760, 60),
    "day": Pace(DAY, 4_300, 150),
    "fortnight": Pace(14 * DAY, 9_275, 282),
}
"""The slow one is what a public server recorded: some 47,000 messages of 14,293 accounts on 282 servers in two weeks
(yaxim.org, 2017-12-22)."""


class Known(NamedTuple):
    """What the lists of the world know of a wave before it begins."""

    domains: list[str]
    """Servers that spam has come from before: a third of those where nobody honest lives."""
    jids: list[str]
    """Accounts that have sent spam before: a tenth, and whoever is on those servers."""
    urls: list[str]


class Wave:
    """A part of life, for `day_judged.Run`."""

    __name__ = "wave"

    def __init__(self, pace: Pace, messages: int, templates: tuple[Template, ...], ways: dict[str, Operator]) -> None:
        self._span = pace.span
        self._messages = messages
        self._templates = templates
        self._ways = ways
        self._names = list(ways)
        self.accounts = min(
            max(round(pace.accounts * messages / FULL), -(-messages // MOST)), max(1, messages // LEAST)
        )
        self.servers = max(4, round(pace.servers * messages / FULL))
        self._senders: list[str] = []

    def arrivals(self, world: World, life: Life) -> Iterator[Arrival]:
        """Yield what each account begins."""
        dice, span = life.dice, self._span
        # spammers register where honest people are, too
        elsewhere = sorted({domain(one.jid) for one in world.remote})
        servers = dice.sample(elsewhere, min(len(elsewhere), self.servers // 3))
        servers += [f"open{n}.example" for n in range(self.servers - len(servers))]
        recipients = iter(dice.sample(world.ours, self._messages))
        for number, many in enumerate(_shares(dice, self._messages, self.accounts)):
            sender = f"{dice.choice(NAMES[:40]).lower()}{dice.choice(('', '_', '.'))}{number}x@{dice.choice(servers)}"
            mine = dice.sample(self._templates, min(len(self._templates), 3 if dice.random() < _SEVERAL else 1))
            begin = dice.uniform(0, span * 0.95)
            lasts = (span - begin) * dice.uniform(0.05, 1)
            times = sorted(dice.uniform(0, lasts) for _ in range(many))
            plan = [(at, dice.choice(mine), next(recipients)) for at in times]
            self._senders.append(sender)
            yield Arrival(begin, Group.SPAM, partial(self._advertise, sender=sender, plan=plan))

    def _advertise(self, life: Life, *, sender: str, plan: list[tuple[float, Template, Person]]) -> Script:
        """Send to one after the other; some of those who get it do something about it."""
        resource = life.dice.choice(("Adium", "x", word(life.dice)))
        for at, template, other in plan:
            way, body = self.copy(life.dice, template)
            kind = f"{template.name}|{way}"
            shown_as = life.dice.choice(("chat", "chat", "chat", None))
            if (yield life.message(at, kind, f"{sender}/{resource}", other.jid, body, type=shown_as)):
                yield from minded(at, other, body, sender, life)

    def known(self) -> Known:
        """Return what is on lists once all accounts have been told of by `arrivals`."""
        own = sorted({name for one in self._senders if (name := domain(one)).startswith("open")})
        domains = own[::3]
        listed = set(domains)
        jids = [one for n, one in enumerate(self._senders) if n % 10 == 0 or domain(one) in listed]
        return Known(domains, jids, [LINK])

    def copy(self, dice: random.Random, template: Template) -> tuple[str, str]:
        """Return in which way a copy is varied, and the copy."""
        body = template.body.format(name=dice.choice(NAMES), path=word(dice), number=dice.randrange(100, 10_000))
        if dice.random() < template.plain:
            return AS_IT_IS, body
        way = dice.choice(self._names)
        return way, self._ways[way](body, dice)


def _shares(dice: random.Random, messages: int, accounts: int) -> list[int]:
    """Return how many messages each account sends, all in all *messages*."""
    shares = [min(LEAST, messages // accounts)] * accounts
    open_ = list(range(accounts))
    for _ in range(messages - sum(shares)):
        at = dice.randrange(len(open_))
        shares[open_[at]] += 1
        if shares[open_[at]] >= MOST:
            open_[at] = open_[-1]
            open_.pop()
    return shares
