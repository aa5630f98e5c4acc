"""What a stanza mentions, in the order in which clients show it, each thing once, with where it stands."""

import pytest

from xmppfilter.judging.case import Case, Rules
from xmppfilter.judging.mentioned import html_of, mentioned
from xmppfilter.memory.state import State
from xmppfilter.stanza.view import Stanza
from xmppfilter.text.budget import Budget
from xmppfilter.text.uris import Link

XHTML = "http://jabber.org/protocol/xhtml-im"
HTML = f"<html xmlns='{XHTML}'><body xmlns='http://www.w3.org/1999/xhtml'>%s</body></html>"


def case(inside: str) -> Case:
    stanza = Stanza.read(f"<message xmlns='jabber:client' from='a@b' to='c@d'>{inside}</message>")
    made = Case(stanza, Rules(), State().key)
    made.prepare()
    return made


def found(inside: str, budget: int = 16_384) -> list[tuple[str, str]]:
    return [
        (link.value if isinstance(link, Link) else " ".join(sorted(link)), where)
        for link, where in mentioned(case(inside), Budget(budget))
    ]


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ("<body>Hello.</body>", []),
        (
            "<body>a.example b.example/x a.example</body>",
            [("a.example", "in the body"), ("b.example/x", "in the body")],
        ),
        (
            "<body>a.example</body><subject>a.example b@c.example</subject>",
            [("a.example", "in the body"), ("b@c.example", "in the subject")],
        ),
        (
            "<body>Hi</body>" + HTML % "<a href='https://a.example/'>b.example</a>",
            [("b.example", "in the xhtml"), ("a.example", "hidden behind a link in the xhtml")],
        ),
        (
            "<body>Hi</body><form xmlns='urn:x'>a.example</form>",
            [("a.example", "beside the body")],
        ),
    ],
)  # fmt: skip
def test_what_is_mentioned_where(inside: str, expected: list[tuple[str, str]]) -> None:
    assert found(inside) == expected


def test_beyond_the_budget_plain_hosts_are_read() -> None:
    assert found("<body>a.example b.example</body>", 1)[-1] == ("a.example b.example", "in the body")


def test_all_texts_share_one_budget() -> None:
    budget = Budget()
    list(mentioned(case("<body>a.example</body><subject>b.example</subject>"), budget))
    alone = Budget()
    list(mentioned(case("<body>a.example</body>"), alone))
    assert budget.left < alone.left < Budget().left


def test_the_xhtml_of_a_stanza() -> None:
    assert [html.tag for html in html_of(case(HTML % "x").stanza)] == [f"{{{XHTML}}}html"]
    assert list(html_of(case("<body>x</body>").stanza)) == []
