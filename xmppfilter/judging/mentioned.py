"""What a stanza mentions: the links and addresses in everything that a client may show, and where XHTML-IM leads.

All texts of a stanza share one budget (see `text.budget`). Beyond it only hosts are read that stand there plainly.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Final
from xml.etree.ElementTree import Element

from xmppfilter.judging.case import Case
from xmppfilter.judging.facts import beside
from xmppfilter.stanza.fields import xhtml_links
from xmppfilter.stanza.namespaces import XHTML_IM
from xmppfilter.stanza.view import Stanza
from xmppfilter.text.budget import Budget
from xmppfilter.text.disguise import seen_by_browsers
from xmppfilter.text.links import plain_hosts, read_links
from xmppfilter.text.uris import Link, link_of

Mention = tuple[Link | frozenset[str], str]
"""A link, or the hosts of a text beyond the budget; and where it stands, in words."""
_FEW: Final = 8
"""Texts in one place that are looked at one by one."""
_EXACTLY: Final = 1024
"""Characters of the targets of links that are read each as what it is, before all are read as one text."""
_PLAIN: Final = re.compile(r"https?://[\w.-]++(?:/[\w/.-]*+)?", re.ASCII)
"""A link that leads nowhere else."""


def mentioned(case: Case, budget: Budget) -> Iterator[Mention]:
    """Yield what the stanza mentions, each link once, in the order in which clients show it; *budget* is charged."""
    stanza, seen = case.stanza, _Seen(budget)
    # of the body all of it, whatever is marked as fallback: clients that do not know the mark show it
    yield from seen.in_each(stanza.bodies, "in the body")
    if case.ordinary:
        return
    others: dict[str, list[str]] = {}
    for part in case.once(beside):
        others.setdefault(part.field, []).append(part.text)
    other = others.pop("other", ())
    for field, said in others.items():
        yield from seen.in_each(said, f"in the {field}")
    yield from seen.hidden(stanza)
    yield from seen.in_each(other, "beside the body")


def html_of(stanza: Stanza) -> Iterator[Element]:
    """Yield the XHTML-IM of *stanza* (XEP-0071)."""
    if not stanza.lacks(XHTML_IM.encode()):
        yield from stanza.children("html", XHTML_IM)


class _Seen:
    """What has been found in a stanza so far, each thing once."""

    __slots__ = ("_budget", "_links")

    def __init__(self, budget: Budget) -> None:
        self._links: set[Link] = set()
        self._budget = budget

    def in_each(self, said: Sequence[str], where: str) -> Iterator[Mention]:
        """Yield what is mentioned in some texts."""
        for text in said if len(said) <= _FEW else ("\n".join(said),):
            yield from self._in(text, where)

    def hidden(self, stanza: Stanza) -> Iterator[Mention]:
        """Yield what the links of XHTML-IM lead to."""
        targets = tuple(xhtml_links(stanza))
        exactly = _as_many_as_have(_EXACTLY, targets)
        links = (link_of(target, self._budget) for target in targets[:exactly])
        for link in self._new(filter(None, links)):
            yield link, "hidden behind a link in the xhtml"
        # where a link leads may lead on
        further = (target for target in targets[:exactly] if not _PLAIN.fullmatch(target))
        text = "\n".join((*further, *map(seen_by_browsers, targets[exactly:])))
        yield from self._in(text, "in the xhtml")

    def _in(self, text: str, where: str) -> Iterator[Mention]:
        reading = read_links(text, self._budget)
        for link in self._new(reading.links):
            yield link, where
        if reading.cut:
            yield plain_hosts(text), where

    def _new(self, links: Iterable[Link]) -> Iterator[Link]:
        """Yield those of *links* that have not been found before."""
        for link in links:
            if link not in self._links:
                self._links.add(link)
                yield link


def _as_many_as_have(characters: int, texts: Sequence[str]) -> int:
    """Return how many of the first *texts* have no more characters than that together; the first counts anyway."""
    for number, total in enumerate(accumulate(map(len, texts))):
        if total > characters:
            return max(number, 1)
    return len(texts)
