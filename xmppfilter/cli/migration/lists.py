"""Reads the plain lists, one entry a line, that other filters keep in files."""

from pathlib import Path
from typing import Final

from xmppfilter.cli.migration.draft import Draft
from xmppfilter.config.mistakes import printable, quoted
from xmppfilter.store.magic import SNIFFED, not_text

MAX_BYTES: Final = 1 << 20
"""A larger list does not belong into a configuration."""


def lines_of(path: Path, line: int, option: str, draft: Draft) -> list[str]:
    """Return the entries in *path*; one that cannot be read is told of *draft*, as of *option* in *line*."""
    why = None
    text = ""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        text = content.decode("utf-8-sig")
        why = f"it has more than {MAX_BYTES >> 20} MiB" if len(content) > MAX_BYTES else None
    except OSError as wrong:
        why = wrong.strerror
    except UnicodeDecodeError:
        what = not_text(content[:SNIFFED])
        why = f"it is {what}" if what is not None else "it is not in UTF-8"
    if why is not None:
        draft.tell(line, f"{printable(option)}: {quoted(str(path), 200)} cannot be taken over: {why}")
        return []
    return [entry for entry in map(str.strip, text.split("\n")) if entry and not entry.startswith("#")]
