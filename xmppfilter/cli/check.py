"""`xmppfilter check-config`: every mistake at once, before anything runs."""

from pathlib import Path
from typing import Annotated

import typer

from xmppfilter.build import Core
from xmppfilter.cli.configuration import loaded_or_exit
from xmppfilter.config.settings import Settings
from xmppfilter.memory.state import State
from xmppfilter.operators.sockets import control_paths
from xmppfilter.store.listfiles import read_lists


def check_config(
    file: Annotated[Path, typer.Argument(help="The configuration file.")] = Path("config.yaml"),
    secrets: Annotated[
        bool, typer.Option(help="Without: neither the secret nor the environment need be there.")
    ] = True,
) -> None:
    """Tell every mistake in a configuration, one a line, and leave with exit code 2; or say what is on."""
    loaded = loaded_or_exit(file, secrets=secrets)
    try:
        lists = Core(loaded.settings, State()).gateway.library.lists
    except Exception as wrong:
        # options can each be fine and still not fit together: only building the filters shows it
        typer.echo(f"{file}: filters: cannot be built: {wrong}", err=True)
        raise typer.Exit(2) from wrong
    for note in loaded.notes:
        path = f"{note.path}: " if note.path else ""
        typer.echo(f"{note.file}:{note.line}: note: {path}{note.text}", err=True)
    for place in control_paths(loaded.settings):
        if place.exists() and not place.is_socket():
            typer.echo(f"{file}: note: control: {place} is no socket, so the gateway would not start", err=True)
    for read in read_lists(lists.files if lists is not None else ()):
        if read.error:
            typer.echo(f"{read.file.path}: note: cannot be read, so it lists nothing: {read.error}", err=True)
        for line, problem in read.bad_lines:
            typer.echo(f"{read.file.path}:{line}: note: {problem}", err=True)
    typer.echo(f"{file}: fine; {summary(loaded.settings)}")


def summary(settings: Settings) -> str:
    """Return in one line what is on."""
    on = [
        f"{section.name} (monitor)" if section.common.mode == "monitor" else section.name
        for section in settings.filters
    ]
    policy = settings.policy
    doing = "judges and delivers everything (monitor)" if policy.mode == "monitor" else f"spam: {policy.action}"
    return (
        f"{settings.component.jid} protects {', '.join(settings.domains)}; {doing}; filters: {', '.join(on) or 'none'}"
    )
