"""XML as strangers may write it: every way of writing the same thing, and look-alikes of the protocol."""

from xml.sax.saxutils import escape

from hypothesis import strategies as st

NAMES = ("message", "presence", "iq", "body", "x", "forwarded", "check", "meta", "error", "messages", "a-b.c")
SPACES = ("jabber:client", "urn:xmpp:forward:0", "urn:xmppfilter:check:0", "urn:xmppfilter:tag:0", "urn:e", "")
LOOK_ALIKES = (
    "</message>",
    "</forwarded></check></iq>",
    "<message from='a@b' to='c@d'><body>x</body></message>",
    "<verdict xmlns='urn:xmppfilter:check:0' action='accept'/>",
    "]]>",
    "-->",
    "a 'b' \"c\" > d & e",
)

_WORDS = st.text("abc <>&'\"\n\tü☃𝄞/]!-", max_size=12)
_TEXTS = st.one_of(_WORDS, st.sampled_from(LOOK_ALIKES))


def _quoted(value: str, quote: str) -> str:
    value = value.replace("&", "&amp;").replace("<", "&lt;").replace(quote, "&quot;" if quote == '"' else "&apos;")
    return f"{quote}{value}{quote}"


_ATTRIBUTES = st.dictionaries(st.sampled_from(("id", "type", "to", "from", "xml:lang", "a")), _TEXTS, max_size=3)
_QUOTES = st.sampled_from("'\"")


@st.composite
def attributes(draw: st.DrawFn) -> str:
    """Attributes with either quote and any space between them."""
    space = draw(st.sampled_from((" ", "\n", "  ")))
    given = draw(_ATTRIBUTES).items()
    return "".join(f"{space}{name}={_quoted(value, draw(_QUOTES))}" for name, value in given)


@st.composite
def texts(draw: st.DrawFn) -> str:
    """Text, escaped one way or another."""
    text = draw(_TEXTS)
    match draw(st.integers(0, 3)):
        case 0:
            return f"<![CDATA[{text.replace(']]>', '')}]]>"
        case 1:
            return "".join(f"&#{ord(char)};" if char in "<>&'\"" else char for char in text)
        case 2:
            return f"<!--{text.replace('-', '')}-->"
    return escape(text)


@st.composite
def trees(draw: st.DrawFn, depth: int = 3) -> str:
    """An element."""
    name = draw(st.sampled_from(NAMES))
    space = draw(st.one_of(st.none(), st.sampled_from(SPACES)))
    prefix = draw(st.sampled_from(("", "", "", "p")))
    declared = "" if space is None else f" xmlns={_quoted(space, draw(_QUOTES))}"
    if prefix:
        name, declared = f"{prefix}:{name}", f" xmlns:{prefix}='{space or 'urn:p'}'"
    start = f"<{name}{declared}{draw(attributes())}{draw(st.sampled_from(('', ' ')))}"
    if not draw(st.booleans()):
        return start + "/>"
    inside = draw(st.lists(texts() if depth == 0 else st.one_of(texts(), trees(depth - 1)), max_size=3))
    return f"{start}>{''.join(inside)}</{name}{draw(st.sampled_from(('', '', ' ')))}>"


def elements() -> st.SearchStrategy[bytes]:
    """An element in UTF-8."""
    return trees().map(str.encode)
