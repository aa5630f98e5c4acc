"""The commands `lists` and `allow`: what is listed, and what no list applies to.

They stand here and not beside the lists: an allowance also pardons whom the lists got banned, and lists know no bans.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from typing import Annotated, Final, Literal, TypeVar

from xmppfilter.config.mistakes import quoted
from xmppfilter.gateway.gateway import Gateway
from xmppfilter.gateway.status import lists_of
from xmppfilter.gateway.status_record import LISTS
from xmppfilter.lists.entry import Entry, What, written
from xmppfilter.lists.lists import OPERATOR, Lists
from xmppfilter.lists.lookup import Listing, forms, names
from xmppfilter.lists.reading import read_entry
from xmppfilter.lists.source import Entries, Source
from xmppfilter.registers.bans import BanList
from xmppfilter.registers.command import (
    Answer,
    Column,
    CommandError,
    Context,
    Later,
    Parameter,
    Record,
    Result,
    Rows,
    Table,
    Value,
    command,
)

_Done = TypeVar("_Done")
_NOTHING: Final = Entries()
SORTED: Final = 5_000
"""Entries that are shown in order."""

_Kind = Annotated[Literal["domain", "jid", "ip", "url"], Parameter("KIND", "what the value is")]
_AllowedKind = Annotated[Literal["domain", "jid"], Parameter("KIND", "what the value is")]
_Value = Annotated[
    str,
    Parameter("VALUE", "such as spam.example, *.spam.example, user@spam.example, 192.0.2.0/24, https://spam.example/x"),
]
_AllowedValue = Annotated[str, Parameter("VALUE", "such as good.example, *.good.example, user@good.example")]

_WHATS: Final = {
    "domain": (What.DOMAIN, What.SUBDOMAINS),
    "jid": (What.JID, What.HASH),
    "ip": (What.IP,),
    "url": (What.URL,),
}
_ENTRY: Final = (
    Column("kind", Value("what it is")),
    Column("value", Value("as an operator writes it")),
    Column("by", Value("who says so")),
)
_TAKEN_OUT: Final = {
    "taken_out": Value("sources that name it, though it was taken out", "texts"),
    "taken_out_by": Value("who took it out", null=True),
}
_ALL: Final = Record(
    "the lists",
    {
        "lists": LISTS,
        "own": Table("what operators have listed", _ENTRY, streamed=True),
        "taken_out": Table("what operators have taken out of the lists", _ENTRY, streamed=True),
    },
)
_ONE: Final = Record(
    "how it stands with one value",
    {
        "value": Value("as it is compared"),
        "listed": Value("whether it is listed", "flag"),
        "by": Value("which source lists it, itself or by what is above it", null=True),
        "sources": Value("every source that names it", "texts"),
        "allowed": Value("whether no list applies to it", "flag"),
        **_TAKEN_OUT,
    },
)
_ADDED: Final = Record(
    "what was listed", {"added": Value("as it is compared"), "was_listed": Value("whether it was before", "flag")}
)
_REMOVED: Final = Record(
    "what was taken out",
    {
        "removed": Value("as it is compared"),
        "was_listed": Value("whether it was listed", "flag"),
        "sources": Value("sources that named it", "texts"),
    },
)
_ALL_ALLOWED: Final = Record(
    "what no list applies to", {"allowed": Table("domains and addresses", _ENTRY, streamed=True)}
)
_ONE_ALLOWED: Final = Record(
    "how it stands with one value",
    {
        "value": Value("as it is compared"),
        "allowed": Value("whether no list applies to it", "flag"),
        "sources": Value("who allows it", "texts"),
        **_TAKEN_OUT,
    },
)
_ALLOWED: Final = Record(
    "what was allowed",
    {
        "allowed": Value("as it is compared"),
        "was_allowed": Value("whether it was before", "flag"),
        "pardoned": Value("how many were banned by lists alone, and are not any more", "number"),
    },
)
_FORBIDDEN: Final = Record(
    "what is no longer allowed",
    {
        "removed": Value("as it is compared"),
        "was_allowed": Value("whether it was allowed", "flag"),
        "sources": Value("who allowed it", "texts"),
    },
)


@command("lists show", _ALL)
def show_all(gateway: Gateway, context: Context) -> Answer:
    """Show every list, and what operators have listed and taken out."""
    lists = _lists(gateway, "lists show")
    own, taken_out = _entries([lists.own]), _words_of(lists.taken_out)
    return Answer({"lists": lists_of(gateway, context.now), "own": own, "taken_out": taken_out})


@command("lists show", _ONE)
def show(gateway: Gateway, _: Context, kind: _Kind, value: _Value) -> Answer:
    """Show whether a value is listed, and who lists it."""
    lists = _lists(gateway, "lists show")
    entry = _read("lists show", kind, value)
    listed, allow = lists.mentioned, lists.allow
    same = forms(entry)
    sources = dict.fromkeys(source.name for form in same for source in listed.entry(form))
    by = listed.by(entry)
    said: Result = {"value": written(entry), "listed": by is not None, "by": by, "sources": [*sources]}
    return Answer(said | {"allowed": allow.by(entry) is not None} | _taken_out(entry, listed))


@command("lists add", _ADDED, changes=True)
def add(gateway: Gateway, context: Context, kind: _Kind, value: _Value) -> Answer:
    """List a value: a domain, JID or address as one that spam comes from, a URL as what spam advertises."""
    lists = _lists(gateway, "lists add")
    entry = _read("lists add", kind, value)
    added = _edited("lists add", lists.add, entry, context.now)
    return Answer({"added": written(entry), "was_listed": not added})


@command("lists remove", _REMOVED, changes=True)
def remove(gateway: Gateway, context: Context, kind: _Kind, value: _Value) -> Answer:
    """Take a value out, whoever lists it, now or later; until it is added again."""
    lists = _lists(gateway, "lists remove")
    entry = _stored(lists.own.entries, kind, value) or _read("lists remove", kind, value)
    sources = _edited("lists remove", lists.remove, entry, context.now)
    return Answer({"removed": written(entry), "was_listed": bool(sources), "sources": sources})


@command("allow show", _ALL_ALLOWED)
def show_all_allowed(gateway: Gateway, _: Context) -> Answer:
    """Show what no list applies to."""
    allow = _lists(gateway, "allow show").allow
    return Answer({"allowed": _entries(allow.sources, allow.out)})


@command("allow show", _ONE_ALLOWED)
def show_allowed(gateway: Gateway, _: Context, kind: _AllowedKind, value: _AllowedValue) -> Answer:
    """Show whether no list applies to a value, and who says so."""
    allow = _lists(gateway, "allow show").allow
    entry = _read("allow show", kind, value)
    sources = [source.name for source in allow.entry(entry)]
    said: Result = {"value": written(entry), "allowed": bool(sources), "sources": sources}
    return Answer(said | _taken_out(entry, allow))


@command("allow add", _ALLOWED, changes=True)
def allow(gateway: Gateway, context: Context, kind: _AllowedKind, value: _AllowedValue) -> Answer:
    """Let no list apply to a value, and pardon whom lists alone got banned."""
    lists = _lists(gateway, "allow add")
    entry = _read("allow add", kind, value)
    added = _edited("allow add", lists.add_allowed, entry, context.now)
    pardoned = _freed(gateway, entry, context.now)
    return Answer({"allowed": written(entry), "was_allowed": not added, "pardoned": pardoned})


@command("allow remove", _FORBIDDEN, changes=True)
def forbid(gateway: Gateway, context: Context, kind: _AllowedKind, value: _AllowedValue) -> Answer:
    """Let lists apply to a value again, whoever allows it; until it is added again."""
    lists = _lists(gateway, "allow remove")
    entry = _stored(lists.own_allowed.entries, kind, value) or _read("allow remove", kind, value)
    sources = _edited("allow remove", lists.remove_allowed, entry, context.now)
    return Answer({"removed": written(entry), "was_allowed": bool(sources), "sources": sources})


def _lists(gateway: Gateway, name: str) -> Lists:
    if gateway.library.lists is None:
        raise CommandError(f"{name}: none of the filters blocklist, mentions and invitation is on")
    return gateway.library.lists


def _read(name: str, kind: str, text: str) -> Entry:
    try:
        return read_entry(kind, text)
    except ValueError as wrong:
        raise CommandError(f"{name}: found {quoted(text)}; {wrong}") from wrong


def _stored(entries: Entries, kind: str, text: str) -> Entry | None:
    """Return the entry that is shown as *text*: an earlier version may have taken what this one would refuse."""
    every = (Entry(what, text.removeprefix("*.") if what is What.SUBDOMAINS else text) for what in _WHATS[kind])
    return next((entry for entry in every if entry in entries and written(entry) == text), None)


def _edited(name: str, edit: Callable[[Entry, float], _Done], entry: Entry, now: float) -> _Done:
    try:
        return edit(entry, now)
    except ValueError as wrong:
        raise CommandError(f"{name}: {wrong}") from wrong


def _entries(sources: Iterable[Source], out: Entries = _NOTHING) -> Rows:
    """Return what stands in *sources* and not in *out*, each once: in order, unless there is too much to sort."""
    every = tuple(sources)
    kept = {entry: None for source in every for entry in islice(source.entries, SORTED + 1)}
    found = sorted(kept) if len(kept) <= SORTED else _unsorted(every)
    return Rows(_entry_row(entry, every) for entry in found if entry not in out)


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
    return Rows(_entry_row(entry, [taken_out]) for entry in sorted(taken_out.entries) if entry not in implied)


def _taken_out(entry: Entry, listing: Listing) -> Result:
    """Say which sources name *entry* though an operator has taken it out, and who that was."""
    by = OPERATOR if entry in listing.out else None
    return {"taken_out": [source.name for source in listing.taken_out(entry)], "taken_out_by": by}


def _entry_row(entry: Entry, sources: Iterable[Source]) -> Result:
    by = ", ".join(source.name for source in sources if entry in source.entries)
    return {"kind": entry.what.value, "value": written(entry), "by": by}


def _freed(gateway: Gateway, entry: Entry, now: float) -> Later | int:
    """Pardon whom the lists got banned that do not apply to *entry* any more."""
    bans = gateway.setup.registers.get(BanList)
    if bans is None:
        return 0
    return Later(bans.pardon_all(partial(names, entry), now, earned=True))
