"""Background tasks are kept, named, and heard."""

import asyncio
import gc
import logging

import pytest

from xmppfilter.observe import tasks
from xmppfilter.observe.tasks import Supervisor, spawn


async def test_a_task_is_kept_while_it_runs_and_no_longer() -> None:
    go = asyncio.Event()
    done: list[bool] = []

    async def work() -> None:
        await go.wait()
        done.append(True)

    assert spawn(work(), name="work").get_name() == "work"
    gc.collect()
    go.set()
    await asyncio.gather(*tasks._running)
    await asyncio.sleep(0)
    assert done == [True]
    assert not tasks._running


async def test_a_failure_is_logged_with_the_tasks_name(caplog: pytest.LogCaptureFixture) -> None:
    async def fail() -> None:
        raise ValueError("a reason")

    with pytest.raises(ValueError, match="a reason"):
        await spawn(fail(), name="failing")
    await asyncio.sleep(0)
    (said,) = caplog.records
    assert said.levelno == logging.ERROR
    assert said.task == "failing"  # type: ignore[attr-defined]
    assert "a reason" in caplog.text


async def test_a_task_that_is_cancelled_is_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    task = spawn(asyncio.Event().wait(), name="waiting")
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await asyncio.sleep(0)
    assert not caplog.records


class Naps:
    """Sleeps of no length, which are noted."""

    def __init__(self, most: int) -> None:
        self.taken: list[float] = []
        self.done = asyncio.Event()
        self._most = most

    async def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)
        if len(self.taken) == self._most:
            self.done.set()
            await asyncio.Event().wait()


@pytest.mark.parametrize("ends", [OSError(28, "No space left on device"), ValueError("a reason"), None])
async def test_a_task_that_fails_is_begun_anew_ever_more_rarely_and_named(ends: Exception | None) -> None:
    naps = Naps(most=9)
    supervisor = Supervisor(naps)

    async def work() -> None:
        if ends is not None:
            raise ends

    supervisor.run("failing", work)
    await naps.done.wait()
    assert naps.taken == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0]
    assert supervisor.tasks["failing"].failures == 9
    assert (str(ends) if ends is not None else "it ended") in supervisor.trouble["failing"]
    await supervisor.stop()


async def test_one_that_fails_costs_no_other_anything(caplog: pytest.LogCaptureFixture) -> None:
    supervisor = Supervisor(Naps(most=3))
    turns = 0
    enough = asyncio.Event()

    async def fail() -> None:
        raise OSError(28, "No space left on device")

    async def work() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1
            if turns == 100:
                enough.set()

    supervisor.run("failing", fail)
    supervisor.run("working", work)
    await enough.wait()
    assert list(supervisor.trouble) == ["failing"]
    supervisor.tasks["failing"].worked()
    assert not supervisor.trouble
    await supervisor.stop()
    assert {record.task for record in caplog.records} == {"failing"}  # type: ignore[attr-defined]
    assert not any(record.exc_info for record in caplog.records), "a full disk is no mistake of ours"


async def test_stopping_ends_all(caplog: pytest.LogCaptureFixture) -> None:
    supervisor = Supervisor()
    ended: list[str] = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("work")

    supervisor.run("work", work)
    await asyncio.sleep(0)
    await supervisor.stop()
    await supervisor.stop()
    assert ended == ["work"]
    assert not caplog.records
