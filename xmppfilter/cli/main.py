"""The command `xmppfilter`: its commands are imported when used, so that none waits for what another needs."""

import os
import sys
from importlib import import_module
from io import TextIOWrapper
from typing import Annotated, Any, Final

import typer
from typer.core import TyperCommand, TyperGroup

from xmppfilter import __version__
from xmppfilter.cli.trouble import told, told_of_a_bug

COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "init": ("xmppfilter.cli.init:init", "Write a first configuration, and say what the server needs."),
    "check-config": ("xmppfilter.cli.check:check_config", "Tell every mistake in a configuration, or that it is fine."),
    "migrate": ("xmppfilter.cli.migrate:migrate", "Print a configuration made from that of another spam filter."),
    "run": ("xmppfilter.cli.run:run", "Connect to the server and filter."),
    "status": ("xmppfilter.cli.status:status", "Say how the running gateway fares."),
    "ctl": ("xmppfilter.cli.ctl:ctl", "Give the running gateway a command."),
    "explain": ("xmppfilter.cli.explain:explain", "Say what would become of one stanza, and why."),
    "replay": ("xmppfilter.cli.replay:replay", "Feed recorded events to the filters, and say what becomes of them."),
    "help": ("xmppfilter.cli.reference:help_", "Say what a filter does, and what its options are."),
    "example": ("xmppfilter.cli.reference:example", "Print the example configuration, with every option."),
    "schema": ("xmppfilter.cli.reference:schema", "Print the JSON Schema of the configuration, for editors."),
}
"""Every command: where it is, and what it does."""


class Promised(TyperCommand):
    """A command that is known by name, and imported when it is called."""

    def __init__(self, name: str, place: str, summary: str) -> None:
        super().__init__(name, help=summary, callback=None)
        self._place = place

    def load(self) -> Any:
        """Return the command itself."""
        module, _, function = self._place.partition(":")
        callback = getattr(import_module(module), function)
        app = typer.Typer(add_completion=False)
        app.command(self.name)(callback)
        return typer.main.get_command(app)


class Commands(TyperGroup):
    """All commands, promised."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        for name, (place, summary) in COMMANDS.items():
            self.add_command(Promised(name, place, summary))

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Import the command that is called."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, command.load() if isinstance(command, Promised) else command, rest


app = typer.Typer(cls=Commands, no_args_is_help=True, pretty_exceptions_enable=False)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"xmppfilter {__version__}")
        raise typer.Exit


@app.callback()
def _xmppfilter(
    _: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    """Filter the spam of an XMPP server."""


def main() -> None:
    """Run the command that the process was started with; whatever happens in it ends in a sentence, not a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a name that the terminal's encoding lacks is escaped
            stream.reconfigure(errors="backslashreplace")
    try:
        app(prog_name="xmppfilter")
    except BrokenPipeError:  # `| head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(1)
    except OSError as wrong:
        sys.exit(f"xmppfilter: {told(wrong)}")
    except Exception as wrong:  # noqa: BLE001 - there is nobody further up to hear of it
        sys.exit(f"xmppfilter: {told_of_a_bug(wrong)}")
