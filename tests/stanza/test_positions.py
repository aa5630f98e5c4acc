"""Where elements begin and end."""

from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.stanza.test_xml import elements
from xmppfilter.stanza.positions import child_spans, start_of
from xmppfilter.stanza.xml import XmlError, all_text, namespace, parse, serialise


@given(elements(), st.sampled_from(["", " ", "<!-- x -->", "<![CDATA[<a/>]]>", "&amp;", "<?p i?>"]))
def test_child_spans_cut_exactly(element: Element, between: str) -> None:
    element.tail = None
    xml = serialise(element)
    if xml.endswith("/>"):
        return
    close = xml.rindex("</")
    raw = f"{xml[:close]}{between}<last/>{between}{xml[close:]}".encode()
    tree = parse(raw)
    spans = child_spans(raw)
    assert [(space, name) for space, name, _, _ in spans] == [
        (namespace(child), child.tag.rpartition("}")[2]) for child in tree
    ]
    for _, name, start, end in spans:
        assert raw[start:end].startswith(b"<" + name.encode())
        assert raw[start:end].endswith(b">")
    texts = [tree.text, *(child.tail for child in tree)]
    gaps = [
        raw[one:two]
        for one, two in zip(
            [raw.index(b">") + 1, *(e for *_, e in spans)], [*(s for *_, s, _ in spans), raw.rindex(b"</")], strict=True
        )
    ]
    assert [all_text(fromstring(b"<t>" + gap + b"</t>")) for gap in gaps] == [text or "" for text in texts]


def test_child_spans_of_what_is_not_well_formed() -> None:
    with pytest.raises(XmlError):
        child_spans(b"<a><b></a>")


def test_child_spans_at_any_depth_of_nesting() -> None:
    assert len(child_spans(b"<a>" * 200_000 + b"x" + b"</a>" * 200_000)) == 1


@pytest.mark.parametrize(
    ("raw", "path", "start"),
    [
        (b"<a><b/><c><d/></c></a>", ("a", "c", "d"), 10),
        (b"<a><b><d/></b><c/></a>", ("a", "c", "d"), -1),
        (b"<a><b xmlns='urn:e'/></a>", ("a", "{urn:e}b"), 3),
        (b"<a><b xmlns='urn:e}f g'/></a>", ("a", "{urn:e}f g}b"), 3),
        (b"<a><foo:b/><c/></a>", ("a", "c"), 11),
    ],
)
def test_the_first_at_a_path_is_found(raw: bytes, path: tuple[str, ...], start: int) -> None:
    assert start_of(raw, path) == start
