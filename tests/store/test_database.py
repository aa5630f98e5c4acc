"""The file of the store: whose it is, who may read it, and what becomes of a broken one."""

import sqlite3
import stat
from pathlib import Path

import pytest

from xmppfilter.store.database import Lock, connect, is_broken, is_locked, set_aside
from xmppfilter.store.migrations import APPLICATION_ID, MIGRATIONS


def pragma(path: Path, name: str) -> int:
    with sqlite3.connect(path) as connection:
        return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


async def test_a_new_one_is_private_and_of_the_present_schema(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    connection = await connect(path)
    await connection.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert (pragma(path, "user_version"), pragma(path, "application_id")) == (len(MIGRATIONS), APPLICATION_ID)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("CREATE TABLE t (x)", "another program"),
        (
            f"CREATE TABLE t (x); PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = 99",
            "schema 99 of a newer",
        ),
    ],
)
async def test_what_is_not_ours_is_left_alone(tmp_path: Path, script: str, words: str) -> None:
    path = tmp_path / "state.db"
    with sqlite3.connect(path) as other:
        other.executescript(script)
    before = path.read_bytes()
    with pytest.raises(OSError, match=words):
        await connect(path)
    assert path.read_bytes() == before


def test_a_second_gateway_is_kept_away_until_the_first_lets_go(tmp_path: Path) -> None:
    first = Lock(tmp_path / "state.db")
    with pytest.raises(OSError, match="another xmppfilter uses this store"):
        Lock(tmp_path / "state.db")
    first.release()
    Lock(tmp_path / "state.db").release()


async def test_a_broken_one_is_known_and_set_aside_with_its_journal(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    path.write_bytes(b"no database at all" * 100)
    (tmp_path / "state.db-wal").write_bytes(b"journal")
    with pytest.raises(sqlite3.DatabaseError) as caught:
        await connect(path)
    assert (is_broken(caught.value), is_locked(caught.value)) == (True, False)
    aside = set_aside(path)
    assert aside.name.startswith("state.db.broken-")
    assert aside.read_bytes().startswith(b"no database")
    assert not path.exists()
    assert not (tmp_path / "state.db-wal").exists()


def test_a_locked_one_is_not_broken(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    one, two = sqlite3.connect(path, isolation_level=None), sqlite3.connect(path, timeout=0)
    one.execute("BEGIN EXCLUSIVE")
    with pytest.raises(sqlite3.OperationalError) as caught:
        two.execute("CREATE TABLE t (x)")
    assert (is_broken(caught.value), is_locked(caught.value)) == (False, True)
    one.close()
    two.close()
