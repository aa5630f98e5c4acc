"""`xmppfilter status` and `xmppfilter ctl`: commands to the running gateway."""

import asyncio
import json
from codecs import getincrementaldecoder
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from xmppfilter.cli.asking import SocketOption, ask_or_exit, pieces_or_exit
from xmppfilter.judging.options import format_duration

ConfigOption = Annotated[Path, typer.Option("--config", "-c", help="The configuration that the gateway runs by.")]
JsonOption = Annotated[bool, typer.Option("--json", help="The result as JSON.")]


def status(
    config: ConfigOption = Path("config.yaml"), as_json: JsonOption = False, socket: SocketOption = None
) -> None:
    """Say whether the gateway is connected, who asks it, and what it has found."""
    result = ask_or_exit(config, ["status"], socket)
    if as_json:
        typer.echo(json.dumps(result, ensure_ascii=False))
        return
    console = Console(soft_wrap=True, highlight=False)
    console.print(_headline(result))
    for server in result["servers"]:
        console.print(f"  {server['jid']}: {_server(result, server)}", markup=False)
    table = Table("filter", "mode", "findings", "failures", box=None, header_style="bold")
    for row in result["filters"]:
        failures = f"{row['failures']} (muted)" if row["muted"] else str(row["failures"])
        table.add_row(row["name"], row["mode"], str(row["findings"]), failures)
    console.print(table)
    for row in result["lists"]:
        console.print(f"  {_list(row)}", markup=False)
    for name in ("stanzas", "verdicts", "would", "exempt", "reports", "state"):
        if result[name]:
            console.print(f"{name}: {', '.join(f'{key} {n}' for key, n in result[name].items())}", markup=False)
    trouble = {key: result[key] for key in ("invalid", "malformed", "disbelieved", "failures") if result[key]}
    if trouble:
        console.print(f"trouble: {', '.join(f'{key} {n}' for key, n in trouble.items())}", markup=False)
    for line in _process(result):
        console.print(line, markup=False)


def _process(result: dict[str, Any]) -> Iterator[str]:
    """Yield in words what is wrong with the process: its last reload, its tasks, its store."""
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


def _headline(result: dict[str, Any]) -> str:
    connected = "connected" if result["connected"] else "NOT connected to the server (see the log for why)"
    by = ""
    if result.get("mode_by") == "the operator":
        by = f" (by the operator's word; the configuration says {result['mode_configured']})"
    return f"{result['component']}: {connected}, mode {result['mode']}{by}, route {result['route']}"


def _server(result: dict[str, Any], server: dict[str, Any]) -> str:
    """Say in words what is known of one server, and what to do where nothing is heard of it."""
    if not result["connected"]:
        return "unknown while we are not connected"
    if server["software"] is None and server["questions"] == 0:
        why = f" (it answered {server['trouble']})" if server["trouble"] else ""
        return f"has not said hello{why}: is mod_xmppfilter loaded on this host?"
    asked = (
        f"last question {format_duration(server['last_question_age'] // 1)} ago, {server['questions']} in all"
        if server["last_question_age"] is not None
        else "no question yet"
    )
    return f"{server['software'] or 'asks without a hello'}, {asked}"


def _list(row: dict[str, Any]) -> str:
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


def ctl(
    words: Annotated[list[str], typer.Argument(help="The command, for example: spammers list")],
    config: ConfigOption = Path("config.yaml"),
    socket: SocketOption = None,
) -> None:
    """Give the running gateway a command, such as status, mode, spammers, lists or reload. The result is JSON."""
    asyncio.run(_print(pieces_or_exit(config, words, socket)))


async def _print(pieces: AsyncIterator[bytes]) -> None:
    """Print the result as it comes: it may be long."""
    decoder = getincrementaldecoder("utf-8")()
    async for piece in pieces:
        typer.echo(decoder.decode(piece), nl=False)
    typer.echo()
