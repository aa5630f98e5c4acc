# ruff: noqa: RUF001 - other alphabets are meant
"""Services that nobody has configured pass where spammers who do likewise do not."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest

from tests.harness import Harness, settings
from xmppfilter.build import Core
from xmppfilter.judging.case import Case
from xmppfilter.judging.effects import Notice
from xmppfilter.memory.state import State
from xmppfilter.registers.services import Services
from xmppfilter.replay.replay import Row
from xmppfilter.stanza.view import Stanza

FILTERS: dict[str, dict[str, Any]] = {
    "known_spammers": {},
    "stranger_rate": {},
    "first_contact": {},
    "same_long_body": {"window": "1h"},
    "campaign": {},
}
COMMON = {"same_long_body": {"score": 5}}
HOUR = 3600.0
LETTER = (
    "Issue 12 of the gardeners: this week we tell you of new opening hours, of the concert in the park and of three "
    "books that we liked."
)
INVITE = "<x xmlns='jabber:x:conference' jid='party@rooms.club.example'/>"


class Sends(NamedTuple):
    """Somebody who writes to many."""

    says: Callable[[int], str]
    to: int
    every: float
    by: Callable[[int], str] = lambda n: "bot@service.example/x"  # noqa: ARG005 - as the others
    wrote_first: Callable[[int], bool] = lambda n: False  # noqa: ARG005
    more: str = ""
    neighbours: int = 0
    """Other accounts of its domain that have each written to somebody before."""


def text(said: str) -> Callable[[int], str]:
    return lambda _: said


def account(jid: str) -> Callable[[int], str]:
    return lambda _: jid


def code(n: int) -> str:
    return f"{100_003 + n * 7919 % 900_000} is your code for service.example. It is valid for 10 minutes. Tell nobody."


def parcel(n: int) -> str:
    number = f"JD{10**10 + n * 7_919_003}"
    return (
        f"Your parcel {number} will be delivered today between {8 + n % 9}:00 and 18:00. Track it: "
        f"https://service.example/t/{number}"
    )


def rapporto(n: int) -> str:
    return f"Il tuo ordine {7000 + n} è partito oggi dal nostro magazzino e arriverà fra due giorni. Grazie!"


def karte(n: int) -> str:
    return f"Ваш заказ {7000 + n} готов. Забрать его можно сегодня до восьми часов вечера, пункт выдачи номер {n % 30}."


SERVICES = {
    "a bot that sends codes, 50 an hour": Sends(code, 400, 72),
    "notices of parcels, 50 an hour": Sends(parcel, 400, 72),
    "a shop in Italian": Sends(rapporto, 200, 40),
    "a shop in Russian": Sends(karte, 200, 40),
    "a newsletter to 40, two a second": Sends(text(LETTER), 40, 0.5),
    "a newsletter to 60": Sends(text(f"{LETTER} https://news.service.example/12"), 60, 0.5),
    "a newsletter to 400": Sends(text(f"{LETTER} https://news.service.example/12"), 400, 0.5),
    "a newsletter to 400, slowly": Sends(text(f"{LETTER} https://service.example/12"), 400, 20),
    "a newsletter by a name below": Sends(
        text(f"{LETTER} https://service.example/12"), 100, 0.5, by=account("daily@news.service.example/x")
    ),
    "a newsletter by a component": Sends(text(LETTER), 100, 0.5, by=account("news.service.example")),
    "a club's mailing by three accounts": Sends(
        text(f"{LETTER} Yours, the board."), 150, 2, by=lambda n: f"board{n % 3}@club.example/x"
    ),
    "newsletters of eight services, made by one template": Sends(
        lambda n: f"{LETTER} https://paper{n % 8}.example/12", 320, 0.5, by=lambda n: f"daily@paper{n % 8}.example/x"
    ),
    "a mailing list": Sends(text(LETTER), 40, 0.05, by=account("all@lists.example/list")),
    "a monitor of several hosts": Sends(
        lambda n: f"[CRITICAL] web{n % 20}.service.example: disk {80 + n % 20} % full. https://ops.service.example/{n}",
        60,
        1,
    ),
    # on a public server, with links to others: but who gets it has asked for it
    "a support that answers": Sends(
        text("Thank you for your message! We answer within one working day. Call +49 30 901820, see https://x.example"),
        200, 3, by=account("support@public.example/x"), wrote_first=lambda _: True, neighbours=20,
    ),
    "a newsletter of which a third wrote first": Sends(
        text(f"{LETTER} https://elsewhere.example/12"), 400, 0.5,
        by=account("club@public.example/x"), wrote_first=lambda n: n % 3 == 0, neighbours=20,
    ),
}  # fmt: skip
SPAMMERS = {
    "one account of a public server": Sends(text(LETTER), 200, 0.5, by=account("bad@public.example/x"), neighbours=20),
    "the same, slowly": Sends(text(LETTER), 400, 72, by=account("bad@public.example/x"), neighbours=20),
    "a link to others": Sends(text(f"{LETTER} https://cheap.example/buy"), 200, 0.5),
    "a link to others beside one of its own": Sends(
        text(f"{LETTER} https://service.example https://cheap.example/buy"), 200, 0.5
    ),
    "a link to others, a path for each": Sends(lambda n: f"{LETTER} https://cheap.example/{n}", 200, 0.5),
    "a handle": Sends(text(f"{LETTER} Write to @cheap_green_list"), 200, 0.5),
    "a phone number": Sends(text(f"{LETTER} Call +44 20 7946 0123"), 200, 0.5),
    "an address": Sends(text(f"{LETTER} Write to boss@cheap.example"), 200, 0.5),
    "a video": Sends(text(f"{LETTER} https://youtu.be/aBcDeFgHiJk"), 200, 0.5),
    "invitations": Sends(text(LETTER), 400, 0.5, more=INVITE),
    "who passes for somebody": Sends(text(LETTER), 200, 0.5, by=account("admin@service.example/x")),
    "twelve accounts of one domain": Sends(text(LETTER), 200, 0.5, by=lambda n: f"u{n % 12}@service.example/x"),
    "twelve domains below one": Sends(text(LETTER), 200, 0.5, by=lambda n: f"u@s{n % 12}.service.example/x"),
    "twelve domains": Sends(text(LETTER), 200, 0.5, by=lambda n: f"u@s{n % 12}x.example/x"),
    "thirty domains, each with its own link": Sends(
        lambda n: f"{LETTER} https://paper{n % 30}.example/12", 300, 0.5, by=lambda n: f"daily@paper{n % 30}.example/x"
    ),
    "eight domains, with a link to others": Sends(
        lambda n: f"{LETTER} https://paper{n % 8}.example https://cheap.example",
        200,
        0.5,
        by=lambda n: f"daily@paper{n % 8}.example/x",
    ),
    "a link in few of the copies": Sends(
        lambda n: LETTER if n % 5 else f"{LETTER} https://cheap.example/buy", 200, 0.5
    ),
    "few of whom it writes to wrote first": Sends(
        text(f"{LETTER} https://cheap.example/buy"), 400, 0.5, wrote_first=lambda n: n % 12 == 0
    ),
    "a flood": Sends(lambda n: f"{LETTER} {n}", 1500, 0.02),
}


def play(sends: Sends, on: Harness | None = None, start: float = 0.0) -> Iterator[Row]:
    on = on or Harness(FILTERS, common=COMMON)
    domain = sends.by(0).partition("/")[0].rpartition("@")[2]
    for n in range(sends.neighbours):
        on.message(f"Hello, number {n}!", sender=f"n{n}@{domain}/x", to=f"friend{n}@example.org", at=start)
    for n in range(sends.to):
        told = {"contacted": "true"} if sends.wrote_first(n) else {}
        yield on.message(
            sends.says(n), sender=sends.by(n), to=f"user{n}@example.org", more=sends.more,
            at=start + HOUR + n * sends.every, **told,
        )  # fmt: skip


def passed(rows: Iterator[Row]) -> list[bool]:
    return [row["action"] == "deliver" for row in rows]


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_loses_nothing(name: str) -> None:
    assert all(passed(play(SERVICES[name])))


@pytest.mark.parametrize("name", SPAMMERS)
def test_a_spammer_loses_most(name: str) -> None:
    sends = SPAMMERS[name]
    got = passed(play(sends))
    wanted = [of for n, of in enumerate(got) if not sends.wrote_first(n)]
    last = wanted[2 * len(wanted) // 3 :]
    assert sum(last) <= len(last) // 10


def test_what_rests_on_the_spread_of_a_service_weighs_little_and_it_is_said_why() -> None:
    *_, row = play(SERVICES["a newsletter to 400"])
    found = {one["rule"]: one["score"] for one in row["findings"]}
    assert found["campaign.service"] == 4.0
    assert max(found.values()) <= 4.0
    assert row["score"] <= 6.0


@pytest.mark.parametrize(("off", "least"), [({"service_strangers": "off"}, 300), ({"service_strangers": 100}, 200)])
def test_the_admin_says_how_many(off: dict[str, Any], least: int) -> None:
    config: Any = {**FILTERS, "campaign": off}
    got = passed(play(SERVICES["a newsletter to 400"], Harness(config, common=COMMON)))
    assert got.count(False) >= least


# --- the price


def test_a_spammer_with_a_server_of_its_own_reaches_a_thousand_a_day() -> None:
    own = Sends(text(f"{LETTER} https://evil.example/buy"), 1600, 1, by=account("bad@evil.example/x"))
    got = passed(play(own))
    assert 900 <= got.count(True) <= 1200
    assert not any(got[-300:])


def test_until_three_whom_it_has_reached_report_it() -> None:
    on = Harness(FILTERS, common=COMMON)
    own = Sends(text(f"{LETTER} https://evil.example/buy"), 200, 1, by=account("bad@evil.example/x"))
    rows = play(own, on)
    assert all(next(rows)["action"] == "deliver" for _ in range(60))
    at = HOUR + 59
    for reporter in ("user40", "user41", "user41", "user41"):
        on.report("bad@evil.example", f"{reporter}@example.org", at=at)
    assert next(rows)["action"] == "deliver"
    on.report("bad@evil.example", "user42@example.org", at=at + 1)
    assert not any(passed(rows))


def test_nobody_reports_whom_it_has_not_written_to() -> None:
    on = Harness(FILTERS, common=COMMON)
    rows = play(SERVICES["a newsletter to 60"], on)
    assert all(next(rows)["action"] == "deliver" for _ in range(30))
    for n in range(4):
        on.report("bot@service.example", f"nobody{n}@example.org", at=HOUR + 15)
    assert all(passed(rows))


# --- what is told


def core(state: State | None = None) -> Core:
    made = Core(settings(FILTERS, common=COMMON), state or State())
    made.begin(0.0)
    return made


def sent(on: Core, first: int, many: int, start: float) -> list[Notice]:
    told: list[Notice] = []
    for n in range(first, first + many):
        addresses = f"from='bot@service.example/x' to='user{n}@example.org'"
        xml = f"<message {addresses} type='chat'><body>{LETTER}</body></message>"
        outcome = on.gateway.judge.judge(Stanza.read(xml), start + n / 2)
        told += (one for one in outcome.effects if isinstance(one, Notice))
    return told


def test_the_operator_is_told_once_a_day() -> None:
    on = core()
    (told,) = sent(on, 0, 60, 100.0)
    assert told.name == "service"
    assert told.fields["jid"] == "bot@service.example"
    assert told.fields["since"] == pytest.approx(100 + told.fields["strangers"] / 2, abs=10)
    assert told.fields["answered"] == 0
    assert not sent(on, 60, 30, 100.0)
    (again,) = sent(on, 90, 30, 90_000.0)
    assert again.fields["strangers"] > told.fields["strangers"]
    assert again.fields["since"] == told.fields["since"]


def test_a_restart_forgets_nothing() -> None:
    on, state = core(), State()
    sent(on, 0, 60, 100.0)
    after = core(state)
    for name, structure in on.gateway.state.structures.items():
        if name.startswith("services.") and structure.persist:
            after.gateway.state.structures[name].restore(structure.snapshot(), 200.0)
    before, known = (
        one.gateway.setup.registers[Services].known_of(_case(one), 200.0)._replace(a_minute=0) for one in (on, after)
    )
    assert before == known
    assert before.strangers == pytest.approx(50, abs=10)
    assert not sent(after, 60, 30, 200.0)


def _case(on: Core) -> Case:
    stanza = Stanza.read("<message from='bot@service.example/x' to='alice@example.org'><body>Hi</body></message>")
    case = on.gateway.setup.policy.meet(stanza)
    case.prepare()
    return case


def test_who_answers_is_known() -> None:
    on = core()
    sent(on, 0, 60, 100.0)
    for n in range(20, 30):
        addresses = f"from='user{n}@example.org/x' to='bot@service.example'"
        xml = f"<message {addresses} type='chat'><body>STOP {n}</body></message>"
        on.gateway.judge.judge(Stanza.read(xml), 200.0)
    assert on.gateway.setup.registers[Services].known_of(_case(on), 200.0).asked == pytest.approx(10, abs=2)
