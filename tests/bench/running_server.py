"""A server that runs with its filter: strangers at its door, recipients inside, rounds of messages, and proofs."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from tests.bench.link import CPUS
from tests.bench.mailboxes import Mailboxes
from tests.bench.strangers import LISTED, STRANGERS, WITHIN, Authority, Strangers
from tests.bench.variants import (
    HOST,
    LISTED_SENDER,
    RECIPIENTS,
    Probe,
    Server,
    Variant,
    the_ejabberd,
    the_gateway,
    the_prosody,
)
from tests.live import dns
from tests.live.ejabberd import Ejabberd
from tests.live.gateway import GatewayProcess
from tests.live.ports import free_port
from tests.live.srv import NameServer

GENERATOR_CPU, SERVER_CPU = CPUS[0], CPUS[-1]
"""The server has a processor for itself. Our gateway shares the other one with the generator, which together are far
cheaper than any server: so a message waits for nothing but the server, and messages per second are what a processor
can serve, whatever else the machine has."""
IDLE = 0.05
"""Of a processor: what a server may use that has nothing to do."""

PROBES: Mapping[Probe, tuple[str, str]] = {
    "listed": (LISTED, f"type='chat' from='{LISTED_SENDER}/x' to='{RECIPIENTS[0]}'"),
    # an error without an error, to a session
    "disguised": (STRANGERS, f"type='error' from='{{ident}}@{STRANGERS}/x' to='{RECIPIENTS[0]}/test'"),
}
"""Messages that reach the client where no filter stops them: the domain that they come from, and their attributes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What one round of one server took; the CPU times are for each message."""

    per_second: float
    server_us: float
    gateway_us: float
    generator_us: float


class RunningServer:
    """A variant that runs, with its recipients and its strangers."""

    def __init__(
        self,
        variant: Variant,
        server: Server,
        gateway: GatewayProcess | None,
        authority: Authority,
        streams: Mapping[str, Strangers],
        mailboxes: Mailboxes,
    ) -> None:
        self.variant = variant
        self._server = server
        self._gateway = gateway
        self._authority = authority
        self._streams = streams
        self._mailboxes = mailboxes
        self._sent = 0
        """Harmless messages, all of which have arrived."""
        self._probed = 0

    async def round(self, data: bytes, count: int) -> Sample:
        """Send *count* harmless messages at once, and wait until all have arrived; raises TimeoutError."""
        pids = [os.getpid(), self._server.child.pid, *([self._gateway.child.pid] if self._gateway else [])]
        due = self._mailboxes.count + count
        before = [cpu_seconds(pid) for pid in pids]
        began = perf_counter()
        self._streams[STRANGERS].send(data)
        try:
            async with asyncio.timeout(WITHIN):
                await self._mailboxes.until(due)
        except TimeoutError:
            missing = due - self._mailboxes.count
            raise TimeoutError(
                f"{self.variant.label}: {missing} of {count} messages have not arrived within {WITHIN:g} s;"
                f" the end of the server's log:\n{self._server.log[-2000:]}"
            ) from None
        took = self._mailboxes.counted_at - began
        used = [(cpu_seconds(pid) - earlier) / count * 1e6 for pid, earlier in zip(pids, before, strict=True)]
        self._sent += count
        return Sample(
            per_second=count / took,
            generator_us=used[0],
            server_us=used[1],
            gateway_us=used[2] if self._gateway else 0.0,
        )

    async def idle(self) -> None:
        """Wait until the server has finished what it does after its start."""
        async with asyncio.timeout(WITHIN):
            used = 1.0
            while used > IDLE:
                before, began = cpu_seconds(self._server.child.pid), perf_counter()
                await asyncio.sleep(0.2)
                used = (cpu_seconds(self._server.child.pid) - before) / (perf_counter() - began)

    async def prove(self) -> None:
        """Send what filters must stop; raises RuntimeError when this one stops anything else than it must.

        Our gateway must besides have been asked about everything that was ever sent, once.
        """
        stopped = frozenset([probe for probe in PROBES if not await self._delivers(probe)])
        if stopped != self.variant.stops:
            raise RuntimeError(
                f"{self.variant.label}: wanted {sorted(self.variant.stops)} stopped, found {sorted(stopped)}"
            )
        if self._gateway is not None:
            status = await self._gateway.ctl("status")
            wanted = {"asked": self._sent + self._probed, "failures": 0}
            found = {"asked": sum(status["stanzas"].values()), "failures": status["failures"]}
            if found != wanted:
                raise RuntimeError(f"{self.variant.label}: wanted {wanted} of the gateway, found {found}")

    async def _delivers(self, probe: Probe) -> bool:
        self._probed += 1
        ident = f"probe-{self._probed}"
        domain, attributes = PROBES[probe]
        stanza = f"<message id='{ident}' {attributes.format(ident=ident)}><body>Hello</body></message>"
        before = await self._stopped()
        self._mailboxes.look_for(ident.encode())
        self._streams[domain].send(stanza.encode())
        async with asyncio.timeout(WITHIN):
            while not self._mailboxes.found:
                if self._authority.was_refused(ident) or await self._stopped() > before:
                    return False
                await asyncio.sleep(0.01)
        return True

    async def _stopped(self) -> int:
        """Return how many stanzas our gateway has stopped."""
        if self._gateway is None:
            return 0
        verdicts: dict[str, int] = (await self._gateway.ctl("status"))["verdicts"]
        return sum(verdicts.values()) - verdicts["deliver"]


def cpu_seconds(pid: int) -> float:
    """Return the seconds of CPU that all threads of a process have used."""
    threads = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9


@contextmanager
def processor(number: int) -> Iterator[None]:
    """Pin this thread, and the processes that it starts meanwhile, to one processor."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {number})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@asynccontextmanager
async def running_server(variant: Variant, directory: Path) -> AsyncIterator[RunningServer]:
    """Start a server with its filter, log the recipients in, and bring the strangers to its door."""
    async with AsyncExitStack() as stack:
        authority = await stack.enter_async_context(Authority())
        domains = dict.fromkeys((STRANGERS, LISTED), authority.port)
        server: Server
        if variant.kind == "prosody":
            nameserver = free_port()
            await stack.enter_async_context(dns.responder(nameserver, domains))
            server = the_prosody(variant.filter, directory, nameserver)
            server.add_users(*RECIPIENTS)
        else:
            server = the_ejabberd(variant.filter, directory, stack.enter_context(NameServer(domains)).port)
        stack.push_async_callback(server.stopped)
        with processor(SERVER_CPU):
            server.start()
        if isinstance(server, Ejabberd):
            await server.add_users(*RECIPIENTS)
        clients = [await server.login(jid) for jid in RECIPIENTS]
        streams = {domain: await Strangers.connect(domain, HOST, server.s2s_port) for domain in domains}
        for client in clients:
            stack.callback(client.abort)
        for stream in streams.values():
            stack.callback(stream.abort)
        gateway = None
        if variant.filter == "ours":
            gateway = the_gateway(directory / "gateway", server)
            stack.push_async_callback(gateway.stop)
            with processor(GENERATOR_CPU):
                gateway.start()
            await gateway.ready()
        yield RunningServer(variant, server, gateway, authority, streams, Mailboxes(clients))
