"""Whatever a server writes of a stranger's stanza, the fast way, the slow way and an XML parser see the same in it.

The stanzas are odd and legal: what they say is known from how they are made, and lxml has the last word.
"""

from collections.abc import Callable
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from tests.xmpp.test_wire import OnWire, asked, canonical, said, wrapped
from xmppfilter import kernels
from xmppfilter.judging.catalogue import filter_names
from xmppfilter.kernels.markup import is_plain
from xmppfilter.stanza.view import Stanza

CLIENT, XML = "jabber:client", "http://www.w3.org/XML/1998/namespace"
PARSER = etree.XMLParser(resolve_entities=False, huge_tree=True)
EVERYTHING = dict.fromkeys(filter_names())

_CHARACTERS = st.sampled_from([*"ab <>&'\"\n\t]", "\u00fc", "\u2603", "\U0001d11e", "]]>", "</message>", "-->", "\r"])
_WORDS = st.lists(_CHARACTERS, max_size=12).map("".join)
_SPACES = st.sampled_from((CLIENT, "jabber:server", "urn:e", "urn:f", "http://jabber.org/protocol/muc#user", XML))


@st.composite
def written_text(draw: st.DrawFn) -> str:
    """Text, each character in one of the ways in which it may stand there."""
    parts = []
    for char in draw(_WORDS):
        ways = [escape(char).replace("\r", "&#13;")]
        if len(char) == 1:
            ways += [f"&#{ord(char)};", f"&#x{ord(char):x};"]
        if char not in {"]]>", "\r", "]"}:
            ways.append(f"<![CDATA[{char}]]>")
        parts.append(draw(st.sampled_from(ways)))
    return "".join(parts)


@st.composite
def written_value(draw: st.DrawFn) -> str:
    """An attribute's value with its quotes, of either kind; white space as itself or as a reference."""
    quote, other = draw(st.sampled_from((("'", "&apos;"), ('"', "&#34;"), ("'", "&#x27;"))))
    value = "".join(
        f"&#{ord(char)};" if len(char) == 1 and draw(st.integers(0, 4)) == 0 else escape(char) for char in draw(_WORDS)
    )
    return quote + value.replace(quote, other) + quote


@st.composite
def written_attributes(draw: st.DrawFn, prefixes: tuple[str, ...]) -> str:
    names = draw(
        st.lists(st.sampled_from(("a", "id", "from", "to", "xmlns-a", "x.y", "\u00fc")), unique=True, max_size=2)
    )
    names += draw(st.lists(st.sampled_from(("xml:lang", "xml:space", "xml:anything")), unique=True, max_size=2))
    names += [f"{prefix}:{draw(st.sampled_from(('a', 'to', 'type')))}" for prefix in prefixes if draw(st.booleans())]
    gap = draw(st.sampled_from((" ", "\n", "  ")))
    equals = draw(st.sampled_from(("=", "=", "=", " = ")))
    return "".join(f"{gap}{name}{equals}{draw(written_value())}" for name in names)


@st.composite
def written_element(draw: st.DrawFn, prefixes: tuple[str, ...] = (), depth: int = 2) -> str:
    """An element: prefixed or not, prefixes declared, declared again or used, the default namespace switched."""
    declared = tuple(draw(st.lists(st.sampled_from(("p", "q", "xm", "message")), unique=True, max_size=2)))
    known = tuple(dict.fromkeys((*prefixes, *declared)))
    prefix = draw(st.sampled_from(("", "", "", *known)))
    name = draw(st.sampled_from(("body", "x", "error", "message", "messages", "subject", "forwarded", "b-c")))
    tag = f"{prefix}:{name}" if prefix else name
    quote = draw(st.sampled_from("'\""))
    spaces = [f" xmlns:{each}={quote}{draw(_SPACES.filter(XML.__ne__))}{quote}" for each in declared]
    if draw(st.booleans()):
        spaces.append(f" xmlns={quote}{draw(_SPACES.filter(XML.__ne__))}{quote}")
    # the same attribute in one namespace by two prefixes is no XML
    start = f"<{tag}{''.join(draw(st.permutations(spaces)))}{draw(written_attributes(known[:1]))}"
    inside = st.one_of(
        written_text(), st.just("<!-- <message> ' -->"), st.just("<?x </message> ?>"), st.sampled_from(("", "\n"))
    )
    if depth:
        inside = st.one_of(inside, written_element(known, depth - 1))
    content = "".join(draw(st.lists(inside, max_size=3)))
    if not content and draw(st.booleans()):
        return f"{start}{draw(st.sampled_from(('', ' ')))}/>"
    return f"{start}>{content}</{tag}{draw(st.sampled_from(('', '', ' ')))}>"


@st.composite
def written_stanzas(draw: st.DrawFn) -> str:
    """A stranger's message or subscription, as some server may write it."""
    name, kind = draw(
        st.sampled_from(
            (("message", "chat"), ("message", "error"), ("message", "groupchat"), ("presence", "subscribe"))
        )
    )
    quote = draw(st.sampled_from("'\""))
    given = [f"xmlns={quote}{CLIENT}{quote}", f"type={quote}{kind}{quote}"]
    given += [f"from={quote}mallory@evil.example/x{quote}", f"to={quote}alice@example.org{quote}"]
    prefixes = ("p",) if draw(st.integers(0, 3)) == 0 else ()
    given += [f"xmlns:p={quote}urn:e{quote}"] * len(prefixes)
    for key in draw(st.lists(st.sampled_from(("id", "xml:lang", "xml:space", "a")), unique=True, max_size=3)):
        given.append(f"{key}={draw(written_value())}")
    plain = st.builds("<body>{}</body>".format, written_text())
    content = draw(st.lists(st.one_of(plain, written_element(prefixes), written_text()), max_size=4))
    return f"<{name} {' '.join(draw(st.permutations(given)))}>{''.join(content)}</{name}>"


def bodies_by_lxml(xml: str) -> tuple[str, ...]:
    return tuple(
        "".join(body.xpath(".//text()")) for body in etree.fromstring(xml.encode(), PARSER).findall(f"{{{CLIENT}}}body")
    )


@settings(max_examples=100, deadline=None)
@given(written_stanzas())
def test_everybody_sees_the_same_bodies_errors_and_attributes(xml: str) -> None:
    root = etree.fromstring(xml.encode(), PARSER)
    stanza = Stanza.parse(xml.encode())
    assert stanza.bodies == bodies_by_lxml(xml)
    assert stanza.has_error_child is (root.find(f"{{{CLIENT}}}error") is not None)
    own = {key: value for key, value in stanza.attributes.items() if ":" not in key and key != "xmlns"}
    assert own == {key: value for key, value in root.attrib.items() if not key.startswith("{")}
    assert etree.tostring(root, method="c14n") == etree.tostring(etree.fromstring(Stanza.read(xml).raw), method="c14n")


@settings(max_examples=60, deadline=None)
@given(written_stanzas(), st.sampled_from((asked, wrapped)))
def test_every_way_comes_to_the_same_verdict(xml: str, wrap: Callable[[str], str]) -> None:
    """Quick or slow: same bodies, kinds, addresses, verdicts, and what goes on is what came."""
    data = wrap(xml)
    quick, slow = OnWire(filters=EVERYTHING), OnWire(filters=EVERYTHING)
    got = quick.receive(data)
    slow.receive_slowly(data.encode())
    assert quick.judged == slow.judged
    assert len(quick.judged) == 1
    assert canonical(got) == canonical(b"".join(slow.out))
    assert said(quick.gateway.counts) == said(slow.gateway.counts)
    assert quick.gateway.counts.malformed == 0
    assert not [rule for rule in quick.gateway.counts.rules if rule.startswith("unreadable")]
    if wrap is wrapped and got:
        sent = etree.fromstring(b"<s xmlns='jabber:client'>" + got + b"</s>", PARSER)[0]
        assert etree.tostring(sent, method="c14n", exclusive=True) == etree.tostring(
            etree.fromstring(f"<s xmlns='jabber:client'>{xml}</s>".encode(), PARSER)[0], method="c14n", exclusive=True
        )


@settings(max_examples=100, deadline=None)
@given(written_stanzas())
def test_what_is_compiled_takes_the_same_for_plain(xml: str) -> None:
    raw = xml.encode()
    plain = kernels.is_plain(raw)
    assert plain is is_plain(raw)
    if plain:
        names = {element.tag for element in etree.fromstring(raw, PARSER).iter() if isinstance(element.tag, str)}
        assert all(f"<{etree.QName(name).localname}".encode() in raw for name in names)


_BREAKS = (
    "<x xmlns:xml='urn:e'/>",
    "<x xmlns:a=''/>",
    "<x xmlns:p='urn:e' xmlns:q='urn:e' p:a='1' q:a='2'/>",
    "<a:b:c/>",
)


@settings(max_examples=100, deadline=None)
@given(
    written_stanzas(), st.sampled_from(_BREAKS), st.sampled_from((asked, wrapped)), st.sampled_from(("", "<!-- -->"))
)
def test_every_way_finds_that_nobody_can_read_it(
    xml: str, broken: str, wrap: Callable[[str], str], around: str
) -> None:
    end = xml.rindex("</")
    xml = f"{xml[:end]}{broken}{xml[end:]}"
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(xml.encode(), PARSER)
    stage = OnWire(filters={"unreadable": {}}, action="tag")
    stage.receive(wrap(xml).replace("<meta", f"{around}<meta"))
    assert stage.gateway.counts.rules == {"unreadable.xml": 1}
    assert len(stage.judged) == 1
