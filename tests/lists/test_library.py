"""All lists together: where each comes from, what is told of it, and what is recorded."""

import pytest

from tests.harness import settings
from tests.lists.fake_network import FakeNetwork
from tests.lists.service import BL, NODE, Service
from xmppfilter.build import Core
from xmppfilter.gateway.events import Ticked
from xmppfilter.judging.effects import Notice
from xmppfilter.lists import feeds
from xmppfilter.lists.copies import Feed
from xmppfilter.lists.entry import Entry, What
from xmppfilter.lists.feeds import ListFetched
from xmppfilter.lists.library import ListRead, merged
from xmppfilter.lists.lists import ListFile, Wanted
from xmppfilter.lists.source import Entries
from xmppfilter.memory.state import State

FILE = ListFile("domains", "/lists/domains")


def library(**options: object) -> Core:
    core = Core(settings({"blocklist": options}), State())
    core.begin(1000)
    while core.gateway.busy:
        core.gateway.handle(Ticked(), 1000)
    return core


def told(core: Core, read: ListRead, now: float = 1001) -> list[tuple[str, object]]:
    effects = core.gateway.handle(read, now)
    return [(effect.name, dict(effect.fields)) for effect in effects if isinstance(effect, Notice)]


def test_a_file_that_was_read_is_told_with_its_bad_lines() -> None:
    core = library(files={"domains": [FILE.path]})
    entries = Entries([Entry(What.DOMAIN, "spam.example")])
    assert told(core, ListRead(FILE, entries, bad_lines=((3, "found 'x y'"),), skipped=7)) == [
        ("list_read", {"file": FILE.path, "size": 1, "bad_lines": 7}),
        ("bad_line", {"file": FILE.path, "line": 3, "problem": "found 'x y'"}),
    ]
    lists = core.gateway.library.lists
    assert lists is not None
    source = lists.files[FILE]
    assert (source.updated, source.trouble) == (1001, "bad lines: 7")
    assert lists.blocked.domain("spam.example")


def test_a_file_that_cannot_be_read_any_more_lists_what_it_did() -> None:
    core = library(files={"domains": [FILE.path]})
    told(core, ListRead(FILE, Entries([Entry(What.DOMAIN, "spam.example")])))
    gone = told(core, ListRead(FILE, None, "No such file or directory"), 1002)
    assert gone == [("list_not_read", {"file": FILE.path, "why": "No such file or directory"})]
    lists = core.gateway.library.lists
    assert lists is not None
    assert (lists.files[FILE].updated, lists.files[FILE].trouble) == (1001, "No such file or directory")
    assert lists.blocked.domain("spam.example")


@pytest.mark.parametrize("options", [{}, {"files": {"domains": ["/lists/others"]}}])
def test_a_file_that_nobody_wants_any_more_is_passed_over(options: dict[str, object]) -> None:
    core = library(**options)
    assert told(core, ListRead(FILE, Entries([Entry(What.DOMAIN, "spam.example")]))) == []


def test_there_is_nothing_to_do_without_lists() -> None:
    core = Core(settings({}), State())
    core.begin(1000)
    assert core.gateway.library.lists is None
    assert not core.gateway.busy
    assert core.gateway.library.due == float("inf")
    assert told(core, ListRead(FILE, Entries())) == []


def test_a_list_is_recorded_when_it_comes_into_force_with_what_was_heard_meanwhile() -> None:
    network = FakeNetwork("ejabberd", at_once=False)
    network.service = Service("ejabberd", (f"d{number}.example" for number in range(300)))
    network.connect()
    for step in (network.serve, network.serve, network.answer, network.answer):
        step()
    network.publish("new.example")
    network.retract("d5.example")
    network.hear()
    network.hear()
    assert not any(isinstance(event, ListFetched) for event in network.recorded), "it is not in force yet"
    network.settle()
    (fetched,) = [event for event in network.recorded if isinstance(event, ListFetched)]
    assert fetched.feed == Feed(BL, NODE)
    assert fetched.items is not None
    assert sorted(fetched.items) == sorted(network.service.items)


def test_what_is_half_heard_is_heard_before_a_list_comes_into_force() -> None:
    """A recording has the event first, and would otherwise list what the fetch did not have."""
    network = FakeNetwork("Prosody", at_once=False)
    network.service = Service("Prosody", ["old.example"])
    network.connect()
    for step in (network.serve, network.answer, network.serve):
        step()
    inside = "".join(f"<item id='d{number}.example'/>" for number in range(3 * feeds.STEPS))
    network.events.append(Service.event(f"<items node='{NODE}'>{inside}</items>"))
    network.hear()
    assert 0 < network.size < 3 * feeds.STEPS
    network.answer()
    while not any(isinstance(event, ListFetched) for event in network.recorded):
        assert not network.listed(["old.example"])
        network.tick()
    assert network.size == 1 + 3 * feeds.STEPS


def test_a_fetch_that_failed_is_recorded_with_the_reason() -> None:
    network = FakeNetwork("ejabberd", at_once=False)
    network.connect()
    network.serve()
    network.answer()
    network.now += 60
    network.tick()
    (fetched,) = [event for event in network.recorded if isinstance(event, ListFetched)]
    assert (fetched.items, fetched.error[:9]) == (None, "no answer")


FEED, OTHER_FEED = Feed("bl.example", "domains"), Feed("other.example", "domains")
ENTRY, OTHER_ENTRY = Entry(What.DOMAIN, "good.example"), Entry(What.DOMAIN, "fine.example")
OTHER_FILE = ListFile("jids", "/lists/jids")


@pytest.mark.parametrize(
    ("wanted", "together"),
    [
        ([], Wanted()),
        ([Wanted(), Wanted(mentions_files=(FILE,))], Wanted(mentions_files=(FILE,))),
        # who names no service says nothing of how services are followed
        (
            [Wanted(), Wanted(feeds={FEED: "domains"}, agree=2, max_growth=90_000, refresh=90_000.0)],
            Wanted(feeds={FEED: "domains"}, agree=2, max_growth=90_000, refresh=90_000.0),
        ),
        (
            [
                Wanted(feeds={FEED: "domains"}, files=(FILE,), allow=(ENTRY,), agree=2, max_growth=5, refresh=7.0),
                Wanted(
                    feeds={FEED: "ips", OTHER_FEED: "domains"},
                    files=(OTHER_FILE, FILE),
                    allow=(OTHER_ENTRY, ENTRY),
                    max_growth=9,
                    refresh=6.0,
                ),
            ],
            Wanted(
                feeds={FEED: "domains", OTHER_FEED: "domains"},
                files=(FILE, OTHER_FILE),
                allow=(ENTRY, OTHER_ENTRY),
                agree=2,
                max_growth=5,
                refresh=6.0,
            ),
        ),
    ],
)
def test_what_several_filters_want_is_wanted_together(wanted: list[Wanted], together: Wanted) -> None:
    assert merged(wanted) == together
    assert list(merged(wanted).feeds) == list(together.feeds)
