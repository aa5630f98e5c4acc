"""The server's end of the benchmark: sends what was made before, counts what comes back, reads the other's CPU time.

Counting is a byte search in what was read, far cheaper than what is measured, and on a processor of its own.
"""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from typing import Self

from tests.bench.traffic import Traffic
from tests.xmpp.server import HEADER

WITHIN = 60.0
"""Seconds that anything may take."""
_EACH = b" from="
"""What every stanza that comes back has once."""
CPUS = sorted(os.sched_getaffinity(0))
"""The first is the generator's, the last that of the processes under test."""


class Link(asyncio.Protocol):
    """The connection of one process under test."""

    def __init__(self) -> None:
        self.accepted = asyncio.Event()
        self._due = 0
        self._tail = b""
        self._returned = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if not self.accepted.is_set():
            if b"<stream:stream" in data:
                self._transport.write(HEADER.encode())
            if b"</handshake>" in data:
                self._transport.write(b"<handshake/>")
                self.accepted.set()
            return
        if data.endswith(b"</stream:stream>"):
            self._transport.close()
        data = self._tail + data
        self._due -= data.count(_EACH)
        self._tail = data[1 - len(_EACH) :]  # one may be cut in two
        if self._due <= 0:
            self._returned.set()

    async def returned(self, more: int) -> None:
        """Wait for that many more stanzas."""
        self._due += more
        self._returned.clear()
        if self._due > 0:
            async with asyncio.timeout(WITHIN):
                await self._returned.wait()

    async def blast(self, traffic: Traffic, back: int) -> None:
        """Send all of it at once, and wait for *back* stanzas."""
        self._transport.write(traffic.data)
        await self.returned(back)


class Subject:
    """A process under test, connected: `python -m MODULE PORT ARGUMENT...`, which at first says *greetings* stanzas."""

    def __init__(self, module: str, *arguments: str, greetings: int = 0) -> None:
        self._module = module
        self._arguments = arguments
        self._greetings = greetings
        self.link = Link()
        self._process: Process | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.get_running_loop().create_server(lambda: self.link, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        command = ("taskset", "-c", str(CPUS[-1]), sys.executable, "-m", self._module, str(port), *self._arguments)
        self._process = await asyncio.create_subprocess_exec(*command, stdout=PIPE)
        async with asyncio.timeout(WITHIN):
            await self.link.accepted.wait()
        await self.link.returned(self._greetings)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.end()

    def _cpu(self) -> float:
        """Return the seconds of CPU that the process has used."""
        assert self._process is not None
        return int(Path(f"/proc/{self._process.pid}/schedstat").read_text().split()[0]) / 1e9

    async def measure(self, traffic: Traffic, back: int) -> float:
        """Return the microseconds of its CPU for each stanza of *traffic*, of which *back* come back."""
        before = self._cpu()
        await self.link.blast(traffic, back)
        return (self._cpu() - before) / traffic.count * 1e6

    async def end(self) -> str:
        """End it, and return what it printed."""
        process, self._process = self._process, None
        if process is None:
            return ""
        process.terminate()
        out, _ = await asyncio.wait_for(process.communicate(), 30)
        self._server.close()
        return out.decode()
