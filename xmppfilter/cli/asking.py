"""Finds the running gateway of a configuration, and gives it a command: also while that file has mistakes in it.

That is when `status` and `ctl` are needed most. What runs is what counts; the file is only asked where it listens.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from xmppfilter.config.loader import ConfigError, load
from xmppfilter.operators.control import ControlError, NobodyAnswersError, ask_for_pieces
from xmppfilter.operators.sockets import control_paths, places

ConfigOption = Annotated[Path, typer.Option("--config", "-c", help="The configuration that the gateway runs by.")]
JsonOption = Annotated[bool, typer.Option("--json", help="The result as JSON.")]
SocketOption = Annotated[
    Path | None, typer.Option("--socket", help="The control socket to ask, whatever the configuration says.")
]

_LARGEST: Final = 1 << 20
"""Bytes of a broken configuration that are looked through."""
_VALUE: Final = r"""['"]?([^'"#{},\s][^'"#{},\n]*)"""
_CONTROL: Final = re.compile(rf"^control\s*:\s*{_VALUE}", re.MULTILINE)
_STORE: Final = re.compile(rf"^[^#\n]*\bsqlite\s*:\s*{_VALUE}", re.MULTILINE)
_COMPONENT: Final = re.compile(rf"^component\s*:[^\n]*(?:\n[ \t#][^\n]*|\n)*?[^#\n]*\bjid\s*:\s*{_VALUE}", re.MULTILINE)


def sockets_of(config: Path) -> tuple[tuple[Path, ...], str | None]:
    """Return where the gateway of *config* may listen, and its component's JID, as far as can be read.

    Raises ConfigError where the file cannot be read at all.
    """
    try:
        settings = load(config, secrets=False).settings
    except ConfigError:
        try:
            with config.open("rb") as file:
                text = file.read(_LARGEST).decode("utf-8", "replace")
        except OSError:
            text = None
        if text is None:
            raise
        return _guessed(text, config.absolute().parent)
    return control_paths(settings), settings.component.jid


def _guessed(text: str, folder: Path) -> tuple[tuple[Path, ...], str | None]:
    """Return the same, of a configuration with mistakes."""
    control, store, jid = (
        found[1].strip() if (found := pattern.search(text)) else None for pattern in (_CONTROL, _STORE, _COMPONENT)
    )
    paths = places(control and str(folder / control), store and str(folder / store), jid)
    return paths, jid


async def pieces_of_first(paths: Sequence[Path], words: Sequence[str], jid: str | None) -> AsyncIterator[bytes]:
    """Send *words* to the gateway of the component *jid* that listens on one of *paths*, and yield its result as JSON.

    Raises ControlError.
    """
    troubles: list[NobodyAnswersError] = []
    for path in paths:
        try:
            async for piece in ask_for_pieces(path, words, jid):
                yield piece
        except NobodyAnswersError as nobody:
            troubles.append(nobody)
        else:
            return
    # what answered but is another gateway says more than a socket that is not there
    raise next((trouble for trouble in troubles if "nobody answers" not in str(trouble)), troubles[0])


async def ask_first(paths: Sequence[Path], words: Sequence[str], jid: str | None) -> dict[str, Any]:
    """Do the same, and return the result. Raises ControlError."""
    return json.loads(b"".join([piece async for piece in pieces_of_first(paths, words, jid)]))  # type: ignore[no-any-return]


def ask_or_exit(config: Path, words: Sequence[str], socket: Path | None) -> dict[str, Any]:
    """Send *words* to the gateway on *socket*, or else to that of *config*; say what is wrong and leave with 1 or 2."""
    paths, jid = _places_or_exit(config, socket)
    try:
        return asyncio.run(ask_first(paths, words, jid))
    except ControlError as wrong:
        typer.echo(str(wrong), err=True)
        raise typer.Exit(1) from wrong


async def pieces_or_exit(config: Path, words: Sequence[str], socket: Path | None) -> AsyncIterator[bytes]:
    """Do the same, and yield the result as JSON, as it comes."""
    paths, jid = _places_or_exit(config, socket)
    try:
        async for piece in pieces_of_first(paths, words, jid):
            yield piece
    except ControlError as wrong:
        typer.echo(str(wrong), err=True)
        raise typer.Exit(1) from wrong


def _places_or_exit(config: Path, socket: Path | None) -> tuple[tuple[Path, ...], str | None]:
    if socket is not None:
        return (socket,), None
    try:
        paths, jid = sockets_of(config)
    except ConfigError as wrong:
        for mistake in wrong.mistakes:
            typer.echo(str(mistake), err=True)
        typer.echo("with --socket PATH the running gateway can be asked all the same", err=True)
        raise typer.Exit(2) from wrong
    if not paths:
        typer.echo(f"{config}: found neither control nor store, so there is no socket to ask; try --socket", err=True)
        raise typer.Exit(1)
    return paths, jid
