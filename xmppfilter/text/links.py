"""Finds the links, addresses and numbers in a text, however they are disguised; nothing is ever fetched.

Found are URLs with and without a scheme, `hxxp` and `[.]`, hosts in any spelling that a browser would follow (IDN,
percent signs, IPv4 as one number or in octal, another name before an @), `xmpp:`, `mailto:` and `tel:` URIs, bare
JIDs, and handles of Telegram and WhatsApp. A plain `evil.example` is found too: whether it was meant as a link is for
the filter to decide that has a list. Where a text can be read in several ways, it is: with and without what is glued
to a name in writing that has no spaces, as it stands and as it is shown from right to left.

The time is linear in the length of the text, and what is looked at closely costs a budget (see `budget`), however links
overlap: of one that stands in another, and that in a third, the outer ones end where the fourth begins. Beyond the
budget only hosts are found that stand there plainly, with `plain_hosts`: no addresses, numbers or URLs, and nothing in
disguise.
"""

import re
from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import Final, NamedTuple

from xmppfilter.text import messengers
from xmppfilter.text.budget import CANDIDATE, Budget, price
from xmppfilter.text.disguise import has_hidden_signs, may_be_spelled, plain, readings, within_token
from xmppfilter.text.hosts import LONGEST_HOST
from xmppfilter.text.memo import remembered
from xmppfilter.text.punctuation import BEFORE, BEHIND, is_figure
from xmppfilter.text.uris import IN_LABEL, LONGEST, Link, jid, of_scheme, scheme_before, to_messenger, url


class Reading(NamedTuple):
    """What was found in a text, and at what cost."""

    links: tuple[Link, ...]
    """Each link once, in the order of the text."""
    spent: int
    """Characters of the budget that were spent."""
    cut: bool
    """Whether there was more than the budget allows: `plain_hosts` finds some of the rest."""


_UNREAD: Final = Reading((), 0, cut=True)
_NOTHING: Final = Reading((), 0, cut=False)
_PIECE: Final = 8192
"""Characters that are read together; of a longer text no more pieces than the budget lasts for."""
_OF_A_PIECE: Final = 8
"""Characters of a piece that cost as much as one; of its other readings two cost as much."""
_OVERLAP: Final = 1024
"""Characters that two pieces share where no white space parts them."""
_WITHIN: Final = 3
"""Links within a link that are read."""
_LOOK: Final = 6
"""What it costs to look at a word that is no link."""
_GLANCE: Final = 12
"""What it costs to read a word in which nothing leads anywhere."""
_READING: Final = 24
"""What it costs to read a word in another reading."""
_HINT: Final = re.compile(r"[.:@\[({](?:(?<=[.:@])(?=[^\s.])|(?<=[\[({])(?=[ \t]*[.@:dapDAP\u0442\u0422]))")
_SEPARATORS: Final = re.compile("[,;|]")
_NO_LOCAL: Final = r"\s,;:()\[\]{}<>|/\"'&=@"
# its domain can be the localpart of another: a@b@c
_ADDRESS: Final = re.compile(rf"(?<![^{_NO_LOCAL}])([^{_NO_LOCAL}]{{1,255}}+)@(?=({IN_LABEL}++(?:\.{IN_LABEL}++)*))")
# and its port
_HOST: Final = re.compile(
    rf"(?<!{IN_LABEL})(?<!{IN_LABEL}\.)(?<![^{_NO_LOCAL}]@){IN_LABEL}++(?:\.{IN_LABEL}++)+(?::[0-9]{{1,5}}(?!\w))?"
)
_ESCAPE: Final = re.compile(r"\\(?:2[0267f]|3[ace]|40|5c)", re.IGNORECASE)
"""An escaped character in a localpart (XEP-0106)."""
_LOCALPART: Final = re.compile(rf"@{IN_LABEL}")
_TAIL: Final = re.compile("[/?#]")
_NO_PART: Final = str.maketrans("/?#", "   ")
_PLAIN_HOST: Final = re.compile(r"(?<![a-z0-9_-])[a-z0-9_-]++(?:\.[a-z0-9_-]++)+")


def links(text: str) -> tuple[Link, ...]:
    """Return what is found in *text*, each once, in the order in which it stands there."""
    return read_links(text, Budget()).links


def read_links(text: str, budget: Budget) -> Reading:
    """Return what is found in *text*, and whether that is all: `plain_hosts` has more where it is not.

    All texts of one stanza are to share a *budget*, which is charged here.
    """
    if not may_have_links(text):
        return _NOTHING
    if budget.left <= 0:
        return _UNREAD
    reading = _read(text, budget.left)
    budget.spend(reading.spent)
    return reading


@remembered
def _read(text: str, characters: int) -> Reading:
    budget = Budget(characters)
    reader = _Reader(budget)
    try:
        for piece in _pieces(text):
            reader.read(piece)
    except _SpentError:
        cut = True
    else:
        cut = False
    return Reading(tuple(reader.found), characters - budget.left, cut)


def may_have_links(text: str) -> bool:
    """Prove cheaply of most texts that there is nothing to find: False says so."""
    signs = "." in text or ":" in text or "@" in text or "[" in text or "(" in text or "{" in text
    if signs and _HINT.search(text):
        return True
    lower = text.lower()
    if "whats" in lower or may_be_spelled(lower):
        return True
    return not text.isascii() and (has_hidden_signs(text) or messengers.names_whatsapp(text))


def plain_hosts(text: str) -> frozenset[str]:
    """Return the hosts that stand plainly in a text, however many: much less than `links` finds, and much quicker."""
    return frozenset(host for host in _PLAIN_HOST.findall(plain(text).lower()) if len(host) <= LONGEST_HOST)


def _pieces(text: str) -> Iterator[str]:
    """Yield a long text in pieces, cut where there is white space, or else so that no link is cut in both."""
    begin = 0
    while len(text) - begin > _PIECE:
        end = begin + _PIECE
        cut = max(text.rfind(space, begin + _PIECE // 2, end) for space in " \n")
        yield text[begin : cut if cut >= 0 else end]
        begin = cut if cut >= 0 else end - _OVERLAP
    yield text[begin:]


class _SpentError(Exception):
    """The budget is spent."""


class _Reader:
    """Collects what stands in plain texts, until the budget is spent: then its methods raise _SpentError."""

    __slots__ = ("_budget", "found")

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self.found: dict[Link, None] = {}

    def _spend(self, characters: int) -> None:
        if not self._budget.spend(characters):
            raise _SpentError

    def _note(self, link: Link | None) -> None:
        if link is not None:
            self.found[link] = None
        if self._budget.left <= 0:
            raise _SpentError

    def read(self, piece: str) -> None:
        """Collect what stands in *piece*, in all its readings."""
        text = readings(piece)
        self._spend(len(piece) // _OF_A_PIECE + max(0, len(text) - len(piece)) // 2)
        for token in text.split():
            if "." in token or ":" in token or "@" in token:
                self._spend(_LOOK)
                word = token.strip(BEHIND)
                if ("." in word or ":" in word or "@" in word) and not is_figure(word):
                    self._spend(_GLANCE)
                    self._token(token.lstrip(BEFORE).replace("\\", "/"))
                    if "%" in token or not token.isascii():
                        self._spend(price(token))
                        for reading in within_token(token):
                            self._spend(_READING)
                            self._token(reading.lstrip(BEFORE))
                    if "\\" in token and _ESCAPE.search(token):
                        self._addresses(token)
        if "@" in text or messengers.names_whatsapp(text):
            for value in messengers.handles(text):
                self._spend(CANDIDATE)
                self._note(to_messenger(value))

    def _token(self, token: str) -> None:
        """Collect what stands in a run of characters without white space."""
        if ":" not in token:
            self._without_scheme(token)
            return
        schemes = self._schemes(token)
        ahead = deque(islice(schemes, _WITHIN))
        if not ahead:
            self._without_scheme(token)
            return
        self._without_scheme(token[: ahead[0][0]])
        while ahead:
            _, scheme, begin, end = ahead.popleft()
            ahead.extend(islice(schemes, 1))
            stop = ahead[-1][0] if len(ahead) == _WITHIN else len(token)
            self._of_scheme(token, scheme, begin, min(end, begin + LONGEST), min(stop, begin + LONGEST))

    def _schemes(self, token: str) -> Iterator[tuple[int, str, int, int]]:
        """Yield each scheme, with where it begins, where what is behind its colon does, and where the next colon is."""
        colon = token.find(":")
        while colon >= 0:
            following = token.find(":", colon + 1)
            self._spend(_GLANCE)
            if scheme := scheme_before(token, colon):
                yield colon - len(scheme), scheme, colon + 1, following if following >= 0 else len(token)
            colon = following

    def _of_scheme(self, token: str, scheme: str, begin: int, end: int, stop: int) -> None:
        """Collect what a URI leads to, of which the next colon is at *end*, and the rest up to *stop*."""
        found = of_scheme(scheme, token[begin:stop], self._budget)
        self._note(found)
        if found is None or "@" in token:
            self._within(token[begin:end], nowhere=found is None)
        separator = _SEPARATORS.search(token, begin, end)
        if separator and "/" not in token[begin : separator.start()].lstrip("/"):
            self._without_scheme(token[separator.end() : end])

    def _within(self, rest: str, *, nowhere: bool) -> None:
        """Collect the addresses behind the authority of a URI, and the hosts in one that is itself *nowhere*."""
        rest = rest.lstrip("/")
        tail = _TAIL.search(rest)
        if tail and "@" in rest:
            self._addresses(rest[tail.end() :].translate(_NO_PART))
        if nowhere:
            self._without_scheme(rest[: tail.start()] if tail else rest)

    def _without_scheme(self, text: str) -> None:
        """Collect the addresses and hosts that stand there by themselves."""
        if "@" in text:
            self._addresses(text)
        for part in _SEPARATORS.split(text):
            behind = 0
            for found in _HOST.finditer(part):
                start, end = found.span()
                if start < behind:
                    continue
                if _LOCALPART.match(part, end):
                    self._spend(_GLANCE)
                    continue  # `one.two@` is the beginning of an address
                if part[end : end + 1] in {"/", "?", "#"}:
                    behind = len(part)
                    self._note(url(part[start : start + LONGEST], self._budget, certain=False))
                else:
                    self._note(url(found[0][:LONGEST], self._budget, certain=False))

    def _addresses(self, text: str) -> None:
        for found in _ADDRESS.finditer(text):
            self._note(jid(f"{found[1]}@{found[2].strip('_-')}", self._budget))
