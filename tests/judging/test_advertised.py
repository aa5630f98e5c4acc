"""What a stanza advertises."""

from dataclasses import replace

import pytest

from xmppfilter.judging.advertised import Reader
from xmppfilter.judging.case import Case, Rules
from xmppfilter.judging.said import Reader as Said
from xmppfilter.memory.state import State
from xmppfilter.stanza.view import Stanza

KEY = State(b"secret").key
DIRECT = "<x xmlns='jabber:x:conference' jid='{}'/>"
HTML = (
    "<html xmlns='http://jabber.org/protocol/xhtml-im'><body xmlns='http://www.w3.org/1999/xhtml'>"
    "<a href='https://offers.example/'>look</a></body></html>"
)
RULES = replace(Rules(), own=frozenset({"example.org", "conference.example.org"}))


def advertised(inside: str, sender: str = "a@b.example/c") -> list[tuple[str, str, bool, bool]]:
    case = Case(Stanza.read(f"<message from='{sender}' to='c@example.org'>{inside}</message>"), RULES, KEY)
    case.prepare()
    found = Reader(KEY, []).advertised(case, Said(KEY).said(case))
    return [(one.target.kind, one.target.name, one.bare, one.invites) for one in found]


@pytest.mark.parametrize(
    ("inside", "wanted"),
    [
        ("<body>Hello there</body>", []),
        ("<body>see https://offers.example/a</body>", [("link", "offers.example", False, False)]),
        ("<body>https://offers.example/a</body>", [("link", "offers.example", True, False)]),
        ("<body>@fast_money</body>", [("handle", "t.me/fast_money", False, False)]),
        ("<body>Hi</body><subject>offers.example is here</subject>", [("link", "offers.example", False, False)]),
        (f"<body>look</body>{HTML}", [("link", "offers.example", False, False)]),
        (DIRECT.format("Lounge@rooms.example"), [("room", "lounge@rooms.example", False, True)]),
        (DIRECT.format("garden@conference.example.org"), []),
        (f"<body>see https://www.example.org/</body>{DIRECT.format('@')}", []),
        (
            f"<body>see xmpp:lounge@rooms.example?join</body>{DIRECT.format('lounge@rooms.example')}",
            [("room", "lounge@rooms.example", False, True)],
        ),
    ],
)
def test_what_is_advertised(inside: str, wanted: list[tuple[str, str, bool, bool]]) -> None:
    assert advertised(inside) == wanted


def test_who_hands_on_an_invitation_is_the_room() -> None:
    mediated = "<x xmlns='http://jabber.org/protocol/muc#user'><invite from='i@j.example'/></x>"
    for sender in ("lounge@rooms.example", "lounge@rooms.example/nick"):
        assert advertised(mediated, sender) == [("room", "lounge@rooms.example", False, True)]


def test_a_link_alone_stands_for_itself() -> None:
    keys = set()
    for body in ("https://offers.example/a", "see https://offers.example/a"):
        case = Case(Stanza.read(f"<message from='a@b/c' to='c@d'><body>{body}</body></message>"), RULES, KEY)
        case.prepare()
        (one,) = Reader(KEY, []).advertised(case, Said(KEY).said(case))
        keys.add(one.text.key)
    assert len(keys) == 2
