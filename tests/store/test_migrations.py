"""The steps of the schema: each leads on from the one before, and none that was released changes."""

import sqlite3
from hashlib import sha256

from xmppfilter.store.migrations import APPLICATION_ID, MIGRATIONS

RELEASED = ("fe9eb674",)
"""How the hashes of those steps begin, white space aside, that are in files out there: a change is a new step."""


def test_what_was_released_is_as_it_was() -> None:
    found = tuple(sha256(" ".join(step.split()).encode()).hexdigest()[:8] for step in MIGRATIONS)
    assert found[: len(RELEASED)] == RELEASED


def test_all_steps_can_be_gone_in_one_go() -> None:
    with sqlite3.connect(":memory:") as connection:
        connection.executescript("".join(MIGRATIONS))
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    assert {"meta", "structures", "entries"} <= tables


def test_the_header_spells_our_name() -> None:
    assert APPLICATION_ID.to_bytes(4, "big") == b"XMPF"
