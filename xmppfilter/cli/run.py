"""`xmppfilter run`: the gateway itself."""

import asyncio
from pathlib import Path
from secrets import token_bytes
from typing import Annotated

import typer

from xmppfilter.app import App
from xmppfilter.cli.configuration import loaded_or_exit
from xmppfilter.cli.trouble import told
from xmppfilter.config.loader import ConfigError
from xmppfilter.observe.log import configure_logging
from xmppfilter.replay.recorder import Recorder


def run(
    config: Annotated[Path, typer.Option("--config", "-c", help="The configuration file.")] = Path("config.yaml"),
    record: Annotated[
        Path | None, typer.Option("--record", help="A new file for what is judged, in the form that replay reads.")
    ] = None,
    whole: Annotated[
        bool,
        typer.Option(
            "--record-whole", help="Record texts as they are; else others of the same length stand in for them."
        ),
    ] = False,
) -> None:
    """Connect and filter, until SIGTERM. SIGHUP reads the configuration again, SIGUSR1 logs the status."""
    loaded = loaded_or_exit(config)
    configure_logging(loaded.settings.log.format, loaded.settings.log.level)
    try:
        recorder = Recorder(record, whole=whole, secret=token_bytes(32)) if record is not None else None
        asyncio.run(App(config, loaded, recorder).run())
    except ConfigError as wrong:
        for mistake in wrong.mistakes:
            typer.echo(str(mistake), err=True)
        raise typer.Exit(2) from wrong
    except OSError as wrong:
        typer.echo(f"xmppfilter: {told(wrong)}", err=True)
        raise typer.Exit(1) from wrong
