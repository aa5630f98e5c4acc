"""`xmppfilter ctl`: commands to the running gateway, and what they are."""

import asyncio
from codecs import getincrementaldecoder
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from xmppfilter.cli.asking import ConfigOption, SocketOption, pieces_or_exit
from xmppfilter.cli.rendering import details, overview
from xmppfilter.operators.registry import begun_by, offers
from xmppfilter.registers.command import CommandError

HELP: Final = "help"
"""The word that is answered here, for no gateway is needed to know the commands."""
_MORE: Final = "xmppfilter ctl help COMMAND tells more of one."


def ctl(
    words: Annotated[list[str], typer.Argument(help="The command, for example: spammers list")],
    config: ConfigOption = Path("config.yaml"),
    socket: SocketOption = None,
) -> None:
    """Give the running gateway a command. The result is JSON."""
    if words[0] != HELP:
        asyncio.run(_print(pieces_or_exit(config, words, socket)))
        return
    try:
        typer.echo("\n".join(_help(words[1:])))
    except CommandError as wrong:
        typer.echo(str(wrong), err=True)
        raise typer.Exit(1) from wrong


ctl.__doc__ = "\n".join((ctl.__doc__ or "", "", "\b", *overview(offers()), "", _MORE))


def _help(words: Sequence[str]) -> Iterator[str]:
    """Yield what there is to say of the commands that begin with *words*: of all, a line each. Raises CommandError."""
    if not words:
        yield from (*overview(offers()), "", _MORE)
        return
    for number, offer in enumerate(begun_by(words)):
        if number:
            yield ""
        yield from details(offer)


async def _print(pieces: AsyncIterator[bytes]) -> None:
    """Print the result as it comes: it may be long."""
    decoder = getincrementaldecoder("utf-8")()
    async for piece in pieces:
        typer.echo(decoder.decode(piece), nl=False)
    typer.echo()
