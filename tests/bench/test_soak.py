"""The soak fails when it should: its judgement, on what a leak, a loss or a failure looks like."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.bench.soak import MIB, Look, Soaked, judge

SECONDS = 600
PER_SECOND = 2000


def soaked(resident: Callable[[int], float], tasks: Callable[[int], int] = lambda _: 4) -> Soaked:
    """Give what is seen each second where so much memory and so many tasks are in use after so many seconds."""
    looks = [Look(at, int(resident(at) * MIB), tasks(at), at * PER_SECOND) for at in range(SECONDS)]
    sent = SECONDS * PER_SECOND
    return Soaked(SECONDS, looks, sent=sent, passing=sent // 2, back=sent // 2, judged=sent)


def filling(second: int) -> float:
    return 100 + min(100, second)


GOOD = soaked(filling)


@pytest.mark.parametrize(
    "resident",
    [
        filling,
        lambda second: 200 - second / 10,
        lambda second: 200 + 3 * (second % 7),  # what comes and goes
        lambda second: 200 + 50 * (second == 450),  # once
        lambda second: 200 + second * PER_SECOND * 4 / MIB,  # less than any object takes
    ],
)
def test_what_stays_within_bounds_is_well(resident: Callable[[int], float]) -> None:
    assert judge(soaked(resident)) == []


@pytest.mark.parametrize("each", [24, 100])
def test_a_leak_is_found(each: int) -> None:
    wrong = judge(soaked(lambda second: 200 + second * PER_SECOND * each / MIB))
    assert len(wrong) == 1
    assert f"{each} bytes a stanza" in wrong[0]


def test_a_leak_that_is_nothing_at_first_is_found() -> None:
    wrong = judge(soaked(lambda second: 200 + max(0, second - 400) / 10))
    assert len(wrong) == 1
    assert wrong[0].startswith("memory grew by 9.9 MiB within 400000 stanzas")


@pytest.mark.parametrize(
    ("tasks", "word"),
    [(lambda second: 4 + second // 60, "8 tasks became 12"), (lambda second: 4 + (second > 450), "4 tasks became 5")],
)
def test_tasks_that_pile_up_are_found(tasks: Callable[[int], int], word: str) -> None:
    assert judge(soaked(filling, tasks)) == [word]


def test_tasks_that_come_and_go_are_well() -> None:
    assert judge(soaked(filling, lambda second: 4 + (second % 5 == 0))) == []


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"back": GOOD.back - 1}, "1 stanzas of 600000 that had to come back are lost"),
        ({"back": GOOD.back + 1}, "600001 stanzas came back, 600000 had to"),
        ({"unwanted": 1}, "1 stanzas came back that had to be stopped"),
        ({"judged": GOOD.judged - 1}, "1200000 stanzas were sent, 1199999 judged"),
        ({"failures": 1}, "1 failures were counted"),
    ],
)
def test_a_single_stanza_matters(change: dict[str, int], word: str) -> None:
    assert judge(replace(GOOD, **change)) == [word]  # type: ignore[arg-type]  # they are all numbers


def test_a_run_that_ended_early_is_no_good_one() -> None:
    lost = replace(GOOD, looks=GOOD.looks[:100], back=GOOD.back - 1)
    assert judge(lost) == [
        "1 stanzas of 600000 that had to come back are lost",
        "it ended too early: 100 looks in place of 600",
    ]
