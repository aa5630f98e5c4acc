"""How the gateway fares, in plain data: the commands `status` and `filters`."""

from typing import Any

from xmppfilter import kernels
from xmppfilter.gateway.gateway import Gateway
from xmppfilter.gateway.status_record import FILTERS, STATUS
from xmppfilter.lists.source import Entries, Source
from xmppfilter.registers.command import Answer, Context, Record, command
from xmppfilter.stanza.kind import Kind

Row = dict[str, Any]


@command("status", STATUS)
def status(gateway: Gateway, context: Context) -> Answer:
    """Tell whether the gateway is connected, who asks it, what it has found, and how each filter and list fares."""
    return Answer(status_of(gateway, context.now))


@command("filters", Record("the filters", {"filters": FILTERS}))
def filters(gateway: Gateway, context: Context) -> Answer:
    """Tell which filters are on, and what they found."""
    return Answer({"filters": filters_of(gateway, context.now)})


def status_of(gateway: Gateway, now: float) -> Row:
    """Return how it all stands at *now*: connections, counts, filters, lists."""
    counts = gateway.counts
    judged = sum(counts.kinds)
    return {
        "connected": gateway.connected,
        "mode": "monitor" if gateway.setup.policy.rules.monitor else "enforce",
        "mode_by": "the configuration" if gateway.ordered_mode is None else "the operator",
        "mode_configured": gateway.setup.mode,
        "route": gateway.setup.route,
        "component": gateway.setup.jid.bare,
        "compiled": kernels.in_use,
        "servers": [
            {
                "jid": server.jid,
                "software": server.software,
                "route": server.route,
                "options": server.options,
                "trouble": server.trouble,
                "questions": server.questions,
                "last_question_age": None if server.last_question is None else max(0.0, now - server.last_question),
            }
            for server in gateway.servers.values()
        ],
        "stanzas": {kind.name.lower(): counts.kinds[kind] for kind in Kind if counts.kinds[kind]},
        "verdicts": {"deliver": judged - counts.invalid - sum(counts.actions.values()), **counts.actions},
        "would": dict(counts.would),
        "exempt": dict(counts.exempt),
        "reports": dict(counts.reports),
        "invalid": counts.invalid,
        "malformed": counts.malformed,
        "too_large": counts.too_large,
        "disbelieved": counts.disbelieved,
        "failures": counts.failures,
        "bans_owed": gateway.pushes.bans_owed,
        "troubles": dict(gateway.troubles),
        "filters": filters_of(gateway, now),
        "lists": lists_of(gateway, now),
        "state": {name: len(structure) for name, structure in gateway.state.structures.items()},
    }


def filters_of(gateway: Gateway, now: float) -> list[Row]:
    """Return how each filter that is on fares."""
    pipeline = gateway.setup.pipeline
    rows: list[Row] = []
    for mount in pipeline.mounts:
        health = pipeline.health[mount.name]
        found = sum(n for rule, n in gateway.counts.rules.items() if rule.partition(".")[0] == mount.name)
        rows.append(
            {
                "name": mount.name,
                "mode": "monitor" if mount.monitor else "enforce",
                "findings": found,
                "failures": health.failures,
                "muted": health.muted_until > now,
            }
        )
    return rows


def lists_of(gateway: Gateway, now: float) -> list[Row]:
    """Return how it stands with every list that is fetched or read."""
    lists = gateway.library.lists
    out = lists.taken_out.entries if lists is not None else Entries()
    rows = [
        _source(following.source, out, now)
        | {"service": feed.service, "node": feed.node, "subscription": following.subscription}
        for feed, following in gateway.library.feeds.states()
    ]
    if lists is not None:
        rows += [_source(source, out, now) | {"file": file.path} for file, source in lists.files.items()]
    return rows


def _source(source: Source, out: Entries, now: float) -> Row:
    return {
        "size": len(source),
        "age": None if source.updated is None else max(0.0, now - source.updated),
        "trouble": source.trouble,
        "taken_out": source.entries.common(out),
        "left_out": source.left_out,
    }
