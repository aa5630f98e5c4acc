"""What a text advertises: where a reader is to go on, in whatever words and disguise.

That is a link, a JID, a handle of a messenger, or a phone number. Of a link the site counts, all that one party has
registered (PSL): whose paths and hosts below it are free. Of hosts that everybody links (`common_hosts.txt`) the path
counts, with those parameters of the query that decide; such a host alone advertises nobody. Hosts that look alike
(UTS 39) are one.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

from xmppfilter.text import messengers
from xmppfilter.text.budget import CHARACTERS, Budget
from xmppfilter.text.disguise import may_be_spelled, plain
from xmppfilter.text.fold import skeleton
from xmppfilter.text.hosts import is_address, is_in_every_network, registered
from xmppfilter.text.links import read_links
from xmppfilter.text.memo import SHORT, remembered
from xmppfilter.text.uris import Link, to_messenger

MOST_READ: Final = 4096
"""Characters of a longer text that are read: half of them at its beginning, half at its end."""
_PART: Final = 4
"""Of the budget that others have, what is spent here on a text that is not short."""
MOST_LINKS: Final = 64
"""Of one text; the others are left out."""
_NUMBERED: Final = 9
"""Digits by which phone numbers are compared, from the end: all but what depends on the country called from."""
# Each begins with the sign that must be there: that is how it is quickly sought.
_DOT: Final = re.compile(r"\.(?<=[^\W_]\.)(?=[^\W\d_]{2})")
_COLON: Final = re.compile(r":(?<=[A-Za-z+]:)(?=[^\s)(])")
_BRACKET: Final = re.compile(
    r"[\[({][ \t]*(?:[.@:]|[dD][oO0][tT]|[aA][tT][ \t]*[\])}]|[pP][uU][nN][kK][tT]|\u0442\u043e\u0447\u043a\u0430)"
)
_DIGITS: Final = re.compile(r"[0-9](?:[ ()./-]{0,3}+[0-9]){8}")
_HIDDEN: Final = re.compile(
    "[\u2024\u3002\ufe13\ufe52\ufe55\ufe6b\uff0e\uff1a\uff10-\uff19\uff20\uff61\u70b9\u9ede"
    "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]"
)
_NUMBER: Final = re.compile(
    r"(?<![\w.,:@#/+-])(?<![0-9][ ().-])(\+?\(?[0-9](?:[ ()./-]{0,3}+[0-9]){8,14}+)(?![\w@]|[ .-][0-9])"
)
_NO_NUMBER: Final = re.compile(
    r"[0-9]{1,2}[./-][0-9]{1,2}[./-](?:19|20)[0-9]{2}|(?:19|20)[0-9]{2}[./-][0-9]{2}[./-][0-9]{2}|"
    r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}\Z"
)
"""A date, or an address of IPv4."""
_HANDLE: Final = re.compile(r"(?<![\w@./])@([A-Za-z][A-Za-z0-9_]{3,31}+)(?![\w@]|\.\w)")
_NO_HANDLES: Final = frozenset({"everyone", "here", "channel", "room"})
_PORT: Final = re.compile(r":[0-9]+")
_OF_WHATSAPP: Final = "wa.me/"


def may_advertise(text: str) -> bool:
    """Prove cheaply of most texts that they advertise nothing."""
    if (
        ("." in text and _DOT.search(text))
        or (":" in text and _COLON.search(text))
        or "@" in text
        or (("(" in text or "[" in text or "{" in text) and _BRACKET.search(text))
    ):
        return True
    if (
        "0" in text or "1" in text or "2" in text or "3" in text or "4" in text
        or "5" in text or "6" in text or "7" in text or "8" in text or "9" in text
    ) and _DIGITS.search(text):  # fmt: skip
        return True
    if "dot" in text or " . " in text or "d0t" in text or "DOT" in text or "unkt" in text:
        return may_be_spelled(text.lower())
    return not text.isascii() and (_HIDDEN.search(text) is not None or "\u043e\u0447\u043a\u0430" in text)


@remembered
def advertised(text: str) -> tuple[Link, ...]:
    """Return where *text* leads, each once; `may_advertise` says whether there is anything to look for."""
    if len(text) > MOST_READ:
        text = f"{text[: MOST_READ // 2]}\n{text[-MOST_READ // 2 :]}"
    # what is short is read as others read it, so that it is remembered for all; of more only what is sure to be quick
    budget = Budget() if len(text) <= SHORT else Budget(CHARACTERS // _PART)
    found = dict.fromkeys(read_links(text, budget).links)
    read = plain(text)
    if "@" in read:
        names = (one[1].lower() for one in _HANDLE.finditer(read))
        found |= dict.fromkeys(
            filter(None, (to_messenger(f"t.me/{name}") for name in names if name not in _NO_HANDLES))
        )
    for one in _NUMBER.finditer(read):
        if not _NO_NUMBER.match(one[1]):
            found[Link("phone", "", messengers.digits_of(one[1]))] = None
    return tuple(found)[:MOST_LINKS]


class Target(NamedTuple):
    """What is advertised, in the one form in which it is counted."""

    kind: str
    """In words: a link, an address, a phone number, a room."""
    name: str


class Targets:
    """Tells what a link advertises."""

    def __init__(self, more: Iterable[str] = ()) -> None:
        """Take *more* hosts that everybody links, each a line as in the file; with a minus before it one is none."""
        self._common = dict(shipped())
        for line in more:
            host, parameters = read_line(line.removeprefix("-"))
            if line.startswith("-"):
                self._common.pop(host, None)
            else:
                self._common[host] = parameters

    def of(self, link: Link, own: frozenset[str], home: str) -> Target | None:
        """Return what *link* advertises; None: nobody, or who is one of our *own* domains.

        On hosts of the sender's own domain, *home*, others have things of theirs too, so the path counts there.
        """
        if link.kind == "phone" or link.value.startswith(_OF_WHATSAPP):
            return Target("phone number", link.value[-_NUMBERED:])
        if is_within(link.host, own):
            return None
        if link.kind == "jid":
            return Target("address", link.value) if "@" in link.value else None
        return self._on_web(link, home)

    def _on_web(self, link: Link, home: str) -> Target | None:
        common = next((name for name in _and_above(link.host) if name in self._common), None)
        if common is not None:
            return self._on_common(link, common)
        if is_address(link.host):
            return None if is_in_every_network(link.host) else Target("link", link.host)
        site = registered(link.host)
        if site is not None and site == registered(home):
            return Target("link", f"{link.host}{_rest(link).partition('?')[0]}")
        return Target("link", skeleton(site)) if site is not None else None

    def _on_common(self, link: Link, name: str) -> Target | None:
        path, _, query = _rest(link).partition("?")
        given = dict(pair.partition("=")[::2] for pair in query.split("&")) if query else {}
        decide = "&".join(f"{name}={given[name]}" for name in self._common[name] if given.get(name))
        if path.strip("/") or decide:
            kind = "handle" if name == "t.me" else "link"
            return Target(kind, f"{name}{path}?{decide}" if decide else f"{name}{path}")
        return None


def _rest(link: Link) -> str:
    """Return the path and query of *link*."""
    rest = link.value[len(link.host) :]
    found = _PORT.match(rest)
    return rest[found.end() :] if found else rest


def is_within(host: str, domains: frozenset[str]) -> bool:
    """Whether *host* is one of *domains*, or below one."""
    return not domains.isdisjoint(_and_above(host))


def _and_above(host: str) -> Iterator[str]:
    """Yield *host* and the domains above it."""
    while host:
        yield host
        host = host.partition(".")[2]


def read_line(line: str) -> tuple[str, tuple[str, ...]]:
    """Return the host in a line of the file, and the parameters that decide there."""
    host, *parameters = line.split()
    return host.lower(), tuple(parameters)


@cache
def shipped() -> dict[str, tuple[str, ...]]:
    """Return the hosts that everybody links, each with the parameters that decide there."""
    lines = files("xmppfilter.text").joinpath("common_hosts.txt").read_text(encoding="utf-8").split("\n")
    return dict(read_line(line) for line in lines if line and not line.startswith("#"))
