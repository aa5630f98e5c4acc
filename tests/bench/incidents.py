"""What happens to a gateway besides stanzas, one after another, and how long the longest step of its loop took then.

Each is done as it is in earnest: a server greets, the day is over, an operator gives commands by `xmppfilter ctl`, the
configuration is read again. What is measured is the processor time of each callback of the loop.

What concerns all that is remembered is done bit by bit, in many thousand steps of one size, and on a machine that is
busy that takes long: after `EACH` seconds the next thing happens meanwhile, and it is told which were not finished.
What fails is told as well, and the next thing happens all the same.
"""

import asyncio
import sys
import time
from asyncio.subprocess import DEVNULL
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import yaml
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest

from xmppfilter.app import App
from xmppfilter.gateway.events import Received
from xmppfilter.observe.metrics import GatewayCollector
from xmppfilter.observe.tasks import spawn
from xmppfilter.stanza.view import Stanza

HELLO = (
    "<iq type='set' id='h1' from='example.org' to='filter.example.org'>"
    "<hello xmlns='urn:xmppfilter:check:0' software='bench' route='inline'/></iq>"
)
EACH = 30.0
"""Seconds that one thing is waited for."""
LOOK_EVERY = 0.05
KEPT_EDITS = 99_990


class Steps:
    """Times every callback of the loop."""

    def __init__(self) -> None:
        self.longest = 0.0

    @contextmanager
    def timed(self) -> Iterator[None]:
        handles: Any = asyncio.Handle
        run = handles._run

        def timed(handle: asyncio.Handle) -> None:
            began = time.thread_time()
            run(handle)
            self.longest = max(self.longest, time.thread_time() - began)

        handles._run = timed
        try:
            yield
        finally:
            handles._run = run

    def taken(self) -> float:
        """Return the milliseconds of the longest since the last time, and forget them."""
        longest, self.longest = self.longest, 0.0
        return round(1e3 * longest, 2)


class Took(NamedTuple):
    """What one incident took."""

    longest: float
    """Milliseconds of processor time, of the longest step meanwhile."""
    seconds: float
    """By the clock, until everything was done."""
    finished: bool
    """Whether it was, within `EACH` seconds."""
    failure: str = ""
    """What went wrong, if anything did."""


class Incidents:
    """Lets them happen to *app*."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def happen(self) -> dict[str, Took]:
        """Let all happen, and return what each took."""
        steps = Steps()
        took: dict[str, Took] = {}
        incidents: dict[str, Callable[[], Awaitable[Any]]] = {
            "nothing": lambda: asyncio.sleep(2.0),
            "hello": self._hello,
            "daily list": self._day,
            "spammers list": lambda: self._ctl("spammers", "list"),
            "mode monitor": lambda: self._ctl("mode", "monitor"),
            "mode enforce": lambda: self._ctl("mode", "enforce"),
            "lists add": self._edit,
            "metrics": self._metrics,
            "reload": self._reload,
            "reload with less room": self._shrink,
            "pardon": lambda: self._ctl("spammers", "pardon", "*@*.example.com", "nobody.example"),
        }
        with steps.timed():
            for name, happen in incidents.items():
                steps.taken()
                began = time.perf_counter()
                task = spawn(self._until_done(happen), name=name)
                done, _ = await asyncio.wait({task}, timeout=EACH)
                failures = [repr(failure) for one in done if (failure := one.exception()) is not None]
                took[name] = Took(steps.taken(), round(time.perf_counter() - began, 1), bool(done), "".join(failures))
        return took

    async def _until_done(self, happen: Callable[[], Awaitable[Any]]) -> None:
        await happen()
        while self._app._core.gateway.busy:  # noqa: ASYNC110 - nobody tells when it is not any more
            await asyncio.sleep(LOOK_EVERY)

    async def _hello(self) -> None:
        self._app._component.perform(self._app._core.gateway.handle(Received(Stanza.read(HELLO)), time.time()))

    async def _day(self) -> None:
        spammers = self._app._core.gateway.spammers
        assert spammers is not None
        spammers.due = 0.0
        await asyncio.sleep(0.5)

    async def _ctl(self, *words: str) -> None:
        command = (sys.executable, "-m", "xmppfilter", "ctl", "--config", str(self._app._path), *words)
        process = await asyncio.create_subprocess_exec(*command, stdout=DEVNULL)
        if code := await process.wait():
            raise RuntimeError(f"{' '.join(words)} ended with {code}")

    async def _edit(self) -> None:
        """Add to as many edits as there may be, nearly; they come as from a store, and are followed bit by bit."""
        edits = self._app._core.state.structures["lists.edits"]
        for number in range(KEPT_EDITS):
            edits.add(f"domain edited{number}.example".encode(), time.time())  # type: ignore[attr-defined]
            if number % 100 == 0:
                await asyncio.sleep(0)
        await asyncio.sleep(0.5)
        for number in range(3):
            await self._ctl("lists", "add", "domain", f"another{number}.example")

    async def _metrics(self) -> None:
        registry = CollectorRegistry()
        registry.register(GatewayCollector(self._app._core.gateway, self._app._vitals, time.time))
        for _ in range(5):
            generate_latest(registry)
            await asyncio.sleep(0.1)

    async def _reload(self) -> None:
        mistakes = await self._app.reload(anew=False)
        if mistakes:
            raise RuntimeError(f"not reloaded: {mistakes}")

    async def _shrink(self) -> None:
        path = self._app._path
        settings = yaml.safe_load(path.read_text())
        for options in settings["filters"].values():
            for name in ("max_senders", "max_pairs", "counter_size_limit"):
                if options and name in options:
                    options[name] //= 4
        path.write_text(yaml.safe_dump(settings, sort_keys=False))
        await self._reload()
        await asyncio.sleep(3.0)
