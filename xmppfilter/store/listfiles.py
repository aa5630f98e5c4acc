"""Reads the files that hold lists, and again whenever they change.

Files are looked at beside the stanza path: what a slow disk holds up is the next look, and nothing else.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

from xmppfilter.lists.library import ListRead
from xmppfilter.lists.lists import ListFile
from xmppfilter.lists.reading import read_entry
from xmppfilter.lists.source import Entries
from xmppfilter.store.magic import SNIFFED, not_text

LOOK_EVERY: Final = 1.0
"""Seconds between two looks at whether a file has changed."""
REPORTED_AT_MOST: Final = 20
"""Bad lines of one file that are reported one by one."""
LARGEST: Final = 256 << 20
"""Bytes that a file may have."""
LONGEST_LINE: Final = 4096
REST_EVERY: Final = 50
"""Lines after which the reading thread rests; they take it about half a millisecond."""
REST: Final = 0.002
"""Seconds of rest."""
_SHOWN: Final = 80
_MARK: Final = b"\xef\xbb\xbf"
"""Byte order mark, with which some editors begin a file."""

_Stamp = tuple[int, int, int] | None


def read_lists(files: Iterable[ListFile]) -> Iterator[ListRead]:
    """Read each of *files*; of one that cannot be read, yield its error in place of entries."""
    return (read_list(file) for file in files)


def read_list(file: ListFile, rest: Callable[[], None] | None = None) -> ListRead:
    """Read *file*: an entry a line, nothing, or what follows a #. Other lines are skipped and reported.

    With *rest*, that is called every `REST_EVERY` lines.
    """
    kind = file.kind.removesuffix("s")
    entries = Entries()
    bad: list[tuple[int, str]] = []
    skipped = 0
    try:
        with Path(file.path).open("rb") as stream:
            if (what := not_text(stream.peek(SNIFFED))) is not None:
                return ListRead(file, None, f"is {what}")
            for number, line in enumerate(_lines(stream), 1):
                try:
                    _read(kind, line, entries)
                except ValueError as wrong:
                    skipped += 1
                    if skipped <= REPORTED_AT_MOST:
                        bad.append((number, f"found {_shown(line)}, {wrong}"))
                if rest is not None and number % REST_EVERY == 0:
                    rest()
    except OSError as wrong:
        return ListRead(file, None, wrong.strerror or str(wrong))
    except _TooLargeError:
        return ListRead(file, None, f"larger than {LARGEST >> 20} MiB")
    return ListRead(file, entries, bad_lines=tuple(bad), skipped=skipped)


class _TooLargeError(Exception):
    """The file has more bytes than it may."""


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    """Yield the lines of *stream*, of one that is too long only what shows that it is. Raises _TooLargeError."""
    size = 0

    def up_to(most: int) -> bytes:
        nonlocal size
        piece = stream.readline(most)
        size += len(piece)
        if size > LARGEST:
            raise _TooLargeError
        return piece

    while line := up_to(LONGEST_LINE + 2):
        is_first = size == len(line)
        more = line
        while more and not more.endswith(b"\n"):
            more = up_to(LONGEST_LINE)
        yield (line.removeprefix(_MARK) if is_first else line).removesuffix(b"\n")


def _read(kind: str, line: bytes, entries: Entries) -> None:
    """Add to *entries* what stands in *line*: an entry, or nothing. Raises ValueError."""
    text = _meant(line)
    if text:
        entry = read_entry(kind, text)
        entries.check_room(entry)
        entries.add(entry)


def _meant(line: bytes) -> str:
    """Return what a line says without its comment, which a # begins at the start of the line or behind a space."""
    if len(line) > LONGEST_LINE:
        raise ValueError(f"wanted a line of at most {LONGEST_LINE} bytes")
    try:
        text = line.decode()
    except UnicodeDecodeError as wrong:
        raise ValueError("wanted UTF-8") from wrong
    text = text.strip()
    if text.startswith("#"):
        return ""
    for mark in (" #", "\t#"):
        text = text.partition(mark)[0]
    return text.strip()


def _shown(line: bytes) -> str:
    return repr(line[:_SHOWN].decode("utf-8", "replace").strip())


class Watcher:
    """Reads files when they are first seen, and whenever they have changed since."""

    def __init__(self, wanted: Callable[[], Iterable[ListFile]], on_read: Callable[[ListRead], None]) -> None:
        """Watch the files that *wanted* returns at each look, and call *on_read* with what stands in them."""
        self._wanted = wanted
        self._on_read = on_read
        self._seen: dict[ListFile, _Stamp] = {}
        self._failed: dict[ListFile, str] = {}
        """Why a file could not be read: each reason is reported once, and the file is tried again at each look."""
        self._busy = asyncio.Lock()
        self._rest: Callable[[], None] | None = None

    async def run(self) -> None:
        """Look at the files again and again."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY)

    async def look(self, *, anew: bool = False) -> None:
        """Read every file that has changed since it was read; with *anew*, all of them.

        The first time nothing waits for the thread that reads; from then on it lets the stanzas go first.
        """
        async with self._busy:
            files = tuple(self._wanted())
            before = {} if anew else {file: stamp for file, stamp in self._seen.items() if file in files}
            self._seen = dict(before)
            self._failed = {} if anew else {file: why for file, why in self._failed.items() if file in files}
            for file, stamp in (await asyncio.to_thread(_stamps, files)).items():
                if file in before and before[file] == stamp and file not in self._failed:
                    continue
                read = await asyncio.to_thread(read_list, file, self._rest)
                self._seen[file] = stamp
                if read.entries is not None:
                    self._failed.pop(file, None)
                elif self._failed.get(file) == read.error:
                    continue
                else:
                    self._failed[file] = read.error
                self._on_read(read)
            self._rest = _rest


def _rest() -> None:
    """Let the stanzas go on: a thread that computes holds them up for five milliseconds whenever they want to."""
    time.sleep(REST)


def _stamps(files: Iterable[ListFile]) -> dict[ListFile, _Stamp]:
    return {file: _stamp(file.path) for file in files}


def _stamp(path: str) -> _Stamp:
    try:
        status = Path(path).stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
