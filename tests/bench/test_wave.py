"""A small wave: the same figures from the same seed, all kinds of life in it, and what README says of it."""

import json
import random
import sys
from functools import partial
from typing import Any

import pytest

from tests.bench import wave, wave_judged, wave_varied
from tests.bench.day_life import Life
from tests.bench.day_texts import Texts
from tests.bench.day_world import DAY, World
from tests.bench.wave_judged import Plan
from tests.bench.wave_operators import ways
from tests.bench.wave_spam import LEAST, MOST, PACES, Wave
from tests.bench.wave_templates import TEMPLATES

MESSAGES = 240
KINDS = {
    "people": """
        acquaintance|answer to a club|first message|greeting|greeting to a stranger|omemo|question to support
        what pads spam
    """,
    "viral": """
        handed on: chain letter|handed on: emergency notice|handed on: event|handed on: greeting of the day
        handed on: joke|handed on: meme
    """,
    "services": "answer of a support|automatic answer|club|one-time code|parcel notice",
    "newsletters": "newsletter to 40|newsletter to 60|newsletter to 120",
}


@pytest.fixture(scope="module")
def small() -> dict[str, Any]:
    return wave_judged.run(Plan("fortnight", MESSAGES))


def test_a_varied_wave_passes_the_five_and_not_what_init_writes() -> None:
    shares = wave_varied.run(copies=400, seed=1)
    assert shares["the five alone"] == 1
    assert shares["what init writes"] < 0.15


def test_the_same_seed_makes_the_same_wave(small: dict[str, Any]) -> None:
    assert wave_judged.run(Plan("fortnight", MESSAGES)) | {"cpu_seconds": 0} == small | {"cpu_seconds": 0}


@pytest.mark.parametrize("group", KINDS)
def test_every_kind_of_honest_life_occurs(small: dict[str, Any], group: str) -> None:
    kinds = {kind.strip() for line in KINDS[group].strip().split("\n") for kind in line.split("|")}
    assert kinds <= small["honest"][group]["by_kind"].keys()


def test_every_message_is_told_by_text_language_and_form(small: dict[str, Any]) -> None:
    spam = small["spam"]
    assert spam["sent"] == MESSAGES
    assert set(spam["by_template"]) == {one.name for one in TEMPLATES}
    for name in ("by_template", "by_language", "by_operator"):
        assert sum(row["sent"] for row in spam[name].values()) == MESSAGES
        assert sum(row["passed"] for row in spam[name].values()) == spam["passed"]


def test_some_texts_may_be_played_alone() -> None:
    assert set(wave_judged.run(Plan("hour", 60, only=("short",)))["spam"]["by_template"]) == {"short"}


def test_no_honest_person_is_banned(small: dict[str, Any]) -> None:
    assert small["honest"]["banned"]["people"] == {}


# --- what it is made of


@pytest.mark.parametrize("pace", PACES)
def test_each_account_writes_to_others_and_few_times(pace: str) -> None:
    messages = 1200
    world = World(messages, 1, Texts())
    part = Wave(PACES[pace], messages, TEMPLATES, ways(["a harmless text"]))
    plans = [
        script.keywords["plan"]
        for _, _, script in part.arrivals(world, Life(world, "a test"))
        if isinstance(script, partial)
    ]
    assert len(plans) == part.accounts
    assert all(LEAST <= len(plan) <= MOST for plan in plans)
    assert len({other.jid for plan in plans for _, _, other in plan}) == messages


def test_there_are_twelve_texts_in_nine_languages_of_all_lengths() -> None:
    assert len({one.name for one in TEMPLATES}) == 12
    assert len({one.language for one in TEMPLATES}) == 9
    assert (min(map(len, bodies := [one.body for one in TEMPLATES])) < 36, max(map(len, bodies)) > 300) == (True, True)
    assert [one.name for one in TEMPLATES if one.plain == 1] == ["to the letter"]


def test_there_are_52_forms_and_all_of_them_leave_words() -> None:
    by_name = ways(["See you at the station tomorrow morning, and bring the tickets"])
    assert len(by_name) == 52
    for name, way in by_name.items():
        assert way(TEMPLATES[4].body, random.Random(name)).strip(), name


def test_a_fortnight_is_the_slowest() -> None:
    assert [pace.span for pace in PACES.values()] == sorted(pace.span for pace in PACES.values())
    assert PACES["fortnight"].span == 14 * DAY


def test_with_copies_alone_it_prints_what_it_always_did(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["wave", "--copies", "50", "--seed", "2", "--json"])
    wave.main()
    assert set(json.loads(capsys.readouterr().out)) == {"the five alone", "what init writes"}


def test_it_prints_for_people_and_for_programs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["wave", "--pace", "hour", "--messages", "60", "--copies", "50"]
    monkeypatch.setattr(wave_varied, "COPIES", 50)
    monkeypatch.setattr(sys, "argv", arguments[:-2])
    wave.main()
    assert "hour: " in capsys.readouterr().out
    monkeypatch.setattr(sys, "argv", [*arguments[:-2], "--json"])
    wave.main()
    found = json.loads(capsys.readouterr().out)
    assert {"the five alone", "what init writes"} < found.keys()
    assert found["paces"]["hour"]["spam"]["sent"] == 60


def test_an_unknown_pace_is_refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["wave", "--pace", "year"])
    with pytest.raises(SystemExit):
        wave.main()
    assert "found year" in capsys.readouterr().err
