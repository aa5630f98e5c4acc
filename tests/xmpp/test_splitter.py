"""Every element of a stream ends where an XML parser says that it ends, however the stream is cut."""

import time
from collections.abc import Iterable
from itertools import pairwise
from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.xmpp.xml import elements
from xmppfilter.xmpp.splitter import HEAD, Oversized, Splitter, StreamBroken

MEGABYTE = 1 << 20


def split_all(chunks: Iterable[bytes], max_size: int = MEGABYTE) -> list[bytes | Oversized]:
    """Split as the wire does."""
    splitter = Splitter(max_size)
    found: list[bytes | Oversized | None] = []
    for chunk in chunks:
        at = 0
        if splitter.carries:
            element, at = splitter.complete(chunk)
            found.append(element)
        while (at := splitter.begin(chunk, at)) < len(chunk):
            element, at = splitter.cut(chunk, at)
            found.append(element)
        held = len(splitter._carry) + len(splitter._head)
        assert held <= max_size + len(chunk) + HEAD, "what is too large is not kept"
    return [element for element in found if element is not None]


def split(chunks: Iterable[bytes], max_size: int = MEGABYTE) -> list[bytes]:
    """Split what has nothing in it that is too large."""
    found = split_all(chunks, max_size)
    whole = [element for element in found if not isinstance(element, Oversized)]
    assert len(whole) == len(found)
    return whole


def cut(data: bytes, places: Iterable[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[start:end] for start, end in pairwise(edges) if start < end]


def count_by_parser(data: bytes) -> int:
    return len(fromstring(b"<stream xmlns:stream='urn:s'>" + data + b"</stream>"))


ODD = [
    b"<iq/>",
    b"<iq id='1' />",
    b"<iq id='a>b'></iq>",
    b'<iq id="it\'s > that"><x/></iq>',
    b"<iq ></iq >",
    b"<iq\n\tid='1'\n></iq\n>",
    b"<message><message><message/></message></message>",
    b"<message><messages></messages></message>",
    b"<message><body>&lt;/message&gt;</body></message>",
    b"<message><body><![CDATA[</message>]]></body></message>",
    b"<message><!-- </message> --></message>",
    b"<message><!-- ' \" > --><b a='-->'/></message>",
    b"<message><?pi </message> ?></message>",
    b"<message a='<!--'.></message>".replace(b"'<!--'.", b"'&lt;!--'"),
    b"<message a='/'>/</message>",
    b"<message a='/'/>",
    b"<a:message xmlns:a='urn:a'><message/></a:message>",
    b"<message><body>]]</body><![CDATA[]]]]></message>".replace(b"]]]]>", b"]] ]]>"),
    b"<stream:error><host-unknown/></stream:error>",
    "<message><body>ümläut ☃ 𝄞</body></message>".encode(),
]


@pytest.mark.parametrize("element", ODD)
def test_each_odd_shape_ends_where_it_ends(element: bytes) -> None:
    after = b"<presence/>"
    assert split([element + after]) == [element, after]


@pytest.mark.parametrize("element", ODD)
def test_one_byte_at_a_time_makes_no_difference(element: bytes) -> None:
    stream = element + b" \n" + element + b"<presence/>"
    assert split(stream[i : i + 1] for i in range(len(stream))) == [element, element, b"<presence/>"]


@given(st.lists(elements(), max_size=6), st.lists(st.integers(0, 10_000), max_size=12))
def test_what_an_xml_parser_finds_is_found(parts: list[bytes], places: list[int]) -> None:
    data = b" ".join(parts)
    assert split(cut(data, places)) == parts
    assert count_by_parser(data) == len(parts)


def test_the_end_of_the_stream_is_an_element() -> None:
    assert split([b"<iq/></stream:stream>"]) == [b"<iq/>", b"</stream:stream>"]
    assert split([b"<iq/></stream:str", b"eam>"]) == [b"<iq/>", b"</stream:stream>"]


@pytest.mark.parametrize("data", [b"<!DOCTYPE x>", b"<iq><!DOCTYPE x></iq>", b"<!ENTITY", b"<iq><!ELEMENT"])
def test_a_document_type_is_refused(data: bytes) -> None:
    with pytest.raises(StreamBroken, match=r"RFC 6120 11\.1"):
        split([data])
    with pytest.raises(StreamBroken, match=r"RFC 6120 11\.1"):
        split(data[i : i + 1] for i in range(len(data)))


def test_text_between_stanzas_is_refused() -> None:
    with pytest.raises(StreamBroken, match="text between stanzas"):
        split([b"<iq/>HTTP/1.1 400 Bad Request"])


# --- what is too large


@pytest.mark.parametrize("width", [1_500, 100])
def test_what_is_as_large_as_may_be_is_kept_and_a_byte_more_is_not(width: int) -> None:
    stanza = b"<message><body>" + b"x" * 1_000 + b"</body></message>"
    chunks = [stanza[i : i + width] for i in range(0, len(stanza), width)]
    assert split_all(chunks, len(stanza)) == [stanza]
    (gone,) = split_all(chunks, len(stanza) - 1)
    assert isinstance(gone, Oversized)
    assert gone.size == len(stanza)
    assert stanza.startswith(gone.head)
    assert gone.head.startswith(b"<message><body>")


@given(st.lists(elements(), max_size=6), st.lists(st.integers(0, 10_000), max_size=12), st.integers(0, 200))
def test_what_is_too_large_costs_itself_alone(parts: list[bytes], places: list[int], most: int) -> None:
    """However it is cut, each element that fits is found whole, and each that does not ends where it ends."""
    found = split_all(cut(b" ".join(parts), places), most)
    for element, part in zip(found, parts, strict=True):
        if isinstance(element, Oversized):
            assert len(part) == element.size > most
            assert part.startswith(element.head)
            assert len(element.head) >= min(len(part), most, HEAD)
        else:
            assert element == part
            assert len(part) <= most


@pytest.mark.parametrize("element", ODD)
@pytest.mark.parametrize("width", [1, 2, 3, 7, 1_000])
def test_no_odd_shape_hides_the_end_of_what_is_too_large(element: bytes, width: int) -> None:
    padded = b"<x>" + b"." * 50 + element * 3 + b"</x>"
    stream = padded + b"<iq/>" + padded
    found = split_all([stream[i : i + width] for i in range(0, len(stream), width)], 20)
    assert [each if isinstance(each, bytes) else each.size for each in found] == [len(padded), b"<iq/>", len(padded)]


@pytest.mark.parametrize(
    "unit", [b"x", b"<a/>", b"<a>", b"<a b='", b"'", b"]", b"<!-- ' ", b"<![CDATA[<a>", b"-", b"<?x '"], ids=repr
)
def test_what_never_ends_costs_no_memory(unit: bytes) -> None:
    splitter = Splitter(10_000)
    assert splitter.cut(b"<message><body>", 0)[0] is None
    segment = unit * (4_096 // len(unit))
    for _ in range(250):
        assert splitter.complete(segment)[0] is None
        assert len(splitter._carry) + len(splitter._head) <= 10_000 + HEAD + len(segment)


@pytest.mark.parametrize(
    "stanza",
    [
        b"<message><body>" + b"a" * 1_000_000 + b"</body></message>",
        b"<message x='" + b"a" * 1_000_000 + b"'/>",
        b"<message><![CDATA[" + b"]" * 1_000_000 + b"]]></message>",
        b"<message>" + b"<a/>" * 250_000 + b"</message>",
        b"<message>" + b"<a>" * 100_000 + b"</a>" * 100_000 + b"</message>",
        b"<message>" + b"<message>" * 50_000 + b"</message>" * 50_000 + b"</message>",
    ],
    ids=["body", "attribute", "cdata", "children", "depth", "same name"],
)
@pytest.mark.parametrize("most", [2 * MEGABYTE, 64 << 10], ids=["kept", "too large"])
def test_a_megabyte_in_small_segments_costs_linear_time(stanza: bytes, most: int) -> None:
    """A walk that began again with each segment would look at 30 gigabytes."""
    started = time.process_time()
    assert split_all((stanza[i : i + 16] for i in range(0, len(stanza), 16)), most) == (
        [stanza] if most > len(stanza) else [Oversized(stanza[:HEAD], len(stanza))]
    )
    assert time.process_time() - started < 5
