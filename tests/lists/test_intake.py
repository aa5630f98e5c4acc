"""A list that is taken in bit by bit comes out as if it had been taken in at once, whatever happens in between."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from tests.lists.fake_network import SETTINGS, FakeNetwork, listed
from tests.lists.service import Service
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


def play(network: FakeNetwork, steps: list[tuple[str, ...]]) -> None:
    for what, *arguments in steps:
        getattr(network, what)(*arguments)


@given(st.sampled_from(MANNERS), st.booleans(), st.lists(STEP, max_size=60))
def test_whatever_happens_in_between_our_list_becomes_theirs(
    manner: str, at_once: bool, steps: list[tuple[str, ...]]
) -> None:
    with crumbs():
        network = FakeNetwork(manner, at_once=at_once)
        network.connect()
        play(network, steps)
        network.settle()
    assert network.listed(NAMES) == set(network.service.items)
    assert network.stored == network.listed(NAMES)


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
    worlds = [FakeNetwork("Prosody", at_once=at_once) for at_once in (False, True)]
    with crumbs():
        for network in worlds:
            for names in (before, items):  # the first fetch fills the list, the second is what is watched
                network.service = Service("Prosody", names)
                network.connect()
                network.wait()
                network.serve()
                network.serve()
                if names is before:
                    network.settle()
            play(network, steps)
            while network.answers or network.events or network.core.gateway.busy:
                network.answer()
                network.hear()
                network.tick()
    bits, whole = worlds
    assert bits.listed(NAMES) == whole.listed(NAMES) == set(bits.service.items)
    assert bits.stored == whole.stored == whole.listed(NAMES)


@given(st.sampled_from(MANNERS), st.lists(STEP, max_size=60))
def test_a_recording_says_what_was_in_force_whenever_it_was(manner: str, steps: list[tuple[str, ...]]) -> None:
    """A recorded run and its replay look into the same list at every moment, however the list came in."""
    network = FakeNetwork(manner, at_once=False)
    seen: list[tuple[int, set[str]]] = []
    with crumbs():
        network.connect()
        for what, *arguments in steps:
            getattr(network, what)(*arguments)
            following = next(one for _, one in network.core.gateway.library.feeds.states())
            if not following.hears:  # what is half heard is whole in the recording
                seen.append((len(network.recorded), network.listed(NAMES)))
    replayed = Core(SETTINGS, State())
    replayed.begin(network.now)
    played = 0
    for until, in_force in seen:
        for event in network.recorded[played:until]:
            replayed.gateway.handle(event, network.now)
            while replayed.gateway.busy:
                replayed.gateway.handle(Ticked(), network.now)
        played = until
        assert listed(replayed, NAMES) == in_force
