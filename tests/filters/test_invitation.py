"""invitation: rooms, their domains and inviters that are listed."""

from typing import Any

import pytest

from tests.filters.test_blocklist import BANS, BL, DOMAINS, JIDS, Lists, digest
from tests.harness import Harness, item

MUC_USER = "http://jabber.org/protocol/muc#user"
ROOM = "spam@rooms.evil.example"


class Invitations(Lists):
    def __init__(self, *, filters: Any = None, **options: Any) -> None:
        super().__init__(filters={"invitation": {}, **(filters or {})}, **options)

    def mediated(self, *inviters: str, room: str = ROOM, reason: str = "") -> Any:
        invites = "".join(f"<invite from='{inviter}'><reason>{reason}</reason></invite>" for inviter in inviters)
        return self.message(None, sender=room, type=None, more=f"<x xmlns='{MUC_USER}'>{invites}</x>")

    def direct(self, room: str = ROOM, *, sender: str = "mallory@evil.example/x", more: str = "") -> Any:
        return self.message(None, sender=sender, type=None, more=f"<x xmlns='jabber:x:conference' jid='{room}'/>{more}")


def rules(row: Any) -> list[str]:
    return [found["rule"] for found in row["findings"] if found["filter"] == "invitation"]


def test_an_invitation_to_a_room_that_is_not_listed_passes() -> None:
    harness = Invitations()
    harness.fetch(DOMAINS, "other.example")
    assert harness.mediated("mallory@evil.example")["action"] == "deliver"
    assert harness.direct()["action"] == "deliver"


@pytest.mark.parametrize(
    ("node", "listed", "found"),
    [
        (JIDS, digest(ROOM), ["invitation.room"]),
        (BANS, digest(ROOM), ["invitation.room"]),
        (DOMAINS, "rooms.evil.example", ["invitation.domain"]),
        (BANS, digest("rooms.evil.example"), ["invitation.domain"]),
        (DOMAINS, "evil.example", []),
        (JIDS, digest("other@rooms.evil.example"), []),
    ],
)
def test_rooms_and_their_domains(node: str, listed: str, found: list[str]) -> None:
    harness = Invitations()
    harness.fetch(node, listed)
    assert rules(harness.mediated("mallory@good.example")) == found
    row = harness.direct(sender="mallory@good.example/x")
    assert rules(row) == found
    if found:
        assert (row["action"], row["decided_by"], row["score"]) == ("drop", "invitation", 10.0)


@pytest.mark.parametrize(
    ("node", "listed", "found"),
    [
        (JIDS, digest("mallory@bad.example"), True),
        (DOMAINS, "bad.example", True),
        (JIDS, digest("other@bad.example"), False),
    ],
)
def test_the_inviter_that_a_room_names(node: str, listed: str, found: bool) -> None:
    harness = Invitations()
    harness.fetch(node, listed)
    assert rules(harness.mediated("mallory@bad.example/phone")) == (["invitation.inviter"] if found else [])
    assert rules(harness.mediated("good@good.example", "mallory@bad.example")) == (
        ["invitation.inviter"] if found else []
    )


def test_a_contacts_invitation_through_a_strangers_room() -> None:
    harness = Invitations(filters={"patterns": {"strings": ["casino"], "scan": ["reason"]}, "mentions": {}})
    harness.command("lists", "add", "url", "https://bad.example/pay")
    reason = "casino https://bad.example/pay"
    assert {found["filter"] for found in harness.mediated("bob@friend.example", reason=reason)["findings"]} == {
        "patterns", "mentions"
    }  # fmt: skip
    harness = Invitations(filters={"patterns": {"strings": ["casino"], "scan": ["reason"]}, "mentions": {}})
    harness.roster("alice@example.org", item("bob@friend.example", "both"))
    assert harness.mediated("bob@friend.example", reason=reason)["action"] == "deliver"
    harness.fetch(JIDS, digest(ROOM))
    row = harness.mediated("bob@friend.example", reason=reason)
    assert row["action"] == "drop"
    assert rules(row) == ["invitation.room"]


def test_a_contacts_direct_invitation_is_not_judged() -> None:
    harness = Invitations()
    harness.roster("alice@example.org", item("bob@friend.example", "both"))
    harness.fetch(JIDS, digest(ROOM))
    assert harness.direct(sender="bob@friend.example/x")["exempt"] == "contact"


def test_services_must_agree_and_what_is_allowed_passes() -> None:
    harness = Invitations(services=(BL, "second.example"), agree=2, allow={"jids": ["good@rooms.evil.example"]})
    harness.fetch(DOMAINS, "rooms.evil.example")
    assert rules(harness.direct()) == []
    harness.fetch(DOMAINS, "rooms.evil.example", service="second.example")
    assert rules(harness.direct()) == ["invitation.domain"]
    assert rules(harness.direct("good@rooms.evil.example")) == []


@pytest.mark.parametrize(
    "more",
    [
        "<x xmlns='jabber:x:conference'/>",
        "<x xmlns='jabber:x:conference' jid=''/>",
        "<x xmlns='jabber:x:conference' jid='@@'/>",
        f"<x xmlns='{MUC_USER}'><invite/></x>",
        f"<x xmlns='{MUC_USER}'><invite from='@'/></x>",
        f"<x xmlns='{MUC_USER}'><item affiliation='none'/></x>",
        "<y xmlns='urn:x'><x xmlns='jabber:x:conference' jid='spam@rooms.evil.example'/></y>",
    ],
)
def test_what_names_nobody_is_no_listed_invitation(more: str) -> None:
    harness = Invitations()
    harness.fetch(JIDS, digest(ROOM))
    assert rules(harness.message(None, more=more)) == []


LONG = ".".join(f"xn--{n:x}kda{n:x}" for n in range(16))
"""A domain for which IDNA takes long."""


def test_long_inviters_hide_no_room_nor_rooms_an_inviter() -> None:
    harness = Invitations()
    harness.fetch(JIDS, digest(ROOM), digest("mallory@evil.example"))
    mediated = "".join(
        f"<invite from='{who}'/>" for who in ("mallory@evil.example", *(f"a{n}@{LONG}" for n in range(99)))
    )
    direct = "".join(
        f"<x xmlns='jabber:x:conference' jid='{room}'/>" for room in (ROOM, *(f"a{n}@{LONG}" for n in range(99)))
    )
    row = harness.message(None, more=f"<x xmlns='{MUC_USER}'>{mediated}</x>{direct}")
    assert sorted(rules(row)) == ["invitation.inviter", "invitation.room"]


def test_without_blocklist_only_operators_list() -> None:
    harness = Harness({"invitation": {}})
    harness.command("lists", "add", "domain", "rooms.evil.example")
    row = harness.message(None, more=f"<x xmlns='jabber:x:conference' jid='{ROOM}'/>")
    assert rules(row) == ["invitation.domain"]
