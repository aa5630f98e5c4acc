"""Where elements begin and end in the bytes of a stanza, without recursion."""

from collections.abc import Sequence
from xml.parsers import expat

from xmppfilter.stanza.xml import SEPARATOR, UNBOUND, XmlError, declared


class _Found(Exception):  # noqa: N818 - it ends a search, and tells of nothing wrong
    """The element that was sought begins here."""


def start_of(raw: bytes, path: Sequence[str]) -> int:
    """Return the byte offset of the first element at *path* (tags as ElementTree has them, the root's first), or -1.

    Looks no further than that. Raises XmlError.
    """
    wanted = [SEPARATOR.join(tag[1:].rsplit("}", 1)) if tag.startswith("{") else tag for tag in path]
    depth = matched = 0
    found = -1
    parser = expat.ParserCreate(namespace_separator=SEPARATOR)

    def opened(name: str, _attributes: dict[str, str]) -> None:
        nonlocal depth, matched, found
        if matched == depth < len(wanted) and name == wanted[depth]:
            matched += 1
            if matched == len(wanted):
                found = parser.CurrentByteIndex
                raise _Found
        depth += 1

    def closed(_name: str) -> None:
        nonlocal depth, matched
        depth -= 1
        matched = min(matched, depth)

    parser.StartElementHandler = opened
    parser.EndElementHandler = closed
    try:
        parser.Parse(raw, True)
    except _Found:
        return found
    except expat.ExpatError as wrong:
        if wrong.code == UNBOUND:
            whole, at, width = declared(raw)
            found = start_of(whole, path)
            return found - width if found > at else found
        raise XmlError(f"not well-formed: {wrong}") from wrong
    return -1


def child_spans(raw: bytes) -> list[tuple[str, str, int, int]]:
    """Return namespace, name, start and end (byte offsets) of each direct child of the one element in *raw*.

    Raises XmlError.
    """
    spans: list[tuple[str, str, int, int]] = []
    depth = 0
    start = 0
    ended = False
    parser = expat.ParserCreate(namespace_separator=SEPARATOR)

    def opened(_name: str, _attributes: dict[str, str]) -> None:
        nonlocal depth, start
        settle()
        depth += 1
        if depth == 2:  # noqa: PLR2004 - the root is one, its children two
            start = parser.CurrentByteIndex

    def closed(name: str) -> None:
        nonlocal depth, ended
        settle()
        if depth == 2:  # noqa: PLR2004
            space, _, local = name.rpartition(SEPARATOR)
            spans.append((space, local, start, 0))
            ended = True
        depth -= 1

    def settle() -> None:
        # expat tells where an event begins; a child ends where the next event begins
        nonlocal ended
        if ended:
            space, local, began, _ = spans[-1]
            spans[-1] = (space, local, began, parser.CurrentByteIndex)
            ended = False

    parser.StartElementHandler = opened
    parser.EndElementHandler = closed
    parser.DefaultHandler = lambda _data: settle()
    parser.CharacterDataHandler = lambda _data: settle()
    parser.buffer_text = False
    try:
        parser.Parse(raw, True)
    except expat.ExpatError as wrong:
        if wrong.code == UNBOUND:
            whole, _, width = declared(raw)
            return [(space, name, began - width, end - width) for space, name, began, end in child_spans(whole)]
        raise XmlError(f"not well-formed: {wrong}") from wrong
    return spans
