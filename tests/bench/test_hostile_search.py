"""The search for the most expensive stanza finds what is expensive, and finds nothing that is too expensive."""

from random import Random

import pytest

from tests.bench.hostile import STREAM, figures, table
from tests.bench.hostile_search import ALL, BARS, SEEDS, SIZES, Climb, Course, Row, search
from tests.bench.recipes import CARRIERS, KINDS, Part, Recipe, mutated, render
from xmppfilter.stanza.view import Stanza

SLACK = 10
"""Times the bar: other work on the machine must not make a test fail."""
LOOKS = {6_000: len(SEEDS) + 30, 65_536: 12}
CONTENT = ("mentions", "invitation", "first_contact", "patterns", "campaign", "same_long_body")


@pytest.fixture(scope="module")
def course() -> Course:
    return Course()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("target", CONTENT)
def test_nothing_takes_too_long_that_a_short_search_finds(course: Course, target: str, size: int) -> None:
    climb = Climb(course, target, size, Random(f"{target} {size}"))
    for _ in range(LOOKS[size]):
        climb.step()
    found = climb.settled()
    assert 0 < found.milliseconds < SLACK * BARS[size], str(found.recipe)


@pytest.mark.parametrize("size", SIZES)
def test_all_of_it_takes_not_much_longer(course: Course, size: int) -> None:
    climb = Climb(course, ALL, size, Random(1))
    for _ in range(LOOKS[size]):
        climb.step()
    found = climb.settled()
    assert 0 < found.milliseconds < SLACK * 3 * BARS[size], str(found.recipe)


class Planted(Course):
    """A machine on which each percent sign takes a millisecond."""

    def __init__(self) -> None:
        pass

    def cost(self, recipe: Recipe, size: int, target: str) -> float:
        return float(render(recipe, size).count(b"%")) if target == "patterns" else 0.0


def test_a_climb_goes_up() -> None:
    climb = Climb(Planted(), "patterns", 600, Random(1))
    heights: list[float] = []
    for _ in range(len(SEEDS) + 800):
        climb.step()
        heights.append(climb.worst.milliseconds)
    assert heights == sorted(heights)
    assert heights[len(SEEDS) - 1] < 220 < heights[-1]


@pytest.mark.parametrize("number", range(60))
def test_whatever_a_recipe_becomes_it_is_a_stanza_of_its_size(number: int) -> None:
    random = Random(number)
    recipe = random.choice(SEEDS)
    for _ in range(20):
        recipe = mutated(recipe, random)
    raw = render(recipe, 6_000, "7")
    assert len(raw) < 8_000
    assert Stanza.read(raw).name in {"message", "presence"}
    assert raw == render(recipe, 6_000, "7")


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_unit_stands_where_the_recipe_says(carrier: str, kind: str) -> None:
    raw = render(Recipe((Part(carrier, "unit{n}.", times=3),), kind), 2_000)
    assert raw.count(b"unit") >= 3


def test_a_search_says_what_it_found() -> None:
    rows = search(0.0, 1, (6_000,), ("known_spammers", "mentions"))
    assert [(row.target, row.size) for row in rows] == [("known_spammers", 6_000), ("mentions", 6_000)]
    assert all(row.looks >= len(SEEDS) for row in rows)
    assert "mentions: chat: " in table(rows)


def test_figures_are_the_worst_filter_and_the_share_of_a_stream() -> None:
    rows = [
        Row("mentions", 6_000, 3.0, 9, "a"),
        Row("patterns", 6_000, 4.0, 9, "b"),
        Row(ALL, 6_000, 12.0, 9, "c"),
        Row("mentions", 65_536, 10.0, 9, "d"),
        Row(ALL, 65_536, 50.0, 9, "e"),
    ]
    found = figures(rows, ", fast")
    assert (found["hostile_ms, fast"].value, found["hostile_ms, fast"].says) == (4.0, "patterns")
    assert found["hostile_large_ms, fast"].value == 10.0
    assert found["hostile_share, fast"].value == round(0.012 * STREAM / 6_000, 3)
