"""Whom the register of senders remembers: over reloads, under the names of old stores, and by operators' words."""

from typing import Any

import pytest

from tests.harness import settings
from xmppfilter.build import Core
from xmppfilter.memory.state import State
from xmppfilter.operators import commands
from xmppfilter.registers.command import CommandError
from xmppfilter.registers.senders import Senders
from xmppfilter.stanza.view import Stanza

MALLORY = "mallory@evil.example"


def core(state: State | None = None, **mentions: Any) -> Core:
    made = Core(settings({"mentions": mentions}), state or State())
    made.begin(0.0)
    return made


def told(gateway: Core, *words: str, now: float = 1.0) -> dict[str, Any]:
    return commands.run(gateway.gateway, words, now)[0]


def is_spam(gateway: Core, sender: str = f"{MALLORY}/x") -> bool:
    xml = f"<message from='{sender}' to='alice@example.org' type='chat'><body>Hello</body></message>"
    return bool(gateway.gateway.judge.judge(Stanza.read(xml), 2.0).verdict.findings)


def test_structures_are_called_as_in_every_store() -> None:
    state = State()
    core(state)
    assert {"mentions.senders", "mentions.occupants", "mentions.monitored"} <= state.structures.keys()


@pytest.mark.parametrize("size", [5, 50])
def test_a_reload_forgets_nobody(size: int) -> None:
    gateway = core(cache_size=10)
    told(gateway, "senders", "remember", MALLORY)
    known = gateway.gateway.setup.registers[Senders]
    changed = settings({"mentions": {"cache_size": size}})
    gateway.exchange(gateway.draft(changed), 1.0)
    assert is_spam(gateway)
    assert gateway.gateway.setup.registers[Senders] is known


def test_who_is_remembered_is_known_again_where_the_cache_was_off_for_a_while() -> None:
    gateway = core(cache_size=10)
    told(gateway, "senders", "remember", MALLORY)
    for size, found in ((0, False), (10, True)):
        changed = settings({"mentions": {"cache_size": size}})
        gateway.exchange(gateway.draft(changed), 1.0)
        assert is_spam(gateway) is found


def test_nobody_is_remembered_without_a_cache() -> None:
    gateway = core(cache_size=0)
    with pytest.raises(CommandError, match="cache_size: 0"):
        told(gateway, "senders", "remember", MALLORY)
    assert told(gateway, "senders", "forget", MALLORY) == {"forgotten": MALLORY, "was_remembered": False}


def test_a_domain_is_no_sender() -> None:
    with pytest.raises(CommandError, match="that is a domain"):
        told(core(), "senders", "remember", "evil.example")


@pytest.mark.parametrize(
    ("remembered", "sender", "found"),
    [
        ("Mallory@evil.example/phone", f"{MALLORY}/other", True),
        ("garden@conference.example.org/mallory", "garden@conference.example.org/mallory", True),
        ("garden@conference.example.org/mallory", "garden@conference.example.org/alice", False),
        (MALLORY, "other@evil.example/x", False),
    ],
)
def test_who_is_meant(remembered: str, sender: str, found: bool) -> None:
    gateway = core()
    told(gateway, "senders", "remember", remembered)
    assert is_spam(gateway, sender) is found
    assert told(gateway, "senders", "forget", remembered, now=3.0)["was_remembered"]
    assert not is_spam(gateway, sender)
