"""What an operator can do, in plain data: the words of a command in, a result out.

How it looks is the business of whoever asked.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from xmppfilter.effects import Effect, LockAccount
from xmppfilter.explaining import explanation_of, read_asked
from xmppfilter.filters import known_spammers
from xmppfilter.gateway import Gateway
from xmppfilter.jid import Jid, JidError
from xmppfilter.memory.bans import Ban
from xmppfilter.memory.listed import Entry
from xmppfilter.memory.listing import Listing, forms
from xmppfilter.memory.lists import Lists
from xmppfilter.options import parse_duration
from xmppfilter.routes.protocol import timestamp
from xmppfilter.status import filters_of, lists_of, status_of
from xmppfilter.text.entries import read_entry

Result = dict[str, Any]


class CommandError(ValueError):
    """Words that are no command; the message says what was found and what was wanted."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command."""

    words: str
    """What it is called with."""
    doc: str
    run: Callable[[Gateway, Sequence[str], float], tuple[Result, tuple[Effect, ...]]]


def run(gateway: Gateway, words: Sequence[str], now: float) -> tuple[Result, tuple[Effect, ...]]:
    """Carry out the command *words* at *now*, and return its result and what is to be done besides.

    Raises CommandError.
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
    policy.switch(monitor=rest[0] == "monitor")
    if was_monitor and rest[0] == "enforce" and gateway.spammers is not None:
        gateway.spammers.begin_enforcing(now)
    return {"mode": rest[0]}, ()


def _spammers(gateway: Gateway, rest: Sequence[str], now: float) -> tuple[Result, tuple[Effect, ...]]:
    filter_ = gateway.spammers
    if filter_ is None:
        raise CommandError("spammers: the filter known_spammers is not on")
    match list(rest):
        case ["list"]:
            rows = [_row(ban) for ban in filter_.current(now)]
            return {"spammers": rows + [_row(ban) | {"monitored": True} for ban in filter_.watched(now)]}, ()
        case ["show", jid]:
            ban = filter_.show(_address(jid), now)
            return {"spammer": None if ban is None else _row(ban)}, ()
        case ["ban", jid]:
            return _ban(filter_, _address(jid), None, now)
        case ["ban", jid, duration]:
            return _ban(filter_, _address(jid), _seconds(duration), now)
        case ["pardon", jid]:
            address = _address(jid)
            effects = filter_.pardon(address, now)
            if effects is None and gateway.setup.policy.is_local_user(Jid.parse(address)):
                # the server keeps a lock for longer than we remember why
                return {"pardoned": address, "was_known": False}, (LockAccount(address, locked=False),)
            return {"pardoned": address, "was_known": effects is not None}, effects or ()
    raise CommandError(f"spammers: found {' '.join(rest)!r}; wanted list, show JID, ban JID [DURATION] or pardon JID")


def _ban(
    filter_: known_spammers.Filter, address: str, seconds: float | None, now: float
) -> tuple[Result, tuple[Effect, ...]]:
    effects = filter_.ban(address, seconds, now)
    ban = filter_.show(address, now)
    return {"banned": address, "until": None if ban is None else timestamp(ban.until)}, effects


def _lists(gateway: Gateway, rest: Sequence[str], now: float) -> tuple[Result, tuple[Effect, ...]]:
    lists = _shared(gateway, "lists")
    match list(rest):
        case ["show"]:
            return {"lists": lists_of(gateway, now)}, ()
        case ["show", "domain" | "jid" | "ip" | "url" as kind, value]:
            return _shown(_read(kind, value), lists.mentioned, lists.allow), ()
        case ["add", "domain" | "jid" | "ip" | "url" as kind, value]:
            entry = _read(kind, value)
            return {"added": entry.value, "was_listed": not lists.add(entry, now)}, ()
        case ["remove", "domain" | "jid" | "ip" | "url" as kind, value]:
            entry = _read(kind, value)
            sources = lists.remove(entry, now)
            return {"removed": entry.value, "was_listed": bool(sources), "sources": sources}, ()
    wanted = "show, or show, add or remove with domain, jid, ip or url and a value"
    raise CommandError(f"lists: found {' '.join(rest)!r}; wanted {wanted}")


def _allow(gateway: Gateway, rest: Sequence[str], now: float) -> tuple[Result, tuple[Effect, ...]]:
    lists = _shared(gateway, "allow")
    match list(rest):
        case ["show"]:
            entries = sorted({entry for source in lists.allow.sources for entry in source.entries})
            return {"allowed": [{"kind": entry.what.value, "value": entry.value} for entry in entries]}, ()
        case ["show", "domain" | "jid" as kind, value]:
            entry = _read(kind, value)
            sources = [source.name for source in lists.allow.entry(entry)]
            return {"value": entry.value, "allowed": bool(sources), "sources": sources}, ()
        case ["add", "domain" | "jid" as kind, value]:
            entry = _read(kind, value)
            return {"allowed": entry.value, "was_allowed": not lists.add_allowed(entry, now)}, ()
        case ["remove", "domain" | "jid" as kind, value]:
            entry = _read(kind, value)
            sources = lists.remove_allowed(entry, now)
            return {"removed": entry.value, "was_allowed": bool(sources), "sources": sources}, ()
    wanted = "show, or show, add or remove with domain or jid and a value"
    raise CommandError(f"allow: found {' '.join(rest)!r}; wanted {wanted}")


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
    taken_out = [source.name for source in listed.sources if not source.withheld.isdisjoint(same)]
    by = listed.by(entry)
    return {
        "value": entry.value,
        "listed": by is not None,
        "by": by,
        "sources": [*sources],
        "taken_out": taken_out,
        "allowed": allow.by(entry) is not None,
    }


def _read(kind: str, text: str) -> Entry:
    try:
        return read_entry(kind, text)
    except ValueError as wrong:
        raise CommandError(f"found {text!r}; {wrong}") from wrong


def _known_by(gateway: Gateway, text: str) -> str:
    return gateway.setup.policy.address_of(Jid.parse(_address(text)))


def _row(ban: Ban) -> Result:
    return {
        "jid": ban.jid,
        "offences": ban.offences,
        "sureness": ban.sureness / known_spammers.SURE,
        "until": timestamp(ban.until),
        "disabled": ban.disabled,
    }


def _address(text: str) -> str:
    try:
        return Jid.parse(text).full
    except JidError as wrong:
        raise CommandError(str(wrong)) from wrong


def _seconds(text: str) -> float:
    try:
        return parse_duration(text)
    except ValueError as wrong:
        raise CommandError(f"found {text!r}: {wrong}") from wrong


def _nothing_more(name: str, rest: Sequence[str]) -> None:
    if rest:
        raise CommandError(f"{name}: found {' '.join(rest)!r}; wanted nothing behind it")


COMMANDS: Final[Mapping[str, Command]] = {
    "status": Command("status", "connections, counts, and how each filter fares", _status),
    "explain": Command("explain STANZA", "say what would become of one stanza, and remember nothing of it", _explain),
    "filters": Command("filters", "the filters that are on, and what they found", _list_filters),
    "mode": Command("mode enforce|monitor", "change the mode until the next reload", _mode),
    "spammers": Command(
        "spammers list | show JID | ban JID [DURATION] | pardon JID", "look at the ban list, or change it", _spammers
    ),
    "lists": Command(
        "lists show | show|add|remove domain|jid|ip|url VALUE", "look at what is listed, or change it", _lists
    ),
    "allow": Command(
        "allow show | show|add|remove domain|jid VALUE", "look at what no list applies to, or change it", _allow
    ),
    "senders": Command("senders remember JID | forget JID", "change whom the filter mentions remembers", _senders),
}
READ_ONLY: Final = frozenset({"status", "filters", "explain"})
"""Commands that change nothing."""
