"""The schema of the store, as the numbered steps that lead to it."""

from typing import Final

APPLICATION_ID: Final = 0x584D5046
"""What SQLite's header says of our files ("XMPF"), so that no other program's database is taken for one."""

MIGRATIONS: Final[tuple[str, ...]] = (
    # 1: what filters remember. A structure of another kind or version under an old name is another structure, so
    # the rows of versions that are not known (any more) stay as they are.
    """
    CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE structures (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL,
        kind TEXT NOT NULL,
        version INTEGER NOT NULL,
        UNIQUE (name, kind, version)
    ) STRICT;
    CREATE TABLE entries (
        structure INTEGER NOT NULL REFERENCES structures,
        key BLOB NOT NULL,
        value BLOB NOT NULL,
        expires REAL NOT NULL,
        PRIMARY KEY (structure, key)
    ) STRICT, WITHOUT ROWID;
    """,
)
"""Step n leads from schema n to n + 1; a step that was released is never changed."""
