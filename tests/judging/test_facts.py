"""Which messages are attempts to be heard by somebody."""

import pytest

from tests.carriers import CARRIERS, HANDED_ON, OMEMO, OMEMO_KEYS
from xmppfilter.judging.case import Case, Rules
from xmppfilter.judging.facts import beside, is_contact_attempt, readable
from xmppfilter.memory.state import State
from xmppfilter.stanza.view import Stanza

NICK = "nick (XEP-0172)"
FALLBACK = "<body>Encrypted</body>"


def case(inside: str) -> Case:
    stanza = Stanza.read(f"<message xmlns='jabber:client' from='a@b' to='c@d'>{inside}</message>")
    made = Case(stanza, Rules(), State().key)
    made.prepare()
    return made


@pytest.mark.parametrize(
    ("inside", "attempt"),
    [
        ("<body>Hi</body>", True),
        ("", False),
        ("<received xmlns='urn:xmpp:receipts' id='1'/>", False),
        ("<active xmlns='http://jabber.org/protocol/chatstates'/>", False),
        ("<propose xmlns='urn:xmpp:jingle-message:0' id='1'/>", False),
        (OMEMO, True),
        (OMEMO_KEYS.format(""), True),
        ("<x xmlns='jabber:x:conference' jid='room@b.example'/>", True),
        ("<x xmlns='http://jabber.org/protocol/muc#user'><invite from='a@b'/></x>", True),
        *((carrier % "Buy this now", name != NICK) for name, carrier in CARRIERS.items()),
        *((carrier % "Buy this now", False) for carrier in HANDED_ON.values()),
    ],
)
def test_only_what_says_something_is_an_attempt(inside: str, attempt: bool) -> None:
    assert is_contact_attempt(case(inside)) is attempt


def test_readable_are_the_bodies_that_are_no_fallback() -> None:
    assert readable(case("<body>Hi</body>")) == ("Hi",)
    assert readable(case(FALLBACK + OMEMO)) == ()


def test_beside_the_bodies_is_the_rest() -> None:
    assert [(part.field, part.text) for part in beside(case("<body>Hi</body><subject>News</subject>"))] == [
        ("subject", "News")
    ]
