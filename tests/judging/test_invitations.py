"""What invitations name."""

import pytest

from xmppfilter.judging.case import Case, Rules
from xmppfilter.judging.invitations import NONE, invitations
from xmppfilter.memory.state import State
from xmppfilter.stanza.view import Stanza

MEDIATED = "<x xmlns='http://jabber.org/protocol/muc#user'>{}</x>"
DIRECT = "<x xmlns='jabber:x:conference' jid='{}'/>"


def case(inside: str) -> Case:
    stanza = Stanza.read(f"<message from='garden@conf.example/nick' to='c@d.example'>{inside}</message>")
    made = Case(stanza, Rules(), State().key)
    made.prepare()
    return made


@pytest.mark.parametrize(
    ("inside", "rooms", "inviters"),
    [
        (MEDIATED.format("<invite from='bob@b.example/phone'/>"), ["garden@conf.example"], ["bob@b.example"]),
        (MEDIATED.format("<invite/>"), ["garden@conf.example"], [None]),
        (MEDIATED.format("<invite from='@'/><invite from='b@b'/>"), ["garden@conf.example"], [None, "b@b"]),
        (DIRECT.format("Room@Conf.example"), ["room@conf.example"], []),
        (DIRECT.format("@"), [], []),
        (DIRECT.format("a@b") + DIRECT.format("c@d"), ["a@b", "c@d"], []),
        (MEDIATED.format("<invite from='b@b'/>") + DIRECT.format("a@b"), ["garden@conf.example", "a@b"], ["b@b"]),
    ],
)
def test_rooms_and_inviters(inside: str, rooms: list[str], inviters: list[str | None]) -> None:
    found = invitations(case(inside))
    assert [room.bare for room in found.rooms] == rooms
    assert [inviter and inviter.bare for inviter in found.inviters] == inviters
    assert found.any


@pytest.mark.parametrize(
    "inside",
    [
        "<body>jabber:x:conference</body>",
        "<subject>http://jabber.org/protocol/muc#user</subject>",
        MEDIATED.format("<item affiliation='none'/>"),
        MEDIATED.format("<decline from='bob@b.example'/>"),
        f"<y xmlns='urn:x'>{DIRECT.format('a@b')}</y>",
    ],
)
def test_what_is_no_invitation(inside: str) -> None:
    assert invitations(case(inside)) is NONE


def test_long_addresses_hide_nobody_of_the_other_kind() -> None:
    domain = ".".join(f"xn--{n:x}kda{n:x}" for n in range(16))
    many = MEDIATED.format("".join(f"<invite from='a{n}@{domain}'/>" for n in range(200)))
    found = invitations(case(many + DIRECT.format("a@b.example")))
    assert found.rooms[-1].bare == "a@b.example"
    assert len(found.inviters) == 100
    assert found.inviters[-1] is None
