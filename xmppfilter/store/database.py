"""The file of the store: locked, private, of a known schema, and set aside when it is broken."""

import fcntl
import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import aiosqlite

from xmppfilter.store.migrations import APPLICATION_ID, MIGRATIONS

BUSY: Final = 5.0
"""Seconds that each step waits for a file that another program has locked."""


class Lock:
    """Keeps a second gateway away from a store.

    It is a file beside the database: to close any descriptor of the database itself would drop the locks of SQLite.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._file = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            wanted = "wanted a folder that is there, and that xmppfilter may write to"
            raise OSError(f"{path}: cannot be opened ({error.strerror}), {wanted}") from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self._file)
            raise OSError(f"{path}: another xmppfilter uses this store; each gateway needs its own") from error

    def release(self) -> None:
        """Let another process have the store."""
        os.close(self._file)


async def connect(path: Path) -> aiosqlite.Connection:
    """Open a database, make it if it is missing, and bring it to the present schema.

    Raises OSError: it cannot be opened, is none of ours, or is newer than we know; sqlite3.DatabaseError: it is broken.
    """
    _make_private(path)
    connection = aiosqlite.connect(path, timeout=BUSY, isolation_level=None)
    await connection
    try:
        await _migrate(connection, path)
        # A process that is killed loses nothing that was committed; a machine that loses power may lose the last
        # commits, never the whole.
        await connection.execute("PRAGMA journal_mode = WAL")
        await connection.execute("PRAGMA synchronous = NORMAL")
    except BaseException:
        await connection.close()
        raise
    return connection


def is_broken(error: Exception) -> bool:
    """Whether the file is damaged, as opposed to full, locked or out of reach."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def is_locked(error: Exception) -> bool:
    """Whether another program has the file, as a backup or a shell does for a while."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def set_aside(path: Path) -> Path:
    """Rename a broken database and its journal, and return the new name."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    for suffix in ("-wal", "-shm", ""):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(path.with_name(f"{path.name}.broken-{stamp}{suffix}"))
    return path.with_name(f"{path.name}.broken-{stamp}")


def _make_private(path: Path) -> None:
    # It names senders and holds the hashing key. SQLite gives its journal the mode of the database.
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        path.chmod(0o600)
    except OSError as error:
        raise OSError(f"{path}: cannot be opened ({error.strerror}), wanted a database of xmppfilter's own") from error


async def _migrate(connection: aiosqlite.Connection, path: Path) -> None:
    schema = await _pragma(connection, "user_version")
    application = await _pragma(connection, "application_id")
    (tables,) = await _one(connection, "SELECT count(*) FROM sqlite_schema")
    if (application, bool(tables)) not in {(APPLICATION_ID, True), (0, False)}:
        raise OSError(f"{path}: a database of another program")
    if schema > len(MIGRATIONS):
        raise OSError(f"{path}: schema {schema} of a newer xmppfilter; this one knows up to {len(MIGRATIONS)}")
    if schema == len(MIGRATIONS):
        return
    if tables:
        await _back_up(connection, path)
    steps = "".join(MIGRATIONS[schema:])
    await connection.executescript(
        f"BEGIN IMMEDIATE; {steps} PRAGMA application_id = {APPLICATION_ID};"
        f" PRAGMA user_version = {len(MIGRATIONS)}; COMMIT;"
    )


async def _back_up(connection: aiosqlite.Connection, path: Path) -> None:
    copy = path.with_name(path.name + ".backup")
    copy.unlink(missing_ok=True)
    _make_private(copy)
    target = await aiosqlite.connect(copy)
    try:
        await connection.backup(target)
    finally:
        await target.close()


async def _pragma(connection: aiosqlite.Connection, name: str) -> int:
    (value,) = await _one(connection, f"PRAGMA {name}")
    return int(value)


async def _one(connection: aiosqlite.Connection, query: str) -> sqlite3.Row:
    async with connection.execute(query) as cursor:
        row = await cursor.fetchone()
    if row is None:
        raise sqlite3.DatabaseError(f"no answer to {query}")
    return row
