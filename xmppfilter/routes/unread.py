"""What can be told of a question that cannot be read: it is too large, or no well-formed XML.

The server has written its beginning, up to the stanza that it asks about; of that the start tag is enough to judge by
addresses. No namespaces are looked up here: what is not well-formed mostly fails in those.
"""

from contextlib import suppress
from typing import Final
from xml.parsers import expat

from xmppfilter.stanza.namespaces import FORWARD
from xmppfilter.stanza.start import start_tag
from xmppfilter.stanza.view import Stanza, StanzaError

_PATHS: Final = {"iq": ["iq", "check", "forwarded"], "message": ["message", "forwarded"]}
"""The elements around the stanza, by the outermost."""
_STANZAS: Final = frozenset({"message", "presence", "iq"})

_REPORTS: Final = frozenset({"report", "spam-report"})


class _Ended(Exception):  # noqa: N818 - it ends a search, and tells of nothing wrong
    """The stanza is found, or there is nothing to be found: a report has a stanza in it that nobody asks about."""


def start_of(head: bytes) -> Stanza | None:
    """Return the outer stanza that begins with *head*, without its content; None where that is no stanza."""
    return _parse(start_tag(head), {})


def without_content(head: bytes, size: int) -> Stanza | None:
    """Return the stanza that the question asks about which begins with *head* and has *size* bytes, without content.

    None: its start tag is not in *head*.
    """
    at, meta = _find(head)
    return _parse(start_tag(head, at), meta | {"size": str(size)}) if at >= 0 else None


def broken(raw: bytes) -> Stanza | None:
    """Return the stanza that *raw* asks about or hands over, which is not well-formed; None where none is found."""
    at, meta = _find(raw)
    if at < 0:
        return None
    end = raw.rfind(b">", at, raw.rfind(b"</forwarded", at)) + 1
    return _parse(raw[at:end], meta)


def _parse(raw: bytes | None, meta: dict[str, str]) -> Stanza | None:
    try:
        return Stanza.parse(raw, meta) if raw else None
    except StanzaError:
        return None


def _find(raw: bytes) -> tuple[int, dict[str, str]]:
    """Return where the first stanza inside a `<forwarded/>` begins, or -1, and what stands in `<meta/>` before it."""
    names: list[str] = []
    meta: dict[str, str] = {}
    found = -1
    parser = expat.ParserCreate()

    def opened(name: str, attributes: dict[str, str]) -> None:
        nonlocal found
        outside = _PATHS.get(names[0] if names else name, [])
        if names == outside and name in _STANZAS:
            found = parser.CurrentByteIndex
            raise _Ended
        if name in _REPORTS and len(names) == 1:
            raise _Ended
        if name == "meta" and names == outside[:-1]:
            attributes.pop("xmlns", None)
            meta.update(attributes)
        # a name of another namespace does not lead to the stanza
        names.append(name if name != "forwarded" or attributes.get("xmlns") == FORWARD else "")

    parser.StartElementHandler = opened
    parser.EndElementHandler = lambda _name: names.pop()
    with suppress(_Ended, expat.ExpatError):
        parser.Parse(raw, False)
    return found, meta
