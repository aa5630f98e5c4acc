"""A list that is taken in bit by bit comes out as if it had been taken in at once, whatever happens in between."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from tests.lists.service import Service
from tests.lists.world import SETTINGS, World, listed
from xmppfilter.build import Core
from xmppfilter.gateway.events import Ticked
from xmppfilter.lists import feeds, following, page
from xmppfilter.memory.state import State

NAMES = [f"{letter}.example" for letter in "abcdefgh"]


@contextmanager
def crumbs() -> Iterator[None]:
    """Cut everything very small, so that whatever can come between two pieces does."""
    with patch.object(feeds, "STEPS", 2), patch.object(following, "PAGE", 2), patch.object(page, "PIECE", 150):
        yield


NAME = st.sampled_from(NAMES)
STEP = st.one_of(
    st.tuples(st.just("publish"), NAME),
    st.tuples(st.just("publish"), NAME),
    st.tuples(st.just("retract"), NAME),
    *(st.tuples(st.just(what)) for what in ("serve", "answer", "hear", "tick") * 3),
    *(st.tuples(st.just(what)) for what in ("purge", "connect", "disconnect", "wait", "flush")),
)
MANNERS = ["ejabberd", "ejabberd with SQL", "Prosody", "by item", "small pages"]


def play(world: World, steps: list[tuple[str, ...]]) -> None:
    for what, *arguments in steps:
        getattr(world, what)(*arguments)


@given(st.sampled_from(MANNERS), st.booleans(), st.lists(STEP, max_size=60))
def test_whatever_happens_in_between_our_list_becomes_theirs(
    manner: str, at_once: bool, steps: list[tuple[str, ...]]
) -> None:
    with crumbs():
        world = World(manner, at_once=at_once)
        world.connect()
        play(world, steps)
        world.settle()
    assert world.listed(NAMES) == set(world.service.items)
    assert world.stored == world.listed(NAMES)


SOME = st.lists(NAME, unique=True)
HEARD = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["publish", "retract"]), NAME),
        *(st.tuples(st.just(what)) for what in ("answer", "hear", "hear", "tick", "tick", "flush", "purge")),
    ),
    max_size=40,
)


@given(SOME, SOME, HEARD)
def test_bit_by_bit_is_as_at_once(before: list[str], items: list[str], steps: list[tuple[str, ...]]) -> None:
    worlds = [World("Prosody", at_once=at_once) for at_once in (False, True)]
    with crumbs():
        for world in worlds:
            for names in (before, items):  # the first fetch fills the list, the second is what is watched
                world.service = Service("Prosody", names)
                world.connect()
                world.wait()
                world.serve()
                world.serve()
                if names is before:
                    world.settle()
            play(world, steps)
            while world.answers or world.events or world.core.gateway.busy:
                world.answer()
                world.hear()
                world.tick()
    bits, whole = worlds
    assert bits.listed(NAMES) == whole.listed(NAMES) == set(bits.service.items)
    assert bits.stored == whole.stored == whole.listed(NAMES)


@given(st.sampled_from(MANNERS), st.lists(STEP, max_size=60))
def test_a_recording_says_what_was_in_force_whenever_it_was(manner: str, steps: list[tuple[str, ...]]) -> None:
    """A recorded run and its replay look into the same list at every moment, however the list came in."""
    world = World(manner, at_once=False)
    seen: list[tuple[int, set[str]]] = []
    with crumbs():
        world.connect()
        for what, *arguments in steps:
            getattr(world, what)(*arguments)
            following = next(one for _, one in world.core.gateway.library.feeds.states())
            if not following.hears:  # what is half heard is whole in the recording
                seen.append((len(world.recorded), world.listed(NAMES)))
    replayed = Core(SETTINGS, State())
    replayed.begin(world.now)
    played = 0
    for until, in_force in seen:
        for event in world.recorded[played:until]:
            replayed.gateway.handle(event, world.now)
            while replayed.gateway.busy:
                replayed.gateway.handle(Ticked(), world.now)
        played = until
        assert listed(replayed, NAMES) == in_force
