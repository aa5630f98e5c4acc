"""The server's end of the benchmark: sends what was made before, counts what comes back, reads the other's CPU time.

Counting is a byte search in what was read, far cheaper than what is measured, and on a processor of its own.
"""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

from tests.bench.hostile_stranger import FROM_HOSTILE
from tests.bench.traffic import EACH, LAST, UNWANTED, Traffic
from tests.xmpp.server import HEADER

WITHIN = 60.0
"""Seconds that anything may take."""
CPUS = sorted(os.sched_getaffinity(0))
"""The first is the generator's, the last that of the processes under test."""
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Tally:
    """Counts a pattern in what comes in pieces."""

    __slots__ = ("_pattern", "_tail", "count")

    def __init__(self, pattern: bytes) -> None:
        self._pattern = pattern
        self._tail = b""
        self.count = 0

    def feed(self, data: bytes) -> None:
        """Go on with *data*; one that is cut in two counts as well."""
        lap = len(self._pattern) - 1
        self.count += data.count(self._pattern) + (self._tail + data[:lap]).count(self._pattern)
        self._tail = (data if len(data) >= lap else self._tail + data)[-lap:]


class Link(asyncio.Protocol):
    """The connection of one process under test."""

    def __init__(self) -> None:
        self.accepted = False
        self.connections = 0
        """How often it has connected."""
        self.came = Tally(EACH)
        self.unwanted = Tally(UNWANTED)
        self.last = Tally(LAST)
        self.hostile = Tally(FROM_HOSTILE)
        self._news = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.connections += 1
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        if self.accepted:
            self.take(data)
        else:
            if b"<stream:stream" in data:
                self.transport.write(HEADER.encode())
            if b"</handshake>" in data:
                self.transport.write(b"<handshake/>")
                self.accepted = True
        self._news.set()

    def take(self, data: bytes) -> None:
        """Count what has come."""
        for tally in (self.came, self.unwanted, self.last, self.hostile):
            tally.feed(data)
        if data.endswith(b"</stream:stream>"):
            self.transport.close()

    async def until(self, true: Callable[[], bool], *, within: float = WITHIN) -> None:
        """Wait until *true* of what has come. Raises TimeoutError."""
        async with asyncio.timeout(within):
            while not true():
                self._news.clear()
                await self._news.wait()

    async def blast(self, traffic: Traffic, back: int) -> None:
        """Send all of it at once, and wait for *back* stanzas. Raises TimeoutError."""
        before = self.came.count
        self.transport.write(traffic.data)
        try:
            await self.until(lambda: self.came.count >= before + back)
        except TimeoutError:
            came = self.came.count - before
            raise TimeoutError(f"of {traffic.count} stanzas {back} had to come back, {came} did") from None


class Subject:
    """A process under test, connected: `python -m MODULE PORT ARGUMENT...`, which at first says *greetings* stanzas.

    On SIGUSR2 it prints what it has counted as a line of JSON (see tests/bench/gateway.py), and once more on SIGTERM,
    which ends it. The plain ones print nothing.
    """

    def __init__(
        self,
        module: str,
        *arguments: str,
        greetings: int = 0,
        environment: Mapping[str, str] | None = None,
        link: Link | None = None,
    ) -> None:
        """Prepare to start it, with what *environment* adds to the bench's own."""
        self._module = module
        self._arguments = arguments
        self._greetings = greetings
        self._environment = dict(environment or {})
        self.link = link or Link()
        self._process: Process | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.get_running_loop().create_server(lambda: self.link, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        command = ("taskset", "-c", str(CPUS[-1]), sys.executable, "-m", self._module, str(port), *self._arguments)
        environment = os.environ | self._environment
        self._process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, env=environment)
        await self.link.until(lambda: self.link.accepted and self.link.came.count >= self._greetings)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.end()

    @property
    def process(self) -> Process:
        assert self._process is not None, f"{self._module} is not running"
        return self._process

    def cpu(self) -> float:
        """Return the seconds of CPU that its threads have used."""
        tasks = Path(f"/proc/{self.process.pid}/task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9

    def resident(self) -> int:
        """Return the bytes of memory that it has in RAM."""
        return int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * _PAGE

    async def measure(self, traffic: Traffic, back: int) -> float:
        """Return the microseconds of its CPU for each stanza of *traffic*, of which *back* come back."""
        before = self.cpu()
        await self.link.blast(traffic, back)
        return (self.cpu() - before) / traffic.count * 1e6

    async def tell(self) -> dict[str, Any]:
        """Return what it has counted until now. Raises RuntimeError when it is no more."""
        self.process.send_signal(signal.SIGUSR2)
        assert self.process.stdout is not None
        line = await asyncio.wait_for(self.process.stdout.readline(), WITHIN)
        if not line:
            raise RuntimeError(f"{self._module} has ended before its time")
        return dict(json.loads(line))

    async def end(self) -> dict[str, Any]:
        """End it, and return what it counted at last."""
        process, self._process = self._process, None
        if process is None:
            return {}
        process.terminate()
        out, _ = await asyncio.wait_for(process.communicate(), WITHIN)
        self._server.close()
        return dict(json.loads(out.rstrip().rpartition(b"\n")[2])) if out else {}
