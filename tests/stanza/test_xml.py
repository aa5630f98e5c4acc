"""XML in and out."""

import time
from xml.etree.ElementTree import Element, canonicalize, fromstring, tostring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppfilter.kernels import is_plain
from xmppfilter.stanza.namespaces import XML
from xmppfilter.stanza.xml import (
    XmlError,
    all_text,
    escape,
    namespace,
    parse,
    serialise,
    unescape,
)

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=20)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("plain", "plain"),
        ("<&>'\"", "&lt;&amp;&gt;&apos;&quot;"),
        ("a\tb\nc\rd", "a&#9;b&#10;c&#13;d"),
        ("\x00\x08\x0b\ud800\ufffe", "\ufffd" * 5),
        ("\U0001f600", "\U0001f600"),
    ],
)
def test_escape(text: str, written: str) -> None:
    assert escape(text) == written


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("&lt;&amp;&gt;&apos;&quot;", "<&>'\""),
        ("&#65;&#x41;&#x1F600;&#128512;", "AA\U0001f600\U0001f600"),
        ("&#0000000000065;&#x00000000000041;", "AA"),
        ("&amp;lt;", "&lt;"),
        ("&unknown; & &#; &#x; &lt", "&unknown; & &#; &#x; &lt"),
        ("&#x110000;&#99999999;", "\ufffd\ufffd"),
    ],
)
def test_unescape(written: str, text: str) -> None:
    assert unescape(written) == text


@given(TEXT)
def test_what_is_escaped_is_what_a_parser_reads(text: str) -> None:
    xml = f"<a b='{escape(text)}'>{escape(text)}</a>"
    tree = fromstring(xml)
    clean = unescape(escape(text))
    assert tree.get("b") == (tree.text or "") == clean


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"text", b"<a>", b"<a/><b/>", b"<a></b>", b"<a b=c/>", b"<a b='1' b='2'/>", b"<a>&nbsp;</a>", b"<x:a/>",
        b"<a>\x00</a>", b"<a>\xff</a>", b"<a>\xed\xa0\x80</a>", b"<a>&#0;</a>", b"<a", b"<!DOCTYPE a><a/>",
        b"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", b"<!-- <a/> --><!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
        b"<a><!DOCTYPE b></a>",
    ],
)  # fmt: skip
def test_what_is_no_xml_of_xmpp(raw: bytes) -> None:
    with pytest.raises(XmlError):
        parse(raw)


def test_the_words_of_a_declaration_may_stand_in_cdata() -> None:
    assert all_text(parse(b"<a><![CDATA[<!DOCTYPE html>]]></a>")) == "<!DOCTYPE html>"


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        (b"<a/>", True),
        (b"<a b='urn:x:y' c=\"http://x/#y\"><d xmlns='urn:z'>at 10:30: &amp; so on!?</d></a>", True),
        (b"<a xml:lang='en'><b xml:lang=\"de\">x</b></a>", True),
        (b"<a>It looks like one: x = y</a>", False),
        (b"<a>&#98;</a>", False),
        (b"<a><!-- b --></a>", False),
        (b"<a><![CDATA[<b/>]]></a>", False),
        (b"<a><?b c?></a>", False),
        (b"<p:a xmlns:p='x'/>", False),
        (b"<a><p:b/></a>", False),
        (b"<a>x</p:a>", False),
        (b"<a p:b='c'/>", False),
        (b"<a\tp:b\n=\t'c'/>", False),
        (b"<a xml:lang='en' p:b='c'/>", False),
        (b"<a xml:lang='en' b=' xml:lang='/>", True),
        ("<a ü:b='c'/>".encode(), False),
        ("<ü:a/>".encode(), False),
    ],
)
def test_what_says_what_it_means(raw: bytes, plain: bool) -> None:
    assert is_plain(raw) is plain


def test_namespace_and_text() -> None:
    tree = parse(b"<a xmlns='n'>1<b>2<c/>3</b>4</a>")
    assert (namespace(tree), namespace(parse(b"<a/>"))) == ("n", "")
    assert all_text(tree) == "1234"


names = st.sampled_from(["a", "b", "message", "\u00e9t\u00e9"])
spaces = st.sampled_from(["", "n", "jabber:client", "urn:x&y'z", "urn:a}b", "}", "{urn:e}", "urn:a b"])


@st.composite
def elements(draw: st.DrawFn, depth: int = 3) -> Element:
    space, name = draw(spaces), draw(names)
    element = Element(f"{{{space}}}{name}" if space else name)
    for key, value in draw(
        st.dictionaries(
            st.sampled_from(["x", "y", "{n}x", "{m}z", "{n}m}z", "{ }z", f"{{{XML}}}lang"]),
            TEXT,
            max_size=3,
        )
    ).items():
        element.set(key, unescape(escape(value)))
    element.text = unescape(escape(draw(TEXT))) or None
    if depth:
        for child in draw(st.lists(elements(depth - 1), max_size=3)):
            child.tail = unescape(escape(draw(TEXT))) or None
            element.append(child)
    return element


def same(one: Element, other: Element) -> bool:
    return canonicalize(tostring(one, "unicode")) == canonicalize(tostring(other, "unicode"))


@given(elements())
def test_what_is_serialised_reads_the_same(element: Element) -> None:
    element.tail = None
    again = parse(serialise(element).encode())
    assert [(node.tag, node.attrib, node.text or "", node.tail or "") for node in again.iter()] == [
        (node.tag, node.attrib, node.text or "", node.tail or "") for node in element.iter()
    ]


def test_an_inherited_namespace_is_not_said_again() -> None:
    assert serialise(parse(b"<a xmlns='n'><b/></a>"), "n") == "<a><b/></a>"
    assert serialise(parse(b"<a xmlns='n'><b xmlns=''/></a>")) == "<a xmlns='n'><b xmlns=''/></a>"


@pytest.mark.parametrize(
    ("raw", "tags"),
    [
        (b"<a xmlns='urn:a}b'/>", ["{urn:a}b}a"]),
        (b"<a xmlns='urn:a&#125;b'><b xmlns=''/></a>", ["{urn:a}b}a", "b"]),
        (b"<p:a xmlns:p='}'><p:b/><b/></p:a>", ["{}}a", "{}}b", "b"]),
        (b"<a><b xmlns='}'/><foo:b/></a>", ["a", "{}}b", "{urn:undeclared}b"]),
        (b"<a><foo:b/><b xmlns='}'/></a>", ["a", "{urn:undeclared}b", "{}}b"]),
    ],
)
def test_a_brace_in_a_namespace_hides_nothing(raw: bytes, tags: list[str]) -> None:
    """ElementTree itself would take that for a mistake."""
    assert [element.tag for element in parse(raw).iter()] == tags


def test_what_is_wrong_beside_a_brace_is_wrong() -> None:
    for raw in (b"<a xmlns='}'><b></a>", b"<a xmlns='}' p:a=''", b"<a xmlns:p='}' xmlns:q='}' p:a='' q:a=''/>"):
        with pytest.raises(XmlError):
            parse(raw)


@pytest.mark.parametrize("depth", [1_000, 200_000])
def test_any_depth_of_nesting(depth: int) -> None:
    raw = b"<a>" * depth + b"x" + b"</a>" * depth
    began = time.process_time()
    tree = parse(raw)
    assert all_text(tree) == "x"
    assert serialise(tree).encode() == raw
    del tree
    assert time.process_time() - began < 10
