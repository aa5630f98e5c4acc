"""What `status` looks like: each of its values, and how people read it in words."""

from collections.abc import Iterator
from typing import Final

from xmppfilter.judging.options import format_duration
from xmppfilter.registers.command import Column, Counts, Record, Result, Shape, Table, Value


def _headline(result: Result) -> str:
    connected = "connected" if result["connected"] else "NOT connected to the server (see the log for why)"
    by = ""
    if result.get("mode_by") == "the operator":
        by = f" (by the operator's word; the configuration says {result['mode_configured']})"
    return f"{result['component']}: {connected}, mode {result['mode']}{by}, route {result['route']}"


def _server(result: Result, server: Result) -> str:
    """Say in words what is known of one server, and what to do where nothing is heard of it."""
    return f"{server['jid']}: {_asks(server) if result['connected'] else 'unknown while we are not connected'}"


def _asks(server: Result) -> str:
    if server["software"] is None and server["questions"] == 0:
        why = f" (it answered {server['trouble']})" if server["trouble"] else ""
        return f"has not said hello{why}: is mod_xmppfilter loaded on this host?"
    asked = (
        f"last question {format_duration(server['last_question_age'] // 1)} ago, {server['questions']} in all"
        if server["last_question_age"] is not None
        else "no question yet"
    )
    return f"{server['software'] or 'asks without a hello'}, {asked}"


def _list(_: Result, row: Result) -> str:
    """Say in words what is known of one list."""
    name = row.get("file") or f"{row['service']} {row['node']}"
    age = "never read" if row["age"] is None else f"{format_duration(row['age'] // 1)} old"
    told = [f"{row['size']} entries", age]
    if (subscription := row.get("subscription", "subscribed")) != "subscribed":
        told.append(f"subscription: {subscription}")
    told += [f"{row[key]} {words}" for key, words in (("taken_out", "taken out"), ("left_out", "left out")) if row[key]]
    if row["trouble"]:
        told.append(row["trouble"])
    return f"{name}: {', '.join(told)}"


def _failures(row: Result) -> str:
    return f"{row['failures']} (muted)" if row["muted"] else str(row["failures"])


def _notes(result: Result) -> Iterator[str]:
    """Yield in words what is wrong: with what was asked, with the last reload, with tasks and store."""
    trouble = {key: result[key] for key in ("invalid", "malformed", "disbelieved", "failures") if result[key]}
    if trouble:
        yield f"trouble: {', '.join(f'{key} {n}' for key, n in trouble.items())}"
    reload = result.get("reload")
    if reload is not None and not reload["ok"]:
        yield f"the last reload, at {reload['at']}, was refused; the settings before it are in force:"
        yield from (f"  {mistake}" for mistake in reload["mistakes"])
    if result.get("needs_restart"):
        yield f"changed, but only a restart applies it: {', '.join(result['needs_restart'])}"
    for name, trouble in result.get("troubles", {}).items():
        yield f"task {name}: {trouble}"
    for name, task in result.get("tasks", {}).items():
        if task["trouble"]:
            yield f"task {name}: {task['trouble']} (failed {task['failures']} times, is tried again)"
    store = result.get("store") or {}
    if store.get("trouble"):
        yield f"store: {store['trouble']}; {store['unwritten']} rows wait for being written"
    if store.get("unread"):
        yield f"store: not read yet: {', '.join(store['unread'])}"


FILTERS: Final = Table(
    "the filters that are on, in the order in which they are asked",
    (
        Column("name", Value("as the configuration calls it"), "filter"),
        Column("mode", Value("monitor: what it finds adds no score"), "mode"),
        Column("findings", Value("how often it found something", "number"), "findings"),
        Column("failures", Value("how often it failed", "number"), "failures", _failures),
        Column("muted", Value("whether it is not asked for a while, after too many failures in a row", "flag")),
    ),
)
LISTS: Final = Table(
    "every list that is fetched or read",
    (
        Column("size", Value("entries", "number")),
        Column("age", Value("seconds since it was read", "number", null=True)),
        Column("trouble", Value("why it could not be read", null=True)),
        Column("taken_out", Value("entries that an operator has taken out", "number")),
        Column("left_out", Value("entries beyond what is held", "number")),
        Column("service", Value("the pubsub service", optional=True)),
        Column("node", Value("its node", optional=True)),
        Column("subscription", Value("how it stands with the subscription", optional=True)),
        Column("file", Value("the file's path", optional=True)),
    ),
    sentence=_list,
)
_SERVERS: Final = Table(
    "the servers that may ask",
    (
        Column("jid", Value("its address")),
        Column("software", Value("what it says that it runs", null=True)),
        Column("route", Value("how it asks", null=True)),
        Column("options", Value("what it can do")),
        Column("trouble", Value("why it would not answer", null=True)),
        Column("questions", Value("stanzas that it asked about", "number")),
        Column("last_question_age", Value("seconds since the last one", "number", null=True)),
    ),
    sentence=_server,
)
_TASK: Final = Record(
    "how a task fares",
    {"trouble": Value("why it failed at last", null=True), "failures": Value("how often it failed", "number")},
)
_PROCESS: Final[dict[str, Shape]] = {
    "reload": Record(
        "what came of the last reload",
        {
            "at": Value("when it was"),
            "ok": Value("whether it was applied", "flag"),
            "mistakes": Value("why it was refused", "texts"),
        },
        null=True,
        optional=True,
    ),
    "needs_restart": Value("sections that only a restart applies", "texts", optional=True),
    "tasks": Counts("what goes on beside the stanzas, by name", each=_TASK, optional=True),
    "store": Record(
        "how the store fares",
        {
            "errors": Value("how often writing failed", "number"),
            "unwritten": Value("rows that wait for being written", "number"),
            "unread": Value("what could not be read yet", "texts"),
            "trouble": Value("why writing failed at last", null=True),
        },
        optional=True,
    ),
    "recorder": Record(
        "how the recording fares",
        {
            "full": Value("whether it is as large as it may be, so that nothing more is recorded", "flag"),
            "skipped": Value(
                "stanzas that are not well-formed, so that nothing could stand in for their texts", "number"
            ),
            "left_out": Value("lines that are missing, for the disk took nothing", "number"),
        },
        optional=True,
    ),
}
STATUS: Final = Record(
    "how it all stands",
    {
        "connected": Value("whether we are connected to the server", "flag"),
        "mode": Value("enforce or monitor"),
        "mode_by": Value("whose word that is"),
        "mode_configured": Value("what the configuration says"),
        "route": Value("how we are asked: verdict or inline"),
        "component": Value("our own address"),
        "compiled": Value("whether what every stanza passes runs as machine code"),
        "servers": _SERVERS,
        "filters": FILTERS,
        "lists": LISTS,
        "stanzas": Counts("stanzas that were judged, by kind", shown=True),
        "verdicts": Counts("what became of them", shown=True),
        "would": Counts("what would have become of those that monitor mode let pass", shown=True),
        "exempt": Counts("why stanzas were not judged", shown=True),
        "reports": Counts("users' reports", shown=True),
        "invalid": Value("stanzas with an address that is none", "number"),
        "malformed": Value("what could not be read", "number"),
        "too_large": Value("stanzas larger than may be looked into", "number"),
        "disbelieved": Value("what was said by others than servers", "number"),
        "failures": Value("how often a filter failed", "number"),
        "bans_owed": Value("bans that servers are yet to be told of", "number"),
        "troubles": Counts("what is wrong with what is done at each tick", each=Value("what")),
        "state": Counts("entries that are remembered, by structure", shown=True),
        **_PROCESS,
    },
    headline=_headline,
    notes=_notes,
)
