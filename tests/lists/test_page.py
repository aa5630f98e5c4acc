"""Reading an answer piece by piece: the same as reading it whole, whatever it is and wherever it is cut."""

from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lists.service import PUBSUB, RSM, items, rsm
from xmppfilter.lists import page as module
from xmppfilter.lists.page import PIECE, Page
from xmppfilter.stanza.xml import XmlError, parse


def answer(inside: str, start: str = "<iq type='result' id='items-1' from='bl.example'>") -> bytes:
    return f"{start}<pubsub xmlns='{PUBSUB}'>{inside}</pubsub></iq>".encode()


def read(raw: bytes) -> tuple[Page, list[str]]:
    page = Page(raw)
    return page, [item for ids in page.read() for item in ids]


def test_a_whole_page() -> None:
    page, ids = read(answer(items(["a", "b"]) + rsm("<first index='4'>x</first><last> y </last><count>9</count>")))
    assert ids == ["a", "b"]
    assert (page.is_list, page.is_page, page.items) == (True, True, 2)
    assert (page.last, page.count, page.index) == ("y", 9, 4)


def test_the_place_may_be_told_before_the_items() -> None:
    """ejabberd 23.01 does so."""
    page, ids = read(answer(rsm("<first>x</first><last>2020&lt;a</last>") + items(["a"])))
    assert (ids, page.last, page.count, page.index) == (["a"], "2020<a", None, None)


@pytest.mark.parametrize(
    ("inside", "is_list", "is_page"),
    [
        ("", False, False),
        ("<items/>", True, False),
        ("<items xmlns='urn:x'/>", False, False),
        ("<x><items/></x>", False, False),
        (f"<set xmlns='{RSM}'/>", False, True),
        ("<set/>", False, False),
        (f"<items/><x xmlns='{RSM}'><set/></x>", True, False),
    ],
)
def test_what_is_a_list_and_what_a_page(inside: str, is_list: bool, is_page: bool) -> None:
    page, _ = read(answer(inside))
    assert (page.is_list, page.is_page) == (is_list, is_page)


@pytest.mark.parametrize(
    ("inside", "ids"),
    [
        ("<items><item id='a'/><item/><item id=''/></items>", ["a", "", ""]),
        ("<items><item id='a&amp;b&#x21;'/></items>", ["a&b!"]),
        ("<items><item id='a' xmlns='urn:x'/><x id='b'/></items>", []),
        ("<items><x><item id='a'/></x></items>", []),
        (f"<items><item id='a'><item xmlns='{PUBSUB}' id='b'><item id='c'/></item></item></items>", ["a"]),
        (f"<p:items xmlns:p='{PUBSUB}'><p:item id='a'/><item id='b' xmlns:p='urn:x'/></p:items>", ["a", "b"]),
        (f"<items xmlns:p='urn:x'><p:item id='a'/><q:item xmlns:q='{PUBSUB}' id='b'/></items>", ["b"]),
        ("<items><item id='a'><undeclared:x y:z='1'/></item></items>", ["a"]),
        ("<items><!-- <item id='a'/> --><item id='b'><![CDATA[<item id='c'/>]]></item></items>", ["b"]),
    ],
)  # fmt: skip
def test_what_is_an_item(inside: str, ids: list[str]) -> None:
    assert read(answer(inside))[1] == ids


def test_a_prefix_may_be_declared_where_it_is_used_or_above() -> None:
    raw = f"<iq xmlns:p='{PUBSUB}' xmlns:r='{RSM}'><p:pubsub><p:items><p:item id='a'/></p:items>"
    page, ids = read(f"{raw}<r:set><r:last>z</r:last></r:set></p:pubsub></iq>".encode())
    assert (ids, page.last) == (["a"], "z")


@pytest.mark.parametrize(
    ("told", "last", "count", "index"),
    [
        ("<first index='-1'/><count>many</count>", "", None, None),
        ("<first index='1e3'/><count>-5</count>", "", None, None),
        ("<first index='٣'/><count>9999999999</count>", "", None, None),
        ("<last>a<b/>c</last>", "ac", None, None),
        (f"<last>{'x' * 5000}</last>", "", None, None),
        ("<last xmlns='urn:x'>a</last><x><count>5</count></x>", "", None, None),
        ("<count>3</count><count>4</count>", "", 4, None),
    ],
)
def test_places_and_counts_of_all_sorts(told: str, last: str, count: int | None, index: int | None) -> None:
    page, _ = read(answer(items([]) + rsm(told)))
    assert (page.last, page.count, page.index) == (last, count, index)


@pytest.mark.parametrize(
    "raw",
    [
        b"<iq><pubsub>",
        b"<iq></pubsub></iq>",
        b"<iq>\xff</iq>",
        b"<iq>&unknown;</iq>",
        b"<!DOCTYPE iq [<!ENTITY a 'b'>]><iq>&a;</iq>",
        answer(items(["a"])) + b"<iq/>",
    ],
)
def test_what_is_no_xml_is_said(raw: bytes) -> None:
    with pytest.raises(XmlError, match=r"not well-formed|document type"):
        read(raw)


NAMES = st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8), max_size=12)
QUOTED = str.maketrans({"&": "&amp;", "<": "&lt;", "'": "&apos;", "\ufffe": "", "\uffff": ""})


@given(NAMES, st.integers(1, 80))
def test_it_does_not_matter_where_it_is_cut(names: list[str], piece: int) -> None:
    clean = [name.translate({0xFFFE: None, 0xFFFF: None}) for name in names]
    raw = answer(items(name.translate(QUOTED) for name in names) + rsm("<last>end</last><count>5</count>"))
    with patch.object(module, "PIECE", piece):
        page, ids = read(raw)
    found = parse(raw).iter(f"{{{PUBSUB}}}item")
    assert ids == clean == [item.get("id") for item in found]
    assert (page.last, page.count, page.items) == ("end", 5, len(names))


def test_each_piece_is_small() -> None:
    raw = answer(items(f"{n}.example" for n in range(5000)))
    pieces = [*Page(raw).read()]
    assert len(pieces) == -(-len(raw) // PIECE)
    assert max(map(len, pieces)) < PIECE / len("<item id=''/>")
