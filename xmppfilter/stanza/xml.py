"""XML in and out, without recursion and without anything that XMPP forbids (RFC 6120 11.1)."""

import re
import sys
from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser
from xml.parsers import expat

from xmppfilter.kernels import is_plain
from xmppfilter.stanza.namespaces import STREAM, XML

_SPECIAL = {
    "&": "&amp;", "<": "&lt;", ">": "&gt;", "'": "&apos;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;",
}  # fmt: skip
_NEEDS_ESCAPE = re.compile("[&<>'\"\t\n\r]")
_NEEDS_ESCAPE_IN_TEXT = re.compile("[&<>\r]")
_ENTITIES = {"amp": "&", "lt": "<", "gt": ">", "apos": "'", "quot": '"'}
_REFERENCE = re.compile("&(amp|lt|gt|apos|quot|#0*[0-9]{1,8}|#x0*[0-9a-fA-F]{1,8});")
# XML 1.0's Char production, the other way round: what no reference can smuggle in either.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ODD = re.compile("[^\x20!#-%(-;=?-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


UNBOUND: Final = expat.errors.codes[expat.errors.XML_ERROR_UNBOUND_PREFIX]
"""The code of expat's error of a prefix that is not declared."""
SEPARATOR: Final = "\x1f"
"""What we let expat write between a namespace and a name: no XML can have it, and a namespace with expat's separator in
it counts as a mistake."""
_SYNTAX = expat.errors.codes[expat.errors.XML_ERROR_SYNTAX]
_NAME_IN_TAG = re.compile(rb"<[^\s<>/]+")


class XmlError(ValueError):
    """Text that is no well-formed XML, or that has what XMPP forbids."""


def escape(text: str) -> str:
    """Return *text* as it may stand in an attribute or between tags; characters that XML cannot carry become U+FFFD."""
    if _ODD.search(text) is None:  # as nearly always
        return text
    return _NEEDS_ESCAPE.sub(lambda found: _SPECIAL[found[0]], _NOT_XML.sub("\ufffd", text))


def _escape_text(text: str) -> str:
    return _NEEDS_ESCAPE_IN_TEXT.sub(lambda found: _SPECIAL[found[0]], text)


def unescape(text: str) -> str:
    """Return what *text*, from a well-formed attribute or element, stands for: XML's five entities, and references."""
    return _REFERENCE.sub(_referred, text)


def _referred(found: re.Match[str]) -> str:
    name = found[1]
    if not name.startswith("#"):
        return _ENTITIES[name]
    digits = name[1:].lstrip("x0") or "0"
    code = int(digits, 16 if name[1] == "x" else 10)
    return chr(code) if code <= sys.maxunicode else "\ufffd"


def parse(raw: bytes) -> Element:
    """Return the one element that *raw* holds, in time linear in its length and at any depth of nesting.

    Raises XmlError; a document type declaration is refused, so no entity can be declared.
    """
    if b"<!DOCTYPE" in raw:
        _refuse_doctype(raw)
    try:
        return _parse_by_elementtree(raw)
    except ParseError as wrong:
        code, problem = wrong.code, str(wrong)
    if code == _SYNTAX:
        try:
            return _parse_by_expat(raw)
        except expat.ExpatError as wrong:
            code, problem = wrong.code, str(wrong)
    if code == UNBOUND:
        return parse(declared(raw)[0])
    raise XmlError(f"not well-formed: {problem}")


def _parse_by_elementtree(raw: bytes) -> Element:
    parser = XMLParser()  # noqa: S314 - no entity can be declared without what `parse` has refused
    parser.feed(raw)
    element: Element = parser.close()
    return element


class _Full(dict[str, str]):
    """The names of ElementTree, by those of expat."""

    def __missing__(self, name: str) -> str:
        space, found, local = name.partition(SEPARATOR)
        self[name] = full = f"{{{space}}}{local}" if found else name
        return full


def _parse_by_expat(raw: bytes) -> Element:
    """Return the same, slowly; ElementTree refuses a namespace that has a `}` in it, for it writes names with one."""
    builder = TreeBuilder()
    full, start, end = _Full(), builder.start, builder.end

    def opened(name: str, attributes: dict[str, str]) -> None:
        start(full[name], {full[key]: value for key, value in attributes.items()} if attributes else {})

    parser = expat.ParserCreate(namespace_separator=SEPARATOR)
    parser.buffer_text = True
    parser.StartElementHandler = opened
    parser.EndElementHandler = lambda name: end(full[name])
    parser.CharacterDataHandler = builder.data
    parser.Parse(raw, True)
    element: Element = builder.close()
    return element


def parse_strictly(raw: bytes) -> Element:
    """Return the one element that *raw* holds, if everybody's ElementTree reads it: see `parse` for what it refuses.

    Raises XmlError.
    """
    try:
        return _parse_by_elementtree(raw)
    except ParseError as wrong:
        raise XmlError(f"not well-formed: {wrong}") from wrong


def self_contained(raw: bytes) -> bytes:
    """Return *raw*, one element, with a declaration for each prefix that it uses and nowhere declares.

    A server may send a stanza on without what the sender declared in the header of its stream, as ejabberd does. Who
    sends that on in turn sends what is not well-formed. Raises XmlError where it is not for another reason.
    """
    if is_plain(raw):
        return raw
    parser = expat.ParserCreate(namespace_separator=SEPARATOR)
    try:
        parser.Parse(raw, True)
    except expat.ExpatError as wrong:
        if wrong.code == UNBOUND:
            return declared(raw)[0]
        raise XmlError(f"not well-formed: {wrong}") from wrong
    return raw


def declared(raw: bytes) -> tuple[bytes, int, int]:
    """Return *raw* with the declarations that it lacks, where they have been put in, and how many bytes they are.

    Raises XmlError where the element's own name is what cannot be understood.
    """
    root = -1
    outer = ""
    used: set[str] = set()
    known = {"xml", "xmlns"}
    parser = expat.ParserCreate()

    def opened(name: str, attributes: dict[str, str]) -> None:
        nonlocal root, outer
        if root < 0:
            root, outer = parser.CurrentByteIndex, name.rpartition(":")[0]
            known.update(key[6:] for key in attributes if key.startswith("xmlns:"))
        for word in (name, *attributes):
            if ":" in word and not word.startswith("xmlns:"):
                used.add(word.partition(":")[0])

    parser.StartElementHandler = opened
    try:
        parser.Parse(raw, True)
    except expat.ExpatError as wrong:
        raise XmlError(f"not well-formed: {wrong}") from wrong
    name = _NAME_IN_TAG.match(raw, root)
    missing = sorted(used - known)
    if name is None or not missing or outer in missing:
        raise XmlError("not well-formed: unbound prefix")
    spaces = {"stream": STREAM}
    declarations = "".join(f" xmlns:{prefix}='{spaces.get(prefix, 'urn:undeclared')}'" for prefix in missing).encode()
    at = name.end()
    return raw[:at] + declarations + raw[at:], at, len(declarations)


def _refuse_doctype(raw: bytes) -> None:
    """Raise XmlError where *raw* has a document type declaration, and not only the text of one in CDATA."""

    def refuse(*_declared: object) -> None:
        raise XmlError("a document type declaration is not allowed in XMPP (RFC 6120 11.1)")

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(raw, True)
    except expat.ExpatError as wrong:
        raise XmlError(f"not well-formed: {wrong}") from wrong


def all_text(element: Element) -> str:
    """Return the text of *element* and of everything in it."""
    return "".join(element.itertext())


def is_deeper(element: Element, most: int) -> bool:
    """Whether more than *most* elements of *element* are nested, itself among them."""
    level = [element]
    for _ in range(most):
        level = [child for one in level for child in one]
    return bool(level)


def namespace(element: Element) -> str:
    """Return the namespace of *element*, or an empty string."""
    tag = element.tag
    return tag[1:].rpartition("}")[0] if tag.startswith("{") else ""


def serialise(element: Element, inherited: str = "") -> str:
    """Return *element* as text that stands where *inherited* is the default namespace.

    Prefixes are gone: each element says its namespace where it differs from its parent's. Attributes in a namespace of
    their own get a prefix on the spot. Works at any depth of nesting.
    """
    out: list[str] = []
    stack: list[tuple[Element, str] | str] = [(element, inherited)]
    while stack:
        step = stack.pop()
        if isinstance(step, str):
            out.append(step)
            continue
        node, outer = step
        inner = namespace(node)
        name = node.tag.rpartition("}")[2]
        out.append(f"<{name}")
        if inner != outer:
            out.append(f" xmlns='{escape(inner)}'")
        out.extend(_attributes(node))
        if node.text is None and not len(node):
            out.append("/>")
            continue
        out.append(f">{_escape_text(node.text or '')}")
        stack.append(f"</{name}>")
        for child in reversed(node):
            stack.append(_escape_text(child.tail or ""))
            stack.append((child, inner))
    return "".join(out)


def _attributes(node: Element) -> Iterator[str]:
    for number, (key, value) in enumerate(node.attrib.items()):
        space, brace, name = key[1:].rpartition("}") if key.startswith("{") else ("", "", key)
        if not brace:
            yield f" {name}='{escape(value)}'"
        elif space == XML:
            yield f" xml:{name}='{escape(value)}'"
        else:
            yield f" xmlns:a{number}='{escape(space)}' a{number}:{name}='{escape(value)}'"
