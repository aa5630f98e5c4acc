"""Fetches a long list page by page (XEP-0059 in XEP-0060 6.5.4), and comes to an end whatever the service answers.

An answer may be ten megabytes, and the stanzas must not wait, so it is read a piece at a time. ejabberd's pubsub gives
pages as they are asked for. Prosody's (up to 0.12 at least) knows nothing of them and answers with the whole list,
which may then be larger than `max_stanza_size`.
"""

from collections.abc import Iterator
from typing import Final
from xml.parsers import expat

from xmppfilter.stanza.namespaces import PUBSUB, RSM
from xmppfilter.stanza.xml import XmlError

PAGE: Final = 200
"""Items asked for at once: with the usual payload 40 KiB, far below what servers let pass between them."""
MOST_PAGES: Final = 10_000
MOST_ITEMS: Final = 1_000_000
NOT_UNDERSTOOD: Final = frozenset({"bad-request", "feature-not-implemented"})
"""What a service may say that takes a page's request for a mistake."""
PIECE: Final = 1024
"""Bytes that are parsed at once, for about the price of one entry that is read."""
_LONGEST: Final = 4096
"""Characters that the name of a place in the list may have."""
_SETS: Final = 3
"""How deep `<items/>` and `<set/>` stand, the IQ being 1."""


class Page:
    """One answer: the ids of its items, and what it says of the pages behind it (XEP-0059 2.2).

    Namespaces are followed as far down as is needed, and no further: a payload with a prefix that a server has not
    declared anew, as ejabberd's may be, costs nobody the list.
    """

    def __init__(self, raw: bytes) -> None:
        self.is_list = False
        """It has a list of items, were it an empty one."""
        self.is_page = False
        """Its service knows pages."""
        self.items = 0
        """How many items it has."""
        self.last = ""
        """Where it ends; empty: that is not said, and nothing behind it can be asked for."""
        self.count: int | None = None
        """How many items there are in all."""
        self.index: int | None = None
        """How many of them stand before its first one."""
        self._raw = raw
        self._ids: list[str] = []
        self._names: list[str] = []
        self._scopes: list[dict[str, str]] = [{}]
        self._text: list[str] | None = None

    def read(self) -> Iterator[list[str]]:
        """Yield the ids of items as they come, for each piece those that begin in it. Raises XmlError."""
        parser = self._parser = expat.ParserCreate()
        parser.StartElementHandler = self._opened
        parser.EndElementHandler = self._closed
        parser.StartDoctypeDeclHandler = _refuse
        raw, size = self._raw, len(self._raw)
        try:
            for at in range(0, size, PIECE):
                parser.Parse(raw[at : at + PIECE], at + PIECE >= size)
                ids, self._ids = self._ids, []
                self.items += len(ids)
                yield ids
        except expat.ExpatError as wrong:
            raise XmlError(f"not well-formed: {wrong}") from wrong

    def _opened(self, name: str, attributes: dict[str, str]) -> None:
        names = self._names
        depth = len(names)
        if depth > _SETS:
            names.append("")  # within an item: nothing here matters
            return
        scope = self._scopes[-1]
        if any(key.startswith("xmlns") for key in attributes):
            declared = {key[6:]: space for key, space in attributes.items() if key == "xmlns" or key[:6] == "xmlns:"}
            scope = scope | declared
        self._scopes.append(scope)
        prefix, _, local = name.rpartition(":")
        full = f"{scope.get(prefix, '')} {local}"
        names.append(full)
        if depth == _SETS:
            if full == _ITEM and names[1:3] == _IN_ITEMS:
                self._ids.append(attributes.get("id", ""))
            elif names[1:3] == _IN_SET and full in _TOLD:
                self._text = []
                self._parser.CharacterDataHandler = self._text.append
                if full == _FIRST:
                    self.index = _number(attributes.get("index", ""))
        elif names[1:] == _IN_ITEMS:
            self.is_list = True
        elif names[1:] == _IN_SET:
            self.is_page = True

    def _closed(self, _name: str) -> None:
        full = self._names.pop()
        if len(self._names) > _SETS:
            return
        self._scopes.pop()
        if self._text is not None and full in _TOLD:
            text = "".join(self._text).strip()
            self._text = None
            self._parser.CharacterDataHandler = None
            if full == _LAST:
                self.last = text if len(text) <= _LONGEST else ""
            elif full == _COUNT:
                self.count = _number(text)


_IN_ITEMS: Final = [f"{PUBSUB} pubsub", f"{PUBSUB} items"]
_IN_SET: Final = [f"{PUBSUB} pubsub", f"{RSM} set"]
_ITEM: Final = f"{PUBSUB} item"
_FIRST: Final = f"{RSM} first"
_LAST: Final = f"{RSM} last"
_COUNT: Final = f"{RSM} count"
_TOLD: Final = frozenset({_FIRST, _LAST, _COUNT})


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None  # noqa: PLR2004 - a thousand million


def _refuse(*_declared: object) -> None:
    raise XmlError("a document type declaration is not allowed in XMPP (RFC 6120 11.1)")


class FetchError(ValueError):
    """An answer that cannot be used; the message says why."""


class OddPagesError(FetchError):
    """Pages that do not fit together; the service may still give the whole list at once."""


class Paging:
    """Where one fetch stands."""

    def __init__(self, *, plain: bool = False) -> None:
        self.plain = plain
        """Everything was asked for at once, for the service does not understand pages."""
        self.pages = 0
        self._items = 0
        self._ends: set[str] = set()

    def next(self, page: Page) -> str | None:
        """Return where the page after *page* begins; None: that was the last one. Raises FetchError."""
        self.pages += 1
        self._items += page.items
        if not page.is_page:
            if not page.is_list:
                raise FetchError("an answer without items")
            if self.pages > 1:
                raise OddPagesError("a page was asked for, and something else came")
            return None
        if not page.items or _is_last(page):
            return None
        if not page.last:
            if page.count is not None and self._items >= page.count:
                return None
            raise OddPagesError("a page that does not say where it ends")
        if page.last in self._ends:
            raise OddPagesError("the same page came twice")
        if self.pages >= MOST_PAGES or self._items >= MOST_ITEMS:
            raise FetchError(f"no end after {self.pages} pages with {self._items} items")
        self._ends.add(page.last)
        return page.last


def _is_last(page: Page) -> bool:
    """Whether *page* itself shows that it ends where the list does.

    How much was read before does not matter: the list may have become shorter or longer since.
    """
    return page.index is not None and page.count is not None and page.index + page.items >= page.count
