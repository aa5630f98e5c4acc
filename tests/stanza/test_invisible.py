"""What clients are known not to show, and the proof on bytes that there is nothing else."""

from xml.etree.ElementTree import Element

import pytest

from tests.carriers import CARRIERS, INVISIBLE
from xmppfilter.stanza.invisible import SPACES, is_invisible, is_thread_id, shows_bodies_only
from xmppfilter.stanza.view import Stanza


def proven(inside: str) -> bool:
    raw = f"<message xmlns='jabber:client' from='a@b' to='c@d'>{inside}</message>"
    return shows_bodies_only(Stanza.parse(raw.encode()))


@pytest.mark.parametrize("inside", CARRIERS.values(), ids=CARRIERS)
def test_nothing_is_proven_of_what_a_client_may_show(inside: str) -> None:
    assert not proven(inside % "Buy this now")
    assert not proven(f"<body>Hi</body>{inside % 'Buy this now'}")


@pytest.mark.parametrize(
    "inside",
    [
        "<body>Hi</body>",
        "<body>Hi</body><body xml:lang='de'>Hallo</body>",
        "<body>Hi</body><request xmlns='urn:xmpp:receipts'/><origin-id xmlns='urn:xmpp:sid:0' id='1'/>",
        "<thread>0c2c9c2e-2c1b</thread><active xmlns='http://jabber.org/protocol/chatstates'/>",
    ],
)
def test_what_clients_usually_send_is_proven(inside: str) -> None:
    assert proven(inside)


def test_the_proof_claims_no_more_than_the_tree() -> None:
    assert not any(
        proven(inside % "Buy this now") for inside in INVISIBLE.values() if "<!--" in inside or "<?" in inside
    )


def test_an_element_is_invisible_by_its_namespace_alone() -> None:
    assert all(is_invisible(Element(f"{{{space}}}x")) for space in SPACES)
    assert not is_invisible(Element("x"))
    assert not is_invisible(Element("{urn:example:x}hints"))


@pytest.mark.parametrize(
    ("text", "is_id"),
    [("", True), (" ab-1_2 ", True), ("a" * 128, True), ("a" * 129, False), ("a b", False), ("\u00fc", False)],
)
def test_a_thread_s_id_is_no_text(text: str, is_id: bool) -> None:
    assert is_thread_id(text) is is_id
