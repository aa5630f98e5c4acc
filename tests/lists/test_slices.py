"""However long a list is, no call of the gateway does more than so much for it, and stanzas are judged in between."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any
from unittest.mock import patch

import pytest

from tests.harness import settings
from tests.lists.fake_network import FakeNetwork
from tests.lists.service import NODE, Service
from xmppfilter.build import Core
from xmppfilter.gateway.events import Ticked
from xmppfilter.gateway.gateway import Gateway
from xmppfilter.lists import copies, feeds, following, intake, reading, refill
from xmppfilter.lists.copies import Copies
from xmppfilter.lists.entry import Entry, What
from xmppfilter.lists.library import ListRead
from xmppfilter.lists.lists import ListFile
from xmppfilter.lists.page import Page
from xmppfilter.lists.source import Entries
from xmppfilter.memory.state import State


class Meter:
    """Counts what each call of the gateway costs: entries read, pieces parsed, rows noted."""

    def __init__(self) -> None:
        self.most: Counter[str] = Counter()
        self._now: Counter[str] = Counter()

    @contextmanager
    def running(self) -> Iterator[None]:
        handle, read, forget = Gateway.handle, Page.read, Copies._mark

        def counted_handle(gateway: Gateway, event: Any, now: float) -> Any:
            self._now = Counter()
            effects = handle(gateway, event, now)
            self.most |= self._now
            return effects

        def counted_read(page: Page) -> Iterator[list[str]]:
            for ids in read(page):
                self._now["pieces"] += 1
                yield ids

        def counted(what: str, function: Callable[..., Any]) -> Callable[..., Any]:
            def call(*arguments: Any) -> Any:
                self._now[what] += 1
                return function(*arguments)

            return call

        with (
            patch.object(Gateway, "handle", counted_handle),
            patch.object(Page, "read", counted_read),
            patch.object(intake, "read_item", counted("entries", reading.read_item)),
            patch.object(Copies, "_mark", counted("rows", forget)),
        ):
            yield


MANY = 20_000


@pytest.mark.parametrize("manner", ["Prosody", "ejabberd"])
def test_so_much_is_taken_in_at_once_and_no_more(manner: str) -> None:
    network = FakeNetwork(manner, at_once=False)
    meter = Meter()
    with meter.running():
        for letter in "ab":  # the second list replaces all of the first
            network.service = Service(manner, (f"{letter}{n}.example" for n in range(MANY)))
            network.settle()
            assert network.size == MANY
            network.wait()
        network.service = Service(manner)
        network.settle()
    assert network.size == 0
    # a list is tidied up after while the next is read, each with its own allowance
    assert 0 < meter.most["entries"] <= feeds.STEPS
    assert 0 < meter.most["pieces"] <= feeds.STEPS
    assert 0 < meter.most["rows"] <= feeds.STEPS // 2 * (copies._AT_ONCE + 1)


def test_an_event_that_says_very_much_is_heard_in_pieces_and_in_its_order() -> None:
    network = FakeNetwork("Prosody", at_once=False)
    network.settle()
    meter = Meter()
    names = [f"d{n}.example" for n in range(MANY)]
    with meter.running():
        for verb, here in (("item", MANY), ("retract", 0), ("item", MANY)):
            inside = "".join(f"<{verb} id='{name}'/>" for name in names)
            network.events.append(network.service.event(f"<items node='{NODE}'>{inside}</items>"))
            network.hear()
            network.publish("last.example")
            network.hear()
            network.settle()
            assert network.size == here + 1
        network.events.append(network.service.event(f"<purge node='{NODE}'/>"))
        network.settle()
    assert network.size == 0
    assert meter.most["entries"] <= feeds.STEPS + intake._AT_ONCE


def test_a_service_that_never_stops_is_heard_all_the_same_and_little_of_it_waits() -> None:
    network = FakeNetwork("Prosody", at_once=False)
    network.settle()
    inside = "".join(f"<item id='d{n}.example'/>" for n in range(feeds.STEPS))
    for _ in range(10 * following.MOST_WAITING):
        network.events.append(network.service.event(f"<items node='{NODE}'>{inside}</items>"))
        network.hear()
    (followed,) = [followed for _, followed in network.core.gateway.library.feeds.states()]
    assert len(followed._events) <= following.MOST_WAITING
    assert network.size == feeds.STEPS


def test_the_old_list_is_in_force_until_the_new_one_is_there() -> None:
    network = FakeNetwork("Prosody", at_once=False)
    lists = [[f"{letter}{n}.example" for n in range(2000)] for letter in "ab"]
    network.service = Service("Prosody", lists[0])
    network.settle()
    network.service = Service("Prosody", lists[1])
    network.wait()
    for step in (network.serve, network.serve, network.answer, network.answer):
        step()
    seen = []
    while network.core.gateway.busy:
        seen.append(tuple(len(network.listed(names)) for names in lists))
        network.tick()
    assert set(seen) == {(2000, 0), (0, 2000)}
    assert seen == sorted(seen, reverse=True)
    assert seen.count((2000, 0)) > 5


def test_what_is_published_blocks_at_once_while_a_list_is_fetched_and_what_is_retracted_no_more() -> None:
    network = FakeNetwork("ejabberd", at_once=False)
    network.service = Service("ejabberd", (f"d{n}.example" for n in range(2000)))
    network.settle()
    network.wait()
    for turn in range(8):  # in the middle of several pages, on the wire and half read
        for step in (network.serve, network.answer) if turn % 2 else (network.tick,):
            step()
        network.publish(f"new{turn}.example")
        network.retract(f"d{turn}.example")
        network.hear()
        network.hear()
        assert network.listed([f"new{turn}.example", f"d{turn}.example"]) == {f"new{turn}.example"}
    network.settle()
    assert network.size == len(network.service.items) == 2000
    assert not network.listed(f"d{turn}.example" for turn in range(8))


def test_the_counts_tell_what_a_fetch_has_changed() -> None:
    network = FakeNetwork("Prosody", at_once=False)
    network.service = Service("Prosody", [f"d{n}.example" for n in range(1000)])
    network.settle()
    (told,) = [event.fields for event in network.told if event.name == "list_fetched"]
    assert (told["size"], told["added"], told["removed"]) == (1000, 1000, 0)
    network.told.clear()
    network.service.items = dict.fromkeys((f"d{n}.example" for n in range(100, 1300)), 0)
    network.wait()
    for step in (network.serve, network.serve, network.answer, network.answer):
        step()
    network.publish("d1299.example")  # listed by the event, and so not by the fetch
    network.retract("d1298.example")
    network.publish("other.example")
    network.retract("d900.example")
    network.settle()
    (told,) = [event.fields for event in network.told if event.name == "list_fetched"]
    assert (told["size"], told["added"], told["removed"]) == (1199, 298, 100)


def test_files_are_tidied_up_after_in_pieces() -> None:
    now = 1000.0
    file = ListFile("domains", "/lists/domains")
    core = Core(settings({"blocklist": {"files": {"domains": [file.path]}}}), State())
    core.begin(now)
    lists = core.gateway.library.lists
    assert lists is not None
    former = Entries(Entry(What.DOMAIN, f"d{n}.example") for n in range(MANY))
    core.gateway.handle(ListRead(file, former), now)
    core.gateway.handle(ListRead(file, Entries([Entry(What.DOMAIN, "spam.example")])), now)
    assert (lists.blocked.domain("spam.example"), lists.blocked.domain("d1.example")) == (
        "the file /lists/domains",
        None,
    )
    left = []
    while core.gateway.busy:
        left.append(len(former))
        assert core.gateway.next_tick() <= now
        core.gateway.handle(Ticked(), now)
    assert max(before - after for before, after in pairwise(left)) <= feeds.STEPS // 2 * refill._AT_ONCE
    assert (len(former), len(lists.files[file])) == (0, 1)
