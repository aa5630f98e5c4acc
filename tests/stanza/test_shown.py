"""What a client may show, and what is known not to be shown."""

import time
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.carriers import CARRIERS, HANDED_ON, INVISIBLE, LINKS, OMEMO, TOKENS
from xmppfilter.stanza.invisible import shows_bodies_only
from xmppfilter.stanza.shown import says_something, shown
from xmppfilter.stanza.view import Stanza

TEXT = "Buy cheap followers, and write me now!"
URL = "https://evil.example/pay?a=1"
USUAL = (
    "<body>Hello</body><origin-id xmlns='urn:xmpp:sid:0' id='b1'/><request xmlns='urn:xmpp:receipts'/>"
    "<active xmlns='http://jabber.org/protocol/chatstates'/><markable xmlns='urn:xmpp:chat-markers:0'/>"
)


def message(inside: str) -> Stanza:
    return Stanza.read(f"<message xmlns='jabber:client' from='a@b' to='c@d'>{inside}</message>")


@pytest.mark.parametrize("carrier", CARRIERS.values(), ids=CARRIERS)
@pytest.mark.parametrize("body", ["", "<body>Hi</body>", USUAL, OMEMO])
def test_all_that_a_client_may_show_is_read(carrier: str, body: str) -> None:
    for inside in (body + carrier % TEXT, carrier % TEXT + body):
        found = shown(message(inside))
        assert any(TEXT in part.words and TEXT in part.text for part in found)


@pytest.mark.parametrize("carrier", LINKS.values(), ids=LINKS)
def test_links_are_shown_and_are_nobody_s_words(carrier: str) -> None:
    found = shown(message(carrier % URL))
    assert any(URL in part.text for part in found)
    assert all(URL not in part.words for part in found if part.field == "other")


@pytest.mark.parametrize("quiet", INVISIBLE.values(), ids=INVISIBLE)
def test_what_is_known_to_be_invisible_is_not_read(quiet: str) -> None:
    assert all(TEXT not in part.text for part in shown(message(quiet % TEXT)))
    assert all(TEXT not in part.text for part in shown(message(f"<body>Hi</body>{quiet % TEXT}")))


@pytest.mark.parametrize("handed_on", HANDED_ON.values(), ids=HANDED_ON)
def test_what_services_hand_on_is_shown_and_is_no_copy(handed_on: str) -> None:
    found = shown(message(handed_on % TEXT))
    assert any(TEXT in part.text for part in found)
    assert not any(part.words for part in found)


@pytest.mark.parametrize("token", TOKENS.values(), ids=TOKENS)
def test_ids_and_hashes_are_no_words(token: str) -> None:
    assert not any(part.words for part in shown(message(token)))


def test_nothing_is_read_twice() -> None:
    """Each text stands in one field."""
    for carrier in (*CARRIERS.values(), *LINKS.values()):
        found = shown(message(carrier % "unique words"))
        assert sum(part.text.count("unique") for part in found) == 1


def test_bodies_are_no_carriers() -> None:
    assert shown(message("<body>a</body><body xml:lang='de'>b</body>")) == ()
    assert (
        shown(
            Stanza.read(
                "<message from='a@b' to='c@d'><body>a</body><b:body xmlns:b='jabber:client'>c</b:body></message>"
            )
        )
        == ()
    )


@pytest.mark.parametrize(
    ("inside", "only"),
    [
        (USUAL, True),
        (USUAL.replace("'", '"'), True),
        (OMEMO + USUAL, True),
        (f"{USUAL}{OMEMO}", True),
        ("<body>a</body><body xml:lang='de'>b</body>", True),
        ("<thread>4b-1_c</thread><body>a</body>", True),
        ("<replace xmlns='urn:xmpp:message-correct:0' id='b0'/><body>a</body>", True),
        ("<encrypted xmlns='urn:xmpp:omemo:2'><encrypted/></encrypted><body>a</body>", False),
        ("<encrypted xmlns='urn:xmpp:omemo:2'><!-- </encrypted><body>a</body> --></encrypted>", False),
        ("<encrypted xmlns='urn:xmpp:omemo:2'><![CDATA[</encrypted><body>]]></encrypted><subject>a</subject>", False),
        (f"{USUAL}<subject>a</subject>", False),
        ("<thread>a b</thread><body>a</body>", False),
        ("<body>a</body> b", False),
        ("<x xmlns='urn:example:x'/>", False),
        ("<received xmlns='urn:xmpp:receipts'>a</received>", False),
        ("<origin-id xmlns='urn:xmpp:sid:0' xmlns:a='b'/>", False),
    ],
)
def test_what_is_proven_on_the_bytes(inside: str, only: bool) -> None:
    assert shows_bodies_only(message(inside)) is only


PIECES = st.sampled_from(
    [
        *(each % "Buy now, my friend" for table in (CARRIERS, LINKS, INVISIBLE, HANDED_ON) for each in table.values()),
        *TOKENS.values(), USUAL, OMEMO, OMEMO.replace("'", '"'), "<body>a &amp; b</body>", "<body xml:lang='de'/>", " ",
        "<thread>ab-1</thread>", "<encrypted xmlns='urn:xmpp:omemo:2'/>", "text",
    ]
)  # fmt: skip


@given(st.lists(PIECES, max_size=6))
def test_the_proof_and_the_tree_agree(pieces: list[str]) -> None:
    """What is proven on the bytes of a stanza is what is found in the tree of one that says the same another way."""
    quick = message("".join(pieces))
    slow = message("".join(pieces) + "<x xmlns='urn:example:nothing'/>")
    assert not shows_bodies_only(slow)
    assert shown(quick) == shown(slow)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Buy now", True), ("купитьсейчас", True), ("你好", True), ("word", False), ("", False), ("  a  ", False),
        ("https://a.example/b", False), ("a@b.example", False), ("two\nlines", True), ("7c9f3e", False),
    ],
)  # fmt: skip
def test_words(text: str, words: bool) -> None:
    assert says_something(text) is words


@pytest.mark.parametrize(
    "inside",
    [
        "<x xmlns='urn:x'>" * 8_000 + "a" + "</x>" * 8_000,
        "<x xmlns='urn:x'/>" * 8_000,
        "<x xmlns='urn:x'>" + "<y desc='a'/>" * 10_000 + "</x>",
        "<forwarded xmlns='urn:xmpp:forward:0'><message>" * 2_500 + "</message></forwarded>" * 2_500,
        "<received xmlns='urn:xmpp:receipts'/>" * 5_000 + "<x/>",
        "<encrypted xmlns='urn:xmpp:omemo:2'>" + "<a/>" * 30_000 + "</encrypted><x/>",
        "<encrypted xmlns='urn:xmpp:omemo:2'>" * 4_000 + "</encrypted>" * 4_000,
        "<thread>" * 4_000 + "</thread>" * 4_000,
    ],
    ids=lambda inside: inside[:40],
)
def test_the_time_is_linear(inside: str) -> None:
    stanza = message(inside)
    start = time.process_time()
    shown(stanza)
    assert time.process_time() - start < 1.0


def test_character_references_are_decoded() -> None:
    found = shown(message(f"<x xmlns='urn:x' desc='a &amp; b'>{escape('c & d')}</x>"))
    assert found[0].words == "a & b\nc & d"
