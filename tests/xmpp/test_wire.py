"""The fast way and the slow way decide alike, whatever is asked and however it is cut."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from xml.etree.ElementTree import canonicalize, fromstring
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import harness
from tests.bench.hostile import BAR, ROUTES, cost
from tests.hostile import HOSTILE
from tests.xmpp.test_splitter import cut, split
from tests.xmpp.xml import attributes, texts, trees
from xmppfilter.build import Core
from xmppfilter.gateway.setup import Listeners
from xmppfilter.judging.counts import Counts
from xmppfilter.memory.state import State
from xmppfilter.stanza.jid import JidError
from xmppfilter.stanza.view import Stanza
from xmppfilter.stanza.xml import XmlError
from xmppfilter.xmpp.wire import Wire

NOW = 1_800_000_000.0
LIMIT = 1 << 20
CHECK, FORWARD = "urn:xmppfilter:check:0", "urn:xmpp:forward:0"
META = f"<meta xmlns='{CHECK}' via='s2s' direction='in'/>"
HELLO = (
    "<message xmlns='jabber:client' from='mallory@evil.example/x' to='alice@example.org'><body>Hello</body></message>"
)
SPAM = HELLO.replace("<message", "<message type='error'")


class OnWire:
    """A wire on a gateway of its own, and what it wrote and handed to slixmpp."""

    def __init__(self, most: int = LIMIT, filters: Mapping[str, Any] = harness.FIVE, **policy: object) -> None:
        given = harness.settings(filters, policy=policy).model_copy(update={"max_stanza_size": most})
        self.gateway = Core(given, State(), Listeners(on_stanza=(self._record,))).gateway
        self.slixmpps: list[bytes] = []
        self.wire = Wire(self.gateway, lambda: NOW, to_slixmpp=self.slixmpps.append, max_stanza_size=most)
        self.out: list[bytes] = []
        self.judged: list[tuple[object, ...]] = []
        """All that the gateway was told of each stanza."""

    def _record(self, stanza: Stanza, now: float) -> None:
        addresses = (_full(stanza, "sender"), _full(stanza, "recipient"))
        about = (stanza.name, stanza.type, stanza.kind, stanza.direction, dict(stanza.meta), dict(stanza.attributes))
        self.judged.append((stanza.raw, now, *addresses, *about, stanza.bodies, _has_error(stanza)))

    def receive(self, *chunks: str | bytes) -> bytes:
        """Return what is written in answer."""
        self.out.clear()
        for chunk in chunks:
            self.wire.receive(chunk.encode() if isinstance(chunk, str) else chunk, self.out)
        return b"".join(self.out)

    def receive_slowly(self, element: bytes) -> None:
        self.wire._handle(element, NOW, self.out)


def _full(stanza: Stanza, name: str) -> str | None:
    try:
        return str(getattr(stanza, name))
    except JidError:
        return None


def _has_error(stanza: Stanza) -> bool | None:
    try:
        return stanza.has_error_child
    except XmlError:
        return None


def asked(stanza: str, meta: str = META, sender: str = "example.org", to: str = "filter.example.org") -> str:
    return (
        f"<iq type='set' id='c1' from='{sender}' to='{to}'><check xmlns='{CHECK}'>{meta}"
        f"<forwarded xmlns='{FORWARD}'>{stanza}</forwarded></check></iq>"
    )


def wrapped(stanza: str, meta: str = META, sender: str = "example.org", to: str = "filter.example.org") -> str:
    return (
        f"<message id='w1' from='{sender}' to='{to}'>{meta}<forwarded xmlns='{FORWARD}'>{stanza}</forwarded></message>"
    )


def canonical(xml: bytes) -> str:
    readable = re.sub("[}]|&#125;", "%7D", xml.decode())  # ElementTree takes a brace in a namespace for a mistake
    return canonicalize(f"<stream xmlns='jabber:component:accept'>{readable}</stream>", rewrite_prefixes=True)


def said(counts: Counts) -> tuple[object, ...]:
    return (counts.kinds, counts.actions, counts.rules, counts.invalid, counts.exempt, counts.failures)


def answer(action: str, more: str = "/>") -> bytes:
    return (
        f"<iq type='result' id='c1' from='filter.example.org' to='example.org'>"
        f"<verdict xmlns='{CHECK}' action='{action}'{more}</iq>"
    ).encode()


# --- every shape, one way and the other

_JIDS = st.sampled_from(
    (
        "mallory@evil.example/x",
        "mallory@evil.example",
        "MALLORY@Evil.Example/X y",
        "alice@example.org",
        "bob@example.net/r",
        "room@conference.example.org/nick",
        "mallöry@xn--e1afmkfd.example/ü",
        "filter.example.org",
        "it's@evil.example/\"<>&",
        "@",
        "",
    )
)
_TYPES = st.sampled_from((None, "chat", "error", "groupchat", "subscribe", "headline", "", "get", "set", "result"))


@st.composite
def _tags(draw: st.DrawFn, name: str, given: dict[str, str | None]) -> str:
    """A start tag without its end, attributes in any order, either quote."""
    parts = []
    for key, value in draw(st.permutations(list(given.items()))):
        if value is None:
            continue
        quote = draw(st.sampled_from("'''\""))
        safe = value.replace("&", "&amp;").replace("<", "&lt;").replace(quote, "&#39;" if quote == "'" else "&#34;")
        parts.append(f"{draw(st.sampled_from((' ', ' ', ' ', '  ', chr(10))))}{key}={quote}{safe}{quote}")
    return f"<{name}{''.join(parts)}"


@st.composite
def stanzas(draw: st.DrawFn) -> str:
    """What strangers send: the ordinary, and every trick."""
    name = draw(st.sampled_from(("message", "message", "presence", "iq")))
    space = draw(st.sampled_from(("jabber:client", "jabber:client", "jabber:client", "jabber:server", "urn:e", None)))
    start = draw(
        _tags(
            name,
            {
                "xmlns": space,
                "type": draw(_TYPES),
                "from": draw(_JIDS),
                "to": draw(_JIDS),
                "id": draw(st.sampled_from((None, "m1", "it's", 'a"b', "<&>"))),
                "xml:lang": draw(st.sampled_from((None, "en"))),
            },
        )
    )
    end = draw(st.sampled_from(("", "", " ")))
    if not draw(st.integers(0, 9)):
        return f"{start}{end}/>"
    body = st.builds("<body>{}</body>".format, texts())
    long = st.just(f"<body>{harness.LONG}</body>")
    children = draw(st.lists(st.one_of(body, long, trees(2), texts()), max_size=4))
    return f"{start}{end}>{''.join(children)}</{name}{end}>"


@st.composite
def questions(draw: st.DrawFn) -> str:
    """A question, a wrapped stanza, or something that only looks like one."""
    asks = draw(st.booleans())
    sender = draw(st.sampled_from(("example.org", "example.org", "example.net", "Example.ORG", "evil.example")))
    to = draw(st.sampled_from(("filter.example.org", "filter.example.org", "FILTER.example.org", "alice@example.org")))
    kind = draw(st.sampled_from(("set", "set", "set", "get"))) if asks else draw(st.sampled_from((None, None, "chat")))
    name = draw(st.sampled_from(("c1", "it's", 'a"b', "<&>", None)))
    start = draw(_tags("iq" if asks else "message", {"type": kind, "id": name, "from": sender, "to": to}))
    gap = draw(st.sampled_from(("", "", "", "\n ")))
    meta = draw(
        _tags(
            "meta",
            {
                "xmlns": draw(st.sampled_from((CHECK, CHECK, None, "jabber:component:accept"))),
                "direction": draw(st.sampled_from((None, "in", "out", "in\n"))),
                "contacted": draw(st.sampled_from((None, "true", "false"))),
                "peer": draw(st.sampled_from((None, "evil.example", "a'b\"c>d"))),
            },
        )
    )
    meta += draw(st.sampled_from(("/>", "/>", " />", "></meta>", ">x</meta>")))
    inner = draw(stanzas())
    more = draw(st.sampled_from(("", "", "", "", draw(trees(1)), f"<forwarded xmlns='{FORWARD}'/>", "<!-- -->")))
    middle = f"{gap}{draw(st.sampled_from((meta, meta, meta, '')))}{gap}<forwarded xmlns='{FORWARD}'>{gap}{inner}"
    middle += f"{draw(st.sampled_from(('', '', '', draw(stanzas()), more)))}</forwarded>{more}{gap}"
    if asks:
        return f"{start}>{gap}<check xmlns='{CHECK}'>{middle}</check>{gap}</iq>"
    return f"{start}>{middle}</message>"


_ORDINARY = (
    "<message xmlns='jabber:client' type='{type}' to='{to}' from='{sender}' id='m1'>{inside}</message>",
    "<message xmlns='{space}' from='{sender}' id='m1' to='{to}'>{inside}</message>",
    "<message type='chat' from='{sender}' to='{to}' xmlns='{space}'>{inside}</message>",
    "<presence xmlns='jabber:client' type='{type}' from='{sender}' to='{to}'/>",
    "<presence xmlns='jabber:client' from='{sender}' to='{to}' xml:lang='en'>{inside}</presence>",
)
_INSIDE = st.one_of(
    st.builds("<body>{}</body>".format, texts()),
    st.sampled_from(("<error type='cancel'/>", "<body>x</body>", f"<body>{harness.LONG}</body>", "<x xmlns='urn:e'/>")),
    trees(1),
    texts(),
)


@st.composite
def ordinary(draw: st.DrawFn) -> str:
    """A question as our modules write it, nearly."""
    jid = _JIDS.map(lambda text: escape(text, {"'": "&apos;"}))
    stanza = draw(st.sampled_from(_ORDINARY)).format(
        type=draw(st.sampled_from(("chat", "chat", "error", "groupchat", "subscribe", "odd", ""))),
        space=draw(st.sampled_from(("jabber:client", "jabber:client", "jabber:server", "urn:e"))),
        to=draw(jid),
        sender=draw(jid),
        inside="".join(draw(st.lists(_INSIDE, max_size=4))),
    )
    ways = ("in", "in", "in", "out", "&#105;n")
    meta = (
        f"<meta xmlns='{CHECK}' via='s2s' peer='direction' direction='{draw(st.sampled_from(ways))}' contacted='true'/>"
    )
    question = draw(st.sampled_from((asked, wrapped)))(stanza, draw(st.sampled_from((meta, META, ""))))
    if draw(st.integers(0, 4)):
        return question
    old, new = draw(
        st.sampled_from(
            (
                ("'", '"'),
                ("type='set'", "type='get'"),
                ("type='set'", "type='result'"),
                ("id='w1'", "type='error' id='w1'"),
                ("id='w1'", "type='chat' id='w1'"),
                ("to='filter.example.org'", "to='alice@example.org'"),
                ("from='example.org'", "from='evil.example'"),
                ("from='example.org'", "from='example.org' xmlns='urn:e'"),
                ("<check ", "<!-- --><check "),
                ("</forwarded>", f"</forwarded><forwarded xmlns='{FORWARD}'/>"),
                ("</forwarded>", f"{HELLO}</forwarded>"),
                ("</forwarded>", " </forwarded>"),
            )
        )
    )
    return question if old == "'" and '"' in question else question.replace(old, new, 1 if old != "'" else -1)


@settings(max_examples=600, deadline=None)
@given(
    st.lists(st.one_of(ordinary(), ordinary(), ordinary(), questions(), stanzas(), trees(2)), max_size=6),
    st.lists(st.integers(0, 5_000), max_size=6),
)
def test_fast_and_slow_decide_alike(parts: list[str], places: list[int]) -> None:
    assert_alike("".join(parts), places)


def assert_alike(xml: str, places: Iterable[int] = ()) -> None:
    data = xml.encode()
    fast, slow = OnWire(action="bounce"), OnWire(action="bounce")
    got = fast.receive(*cut(data, places))
    for element in split([data]):
        slow.receive_slowly(element)
    assert fast.judged == slow.judged
    assert canonical(got) == canonical(b"".join(slow.out))
    assert said(fast.gateway.counts) == said(slow.gateway.counts)
    assert fast.slixmpps == slow.slixmpps
    assert [server.questions for server in fast.gateway.servers.values()] == [
        server.questions for server in slow.gateway.servers.values()
    ]


@settings(max_examples=60, deadline=None)
@given(st.lists(questions(), max_size=2))
def test_one_byte_at_a_time_makes_no_difference(parts: list[str]) -> None:
    data = "".join(parts).encode()
    whole, bytewise = OnWire(), OnWire()
    assert whole.receive(data) == bytewise.receive(*(data[i : i + 1] for i in range(len(data))))
    assert said(whole.gateway.counts) == said(bytewise.gateway.counts)


@given(attributes(), st.lists(texts(), max_size=2))
def test_what_is_forwarded_is_the_senders_own(given: str, inside: list[str]) -> None:
    given = re.sub(r"""\s(?:to|from|type)=(?:'[^']*'|"[^"]*")""", "", given)
    head = f" type='chat' from='mallory@evil.example/x' to='alice@example.org'{given}>"
    rest = f"<body>Hello</body>{''.join(inside)}</message>"
    got = OnWire().receive(wrapped(f"<message xmlns='jabber:client'{head}{rest}"))
    assert got.decode() == f"<message{head}{rest}"


_HEAD = "<message xmlns='jabber:client' from='mallory@evil.example/x' to='alice@example.org'>"
_NESTED = "<message><x/></message>"
TRICKS = {
    "a whole question inside": f"{_HEAD}<x xmlns='urn:e'>{asked(_NESTED)}{wrapped(_NESTED)}</x><body/></message>",
    "the end of a question as text": f"{_HEAD}<body><![CDATA[</message></forwarded></check></iq>]]></body></message>",
    "the end of a wrapped one as text": f"{_HEAD}<body><![CDATA[</message></forwarded></message>]]></body></message>",
    "the end in a comment": f"{_HEAD}<!-- </message></forwarded></check></iq> --><body>spam</body></message>",
    "the end in an instruction": f"{_HEAD}<?x </message></forwarded></message> ?><body>spam</body></message>",
    "a forged sender between other quotes": HELLO.replace(" to=", """ id="'a' from='forged@evil.example'" to="""),
    "a sender forged before": HELLO.replace(" from=", """ id="'a' from='forged@evil.example'" from="""),
    "no stanza's namespace": HELLO.replace("jabber:client", "urn:e"),
    "the same shape, another namespace": "{}" + HELLO.replace("jabber:client", "urn:e"),
    "no namespace": HELLO.replace(" xmlns='jabber:client'", ""),
    "white space in an address": HELLO.replace("/x'", "/x\ny\tz'"),
    "an ampersand in an address": HELLO.replace("/x'", "/x&amp;y'"),
    "a tag's end at the start of the last attribute": HELLO.replace("org'>", "org' id='>'>"),
    "references in an address": HELLO.replace("mallory@", "mallory&#x40;"),
    "a tag's end in an address": HELLO.replace("/x'", "/x>y'"),
    "an empty address": HELLO.replace("mallory@evil.example/x", ""),
    "no address": HELLO.replace(" from='mallory@evil.example/x'", ""),
    "no attributes": "<message/>",
    "an end tag with white space": HELLO.replace("</message>", "</message >"),
    "self-closing with white space": HELLO.replace("><body>Hello</body></message>", " />"),
    "a look-alike of the name": HELLO.replace("<body>", "<messages/><body>"),
    "text before the body": HELLO.replace("<body>", "text<body>"),
    "an unknown type": HELLO.replace(" to=", " type='odd' to="),
    "an IQ": "<iq xmlns='jabber:client' type='get' id='1' from='a@evil.example' to='alice@example.org'><x/></iq>",
    "an error in another namespace": SPAM.replace("<body>", "<error xmlns='urn:e'/><body>"),
    "an error behind a tag's end": SPAM.replace("<body>", "<error a='>' xmlns='urn:e'/><body>"),
    "an error inside": SPAM.replace("<body>", "<x xmlns='urn:e'><error xmlns='jabber:client'/></x><body>"),
    "a brace in a namespace": SPAM.replace("<body>", "<p:x xmlns:p='urn:}'/><x xmlns='}'/><body>"),
    "a brace in the stanza's own prefix": HELLO.replace("<message", "<message xmlns:p='}' p:to='x'"),
    "white space in a namespace": SPAM.replace("<body>", "<p:x xmlns:p='urn: e'/><body>"),
    "an error behind others": SPAM.replace("</body>", "</body><x xmlns='urn:e' a='/>'/><error type='cancel'/>"),
}
METAS = (
    META,
    "",
    f"<meta xmlns='{CHECK}' peer=\" direction='in'\" direction='out'/>",
    f"<meta xmlns='{CHECK}' xdirection='in'/>",
    f"<meta xmlns='{CHECK}' direction='in&#10;'/>",
    f"<meta xmlns='{CHECK}' direction='in\n' peer='a>b'/>",
    "<meta direction = 'out'/>",
    "<meta xmlns='urn:e' direction='out'></meta>",
)


@pytest.mark.parametrize("wrap", [asked, wrapped])
@pytest.mark.parametrize("stanza", TRICKS.values(), ids=TRICKS)
def test_no_trick_is_seen_in_one_way_only(stanza: str, wrap: Callable[..., str]) -> None:
    before = wrap(HELLO) if "{}" in stanza else ""
    question = wrap(stanza.replace("{}", ""))
    for around in ("", asked(HELLO), wrapped(HELLO)):
        assert_alike(before + around + question + around)


@pytest.mark.parametrize("wrap", [asked, wrapped])
@pytest.mark.parametrize("meta", METAS)
def test_what_the_server_knows_is_read_alike(meta: str, wrap: Callable[..., str]) -> None:
    assert_alike(wrap(HELLO, meta))
    on_wire = OnWire()
    on_wire.receive(wrap(HELLO, meta))
    assert len(on_wire.judged) == 1


# --- the fast way is taken at all


@pytest.mark.parametrize("quote", ["'", '"'])
def test_the_ordinary_shape_takes_the_fast_way(quote: str, monkeypatch: pytest.MonkeyPatch) -> None:
    on_wire = OnWire()
    monkeypatch.setattr(Wire, "_handle", lambda *_: pytest.fail("took the slow way"))
    subscribe = "<presence xmlns='jabber:client' type='subscribe' from='m@evil.example' to='alice@example.org'/>"
    for stanza in (HELLO, SPAM, subscribe):
        data = (asked(stanza) + wrapped(stanza)).replace("'", quote)
        on_wire.receive(data, data)
    assert sum(on_wire.gateway.counts.kinds) == 12


# --- what is answered


def test_a_question_is_answered() -> None:
    assert OnWire().receive(asked(HELLO)) == answer("accept")
    assert OnWire().receive(asked(SPAM)) == answer("drop")
    assert b"action='bounce'" in OnWire(action="bounce").receive(asked(SPAM.replace("error", "groupchat")))


@pytest.mark.parametrize("name", ["c2", "a&apos;b&lt;&amp;", "c&#10;d\te", "\u00fc"])
@pytest.mark.parametrize("quote", "'\"")
def test_an_answer_bears_the_id_of_its_question(name: str, quote: str) -> None:
    for stanza in (HELLO, SPAM, SPAM.replace("error", "groupchat")):
        assert_alike(asked(stanza).replace("id='c1'", f"id='{name}'").replace("'", quote))


def test_a_tag_goes_out_on_either_route() -> None:
    on_wire = OnWire(action="tag")
    spam = SPAM.replace("error", "groupchat").replace("/x'", "'", 1)
    tag = "<spam xmlns='urn:xmppfilter:tag:0' score='10' filter='groupchat_to_bare_jid'/>"
    assert on_wire.receive(asked(spam)) == answer("accept", f">{tag}</verdict>")
    assert OnWire(action="tag").receive(wrapped(spam)).endswith(f"<body>Hello</body>{tag}</message>".encode())


def test_a_strangers_tag_does_not_pass() -> None:
    forged = HELLO.replace("</body>", "</body><spam xmlns='urn:xmppfilter:tag:0'/>")
    spelled = HELLO.replace("</body>", "</body><spam xmlns='urn:xmppfilter:tag&#58;0'/>")
    for stanza in (forged, spelled):
        assert b"<spam" not in OnWire().receive(wrapped(stanza))


@pytest.mark.parametrize("question", [asked(HELLO, sender="evil.example"), wrapped(HELLO, sender="evil.example")])
def test_nobody_else_is_believed(question: str) -> None:
    on_wire = OnWire()
    got = on_wire.receive(question)
    assert on_wire.gateway.counts.disbelieved == 1
    assert sum(on_wire.gateway.counts.kinds) == 0
    assert b"<message" not in got
    assert (b"<forbidden" in got) == question.startswith("<iq")


def test_what_cannot_be_understood_is_counted() -> None:
    on_wire = OnWire()
    assert b"<bad-request" in on_wire.receive(asked(""))
    on_wire.receive(wrapped("<message xmlns='urn:e'/>"))
    on_wire.receive("<iq type='get' id='1' from='example.org' to='filter.example.org'><a></b></iq>")
    assert on_wire.gateway.counts.malformed == 3
    assert on_wire.slixmpps == []


# --- what a server sends on without the declarations of the sender's stream header, as ejabberd does

_UNBOUND = {
    "an element": "<foo:bar/><body>Hello</body>",
    "an attribute": "<body foo:x='1'>Hello</body>",
    "white space": "<body\nfoo:x = '1'>Hello</body>",
    "the stream's": "<stream:error/><body>Hello</body>",
    "declared elsewhere": "<a xmlns:foo='urn:e'><foo:b/></a><foo:bar/><body>Hello</body>",
    "several": "<foo:a bar:b='1'/><body>Hello</body><foo:c/>",
    "a letter of more than one byte": "<\u00fc:a/><body>Hello</body>",
}


@pytest.mark.parametrize("inside", _UNBOUND.values(), ids=_UNBOUND)
@pytest.mark.parametrize("wrap", [asked, wrapped])
def test_an_undeclared_prefix_spares_nobody(inside: str, wrap: Callable[..., str]) -> None:
    spam = SPAM.replace("<body>Hello</body>", inside)
    for around in ("", "<!-- -->"):
        on_wire = OnWire()
        got = on_wire.receive(
            *(wrap(spam.replace("mallory", f"m{n}")).replace("<meta", f"{around}<meta") for n in range(30))
        )
        assert on_wire.gateway.counts.actions == {"drop": 30}
        assert on_wire.gateway.counts.malformed == 0
        assert all(not health.failures for health in on_wire.gateway.setup.pipeline.health.values())
        assert got.count(b"action='drop'") == (30 if wrap is asked else 0)


@pytest.mark.parametrize("inside", _UNBOUND.values(), ids=_UNBOUND)
def test_an_undeclared_prefix_does_not_end_our_stream(inside: str) -> None:
    stanza = HELLO.replace("<body>Hello</body>", inside)
    got = OnWire().receive(wrapped(stanza)) + OnWire().receive(wrapped(stanza).replace("<meta", "<!-- --><meta"))
    assert len(fromstring(b"<stream xmlns='jabber:component:accept'>" + got + b"</stream>")) == 2
    assert got.count(b">Hello</body>") == 2


# --- names that some parsers do not read


@pytest.mark.parametrize("space", ["urn:a}b", "}", "urn:a&#125;b", "urn:a b", "{"])
@pytest.mark.parametrize("wrap", [asked, wrapped])
def test_no_namespace_makes_a_stanza_unreadable(space: str, wrap: Callable[..., str]) -> None:
    on_wire = OnWire(
        filters={"unreadable": {}, "patterns": {"strings": ["pills"], "scan": ["subject"]}}, action="bounce"
    )
    inside = f"<p:x xmlns:p='{space}'/><subject>pills</subject>"
    assert_alike(wrap(HELLO.replace("<body>", f"{inside}<body>")))
    on_wire.receive(wrap(HELLO.replace("<body>", f"{inside}<body>")))
    assert on_wire.gateway.counts.rules == {"patterns.string": 1}
    got = OnWire().receive(wrapped(HELLO.replace("<body>", f"{inside}<body>")))
    assert inside.encode() in got


# --- whose is it


@pytest.mark.parametrize(
    "element",
    [
        "<iq type='get' id='1' from='example.org' to='filter.example.org'><query xmlns='jabber:iq:version'/></iq>",
        "<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>",
        "<handshake/>",
    ],
)
def test_slixmpp_gets_what_is_its_own(element: str) -> None:
    on_wire = OnWire()
    assert on_wire.receive(element) == b""
    assert on_wire.slixmpps == [element.encode()]


@pytest.mark.parametrize(
    "element",
    [
        "<message from='a@b' to='filter.example.org'><body>Hello</body></message>",
        "<iq type='result' id='b3e6' from='a@b' to='filter.example.org'/>",
        "<presence from='a@b' to='filter.example.org'/>",
        "<presence type='subscribe' from='a@b' to='bot@filter.example.org'/>",
        "<message from='a@b' to='bot@filter.example.org/x'><body>Hello</body></message>",
        "<iq type='result' id='hello-1' from='example.org' to='filter.example.org'/>",
        "<iq type='error' id='x' from='a@b' to='bot@filter.example.org'/>",
    ],
)
def test_what_is_nobodys_is_left(element: str) -> None:
    """Sent on, a stanza to an address of our own domain would come back for ever."""
    on_wire = OnWire()
    assert on_wire.receive(element) == b""
    assert on_wire.slixmpps == []


def test_an_iq_to_an_address_that_is_not_there_is_answered() -> None:
    got = OnWire().receive("<iq type='get' id='1' from='a@b' to='bot@filter.example.org'><x xmlns='urn:e'/></iq>")
    assert b"<service-unavailable" in got


@pytest.mark.parametrize("quote", ["'", '"', ">", "&"])
def test_no_answer_is_so_long_that_a_server_ends_the_stream(quote: str) -> None:
    """Who quotes an id of a hundred thousand apostrophes writes six times as much."""
    name = (escape(quote, {"'": "&apos;", '"': "&quot;"}) * 100_000).replace("\n", "")
    on_wire = OnWire(action="bounce")
    for stanza in (
        f"<iq type='get' id='{name}' from='a@evil.example' to='filter.example.org'><x xmlns='urn:e'/></iq>",
        f"<iq type='get' id='{name}' from='a@evil.example' to='bot@filter.example.org'><x xmlns='urn:e'/></iq>",
        f"<iq type='set' id='{name}' from='evil.example' to='filter.example.org'><check xmlns='{CHECK}'/></iq>",
        wrapped(SPAM.replace("type='error'", f"type='groupchat' id='{name}'").replace("/x'", "'", 1)),
    ):
        assert len(on_wire.receive(stanza)) < 65_536
    assert on_wire.receive(asked(HELLO.replace("mallory", "romeo"))) == answer("accept")


@pytest.mark.parametrize(
    "inside",
    [
        "<foo:bar/>",
        "<a foo:b='1'/>",
        "<a xmlns:xml='urn:e'/>",
        "<a></b>",
        "<a:b:c/>",
        "<a xmlns='}'/>",
        "<a xmlns:b='urn:}' b:c='1'/>",
    ],
)
def test_nothing_reaches_slixmpp_that_its_parser_stumbles_over(inside: str) -> None:
    on_wire = OnWire()
    for sender in ("example.org", "a@evil.example"):
        got = on_wire.receive(f"<iq type='get' id='1' from='{sender}' to='filter.example.org'>{inside}</iq>")
        assert b"type='error'" in got or on_wire.slixmpps
    on_wire.receive(inside)
    for element in on_wire.slixmpps:
        fromstring(b"<stream:stream xmlns:stream='urn:s'>" + element + b"</stream:stream>")


def test_an_error_to_what_was_sent_on_goes_to_the_stranger() -> None:
    error = "<message type='error' from='alice@example.org' to='mallory@evil.example'><error type='cancel'/></message>"
    assert OnWire().receive(error) == error.encode()


# --- size

_LARGE = HELLO.replace("Hello", "x" * 5_000)


def _pieces(xml: str) -> dict[str, list[str]]:
    return {"in one piece": [xml], "in pieces": [xml[at : at + 100] for at in range(0, len(xml), 100)]}


@pytest.mark.parametrize("how", ["in one piece", "in pieces"])
def test_a_question_that_is_too_large_is_judged_by_its_addresses(how: str) -> None:
    on_wire = OnWire(4_000)
    question = asked(_LARGE.replace(" to=", " id='m1' to="), META.replace("via='s2s'", "via='s2s' contacted='false'"))
    assert on_wire.receive(*_pieces(question)[how], asked(HELLO)) == answer("accept") * 2
    raw, _, sender, recipient, *_ = on_wire.judged[0]
    assert (sender, recipient) == ("mallory@evil.example/x", "alice@example.org")
    assert (
        raw
        == _LARGE.replace(" to=", " id='m1' to=").replace("><body>" + "x" * 5_000 + "</body></message>", "/>").encode()
    )
    assert on_wire.judged[0][8] == {"via": "s2s", "direction": "in", "contacted": "false", "size": str(len(question))}
    assert on_wire.gateway.counts.too_large == 1


@pytest.mark.parametrize("how", ["in one piece", "in pieces"])
def test_size_frees_nobody_who_is_banned(how: str) -> None:
    on_wire = OnWire(4_000)
    assert on_wire.receive(asked(SPAM)) == answer("drop")
    assert on_wire.receive(*_pieces(asked(_LARGE))[how]) == answer("drop")
    assert on_wire.receive(*_pieces(wrapped(_LARGE))[how], asked(_LARGE)) == answer("drop")
    assert on_wire.gateway.counts.too_large == 3


_LONG_IQ = (
    f"<iq type='get' id='q1' from='a@evil.example/x' to='filter.example.org'><x xmlns='urn:e'>{'y' * 5_000}</x></iq>"
)


@pytest.mark.parametrize(
    ("element", "wanted"),
    [
        (_LONG_IQ, b"<policy-violation"),
        (_LONG_IQ.replace("filter.example.org", "bot@filter.example.org"), b"<policy-violation"),
        (_LONG_IQ.replace("filter.example.org", "alice@example.org"), b"<policy-violation"),
        (_LONG_IQ.replace("get", "result"), b""),
        (_LONG_IQ.replace(" id='q1'", ""), b""),
        (_LONG_IQ.replace("a@evil.example/x", "@"), b""),
        (_LONG_IQ.replace("id='q1'", f"id='{'q' * 20_000}'"), b""),
        (asked(_LARGE, sender="evil.example"), b"<policy-violation"),
        (asked(_LARGE.replace(" to=", f" id='{'i' * 20_000}' to=")), b"<policy-violation"),
        (asked(_LARGE).replace("<forwarded", "<forwarded a='<!-- -->'").replace("<!--", "&lt;!--"), b"action='accept'"),
        (asked(_LARGE.replace("message", "p:message").replace("xmlns", "xmlns:p")), b"<policy-violation"),
        (wrapped(_LARGE), b""),
        (wrapped(_LARGE, sender="evil.example"), b""),
        (HELLO.replace("Hello", "x" * 5_000).replace("alice@", ""), b""),
        (f"<presence from='a@evil.example' to='filter.example.org'><status>{'x' * 5_000}</status></presence>", b""),
        (f"<p:iq xmlns:p='jabber:client'>{'x' * 5_000}</p:iq>", b""),
        (f"<{'x' * 5_000}/>", b""),
    ],
)
def test_what_is_too_large_is_answered_as_far_as_it_can_be(element: str, wanted: bytes) -> None:
    for pieces in _pieces(element).values():
        on_wire = OnWire(4_000)
        got = on_wire.receive(*pieces)
        assert wanted in got
        assert got == b"" or wanted
        assert on_wire.receive(asked(HELLO)) == answer("accept")
        assert on_wire.gateway.counts.too_large == 1
        assert on_wire.slixmpps == []


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.one_of(ordinary(), questions(), stanzas()), max_size=5),
    st.lists(st.integers(0, 5_000), max_size=8),
    st.integers(100, 900),
)
def test_however_a_stream_is_cut_the_same_is_too_large(parts: list[str], places: list[int], most: int) -> None:
    data = "".join(parts).encode()
    whole, cut_up = OnWire(most), OnWire(most)
    assert whole.receive(data) == cut_up.receive(*cut(data, places))
    assert whole.judged == cut_up.judged
    assert whole.gateway.counts == cut_up.gateway.counts


# --- what is no well-formed XML


@pytest.mark.parametrize("wrap", [asked, wrapped])
@pytest.mark.parametrize("around", ["", "<!-- -->"])
def test_what_cannot_be_parsed_frees_nobody_who_is_banned(wrap: Callable[..., str], around: str) -> None:
    on_wire = OnWire()
    on_wire.receive(asked(SPAM))
    forbidden = "<x xmlns:a='http://www.w3.org/XML/1998/namespace' xmlns:xml='urn:e' xmlns='muc#user'/>"
    broken = HELLO.replace("<body>", f"{forbidden}<body>")
    got = on_wire.receive(wrap(broken).replace("<meta", f"{around}<meta"))
    assert got == (answer("drop") if wrap is asked else b"")
    assert on_wire.gateway.counts.actions["drop"] == 2
    assert (on_wire.gateway.counts.failures, on_wire.gateway.counts.malformed) == (0, 0)


@pytest.mark.parametrize("inside", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("route", ROUTES)
def test_hostile_size_costs_less_than_half_a_second(inside: str, route: str) -> None:
    assert cost(inside, route) < 10 * BAR
