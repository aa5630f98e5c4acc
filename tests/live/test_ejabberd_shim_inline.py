"""The route inline on ejabberd: stanzas are handed over whole, and come back from the component or do not."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.live.ejabberd import Ejabberd
from tests.live.ejabberd_stage import FILTER, HOST, Stage, filtered, gone, on_stage, tagged
from tests.live.rawcomponent import Asked
from tests.live.xmlstream import Received

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ejabberd]:
    with filtered(tmp_path_factory.mktemp("inline"), route="inline") as running:
        yield running


@pytest.fixture
async def stage(server: Ejabberd) -> AsyncIterator[Stage]:
    async with on_stage(server) as connected:
        yield connected


def inner(wrapped: Received) -> str:
    """The stanza inside, as a component sends it back: in the namespace of its own stream."""
    text = wrapped.raw.decode()
    begin = text.index(">", text.index("<forwarded")) + 1
    return text[begin : text.index("</forwarded>")].replace(" xmlns='jabber:client'", "", 1)


def send_back(stage: Stage, change: str = "") -> None:
    """Send every stanza back, with something added as its last child."""
    arrived = stage.filter.arrived

    def hand_back(stanza: Received) -> None:
        arrived(stanza)
        if stanza.name == "message" and b"<forwarded" in stanza.raw:
            stanza_inside = inner(stanza)
            close = stanza_inside.rindex("</") if not stanza_inside.endswith("/>") else len(stanza_inside)
            stage.filter.send(stanza_inside[:close] + change + stanza_inside[close:])

    stage.filter.arrived = hand_back  # type: ignore[method-assign]


async def test_a_strangers_stanza_goes_through_the_component(stage: Stage) -> None:
    send_back(stage, tagged("2"))
    alice = await stage.login(stage.alice)
    stage.say("hello")
    message = await alice.message("hello")
    assert message.get("from") == f"{stage.mallory}/x"
    assert b"urn:xmppfilter:tag:0" in message.raw
    [asked] = stage.filter.asked
    assert asked.asker == HOST
    assert asked.meta["via"] == "component"
    assert asked.meta["ip"] == "127.0.0.1"


async def test_what_the_component_keeps_does_not_arrive(stage: Stage) -> None:
    alice = await stage.login(stage.alice)
    stage.say("kept")
    [asked] = await stage.filter.questions(1)
    assert isinstance(asked, Asked)
    await alice.sync()
    assert alice.inbox == []


async def test_contacts_do_not_go_through_the_component(stage: Stage) -> None:
    alice = await stage.login(stage.alice)
    await stage.server.add_contact(stage.alice, stage.mallory)
    stage.say("hello")
    await alice.message("hello")
    assert stage.filter.asked == []


async def test_without_a_component_stanzas_are_delivered(stage: Stage) -> None:
    alice = await stage.login(stage.alice)
    stage.filter.abort()
    await gone(stage.server, FILTER)
    stage.say("hello", extra=tagged("-5"))
    message = await alice.message("hello")
    assert b"urn:xmppfilter:tag:0" not in message.raw


async def test_outgoing_stanzas_go_through_the_component_and_the_roster_learns_of_them(stage: Stage) -> None:
    send_back(stage)
    alice = await stage.login(stage.alice)
    alice.say(stage.mallory, "out")
    received = await stage.evil.take(lambda s: s.body == "out", "message")
    assert received.get("from") == alice.jid
    alice.subscribe(stage.mallory)
    await stage.evil.take(lambda s: s.get("type") == "subscribe", "subscribe")
    roster = await alice.iq("<query xmlns='jabber:iq:roster'/>", type_="get")
    [item] = roster.element.iter("{jabber:iq:roster}item")
    assert (item.get("jid"), item.get("ask")) == (stage.mallory, "subscribe")
    assert [asked.meta["direction"] for asked in stage.filter.asked] == ["out", "out"]


async def test_a_wrapped_subscription_request_is_delivered(stage: Stage) -> None:
    send_back(stage)
    alice = await stage.login(stage.alice)
    stage.evil.send(f"<presence from='{stage.mallory}' to='{stage.alice}' type='subscribe'/>")
    request = await alice.take(lambda s: s.get("type") == "subscribe", "subscribe")
    assert request.get("from") == stage.mallory
