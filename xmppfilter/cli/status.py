"""`xmppfilter status`: how the running gateway fares."""

import json
from pathlib import Path

import typer
from rich.console import Console

from xmppfilter.cli.asking import ConfigOption, JsonOption, SocketOption, ask_or_exit
from xmppfilter.cli.rendering import rendered
from xmppfilter.gateway.status_record import STATUS


def status(
    config: ConfigOption = Path("config.yaml"), as_json: JsonOption = False, socket: SocketOption = None
) -> None:
    """Say whether the gateway is connected, who asks it, and what it has found."""
    result = ask_or_exit(config, ["status"], socket)
    if as_json:
        typer.echo(json.dumps(result, ensure_ascii=False))
        return
    console = Console(soft_wrap=True, highlight=False)
    for part in rendered(result, STATUS):
        console.print(part, markup=False)
