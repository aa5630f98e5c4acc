"""Reads the configuration for a command, or tells every mistake and ends it."""

from pathlib import Path

import typer

from xmppfilter.config.loader import ConfigError, Loaded, load
from xmppfilter.config.settings import Settings


def loaded_or_exit(path: Path, *, secrets: bool = True) -> Loaded:
    """Return what *path* says; with mistakes in it, print them all and leave with exit code 2.

    Without *secrets* neither a secret's file nor the environment need be there: nothing will connect.
    """
    try:
        return load(path, secrets=secrets)
    except ConfigError as wrong:
        for mistake in wrong.mistakes:
            typer.echo(str(mistake), err=True)
        raise typer.Exit(2) from wrong


def settings_or_exit(path: Path) -> Settings:
    """Return the settings in *path* for a command that connects to no server."""
    return loaded_or_exit(path, secrets=False).settings
