"""The route inline on ejabberd: stanzas are handed over whole, and come back from the component or do not."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.live.ejabberd import Ejabberd
from tests.live.ejabberd_host import FILTER, HOST, EjabberdHost, filtered, gone, on_ejabberd, tagged
from tests.live.rawcomponent import Asked
from tests.live.xmlstream import Received

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ejabberd]:
    with filtered(tmp_path_factory.mktemp("inline"), route="inline") as running:
        yield running


@pytest.fixture
async def host(server: Ejabberd) -> AsyncIterator[EjabberdHost]:
    async with on_ejabberd(server) as connected:
        yield connected


def inner(wrapped: Received) -> str:
    """The stanza inside, as a component sends it back: in the namespace of its own stream."""
    text = wrapped.raw.decode()
    begin = text.index(">", text.index("<forwarded")) + 1
    return text[begin : text.index("</forwarded>")].replace(" xmlns='jabber:client'", "", 1)


def send_back(host: EjabberdHost, change: str = "") -> None:
    """Send every stanza back, with something added as its last child."""
    arrived = host.filter.arrived

    def hand_back(stanza: Received) -> None:
        arrived(stanza)
        if stanza.name == "message" and b"<forwarded" in stanza.raw:
            stanza_inside = inner(stanza)
            close = stanza_inside.rindex("</") if not stanza_inside.endswith("/>") else len(stanza_inside)
            host.filter.send(stanza_inside[:close] + change + stanza_inside[close:])

    host.filter.arrived = hand_back  # type: ignore[method-assign]


async def test_a_strangers_stanza_goes_through_the_component(host: EjabberdHost) -> None:
    send_back(host, tagged("2"))
    alice = await host.login(host.alice)
    host.say("hello")
    message = await alice.message("hello")
    assert message.get("from") == f"{host.mallory}/x"
    assert b"urn:xmppfilter:tag:0" in message.raw
    [asked] = host.filter.asked
    assert asked.asker == HOST
    assert asked.meta["via"] == "component"
    assert asked.meta["ip"] == "127.0.0.1"


async def test_what_the_component_keeps_does_not_arrive(host: EjabberdHost) -> None:
    alice = await host.login(host.alice)
    host.say("kept")
    [asked] = await host.filter.questions(1)
    assert isinstance(asked, Asked)
    await alice.sync()
    assert alice.inbox == []


async def test_contacts_do_not_go_through_the_component(host: EjabberdHost) -> None:
    alice = await host.login(host.alice)
    await host.server.add_contact(host.alice, host.mallory)
    host.say("hello")
    await alice.message("hello")
    assert host.filter.asked == []


async def test_without_a_component_stanzas_are_delivered(host: EjabberdHost) -> None:
    alice = await host.login(host.alice)
    host.filter.abort()
    await gone(host.server, FILTER)
    host.say("hello", extra=tagged("-5"))
    message = await alice.message("hello")
    assert b"urn:xmppfilter:tag:0" not in message.raw


async def test_outgoing_stanzas_go_through_the_component_and_the_roster_learns_of_them(host: EjabberdHost) -> None:
    send_back(host)
    alice = await host.login(host.alice)
    alice.say(host.mallory, "out")
    received = await host.evil.take(lambda s: s.body == "out", "message")
    assert received.get("from") == alice.jid
    alice.subscribe(host.mallory)
    await host.evil.take(lambda s: s.get("type") == "subscribe", "subscribe")
    roster = await alice.iq("<query xmlns='jabber:iq:roster'/>", type_="get")
    [item] = roster.element.iter("{jabber:iq:roster}item")
    assert (item.get("jid"), item.get("ask")) == (host.mallory, "subscribe")
    assert [asked.meta["direction"] for asked in host.filter.asked] == ["out", "out"]


async def test_a_wrapped_subscription_request_is_delivered(host: EjabberdHost) -> None:
    send_back(host)
    alice = await host.login(host.alice)
    host.evil.send(f"<presence from='{host.mallory}' to='{host.alice}' type='subscribe'/>")
    request = await alice.take(lambda s: s.get("type") == "subscribe", "subscribe")
    assert request.get("from") == host.mallory
