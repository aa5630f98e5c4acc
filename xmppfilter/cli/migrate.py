"""`xmppfilter migrate`: a configuration from that of another spam filter."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from xmppfilter.cli.migration.draft import Draft, MigrationError
from xmppfilter.cli.migration.ejabberd import read_ejabberd
from xmppfilter.cli.migration.prosody import read_prosody
from xmppfilter.cli.migration.tigase import read_tigase

MAX_BYTES: Final = 4 << 20
"""A larger file is no server's configuration."""


class Origin(StrEnum):
    """The servers whose spam filters are understood."""

    TIGASE = "tigase"
    PROSODY = "prosody"
    EJABBERD = "ejabberd"


def migrate(
    origin: Annotated[Origin, typer.Argument(help="Whose configuration it is.")],
    file: Annotated[Path, typer.Argument(help="config.tdsl, init.properties, prosody.cfg.lua or ejabberd.yml.")],
) -> None:
    """Print a configuration that does what another spam filter was told to do; nothing is changed, and nothing run.

    What has no counterpart is told on standard error, with its line.
    """
    try:
        draft = _read(origin, file)
    except (MigrationError, OSError) as wrong:
        why = wrong.strerror if isinstance(wrong, OSError) else wrong
        typer.echo(f"{file}: {why}", err=True)
        raise typer.Exit(1) from wrong
    typer.echo(draft.text(file.name), nl=False)
    for remark in sorted(set(draft.remarks)):
        typer.echo(f"{file}:{remark.line}: {remark.text}", err=True)


def _read(origin: Origin, file: Path) -> Draft:
    with file.open("rb") as stream:
        content = stream.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise MigrationError(f"has more than {MAX_BYTES >> 20} MiB, so it is no server's configuration")
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as wrong:
        line = content.count(b"\n", 0, wrong.start) + 1
        found = f"line {line}: found the byte 0x{content[wrong.start]:02x}"
        raise MigrationError(f"{found}, wanted text in UTF-8") from wrong
    match origin:
        case Origin.TIGASE:
            return read_tigase(text)
        case Origin.PROSODY:
            return read_prosody(text, file.absolute().parent)
        case Origin.EJABBERD:
            return read_ejabberd(text, file.absolute().parent)
