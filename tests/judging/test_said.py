"""Which texts of a stanza count as copies, and how much."""

import pytest

from tests.carriers import OMEMO
from xmppfilter.judging.case import Case, Rules
from xmppfilter.judging.said import ENCRYPTED, INVITATIONS, OF_MESSAGE, OF_REQUEST, QUARTER, SIXTEENTH, Reader, Said
from xmppfilter.memory.state import State
from xmppfilter.stanza.view import Stanza

DIRECT = "<x xmlns='jabber:x:conference' jid='a@b'{}/>"
LONG = "A text of so many letters that nobody but a copy says the same"
STANDARD = "I would like to add you to my roster."


def case(inside: str, name: str = "message", sender: str = "a@b/c") -> Case:
    kind = " type='subscribe'" if name == "presence" else ""
    raw = f"<{name} from='{sender}' to='c@d'{kind}>{inside}</{name}>"
    made = Case(Stanza.read(raw), Rules(), State(b"secret").key)
    made.prepare()
    return made


def said(inside: str, name: str = "message", sender: str = "a@b/c") -> tuple[Said, ...]:
    return Reader(State(b"secret").key).said(case(inside, name, sender))


@pytest.mark.parametrize(
    ("inside", "name", "wanted"),
    [
        ("<body>Hi</body>", "message", [(SIXTEENTH, OF_MESSAGE)]),
        ("<body>Nobody says this to many others</body>", "message", [(QUARTER, OF_MESSAGE)]),
        (f"<body>{LONG}</body>", "message", [(1.0, OF_MESSAGE)]),
        ("<body>https://b.example/" + "abcde/" * 12 + "</body>", "message", [(QUARTER, OF_MESSAGE)]),
        (
            "<body>Well, look at this https://b.example/" + "abcde/" * 12 + "</body>",
            "message",
            [(SIXTEENTH, OF_MESSAGE)],
        ),
        ("<body>  </body>", "message", []),
        ("", "message", []),
        (f"<body>Hi</body><subject>{LONG}</subject>", "message", [(SIXTEENTH, OF_MESSAGE), (1.0, OF_MESSAGE)]),
        (f"<body>{LONG}</body><subject>{LONG}</subject>", "message", [(1.0, OF_MESSAGE)]),
        (f"<body>x</body>{OMEMO}", "message", [(1.0, ENCRYPTED)]),
        (DIRECT.format(""), "message", [(1.0, INVITATIONS)]),
        (DIRECT.format(f" reason='{LONG}'"), "message", [(1.0, OF_MESSAGE)]),
        (f"<status>{LONG}</status>", "presence", [(1.0, OF_REQUEST)]),
        ("", "presence", []),
    ],
)
def test_texts_and_what_a_stranger_counts(inside: str, name: str, wanted: list[tuple[float, str]]) -> None:
    assert [(one.weight, one.subject) for one in said(inside, name)] == wanted


def test_of_an_invitation_few_accounts_reach_less() -> None:
    texts = ("<body>Hi</body>", DIRECT.format(""), DIRECT.format(f" reason='{LONG}'"))
    assert [said(inside)[0].of_few for inside in texts] == [1.0, QUARTER, QUARTER]


@pytest.mark.parametrize(
    ("inside", "sender", "account"),
    [
        ("<body>Hi</body>", "a@b/c", "a@b"),
        ("<x xmlns='http://jabber.org/protocol/muc#user'><invite from='i@j/k'/></x>", "a@b", "i@j in b"),
        ("<x xmlns='http://jabber.org/protocol/muc#user'><invite/></x>", "a@b", "a@b"),
        (DIRECT.format(""), "a@b/c", "a@b"),
    ],
)
def test_whose_it_is(inside: str, sender: str, account: str) -> None:
    key = State(b"secret").key
    assert Reader(key).account(case(inside, sender=sender)) == key(account)


@pytest.mark.parametrize(
    ("inside", "alike"),
    [
        (f"<body>{LONG}</body>", True),
        (f"<body>{STANDARD}</body>", False),
        (f"<body>x</body>{OMEMO}", False),
        (DIRECT.format(""), False),
    ],
)
def test_what_nobody_chose_to_say_is_each_sender_s_own(inside: str, alike: bool) -> None:
    one, same, other = (said(inside, sender=sender)[0].text.key for sender in ("a@b/c", "a@b/d", "e@b/c"))
    assert one == same
    assert (one == other) is alike
