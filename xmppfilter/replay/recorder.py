"""`run --record`: what the gateway judges, in the form that `xmppfilter replay` reads."""

import json
import os
from collections.abc import Callable, Iterable, Sequence
from hashlib import blake2b
from itertools import cycle, islice
from pathlib import Path
from threading import Lock
from typing import Final

from xmppfilter.lists.feeds import ListFetched
from xmppfilter.stanza.view import Stanza
from xmppfilter.stanza.xml import XmlError, parse, serialise

DEFAULT_CAP: Final = 256 << 20
"""Bytes after which a recording ends."""
WAITING_AT_MOST: Final = 16 << 20
"""Bytes that wait for being written; what comes while there are more is left out."""


class Recorder:
    """Gathers lines in memory; `write`, called from outside the stanza path, writes what `take` returns."""

    def __init__(self, path: Path, *, whole: bool, secret: bytes, cap: int = DEFAULT_CAP) -> None:
        """Begin to record into *path*, a new file that only its owner may read.

        Without *whole* every text in a stanza is replaced by one of the same length that stands for it: equal texts
        stay equal, so that counters come out the same. The texts cannot be read, and what patterns look for is gone.
        Raises OSError where the file exists or cannot be made.
        """
        self.path = path
        self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb", buffering=0)
        self._hide: Callable[[str], str] | None = None if whole else _mask(secret)
        self._room = cap
        self._lines: list[bytes] = []
        self._writing = Lock()
        self._unwritten = b""
        self._gathered = self._written = 0
        """Bytes; the one is counted where stanzas are judged, the other where they are written."""
        self.skipped = 0
        """Stanzas that could not be masked because they are not well-formed."""
        self.left_out = 0
        """Lines that are missing, because too much waited for a disk that took nothing."""

    @property
    def full(self) -> bool:
        """Whether the cap is reached, and nothing more is recorded."""
        return self._room <= 0

    def stanza(self, stanza: Stanza, now: float) -> None:
        """Record a stanza that is about to be judged."""
        try:
            text = stanza.raw.decode("utf-8", "replace") if self._hide is None else _masked(stanza.raw, self._hide)
        except XmlError:
            self.skipped += 1
            return
        self._write({"at": now, "stanza": text, "peer": dict(stanza.meta)})

    def command(self, words: Sequence[str], now: float) -> None:
        """Record an operator's command."""
        self._write({"at": now, "command": list(words)})

    def fetched(self, fetched: ListFetched, now: float) -> None:
        """Record a list that a service has given, or why it has not."""
        said = {"error": fetched.error} if fetched.items is None else {"items": list(fetched.items)}
        self._write({"at": now, "fetch": {"service": fetched.feed.service, "node": fetched.feed.node, **said}})

    def _write(self, row: dict[str, object]) -> None:
        if self.full:
            return
        if self._gathered - self._written >= WAITING_AT_MOST:
            self.left_out += 1
            return
        line = f"{json.dumps(row, ensure_ascii=False)}\n".encode("utf-8", "replace")
        self._room -= len(line)
        self._gathered += len(line)
        self._lines.append(line)

    def take(self) -> list[bytes]:
        """Return what has been gathered, for `write`; to be called where stanzas are recorded."""
        lines, self._lines = self._lines, []
        return lines

    def write(self, lines: Iterable[bytes]) -> None:
        """Write *lines*, from whatever thread. Raises OSError; what was not written is tried again the next time."""
        with self._writing:
            self._unwritten += b"".join(lines)
            while self._unwritten:
                written = self._file.write(self._unwritten) or 0
                self._unwritten = self._unwritten[written:]
                self._written += written

    def flush(self) -> None:
        """Write what has been gathered; see `write`."""
        self.write(self.take())

    def close(self) -> None:
        """Write the rest, and end the recording. Raises OSError where something is left that cannot be written."""
        try:
            self.flush()
        finally:
            self._file.close()


def _mask(secret: bytes) -> Callable[[str], str]:
    def hide(text: str) -> str:
        digest = blake2b(text.encode("utf-8", "surrogatepass"), key=secret[:64], digest_size=16).hexdigest()
        return "".join(islice(cycle(digest), len(text)))

    return hide


def _masked(raw: bytes, hide: Callable[[str], str]) -> str:
    tree = parse(raw)
    for element in tree.iter():
        if element.text and element.text.strip():
            element.text = hide(element.text)
        if element.tail and element.tail.strip():
            element.tail = hide(element.tail)
    return serialise(tree)
