"""The start tag of a stanza: its name and its attributes (XML 1.0 3.1, 3.3.3)."""

import re

from xmppfilter.stanza.xml import unescape

# Names may have letters of any script; only well-formed XML comes here, so whatever is not ASCII is one.
_ATTRIBUTE_NAME = rb"[A-Za-z_:\x80-\xff][\w:.\x80-\xff-]*"
_ATTRIBUTE = rb"\s+" + _ATTRIBUTE_NAME + rb"""\s*=\s*(?:'[^'<]*'|"[^"<]*")"""
START = re.compile(rb"<(message|presence|iq)((?:" + _ATTRIBUTE + rb")*)\s*(/?)>")
EACH = re.compile(rb"\s+(" + _ATTRIBUTE_NAME + rb""")\s*=\s*(?:'([^'<]*)'|"([^"<]*)")""")
_NOT_LITERAL = re.compile(rb"[&\t\n\r]")
# XML 1.0 3.3.3: white space in an attribute is a space, unless a reference spells it.
_WHITE = bytes.maketrans(b"\t\n\r", b"   ")


def start_tag(raw: bytes, at: int = 0) -> bytes | None:
    """Return the stanza's start tag at *at* in *raw*, as an element without content; None: none stands there whole."""
    start = START.match(raw, at)
    return b"<" + start[1] + start[2] + b"/>" if start is not None else None


def read_attributes(text: bytes) -> dict[str, str]:
    """Return the attributes in *text*, the inside of a start tag, unescaped and normalised (XML 1.0 3.3.3)."""
    read = read_value if _NOT_LITERAL.search(text) else _literal
    return {name.decode("utf-8", "replace"): read(single or double) for name, single, double in EACH.findall(text)}


def read_value(text: bytes) -> str:
    """Return what *text*, between the quotes of a well-formed attribute, stands for."""
    value = _spaced(text).decode("utf-8", "replace")
    return unescape(value) if "&" in value else value


def _literal(text: bytes) -> str:
    return text.decode("utf-8", "replace")


def _spaced(value: bytes) -> bytes:
    return (
        value.replace(b"\r\n", b" ").translate(_WHITE) if b"\n" in value or b"\r" in value or b"\t" in value else value
    )
