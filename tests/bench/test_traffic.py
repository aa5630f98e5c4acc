"""What the benchmark sends is what it says it is."""

import re
from collections import Counter
from collections.abc import Callable

import pytest

from tests.bench.traffic import INTRODUCED, LAST, UNWANTED, Generator, Traffic, Wrap, asked, bare, wrapped
from xmppfilter.stanza.xml import parse

Make = Callable[[Generator], Traffic]
ALL: dict[str, Make] = {
    "messages": lambda generator: generator.messages(2000, wrapped),
    "mixed": lambda generator: generator.mixed(2000, wrapped),
    "everything": lambda generator: generator.everything(2000, wrapped),
    "flood": lambda generator: generator.flood(2000, wrapped),
    "introduction": lambda generator: generator.introduction(wrapped),
    "newcomers": lambda generator: generator.newcomers(2000, wrapped),
}
_BODY = re.compile(rb"<body>([^<]*)</body>")


def kinds(traffic: Traffic) -> Counter[bytes]:
    return Counter(
        b"error" if b" type='error'" in one else b"request" if b"<presence" in one else b"message"
        for one in traffic.stanzas
    )


def bodies(traffic: Traffic) -> Counter[bytes]:
    return Counter(body for one in traffic.stanzas for body in _BODY.findall(one) if b"OMEMO" not in body)


@pytest.mark.parametrize("name", ALL)
def test_the_same_seed_writes_the_same_and_another_does_not(name: str) -> None:
    make = ALL[name]
    assert make(Generator(1)) == make(Generator(1)) != make(Generator(2))


@pytest.mark.parametrize("name", ["everything", "flood", "introduction"])
def test_what_must_be_stopped_is_told_by_its_sender(name: str) -> None:
    traffic = ALL[name](Generator())
    unwanted = sum(UNWANTED in one for one in traffic.stanzas)
    assert 0 < unwanted == traffic.count - traffic.passing


@pytest.mark.parametrize("wrap", [bare, wrapped, asked])
def test_every_stanza_is_well_formed(wrap: Wrap) -> None:
    for one in Generator().everything(1000, wrap).stanzas:
        assert parse(one).get("id")


def test_every_stanza_has_a_name_of_its_own() -> None:
    generator = Generator()
    stanzas = [one for make in ALL.values() for one in make(generator).stanzas]
    names = {re.findall(rb"<(?:message|presence) xmlns='jabber:client'[^>]* id='([^']*)'", one)[0] for one in stanzas}
    assert len(names) == len(stanzas)


@pytest.mark.parametrize("name", ["mixed", "everything"])
def test_mixed_traffic_is_mixed_as_it_should_be(name: str) -> None:
    assert kinds(ALL[name](Generator())) == {b"message": 1400, b"request": 400, b"error": 200}


def test_small_batches_are_mixed_like_one() -> None:
    generator = Generator()
    stanzas = [one for _ in range(200) for one in generator.everything(10, wrapped).stanzas]
    assert kinds(Traffic(stanzas, 0)) == {b"message": 1400, b"request": 400, b"error": 200}


def test_three_in_ten_messages_that_can_be_read_are_copies() -> None:
    traffic = Generator().everything(20_000, wrapped)
    stopped = traffic.count - traffic.passing
    assert 0.17 < stopped / traffic.count < 0.21  # 70 % messages, 90 % of them to be read


def test_only_a_flood_repeats_what_it_says() -> None:
    for name in ("messages", "everything", "newcomers"):
        said = bodies(ALL[name](Generator()))
        assert [body for body, count in said.items() if count > 1 and body != b"Hello"] == []
    assert sorted(bodies(ALL["flood"](Generator())).values()) == [1, 1999]


def test_an_introduction_shows_each_campaign_and_the_flood_and_ends_with_a_mark() -> None:
    traffic = ALL["introduction"](Generator())
    assert (traffic.count, traffic.passing) == (201 * INTRODUCED + 1, 1)
    assert max(bodies(traffic).values()) == INTRODUCED
    assert [LAST in one for one in traffic.stanzas].index(True) == traffic.count - 1


def test_newcomers_are_all_new() -> None:
    traffic = Generator().newcomers(2000, wrapped)
    senders = {re.findall(rb" from='(new[^'/]*)", one)[0] for one in traffic.stanzas}
    assert len(senders) == 2000
    assert kinds(traffic)[b"request"] == 200
