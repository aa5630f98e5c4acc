"""The words of publish-subscribe: what is written, and what is understood."""

import pytest

from tests.lists.service import NODE, PUBSUB, RSM
from xmppfilter.lists.pubsub import Said, is_event, request, said, state_of, subscription
from xmppfilter.stanza.view import Stanza
from xmppfilter.stanza.xml import parse

OWN, BL = "filter.example.org", "xmppbl.example"


def event(inside: str) -> Stanza:
    return Stanza.read(f"<message from='{BL}' to='{OWN}'><event xmlns='{PUBSUB}#event'>{inside}</event></message>")


def test_a_page_is_asked_for_behind_the_items() -> None:
    """Prosody looks at the first child alone."""
    pubsub = parse(request(OWN, BL, "a'b", "items-1", 200, "1<2"))[0]
    assert [child.tag for child in pubsub] == [f"{{{PUBSUB}}}items", f"{{{RSM}}}set"]
    assert pubsub[0].attrib == {"node": "a'b"}
    assert [(child.tag, child.text) for child in pubsub[1]] == [(f"{{{RSM}}}max", "200"), (f"{{{RSM}}}after", "1<2")]


def test_the_first_page_has_nothing_before_it_and_everything_is_no_page() -> None:
    assert [child.tag for child in parse(request(OWN, BL, NODE, "items-1", 200))[0][1]] == [f"{{{RSM}}}max"]
    assert len(parse(request(OWN, BL, NODE, "items-1"))[0]) == 1


@pytest.mark.parametrize(("wanted", "verb"), [(True, "subscribe"), (False, "unsubscribe")])
def test_a_subscription_is_of_the_component_itself(wanted: bool, verb: str) -> None:
    iq = parse(subscription(OWN, BL, NODE, "subscribe-1", wanted=wanted))
    assert (iq.get("type"), iq.get("to"), iq.get("id")) == ("set", BL, "subscribe-1")
    assert (iq[0][0].tag, iq[0][0].attrib) == (f"{{{PUBSUB}}}{verb}", {"node": NODE, "jid": OWN})


@pytest.mark.parametrize(
    ("inside", "state"),
    [
        ("", "subscribed"),
        (f"<pubsub xmlns='{PUBSUB}'><subscription subscription='pending'/></pubsub>", "pending"),
        (f"<pubsub xmlns='{PUBSUB}'><subscription/></pubsub>", "subscribed"),
    ],
)
def test_the_state_of_a_subscription(inside: str, state: str) -> None:
    assert state_of(Stanza.read(f"<iq type='result' id='s' from='{BL}' to='{OWN}'>{inside}</iq>")) == state


@pytest.mark.parametrize(
    ("inside", "told"),
    [
        ("", []),
        ("<items node='n'/>", []),
        ("<items node='n'><item id='a'/><item id='b'><x/></item></items>", [Said("n", ("a", "b"))]),
        (
            "<items node='n'><item id='a'/><retract id='b'/><retract id='c'/><item id='d'/></items>",
            [Said("n", ("a",)), Said("n", (), ("b", "c")), Said("n", ("d",))],
        ),
        ("<items node='n'><item/><retract/><item id='a'/><item xmlns='urn:x' id='b'/></items>", [Said("n", ("a",))]),
        ("<purge node='n'/><delete node='m'/><purge xmlns='urn:x' node='n'/>", [Said("n"), Said("m")]),
        ("<items node='n'><item id='a'/></items><items><item id='b'/></items>", [Said("n", ("a",)), Said("", ("b",))]),
        ("<configuration node='n'/><subscription node='n'/>", []),
    ],
)
def test_what_an_event_says_in_its_order(inside: str, told: list[Said]) -> None:
    message = event(inside)
    assert is_event(message)
    assert [*said(message)] == told


def test_what_is_no_event() -> None:
    for inside in ("", "<event/>", f"<x><event xmlns='{PUBSUB}#event'/></x>", f"<event xmlns='{PUBSUB}'/>"):
        assert not is_event(Stanza.read(f"<message from='{BL}' to='{OWN}'>{inside}</message>"))
