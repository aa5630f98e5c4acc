"""What an operator can do, in plain data: the words of a command in, a result out.

How it looks is the business of whoever asked. What concerns everything that is remembered is done bit by bit, by
whoever asked (see `answers`); nothing is said to be done that cannot be.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Final, TypeVar

from xmppfilter.gateway.explaining import explanation_of, read_asked
from xmppfilter.gateway.gateway import Gateway
from xmppfilter.gateway.status import filters_of, lists_of, status_of
from xmppfilter.judging.effects import Effect
from xmppfilter.lists.entry import Entry, What, written
from xmppfilter.lists.lists import OPERATOR, Lists
from xmppfilter.lists.lookup import Listing, forms, names
from xmppfilter.lists.reading import read_entry
from xmppfilter.lists.source import Entries, Source
from xmppfilter.operators import spammers
from xmppfilter.operators.answers import CommandError, Later, Result, Rows, whole
from xmppfilter.operators.spammers import jid_of

__all__ = ["COMMANDS", "READ_ONLY", "Command", "CommandError", "begin", "run"]

_Done = TypeVar("_Done")
_NOTHING: Final = Entries()


@dataclass(frozen=True, slots=True)
class Command:
    """One command."""

    words: str
    """What it is called with."""
    doc: str
    run: Callable[[Gateway, Sequence[str], float], tuple[Result, tuple[Effect, ...]]]


def run(gateway: Gateway, words: Sequence[str], now: float) -> tuple[Result, tuple[Effect, ...]]:
    """Carry out the command *words* at *now*, whole, and return its result and what is to be done besides.

    Raises CommandError.
    """
    result, effects = begin(gateway, words, now)
    later: list[Effect] = []
    result = whole(result, lambda effect: later.extend(gateway.command((effect,))))
    return result, (*effects, *later)


def begin(gateway: Gateway, words: Sequence[str], now: float) -> tuple[Result, tuple[Effect, ...]]:
    """Do as `run`, but leave in the result as `Rows` and `Later` what takes a while.

    Whoever works these out has `Gateway.command` say what is to be done of what comes of it. Raises CommandError.
    """
    command = COMMANDS.get(words[0]) if words else None
    if command is None:
        found = f"no command {words[0]!r}" if words else "no command"
        raise CommandError(f"{found}; wanted one of {', '.join(COMMANDS)}")
    result, effects = command.run(gateway, words[1:], now)
    return result, gateway.command(effects)


def _status(gateway: Gateway, rest: Sequence[str], now: float) -> tuple[Result, tuple[Effect, ...]]:
    _nothing_more("status", rest)
    return status_of(gateway, now), ()


def _explain(gateway: Gateway, rest: Sequence[str], now: float) -> tuple[Result, tuple[Effect, ...]]:
    if len(rest) != 1:
        raise CommandError(f"explain: found {len(rest)} words; wanted one stanza, as XML")
    try:
        return {"explained": explanation_of(gateway, read_asked(rest[0]), now)}, ()
    except ValueError as wrong:
        raise CommandError(f"explain: {wrong}") from wrong


def _list_filters(gateway: Gateway, rest: Sequence[str], now: float) -> tuple[Result, tuple[Effect, ...]]:
    _nothing_more("filters", rest)
    return {"filters": filters_of(gateway, now)}, ()


def _mode(gateway: Gateway, rest: Sequence[str], now: float) -> tuple[Result, tuple[Effect, ...]]:
    if list(rest) not in (["enforce"], ["monitor"]):
        raise CommandError(f"mode: found {' '.join(rest)!r}; wanted enforce or monitor")
    policy = gateway.setup.policy
    was_monitor = policy.rules.monitor
    gateway.order_mode(rest[0], now)
    own = policy.own_modes
    was = "monitor" if was_monitor else "enforce"
    return {"mode": rest[0], "was": was} | ({"not_changed": own} if own else {}), ()


def _lists(gateway: Gateway, rest: Sequence[str], now: float) -> tuple[Result, tuple[Effect, ...]]:
    lists = _shared(gateway, "lists")
    match list(rest):
        case ["show"]:
            taken_out = _words_of(lists.taken_out)
            return {"lists": lists_of(gateway, now), "own": _entries([lists.own]), "taken_out": taken_out}, ()
        case ["show", "domain" | "jid" | "ip" | "url" as kind, value]:
            return _shown(_read(kind, value), lists.mentioned, lists.allow), ()
        case ["add", "domain" | "jid" | "ip" | "url" as kind, value]:
            entry = _read(kind, value)
            return {"added": written(entry), "was_listed": not _edited(lists.add, entry, now)}, ()
        case ["remove", "domain" | "jid" | "ip" | "url" as kind, value]:
            entry = _read(kind, value)
            sources = _edited(lists.remove, entry, now)
            return {"removed": written(entry), "was_listed": bool(sources), "sources": sources}, ()
    wanted = "show, or show, add or remove with domain, jid, ip or url and a value"
    raise CommandError(f"lists: found {' '.join(rest)!r}; wanted {wanted}")


def _allow(gateway: Gateway, rest: Sequence[str], now: float) -> tuple[Result, tuple[Effect, ...]]:
    lists = _shared(gateway, "allow")
    match list(rest):
        case ["show"]:
            return {"allowed": _entries(lists.allow.sources, lists.allow.out)}, ()
        case ["show", "domain" | "jid" as kind, value]:
            entry = _read(kind, value)
            sources = [source.name for source in lists.allow.entry(entry)]
            said = {"value": written(entry), "allowed": bool(sources), "sources": sources}
            return said | _taken_out(entry, lists.allow), ()
        case ["add", "domain" | "jid" as kind, value]:
            entry = _read(kind, value)
            was_allowed = not _edited(lists.add_allowed, entry, now)
            return {"allowed": written(entry), "was_allowed": was_allowed, "pardoned": _freed(gateway, entry, now)}, ()
        case ["remove", "domain" | "jid" as kind, value]:
            entry = _read(kind, value)
            sources = _edited(lists.remove_allowed, entry, now)
            return {"removed": written(entry), "was_allowed": bool(sources), "sources": sources}, ()
    wanted = "show, or show, add or remove with domain or jid and a value"
    raise CommandError(f"allow: found {' '.join(rest)!r}; wanted {wanted}")


def _edited(edit: Callable[[Entry, float], _Done], entry: Entry, now: float) -> _Done:
    try:
        return edit(entry, now)
    except ValueError as wrong:
        raise CommandError(str(wrong)) from wrong


def _entries(sources: Iterable[Source], out: Entries = _NOTHING) -> Rows:
    """Return what stands in *sources* and not in *out*, each once: in order, unless there is too much to sort."""
    kept = {entry: None for source in sources for entry in islice(source.entries, SORTED + 1)}
    if len(kept) <= SORTED:
        return Rows(_entry_row(entry) for entry in sorted(kept) if entry not in out)
    return Rows(_entry_row(entry) for entry in _unsorted(sources) if entry not in out)


def _unsorted(sources: Iterable[Source]) -> Iterator[Entry]:
    before: list[Source] = []
    for source in sources:
        for entry in source.entries.walk():
            if not any(entry in other.entries for other in before):
                yield entry
        before.append(source)


def _words_of(taken_out: Source) -> Rows:
    """Return what operators said was to be taken out, without the other forms in which a list may have it."""
    if len(taken_out) > SORTED:
        return _entries([taken_out])
    named = [entry for entry in taken_out.entries if entry.what in {What.DOMAIN, What.JID}]
    implied = {form for entry in named for form in forms(entry) if form != entry}
    return Rows(_entry_row(entry) for entry in sorted(taken_out.entries) if entry not in implied)


def _taken_out(entry: Entry, listing: Listing) -> Result:
    """Say which sources name *entry* though an operator has taken it out, and who that was."""
    by = OPERATOR if entry in listing.out else None
    return {"taken_out": [source.name for source in listing.taken_out(entry)], "taken_out_by": by}


def _entry_row(entry: Entry) -> Result:
    return {"kind": entry.what.value, "value": written(entry)}


def _freed(gateway: Gateway, entry: Entry, now: float) -> Later | int:
    """Pardon whom the lists got banned that do not apply to *entry* any more."""
    if gateway.spammers is None:
        return 0
    return Later(gateway.spammers.pardon_all(partial(names, entry), now, earned=True))


def _senders(gateway: Gateway, rest: Sequence[str], now: float) -> tuple[Result, tuple[Effect, ...]]:
    filter_ = gateway.library.mentions
    if filter_ is None:
        raise CommandError("senders: the filter mentions is not on")
    match list(rest):
        case ["remember", jid]:
            address = _known_by(gateway, jid)
            if not filter_.remember(address, now):
                raise CommandError("senders: nobody is remembered, for the filter mentions has cache_size: 0")
            return {"remembered": address}, ()
        case ["forget", jid]:
            address = _known_by(gateway, jid)
            return {"forgotten": address, "was_remembered": filter_.forget(address, now)}, ()
    raise CommandError(f"senders: found {' '.join(rest)!r}; wanted remember JID or forget JID")


def _shared(gateway: Gateway, command: str) -> Lists:
    if gateway.library.lists is None:
        raise CommandError(f"{command}: none of the filters blocklist, mentions and invitation is on")
    return gateway.library.lists


def _shown(entry: Entry, listed: Listing, allow: Listing) -> Result:
    same = forms(entry)
    sources = dict.fromkeys(source.name for form in same for source in listed.entry(form))
    by = listed.by(entry)
    return {
        "value": written(entry),
        "listed": by is not None,
        "by": by,
        "sources": [*sources],
        "allowed": allow.by(entry) is not None,
    } | _taken_out(entry, listed)


def _read(kind: str, text: str) -> Entry:
    try:
        return read_entry(kind, text)
    except ValueError as wrong:
        raise CommandError(f"found {text!r}; {wrong}") from wrong


def _known_by(gateway: Gateway, text: str) -> str:
    jid = jid_of(text)
    if not jid.local:
        raise CommandError(f"senders: found {text!r}, a domain; wanted a JID such as user@example.org")
    return gateway.setup.policy.address_of(jid)


def _nothing_more(name: str, rest: Sequence[str]) -> None:
    if rest:
        raise CommandError(f"{name}: found {' '.join(rest)!r}; wanted nothing behind it")


COMMANDS: Final[Mapping[str, Command]] = {
    "status": Command("status", "connections, counts, and how each filter fares", _status),
    "explain": Command("explain STANZA", "say what would become of one stanza, and remember nothing of it", _explain),
    "filters": Command("filters", "the filters that are on, and what they found", _list_filters),
    "mode": Command(
        "mode enforce|monitor", "change the mode, until it is changed again, here or in the configuration", _mode
    ),
    "spammers": Command(
        "spammers list | show JID | ban JID [DURATION] | pardon JID|DOMAIN|PATTERN|all...",
        "look at the ban list, or change it",
        spammers.perform,
    ),
    "lists": Command(
        "lists show | show|add|remove domain|jid|ip|url VALUE", "look at what is listed, or change it", _lists
    ),
    "allow": Command(
        "allow show | show|add|remove domain|jid VALUE", "look at what no list applies to, or change it", _allow
    ),
    "senders": Command("senders remember JID | forget JID", "change whom the filter mentions remembers", _senders),
}
SORTED: Final = 5_000
"""Entries that are shown in order."""
READ_ONLY: Final = frozenset({"status", "filters", "explain"})
"""Commands that change nothing."""
