"""A reload builds all, checks all, and only then exchanges all: one that is refused has changed nothing."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.harness import settings
from tests.lists.follower import HOUR, Follower
from tests.lists.service import BL, NODE
from xmppfilter.build import Core
from xmppfilter.gateway.events import Connected, Ticked
from xmppfilter.judging.catalogue import filter_names
from xmppfilter.judging.effects import Fetch
from xmppfilter.lists.copies import Copies, Feed
from xmppfilter.lists.entry import Entry, What
from xmppfilter.lists.lists import Lists
from xmppfilter.memory.bans import Bans
from xmppfilter.memory.contract import Structure
from xmppfilter.memory.state import Scope, State

NOW = 1_000_000.0
DAY = 86400.0

SIZED: dict[str, tuple[str, int]] = {
    "known_spammers": ("max_senders", 100),
    "same_long_body": ("counter_size_limit", 10),
    "presence_subscribe_rate": ("max_senders", 100),
    "stranger_rate": ("max_senders", 100),
    "first_contact": ("max_pairs", 1000),
    "campaign": ("max_texts", 100),
    "mentions": ("cache_size", 10),
}
"""Filters with something to resize, and the least size."""


def sized(size: int) -> dict[str, Any]:
    """Return all filters, those that can be told how much to remember with *size* times the least."""
    options = {name: {option: least * size} for name, (option, least) in SIZED.items()}
    return {name: options.get(name, {}) for name in filter_names() if name != "patterns"}


def crowded() -> Core:
    """Return a gateway that has learnt something in each structure."""
    core = Core(settings(sized(10)), State())
    core.begin(NOW)
    core.gateway.handle(Connected(), NOW)
    core.gateway.handle(Ticked(), NOW + 1)
    bans = core.state.structures["known_spammers.senders"]
    assert isinstance(bans, Bans)
    for number in range(500):
        key = core.state.key(f"{number}@evil.example")
        bans.offend(key, f"{number}@evil.example", when=NOW, ban_time=900, weight=1)
    return core


def parameters(structure: Structure) -> dict[str, Any]:
    names = ("capacity", "limit", "seconds", "window", "persist")
    return {name: getattr(structure, name) for name in names if hasattr(structure, name)}


def everything(core: Core) -> dict[str, Any]:
    """Return all that a reload that is refused must leave alone."""
    gateway, structures = core.gateway, core.state.structures
    return {
        "objects": {name: id(structure) for name, structure in structures.items()},
        "parameters": {name: parameters(structure) for name, structure in structures.items()},
        "snapshots": {name: list(structure.snapshot()) for name, structure in structures.items()},
        "lists": core.state.in_use(Lists),
        "settings": core.settings,
        "setup": gateway.setup,
        "timers": (gateway.next_tick(), gateway.next_event(), gateway.library.due),
        "feeds": [(feed, one.due) for feed, one in gateway.library.feeds.states()],
        "servers": dict(gateway.servers),
    }


@given(size=st.integers(1, 30), on=st.sets(st.sampled_from(sorted(SIZED))), agree=st.integers(1, 3))
def test_a_draft_that_is_dropped_has_changed_nothing(size: int, on: set[str], agree: int) -> None:
    core = crowded()
    before = everything(core)
    filters = {name: options for name, options in sized(size).items() if name in on}
    core.draft(settings(filters | {"blocklist": {"agree": agree}}, domains=["other.example"]))
    assert everything(core) == before


@given(size=st.integers(1, 30))
def test_a_filter_that_cannot_be_built_leaves_all_as_it_was(size: int) -> None:
    core = crowded()
    before = everything(core)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("xmppfilter.filters.stranger_rate.Filter.__init__", _refuse)
        with pytest.raises(ValueError, match="no such thing"):
            core.draft(settings(sized(size)))
    assert everything(core) == before


def _refuse(*_: object) -> None:
    raise ValueError("no such thing")


def test_an_exchange_resizes_what_was_learnt() -> None:
    core = crowded()
    core.exchange(core.draft(settings(sized(1))), NOW + 2)
    for _ in range(3):  # bit by bit
        core.state.expire(NOW + 2, 100)
    assert len(core.state.structures["known_spammers.senders"]) == 100
    assert {name: parameters(core.state.structures[f"{name}.{part}"])["capacity"] for name, part in PARTS} == {
        name: SIZED[name][1] for name, _ in PARTS
    }


PARTS = (("known_spammers", "senders"), ("first_contact", "seen"), ("campaign", "texts"), ("stranger_rate", "senders"))


def test_a_plan_opens_one_structure_for_all_who_ask() -> None:
    state = State()
    plan = state.plan()
    first = Scope(plan, "one").set("seen", capacity=10, seconds=60)
    assert plan.scoped("one").set("seen", capacity=20, seconds=60) is first
    assert not state.structures
    with pytest.raises(TypeError, match="a bans was asked for"):
        plan.scoped("one").bans("seen", capacity=10, seconds=60)
    with pytest.raises(ValueError, match="at least 1"):
        plan.scoped("one").set("seen", capacity=0, seconds=60)
    plan.commit()
    assert state.structures["one.seen"] is first
    assert first.capacity == 20


def with_list(**options: Any) -> Any:
    return settings({"known_spammers": {}, "blocklist": {"services": [{"jid": BL, "nodes": [NODE]}], **options}})


def test_a_list_filter_switched_on_by_a_reload_uses_its_stored_copy_at_once() -> None:
    core = Core(settings({"known_spammers": {}}), State())
    core.begin(NOW)
    draft = core.draft(with_list())
    copies = draft.opened.structures["lists.copies"]
    assert isinstance(copies, Copies)
    copies.source(Feed(BL, NODE)).entries.add(Entry(What.DOMAIN, "spam.example"))  # as the store fills it
    core.exchange(draft, NOW)
    assert core.gateway.library.lists is not None
    assert core.gateway.library.lists.blocked.domain("spam.example")


def test_a_copy_that_the_store_could_read_only_later_is_used_from_then_on() -> None:
    kept = Copies(capacity=10)
    kept.source(Feed(BL, NODE)).entries.add(Entry(What.DOMAIN, "spam.example"))
    core = Core(with_list(), State())
    core.begin(NOW)
    lists = core.gateway.library.lists
    assert lists is not None
    lists.copies.restore(list(kept.snapshot()), NOW)
    core.gateway.handle(Ticked(), NOW + 1)
    assert lists.blocked.domain("spam.example")


def test_a_daily_reload_does_not_put_off_the_list_of_spammers() -> None:
    core = Core(settings({"known_spammers": {}}), State())
    core.begin(NOW)
    core.gateway.handle(Ticked(), NOW + 1)
    for day in range(3):
        core.exchange(core.draft(settings({"known_spammers": {}})), NOW + 2 + day * DAY / 4, anew=False)
    assert core.gateway.next_event() == NOW + 1 + DAY
    core.exchange(core.draft(settings({"known_spammers": {"print_frequency": "1h"}})), NOW + 1 + DAY / 2)
    assert core.gateway.next_event() == NOW + 1 + DAY / 2 + 3600, "sooner where it is wanted more often"


@pytest.mark.parametrize(("anew", "asked_again"), [(False, False), (True, True)])
def test_a_daily_reload_does_not_move_the_next_fetch(anew: bool, asked_again: bool) -> None:
    follower = Follower(refresh="12h")
    for request in follower.connect():
        follower.answer(request, "spam.example")
    ((_, following),) = follower.gateway.library.feeds.states()
    due = following.due
    effects = follower.core.exchange(
        follower.core.draft(follower.settings(refresh="12h")), follower.now + HOUR, anew=anew
    )
    assert any(isinstance(effect, Fetch) for effect in effects) is asked_again
    assert (following.due == due) is not asked_again


def test_a_daily_reload_asks_again_for_what_could_not_be_had() -> None:
    follower = Follower(refresh="12h")
    follower.connect()
    follower.wait(61)
    effects = follower.core.exchange(follower.core.draft(follower.settings(refresh="12h")), follower.now, anew=False)
    assert any(isinstance(effect, Fetch) for effect in effects)
