"""Who looks like a user of ours, or like a domain, and is another."""

import pytest

from xmppfilter.memory.state import State
from xmppfilter.registers.lookalikes import LookAlikes
from xmppfilter.stanza.jid import Jid
from xmppfilter.text.fold import skeleton

NOW = 1e9


def ours(*users: str, capacity: int = 100) -> LookAlikes:
    state = State()
    known = LookAlikes(state.set("users", capacity=capacity, seconds=100.0), state)
    for user in users:
        known.learn(Jid.parse(user), NOW)
    return known


@pytest.mark.parametrize(
    ("other", "alike"),
    [
        ("alice@example.org", False),
        ("a1ice@example.org", True),
        ("\u0430lice@example.org", True),
        ("alice@examp1e.org", True),
        ("alice@example.net", False),
        ("examp1e.org", False),
        ("tom@example.org", False),
    ],
)
def test_users(other: str, alike: bool) -> None:
    known = ours("alice@example.org")
    assert known.resembles_user(Jid.parse(other), NOW) is alike
    assert not known.resembles_user(Jid.parse(other), NOW + 101.0)


def test_whoever_was_there_first_is_who_another_looks_like() -> None:
    known = ours("alice@example.org", "a1ice@example.org")
    assert known.resembles_user(Jid.parse("a1ice@example.org"), NOW)
    assert not known.resembles_user(Jid.parse("alice@example.org"), NOW)
    assert known.is_of_user(skeleton("A1ICE@example.org"), NOW)


def test_domains() -> None:
    known = ours()
    assert known.resembles_domain("example.org", "examp1e.org")
    assert not known.resembles_domain("example.org", "example.org")
    assert not known.resembles_domain("example.org", "example.com")
