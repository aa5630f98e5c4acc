"""deploy/PROTOCOL.md is right: its examples are valid, the component understands them, and what we say is valid too."""

import re
from pathlib import Path

import pytest
from lxml import etree

from tests.harness import Harness, settings
from tests.routes.test_verdict import answered
from xmppfilter.build import Core
from xmppfilter.gateway.events import Connected, Received, Ticked
from xmppfilter.judging.effects import Forward, Reply, Send
from xmppfilter.judging.verdict import Action, Finding, Verdict
from xmppfilter.memory.state import State
from xmppfilter.stanza.namespaces import CHECK
from xmppfilter.stanza.view import Stanza

FOLDER = Path(__file__).parents[2] / "deploy"
DOCUMENT = (FOLDER / "PROTOCOL.md").read_text()
EXAMPLES: list[tuple[str, str]] = re.findall(r"<!-- example: ([a-z-]+) -->\n```xml\n(.*?)```", DOCUMENT, re.DOTALL)
SCHEMA = etree.RelaxNG(etree.parse(FOLDER / "protocol.rng"))
OURS = f"{{{CHECK}}}"


def ours_in(xml: str | bytes) -> list[etree._Element]:
    """Return the elements of our namespace that stand directly in the stanza *xml*."""
    return [child for child in etree.fromstring(xml) if child.tag.startswith(OURS)]


def valid(element: etree._Element) -> bool:
    # the schema is for the element alone, without the namespaces declared around it
    return bool(SCHEMA.validate(etree.fromstring(etree.tostring(element, with_tail=False))))


def test_there_is_an_example_of_everything() -> None:
    elements = {child.tag.removeprefix(OURS) for _, xml in EXAMPLES for child in ours_in(xml)}
    said_and_asked = {"check", "meta", "verdict", "hello", "leaving", "spam-report"}
    assert elements == said_and_asked | {"bans", "locks", "unlocked", "release", "discard"}


@pytest.mark.parametrize(("name", "xml"), EXAMPLES, ids=[f"{name}-{n}" for n, (name, _) in enumerate(EXAMPLES)])
def test_each_example_is_valid(name: str, xml: str) -> None:
    found = ours_in(xml)
    assert len(found) == 1, name
    assert valid(found[0]), SCHEMA.error_log


@pytest.mark.parametrize(
    "xml",
    [
        "<verdict xmlns='urn:xmppfilter:check:0' action='perhaps'/>",
        "<verdict xmlns='urn:xmppfilter:check:0' action='hold'/>",
        "<check xmlns='urn:xmppfilter:check:0'/>",
        "<bans xmlns='urn:xmppfilter:check:0'><ban jid='a@b.example' until='tomorrow'/></bans>",
        "<meta xmlns='urn:xmppfilter:check:0' via='pigeon'/>",
        "<release xmlns='urn:xmppfilter:check:0'/>",
    ],
)
def test_the_schema_refuses_what_is_wrong(xml: str) -> None:
    assert not valid(etree.fromstring(xml))


def example(name: str) -> str:
    return next(xml for found, xml in EXAMPLES if found == name)


def test_the_component_understands_what_servers_say() -> None:
    gateway = Core(settings(), State()).gateway
    hello = gateway.handle(Received(Stanza.read(example("hello"))), 0.0)
    assert gateway.servers["example.org"].software == "mod_xmppfilter 0.1 (Prosody 0.12.3)"
    assert gateway.servers["example.org"].options == "outbound hold reports locks"
    assert any(isinstance(effect, Reply) for effect in hello)
    (confirmed, _) = gateway.handle(Received(Stanza.read(example("unlocked"))), 1.0)
    assert confirmed == Reply(b"<iq type='result' id='u1' from='filter.example.org' to='example.org'/>", durable=True)
    (answer,) = gateway.handle(Received(Stanza.read(example("check"))), 1.0)
    assert isinstance(answer, Reply)
    assert etree.tostring(etree.fromstring(answer.xml), method="c14n") == etree.tostring(
        etree.fromstring(example("verdict")), method="c14n"
    )
    gateway.handle(Received(Stanza.read(example("report"))), 2.0)
    assert gateway.counts.reports == {"named": 1}
    (forward,) = gateway.handle(Received(Stanza.read(example("wrapped"))), 3.0)
    assert isinstance(forward, Forward)
    assert b"<body>Hello</body>" in forward.xml


def test_what_the_component_says_is_valid() -> None:
    scene = Harness()
    gateway = scene.replay._gateway
    said = list(gateway.handle(Connected(), 0.0))
    said += gateway.handle(Received(Stanza.read(example("hello"))), 0.0)
    for n in range(10):
        scene.message(None, type="error", sender=f"a{n}@evil.example/x")
    scene.message(None, type="error", sender="robot@example.org/x", to="a@b.example")
    said += gateway.handle(Ticked(), 5.0)
    scene.command("spammers", "pardon", "a1@evil.example")
    said += gateway.handle(Ticked(), 6.0)
    stanzas = [effect.xml for effect in said if isinstance(effect, Reply | Send)]
    names = {child.tag.removeprefix(OURS) for xml in stanzas for child in ours_in(xml)}
    assert names == {"hello", "bans"}
    assert all(valid(child) for xml in stanzas for child in ours_in(xml))


@pytest.mark.parametrize("action", list(Action))
def test_every_verdict_is_valid(action: Action) -> None:
    verdict = Verdict(action, score=12.5, decided_by=Finding("patterns.string", "it is there"))
    (said,) = ours_in(answered({"id": "<'1'>", "from": "example.org", "to": "filter.example.org"}, verdict))
    assert valid(said), SCHEMA.error_log
