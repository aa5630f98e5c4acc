"""What is found out about a stanza without reading all of it is what reading all of it says."""

import time
from collections.abc import Callable
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppfilter.stanza.bodies import readable_bodies
from xmppfilter.stanza.start import read_attributes
from xmppfilter.stanza.view import Stanza

QUIET = [
    "<origin-id xmlns='urn:xmpp:sid:0' id='a1'/>",
    "<origin-id id='a1' xmlns='urn:xmpp:sid:0'/>",
    '<stanza-id xmlns="urn:xmpp:sid:0" id="a1" by="b@c.example"/>',
    "<request xmlns='urn:xmpp:receipts'/>",
    "<active xmlns='http://jabber.org/protocol/chatstates'/>",
    "<markable xmlns='urn:xmpp:chat-markers:0'/>",
    "<no-store xmlns='urn:xmpp:hints' />",
    "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='urn:n' ver='x>y'/>",
]
TELLING = [
    "<body xml:lang='de'>Hallo</body>",
    "<subject>Hi</subject>",
    "<x xmlns='jabber:x:oob'/>",
    "<active xmlns='http://jabber.org/protocol/chatstates'>text</active>",
    "<encrypted xmlns='urn:xmpp:omemo:1'/>",
    "<active xmlns='http://jabber.org/protocol/chatstates2'/>",
    "<active xmlns='jabber:x:oob' xmlns:a='urn:xmpp:receipts'/>",
    "<a:x xmlns:a='jabber:x:oob'/>",
    "<!-- --><active/>",
    "words",
    "<active/>",
]
SPACES = {"urn:xmpp:sid:0", "urn:xmpp:receipts", "http://jabber.org/protocol/chatstates", "urn:xmpp:chat-markers:0",
          "urn:xmpp:hints", "http://jabber.org/protocol/caps"}  # fmt: skip


@pytest.mark.parametrize("body", ["", "<body/>", "<body></body>", "<body>Hi</body>", "<body>&lt;a&gt; &#x41;</body>"])
@pytest.mark.parametrize("name", ["message", "presence"])
@given(st.lists(st.sampled_from([*QUIET, *TELLING]), max_size=4))
def test_an_ordinary_stanza_has_one_body_at_most_and_nothing_that_tells(
    name: str, body: str, children: list[str]
) -> None:
    stanza = Stanza.parse(f"<{name} xmlns='jabber:client'>{body}{''.join(children)}</{name}>".encode())
    others = [child for child in stanza.tree if child.tag != "{jabber:client}body"]
    assert stanza.bodies == tuple(child.text or "" for child in stanza.tree if child.tag == "{jabber:client}body")
    if stanza.ordinary:
        assert len(stanza.bodies) <= 1
        assert {child.tag[1:].partition("}")[0] for child in others} <= SPACES
        assert not any([*child, child.text, child.tail] != [None, None] for child in others)
        assert not (stanza.tree.text or "").strip()


ASKED: dict[str, Callable[[Stanza], object]] = {
    "ordinary": lambda stanza: stanza.ordinary,
    "readable": readable_bodies,
    "bodies": lambda stanza: stanza.bodies,
}


@pytest.mark.parametrize("order", list(permutations(ASKED)))
@given(
    st.sampled_from(
        ["", "<body/>", "<body></body>", "<body>Hi</body>", "<body>&lt;a&gt; &#x41;</body>", "<body>1\r\n2</body>",
         "<body>\u00e9\U0001f600</body>", "<body>Hi</body><body xml:lang='de'>Hallo</body>"]
    ),
    st.lists(st.sampled_from([*QUIET, *TELLING]), max_size=3),
)  # fmt: skip
def test_the_answers_are_the_same_in_whatever_order_one_asks(
    order: tuple[str, ...], body: str, children: list[str]
) -> None:
    raw = f"<message xmlns='jabber:client'>{body}{''.join(children)}</message>".encode()
    stanza = Stanza.parse(raw)
    assert {what: ASKED[what](stanza) for what in order} == {what: ASKED[what](Stanza.parse(raw)) for what in order}


@pytest.mark.parametrize("child", QUIET)
def test_very_many_elements_are_looked_at_in_linear_time(child: str) -> None:
    stanza = Stanza.parse(f"<message>{child * 5000}<x/></message>".encode())
    start = time.process_time()
    assert not stanza.ordinary
    assert time.process_time() - start < 0.1


@pytest.mark.parametrize(
    "inside",
    ["", "<body>Hi</body>", "<body>Hi &amp; bye</body>", "".join(child for child in QUIET if '"' not in child),
     '<body>It\'s</body><origin-id xmlns="urn:xmpp:sid:0" id="a"/><request xmlns="urn:xmpp:receipts"/>'],
)  # fmt: skip
def test_what_clients_usually_send_is_ordinary(inside: str) -> None:
    assert Stanza.parse(f"<message>{inside}</message>".encode()).ordinary


@pytest.mark.parametrize("child", TELLING)
def test_whatever_may_tell_something_is_not(child: str) -> None:
    assert not Stanza.parse(f"<message><body>Hi</body>{child}</message>".encode()).ordinary


def test_an_element_without_children_is_ordinary_and_an_iq_never() -> None:
    assert Stanza.parse(b"<presence type='subscribe'/>").ordinary
    assert not Stanza.parse(b"<iq type='get' id='1'/>").ordinary


META = st.lists(
    st.tuples(
        st.sampled_from(["ip", "exists", "via", "xip", "peer", "a-ip"]),
        st.text(st.sampled_from("19.:' ip='\"&;lt>x="), max_size=12),
    ),
    max_size=5,
    unique_by=lambda pair: pair[0],
)


@given(META, st.sampled_from("'\""))
def test_what_the_server_tells_is_found_as_it_is_read(pairs: list[tuple[str, str]], quote: str) -> None:
    def write(value: str) -> str:
        return value.replace("&", "&amp;").replace("<", "&lt;").replace(quote, "&apos;" if quote == "'" else "&quot;")

    raw = "".join(f" {name}={quote}{write(value)}{quote}" for name, value in pairs).encode()
    stanza = Stanza(
        b"<message/>", "message", "", Stanza.parse(b"<message/>").kind, -1, None, meta=raw.decode("latin-1")
    )
    told = {name: stanza.told(name) for name in ("ip", "exists", "peer")}
    assert stanza.ip == told["ip"]
    assert (
        told
        == {name: read_attributes(raw).get(name, "") for name in told}
        == {name: dict(pairs).get(name, "") for name in told}
    )
