"""The SQLite store: a write-behind copy of the persistent structures, in one file beside the gateway.

Memory is what judges; the file only follows it. What changed is written in the background, many rows at a time, and
what could not be written is tried again: a full disk or a broken file never stops the filter.
"""

import asyncio
import logging
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import aiosqlite

from xmppfilter.memory.contract import Row, Structure
from xmppfilter.memory.state import State
from xmppfilter.observe.timings import Timings
from xmppfilter.store.database import Lock, connect, is_broken, is_locked, set_aside
from xmppfilter.store.writing import Chunk, Followed, write

log = logging.getLogger(__name__)

_Identity = tuple[str, str, int]

SECRET_SIZE: Final = 32
_CHUNK: Final = 250
"""Rows that are read between two looks at the network: less than a millisecond of work."""
_PURGE_EVERY: Final = 600.0
OPENING: Final = 60.0
"""Seconds to wait at the start for a file that another program has locked."""
_AGAIN: Final = 1.0
"""Seconds between two tries."""
_PURGE: Final = (
    "DELETE FROM entries WHERE (structure, key) IN (SELECT structure, key FROM entries WHERE expires <= ? LIMIT ?)"
)
_LOAD: Final = (
    "SELECT key, value, expires FROM entries WHERE structure = ? AND expires > ? ORDER BY expires, key"
    " LIMIT -1 OFFSET ?"
)


class SqliteStore:
    """Keeps the persistent structures of a state in a file; opened by `open`, once per file.

    `secret` keys the hashes of that state. `errors` counts failed writes and readings, `unwritten` the rows that wait
    for being written; `writes` has how long each flush took that had something to write, the failed ones too.
    """

    def __init__(
        self, path: Path, lock: Lock, connection: aiosqlite.Connection, secret: bytes, clock: Callable[[], float]
    ) -> None:
        self.secret: Final = secret
        self._clock = clock
        self.errors = 0
        self.writes: Final = Timings()
        self._path = path
        self._lock = lock
        self._connection: aiosqlite.Connection | None = connection
        self._broken = False
        self._state = State()
        self._busy = asyncio.Lock()
        self._numbers: dict[_Identity, int] = {}  # under which the file has the rows of a structure
        self._followed: dict[str, Followed] = {}
        self._taken: list[Chunk] = []
        """Keys in the transaction that is under way."""
        self.trouble: str | None = None
        """Why the last thing that was done to the file failed."""
        self._purge_at = 0.0

    @classmethod
    async def open(cls, path: str | Path, clock: Callable[[], float] = time.time) -> "SqliteStore":
        """Open a store, made if it is missing; a broken file is replaced by a new one. *clock* returns Unix time.

        One that another program has locked is waited for, for `OPENING` seconds. Raises OSError: another gateway has
        it, it is locked for longer, it cannot be written, it is another program's or a newer version's.
        """
        path = Path(path)
        lock = Lock(path)
        try:
            connection, secret = await cls._unlocked(path)
        except sqlite3.Error as error:
            lock.release()
            why = f" for {OPENING:.0f} s; wanted one that no other program holds" if is_locked(error) else ""
            raise OSError(f"{path}: {error}{why}") from error
        except BaseException:
            lock.release()
            raise
        return cls(path, lock, connection, secret, clock)

    @classmethod
    async def _unlocked(cls, path: Path) -> tuple[aiosqlite.Connection, bytes]:
        """Open a database as soon as no other program holds its lock."""
        began = time.monotonic()
        warned = False
        while True:
            try:
                return await cls._opened(path)
            except sqlite3.OperationalError as error:
                if not is_locked(error) or time.monotonic() - began >= OPENING:
                    raise
            if not warned:
                log.warning("store locked by another program, trying again", extra={"path": str(path)})
                warned = True
            await asyncio.sleep(_AGAIN)

    @staticmethod
    async def _opened(path: Path) -> tuple[aiosqlite.Connection, bytes]:
        try:
            return await _connect(path, secrets.token_bytes(SECRET_SIZE))
        except sqlite3.DatabaseError as error:
            if not is_broken(error):
                raise
        _set_aside(path)
        return await _connect(path, secrets.token_bytes(SECRET_SIZE))

    @property
    def unwritten(self) -> int:
        """How many rows are known to wait for being written."""
        return sum(len(keys) for _, keys in self._taken) + sum(followed.waiting for followed in self._followed.values())

    @property
    def unread(self) -> list[str]:
        """The names of structures of which the file has not been read to the end."""
        return [structure.name for structure in self._state.structures.values() if self._lacks(structure)]

    def _lacks(self, structure: Structure) -> bool:
        followed = self._followed.get(structure.name)
        known = followed is not None and followed.structure is structure and followed.loaded
        return structure.persist and not known

    async def load(self, state: State, now: float) -> int:
        """Take into a state's persistent structures what the file has of them; how many rows.

        From then on `flush` writes their changes, and goes on with what could not be read: until that has been, nothing
        is written of it, and what is learnt meanwhile is added to what was known.
        """
        self._state = state
        return await self.fill(state.structures.values(), now)

    async def fill(self, structures: Iterable[Structure], now: float) -> int:
        """Take into *structures*, which may come into use later, what the file has of them; how many rows."""
        async with self._busy:
            return await self._fill(structures, now)

    async def _fill(self, structures: Iterable[Structure], now: float) -> int:
        restored = 0
        for structure in filter(self._lacks, tuple(structures)):
            try:
                restored += await self._load(structure, now)
            except (sqlite3.Error, OSError) as error:
                self._failed(error)
                break  # each further one would wait as long for a file that is locked
        return restored

    async def _load(self, structure: Structure, now: float) -> int:
        followed = self._followed.get(structure.name)
        if followed is None or followed.structure is not structure:
            followed = self._followed[structure.name] = Followed(structure, structure.dirty(), now)
        connection = await self._usable()
        number = await self._number(connection, structure)
        restored = 0
        async with connection.execute(_LOAD, (number, followed.as_of, followed.read)) as cursor:
            while rows := [Row(*row) for row in await cursor.fetchmany(_CHUNK)]:
                restored += self._restore(structure, rows, now)
                followed.read += len(rows)
        followed.loaded = True
        return restored

    def _restore(self, structure: Structure, rows: list[Row], now: float) -> int:
        try:
            return structure.restore(rows, now)
        except ValueError as error:
            if len(rows) > 1:
                return sum(self._restore(structure, [row], now) for row in rows)
            log.warning("stored row not understood", extra={"error": str(error)})
            return 0

    async def _number(self, connection: aiosqlite.Connection, structure: Structure) -> int:
        """Return the number under which the file has a structure's rows; not within a transaction that may fail."""
        identity = _identity(structure)
        if identity not in self._numbers:
            query = "SELECT id FROM structures WHERE (name, kind, version) = (?, ?, ?)"
            found = await connection.execute_fetchall(query, identity)
            if not found:  # only this needs a file that no other program is writing to
                insert = "INSERT INTO structures (name, kind, version) VALUES (?, ?, ?)"
                await connection.execute(insert, identity)
                found = await connection.execute_fetchall(query, identity)
            for (number,) in found:
                self._numbers[identity] = number
        return self._numbers[identity]

    async def flush(self) -> None:
        """Write what has changed since the last time. What fails is counted, logged once, and tried again next time."""
        async with self._busy:
            self._let_go()
            if unread := self.unread:
                await self._fill(self._state.structures.values(), self._clock())
                if self.unread:
                    return
                log.info("store read after all", extra={"structures": unread})
            try:
                connection = await self._usable()
                if self.unwritten or any(followed.swept is not None for followed in self._followed.values()):
                    await self._write_timed(connection)
                await self._purge(connection)
            except (sqlite3.Error, OSError) as error:
                self._failed(error)
                return
            if self.trouble is not None:
                self.trouble = None
                log.info("store works again", extra={"path": str(self._path), "errors": self.errors})

    async def close(self) -> None:
        """Write what has changed, and let go of the file."""
        for structure in self._state.structures.values():
            structure.settle()
        await self.flush()
        if self._connection is not None:
            await self._connection.close()
        self._lock.release()

    def _let_go(self) -> None:
        """Follow no structure that aged out, or is not to be kept for now; what the file has of it will expire."""
        for name, followed in tuple(self._followed.items()):
            if self._state.structures.get(name) is not followed.structure:
                followed.structure.close(followed.changes)
                del self._followed[name]
            elif not followed.structure.persist:
                followed.changes.begin_anew()

    async def _write_timed(self, connection: aiosqlite.Connection) -> None:
        began = time.monotonic()
        try:
            await self._write(connection)
        finally:
            self.writes.add(time.monotonic() - began)

    async def _write(self, connection: aiosqlite.Connection) -> None:
        """Write all that is known to have changed."""
        kept = [followed for followed in self._followed.values() if followed.structure.persist]
        for followed in kept:
            followed.number = await self._number(connection, followed.structure)
        await write(connection, kept, self._taken)

    async def _purge(self, connection: aiosqlite.Connection) -> None:
        now = self._clock()
        if now >= self._purge_at:
            cursor = await connection.execute(_PURGE, (now, _CHUNK))
            # A lot of rows goes in many small steps.
            self._purge_at = now if cursor.rowcount == _CHUNK else now + _PURGE_EVERY

    def _failed(self, error: Exception) -> None:
        self.errors += 1
        self._broken = self._broken or is_broken(error)
        if self.trouble is None:
            log.error("store fails, judging goes on from memory", extra={"path": str(self._path), "error": str(error)})
        self.trouble = str(error)

    async def _usable(self) -> aiosqlite.Connection:
        """Return the connection, in no transaction; a broken file is replaced by a new one with all that memory has."""
        if self._broken and self._connection is not None:
            await self._connection.close()
            self._connection = None
            _set_aside(self._path)
        if self._connection is None:
            self._connection = await self._begun_anew()
        await self._connection.rollback()  # of a flush that failed or was cancelled; most often of nothing
        return self._connection

    async def _begun_anew(self) -> aiosqlite.Connection:
        """Open a new file, into which all that is kept is to be written."""
        connection, _ = await _connect(self._path, self.secret)
        self._broken = False
        self._numbers.clear()
        for followed in self._followed.values():
            followed.changes.begin_anew()
            followed.read, followed.swept = 0, None
        return connection


async def _connect(path: Path, fresh_secret: bytes) -> tuple[aiosqlite.Connection, bytes]:
    """Open a database, and return it with its secret, which is `fresh_secret` in a new one."""
    connection = await connect(path)
    try:
        insert = "INSERT INTO meta (name, value) VALUES ('secret', ?) ON CONFLICT DO NOTHING"
        await connection.execute(insert, (fresh_secret,))
        async with connection.execute("SELECT value FROM meta WHERE name = 'secret'") as cursor:
            (secret,) = await cursor.fetchone() or (fresh_secret,)
    except BaseException:
        await connection.close()
        raise
    return connection, secret


def _identity(structure: Structure) -> _Identity:
    return structure.name, structure.kind, structure.VERSION


def _set_aside(path: Path) -> None:
    log.error("store broken, beginning anew", extra={"path": str(path), "kept": str(set_aside(path))})
