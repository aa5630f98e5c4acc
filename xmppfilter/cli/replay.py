"""`xmppfilter replay`: the same core without a network."""

import json
import sys
from collections.abc import Iterable, Iterator
from errno import EINVAL
from io import TextIOWrapper
from pathlib import Path
from shutil import get_terminal_size
from typing import Annotated, Any, TextIO

import typer

from xmppfilter.cli.columns import in_columns
from xmppfilter.cli.configuration import settings_or_exit
from xmppfilter.operators.commands import CommandError
from xmppfilter.replay.reader import BadLine, Line, read_events
from xmppfilter.replay.replay import Replay
from xmppfilter.stanza.view import Stanza
from xmppfilter.store.magic import SNIFFED, not_text

ConfigOption = Annotated[Path, typer.Option("--config", "-c", help="The configuration to judge by.")]


def replay(
    file: Annotated[
        str, typer.Argument(help="Recorded events, or bare stanzas, one a line; - is standard input.")
    ] = "-",
    config: ConfigOption = Path("config.yaml"),
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object for each event.")] = False,
) -> None:
    """Feed recorded events to the filters, and say what would have become of them. Needs no server, opens no socket."""
    run = Replay(settings_or_exit(config))
    try:
        with opened(file) as lines:
            rows = _rows(run, lines)
            failed = _print_json(rows, run) if as_json else _print_table(rows, run)
    except BrokenPipeError:  # of the output, not of the file
        raise
    except OSError as wrong:
        typer.echo(f"{file}: {wrong.strerror}", err=True)
        raise typer.Exit(1) from wrong
    raise typer.Exit(1 if failed else 0)


def opened(file: str) -> TextIO:
    """Return *file* opened as text, `-` being standard input; bytes that are no UTF-8 come through as surrogates.

    Lines end where editors end them, at no U+2028 and not within a stanza. Raises OSError, of what is no text as well.
    """
    # closed with what it is wrapped in
    stream = open(sys.stdin.fileno(), "rb", closefd=False) if file == "-" else Path(file).open("rb")  # noqa: SIM115
    if (what := not_text(stream.peek(SNIFFED))) is not None:
        stream.close()
        raise OSError(EINVAL, f"is {what}")
    return TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape")


def _rows(run: Replay, lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    for line in read_events(lines):
        row: dict[str, Any] = {"at": line.at if line.at is not None else run.now, "n": line.n}
        if isinstance(line, BadLine):
            yield row | {"error": line.error}
            continue
        try:
            yield row | _fed(run, line)
        except (CommandError, ValueError) as wrong:
            yield row | {"error": str(wrong)}


def _fed(run: Replay, line: Line) -> dict[str, Any]:
    # a bare stanza says no time, or the one at which a server dumped it: that may be out of order by a moment
    bare = isinstance(line.event, Stanza) and not line.timed
    at = max(line.at, run.now or 0.0) if bare and line.at is not None else line.at
    return run.feed(line.event, at) | ({"at": run.now} if bare else {})


def _print_json(rows: Iterable[dict[str, Any]], run: Replay) -> bool:
    failed = False
    for row in rows:
        failed |= "error" in row
        typer.echo(json.dumps(row, ensure_ascii=False).encode("utf-8", "backslashreplace").decode())
        _tell(run)
    return failed


def _tell(run: Replay) -> None:
    for event in run.events:
        typer.echo(f"{event.name}: {json.dumps(dict(event.fields), ensure_ascii=False)}", err=True)
    run.events.clear()


def _print_table(rows: Iterable[dict[str, Any]], run: Replay) -> bool:
    failed = False

    def cells() -> Iterator[tuple[str, ...]]:
        nonlocal failed
        for row in rows:
            failed |= "error" in row
            yield (str(row["n"]), "" if row["at"] is None else f"{row['at']:g}", *_cells(row))

    width = get_terminal_size().columns if sys.stdout.isatty() else None
    for line in in_columns(cells(), ("line", "at", "what", "from", "to", "action", "why"), width):
        typer.echo(line)
    _tell(run)
    return failed


def _cells(row: dict[str, Any]) -> tuple[str, str, str, str, str]:
    if "error" in row:
        return "?", "", "", "error", str(row["error"])
    if "roster" in row:
        why = f"; {row['problem']}" if "problem" in row else ""
        return "roster", "", row["roster"], "", f"{row['items']} items{why}"
    if "fetch" in row:
        told = row["fetch"]
        held = f"{told['size']} entries" if told["believed"] else "not a configured list"
        return "fetch", told["service"], told["node"], "", held
    if "command" in row:
        return "command", "", "", "", f"{' '.join(row['command'])}: {json.dumps(row['result'], ensure_ascii=False)}"
    why = row["exempt"] or "; ".join(f"{found['rule']}: {found['detail']}" for found in row["findings"])
    action = f"{row['action']} (would {row['would']})" if row["would"] not in (None, "deliver") else row["action"]
    return row["kind"], row["from"] or "", row["to"] or "", action, why
