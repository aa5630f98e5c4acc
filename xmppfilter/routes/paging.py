"""Asks for a long list page by page (XEP-0059 in XEP-0060 6.5.4), and comes to an end whatever the service answers.

ejabberd's pubsub gives pages as they are asked for. Prosody's (up to 0.12 at least) knows nothing of them and answers
with the whole list, which may then be larger than `max_stanza_size`.
"""

from typing import Final

from xmppfilter.routes.page import Page

PAGE: Final = 200
"""Items asked for at once: with the usual payload 40 KiB, far below what servers let pass between them."""
MOST_PAGES: Final = 10_000
MOST_ITEMS: Final = 1_000_000
NOT_UNDERSTOOD: Final = frozenset({"bad-request", "feature-not-implemented"})
"""What a service may say that takes a page's request for a mistake."""


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
