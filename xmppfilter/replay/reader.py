"""Reads what a replay is fed: recorded events, bare stanzas, or ejabberd's dump of spam."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from xml.parsers import expat

from xmppfilter.gateway.events import RosterKnown
from xmppfilter.lists.copies import Feed
from xmppfilter.lists.feeds import ListFetched
from xmppfilter.registers.rosters import RosterItem
from xmppfilter.stanza.jid import Jid, JidError
from xmppfilter.stanza.namespaces import DELAY
from xmppfilter.stanza.view import Stanza, StanzaError
from xmppfilter.stanza.xml import XmlError

Recorded = Stanza | RosterKnown | ListFetched | tuple[str, ...]
"""A stanza, a roster, what a service answered, or the words of a command."""

_WANTED: Final = "wanted one of stanza, roster, fetch or command"
_BEGINS: Final = re.compile(r"\s*<(?:[\w.-]+:)?(?:message|presence|iq)[\s/>]")
_LONGEST: Final = 16 << 20
"""Characters that one stanza of several lines may have."""
_LATEST: Final = 253402300799.0
"""The end of the year 9999, in Unix time: behind it no calendar can name a time."""


@dataclass(frozen=True, slots=True)
class Line:
    """One event of the input."""

    n: int
    """The number of its line, from 1."""
    at: float | None
    """When it happens on the virtual clock, in seconds; None means at once."""
    event: Recorded
    timed: bool = True
    """Its time was said for the virtual clock, and must not go back."""


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is no event."""

    n: int
    at: float | None
    error: str


def read_events(lines: Iterable[str]) -> Iterator[Line | BadLine]:
    """Yield the events of *lines*; empty lines are passed over."""
    open_: _Open | None = None
    for n, text in enumerate(lines, 1):
        if open_ is not None and (text.startswith('{"at"') or (_BEGINS.match(text) and not open_.may_hold_stanza)):
            yield BadLine(open_.n, None, "a stanza that does not end")
            open_ = None
        if open_ is None:
            stripped = text.strip()
            if stripped and not _BEGINS.match(text):
                yield _bare_stanza(n, stripped) if stripped.startswith("<") else _json_line(n, stripped)
            if not _BEGINS.match(text):
                continue
            open_ = _Open(n)
        open_.feed(text)
        if open_.over:
            yield _bare_stanza(open_.n, "".join(open_.lines))
            open_ = None
    if open_ is not None:
        yield BadLine(open_.n, None, "a stanza that does not end")


class _Open:
    """A stanza that has begun: a body may hold line breaks, so it is as many lines as it takes to be well-formed."""

    def __init__(self, n: int) -> None:
        self.n = n
        """The number of its first line."""
        self.lines: list[str] = []
        self.over = False
        """It has ended, is not well-formed, or is longer than any stanza."""
        self._size = 0
        self._within: list[str] = []
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = lambda name, _attributes: self._within.append(name)
        self._parser.EndElementHandler = lambda _name: self._within.pop()

    @property
    def may_hold_stanza(self) -> bool:
        """Whether a stanza that begins now would be part of this one (XEP-0297), and not the next."""
        return bool(self._within) and self._within[-1].rpartition(":")[2] == "forwarded"

    def feed(self, text: str) -> None:
        """Take one more line in."""
        self.lines.append(text)
        self._size += len(text)
        try:
            self._parser.Parse(text.encode("utf-8", "surrogateescape"), False)
        except expat.ExpatError:
            self.over = True
        else:
            self.over = (not self._within and ">" in text) or self._size > _LONGEST


def _bare_stanza(n: int, text: str) -> Line | BadLine:
    try:
        stanza = Stanza.read(text.strip())
        return Line(n, _stamp(stanza), stanza, timed=False)
    except (StanzaError, XmlError) as wrong:
        return BadLine(n, None, str(wrong))


def _stamp(stanza: Stanza) -> float | None:
    """Return when the server dumped *stanza*, as its own `<delay/>`, the last one, says (XEP-0203)."""
    stamps = [delay.get("stamp", "") for delay in stanza.children("delay", DELAY)]
    try:
        when = datetime.fromisoformat(stamps[-1]) if stamps else None
    except ValueError:
        return None  # the sender may have written it
    if when is None:
        return None
    return max(0.0, (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp())


def _json_line(n: int, text: str) -> Line | BadLine:
    at: float | None = None
    try:
        event = json.loads(text)
        if not isinstance(event, dict):
            raise ValueError(f"found {_show(event)}; wanted an object or a stanza")  # noqa: TRY004, TRY301 - as all others
        at = _time(event.get("at"))
        kinds = [kind for kind in _READERS if kind in event]
        if len(kinds) != 1:
            raise ValueError(f"found {', '.join(map(str, event))}; {_WANTED}")  # noqa: TRY301 - reported below
        return Line(n, at, _READERS[kinds[0]](event))
    except json.JSONDecodeError as wrong:
        return BadLine(n, at, f"found {_show(text)}; wanted a JSON object or a stanza: {wrong}")
    except RecursionError:
        return BadLine(n, at, "found JSON nested too deep; wanted a JSON object")
    except (StanzaError, XmlError, JidError, ValueError) as wrong:
        return BadLine(n, at, str(wrong))


def _time(at: Any) -> float:
    if isinstance(at, bool) or not isinstance(at, int | float) or not 0 <= at <= _LATEST:
        raise ValueError(f"at: found {_show(at)}; wanted seconds, from 0 to {_LATEST:.0f}")
    return float(at)


def _stanza(event: dict[str, Any]) -> Stanza:
    text, peer = event["stanza"], event.get("peer") or {}
    if not isinstance(text, str):
        raise ValueError(f"stanza: found {_show(text)}; wanted XML")  # noqa: TRY004 - as all others
    if not isinstance(peer, dict) or not all(isinstance(value, str | bool | int) for value in peer.values()):
        raise ValueError(f"peer: found {_show(peer)}; wanted an object of strings")
    return Stanza.read(text, {str(name): _attribute(value) for name, value in peer.items()})


def _attribute(value: str | bool | int) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _roster(event: dict[str, Any]) -> RosterKnown:
    roster = event["roster"]
    if not isinstance(roster, dict) or not isinstance(roster.get("items"), list):
        raise ValueError(f"roster: found {_show(roster)}; wanted an object with user and items")  # noqa: TRY004 - as above
    items: list[RosterItem] = []
    bad: list[str] = []
    for item in roster["items"]:
        try:
            items.append(_roster_item(item))
        except ValueError as wrong:
            bad.append(f"found {_show(item)}, {wrong}")
    problem = f"{len(bad)} of {len(roster['items'])} items left out; the first: {bad[0]}" if bad else ""
    return RosterKnown(Jid.parse(str(roster.get("user", ""))), tuple(items), problem)


def _roster_item(item: Any) -> RosterItem:
    """Return one item of a roster. Raises ValueError: it costs the others nothing."""
    if not isinstance(item, dict):
        raise ValueError("wanted an object")  # noqa: TRY004 - as all others
    return RosterItem(
        jid=Jid.parse(str(item.get("jid", ""))),
        subscription=str(item.get("subscription", "none")),
        ask=ask if isinstance(ask := item.get("ask"), str) else None,
        approved=item.get("approved") in (True, "true", "1"),
        name=str(item.get("name") or ""),
    )


def _command(event: dict[str, Any]) -> tuple[str, ...]:
    words = event["command"]
    if not isinstance(words, list) or not words or not all(isinstance(word, str) for word in words):
        raise ValueError(f"command: found {_show(words)}; wanted a list of words")
    return tuple(words)


def _fetch(event: dict[str, Any]) -> ListFetched:
    fetch = event["fetch"]
    if not isinstance(fetch, dict) or not all(isinstance(fetch.get(name), str) for name in ("service", "node")):
        raise ValueError(f"fetch: found {_show(fetch)}; wanted an object with service, node, and items or error")
    items, error = fetch.get("items"), fetch.get("error")
    feed = Feed(Jid.parse(fetch["service"]).full, fetch["node"])
    if items is None and isinstance(error, str):
        return ListFetched(feed, None, error)
    if error is not None or not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise ValueError(f"fetch: found {_show(fetch)}; wanted items, a list of texts, or error, a text")
    return ListFetched(feed, tuple(items))


def _show(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:80]}…"  # noqa: PLR2004 - a line of a terminal


_READERS: Final[dict[str, Callable[[dict[str, Any]], Recorded]]] = {
    "stanza": _stanza,
    "roster": _roster,
    "fetch": _fetch,
    "command": _command,
}
