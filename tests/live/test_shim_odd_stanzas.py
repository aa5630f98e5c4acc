"""Odd but legal stanzas of strangers reach their recipient as they do without the filter: both servers, both routes."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal
from xml.etree.ElementTree import Element

import pytest

from tests.live import ejabberd, prosody
from tests.live.ejabberd import Ejabberd
from tests.live.prosody import Prosody
from tests.live.rawclient import RawClient
from tests.live.rawcomponent import RawComponent
from xmppfilter.routes import protocol
from xmppfilter.stanza.view import Stanza

pytestmark = pytest.mark.live

FILTER, EVIL = "filter.example.org", "evil.example"
FILTERED, PLAIN = "example.org", "other.example"
"""Two hosts of the server: one has the module, the other has not."""
XML = b"http://www.w3.org/XML/1998/namespace"
KINDS: tuple[Literal["prosody", "ejabberd"], ...] = ("prosody", "ejabberd")
ROUTES = ("verdict", "inline")

PAYLOADS = {
    "xml:id": "<body xml:id='b1'>x</body>",
    "xml:anything": "<body xml:anything='1'>x</body>",
    "xml:anything deep down": "<body>x</body><a xmlns='urn:a'><b xml:odd='2'><c xml:other=\"it's\"/></b></a>",
    "an element of xml": "<body>x</body><xml:odd><inner/><a xmlns='urn:a'/></xml:odd>",
    "prefixed attributes": "<a xmlns='urn:a' xmlns:p='urn:p' p:one='1' xmlns:q='urn:q' q:one='2' one='3'/>",
    "one attribute in two namespaces": "<p:a xmlns:p='urn:p' xmlns:q='urn:q' p:x='1' q:x='2'><q:b p:x='4'/></p:a>",
    "prefixed elements": "<body>x</body><p:a xmlns:p='urn:p'><p:b><c xmlns='urn:c'><p:d/></c></p:b></p:a>",
    "a prefix bound twice": "<p:a xmlns:p='urn:p'><p:b xmlns:p='urn:other'/><p:c/></p:a>",
    "nested default namespaces": "<a xmlns='urn:a'><b xmlns='urn:b'><c xmlns='urn:a'/></b><e xmlns=''><f/></e></a>",
    "CDATA": "<body><![CDATA[<&>'\" ]]>]]&gt;<![CDATA[x]]></body>",
    "the end of CDATA": "<body>]]&gt; ]&#93;&gt; &gt; a&gt;b</body><a xmlns='urn:a'>]]<b/>&gt;</a>",
    "references": "<body>&#65;&#x1F600;&#38;#60; &amp;lt;</body>",
    "newlines": "<body>one\ntwo\tthree\r\nfour&#10;&#9;five</body>",
    "carriage returns": "<body>one&#13;two&#13;&#10;three</body>",
    "newlines in attributes": "<body>x</body><a xmlns='urn:a' x='one&#10;two&#9;three&#13;four  five'/>",
    "white space in attributes": "<body>x</body><a xmlns='urn:a' x='one\ntwo\tthree  four'/>",
    "emoji": "<body>\U0001f600\U0001f469‍\U0001f4bb \ufffd \u2028</body><a xmlns='urn:a' \u00e9\u00e8='\U0001f389'/>",
    "both quotes": """<body>'"'"</body><a xmlns="urn:'a'" x="it's" y='say "x"' z='&apos;&quot;'/>""",
    "angle brackets in attributes": "<a xmlns='urn:a' x='&lt;b> > ]]>'>></a><body>x</body>",
    "comments' letters": "<body>&lt;!-- x --&gt; &lt;?x?&gt; &lt;![CDATA[</body>",
    "empty": "",
    "white space between": "\n <body>x</body>\n\t<a xmlns='urn:a'/> \n",
    "an inner stanza": "<forwarded xmlns='urn:xmpp:forward:0'>"
    "<message xmlns='jabber:client'><body>y</body></message></forwarded>",
    "our own protocol": "<check xmlns='urn:xmppfilter:check:0'><meta/>"
    "<forwarded xmlns='urn:xmpp:forward:0'><message/></forwarded></check>",
    "a long name": f"<{'n' * 900} xmlns='urn:{'u' * 900}' {'a' * 900}='x'/>",
    "deep": "<a xmlns='urn:a'>" + "<b>" * 60 + "</b>" * 60 + "</a>",
    "many attributes": "<a xmlns='urn:a' " + " ".join(f"a{n}='{n}'" for n in range(90)) + "/>",
}


class _Lenient(RawClient):
    """Reads what no parser does: Prosody binds the namespace of `xml:` to a prefix of its own."""

    def data_received(self, data: bytes) -> None:
        super().data_received(data.replace(XML, b"urn:the-xml-namespace"))


def written(element: Element) -> tuple[object, ...]:
    """All of it but prefixes and the order of attributes, which mean nothing."""
    attributes = {key.replace(XML.decode(), "urn:the-xml-namespace"): value for key, value in element.attrib.items()}
    attributes.pop("to", None)
    inside = [written(child) for child in element]
    tag = element.tag.replace(XML.decode(), "urn:the-xml-namespace")
    return (tag, sorted(attributes.items()), element.text or "", element.tail or "", inside)


@asynccontextmanager
async def filtered(directory: Path, kind: str, route: str) -> AsyncIterator[Prosody | Ejabberd]:
    """Run a server with one filtered and one plain host, and alice on both."""
    server: Prosody | Ejabberd
    if kind == "prosody":
        server = Prosody(
            directory,
            hosts={FILTERED: prosody.shim(FILTER, route=route, timeout=5), PLAIN: {}},
            components={
                FILTER: {"component_secret": "secret", "validate_from_addresses": False},
                EVIL: {"component_secret": "secret"},
            },
        )
        server.add_users(f"alice@{FILTERED}", f"alice@{PLAIN}")
        async with server:
            yield server
    else:
        server = Ejabberd(
            directory,
            hosts={FILTERED: ejabberd.shim(FILTER, route=route), PLAIN: {}},
            components={FILTER: {"check_from": False}, EVIL: {}},
        )
        async with server:
            await server.add_users(f"alice@{FILTERED}", f"alice@{PLAIN}")
            yield server


async def _received(
    server: Prosody | Ejabberd, host: str, evil: RawComponent, inline: RawComponent | None
) -> list[tuple[object, ...]]:
    """Send all to alice of *host*, and return what she gets; what *inline* is handed it sends back."""
    alice = await _Lenient.login(f"alice@{host}", prosody.PASSWORD, server.c2s_port)
    for number, payload in enumerate(PAYLOADS.values()):
        evil.send(f"<message id='m{number}' from='mallory@{EVIL}/x&apos;&quot;' to='alice@{host}'>{payload}</message>")
        if inline is not None:
            inline.send_back((await inline.questions(number + 1))[-1])
    await alice.until(lambda: sum(s.name == "message" for s in alice.inbox) == len(PAYLOADS), "every stanza")
    found = [written(stanza.element) for stanza in alice.inbox if stanza.name == "message"]
    await alice.close()
    return found


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("kind", KINDS)
async def test_odd_stanzas_arrive_as_without_the_filter(tmp_path: Path, kind: str, route: str) -> None:
    async with filtered(tmp_path, kind, route) as server:
        filter_ = await server.attach(FILTER)
        evil = await server.attach(EVIL)
        plain = await _received(server, PLAIN, evil, None)
        through = await _received(server, FILTERED, evil, filter_ if route == "inline" else None)
        asked = list(filter_.asked)
    assert len(asked) == len(PAYLOADS)
    for name, wanted, found in zip(PAYLOADS, plain, through, strict=True):
        assert found == wanted, name
    for name, question in zip(PAYLOADS, asked, strict=True):
        # what parses the whole question accepts it, and what is cut out of it is the sender's
        outer = Stanza.parse(question.carrier)
        inner = protocol.unwrap(outer) if route == "inline" else protocol.question_of(outer)
        assert inner is not None, name
        assert inner.id == f"m{list(PAYLOADS).index(name)}", name
        assert re.match(rb"<message[ >]", inner.raw), name
