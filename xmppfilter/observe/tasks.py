"""Background tasks that are kept, named, and heard when they fail."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, TypeVar

log = logging.getLogger(__name__)

T = TypeVar("T")

_running: set[asyncio.Task[Any]] = set()


def spawn(coroutine: Coroutine[Any, Any, T], *, name: str) -> asyncio.Task[T]:
    """Run *coroutine* beside the caller as the task *name*; if it raises, that is logged.

    The loop itself holds its tasks by weak references only, so one that nobody else keeps may vanish while it runs.
    """
    task = asyncio.get_running_loop().create_task(coroutine, name=name)
    _running.add(task)
    task.add_done_callback(_ended)
    return task


def _ended(task: asyncio.Task[Any]) -> None:
    _running.discard(task)
    if not task.cancelled() and (failure := task.exception()) is not None:
        log.error("task failed", extra={"task": task.get_name()}, exc_info=failure)
