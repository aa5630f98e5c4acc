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


# --- too many


def scores(rows: Any) -> list[float]:
    """Return what each row scores by rates."""
    return [row["score"] for row in rows]


def named(
    harness: Harness, room: str, to: str, at: float, *, inviter: str = "", sender: str = "m@evil.example/x"
) -> Any:
    """Invite *to* to *room*, by way of it where an *inviter* is named."""
    if inviter:
        more = f"<x xmlns='{MUC_USER}'><invite from='{inviter}'/></x>"
        return harness.message(None, sender=room, to=to, type=None, more=more, at=at)
    more = f"<x xmlns='jabber:x:conference' jid='{room}'/>"
    return harness.message(None, sender=sender, to=to, type=None, more=more, at=at)


@pytest.mark.parametrize("inviter", ["", "m@evil.example"])
def test_one_inviter_to_ever_other_rooms(inviter: str) -> None:
    harness = Harness({"known_spammers": {}, "invitation": {}})
    rows = [named(harness, f"r{n}@rooms.example", f"u{n}@example.org", 20.0 * n, inviter=inviter) for n in range(80)]
    assert scores(rows[:11]) == [0.0] * 11
    assert 3.0 <= rows[14]["score"] < 10.0
    assert (rows[-1]["findings"][-1]["score"], rows[-1]["findings"][-1]["rule"]) == (10.0, "invitation.inviter")
    banned = [row["jid"] for row in harness.command("spammers", "list")["spammers"]]
    assert banned == ([] if inviter else ["m@evil.example"]), "a room is not banned for whom it relays"


def test_an_inviter_that_hostile_rooms_name_is_not_found_elsewhere() -> None:
    harness = Harness({"invitation": {}})
    for n in range(80):
        named(harness, f"r{n}@rooms.evil.example", f"u{n}@example.org", float(n), inviter="carol@friend.example")
    assert named(harness, "a@rooms.good.example", "zoe@example.org", 81.0, inviter="carol@friend.example")["score"] == 0
    assert (
        named(harness, "a@rooms.good.example", "zoe@example.org", 82.0, sender="carol@friend.example/x")["score"] == 0
    )


def test_one_room_for_ever_other_users() -> None:
    harness = Harness({"known_spammers": {}, "invitation": {}})
    rows = [named(harness, ROOM, f"u{n}@example.org", 10.0 * n, sender=f"a{n}@b{n}.example/x") for n in range(300)]
    assert scores(rows[:50]) == [0.0] * 50
    assert (rows[-1]["score"], rows[-1]["findings"][-1]["rule"]) == (10.0, "invitation.room")
    assert harness.command("spammers", "list")["spammers"] == []


def test_one_user_to_one_room_again_and_again() -> None:
    harness = Harness({"known_spammers": {}, "invitation": {}})
    rows = [named(harness, ROOM, "alice@example.org", 600.0 * n, sender=f"a{n}@b.example/x") for n in range(21)]
    assert scores(rows[:5]) == [0.0] * 5
    assert 3.0 <= rows[5]["score"] < 5.0
    assert rows[-1]["score"] == 10.0
    assert harness.command("spammers", "list")["spammers"] == []
    assert named(harness, ROOM, "alice@example.org", 600.0 * 20 + 90_000)["score"] == 0.0


@pytest.mark.parametrize("inviter", ["", "eve@talks.example"])
def test_an_organiser_of_a_conference(inviter: str) -> None:
    """Forty colleagues, three rooms, all within four minutes."""
    harness = Harness({"invitation": {}})
    rows = [
        named(
            harness,
            f"{room}@rooms.example",
            f"u{n}@example.org",
            2.0 * n,
            inviter=inviter,
            sender="eve@talks.example/x",
        )
        for n in range(40)
        for room in ("hall", "lobby", "helpers")
    ]
    assert set(scores(rows)) == {0.0}


def test_our_own_rooms_may_be_invited_to() -> None:
    harness = Harness({"invitation": {}})
    rows = [named(harness, f"r{n % 20}@conference.example.org", f"u{n}@example.org", float(n)) for n in range(300)]
    assert set(scores(rows)) == {0.0}


def test_limits_can_be_off() -> None:
    off = {"inviter_rooms_per_hour": "off", "room_users_per_hour": "off", "repeats_per_day": "off"}
    harness = Harness({"invitation": off})
    rows = [named(harness, ROOM, "alice@example.org", float(n)) for n in range(30)]
    assert set(scores(rows)) == {0.0}
