import asyncio
import os
import sqlite3
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiosqlite
import pytest

from tests.memory.readers import read
from tests.store.writer import FOREVER
from xmppfilter.memory.bans import Bans
from xmppfilter.memory.changes import Dirty
from xmppfilter.memory.contract import Row
from xmppfilter.memory.counter import Counter
from xmppfilter.memory.sets import Set
from xmppfilter.memory.state import State
from xmppfilter.memory.window import Window
from xmppfilter.store import database, writing
from xmppfilter.store import sqlite as module
from xmppfilter.store.migrations import APPLICATION_ID, MIGRATIONS
from xmppfilter.store.sqlite import SqliteStore

JID = "spammer@example.org"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite"


class Filters:
    """The state of some filters, asked for in the same way each time."""

    def __init__(self, store: SqliteStore, *, persist: bool = True, capacity: int = 1000) -> None:
        self.state = State(store.secret)
        self.bans: Bans = self.state.bans("bans", capacity=capacity, seconds=7 * 86400, persist=persist)
        self.window: Window = self.state.window("window", capacity=capacity, limit=5, seconds=60, persist=persist)
        self.set: Set = self.state.set("set", capacity=capacity, seconds=600, persist=persist)
        self.counter: Counter = self.state.counter("counter", capacity=capacity, limit=5)
        self.key = self.state.key(JID)

    def learn(self, now: float) -> None:
        for _ in range(20):
            self.bans.offend(self.key, JID, when=now, ban_time=900.0, weight=400)
        self.bans.report(self.key, JID, when=now, weight=100, reporter=b"reporter")
        for _ in range(4):
            self.window.note(self.key, now)
        self.set.add(self.key, now)
        self.counter.note(self.key)


@asynccontextmanager
async def opened(
    path: Path, now: float, *, persist: bool = True, capacity: int = 1000
) -> AsyncIterator[tuple[SqliteStore, Filters]]:
    store = await SqliteStore.open(path)
    try:
        filters = Filters(store, persist=persist, capacity=capacity)
        await store.load(filters.state, now)
        yield store, filters
    finally:
        await store.close()


def rows(path: Path, query: str = "SELECT count(*) FROM entries") -> int:
    connection = sqlite3.connect(path)
    try:
        return int(connection.execute(query).fetchone()[0])
    finally:
        connection.close()


def stored(path: Path) -> list[bytes]:
    """Return the keys that the file has, in their order."""
    connection = sqlite3.connect(path)
    try:
        return [key for (key,) in connection.execute("SELECT key FROM entries ORDER BY key")]
    finally:
        connection.close()


def beside(path: Path, pattern: str) -> list[Path]:
    return list(path.parent.glob(pattern))


def modes(folder: Path) -> dict[str, int]:
    return {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}


def begin_with(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def contents(path: Path) -> bytes:
    return path.read_bytes()


def damage(path: Path) -> None:
    """Spoil every page but the first few."""
    data, page = bytearray(path.read_bytes()), 4096
    for start in range(6 * page, len(data), page):
        data[start : start + 200] = b"\xff" * 200
    path.write_bytes(data)


@pytest.fixture
def read_only() -> Iterator[Path]:
    """Give a folder in which nothing can be written, not even by root, who becomes somebody else meanwhile."""
    with tempfile.TemporaryDirectory() as name:
        folder, root = Path(name), os.geteuid() == 0
        (folder / "begun.sqlite").touch()
        folder.chmod(0o555)
        if root:
            os.seteuid(65534)
        yield folder
        if root:
            os.seteuid(0)
        folder.chmod(0o755)


async def test_a_restart_keeps_bans_sureness_windows_and_sets(path: Path) -> None:
    now = time.time()
    async with opened(path, now) as (_, filters):
        filters.learn(now)
        before = filters.bans.get(filters.key, now)
    async with opened(path, now + 10) as (_, filters):
        ban = filters.bans.get(filters.key, now + 10)
        assert ban == before
        assert ban is not None
        assert (ban.offences, ban.sureness, ban.until) == (20, 8100, now + 300 * 60)
        again = filters.bans.report(filters.key, JID, when=now + 10, weight=100, reporter=b"reporter")
        assert again.sureness == 8100, "the reporter had reported before the restart"
        assert filters.window.count(filters.key, now + 10) == 4
        assert filters.set.has(filters.key, now + 10)
        assert filters.counter.count(filters.key) == 0


async def test_what_expired_meanwhile_is_not_loaded(path: Path) -> None:
    now = time.time()
    async with opened(path, now) as (_, filters):
        filters.learn(now)
    async with opened(path, now + 61) as (_, filters):
        assert (len(filters.window), len(filters.set), len(filters.bans)) == (0, 1, 1)
    async with opened(path, now + 8 * 86400) as (_, filters):
        assert (len(filters.window), len(filters.set), len(filters.bans)) == (0, 0, 0)


async def test_a_pardon_and_a_removal_outlive_a_restart(path: Path) -> None:
    now = time.time()
    async with opened(path, now) as (store, filters):
        filters.learn(now)
        await store.flush()
        filters.bans.pardon(filters.key, when=now + 1)
        filters.set.remove(filters.key, now + 1)
    async with opened(path, now + 2) as (_, filters):
        assert filters.bans.get(filters.key, now + 2) is None
        assert not filters.set.has(filters.key, now + 2)


async def test_the_oldest_is_the_first_to_go_after_a_restart_too(path: Path) -> None:
    now = time.time()
    async with opened(path, now, capacity=3) as (_, filters):
        for at, key in enumerate((b"a", b"b", b"c")):
            filters.set.add(key, now + at)
    async with opened(path, now + 5, capacity=3) as (_, filters):
        filters.set.add(b"d", now + 5)
        assert [filters.set.has(key, now + 5) for key in (b"a", b"b", b"c", b"d")] == [False, True, True, True]


async def test_rows_of_evicted_keys_are_deleted(path: Path) -> None:
    now = time.time()
    async with opened(path, now, capacity=3) as (store, filters):
        for number in range(100):
            filters.set.add(b"%d" % number, now)
            await store.flush()
        assert rows(path) == 3


async def test_the_secret_is_made_once(path: Path, tmp_path: Path) -> None:
    secrets = []
    for file in (path, path, tmp_path / "other.sqlite"):
        async with opened(file, 0.0) as (store, _):
            secrets.append(store.secret)
    assert secrets[0] == secrets[1] != secrets[2]
    assert {len(secret) for secret in secrets} == {32}


async def test_files_are_for_the_owner_only(path: Path) -> None:
    sqlite3.connect(path).close()
    async with opened(path, time.time()) as (store, filters):
        filters.learn(time.time())
        await store.flush()
        assert modes(path.parent) == dict.fromkeys(
            ("store.sqlite", "store.sqlite-shm", "store.sqlite-wal", "store.sqlite.lock"), 0o600
        )


async def test_what_is_not_to_be_kept_is_not(path: Path) -> None:
    now = time.time()
    async with opened(path, now, persist=False) as (store, filters):
        filters.learn(now)
        await store.flush()
        assert store.unwritten == 0
    assert rows(path) == 0


async def test_a_structure_that_comes_with_a_reload_is_loaded_then(path: Path) -> None:
    now = time.time()
    async with opened(path, now) as (_, filters):
        filters.learn(now)
    store = await SqliteStore.open(path)
    state = State(store.secret)
    assert await store.load(state, now) == 0
    keys = state.set("set", capacity=10, seconds=600)
    assert await store.load(state, now) == 1
    assert await store.load(state, now) == 0
    assert keys.has(state.key(JID), now)
    await store.close()


async def test_rows_of_unknown_structures_and_versions_stay(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    async with opened(path, now) as (_, filters):
        filters.learn(now)
    monkeypatch.setattr(Bans, "VERSION", 2)
    async with opened(path, now) as (_, filters):
        assert len(filters.bans) == 0
        filters.learn(now)
    monkeypatch.undo()
    assert rows(path) == 4
    async with opened(path, now) as (_, filters):
        assert len(filters.bans) == 1


async def test_a_row_that_is_not_understood_is_left_out_alone(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    now = time.time()
    async with opened(path, now) as (_, filters):
        for number in range(10):
            filters.set.add(b"%d" % number, now)
    connection = sqlite3.connect(path)
    connection.execute("UPDATE entries SET value = x'00' WHERE key = ?", (b"7",))
    connection.commit()
    connection.close()
    async with opened(path, now) as (_, filters):
        assert [number for number in range(10) if not filters.set.has(b"%d" % number, now)] == [7]
    assert "stored row not understood" in caplog.messages


async def test_expired_rows_are_purged(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_CHUNK", 10)
    monkeypatch.setattr(writing, "_CHUNK", 10)
    async with opened(path, 0.0) as (store, filters):
        for number in range(25):
            filters.set.add(b"%d" % number, 1000.0)
        filters.set.add(b"new", time.time())
        for _ in range(4):
            await store.flush()
        assert rows(path) == 1


async def test_a_cancelled_flush_loses_nothing(path: Path) -> None:
    now = time.time()
    async with opened(path, now) as (store, filters):
        for number in range(1000):
            filters.set.add(b"%d" % number, now)
            flush = asyncio.ensure_future(store.flush())
            for _ in range(number % 7):
                await asyncio.sleep(0)
            flush.cancel()
            await asyncio.gather(flush, return_exceptions=True)
    assert rows(path) == 1000


async def test_a_flush_lets_the_loop_go_on_after_so_many_rows(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_CHUNK", 10)
    monkeypatch.setattr(writing, "_CHUNK", 10)
    now, turn, work = time.time(), 0, dict[tuple[str, int], int]()
    take, snapshot = Dirty.take, Set.snapshot

    def taken(changes: Dirty, most: int) -> list[bytes]:
        keys = take(changes, most)
        count("taken", len(keys))
        return keys

    def rows_of(structure: Set, keys: Iterable[bytes] | None = None) -> Iterator[Row]:
        for row in snapshot(structure, keys):
            count("row", 1)
            yield row

    def count(what: str, number: int) -> None:
        work[what, turn] = work.get((what, turn), 0) + number

    def next_turn() -> None:
        nonlocal turn
        turn += 1
        loop.call_soon(next_turn)

    monkeypatch.setattr(Dirty, "take", taken)
    monkeypatch.setattr(Set, "snapshot", rows_of)
    loop = asyncio.get_running_loop()
    async with opened(path, now) as (store, filters):
        for number in range(1000):
            filters.set.add(b"%d" % number, now)
        loop.call_soon(next_turn)
        await store.flush()
        assert sum(work.values()) == 2000, "all of it is taken and read"
        assert max(work.values()) == 10
        store._broken = True
        work.clear()
        await store.flush()
        assert sum(work.values()) == 2000, "a new file is begun with all that is known"
        assert max(work.values()) == 10


class Fuse:
    """Cancels the task that does something with the store or lets others go on, when it does so for the nth time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left = 0
        monkeypatch.setattr(asyncio, "sleep", self._around(asyncio.sleep))
        for name in ("execute", "executemany", "commit", "rollback"):
            monkeypatch.setattr(aiosqlite.Connection, name, self._around(getattr(aiosqlite.Connection, name)))

    def _around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def burn(*arguments: Any) -> Any:
            self.left -= 1
            if self.left == 0 and (task := asyncio.current_task()) is not None:
                task.cancel()
            return call(*arguments)

        return burn


@pytest.mark.parametrize("broken", [False, True])
async def test_a_flush_that_ends_at_any_step_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: bool
) -> None:
    monkeypatch.setattr(writing, "_CHUNK", 3)
    monkeypatch.setattr(writing, "_TRANSACTION", 2)
    fuse, now, step, ended = Fuse(monkeypatch), time.time(), 0, False
    while not ended:
        step += 1
        path = tmp_path / f"{step}.sqlite"
        async with opened(path, now) as (store, filters):
            filters.set.add(b"before", now)
            await store.flush()
            for number in range(29):
                filters.set.add(b"%d" % number, now)
            store._broken, fuse.left = broken, step
            (failure,) = await asyncio.gather(store.flush(), return_exceptions=True)
            ended = failure is None
            fuse.left = 0
            filters.set.add(b"after", now)
        assert rows(path) == 31, f"cancelled at step {step}"
    assert step > 20, "each chunk, each statement and each commit is a step"


async def test_what_is_written_is_timed_and_what_is_not_is_not(path: Path) -> None:
    now = time.time()

    def flushes(store: SqliteStore) -> float:
        return next(sample.value for sample in store.writes.metric("x", "").samples if sample.name == "x_count")

    async with opened(path, now) as (store, filters):
        await store.flush()
        assert flushes(store) == 0
        filters.learn(now)
        await store.flush()
        await store.flush()
        assert flushes(store) == 1
        assert store._connection is not None
        await store._connection.execute("PRAGMA max_page_count = 1")
        for number in range(3000):
            filters.set.add(b"%d" % number, now)
        await store.flush()
        assert (flushes(store), store.errors) == (2, 1)
        await store._connection.execute("PRAGMA max_page_count = 1000000")


@pytest.mark.parametrize("flushes", [1, 5])
def test_a_kill_loses_nothing_that_was_flushed(path: Path, flushes: int) -> None:
    writer = [sys.executable, "-m", "tests.store.writer", str(path)]
    with subprocess.Popen(writer, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        flushed = [int(process.stdout.readline()) for _ in range(flushes)][-1]
        process.kill()
        flushed = max([flushed, *(int(line) for line in process.stdout if line.endswith("\n"))])
    asyncio.run(_check_written(path, flushed))


async def _check_written(path: Path, flushed: int) -> None:
    store = await SqliteStore.open(path)
    state = State(store.secret)
    bans = state.bans("bans", capacity=100_000, seconds=FOREVER)
    keys = state.set("keys", capacity=100_000, seconds=FOREVER)
    await store.load(state, time.time())
    await store.close()
    names = [f"spammer{number}@example.org" for number in range(flushed)]
    assert [name for name in names if not keys.has(state.key(name), time.time())] == []
    assert {ban.jid for ban in bans.current(time.time())} >= set(names)


async def test_a_second_gateway_is_refused(path: Path) -> None:
    async with opened(path, 0.0):
        with pytest.raises(OSError, match="another xmppfilter uses this store"):
            await SqliteStore.open(path)
    async with opened(path, 0.0):
        pass


@pytest.mark.parametrize(
    "garbage", [b"this is no database, whatever it is" * 100, b"SQLite format 3\0" + b"\xff" * 5000]
)
async def test_a_broken_file_is_set_aside(path: Path, garbage: bytes, caplog: pytest.LogCaptureFixture) -> None:
    begin_with(path, garbage)
    now = time.time()
    async with opened(path, now) as (_, filters):
        filters.learn(now)
    async with opened(path, now) as (_, filters):
        assert filters.bans.banned_until(filters.key, now)
    (kept,) = beside(path, "store.sqlite.broken-*")
    assert contents(kept) == garbage
    assert caplog.messages.count("store broken, beginning anew") == 1


async def test_a_file_that_breaks_inside_is_replaced_by_what_could_be_read_and_is_known(path: Path) -> None:
    now = time.time()
    async with opened(path, now) as (_, filters):
        for number in range(1000):
            filters.set.add(b"%04d" % number, now)
    damage(path)
    async with opened(path, now) as (store, filters):
        filters.learn(now)
        secret = store.secret
        await store.flush()
        await store.flush()
        assert store.errors
        assert not store.unwritten
    assert len(beside(path, "store.sqlite.broken-*")) == 1
    async with opened(path, now) as (store, filters):
        assert store.secret == secret
        assert filters.bans.banned_until(filters.key, now)
        assert filters.set.has(filters.key, now)


async def test_a_store_that_fails_keeps_the_changes_and_tells_once(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    now = time.time()
    async with opened(path, now, capacity=5000) as (store, filters):
        assert store._connection is not None
        await store._connection.execute("PRAGMA max_page_count = 1")
        for number in range(3000):
            filters.set.add(b"%d" % number, now)
        for _ in range(3):
            await store.flush()
        assert (store.errors, store.unwritten) == (3, 3000)
        await store._connection.execute("PRAGMA max_page_count = 1000000")
        await store.flush()
        assert (store.errors, store.unwritten) == (3, 0)
    assert rows(path) == 3000
    told = [message for message in caplog.messages if message.startswith("store")]
    assert told == ["store fails, judging goes on from memory", "store works again"]


async def test_a_locked_store_is_tried_again(path: Path) -> None:
    now = time.time()
    async with opened(path, now) as (store, filters):
        assert store._connection is not None
        await store._connection.execute("PRAGMA busy_timeout = 1")
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        filters.learn(now)
        await store.flush()
        assert (store.errors, store.unwritten) == (1, 3)
        other.execute("ROLLBACK")
        other.close()
        await store.flush()
        assert store.unwritten == 0
    assert rows(path) == 3


async def test_rows_count_as_unwritten_until_they_are_committed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, set[int]] = {}

    def watched(name: str) -> Callable[..., Any]:
        call = getattr(aiosqlite.Connection, name)

        def look(*arguments: Any) -> Any:
            seen.setdefault(name, set()).add(store.unwritten)
            return call(*arguments)

        return look

    now = time.time()
    async with opened(path, now) as (store, filters):
        for name in ("executemany", "commit"):
            monkeypatch.setattr(aiosqlite.Connection, name, watched(name))
        filters.learn(now)
        await store.flush()
        assert (seen, store.unwritten) == ({"executemany": {3}, "commit": {3}}, 0)


async def test_a_store_that_is_locked_while_it_is_read_is_not_taken_for_read(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    now = time.time()
    async with opened(path, now) as (_, filters):
        filters.learn(now)
    store = await SqliteStore.open(path)
    assert store._connection is not None
    await store._connection.execute("PRAGMA busy_timeout = 1")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("DELETE FROM structures WHERE name = 'set'")  # so that its number has to be written
    other.execute("BEGIN IMMEDIATE")
    filters = Filters(store)
    await store.load(filters.state, now)
    assert store.unread == ["set"]
    filters.learn(now)
    await store.flush()
    assert store.unread == ["set"]
    other.execute("ROLLBACK")
    other.close()
    await store.flush()
    assert (store.unread, store.unwritten) == ([], 0)
    assert "store read after all" in caplog.messages
    await store.close()


async def test_what_is_learnt_before_a_store_could_be_read_is_added_to_what_it_has(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time()
    many = [b"%04d" % number for number in range(700)]
    async with opened(path, now - 10) as (store, filters):
        filters.learn(now - 10)
        for key in many:
            filters.set.add(key, now - 10)
        filters.bans.offend(b"pardoned", "pardoned@evil.example", when=now - 10, ban_time=900, weight=1)
        rates = filters.state.rates("rates", capacity=1000, limit=5, seconds=60)
        await store.load(filters.state, now - 10)
        for _ in range(8):
            rates.note(b"often", b"somebody", now - 10)
        once = rates.count(b"often", now)
    store = await SqliteStore.open(path)
    filters = Filters(store)
    rates = filters.state.rates("rates", capacity=1000, limit=5, seconds=60)
    with monkeypatch.context() as patch:
        failing = _failing_after(2, SqliteStore._restore)
        patch.setattr(SqliteStore, "_restore", failing)
        await store.load(filters.state, now)
        for _ in range(3):  # as often as one likes
            await store.flush()
        assert store.unread
        filters.bans.offend(filters.key, JID, when=now, ban_time=900.0, weight=400)
        filters.bans.pardon(b"pardoned", when=now)
        filters.set.remove(many[0], now)
        filters.set.add(b"new", now)
        await store.flush()
    await store.flush()
    assert not store.unread
    ban = filters.bans.get(filters.key, now)
    assert ban is not None
    assert ban.offences == 21
    assert not filters.bans.banned_until(b"pardoned", now), "what an operator did meanwhile holds"
    assert [filters.set.has(key, now) for key in (many[0], *many[-2:], b"new")] == [False, True, True, True]
    assert rates.count(b"often", now) == pytest.approx(once), "nothing is taken in twice"
    await store.close()
    async with opened(path, now) as (_, again):
        ban = again.bans.get(again.key, now)
        assert ban is not None
        assert ban.offences == 21
        assert len(again.set) == 701


def _failing_after(calls: int, restore: Any) -> Any:
    """Return *restore*, that after so many calls fails as a file does that another process has locked."""
    left = calls

    def restored(*given: Any) -> int:
        nonlocal left
        left -= 1
        if left < 0:
            raise sqlite3.OperationalError("database is locked")
        return int(restore(*given))

    return restored


async def test_rows_of_a_clock_that_was_ahead_hold_no_longer_than_they_would_have(path: Path) -> None:
    now = time.time()
    year = 365 * 86400.0
    async with opened(path, now + year) as (store, filters):
        for _ in range(300):  # some are folded together
            filters.bans.offend(filters.key, JID, when=now + year, ban_time=1.0, weight=0)
        filters.bans.impose(b"imposed", "imposed@evil.example", when=now + year, until=now + year + 60)
        filters.bans.offend(b"late", "late@evil.example", when=now + year + 1, ban_time=60.0, weight=0)
        await store.flush()
    for later in (0.0, 30.0):  # once more: what the first reading moved was written
        async with opened(path, now + later) as (store, filters):
            assert filters.bans.banned_until(b"imposed", now + later) == pytest.approx(now + 60, abs=1)
            assert filters.bans.banned_until(b"late", now + later) == pytest.approx(now + 60, abs=1)
            await store.flush()
    async with opened(path, now + 100) as (_, filters):
        assert not filters.bans.banned_until(b"late", now + 100)
        filters.bans.offend(b"fresh", JID, when=now + 100, ban_time=60.0, weight=0)
        assert filters.bans.banned_until(b"fresh", now + 100)
        assert filters.bans.pardon(b"fresh", when=now + 101)


async def test_what_waits_is_bounded_however_long_a_store_fails(path: Path) -> None:
    now = time.time()
    async with opened(path, now, capacity=10) as (store, filters):
        assert store._connection is not None
        await store._connection.execute("PRAGMA max_page_count = 1")
        for number in range(1000):
            filters.set.add(b"%d" % number, now)
            if number % 5 == 0:
                await store.flush()
            assert store.unwritten <= 50
        assert store.unwritten <= 50
        await store._connection.execute("PRAGMA max_page_count = 1000000")
        await store.flush()
        assert store.unwritten == 0
    assert stored(path) == [b"%d" % number for number in range(990, 1000)]


async def test_rows_of_what_went_while_too_much_changed_are_deleted(path: Path) -> None:
    now = time.time()
    async with opened(path, now, capacity=10) as (store, filters):
        for number in range(10):
            filters.set.add(b"before %d" % number, now)
        await store.flush()
        for number in range(1000):
            filters.set.add(b"%d" % number, now)
        await store.flush()
        assert stored(path) == [b"%d" % number for number in range(990, 1000)]
        filters.set.add(b"after", now)
        await store.flush()
    assert stored(path) == [b"%d" % number for number in range(991, 1000)] + [b"after"]


async def test_what_is_kept_again_after_a_while_is_written_and_read_once(path: Path) -> None:
    now = time.time()
    async with opened(path, now) as (store, filters):
        filters.learn(now)
        await store.flush()
        filters.bans.resize(capacity=1000, seconds=7 * 86400, persist=False)
        await store.flush()
        filters.learn(now + 1)
        await store.flush()
        filters.bans.resize(capacity=1000, seconds=7 * 86400, persist=True)
        await store.flush()
        ban = filters.bans.get(filters.key, now + 1)
        assert ban is not None
        assert ban.offences == 40
    async with opened(path, now + 1) as (_, again):
        assert again.bans.get(again.key, now + 1) == ban


async def test_what_another_gateway_told_is_stored(path: Path) -> None:
    now = time.time()
    there = Set(capacity=10, seconds=600)
    news = there.deltas()
    there.add(b"elsewhere", now)
    async with opened(path, now) as (_, filters):
        filters.set.absorb(read(news), origin=b"there", number=1, now=now)
    async with opened(path, now) as (_, again):
        assert again.set.has(b"elsewhere", now)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody wait for longer than a moment."""
    monkeypatch.setattr("xmppfilter.store.database.BUSY", 0.01)
    monkeypatch.setattr("xmppfilter.store.sqlite._AGAIN", 0.01)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("lock", ["BEGIN IMMEDIATE", "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE"])
async def test_a_store_that_is_locked_at_the_start_is_waited_for(
    path: Path, lock: str, known: bool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    now = time.time()
    tries, opened_once = [], SqliteStore._opened

    async def tried(path: Path) -> Any:
        tries.append(path)
        if len(tries) == 3:
            other.close()
        return await opened_once(path)

    monkeypatch.setattr(SqliteStore, "_opened", staticmethod(tried))
    if known:
        async with opened(path, now) as (_, filters):
            filters.learn(now)
    tries.clear()
    other = sqlite3.connect(path, isolation_level=None)
    other.executescript(lock)
    store = await SqliteStore.open(path)
    assert len(tries) == 3
    assert await store.load(Filters(store).state, now) == (3 if known else 0)
    assert caplog.messages.count("store locked by another program, trying again") == 1
    await store.close()


@pytest.mark.usefixtures("impatient")
async def test_a_store_that_stays_locked_is_told_and_left_as_it_is(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xmppfilter.store.sqlite.OPENING", 0.0)
    async with opened(path, 0.0):
        pass
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(OSError, match="locked for 0 s; wanted one that no other program holds"):
        await SqliteStore.open(path)
    other.close()
    assert not beside(path, "*.broken-*")
    await (await SqliteStore.open(path)).close()


async def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="missing"):
        await SqliteStore.open(tmp_path / "missing" / "store.sqlite")


@pytest.mark.parametrize("name", ["begun.sqlite", "new.sqlite"])
async def test_a_read_only_folder_is_told(read_only: Path, name: str) -> None:
    with pytest.raises(OSError, match=f"{name}.*that xmppfilter may write to"):
        await SqliteStore.open(read_only / name)


async def test_another_programs_database_is_refused(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE contacts (name TEXT)")
    connection.commit()
    connection.close()
    with pytest.raises(OSError, match="another program"):
        await SqliteStore.open(path)
    assert rows(path, "SELECT count(*) FROM contacts") == 0


async def test_a_newer_schema_is_refused(path: Path) -> None:
    async with opened(path, 0.0):
        pass
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(OSError, match="schema 99 of a newer xmppfilter"):
        await SqliteStore.open(path)
    assert not beside(path, "*.broken-*")


async def test_an_empty_file_of_schema_0_becomes_the_present_one(path: Path) -> None:
    sqlite3.connect(path).close()
    async with opened(path, 0.0):
        pass
    assert rows(path, "PRAGMA user_version") == len(MIGRATIONS)
    assert rows(path, "PRAGMA application_id") == APPLICATION_ID
    assert not beside(path, "*.backup")


@pytest.mark.parametrize("schema", range(1, len(MIGRATIONS) + 1))
async def test_every_older_schema_is_migrated_after_a_backup(
    path: Path, schema: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time()
    monkeypatch.setattr(database, "MIGRATIONS", MIGRATIONS[:schema])
    async with opened(path, now) as (_, filters):
        filters.learn(now)
    step = "ALTER TABLE meta ADD COLUMN note TEXT NOT NULL DEFAULT 'migrated';"
    monkeypatch.setattr(database, "MIGRATIONS", (*MIGRATIONS, step))
    async with opened(path, now) as (_, filters):
        assert filters.bans.banned_until(filters.key, now)
    assert rows(path, "PRAGMA user_version") == len(MIGRATIONS) + 1
    assert rows(path, "SELECT count(*) FROM meta WHERE note = 'migrated'") == 1
    backup = path.with_name("store.sqlite.backup")
    assert rows(backup, "PRAGMA user_version") == schema
    assert rows(backup) == 3
    assert modes(path.parent)[backup.name] == 0o600


async def test_a_migration_that_fails_changes_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    async with opened(path, now) as (_, filters):
        filters.learn(now)
    monkeypatch.setattr(database, "MIGRATIONS", (*MIGRATIONS, "CREATE TABLE more (a TEXT) STRICT; nonsense;"))
    with pytest.raises(OSError, match="nonsense"):
        await SqliteStore.open(path)
    monkeypatch.undo()
    async with opened(path, now) as (_, filters):
        assert filters.bans.banned_until(filters.key, now)
    assert rows(path, "SELECT count(*) FROM sqlite_schema WHERE name = 'more'") == 0
