"""Background tasks are kept, named, and heard."""

import asyncio
import gc
import logging

import pytest

from xmppfilter.observe import tasks
from xmppfilter.observe.tasks import spawn


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
