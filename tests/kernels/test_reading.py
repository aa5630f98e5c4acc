"""What is compiled decides exactly as what it stands for in Python, on every input."""

import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.bench import traffic
from tests.xmpp.test_wire import asked, ordinary, questions, stanzas, wrapped
from tests.xmpp.xml import trees
from xmppfilter.routes.fast import SPACES, Question, Reader
from xmppfilter.stanza.jid import Jid
from xmppfilter.stanza.kind import Kind
from xmppfilter.stanza.view import Stanza

fast = pytest.importorskip("xmppfilter.kernels._reading", reason="no kernel is compiled: pip install -e .")

Read = Callable[[bytes, int], Question[str] | None]
BLANK = Stanza(b"", "", "", Kind.MESSAGE, -1, None)
SUBSCRIBE = "<presence xmlns='jabber:client' type='subscribe' from='m@evil.example' to='alice@example.org'/>"
HELLO = "<message xmlns='jabber:client' from='m@evil.example/x' to='alice@example.org'><body>Hi</body></message>"


def find_asker(asks: bool, given: Any, quote: str) -> str | None:
    return None if given.get("from") == "evil.example" else f"{asks} {given} {quote}"


class Counted(Reader[str]):
    """A reader that knows how often it was asked."""

    __slots__ = ("asked",)

    def __init__(self) -> None:
        super().__init__(find_asker)
        self.asked = 0

    def read(self, data: bytes, at: int) -> Question[str] | None:
        self.asked += 1
        return super().read(data, at)


def compiled_reading() -> tuple[Read, Counted]:
    """Return what reads as machine code, and the reader that it asks when it is at a loss."""
    reader = Counted()
    read: Read = fast.reading(reader, BLANK, Jid, SPACES)
    return read, reader


def seen(question: Question[str] | None) -> object:
    """Return all there is to be seen of a question."""
    if question is None:
        return None
    asker, name, stanza, end = question
    about: dict[str, Any] = {slot: getattr(stanza, slot) for slot in Stanza.__slots__}
    for part in ("sender", "recipient"):
        about[part] = [getattr(about[part], slot) for slot in Jid.__slots__]
    return type(question), asker, name, type(stanza), about, end


# --- questions


@pytest.mark.parametrize("wrap", [traffic.asked, traffic.wrapped])
@pytest.mark.parametrize("quote", ["'", '"'])
def test_ordinary_traffic_is_read_without_python(quote: str, wrap: Callable[[str, int], str]) -> None:
    data = traffic.Generator().mixed(50, wrap).data.replace(b"'", quote.encode())
    read, reader = compiled_reading()
    pure = Reader(find_asker)
    at = count = 0
    while at < len(data):
        question = read(data, at)
        assert question is not None
        assert seen(question) == seen(pure.read(data, at))
        at = question[-1]
        count += 1
    assert count == 50
    # in the other quotes the direction is not said in the usual way
    assert reader.asked == (1 if quote == "'" else 50)


def test_servers_that_take_turns_are_all_known() -> None:
    read, reader = compiled_reading()
    data = [asked(HELLO, sender=f"s{n}.example").encode() for n in range(20)]
    for n in (*range(16), *range(16)):
        assert read(data[n], 0) is not None
    assert reader.asked == 16
    for n in (*range(20), *range(20)):
        assert seen(read(data[n], 0)) == seen(Reader(find_asker).read(data[n], 0))


SOME = (asked(HELLO), wrapped(HELLO), asked(SUBSCRIBE), asked(HELLO).replace("'", '"'))


def taught() -> tuple[Read, Counted]:
    """Return what has read of each kind already, so that nothing is new to it."""
    read, reader = compiled_reading()
    for question in SOME:
        assert read(question.encode(), 0) is not None
    return read, reader


@settings(max_examples=400, deadline=None)
@given(
    st.lists(st.one_of(ordinary(), ordinary(), ordinary(), questions(), stanzas(), trees(2)), max_size=4),
    st.lists(st.integers(0, 5_000), max_size=8),
)
def test_whatever_is_asked_is_read_alike(parts: list[str], places: list[int]) -> None:
    data = "".join(parts).encode()
    read, pure = taught()[0], Reader(find_asker)
    starts = [sum(len(part.encode()) for part in parts[:n]) for n in range(len(parts) + 1)]
    for at in (*starts, *(place for place in places if place <= len(data))):
        assert seen(read(data, at)) == seen(pure.read(data, at))


@settings(max_examples=400, deadline=None)
@given(ordinary(), st.data())
def test_bytes_that_were_tampered_with_are_read_alike(question: str, data: st.DataObject) -> None:
    """Nobody promises anything of what is not well-formed, but neither may see what the other does not."""
    raw = bytearray(question.encode())
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(raw) - 1))
        byte = data.draw(st.one_of(st.sampled_from(b"<>'\"/ =!?&;:@.-adx\x00\xff"), st.integers(0, 255)))
        match data.draw(st.integers(0, 2)):
            case 0:
                raw[at] = byte
            case 1:
                raw.insert(at, byte)
            case _:
                del raw[at : at + data.draw(st.integers(1, 20))]
        if not raw:
            return
    assert seen(taught()[0](bytes(raw), 0)) == seen(Reader(find_asker).read(bytes(raw), 0))


NEARLY = (
    (" xmlns='jabber:client'", ""),
    (" xmlns='jabber:client'", " xmlns=''"),
    (" xmlns='jabber:client'", " xmlns='jabber:server'"),
    (" xmlns='jabber:client'", " xmlns='urn:e'"),
    (" xmlns='jabber:client'", " xmlns='jabber:client' xmlns='urn:e'"),
    (" xmlns='jabber:client'", " xmlns='jabber:client' xmlns:p='urn:e' p:from='a@b'"),
    (" from='m@evil.example/x'", ""),
    (" from='m@evil.example/x'", " from='m@evil.example/x' from='a@b'"),
    (" from='m@evil.example/x'", " from='m@evil.example/x' from='A@b'"),
    (" from='m@evil.example/x'", " from='A@b' from='m@evil.example/x'"),
    (" from='m@evil.example/x'", ' from="m@evil.example/x"'),
    (" from='m@evil.example/x'", " from = 'm@evil.example/x'"),
    (" from='m@evil.example/x'", "  from='m@evil.example/x'"),
    (" from='m@evil.example/x'", " from='m@evil.example/x' -a='b'"),
    (" from='m@evil.example/x'", " from='m@evil.example/x' a='<!--'"),
    (" from='m@evil.example/x'", " from='m@evil.example/x' a='>'"),
    (" from='m@evil.example/x'", " from='m@evil.example/x'" + " a=''" * 40),
    (" to='alice@example.org'", ""),
    (" to='alice@example.org'", " to='alice@example.org' to='bob@example.org'"),
    (" to='alice@example.org'", " to='alice@example.org' type='chat' type='error'"),
    (" to='alice@example.org'", " to='alice@example.org' type=''"),
    (" to='alice@example.org'", " to='alice@example.org' type='odd'"),
    (" to='alice@example.org'", " to='alice@example.org' type='chat '"),
    ("<message", "<messages"),
    ("<message", "<iq"),
    ("<body>", "<messages/><body>"),
    ("<body>", "<!-- --><body>"),
    ("<body>", "<?x?><body>"),
    ("<body>", "<body><![CDATA[</message></forwarded></check></iq>]]>"),
    ("</message>", "</message >"),
    ("</forwarded>", "</forwarded >"),
    ("direction='in'", "direction='out'"),
    ("direction='in'", "direction='inout'"),
    ("direction='in'", "xdirection='in'"),
    ("direction='in'", "a='direction' direction='out'"),
    ("direction='in'", "a='\"' direction='in'"),
    ("direction='in'", "direction='out' direction='in'"),
    ("<meta", "<meta>"),
    ("<meta", "<metal"),
    ("id='c1'", "id='c1' from='x'"),
    ("id='c1'", "id=''"),
    ("id='c1'", "id='&#39;<ü'"),
    ("id='c1'", 'id="c1"'),
)


@pytest.mark.parametrize(("old", "new"), NEARLY)
def test_what_is_nearly_ordinary_is_read_alike(old: str, new: str) -> None:
    data = asked(HELLO).replace(old, new, 1).encode()
    assert data != asked(HELLO).encode()
    assert seen(taught()[0](data, 0)) == seen(Reader(find_asker).read(data, 0))


@pytest.mark.parametrize("question", SOME)
def test_what_is_cut_off_anywhere_is_read_alike(question: str) -> None:
    data = question.encode()
    read, pure = taught()[0], Reader(find_asker)
    for end in range(len(data) + 1):
        assert seen(read(data[:end], 0)) == seen(pure.read(data[:end], 0)), end
    for at in range(len(data) + 1):
        assert seen(read(data, at)) == seen(pure.read(data, at)), at


@pytest.mark.parametrize("args", [(), (b"",), (b"", 0, 0), ("", 0), (b"", "0"), (bytearray(), 0), (b"", 1 << 80)])
def test_what_is_no_place_in_bytes_is_refused(args: tuple[Any, ...]) -> None:
    read: Callable[..., object] = compiled_reading()[0]
    with pytest.raises((TypeError, OverflowError)):
        read(*args)


@pytest.mark.parametrize("at", [-1, -(1 << 40), 1, 1 << 40])
def test_no_place_is_beyond_the_end(at: int) -> None:
    assert compiled_reading()[0](b"", at) is None


def test_a_class_that_has_more_than_slots_is_refused() -> None:
    class Other(Jid):
        """It has a dict."""

    with pytest.raises(TypeError):
        fast.reading(Counted(), BLANK, Other, SPACES)
    with pytest.raises((TypeError, AttributeError)):
        fast.reading(Counted(), object(), Jid, SPACES)


def test_what_reading_raises_is_raised() -> None:
    class Broken(Counted):
        __slots__ = ()

        def read(self, *_: object) -> Question[str] | None:
            raise LookupError

    with pytest.raises(LookupError):
        fast.reading(Broken(), BLANK, Jid, SPACES)(b"", 0)


# --- addresses

_NEARLY_PLAIN = st.builds(
    "".join, st.lists(st.sampled_from(["a", "b1", "ex.org", "@", "/", ".", "-", "X", " ", "x--y", "~", "ü", "a" * 254]))
)


@settings(max_examples=1000)
@given(st.one_of(_NEARLY_PLAIN, st.text(max_size=20), st.builds("{}@{}".format, _NEARLY_PLAIN, _NEARLY_PLAIN)))
def test_an_address_is_what_it_is_in_python(text: str) -> None:
    written = "".join(f"&#{ord(char)};" if char in "<&'" else char for char in text).encode("utf-8", "surrogatepass")
    data = asked(HELLO).encode().replace(b"m@evil.example/x", written)
    read, reader = taught()
    before = reader.asked
    question = read(data, 0)
    assert seen(question) == seen(Reader(find_asker).read(data, 0))
    if reader.asked == before and question is not None:
        parsed = Jid.parse(text)
        assert [getattr(question[2].sender, slot) for slot in Jid.__slots__] == [
            getattr(parsed, slot) for slot in Jid.__slots__
        ]


@pytest.mark.parametrize(
    ("text", "without_python"),
    [
        ("mallory@evil.example/x", True),
        ("mallory@evil.example", True),
        ("a.b-c_d+e!f#g$h%i*j=k?l^m`n{o|p}q~r\\20s@a-b.c.d1/Gajim on /@: me ", True),
        (f"{'a' * 256}@{'b' * 256}/{'c' * 256}", True),
        (f"{'a' * 257}@b", False),
        (f"a@{'b' * 257}", False),
        (f"a@b/{'c' * 257}", False),
        ("Mallory@evil.example", False),
        ("evil.example", False),
        ("mallory@xn--e1afmkfd.example", False),
        ("mallory@evil.example.", False),
        ("mallory@-evil.example", False),
        ("mallory@evil_one.example", False),
        ("mallory@evil.example/ü", False),
        ("mallory@evil.example/&gt;", False),
    ],
)
def test_plain_addresses_need_no_python(text: str, without_python: bool) -> None:
    read, reader = taught()
    before = reader.asked
    assert read(asked(HELLO.replace("m@evil.example/x", text)).encode(), 0) is not None
    assert (reader.asked == before) is without_python


# --- nothing is kept that is given back


def test_a_hundred_thousand_questions_leave_nothing_behind() -> None:
    read, _ = taught()
    data = [question.encode() for question in (*SOME, asked(HELLO.replace("m@", "M@")), "<iq/>", SOME[0][:-1])]

    def round_of(count: int) -> None:
        for _ in range(count):
            for each in data:
                read(each, 0)

    def held() -> tuple[int, ...]:
        return tuple(map(sys.getrefcount, (Kind.MESSAGE, BLANK, Jid, Stanza, read, *data)))

    round_of(100)
    references, blocks = held(), sys.getallocatedblocks()
    round_of(100_000 // len(data))
    assert held() == references
    assert abs(sys.getallocatedblocks() - blocks) < 1_000


def test_a_reading_that_is_let_go_goes() -> None:
    before = sys.getrefcount(Stanza)
    for _ in range(100):
        taught()
    assert sys.getrefcount(Stanza) <= before + 1
