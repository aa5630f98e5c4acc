"""A ratio measures what it says it does, and says so when anything came back that should not have, or did not."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bench import configurations
from tests.bench.cpu_ratios import Ratio, all_ratios
from tests.bench.link import Subject
from tests.bench.report import Findings
from tests.bench.traffic import Generator, Traffic, Wrap, asked, wrapped

Change = Callable[[Traffic], Traffic]
COUNT = 2000


async def climb(folder: Path, change: Change, wrap: Wrap = wrapped) -> Findings:
    def traffic(generator: Generator, count: int, wrap: Wrap) -> Traffic:
        made = generator.mixed(count, wrap)
        return change(made) if count == COUNT else made

    config = configurations.write(folder, "five", configurations.FIVE, route="inline")
    ratio = Ratio(
        "five_x", config, traffic, COUNT, 100, wrap=wrap, plain_wrap=asked if wrap is asked else Ratio.plain_wrap
    )
    generator = Generator()
    async with Subject("tests.bench.plain") as plain, ratio.subject:
        for counts in (False, True):
            await ratio.round(generator, plain, counts=counts)
        return await ratio.end()


@pytest.mark.parametrize("wrap", [wrapped, asked])
async def test_ours_is_compared_with_the_plain_one(tmp_path: Path, wrap: Wrap) -> None:
    findings = await climb(tmp_path, lambda traffic: traffic, wrap)
    assert findings.mistakes == []
    figure = findings.figures["five_x"]
    assert figure.value is not None
    assert figure.value > 0
    assert figure.details["judged"] == 2 * COUNT
    assert figure.details["stopped"] == 2 * COUNT // 1000
    assert figure.details["actions"] == {"drop": 2 * COUNT // 1000}


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda made: Traffic(made.stanzas, made.passing - 1), id="more came back than should"),
        pytest.param(
            lambda made: Traffic([*made.stanzas, b"<message to='x'/>"], made.passing), id="one was not judged"
        ),
        pytest.param(
            lambda made: Traffic(
                [one.replace(b"from='sender", b"from='spammer") for one in made.stanzas], made.passing
            ),
            id="some came back of those who should not",
        ),
    ],
)
async def test_a_wrong_verdict_is_told(tmp_path: Path, change: Change) -> None:
    findings = await climb(tmp_path, change)
    assert len(findings.mistakes) == 1
    assert findings.mistakes[0].startswith("five_x: wanted")


def test_the_ladder_has_every_rung_that_is_a_ratio(tmp_path: Path) -> None:
    names = [ratio.name for ratio in all_ratios(tmp_path, quick=True)]
    wanted = ("passthrough_x", "five_x", "full_x", "flood_x", "verdict_x")
    assert sorted(names) == sorted([*wanted, *(f"{name}, compiled" for name in wanted)])
