"""A small day: the same figures from the same seed, and all kinds of life in it."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from tests.bench import day
from tests.bench.corpora import read_bands
from tests.bench.day_life import Life
from tests.bench.day_texts import NUS, Texts
from tests.bench.day_world import ASKING, TELLING_NOTHING, Group, Person, World, domain

USERS = 400
KINDS = {
    Group.PEOPLE: """
        acquaintance|answer about an offer|birthday|call|chain letter|chat|chat state|complaint that quotes spam
        conference request|file|first message|greeting|groupchat|invitation|joke|link of the day|meme
        message of an occupant|notice to colleagues|notice to parents|old address is dead|omemo|otr or pgp
        question about an offer|reaction|receipt or marker|request|request after moving|sticker|text to several
        typed again|warning
    """,
    Group.SERVICES: """
        alert|announcement|automatic answer|biboumi|bridge|irc|mail|one-time code|parcel notice|pep|pubsub news
        question to support|room subscription|telegram|telegram request
    """,
    Group.NEWSLETTERS: "mailing list|newsletter to 40|newsletter to 60|newsletter to 400",
    Group.SPAM: "pest in a room|spam|spam invitation",
}


@pytest.fixture(scope="module")
def small() -> dict[str, Any]:
    return day.run(USERS)


def test_the_same_seed_makes_the_same_day(small: dict[str, Any]) -> None:
    again = day.run(USERS)
    assert again | {"cpu_seconds": 0} == small | {"cpu_seconds": 0}


@pytest.mark.parametrize("group", KINDS)
def test_every_kind_of_life_occurs(small: dict[str, Any], group: Group) -> None:
    kinds = {kind.strip() for line in KINDS[group].strip().splitlines() for kind in line.split("|")}
    assert kinds <= small["groups"][group.value]["judged"].keys()


def test_nobody_honest_is_banned_and_no_account_disabled(small: dict[str, Any]) -> None:
    assert small["honest_banned"] == {}
    assert small["accounts_disabled"] == []


def test_nothing_is_blocked_but_repeated_requests(small: dict[str, Any]) -> None:
    blocked = {name: group["blocked"] for name, group in small["groups"].items()}
    assert blocked[Group.PEOPLE] == blocked[Group.SERVICES] == blocked[Group.NEWSLETTERS] == {}
    assert small["met"] == {"blocked": True, "banned": True, "disabled": True, "newsletters": True}
    assert small["services_banned"] == {}


def test_it_prints_whether_the_bars_are_met(small: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    json.dumps(small)
    met = {"blocked": False, "banned": True, "disabled": True, "newsletters": True}
    day.show(small | {"good_blocked": 7, "met": met})
    printed = capsys.readouterr().out
    assert "7 of " in printed
    said = [line.rpartition(": ")[2] for line in printed.splitlines() if "bar" in line]
    assert said == ["missed", "met", "met", "met"]


# --- what it is made of


def test_a_server_asks_about_strangers_and_tells_what_it_knows() -> None:
    world = World(USERS, 1, Texts())
    life = Life(world, "a test")
    user = next(one for one in world.ours if domain(one.jid) == ASKING and one.contacts)
    silent = next(one for one in world.ours if domain(one.jid) == TELLING_NOTHING)
    stranger = Person("stranger@elsewhere.example", "x")
    assert world.facts(life.chat(0, "chat", user.contacts[0], user, "Hi")) is None
    assert world.facts(life.chat(0, "chat", stranger, silent, "Hi")) == {}
    first = world.facts(life.chat(0, "chat", stranger, user, "Hi"))
    world.passed(life.chat(0, "chat", user, stranger, "Hi"))
    second = world.facts(life.chat(0, "chat", stranger, user, "Hi"))
    assert first is not None
    assert second is not None
    assert (first["direction"], first["contacted"], second["contacted"]) == ("in", "false", "true")
    out = world.facts(life.chat(0, "chat", user, stranger, "Hi"))
    assert out is not None
    assert (out["direction"], out["via"]) == ("out", "c2s")


def test_short_texts_are_everybodys_and_long_ones_are_new() -> None:
    dice, texts = random.Random(1), Texts()
    said = [texts.says(dice)[0] for _ in range(5000)]
    short, long = [text for text in said if len(text) < 10], [text for text in said if len(text) >= 50]
    assert len(set(short)) < 0.5 * len(short)
    assert len(set(long)) == len(long)


def test_the_table_of_repetition_is_read_where_there_is_one(tmp_path: Path) -> None:
    assert read_bands(tmp_path) is NUS
    head = "corpus\tlen_from\tlen_to\tmessages\tpct_body_seen_2+\tpct_3+\tpct_5+\tpct_10+\tpct_20+\tmax\n"
    row = "NUS en\t0\t10\t6360\t74.89\t64.29\t55.11\t46.45\t36.48\t58\n"
    (tmp_path / "ham_repetition.tsv").write_text(f"{head}{row}NUS zh\t0\t10\t1\t2\t3\t4\t5\t6\t7\n")
    assert [(band.low, band.high, band.messages, band.twice) for band in read_bands(tmp_path)] == [
        (2, 10, 6360, 0.7489)
    ]


def test_texts_of_a_corpus_keep_the_order_of_its_words() -> None:
    texts = Texts(["one two three", "two four"])
    assert set(texts.fresh(random.Random(1), 60).split()) <= {"one", "two", "three", "four"}
