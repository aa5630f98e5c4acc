"""The HTTP listener on a real core: who may ask what, and what the answers say."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client.parser import text_string_to_metric_families

from tests.harness import Harness
from tests.live.ports import free_port
from xmppfilter.gateway.events import Connected, Disconnected
from xmppfilter.observe.metrics import Vitals
from xmppfilter.observe.tasks import Watched, spawn
from xmppfilter.operators import commands, http
from xmppfilter.operators.http import Http, application_of

TOKEN = "a-token-of-some-length"
Client = TestClient[Any, Any]


def greeted(harness: Harness) -> None:
    """Let the stream come up, and example.org say hello."""
    harness.gateway.handle(Connected(), 1)
    harness.send(
        "<iq type='set' id='h1' from='example.org' to='filter.example.org'>"
        "<hello xmlns='urn:xmppfilter:check:0' software='Prosody 0.12.3' route='verdict'/></iq>"
    )


@asynccontextmanager
async def serving(
    harness: Harness, *, token: str | None = None, loopback: bool = True, vitals: Vitals | None = None
) -> AsyncIterator[Client]:
    async def status() -> dict[str, Any]:
        return commands.run(harness.gateway, ["status"], 60)[0]

    application = application_of(harness.gateway, status, vitals or Vitals(), token=token, loopback=loopback)
    async with TestClient(TestServer(application)) as client:
        yield client


# --- health and readiness


async def test_whoever_answers_judges() -> None:
    async with serving(Harness()) as client:
        response = await client.get("/healthz")
        assert (response.status, await response.text()) == (200, "judging\n")


async def test_a_task_that_does_not_do_what_it_is_for_is_named() -> None:
    harness, task = Harness(), Watched()
    greeted(harness)
    async with serving(harness, vitals=Vitals(tasks={"store": Watched(), "files": task})) as client:
        assert (await client.get("/readyz")).status == 200
        task.failed(OSError(5, "Input/output error"))
        harness.gateway.troubles["lists"] = "ValueError: a mistake"
        response = await client.get("/readyz")
        said = (
            "the task files fails: OSError: [Errno 5] Input/output error; the task lists fails: ValueError: a mistake\n"
        )
        assert (response.status, await response.text()) == (503, said)
        task.worked()
        harness.gateway.troubles.clear()
        assert (await client.get("/readyz")).status == 200


async def test_ready_once_connected_and_greeted_and_else_the_reason() -> None:
    harness = Harness()
    async with serving(harness) as client:

        async def ready() -> tuple[int, str]:
            response = await client.get("/readyz")
            return response.status, await response.text()

        assert await ready() == (503, "not connected to the server\n")
        harness.gateway.handle(Connected(), 1)
        status, why = await ready()
        assert status == 503
        assert "no server has said hello" in why
        assert "example.org" in why
        greeted(harness)
        assert await ready() == (200, "ready\n")
        harness.gateway.handle(Disconnected(), 2)
        assert (await ready())[0] == 503


# --- metrics


async def test_metrics_are_in_the_form_of_prometheus() -> None:
    harness = Harness()
    harness.message()
    async with serving(harness) as client:
        response = await client.get("/metrics")
        assert response.status == 200
        assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        families = {family.name: family for family in text_string_to_metric_families(await response.text())}
    assert {sample.labels["kind"]: sample.value for sample in families["xmppfilter_stanzas"].samples} == {
        "message": 1, "error": 0, "groupchat": 0, "subscribe": 0, "presence": 0, "iq": 0, "iq_reply": 0
    }  # fmt: skip


# --- status


async def test_the_status_is_that_of_the_command() -> None:
    harness = Harness()
    greeted(harness)
    harness.message("Hi")
    async with serving(harness) as client:
        response = await client.get("/api/status")
        assert response.status == 200
        assert await response.json() == harness.command("status", at=60)


# --- who may ask


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/command", 404),
        ("POST", "/command", 404),
        ("GET", "/api/status/", 404),
        ("POST", "/api/status", 405),
        ("PUT", "/metrics", 405),
        ("OPTIONS", "/api/status", 405),
        ("HEAD", "/healthz", 200),
        ("GET", "/../api/status", 200),
    ],
)
async def test_it_only_tells(method: str, path: str, status: int) -> None:
    async with serving(Harness()) as client:
        response = await client.request(method, path, headers={"Origin": "https://evil.example"})
        assert response.status == status
        assert not [name for name in response.headers if name.lower().startswith("access-control")]
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Server"] == "xmppfilter"


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("127.0.0.1:8799", 200),
        ("127.3.2.1:1", 200),
        ("[::1]:8799", 200),
        ("localhost", 200),
        ("LocalHost:8799", 200),
        ("evil.example", 421),
        ("evil.example:8799", 421),
        ("localhost.evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("10.0.0.1", 421),
        ("[2001:db8::1]", 421),
        ("", 421),
        (":8799", 421),
        ("127.0.0.1, evil.example", 421),
    ],
)
async def test_on_loopback_a_foreign_host_is_refused(host: str, status: int) -> None:
    async with serving(Harness()) as client:
        for path in ("/api/status", "/healthz"):
            assert (await client.get(path, headers={"Host": host})).status == status


async def test_elsewhere_the_token_guards_and_any_host_will_do() -> None:
    async with serving(Harness(), token=TOKEN, loopback=False) as client:
        headers = {"Host": "filter.example.org", "Authorization": f"Bearer {TOKEN}"}
        assert (await client.get("/metrics", headers=headers)).status == 200


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        (None, 401),
        ("", 401),
        ("Bearer", 401),
        ("Bearer ", 401),
        ("Bearer wrong", 401),
        (f"Bearer {TOKEN[:-1]}", 401),
        (f"Bearer {TOKEN}x", 401),
        (f"Basic {TOKEN}", 401),
        (TOKEN, 401),
        (f"Bearer t\u00f6ken {TOKEN}", 401),
        (f"Bearer {TOKEN}", 200),
        (f"bearer  {TOKEN}", 200),
    ],
)
async def test_with_a_token_everything_but_the_probes_demands_it(authorization: str | None, status: int) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}

    def check(response: ClientResponse) -> None:
        assert response.status == status
        assert ("WWW-Authenticate" in response.headers) == (status == 401)

    async with serving(Harness(), token=TOKEN) as client:
        check(await client.get("/metrics", headers=headers))
        check(await client.get("/api/status", headers=headers))
        assert (await client.get("/healthz", headers=headers)).status == 200
        assert (await client.get("/readyz", headers=headers)).status == 503
        assert (await client.get("/nowhere", headers=headers)).status == (401 if status == 401 else 404)


# --- the listener


@asynccontextmanager
async def listening(listen: str, **options: Any) -> AsyncIterator[None]:
    async def status() -> dict[str, Any]:
        return {}

    listener = Http(listen, options.get("token"), Harness().gateway, status, Vitals(), time.time)
    await listener.start()
    try:
        yield
    finally:
        await listener.stop()


async def ask(port: int, request: bytes) -> bytes:
    """Send *request*, and return what came until the other side closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        async with asyncio.timeout(10):
            return await reader.read()
    finally:
        writer.close()


async def test_a_probe_without_a_host_is_answered() -> None:
    port = free_port()
    async with listening(f"127.0.0.1:{port}"):
        assert (await ask(port, b"GET /healthz HTTP/1.0\r\n\r\n")).startswith(b"HTTP/1.0 200")


async def test_several_hosts_are_no_way_around() -> None:
    port = free_port()
    async with listening(f"127.0.0.1:{port}"):
        said = await ask(
            port, b"GET /api/status HTTP/1.1\r\nHost: evil.example\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        )
        assert said.partition(b" ")[2][:1] == b"4"


@pytest.mark.parametrize(
    "request_",
    [
        b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 20_000 + b"\r\nConnection: close\r\n\r\n",
        b"\x16\x03\x01 not HTTP at all\r\n\r\n",
    ],
    ids=["line", "header", "tls"],
)
async def test_what_is_too_long_or_no_request_is_refused(request_: bytes) -> None:
    port = free_port()
    async with listening(f"127.0.0.1:{port}"):
        assert (await ask(port, request_)).split(b" ", 2)[1] == b"400"
        assert (await ask(port, b"GET /healthz HTTP/1.0\r\n\r\n")).startswith(b"HTTP/1.0 200")


async def test_what_is_no_request_is_refused_in_few_words_and_told_a_few_times(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    port = free_port()
    async with listening(f"127.0.0.1:{port}"):
        for _ in range(30):
            said = await ask(port, b"GET /%ZZ\x00 secret HTTP/9.9\r\n\r\n")
            assert b"400 Bad Request" in said
            assert b"Server: xmppfilter\r\n" in said
            assert said.endswith(b"\r\n\r\nBad Request\n")
            assert not [name for name in (b"aiohttp", b"Python", b"secret") if name in said]
    told = [record for record in caplog.records if record.getMessage() == "no http request"]
    assert 0 < len(told) <= http.REFUSED_AT_MOST
    assert not any(record.exc_info for record in caplog.records)
    assert "secret" not in caplog.text


async def test_silent_connections_keep_no_probe_out() -> None:
    port = free_port()
    async with listening(f"127.0.0.1:{port}"):
        held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2 * http.CONNECTIONS)]
        for _ in range(3):
            assert (await ask(port, b"GET /healthz HTTP/1.0\r\n\r\n")).startswith(b"HTTP/1.0 200")
        async with asyncio.timeout(10):
            assert await held[0][0].read() == b"", "the oldest went"
        for _, writer in held:
            writer.close()


async def test_of_many_connections_the_idle_go_and_the_busy_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "CONNECTIONS", 2)
    begun, go = asyncio.Event(), asyncio.Event()

    async def slow() -> dict[str, Any]:
        begun.set()
        await go.wait()
        return {"slow": True}

    port = free_port()
    listener = Http(f"127.0.0.1:{port}", None, Harness().gateway, slow, Vitals(), time.time)
    await listener.start()
    busy = spawn(ask(port, b"GET /api/status HTTP/1.0\r\n\r\n"), name="busy")
    await begun.wait()
    held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(5)]
    assert (await ask(port, b"GET /healthz HTTP/1.0\r\n\r\n")).startswith(b"HTTP/1.0 200")
    go.set()
    assert (await busy).endswith(b'{"slow": true}')
    for _, writer in held:
        writer.close()
    await listener.stop()


@pytest.mark.parametrize("sent", [b"", b"GET /healthz HTTP/1.1\r\nHost: local"])
async def test_whoever_asks_nothing_is_dropped_early(sent: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "SILENT", 0.01)
    port = free_port()
    async with listening(f"127.0.0.1:{port}"):
        assert await ask(port, sent) == b""


async def test_a_port_that_is_taken_is_told_with_the_option() -> None:
    port = free_port()
    async with listening(f"127.0.0.1:{port}"):
        with pytest.raises(OSError, match=rf"http\.listen: cannot listen on 127\.0\.0\.1:{port}: .*in use"):
            async with listening(f"127.0.0.1:{port}"):
                pass


async def test_an_address_that_is_not_ours_is_told() -> None:
    with pytest.raises(OSError, match=r"http\.listen: cannot listen on 192\.0\.2\.1:8799"):
        async with listening("192.0.2.1:8799", token=TOKEN):
            pass


async def test_stopping_frees_the_port_while_connections_are_open() -> None:
    port = free_port()
    async with listening(f"127.0.0.1:{port}"):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await reader.readuntil(b"judging\n")
    async with asyncio.timeout(10):
        assert await reader.read() == b""
    writer.close()
    async with listening(f"127.0.0.1:{port}"):
        pass
