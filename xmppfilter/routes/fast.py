"""Reads what servers ask in the shape in which their modules write it, on the bytes themselves.

A server writes all its questions alike: what stands before and behind the id of one is found before and behind the id
of the next. One regex then reads up to the end of the asked stanza's start tag, attribute by attribute; where the
stanza ends is found by a search. All of this runs over the text that Latin-1 makes of the bytes: each letter is a byte,
and what is found is text already.
"""

import re
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Final, Generic, TypeVar

from xmppfilter import kernels
from xmppfilter.stanza.jid import PLAIN, Jid, normal_domains
from xmppfilter.stanza.kind import Kind, kind_of
from xmppfilter.stanza.start import read_attributes, read_value
from xmppfilter.stanza.view import CONTENT_NAMESPACES, Stanza

# deploy/PROTOCOL.md, sections 1 and 2, up to the end of the outer start tag. Groups: all before the id, the outer name,
# the attributes before, the quote, all behind the id, the attributes behind.
_WHO: Final = r"""((?: (?:type|from|to)=(?:'[^'<]*'|"[^"<]*"))*)"""
_OUTER: Final = re.compile(rf"""(<(iq|message){_WHO} id=(['"]))(?s:(?!\4).)*(\4{_WHO}>)""")
_CHECK: Final = "<check xmlns={0}urn:xmppfilter:check:0{0}>"
_META: Final = "<meta"
_FORWARDED: Final = "<forwarded"
_FORWARD: Final = " xmlns={0}urn:xmpp:forward:0{0}>"

# The stanza's start tag. Groups: its name, the quote of its namespace, its type, the recipient, the sender with its
# four parts if it is plain, the sender if it is not, the slash at the end. No two ways lead through the attributes, so
# that a tag which matches none is given up in linear time; a second sender would have the parts of two.
_START: Final = (
    "<([a-z]+)"
    "(?: (?:xmlns=({q})(?:{spaces}){q}|type={q}([a-z]*){q}|to={q}([^{q}]*){q}"
    "|from={q}(?(5)(?!)|(?:({plain}){q}|(?!{plain_again}{q})([^{q}]*){q}))|id={q}[^{q}]*{q}"
    "|(?!xmlns=|type=|to=|from=|id=)[A-Za-z_:][A-Za-z0-9_:.-]*={q}[^{q}]*{q}))*(/?)>"
)
SPACES: Final = tuple(sorted(filter(None, CONTENT_NAMESPACES)))
"""What the namespace may be that the asked stanza declares."""
_NEAR: Final = 2048
"""Characters that are searched first: in more than that, Python's search begins with laying out tables."""
_BANG, _ASKS = b"!?"
_JIDS_AT_MOST: Final = 4096
_LONGEST_KEPT: Final = 256
_WAYS_AT_MOST: Final = 1024

_TYPES: Final = {
    "message": ("", "chat", "error", "groupchat", "headline", "normal"),
    "presence": ("", "error", "probe", "subscribe", "subscribed", "unavailable", "unsubscribe", "unsubscribed"),
}
"""All that RFC 6121 knows."""
_ENDS: Final = {"iq": "</forwarded></check></iq>", "message": "</forwarded></message>"}
"""What follows the stanza, by the outer name."""

Asker = TypeVar("Asker")
Question = tuple[Asker, str, Stanza, int]
"""Who asks; the id, as Latin-1 and still escaped; the stanza; where the question ends."""


class Name:
    """What a stanza's name says in a question."""

    __slots__ = ("closing", "kinds", "name", "opening")

    def __init__(self, name: str, end: str) -> None:
        self.name = name
        self.kinds: dict[str | None, Kind] = {type_: kind_of(name, type_) for type_ in _TYPES[name]}
        """By the stanza's type; None: it has none."""
        self.kinds[None] = self.kinds[""]
        self.closing = f"</{name}>{end}"
        """Its end tag, and all that follows."""
        self.opening = f"<{name}"
        """What must not stand before that."""


class Way(Generic[Asker]):
    """How one server writes."""

    __slots__ = ("asker", "before", "behind", "end", "forwarded", "has_meta", "match", "names", "quote")

    def __init__(self, asker: Asker, outer: str, before: str, quote: str, behind: str, *, has_meta: bool) -> None:
        self.asker = asker
        self.before = before
        """All that stands before the id."""
        self.behind = behind
        """All that stands between the id and the attributes of `<meta/>`, or of `<forwarded>` if there is no meta."""
        self.has_meta = has_meta
        self.forwarded = (f"/>{_FORWARDED}" if has_meta else "") + _FORWARD.format(quote)
        """What stands between those and the stanza."""
        self.quote = quote
        self.match = _STARTS[quote]
        self.names = _NAMES[outer]
        self.end = _ENDS[outer]


class Reader(Generic[Asker]):
    """Reads the questions of all who are believed."""

    __slots__ = ("_data", "_find_asker", "_jids", "_text", "_ways", "way")

    def __init__(self, find_asker: Callable[[bool, Mapping[str, str], str], Asker | None]) -> None:
        """Ask *find_asker* who it is, by what is asked (else handed over), the attributes and their quote."""
        self._find_asker = find_asker
        self._ways: dict[tuple[str, str], Way[Asker]] = {}
        self.way: Way[Asker] | None = None
        """In which the last question was written."""
        self._data = b""
        self._text = ""
        self._jids: dict[str, Jid] = {}

    def read(self, data: bytes, at: int) -> Question[Asker] | None:  # noqa: C901, PLR0911, PLR0912 - one pass
        """Return the question that begins in *data* at *at*; None where it is unusual, another thing, or not all there.

        The XML is taken to be well-formed.
        """
        if data is self._data:
            text = self._text
        else:
            text = self._text = data.decode("latin-1")
            self._data = data
        way = self.way
        if way is not None:
            id_at = at + len(way.before)
            id_end = text.find(way.quote, id_at)
        if way is None or not text.startswith(way.before, at) or not text.startswith(way.behind, id_end):
            way = self._find_way(text, at)
            if way is None:
                return None
            id_at = at + len(way.before)
            id_end = text.find(way.quote, id_at)
        start = id_end + len(way.behind)
        meta = ""
        if way.has_meta:
            # no attribute may have a < in it
            meta = text[start : text.find("<", start) - 2]
            start += len(meta)
        if not text.startswith(way.forwarded, start):
            return None
        start += len(way.forwarded)
        found = way.match(text, start)
        if found is None:
            return None
        name, declared, type_, to, sent_by, bare, local, domain, resource, odd, slash = found.groups()
        element = way.names.get(name)
        if element is None or to is None or declared is None:
            return None
        kind = element.kinds.get(type_)
        if kind is None:
            return None

        # Where the stanza ends: at the first end tag of its name, if none of that name begins in it.
        opened = found.end()
        if slash:
            if not text.startswith(way.end, opened):
                return None
            stop, body_at = opened, -1
        else:
            stop = text.find(name, opened, opened + _NEAR) - 2
            if not text.startswith(element.closing, stop):
                stop = text.find(element.closing, opened)
                if stop < 0 or text.find(element.opening, opened, stop) >= 0:
                    return None
            stop += len(name) + 3
            body_at = opened - start
        raw = data[start:stop]
        # comments, CDATA sections and processing instructions could hide a tag
        if (_BANG in raw and raw.find(b"<!") >= 0) or (_ASKS in raw and raw.find(b"<?") >= 0):
            return None

        recipient = self._jids.get(to) or self.address(to)
        if domain in normal_domains and odd is None:
            sender: Jid | None = Jid(bare, local, domain, resource or "", sent_by)
        else:
            sender = self.address(sent_by if odd is None else odd)
        if sender is None or recipient is None:
            return None
        direction = "in" if " direction='in'" in meta and '"' not in meta else _direction(meta)
        stanza = Stanza(raw, name, type_ or "", kind, body_at, direction, None, meta, sender, recipient)
        return way.asker, text[id_at:id_end], stanza, stop + len(way.end)

    def _find_way(self, text: str, at: int) -> Way[Asker] | None:
        """Return how the question at *at* is written, and stay with that; None where nobody asks who is believed."""
        found = _OUTER.match(text, at)
        if found is None:
            return None
        before, outer, given, quote, behind, more = found.groups()
        if outer == "iq":
            behind += _CHECK.format(quote)
        id_end = found.start(5)
        has_meta = text.startswith(_META, id_end + len(behind))
        behind += _META if has_meta else _FORWARDED
        if not text.startswith(behind, id_end):
            return None
        way = self._ways.get((before, behind))
        if way is None:
            asker = self._find_asker(outer == "iq", read_attributes((given + more).encode("latin-1")), quote)
            if asker is None:
                return None
            if len(self._ways) >= _WAYS_AT_MOST:
                self._ways.clear()
            way = Way(asker, outer, before, quote, behind, has_meta=has_meta)
            self._ways[before, behind] = way
        self.way = way
        return way

    def address(self, text: str | None) -> Jid | None:
        """Return the JID that *text*, the bytes of an attribute as Latin-1, stands for; None if it is none."""
        if text is None:
            return None
        if (known := self._jids.get(text)) is not None:
            return known
        simple = text.isascii() and text.isprintable() and "&" not in text
        try:
            jid = Jid.parse(text if simple else read_value(text.encode("latin-1")))
        except ValueError:
            return None
        if len(text) <= _LONGEST_KEPT:
            if len(self._jids) >= _JIDS_AT_MOST:
                self._jids.clear()
            self._jids[text] = jid
        return jid


def new_reading(
    find_asker: Callable[[bool, Mapping[str, str], str], Asker | None],
) -> Callable[[bytes, int], Question[Asker] | None]:
    """Return what reads as a `Reader` does that knows nobody yet: in C, where that is compiled."""
    reader = Reader(find_asker)
    return reader.read if kernels.reading is None else reading_in_c(kernels.reading, reader)


def reading_in_c(module: ModuleType, reader: Reader[Asker]) -> Callable[[bytes, int], Question[Asker] | None]:
    """Return what reads as *reader* does, and asks that where it does not know how."""
    blank = Stanza(b"", "", "", Kind.MESSAGE, -1, None)
    read: Callable[[bytes, int], Question[Asker] | None] = module.reading(reader, blank, Jid, SPACES)
    return read


def _direction(meta: str) -> str | None:
    """Return what the inside of the tag of `<meta/>` says of the stanza's direction."""
    if not meta:
        return None
    if " direction='out'" in meta and '"' not in meta:
        return "out"
    return read_attributes(meta.encode("latin-1")).get("direction")


def _start(quote: str) -> Callable[[str, int], "re.Match[str] | None"]:
    plain_again = re.sub(r"\[[^]]*\]|\((?!\?)", lambda found: found[0] if found[0] != "(" else "(?:", PLAIN)
    return re.compile(_START.format(q=quote, spaces="|".join(SPACES), plain=PLAIN, plain_again=plain_again)).match


_STARTS: Final = {quote: _start(quote) for quote in "'\""}
_NAMES: Final = {outer: {name: Name(name, end) for name in _TYPES} for outer, end in _ENDS.items()}
