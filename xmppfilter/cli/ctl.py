"""`xmppfilter status` and `xmppfilter ctl`: commands to the running gateway."""

import asyncio
import json
from codecs import getincrementaldecoder
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from xmppfilter.admin.control import ControlError, ask, ask_for_pieces
from xmppfilter.app import control_path
from xmppfilter.cli.configuration import settings_or_exit
from xmppfilter.options import format_duration

T = TypeVar("T")

ConfigOption = Annotated[Path, typer.Option("--config", "-c", help="The configuration that the gateway runs by.")]
JsonOption = Annotated[bool, typer.Option("--json", help="The result as JSON.")]


def status(config: ConfigOption = Path("config.yaml"), as_json: JsonOption = False) -> None:
    """Say whether the gateway is connected, who asks it, and what it has found."""
    result = _ask(config, ["status"])
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


def _headline(result: dict[str, Any]) -> str:
    connected = "connected" if result["connected"] else "NOT connected to the server (see the log for why)"
    return f"{result['component']}: {connected}, mode {result['mode']}, route {result['route']}"


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
) -> None:
    """Give the running gateway a command, such as status, mode, spammers, lists or reload. The result is JSON."""
    _or_exit(_print(_socket(config), words))


async def _print(path: Path, words: list[str]) -> None:
    """Print the result as it comes: it may be long."""
    decoder = getincrementaldecoder("utf-8")()
    async for piece in ask_for_pieces(path, words):
        typer.echo(decoder.decode(piece), nl=False)
    typer.echo()


def _ask(config: Path, words: list[str]) -> dict[str, Any]:
    return _or_exit(ask(_socket(config), words))


def _socket(config: Path) -> Path:
    path = control_path(settings_or_exit(config))
    if path is None:
        typer.echo(f"{config}: has neither control nor store, so there is no socket to ask", err=True)
        raise typer.Exit(1)
    return path


def _or_exit(asking: Coroutine[Any, Any, T]) -> T:
    try:
        return asyncio.run(asking)
    except ControlError as wrong:
        typer.echo(str(wrong), err=True)
        raise typer.Exit(1) from wrong
