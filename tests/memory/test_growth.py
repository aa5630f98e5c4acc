"""What a stranger may make grow: how much one stanza may add, what it may hold, and that no flood gets further.

Whoever gives a filter a structure of its own has to say here what one stanza may add to it, and what goes first.
"""

import tracemalloc
from collections.abc import Iterator
from typing import Any, NamedTuple
from xml.sax.saxutils import quoteattr

import pytest

from tests.carriers import CARRIERS
from tests.harness import LONG, Harness
from tests.hostile import HOSTILE
from xmppfilter.judging.catalogue import filter_names

ROOM = 104
"""Entries that each structure gets in these tests."""
MUC = "<x xmlns='http://jabber.org/protocol/muc#user'>{}</x>"


class Growth(NamedTuple):
    """Bounds of one structure."""

    adds: int
    """Entries that one stanza may add."""
    entries: int
    """Entries at most, where each structure is given ROOM."""
    each: int
    """Bytes of the longest entry, key and value as stored."""
    first: str
    """What goes first."""


OLDEST = "the oldest"
QUIET = "below its limit, the oldest"
FEWEST = "the fewest copies, the oldest"
OPERATORS = "operators' words alone"
GROWTH = {
    "operator.mode": Growth(0, 4, 64, OPERATORS),
    "servers.locks": Growth(1, 10_000, 2304, "accounts of ours alone, the oldest"),
    "policy.correspondents": Growth(0, 100_000, 64, "what our users write to, the oldest"),
    "policy.heard": Growth(1, 100_000, 64, OLDEST),
    "known_spammers.senders": Growth(1, ROOM, 8192, "occupants and long addresses, then the fewest offences"),
    "known_spammers.monitored": Growth(1, ROOM, 8192, "occupants and long addresses, then the fewest offences"),
    "presence_subscribe_rate.senders": Growth(2, ROOM, 2048, FEWEST),
    "presence_subscribe_rate.domains": Growth(1, ROOM, 2048, FEWEST),
    "presence_subscribe_rate.pairs": Growth(1, ROOM, 2048, FEWEST),
    "presence_subscribe_rate.recipients": Growth(1, ROOM, 2048, FEWEST),
    "presence_subscribe_rate.bursts": Growth(2, ROOM, 64, QUIET),
    "presence_subscribe_rate.servers": Growth(1, ROOM, 2048, FEWEST),
    "known_spammers.counted": Growth(1, 100_000, 64, "accounts of ours alone, the oldest"),
    "known_spammers.softly": Growth(1, 100_000, 64, FEWEST),
    "known_spammers.wrote": Growth(0, 100_000, 64, "what our users write to, the oldest"),
    "known_spammers.surely": Growth(1, 100_000, 64, "accounts of ours alone, the oldest"),
    "known_spammers.reached": Growth(1, 100_000, 64, OLDEST),
    "known_spammers.reported": Growth(0, ROOM, 8192, "what our users report, then as the senders"),
    "known_spammers.reporting": Growth(0, 100_000, 64, "what our users report, the oldest"),
    "blocklist.told": Growth(0, 10_000, 64, "accounts of ours alone, the oldest"),
    "same_long_body.copies": Growth(4, ROOM, 64, FEWEST),
    "same_long_body.near": Growth(4, ROOM, 3072, "what was seen once, then the fewest copies"),
    "same_long_body.own": Growth(8, ROOM, 64, FEWEST),
    "lists.edits": Growth(0, 100_000, 64, OPERATORS),
    "lists.allowed": Growth(0, 100_000, 64, OPERATORS),
    "lists.removed": Growth(0, 100_000, 64, OPERATORS),
    "lists.disallowed": Growth(0, 100_000, 64, OPERATORS),
    "lists.copies": Growth(0, 1_000_000, 4096, "lists of configured services alone"),
    "mentions.senders": Growth(1, ROOM, 64, OLDEST),
    "mentions.occupants": Growth(1, ROOM // 8, 64, OLDEST),
    "mentions.monitored": Growth(1, ROOM, 64, OLDEST),
    "invitation.inviters": Growth(1, ROOM, 64, QUIET),
    "invitation.rooms": Growth(4, ROOM, 64, QUIET),
    "invitation.repeats": Growth(4, ROOM, 256, FEWEST),
    "campaign.accounts": Growth(2, 5 * ROOM, 64, "who has written to hardly anybody, the oldest"),
    "campaign.own": Growth(2, 4 * ROOM, 64, FEWEST),
    "campaign.targets": Growth(4, ROOM, 3072, "what was seen once, then the fewest copies"),
    "campaign.advertisers": Growth(4, 2 * ROOM, 64, QUIET),
    "campaign.texts": Growth(2, ROOM, 3072, "what was seen once, then the fewest copies"),
    "services.senders": Growth(1, 100_000, 64, OLDEST),
    "services.accounts": Growth(1, 100_000, 64, "domains of few accounts, the oldest"),
    "services.reached": Growth(1, 200_000, 64, OLDEST),
    "services.strangers": Growth(2, 100_000, 64, QUIET),
    "services.pace": Growth(1, 100_000, 64, QUIET),
    "services.asked": Growth(1, 100_000, 64, QUIET),
    "services.complaints": Growth(0, 100_000, 64, "what our users report, the oldest"),
    "services.found": Growth(1, 1000, 4096, OLDEST),
    "services.told": Growth(1, 1000, 4096, OLDEST),
    "services.away": Growth(1, 100_000, 64, OLDEST),
    "stranger_rate.senders": Growth(2, ROOM, 64, QUIET),
    "stranger_rate.domains": Growth(1, ROOM, 64, QUIET),
    "stranger_rate.servers": Growth(1, ROOM, 64, QUIET),
    "stranger_rate.unanswered": Growth(2, ROOM, 64, QUIET),
    "stranger_rate.quiet": Growth(1, ROOM, 64, QUIET),
    "stranger_rate.recipients": Growth(1, ROOM, 64, QUIET),
    "first_contact.seen": Growth(1, ROOM, 64, OLDEST),
    "first_contact.said": Growth(4, ROOM, 64, OLDEST),
    "first_contact.users": Growth(6, ROOM, 64, OLDEST),
    "first_contact.contacts": Growth(1, ROOM, 64, QUIET),
    "first_contact.domain_contacts": Growth(1, ROOM, 64, QUIET),
    "first_contact.nonexistent": Growth(1, ROOM, 64, QUIET),
}
SIZES: dict[str, dict[str, Any]] = {
    "known_spammers": {"max_senders": ROOM},
    "presence_subscribe_rate": {"max_senders": ROOM, "domain_limit_per_minute": 100, "burst_per_day": 50},
    "same_long_body": {"counter_size_limit": ROOM, "fuzzy": True, "number_limit": 5},
    "mentions": {"cache_size": ROOM},
    "campaign": {"max_texts": ROOM},
    "invitation": {"max_rooms": ROOM},
    "stranger_rate": {"max_senders": ROOM},
    "first_contact": {"max_pairs": ROOM},
    "patterns": {"strings": ["casino"]},
}


def everything() -> Harness:
    filters = {name: SIZES.get(name, {}) for name in filter_names()}
    return Harness(filters, policy={"correspondents": True})


def sizes(on: Harness) -> dict[str, int]:
    return {name: len(structure) for name, structure in on.gateway.state.structures.items()}


def hostile(number: int) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield stanzas that are made to fill memory: what is in each, and who sends it to whom."""
    long = "x" * 1000
    texts = "".join(carrier % f"{number} {LONG}" for carrier in CARRIERS.values())
    payloads = [
        "".join(f"<body xml:lang='x{n}'>{number} {n} {LONG}</body>" for n in range(30)),
        "".join(f"<subject>{number} {n} {LONG}</subject>" for n in range(30)),
        texts,
        MUC.format("".join(f"<invite from='{n}@i{number}.example'><reason>{n}</reason></invite>" for n in range(30))),
        "".join(f"<x xmlns='jabber:x:conference' jid='r{n}@c{number}.example'/>" for n in range(30)),
        "".join(f"<nick xmlns='http://jabber.org/protocol/nick'>{n} {number}</nick>" for n in range(30)),
        "<body>casino " + f"http://h{number}.example/ @handle{number} " * 50 + "</body>",
    ]
    senders = [
        f"m{number}@evil{number}.example/x",
        f"m{number}{long}@evil.example/x",
        f"room@conf.example/{number}{long}",
    ]
    for sender in senders:
        for payload in payloads:
            mark = MUC.format("<item/>") if "/" in sender and sender.startswith("room") else ""
            yield payload + mark, {"sender": sender, "to": f"user{number}@example.org"}


def send(on: Harness, inside: str, at: float, *, sender: str, to: str) -> None:
    addresses = f"from={quoteattr(sender)} to={quoteattr(to)}"
    on.send(f"<message {addresses} type='chat' id='1'>{inside}</message>", at)
    on.send(f"<message {addresses} type='error'>{inside}</message>", at)
    on.send(f"<presence {addresses} type='subscribe'>{inside}</presence>", at)


def test_every_structure_says_what_one_stanza_may_add() -> None:
    assert sizes(everything()).keys() == GROWTH.keys()


@pytest.mark.parametrize("monitored", [False, True])
def test_one_stanza_adds_no_more_than_it_may_and_none_more_than_there_is_room_for(monitored: bool) -> None:
    on = everything()
    if monitored:
        on.command("mode", "monitor")
    for number in range(15):
        for inside, addresses in hostile(number):
            for kind in ("message", "presence"):
                before = sizes(on)
                start = f"<{kind} from={quoteattr(addresses['sender'])} to={quoteattr(addresses['to'])}"
                on.send(
                    f"{start} type={'subscribe' if kind == 'presence' else 'chat'!r}>{inside}</{kind}>", float(number)
                )
                for name, size in sizes(on).items():
                    assert size <= before.get(name, 0) + GROWTH[name].adds, (name, inside[:100])
                    assert size <= GROWTH[name].entries, (name, inside[:100])


def test_no_entry_is_longer_than_it_may_be() -> None:
    on = everything()
    for number in range(8):
        for inside, addresses in hostile(number):
            for _ in range(2):
                send(on, inside, float(number), **addresses)
    for name, structure in on.gateway.state.structures.items():
        for row in structure.snapshot():
            assert len(row.key) + len(row.value) <= GROWTH[name].each, name


def test_a_flood_of_ever_new_senders_with_the_longest_names_takes_no_more_memory_than_was_full() -> None:
    on = everything()
    for number in range(20):
        for inside, addresses in hostile(number):
            send(on, inside, float(number), **addresses)
    tracemalloc.start()
    for number in range(20, 40):
        for inside, addresses in hostile(number):
            send(on, inside, float(number), **addresses)
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert grown < 16 << 20


@pytest.mark.parametrize("inside", HOSTILE.values(), ids=HOSTILE)
def test_whatever_is_in_it_one_stanza_adds_no_more_than_it_may(inside: str) -> None:
    on = everything()
    on.message("Hello")
    before = sizes(on)
    on.message(None, more=inside, sender="new@evil.example/x", to="bob@example.org")
    assert all(size <= before.get(name, 0) + GROWTH[name].adds for name, size in sizes(on).items())
