"""mod_xmppfilter writes its questions as text of its own: what they carry is what was sent, however it is written."""

from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

import pytest

from tests.live.prosody_host import ALICE, prosody_host

pytestmark = pytest.mark.live

PAYLOADS = (
    "<body>" + "long " * 2000 + "</body><x xmlns='urn:x'><y><z/></y></x>",
    "<body>short</body>",
    "",
    "<body xml:lang='de'>&amp;lt; &lt;b&gt; &apos;&quot; \u00e9 \U0001f389 ]]&gt;</body>",
    """<x xmlns='urn:x' plain="it's &quot;" xmlns:a='urn:a' a:one='&lt;1&gt;' a:two='2' xmlns:b="urn:'b" b:one='3'/>""",
    "<a xmlns='urn:a'> <b xmlns='urn:b'/> <c/> <d xmlns='jabber:client'/> text</a>",
    "<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client'><body>another</body></message></forwarded>",
    "<check xmlns='urn:xmppfilter:check:0'><meta/><forwarded xmlns='urn:xmpp:forward:0'><message/></forwarded></check>",
)


def written(element: Element) -> tuple[object, ...]:
    """All of it but prefixes and the order of attributes, which mean nothing."""
    inside = [written(child) for child in element]
    return (element.tag, sorted(element.attrib.items()), element.text or "", element.tail or "", inside)


@pytest.mark.parametrize("route", ["verdict", "inline"])
async def test_a_question_carries_what_was_sent(tmp_path: Path, route: str) -> None:
    sent = [
        f"<message id='{number}' xml:lang='de' from='x@evil.example/\u00e9 &lt;&amp;' to='{ALICE}'>{payload}</message>"
        for number, payload in enumerate(PAYLOADS)
    ]
    options = {"validate_from_addresses": False} if route == "inline" else {}
    async with prosody_host(tmp_path, route=route, filter_options=options) as s:
        (await s.evil()).send("".join(sent))
        asked = await s.filter.questions(len(sent))
        if route == "inline":
            for question in asked:
                s.filter.send_back(question)
        delivered = [await s.alice.message() for _ in sent]
    wanted = [written(fromstring(f"<stream xmlns='jabber:client'>{stanza}</stream>")[0]) for stanza in sent]
    assert [written(question.stanza) for question in asked] == wanted
    assert [written(stanza.element) for stanza in delivered] == wanted
