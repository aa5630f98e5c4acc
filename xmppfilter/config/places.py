"""Looks whether the files and sockets that a configuration names can be where it says."""

from pathlib import Path
from typing import Final

from xmppfilter.config.mistakes import Book, printable
from xmppfilter.config.nodes import Node
from xmppfilter.config.settings import Settings

LONGEST_SOCKET_PATH: Final = 107
"""Bytes that the path of a Unix socket may have on Linux (unix(7))."""


def check_places(settings: Settings, root: Node, book: Book) -> None:
    """Note paths that no socket can have as mistakes, and folders that are missing here as remarks."""
    if settings.control is not None:
        position = root.find(("control",))[0]
        size = len(bytes(Path(settings.control)))
        if size > LONGEST_SOCKET_PATH:
            wanted = f"found a path of {size} bytes, wanted at most {LONGEST_SOCKET_PATH}, which a socket may have"
            book.mistake(position, ("control",), wanted)
        _note_missing(Path(settings.control).parent, position, ("control",), book)
    if settings.store is not None:
        position = root.find(("store", "sqlite"))[0]
        _note_missing(Path(settings.store.sqlite).parent, position, ("store", "sqlite"), book)


def _note_missing(folder: Path, position: tuple[int, int], path: tuple[str, ...], book: Book) -> None:
    if not folder.is_dir():
        what = "is no folder" if folder.exists() else "does not exist"
        book.note(position, path, f"the folder {printable(str(folder))} {what}: xmppfilter run will not start")
