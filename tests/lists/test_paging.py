"""Asking page by page: when there is a next page, and when whatever comes is the end."""

from itertools import count

import pytest

from xmppfilter.lists import page as module
from xmppfilter.lists.page import FetchError, OddPagesError, Page, Paging


def page(
    items: int, last: str = "", *, count: int | None = None, index: int | None = None, is_page: bool = True
) -> Page:
    read = Page(b"")
    read.is_list, read.is_page = True, is_page
    read.items, read.last, read.count, read.index = items, last, count, index
    return read


WHOLE = page(7, is_page=False)

# the pages of one fetch, and what is asked for behind each: None is the end
COMPLETE: dict[str, tuple[list[Page], list[str | None]]] = {
    "no pages at all": ([WHOLE], [None]),
    "no pages, and empty": ([page(0, is_page=False)], [None]),
    "an empty list": ([page(0, count=0)], [None]),
    "one page that says that it is all": ([page(2, "b", count=2, index=0)], [None]),
    "pages until one is empty": ([page(2, "b"), page(2, "d"), page(0)], ["b", "d", None]),
    "an end that its index shows": ([page(2, "b", count=3, index=0), page(1, "c", count=3, index=2)], ["b", None]),
    "an index that is always 0": (
        [page(2, "b", count=3, index=0), page(1, "c", count=3, index=0), page(0, count=3)],
        ["b", "c", None],
    ),
    "a count that grows": ([page(2, "b", count=2), page(2, "d", count=9), page(0, count=9)], ["b", "d", None]),
    "a count that shrinks below what was read": (
        [page(2, "b", count=8, index=0), page(2, "f", count=4, index=0), page(2, "h", count=4, index=2)],
        ["b", "f", None],
    ),
    "a last page without an end": ([page(2, "b", count=3), page(1, count=3)], ["b", None]),
    "an end on an empty page": ([page(2, "b"), page(0, "b")], ["b", None]),
}


@pytest.mark.parametrize(("pages", "asked"), COMPLETE.values(), ids=COMPLETE)
def test_what_is_asked_for_behind_each_page(pages: list[Page], asked: list[str | None]) -> None:
    fetch = Paging()
    assert [fetch.next(one) for one in pages] == asked


ODD = {
    "the same page again": [page(2, "b"), page(2, "b")],
    "two pages in turn": [page(2, "b"), page(2, "d"), page(2, "b")],
    "the whole list behind a page": [page(2, "b"), WHOLE],
    "no end, and no count": [page(2)],
    "no end, and more to come": [page(2, count=3)],
}


@pytest.mark.parametrize("pages", ODD.values(), ids=ODD)
def test_pages_that_do_not_fit_together(pages: list[Page]) -> None:
    fetch = Paging()
    for one in pages[:-1]:
        assert fetch.next(one)
    with pytest.raises(OddPagesError):
        fetch.next(pages[-1])


def test_an_answer_that_is_no_list_is_no_page() -> None:
    answer = page(0, is_page=False)
    answer.is_list = False
    with pytest.raises(FetchError, match="without items"):
        Paging().next(answer)


@pytest.mark.parametrize("items", [1, module.PAGE, 100_000])
def test_pages_without_end_come_to_an_end(items: int) -> None:
    fetch = Paging()

    def go_on() -> None:
        for number in count(1):
            assert fetch.next(page(items, str(number), count=number)) == str(number)

    with pytest.raises(FetchError, match="no end after") as ended:
        go_on()
    assert not isinstance(ended.value, OddPagesError), "to ask for all of it at once would be no better"
    assert fetch.pages <= module.MOST_PAGES
    assert (fetch.pages - 1) * items < module.MOST_ITEMS
