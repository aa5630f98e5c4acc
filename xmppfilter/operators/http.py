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
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from aiohttp.web_protocol import RequestHandler
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest

from xmppfilter.gateway.gateway import Gateway
from xmppfilter.judging.options import is_loopback, parse_listen
from xmppfilter.observe.log import Throttle
from xmppfilter.observe.metrics import GatewayCollector, Vitals

log = logging.getLogger(__name__)

LARGEST: Final = 1024
"""Bytes that a request's body may have; nobody needs one."""
LONGEST_HEADER: Final = 8190
"""Bytes that a line of a request may have."""
CONNECTIONS: Final = 64
"""Connections at a time, so that the filter never runs out of file descriptors; for a further one an idle one goes."""
SILENT: Final = 5.0
"""Seconds that a connection may go without a whole request."""
REFUSED_AT_MOST: Final = 10
"""Requests that are none, of which the log tells in a minute."""
IDLE: Final = 15.0
"""Seconds that a connection may do nothing between two requests."""
FAREWELL: Final = 1.0
"""Seconds that requests under way get when we leave."""
OPEN: Final = frozenset({"/healthz", "/readyz"})
"""What is answered without a token: probes have none, and it says nothing of anybody."""
METRICS_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
"""The form of metrics that every scraper reads."""

_HOST: Final = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([^\[\]:]+))(?::\d{1,5})?")

_DRESS: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Server": "xmppfilter"}

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
        self._busy: set[RequestHandler] = set()
        """Connections whose request is being answered; no others hold anything."""
        application.middlewares.insert(0, self._mark())
        self._runner = web.AppRunner(application, access_log=None, handle_signals=False, shutdown_timeout=FAREWELL)
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
        assert server is not None  # noqa: S101 - set up before anybody could come
        open_ = server.connections
        if len(open_) >= CONNECTIONS:
            # the oldest that asks nothing; whoever holds all of them keeps no probe out
            next((one for one in open_ if one not in self._busy), open_[0]).force_close()
        return _Connection(server)

    def _mark(self) -> Middleware:
        @web.middleware
        async def mark(request: web.Request, handler: Handler) -> web.StreamResponse:
            connection = request.protocol
            self._busy.add(connection)
            if isinstance(connection, _Connection):
                connection.has_asked = True
            try:
                return await handler(request)
            finally:
                self._busy.discard(connection)

        return mark


class _Connection(RequestHandler):
    """A connection that has to ask something soon, and what is no request is refused in few words."""

    def __init__(self, server: web.Server) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            access_log=None,  # type: ignore[arg-type]  # aiohttp takes it, as its runner does
            keepalive_timeout=IDLE,
            max_line_size=LONGEST_HEADER,
            max_field_size=LONGEST_HEADER,
        )
        self.has_asked = False
        self._silence: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._silence = asyncio.get_running_loop().call_later(SILENT, self._lose_patience)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Wait no longer."""
        if self._silence is not None:
            self._silence.cancel()
        super().connection_lost(exc)

    def _lose_patience(self) -> None:
        if not self.has_asked:
            self.force_close()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - aiohttp's; it quotes what came
    ) -> web.StreamResponse:
        """Refuse what is no request, and close; only a mistake of ours is worth a traceback."""
        if _told.admits("http", asyncio.get_running_loop().time()):
            if status == HTTPStatus.INTERNAL_SERVER_ERROR:
                log.error("an http request failed", exc_info=exc)
            else:
                log.info("no http request", extra={"from": request.remote, "status": status})
        if request.writer.output_size > 0:
            raise ConnectionError("a part of the answer is sent, and there is no other")
        response = web.Response(status=status, text=f"{HTTPStatus(status).phrase}\n", headers=_DRESS)
        response.force_close()
        return response


_told: Final = Throttle(at_most=REFUSED_AT_MOST)


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
    response.headers.update(_DRESS)
