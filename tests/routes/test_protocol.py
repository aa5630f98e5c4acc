"""The words of deploy/PROTOCOL.md."""

import re
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest

from tests.routes.test_verdict import answered
from xmppfilter.judging.verdict import CLEAN, Action, Finding, Verdict
from xmppfilter.routes import protocol
from xmppfilter.routes.reports import is_report, report_of
from xmppfilter.stanza.iq import iq_error, may_be_answered
from xmppfilter.stanza.jid import Jid
from xmppfilter.stanza.kind import Kind
from xmppfilter.stanza.namespaces import CHECK, FORWARD
from xmppfilter.stanza.view import Stanza, StanzaError

DOCUMENT = Path(__file__).parents[2] / "deploy" / "PROTOCOL.md"
PROSODY_TAKES = 512 * 1024
"""Bytes of a component's stanza beyond which Prosody closes its stream (`component_stanza_size_limit`)."""
INNER = (
    "<message xmlns='jabber:client' from='m@e.example/x' to='a@example.org'><body>&amp;<![CDATA[b]]></body></message>"
)


def asked(check: str) -> Stanza:
    """Return the stanza that an IQ with *check* in it asks about."""
    stanza = protocol.question_of(
        Stanza.read(f"<iq type='set' id='c' from='example.org' to='filter.example.org'>{check}</iq>")
    )
    assert stanza is not None
    return stanza


def examples(name: str) -> list[str]:
    return re.findall(rf"<!-- example: {name} -->\n```xml\n(.*?)\n```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)


def test_the_documented_question_is_understood() -> None:
    example, _ = examples("check")
    stanza = protocol.question_of(Stanza.read(example))
    assert stanza is not None
    assert (stanza.sender.full, stanza.kind, stanza.bodies) == ("mallory@evil.example/x", Kind.MESSAGE, ("Hello",))
    assert stanza.meta == {
        "via": "s2s", "direction": "in", "peer": "evil.example", "ip": "192.0.2.7", "tls": "true", "auth": "dialback",
        "contacted": "false", "exists": "true", "online": "true",
    }  # fmt: skip


def test_the_documented_wrapper_is_understood() -> None:
    (example,) = examples("wrapped")
    stanza = protocol.unwrap(Stanza.read(example))
    assert stanza.bodies == ("Hello",)
    assert stanza.meta == {"via": "s2s", "ip": "192.0.2.7"}


def test_the_documented_answers_are_ours() -> None:
    accept, bounce, tag, _hold = examples("verdict")
    question = {"id": "c1", "from": "example.org", "to": "filter.example.org"}
    assert answered(question, CLEAN).decode() == accept
    refused = answered(question | {"id": "c2"}, Verdict(Action.BOUNCE)).decode()
    assert refused.replace(protocol.REFUSAL, "This message was not delivered.") == bounce
    finding = Finding("patterns.string", "", 7.5)
    tagged = Verdict(Action.TAG, findings=(finding,), score=7.5, decided_by=finding)
    assert answered(question | {"id": "c3"}, tagged).decode() == tag


def test_the_documented_report_is_understood() -> None:
    (example,) = examples("report")
    message = Stanza.read(example)
    assert is_report(message)
    report = report_of(message)
    assert (report.reported.full, report.reporter) == ("mallory@evil.example", "alice@example.org")


def test_the_documented_pushes_are_ours() -> None:
    full, unban, unasked = examples("bans")
    (xml,) = protocol.bans([("mallory@evil.example", 1795300920.9)], full=True)
    assert xml in re.sub(r">\s+<", "><", full)
    (xml,) = protocol.bans([("mallory@evil.example", 0)], full=False)
    assert xml in unban
    excepted = ("abuse@example.org", "example.net")
    (xml,) = protocol.bans([("mallory@evil.example", 1795300920.9)], full=True, exceptions=excepted)
    assert xml in re.sub(r">\s+<", "><", unasked)
    lock, unlock = examples("locks")
    (xml,) = protocol.locks([("robot@example.org", True)])
    assert xml in lock
    (xml,) = protocol.locks([("robot@example.org", False)])
    assert xml in unlock


@pytest.mark.parametrize(
    "wrapper",
    [
        "<check xmlns='{check}'><meta via='s2s'/><forwarded xmlns='{forward}'>{inner}</forwarded></check>",
        "<check xmlns='{check}'>\n<forwarded xmlns='{forward}'>\n {inner} \n</forwarded>\n</check>",
        "<check xmlns='{check}'><forwarded xmlns='{forward}'><x xmlns='urn:x'/>{inner}</forwarded></check>",
        "<check xmlns='{check}'><x xmlns='x'><message/></x><forwarded xmlns='{forward}'>{inner}</forwarded></check>",
        "<check xmlns='{check}'><forwarded xmlns='urn:x'/><forwarded xmlns='{forward}'>{inner}</forwarded></check>",
        (
            "<check xmlns='{check}'><forwarded xmlns='urn:x'>{inner}</forwarded>"
            "<forwarded xmlns='{forward}'>{inner}</forwarded></check>"
        ),
        (
            "<x xmlns='urn:x'><check xmlns='{check}'><forwarded xmlns='{forward}'><message/></forwarded></check></x>"
            "<check xmlns='{check}'><forwarded xmlns='{forward}'>{inner}</forwarded><message/></check>"
        ),
        "<check xmlns='{check}'><forwarded xmlns='{forward}'>{inner}</forwarded ></check ><!-- </message> -->",
    ],
)
def test_what_is_unwrapped_is_the_sender_s_own_text(wrapper: str) -> None:
    xml = wrapper.format(check=CHECK, forward=FORWARD, inner=INNER)
    assert asked(xml).raw.decode() == INNER


def test_prefixes_from_outside_are_resolved() -> None:
    xml = (
        f"<check xmlns='{CHECK}' xmlns:c='jabber:client' xmlns:x='urn:x'><forwarded xmlns='{FORWARD}'>"
        "<c:message from='m@evil.example' x:a='1'><c:body>Hi</c:body><x:y/></c:message></forwarded></check>"
    )
    stanza = asked(xml)
    assert stanza.bodies == ("Hi",)
    assert [child.tag for child in stanza.tree] == ["{jabber:client}body", "{urn:x}y"]


@pytest.mark.parametrize(
    "inner",
    [
        "<message xmlns='jabber:client' from='m@e.example'/>",
        "<message xmlns='jabber:client' from='m@e.example' id='a/>'/>".replace(">'", "&gt;'"),
        "<message xmlns='jabber:client' id='>' from='m@e.example'/>",
        "<message xmlns='jabber:client'><forwarded xmlns='urn:xmpp:forward:0'><message/></forwarded></message>",
        "<message xmlns='jabber:client'><message xmlns='jabber:client'><message/></message></message>",
        "<message xmlns='jabber:client'><body>&lt;/message></body></message >",
        "<message xmlns='jabber:client'><body><![CDATA[</message></forwarded></check>]]></body></message>",
        "<messages xmlns='x'/><message xmlns='jabber:client'><messages/></message><messages xmlns='x'></messages>",
    ],
)
def test_every_shape_of_the_inner_stanza_means_the_same(inner: str) -> None:
    xml = f"<forwarded xmlns='{FORWARD}'>{inner}</forwarded>"
    own = next(child for child in fromstring(xml) if child.tag == "{jabber:client}message")
    wrapped = Stanza.read(f"<message from='example.org' to='filter.example.org'>{xml}</message>")
    for stanza in (asked(f"<check xmlns='{CHECK}'>{xml}</check>"), protocol.unwrap(wrapped)):
        assert [(node.tag, node.attrib, node.text) for node in stanza.tree.iter()] == [
            (node.tag, node.attrib, node.text) for node in own.iter()
        ]


@pytest.mark.parametrize("inner", ["", INNER * 2, "<x xmlns='urn:x'/>", "<message/>", "<message xmlns='urn:x'/>"])
def test_what_cannot_be_unwrapped(inner: str) -> None:
    xml = f"<check xmlns='{CHECK}'><forwarded xmlns='{FORWARD}'>{inner}</forwarded></check>"
    with pytest.raises(StanzaError):
        asked(xml)


@pytest.mark.parametrize(("count", "sizes"), [(0, [0]), (1, [1]), (500, [500]), (501, [500, 1]), (1000, [500, 500])])
def test_a_complete_list_is_cut_into_iqs(count: int, sizes: list[int]) -> None:
    entries = [(f"m{n}@evil.example", 1000.0 + n) for n in range(count)]
    parts = list(protocol.bans(entries, full=True))
    assert [part.count("<ban ") for part in parts] == sizes
    assert ["full='true'" in part for part in parts] == [True] + [False] * (len(sizes) - 1)
    assert sum(part.count("<ban ") for part in protocol.bans(entries, full=False)) == count
    assert count or list(protocol.bans(entries, full=False)) == []


@pytest.mark.parametrize("localpart", ["a" * 1000, "\U00010400" * 250])
@pytest.mark.parametrize("resource", ["", "/" + "&" * 1000])
def test_no_iq_is_longer_than_a_server_takes_however_long_the_addresses(localpart: str, resource: str) -> None:
    addresses = [f"{localpart}{n}@evil.example{resource}" for n in range(1200)]
    bans = list(protocol.bans(((address, 1000.0) for address in addresses), full=True))
    locks = list(protocol.locks((address, True) for address in addresses))
    for pushes in (bans, locks):
        assert max(len(push.encode()) for push in pushes) < PROSODY_TAKES
        assert [order.get("jid") for push in pushes for order in fromstring(push)] == addresses


HOSTILE = "a'b\"c<d>&e\n"


def test_nothing_that_others_chose_breaks_our_xml() -> None:
    attributes = "from='m@evil.example/{0}' to='a@example.org' id='{0}'".format("a&apos;b&quot;c&lt;d&gt;&amp;e&#10;")
    stanza = Stanza.read(f"<iq type='get' {attributes}/>")
    for xml in (
        protocol.bounce(stanza),
        iq_error(stanza, "modify", "bad-request", HOSTILE),
        answered(stanza.attributes, CLEAN),
    ):
        tree = fromstring(xml)
        assert tree.get("id") == HOSTILE
        assert tree.get("to") == f"m@evil.example/{HOSTILE}"
    assert fromstring(protocol.hello(HOSTILE, HOSTILE, HOSTILE, 1)).get("software") == HOSTILE
    (xml_locks,) = protocol.locks([(HOSTILE, True)])
    assert fromstring(xml_locks)[0].get("jid") == HOSTILE
    (xml_bans,) = protocol.bans([(HOSTILE, 1)], full=False)
    assert fromstring(xml_bans)[0].get("jid") == HOSTILE


def test_findings_in_words() -> None:
    findings = [Finding("a.b", "seen", 10.0), Finding("c.d", "known", -2.5)]
    assert protocol.describe(findings) == "a.b (+10): seen; c.d (-2.5): known"


@pytest.mark.parametrize(
    ("xml", "answerable"),
    [
        ("<iq type='get' id='1'/>", True),
        ("<iq type='set' id=''/>", True),
        ("<iq type='get'/>", False),
        ("<iq type='result' id='1'/>", False),
        ("<iq type='error' id='1'/>", False),
        ("<message id='1'/>", False),
    ],
)
def test_what_may_be_answered(xml: str, answerable: bool) -> None:
    assert may_be_answered(Stanza.read(xml)) is answerable


@pytest.mark.parametrize(
    ("jid", "spelled"),
    [
        ("mallory@evil.example", ("mallory@evil.example",)),
        ("mällory@evil.example/ä", ("mällory@evil.example/ä",)),
        ("m@böse.example", ("m@böse.example", "m@xn--bse-sna.example")),
        ("böse.example", ("böse.example", "xn--bse-sna.example")),
        ("room@böse.example/nick", ("room@böse.example/nick", "room@xn--bse-sna.example/nick")),
        # a server makes strasse.example of the U-label, which is somebody else
        ("m@straße.example", ("m@xn--strae-oqa.example",)),
    ],
)
def test_the_spellings_of_an_address(jid: str, spelled: tuple[str, ...]) -> None:
    assert protocol.spellings(jid) == spelled
    assert {Jid.parse(name).full for name in spelled} == {jid}
