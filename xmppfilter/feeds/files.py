"""Reads the files that hold lists, and again whenever they change.

Files are looked at beside the stanza path: what a slow disk holds up is the next look, and nothing else.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

from xmppfilter.memory.listed import Entry
from xmppfilter.memory.lists import ListFile
from xmppfilter.routes.library import ListRead
from xmppfilter.text.entries import read_entry

LOOK_EVERY: Final = 1.0
"""Seconds between two looks at whether a file has changed."""
TOLD_AT_MOST: Final = 20
"""Bad lines of one file that are told one by one."""
LARGEST: Final = 256 << 20
"""Bytes that a file may have."""
LONGEST_LINE: Final = 4096
_SHOWN: Final = 80

_Stamp = tuple[int, int, int] | None


def read_lists(files: Iterable[ListFile]) -> Iterator[ListRead]:
    """Read each of *files*; one that cannot be read gives its error in place of entries."""
    return map(read_list, files)


def read_list(file: ListFile) -> ListRead:
    """Read *file*: an entry a line, nothing, or what follows a #. Lines that are none of these are skipped and told."""
    try:
        with Path(file.path).open("rb") as stream:
            content = stream.read(LARGEST + 1)
    except OSError as wrong:
        return ListRead(file, None, wrong.strerror or str(wrong))
    if len(content) > LARGEST:
        return ListRead(file, None, f"larger than {LARGEST >> 20} MiB")
    kind = file.kind.removesuffix("s")
    entries: list[Entry] = []
    bad: list[tuple[int, str]] = []
    skipped = 0
    for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        try:
            entries += _entries(kind, line)
        except ValueError as wrong:
            skipped += 1
            if skipped <= TOLD_AT_MOST:
                bad.append((number, f"found {_shown(line)}, {wrong}"))
    return ListRead(file, tuple(entries), bad_lines=tuple(bad), skipped=skipped)


def _entries(kind: str, line: bytes) -> tuple[Entry, ...]:
    """Return what stands in a line: an entry, or nothing."""
    text = _meant(line)
    return (read_entry(kind, text),) if text else ()


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

    def __init__(self, wanted: Callable[[], Iterable[ListFile]], tell: Callable[[ListRead], None]) -> None:
        """Look at the files that *wanted* gives at each time, and *tell* what stands in them."""
        self._wanted = wanted
        self._tell = tell
        self._seen: dict[ListFile, _Stamp] = {}
        self._busy = asyncio.Lock()

    async def run(self) -> None:
        """Look at the files again and again."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY)

    async def look(self, *, anew: bool = False) -> None:
        """Read every file that has changed since it was read; with *anew*, all of them."""
        async with self._busy:
            files = tuple(self._wanted())
            before = {} if anew else {file: stamp for file, stamp in self._seen.items() if file in files}
            self._seen = dict(before)
            for file, stamp in (await asyncio.to_thread(_stamps, files)).items():
                if file in before and before[file] == stamp:
                    continue
                self._seen[file] = stamp
                self._tell(await asyncio.to_thread(read_list, file))


def _stamps(files: Iterable[ListFile]) -> dict[ListFile, _Stamp]:
    return {file: _stamp(file.path) for file in files}


def _stamp(path: str) -> _Stamp:
    try:
        status = Path(path).stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
