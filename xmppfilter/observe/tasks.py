"""Background tasks: referenced, named, logged when they fail; and supervised ones, restarted after a failure."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final, TypeVar

log = logging.getLogger(__name__)

T = TypeVar("T")

FIRST_RETRY: Final = 1.0
"""Backoff in seconds before a failed task is restarted; each further failure doubles it."""
LONGEST_RETRY: Final = 60.0
SETTLED: Final = 60.0
"""Seconds after which a restarted task counts as healthy again."""

_running: set[asyncio.Task[Any]] = set()


def spawn(coroutine: Coroutine[Any, Any, T], *, name: str) -> asyncio.Task[T]:
    """Run *coroutine* beside the caller as the task *name*; if it raises, that is logged.

    The loop itself holds its tasks by weak references only, so one without another reference may vanish while it runs.
    """
    task = asyncio.get_running_loop().create_task(coroutine, name=name)
    _running.add(task)
    task.add_done_callback(_ended)
    return task


def _ended(task: asyncio.Task[Any]) -> None:
    _running.discard(task)
    if not task.cancelled() and (failure := task.exception()) is not None:
        log.error("task failed", extra={"task": task.get_name()}, exc_info=failure)


@dataclass(slots=True)
class Watched:
    """State of a supervised task."""

    failures: int = 0
    in_a_row: int = 0
    trouble: str | None = None
    """Why it does not run at the moment, or failed lately."""

    def failed(self, why: BaseException) -> None:
        """Note a failure, whether the task goes on or not."""
        self.failures += 1
        self.in_a_row += 1
        self.trouble = f"{type(why).__name__}: {why}" if str(why) else type(why).__name__

    def worked(self) -> None:
        """Note a success."""
        self.in_a_row = 0
        self.trouble = None


class Supervisor:
    """Runs tasks that must not end: one that fails is restarted with backoff, and the others go on."""

    def __init__(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Wait with *sleep* between restarts."""
        self.tasks: dict[str, Watched] = {}
        """State of each task, by name."""
        self._sleep = sleep
        self._running: list[asyncio.Task[None]] = []

    def watch(self, name: str) -> Watched:
        """Return the state of *name*, for a task that restarts itself and reports to it."""
        return self.tasks.setdefault(name, Watched())

    def run(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Keep *work* going as the task *name*."""
        self._running.append(spawn(self._keep_going(name, work, self.watch(name)), name=name))

    async def _keep_going(self, name: str, work: Callable[[], Awaitable[None]], watched: Watched) -> None:
        loop = asyncio.get_running_loop()
        while True:
            settled = loop.call_later(SETTLED, watched.worked)
            try:
                await work()
                raise RuntimeError("it ended, which it should not")  # noqa: TRY301 - the same happens to both
            except Exception as failure:
                settled.cancel()
                delay = min(FIRST_RETRY * 2.0 ** min(watched.in_a_row, 20), LONGEST_RETRY)
                watched.failed(failure)
                # a full disk has nothing to do with where we noticed it
                trace = None if isinstance(failure, OSError) else failure
                log.log(
                    logging.ERROR,
                    "task failed",
                    extra={"task": name, "why": watched.trouble, "again_in": delay},
                    exc_info=trace,
                )
            finally:
                settled.cancel()
            await self._sleep(delay)

    @property
    def trouble(self) -> dict[str, str]:
        """What is wrong with each task that does not work, by name."""
        return {name: watched.trouble for name, watched in self.tasks.items() if watched.trouble is not None}

    async def stop(self) -> None:
        """End all tasks, and wait until they have ended."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        self._running.clear()
