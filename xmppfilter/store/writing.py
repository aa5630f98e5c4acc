"""Writes what has changed of structures: many rows at a time, and everything once it is committed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Final

import aiosqlite

from xmppfilter.memory.changes import Dirty
from xmppfilter.memory.contract import Structure

_CHUNK: Final = 250
"""Rows between two looks at the network: less than a millisecond of work."""
_TRANSACTION: Final = 200
"""Chunks between two commits: keys are hashes, so each commit writes most pages of the file again."""
_UPSERT: Final = (
    "INSERT INTO entries (structure, key, value, expires) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (structure, key) DO UPDATE SET value = excluded.value, expires = excluded.expires"
)
_DELETE: Final = "DELETE FROM entries WHERE structure = ? AND key = ?"
_STORED: Final = "SELECT key FROM entries WHERE structure = ? AND key >= ? ORDER BY key LIMIT ?"


@dataclass(slots=True)
class Followed:
    """A structure whose rows the file is to have."""

    structure: Structure
    changes: Dirty
    as_of: float
    """Unix time at which it was begun to be read: what had expired by then is left out."""
    read: int = 0
    """Rows of the file that are in memory."""
    loaded: bool = False
    """All of them are."""
    number: int = 0
    """Under which the file has its rows."""
    swept: bytes | None = None
    """The key from which on the file may have rows that memory has not; None: it has none."""

    def begin(self) -> None:
        """Begin with what waits for being written, unless there is something left of what was begun."""
        if self.changes.begin():
            self.swept = b""

    def chunks(self) -> Iterator[tuple["Followed", list[bytes]]]:
        """Yield the keys of what was begun, then what has changed since; not what is to be begun all over again."""
        yield from self._rest()
        self.begin()
        yield from self._rest()

    def _rest(self) -> Iterator[tuple["Followed", list[bytes]]]:
        while self.swept is None and (keys := self.changes.take(_CHUNK)):
            yield self, keys

    @property
    def waiting(self) -> int:
        """How many rows wait for being written."""
        if not self.structure.persist:
            return 0
        return self.changes.waiting + (len(self.structure) if self.changes.behind else 0)


Chunk = tuple[Followed, list[bytes]]
"""Keys of a structure."""


async def write(connection: aiosqlite.Connection, kept: Sequence[Followed], taken: list[Chunk]) -> None:
    """Write all that is known to have changed, in transactions of bounded size; *taken* has what is in one of them."""
    for followed in kept:
        followed.begin()
        await _sweep(connection, followed)
    chunks = chain.from_iterable(followed.chunks() for followed in kept)
    while await _write_some(connection, chunks, taken):
        pass


async def _sweep(connection: aiosqlite.Connection, followed: Followed) -> None:
    """Delete the rows of keys that memory has not, where it is not known any more which those are."""
    while (since := followed.swept) is not None:
        stored = [key for (key,) in await connection.execute_fetchall(_STORED, (followed.number, since, _CHUNK))]
        held = {row.key for row in followed.structure.snapshot(stored)}
        gone = [(followed.number, key) for key in stored if key not in held]
        if gone:
            await connection.execute("BEGIN IMMEDIATE")
            await connection.executemany(_DELETE, gone)
            await connection.commit()
        followed.swept = stored[-1] + b"\0" if len(stored) == _CHUNK else None


async def _write_some(connection: aiosqlite.Connection, chunks: Iterator[Chunk], taken: list[Chunk]) -> bool:
    """Write some *chunks* in one transaction; return whether there were any.

    Keys wait again unless they are committed, so that neither an error nor a cancellation loses one.
    """
    taken += islice(chunks, 1)
    if not taken:
        return False
    try:
        await connection.execute("BEGIN IMMEDIATE")
        for followed, keys in taken:  # which grows meanwhile
            rows = [(followed.number, *row) for row in followed.structure.snapshot(keys)]
            gone = set(keys).difference(row[1] for row in rows)
            # each waits until the loop is done with all that came meanwhile
            if rows:
                await connection.executemany(_UPSERT, rows)
            if gone:
                await connection.executemany(_DELETE, [(followed.number, key) for key in gone])
            taken += islice(chunks, 1 if len(taken) < _TRANSACTION else 0)
        await connection.commit()
    except BaseException:
        for followed, keys in taken:
            followed.changes.mark_all(keys)
        raise
    finally:
        taken.clear()
    return True
