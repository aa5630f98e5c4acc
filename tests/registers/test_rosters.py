"""Rosters: who is a contact, and whom the rosters in memory belong to."""

import pytest

from tests.harness import item
from xmppfilter.memory.state import State
from xmppfilter.registers.rosters import Roster, RosterItem, Rosters
from xmppfilter.stanza.jid import Jid
from xmppfilter.text.fold import skeleton

ALICE = Jid.parse("alice@example.org/phone")


@pytest.mark.parametrize(
    ("known", "other", "is_contact", "is_known_to"),
    [
        (item("bob@other.example", "both"), "bob@other.example/x", True, True),
        (item("bob@other.example", "to"), "bob@other.example", True, True),
        (item("bob@other.example", "from"), "bob@other.example", True, True),
        (item("bob@other.example", "none"), "bob@other.example", False, False),
        (item("bob@other.example", ask="subscribe"), "bob@other.example", True, False),
        (item("bob@other.example", approved=True), "bob@other.example", True, False),
        (item("gateway.example", "from"), "anybody@gateway.example", True, True),
        (item("gateway.example", "to"), "anybody@gateway.example", True, False),
        (item("bob@other.example", "both"), "carol@other.example", False, False),
    ],
)
def test_who_is_a_contact(known: RosterItem, other: str, is_contact: bool, is_known_to: bool) -> None:
    roster = Roster([known])
    assert roster.has(Jid.parse(other)) is is_contact
    assert roster.is_known_to(Jid.parse(other)) is is_known_to


def test_contacts_are_found_by_their_looks_and_by_their_names() -> None:
    roster = Roster([item("paypal@other.example", "both", name="Grandma"), item("stranger@other.example", name="Joe")])
    assert roster.resembling(skeleton("p\u0430ypal@other.example")) == "paypal@other.example"
    assert roster.called(skeleton("Grandma")) == "paypal@other.example"
    assert roster.called(skeleton("Joe")) is None


def test_a_roster_replaces_the_one_before_whichever_configuration_holds() -> None:
    state = State()
    register = state.shared(Rosters)
    register.replace(ALICE, [item("bob@other.example", "both")])
    assert register.by_user["alice@example.org"].has(Jid.parse("bob@other.example"))
    plan = state.plan()
    assert plan.shared(Rosters) is register
    register.replace(ALICE, [])
    assert not register.by_user["alice@example.org"].has(Jid.parse("bob@other.example"))
