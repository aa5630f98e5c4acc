"""The HTTP listener: health, readiness, metrics and the status. It changes nothing, and takes no command.

Without a token it listens on loopback only, where any program of this machine may read; a web page in a browser of
this machine may not: there is no CORS, and a Host that is no name of loopback is refused (DNS rebinding).
"""

import asyncio
import hmac
import logging
import re
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest

from xmppfilter.gateway import Gateway
from xmppfilter.observe.metrics import GatewayCollector, Vitals
from xmppfilter.options import is_loopback, parse_listen

log = logging.getLogger(__name__)

LARGEST: Final = 1024
"""Bytes that a request's body may have; nobody needs one."""
LONGEST_HEADER: Final = 8190
"""Bytes that a line of a request may have."""
CONNECTIONS: Final = 64
"""Connections at a time; a further one is closed at once, so that the filter never runs out of file descriptors."""
IDLE: Final = 15.0
"""Seconds that a connection may do nothing between two requests."""
FAREWELL: Final = 1.0
"""Seconds that requests under way get when we leave."""
OPEN: Final = frozenset({"/healthz", "/readyz"})
"""What is answered without a token: probes have none, and it says nothing of anybody."""
METRICS_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
"""The form of metrics that every scraper reads."""

_HOST: Final = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([^\[\]:]+))(?::\d{1,5})?")

Status = Callable[[], Awaitable[dict[str, Any]]]


class Http:
    """Serves what is known of *gateway*; *status* gives the result of the command of that name."""

    def __init__(
        self,
        listen: str,
        token: str | None,
        gateway: Gateway,
        status: Status,
        vitals: Vitals,
        clock: Callable[[], float],
    ) -> None:
        self._listen = listen
        self._host, self._port = parse_listen(listen)
        application = application_of(
            gateway, status, vitals, token=token, loopback=is_loopback(self._host), clock=clock
        )
        self._runner = web.AppRunner(
            application,
            access_log=None,
            handle_signals=False,
            keepalive_timeout=IDLE,
            shutdown_timeout=FAREWELL,
            max_line_size=LONGEST_HEADER,
            max_field_size=LONGEST_HEADER,
        )
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Begin to listen. Raises OSError where the address is taken or is not ours; the message names the option."""
        await self._runner.setup()
        try:
            self._server = await asyncio.get_running_loop().create_server(self._admit, self._host, self._port)
        except OSError as wrong:
            await self._runner.cleanup()
            raise OSError(f"http.listen: cannot listen on {self._listen}: {wrong.strerror or wrong}") from wrong
        log.info("http listens", extra={"on": self._listen})

    async def stop(self) -> None:
        """Stop listening, and close what is open."""
        if self._server is not None:
            self._server.close()
        await self._runner.cleanup()

    def _admit(self) -> asyncio.BaseProtocol:
        server = self._runner.server
        if server is None or len(server.connections) >= CONNECTIONS:
            return _Refusal()
        return server()


class _Refusal(asyncio.Protocol):
    """Closes a connection as soon as it is there."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()


def application_of(
    gateway: Gateway,
    status: Status,
    vitals: Vitals,
    *,
    token: str | None,
    loopback: bool,
    clock: Callable[[], float] = time.time,
) -> web.Application:
    """Return what answers: all of it behind *token*, and on *loopback* only to those who know that they ask there.

    *clock* gives Unix time.
    """
    registry = CollectorRegistry()
    registry.register(GatewayCollector(gateway, vitals, clock))

    async def healthz(_: web.Request) -> web.Response:
        # stanzas are judged by the loop that answers here, without an await: who hears this would be judged, too
        return web.Response(text="judging\n")

    async def readyz(_: web.Request) -> web.Response:
        trouble = _not_ready(gateway, vitals)
        return web.Response(text=f"{trouble or 'ready'}\n", status=503 if trouble else 200)

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(body=generate_latest(registry), headers={"Content-Type": METRICS_TYPE})

    async def api_status(_: web.Request) -> web.Response:
        return web.json_response(await status())

    application = web.Application(client_max_size=LARGEST, middlewares=[_guard(token, loopback=loopback)])
    application.router.add_get("/healthz", healthz)
    application.router.add_get("/readyz", readyz)
    application.router.add_get("/metrics", metrics)
    application.router.add_get("/api/status", api_status)
    application.on_response_prepare.append(_dress)
    return application


def _not_ready(gateway: Gateway, vitals: Vitals) -> str | None:
    """Return why nothing can be judged yet, for nobody asks, or what does not go on beside that."""
    failing = [f"the task {name} fails: {task.trouble}" for name, task in vitals.tasks.items() if task.trouble]
    failing += [f"the task {name} fails: {trouble}" for name, trouble in gateway.troubles.items()]
    nobody = _nobody_asks(gateway)
    return "; ".join([nobody, *failing] if nobody else failing) or None


def _nobody_asks(gateway: Gateway) -> str | None:
    if not gateway.connected:
        return "not connected to the server"
    servers = gateway.servers.values()
    if any(server.greeted for server in servers):
        return None
    names = ", ".join(server.jid for server in servers)
    return f"connected, but no server has said hello: is mod_xmppfilter loaded on {names}?"


def _guard(token: str | None, *, loopback: bool) -> Middleware:
    """Return what refuses those who may not ask."""
    expected = None if token is None else token.encode()

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        hosts = request.headers.getall("Host", [])
        # one that names none (HTTP/1.0, as old probes speak it) is no browser
        if loopback and not all(_is_ours(host) for host in hosts):
            raise web.HTTPMisdirectedRequest(text="this is no name of mine; ask for 127.0.0.1 or localhost\n")
        if expected is not None and request.path not in OPEN and not _knows(request, expected):
            raise web.HTTPUnauthorized(
                text="wanted Authorization: Bearer and the token\n", headers={"WWW-Authenticate": "Bearer"}
            )
        return await handler(request)

    return guard


def _is_ours(host: str) -> bool:
    named = _HOST.fullmatch(host)
    return named is not None and is_loopback(named[1] or named[2])


def _knows(request: web.Request, expected: bytes) -> bool:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    # compared whatever the scheme is, and in a time that does not tell how much of it is right
    right = hmac.compare_digest(given.strip().encode("utf-8", "surrogateescape"), expected)
    return scheme.lower() == "bearer" and right


async def _dress(_: web.Request, response: web.StreamResponse) -> None:
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Server"] = "xmppfilter"
