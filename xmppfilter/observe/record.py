"""`run --record`: what the gateway judges, in the form that `xmppfilter replay` reads."""

import json
import os
from collections.abc import Callable, Sequence
from hashlib import blake2b
from itertools import cycle, islice
from pathlib import Path
from typing import Final

from xmppfilter.routes.feeds import ListFetched
from xmppfilter.stanza import Stanza
from xmppfilter.xmltree import XmlError, parse, serialise

DEFAULT_CAP: Final = 256 << 20
"""Bytes after which a recording ends."""


class Recorder:
    """Gathers lines in memory; `flush`, called from outside the stanza path, writes them."""

    def __init__(self, path: Path, *, whole: bool, secret: bytes, cap: int = DEFAULT_CAP) -> None:
        """Begin to record into *path*, a new file that only its owner may read.

        Without *whole* every text in a stanza is replaced by one of the same length that stands for it: equal texts
        stay equal, so that counters come out the same, and nobody can read them; what patterns look for is gone.
        Raises OSError where the file exists or cannot be made.
        """
        self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8")
        self._hide: Callable[[str], str] | None = None if whole else _mask(secret)
        self._room = cap
        self._lines: list[str] = []
        self.skipped = 0
        """Stanzas that could not be masked because they are not well-formed."""

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
        line = json.dumps(row, ensure_ascii=False)
        self._room -= len(line.encode("utf-8", "surrogatepass"))
        self._lines.append(line)

    def flush(self) -> None:
        """Write what has been gathered. Raises OSError."""
        lines, self._lines = self._lines, []
        self._file.writelines(f"{line}\n" for line in lines)
        self._file.flush()

    def close(self) -> None:
        """Write the rest, and end the recording."""
        self.flush()
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
