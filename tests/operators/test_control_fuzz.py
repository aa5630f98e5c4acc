"""What is said to the component itself, spoilt in every way: nothing raises, grows or mutes, and work goes on."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.harness import FIVE, settings
from xmppfilter.build import Core
from xmppfilter.gateway.events import Connected, Received, Ticked
from xmppfilter.gateway.gateway import Gateway
from xmppfilter.judging.effects import Effect, Fetch, Forward, Reply, Send, Subscribe
from xmppfilter.memory.state import State
from xmppfilter.registers.rosters import Rosters
from xmppfilter.stanza.view import Stanza, StanzaError
from xmppfilter.stanza.xml import XmlError, parse, serialise

OWN, SERVER, SERVICE, NODE = "filter.example.org", "example.org", "bl.example", "spam_source_domains"
DOCUMENT = (Path(__file__).parents[2] / "deploy" / "PROTOCOL.md").read_text()
EVENT = "http://jabber.org/protocol/pubsub#event"
PUBSUB = "http://jabber.org/protocol/pubsub"
ERROR = "<error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
GROWTH, SENDERS = 20, 100
"""Entries that one update may add to a list; senders that are remembered."""
LARGE = 200
"""Elements from which on a stanza is not made larger."""


def event(inside: str) -> str:
    return f"<message from='{SERVICE}' to='{OWN}' type='headline'><event xmlns='{EVENT}'>{inside}</event></message>"


def answer(name: str, inside: str, sender: str = SERVICE, kind: str = "result") -> str:
    return f"<iq type='{kind}' id='{name}' from='{sender}' to='{OWN}'>{inside}</iq>"


def report(inside: str) -> str:
    return f"<message from='{SERVER}' to='{OWN}'>{inside}</message>"


SPOKEN: list[str] = [
    *re.findall(r"<!-- example: [a-z-]+ -->\n```xml\n(.*?)```", DOCUMENT, re.DOTALL),
    event(f"<items node='{NODE}'><item id='a.example'/><item id='b.example'><x xmlns='urn:x'/></item></items>"),
    event(f"<items node='{NODE}'><retract id='a.example'/></items>"),
    event(f"<purge node='{NODE}'/>"),
    event(f"<delete node='{NODE}'/>"),
    event(f"<configuration node='{NODE}'/>"),
    # what answers us; the ids are those of what was asked
    answer("FETCH", f"<pubsub xmlns='{PUBSUB}'><items node='{NODE}'><item id='a.example'/></items></pubsub>"),
    answer("SUBSCRIBE", f"<pubsub xmlns='{PUBSUB}'><subscription node='{NODE}' subscription='subscribed'/></pubsub>"),
    answer("FETCH", ERROR, kind="error"),
    answer("SUBSCRIBE", ERROR, kind="error"),
    answer("hello-1", "<hello xmlns='urn:xmppfilter:check:0' version='0' software='x' route='verdict'/>", SERVER),
    answer("hello-1", ERROR, SERVER, "error"),
    answer("bans-2", "", SERVER),
    answer("locks-3", ERROR, SERVER, "error"),
    answer("leaving-4", "", SERVER),
    # a report on its own (XEP-0377)
    report(
        "<report xmlns='urn:xmpp:reporting:1' reason='urn:xmpp:reporting:spam'/><forwarded xmlns='urn:xmpp:forward:0'>"
        "<message xmlns='jabber:client' from='mallory@evil.example/x'/></forwarded>"
    ),
]
ADDRESSES = ["", SERVER, SERVICE, OWN, f"{OWN}/x", "evil.example", "alice@example.org", "@", "a@b@c", "x" * 3000]
VALUES = ["", "0", "-1", "true", "9" * 40, "NaN", "2026-11-21T22:27:00Z", "\n", "\0", "\ufffe", "&<>'\"", "x" * 5000]
NAMES = ["items", "item", "retract", "event", "check", "forwarded", "message", "iq", "hello", "meta", "error", "set"]
SPACES = ["", "jabber:client", "urn:xmppfilter:check:0", "urn:xmpp:forward:0", EVENT, PUBSUB, "urn:x"]
TORN = [b"<", b">", b"</", b"/>", b"&", b"'", b"<![CDATA[", b"]]>", b"<!--", b"<?x", b"\0", b"\xff", b"<x:y>", b"&#0;"]


# --- spoiling


@st.composite
def spoilt(draw: st.DrawFn, spoken: str) -> bytes:
    """Change elements and attributes of *spoken*, and now and then its bytes."""
    tree = parse(spoken.strip().encode())
    for _ in range(draw(st.integers(0, 4))):
        element = draw(st.sampled_from(list(tree.iter())))
        draw(st.sampled_from(CHANGES))(draw, tree, element)
    raw = serialise(tree).encode("utf-8", "surrogatepass")
    for _ in range(draw(st.sampled_from([0, 0, 1, 3]))):
        at = draw(st.integers(0, len(raw)))
        raw = raw[:at] + draw(st.sampled_from(TORN)) + raw[at + draw(st.integers(0, 20)) :]
    return raw


Change = Callable[[st.DrawFn, Element, Element], None]


def set_attribute(draw: st.DrawFn, _: Element, element: Element) -> None:
    name = draw(st.sampled_from(["from", "to", "id", "type", "node", "jid", "reporter", "version", "until", "x"]))
    element.set(name, draw(st.sampled_from(ADDRESSES + VALUES)))


def lose_attribute(draw: st.DrawFn, _: Element, element: Element) -> None:
    if element.attrib:
        del element.attrib[draw(st.sampled_from(sorted(element.attrib)))]


def rename(draw: st.DrawFn, _: Element, element: Element) -> None:
    space = draw(st.sampled_from(SPACES))
    name = draw(st.sampled_from(NAMES))
    element.tag = f"{{{space}}}{name}" if space else name


def lose_children(_draw: st.DrawFn, _: Element, element: Element) -> None:
    element[:] = []


def say_something(draw: st.DrawFn, _: Element, element: Element) -> None:
    element.text = draw(st.sampled_from(VALUES))


def multiply(draw: st.DrawFn, tree: Element, element: Element) -> None:
    times = draw(st.sampled_from([1, 2, 50]))
    for parent in tree.iter():
        if element in parent and sum(1 for _ in tree.iter()) < LARGE:
            parent.extend([element] * times)
            return


def nest(draw: st.DrawFn, _tree: Element, element: Element) -> None:
    inner, element[:] = list(element), []
    for _ in range(draw(st.sampled_from([1, 3, 300]))):
        element = SubElement(element, element.tag)
    element.extend(inner)


def add_many(draw: st.DrawFn, _: Element, element: Element) -> None:
    name = draw(st.sampled_from(["item", "retract"]))
    for number in range(draw(st.sampled_from([1, 3 * GROWTH]))):
        SubElement(element, f"{{{draw(st.sampled_from([EVENT, PUBSUB]))}}}{name}", id=f"{number}.example")


CHANGES: list[Change] = [
    set_attribute,
    lose_attribute,
    rename,
    lose_children,
    say_something,
    multiply,
    nest,
    add_many,
]


# --- the component


class Component:
    """A gateway that is connected, greeted, and follows a list."""

    def __init__(self) -> None:
        filters = {
            **FIVE,
            "known_spammers": {"max_senders": SENDERS},
            "blocklist": {"services": [{"jid": SERVICE, "nodes": [NODE]}], "max_growth": GROWTH},
            "mentions": {"cache_size": SENDERS},
            "invitation": {},
        }
        self.gateway: Gateway = Core(settings(filters), State()).gateway
        self.now = 1000.0
        asked = self.gateway.handle(Connected(), self.now)
        self.ids = {b"FETCH": "", b"SUBSCRIBE": ""}
        for effect in asked:
            if isinstance(effect, Fetch):
                self.ids[b"FETCH"] = effect.id
            elif isinstance(effect, Subscribe):
                self.ids[b"SUBSCRIBE"] = effect.id
        assert all(self.ids.values())
        self.hear(answer("h", "<hello xmlns='urn:xmppfilter:check:0'/>", SERVER, "set").encode())

    def hear(self, raw: bytes) -> tuple[Effect, ...]:
        """Take in *raw* as the wire does, which has only seen where it begins and ends."""
        for name, id_ in self.ids.items():
            raw = raw.replace(name, id_.encode())
        stanza = stanza_of(raw)
        if stanza is None:
            return ()
        self.now += 0.25
        return (*self.gateway.handle(Received(stanza), self.now), *self.tick())

    def tick(self) -> Iterator[Effect]:
        """Let pass what is due, as the clock at the edge does."""
        for _ in range(10_000):
            if self.gateway.next_tick() > self.now:
                return
            yield from self.gateway.handle(Ticked(), self.now)
        raise AssertionError("there is always something due")

    def passes(self, sender: str) -> bool:
        """Ask about a message of *sender*, and say whether it may pass."""
        effects = self.hear(
            f"<iq type='set' id='q' from='{SERVER}' to='{OWN}'><check xmlns='urn:xmppfilter:check:0'>"
            f"<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='{sender}'"
            " to='alice@example.org'><body>Hello</body></message></forwarded></check></iq>".encode()
        )
        (reply,) = [effect for effect in effects if isinstance(effect, Reply)]
        return b"action='accept'" in reply.xml

    @property
    def size(self) -> int:
        """How many things are remembered in all."""
        gateway = self.gateway
        held = sum(map(len, gateway.state.structures.values()))
        return held + len(gateway.servers) + gateway.pushes.bans_owed + len(gateway.state.shared(Rosters).by_user)


def stanza_of(raw: bytes) -> Stanza | None:
    for read in (Stanza.parse, Stanza.read):
        try:
            return read(raw)
        except StanzaError:
            continue
    return None


def is_xml(raw: bytes) -> bool:
    try:
        parse(raw)
    except XmlError:
        return False
    return True


@given(st.lists(st.sampled_from(SPOKEN).flatmap(spoilt), min_size=1, max_size=4))
def test_whatever_is_said_to_us_work_goes_on(said: list[bytes]) -> None:
    component = Component()
    gateway = component.gateway
    for raw in said:
        before, failures = component.size, gateway.counts.failures
        for effect in component.hear(raw):
            if isinstance(effect, Reply | Send):
                assert parse(effect.xml).get("from", OWN) is not None, "what we say is well-formed"
            assert not isinstance(effect, Forward) or stanza_of(effect.xml) is not None
        assert component.size <= before + 2 * GROWTH, "one stanza makes no more than an update may"
        assert gateway.counts.failures == failures or not is_xml(raw), "judging has not failed"
    assert not [name for name, health in gateway.setup.pipeline.health.items() if health.muted_until]
    component.now += 3600
    list(component.tick())
    assert component.passes("somebody@new.example/x")
    component.hear(event(f"<items node='{NODE}'><item id='late.example'/></items>").encode())
    assert not component.passes("mallory@late.example/x"), "the list is followed all the same"


# --- much of it


@pytest.mark.parametrize(
    ("what", "most"),
    [
        (event("<items node='node%'><item id='%.example'/></items>"), 0),
        (event(f"<items node='{NODE}'><retract id='%.example'/></items>"), 0),
        (event("<purge node='node%'/>"), 0),
        (
            answer("items-%", f"<pubsub xmlns='{PUBSUB}'><items node='{NODE}'><item id='x.example'/></items></pubsub>"),
            1,
        ),
        (answer("subscribe-%", ""), 0),
        (answer("hello-%", "<hello xmlns='urn:xmppfilter:check:0' software='%'/>", SERVER), 0),
        (answer("leaving-%", "", SERVER), 0),
        (answer("h%", "<hello xmlns='urn:xmppfilter:check:0' software='%' options='%'/>", SERVER, "set"), 0),
        (answer("h%", "<hello xmlns='urn:xmppfilter:check:0' software='%'/>", "evil%.example", "set"), 0),
        (answer("c%", "<check xmlns='urn:xmppfilter:check:0'><nothing%/></check>", SERVER, "set"), 0),
        (answer("r%", "<release xmlns='urn:xmppfilter:check:0' ref='%'/>", SERVER, "set"), 0),
        (
            report("<spam-report xmlns='urn:xmppfilter:check:0' jid='u%@evil.example'/>"),
            SENDERS,
        ),
        (f"<presence from='evil%.example' to='u%@{OWN}' type='subscribe'/>", 0),
    ],
)
def test_nothing_grows_without_end(what: str, most: int) -> None:
    component = Component()
    before = component.size
    for number in range(1000):
        component.hear(what.replace("%", str(number)).encode())
    assert component.size - before <= most
    assert component.passes("somebody@new.example/x")
