"""The HTTP listener of the real process, after real traffic."""

import asyncio
import signal
from pathlib import Path

import pytest
from aiohttp import ClientSession
from prometheus_client.parser import text_string_to_metric_families

from tests.harness import LONG
from tests.live.filtered_server import EVIL, FILTER, filtered_server
from tests.live.gateway import GatewayProcess
from tests.live.ports import free_port, free_ports
from tests.live.prosody import Prosody

pytestmark = pytest.mark.live

TOKEN = "a-token-of-some-length"


async def scrape(url: str) -> dict[tuple[str, ...], float]:
    """Return every sample by its name and the values of its labels."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with ClientSession() as session, session.get(f"{url}/metrics", headers=headers) as response:
        assert response.status == 200
        families = text_string_to_metric_families(await response.text())
    return {(sample.name, *sample.labels.values()): sample.value for family in families for sample in family.samples}


async def once_written(url: str) -> dict[tuple[str, ...], float]:
    """Wait until what was learnt is in the store, and return what is told then."""
    async with asyncio.timeout(20):
        while True:
            seen = await scrape(url)
            if seen["xmppfilter_store_write_seconds_count",] and not seen["xmppfilter_store_unwritten",]:
                return seen


async def ready(url: str) -> tuple[int, str]:
    async with ClientSession() as session, session.get(f"{url}/readyz") as response:
        return response.status, await response.text()


async def test_health_status_and_metrics_of_a_running_gateway(tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    async with filtered_server(tmp_path, "prosody", http={"listen": f"127.0.0.1:{port}", "token": TOKEN}) as s:
        alice = await s.login("alice@example.org")
        for n in range(23):
            s.say(LONG, sender=f"bot{n}@{EVIL}/x")
        s.say("nope", sender=f"faker@{EVIL}/x", kind="error")
        s.say("hello", sender=f"honest@{EVIL}/x")
        await alice.message("hello")
        await s.gateway.until(lambda status: sum(status["stanzas"].values()) >= 25, "asked about all of it")

        seen = await scrape(url)
        assert seen["xmppfilter_findings_total", "same_long_body.copies"] == 3
        assert seen["xmppfilter_findings_total", "error_without_child.missing"] == 1
        assert seen["xmppfilter_verdicts_total", "drop"] == 4
        assert seen["xmppfilter_verdicts_total", "deliver"] >= 21
        assert seen["xmppfilter_stanzas_total", "message"] == 24
        assert seen["xmppfilter_questions_total", "example.org"] == sum(
            value for key, value in seen.items() if key[0] == "xmppfilter_stanzas_total"
        )
        assert seen["xmppfilter_connected",] == 1
        assert seen["xmppfilter_reconnects_total",] == 0
        assert await ready(url) == (200, "ready\n")

        seen = await once_written(url)
        assert seen["xmppfilter_store_write_seconds_sum",] > 0
        assert seen["xmppfilter_store_errors_total",] == 0
        assert seen["xmppfilter_loop_lag_seconds_count",] > 0

        good = s.gateway.config.read_text()
        s.gateway.config.write_text(f"{good}\nfilterz: {{}}\n")
        s.gateway.child.signal(signal.SIGHUP)
        await s.gateway.until(
            lambda _: any("filterz" in str(row.get("mistake")) for row in s.gateway.rows), "told of its mistake"
        )
        assert (await scrape(url))["xmppfilter_config_reload_success",] == 0

        async with ClientSession() as session:
            async with session.get(f"{url}/api/status") as refused:
                assert refused.status == 401
            headers = {"Authorization": f"Bearer {TOKEN}"}
            async with session.get(f"{url}/api/status", headers=headers) as response:
                told = await response.json()
        assert told["verdicts"]["drop"] == 4
        assert told["store"]["errors"] == 0

        server = s.server
        assert isinstance(server, Prosody)
        await server.stopped()
        await s.gateway.until(lambda status: not status["connected"], "disconnected")
        assert await ready(url) == (503, "not connected to the server\n")
        await asyncio.to_thread(server.start)
        await s.gateway.ready()
        assert (await scrape(url))["xmppfilter_reconnects_total",] == 1


async def test_a_port_that_is_taken_is_told_and_nothing_runs(tmp_path: Path) -> None:
    port, server = free_ports(2)
    async with await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", port):
        gateway = GatewayProcess(
            tmp_path, jid=FILTER, port=server, domains=["example.org"], http={"listen": f"127.0.0.1:{port}"}
        )
        gateway.start()
        await asyncio.to_thread(gateway.child._process.wait, 20)
        assert await gateway.stop() == 1
        assert f"xmppfilter: http.listen: cannot listen on 127.0.0.1:{port}: " in gateway.log
        assert not gateway.control.exists()
