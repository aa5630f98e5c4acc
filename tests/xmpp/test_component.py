"""The component against a server of a few lines: it comes, goes and comes back as it should, and loses nothing."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import pytest

from tests import harness
from tests.xmpp.server import SECRET, WITHIN, Connection, FakeServer
from tests.xmpp.test_wire import CHECK, HELLO, SPAM, asked, wrapped
from xmppfilter.build import Core
from xmppfilter.config.settings import Component
from xmppfilter.gateway.setup import Listeners
from xmppfilter.judging.effects import LockAccount, PushBan, Send
from xmppfilter.memory.state import State
from xmppfilter.observe.verdicts import Journal
from xmppfilter.xmpp import backoff
from xmppfilter.xmpp import component as module
from xmppfilter.xmpp.component import FilterComponent, Stored

STREAM_ERROR = "<stream:error><{} xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>"


class Running:
    """A component that runs until its context ends."""

    def __init__(
        self,
        port: int,
        secret: str = SECRET,
        *,
        filters: Mapping[str, Mapping[str, Any]] = harness.FIVE,
        max_stanza_size: int = 1 << 20,
        stored: Stored | None = None,
    ) -> None:
        journal = Journal()
        told = Listeners(on_verdict=(journal.verdict,))
        self.gateway = Core(harness.settings(filters, admins=["admin@example.org"]), State(), told).gateway
        self.stop = asyncio.Event()
        self.component = FilterComponent(
            Component(jid="filter.example.org", secret="unused", port=port),
            secret,
            self.gateway,
            journal,
            jitter=lambda: 0.0,
            max_stanza_size=max_stanza_size,
            stored=stored,
        )
        self.task = asyncio.ensure_future(self.component.run_until(self.stop))

    async def leave(self) -> None:
        self.stop.set()
        await self.task


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Come back at once, so that no test waits for a server's convenience."""
    monkeypatch.setattr(backoff, "FIRST_RETRY", 0.02)
    monkeypatch.setattr(backoff, "LONGEST_RETRY_AT_HOME", 0.08)


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with FakeServer() as running:
        yield running


@pytest.fixture
async def running(server: FakeServer) -> AsyncIterator[Running]:
    started = Running(server.port)
    yield started
    server.stop()
    await started.leave()


@pytest.fixture
async def passing(server: FakeServer) -> AsyncIterator[Running]:
    """A component without filters."""
    started = Running(server.port, filters={})
    yield started
    server.stop()
    await started.leave()


async def greeted(server: FakeServer) -> Connection:
    """Return the next connection, when its hellos (one for each of two servers) have come."""
    connection = await server.accept()
    await connection.get(b"</iq>")
    await connection.get(b"</iq>")
    return connection


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(WITHIN):
        while not true():  # noqa: ASYNC110 - what is waited for is inside the component, and tells nobody
            await asyncio.sleep(0.005)


def names(count: int, xml: str, old: str) -> str:
    return "".join(xml.replace(old, f"{old[:-1]}-{n}'") for n in range(count))


async def test_it_connects_and_greets_every_server(server: FakeServer, running: Running) -> None:
    connection = await server.accept()
    assert b"to='example.net'><hello" in await connection.get(b"</iq>")
    assert b"to='example.org'><hello" in await connection.get(b"</iq>")
    assert running.gateway.connected


@pytest.mark.usefixtures("running")
async def test_questions_are_answered_in_order(server: FakeServer) -> None:
    connection = await greeted(server)
    connection.send(names(500, asked(HELLO), "id='c1'"))
    got = await connection.get(b"id='c1-499' from='filter.example.org' to='example.org'>")
    assert [got.index(f"id='c1-{n}'".encode()) for n in range(500)] == sorted(
        got.index(f"id='c1-{n}'".encode()) for n in range(500)
    )


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("<query xmlns='http://jabber.org/protocol/disco#info'/>", b'type="generic"'),
        ("<query xmlns='http://jabber.org/protocol/disco#info'/>", b'category="component"'),
        ("<query xmlns='http://jabber.org/protocol/disco#info'/>", b'var="urn:xmpp:ping"'),
        ("<query xmlns='jabber:iq:version'/>", b"<name>xmppfilter</name>"),
        ("<ping xmlns='urn:xmpp:ping'/>", b'type="result"'),
        ("<query xmlns='jabber:iq:roster'/>", b"<service-unavailable"),
        ("<what xmlns='urn:e'/>", b"<service-unavailable"),
    ],
)
@pytest.mark.usefixtures("running")
@pytest.mark.parametrize("sender", ["admin@example.org/x", "example.org"])
async def test_it_says_what_it_is(server: FakeServer, query: str, wanted: bytes, sender: str) -> None:
    connection = await greeted(server)
    connection.send(f"<iq type='get' id='q1' from='{sender}' to='filter.example.org'>{query}</iq>")
    assert wanted in await connection.get(wanted)


@pytest.mark.parametrize(
    "namespace",
    [
        "http://jabber.org/protocol/disco#info",
        "http://jabber.org/protocol/disco#items",
        "jabber:iq:version",
        "jabber:iq:last",
        "urn:xmpp:ping",
        "urn:xmpp:time",
        "jabber:iq:register",
    ],
)
@pytest.mark.parametrize("sender", ["mallory@evil.example/x", "evil.example", "alice@example.org/x"])
async def test_strangers_learn_nothing(server: FakeServer, running: Running, namespace: str, sender: str) -> None:
    connection = await greeted(server)
    connection.send(f"<iq type='get' id='q1' from='{sender}' to='filter.example.org'><query xmlns='{namespace}'/></iq>")
    assert (await connection.get(b"</iq>")).decode() == (
        f"<iq type='error' id='q1' from='filter.example.org' to='{sender}'><error type='cancel'>"
        "<service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
    )
    assert running.gateway.counts.disbelieved == 1


@pytest.mark.parametrize("sender", ["mallory@evil.example/x", "admin@example.org/x"])
@pytest.mark.parametrize("levels", [30, 1_000, 10_000])
async def test_depth_is_answered(server: FakeServer, running: Running, sender: str, levels: int) -> None:
    """slixmpp copies by recursion what it is given, and never answers what is too deep for that."""
    connection = await greeted(server)
    inside = "<x xmlns='urn:e'>" + "<x>" * levels + "</x>" * levels + "</x>"
    connection.send(f"<iq type='get' id='q1' from='{sender}' to='filter.example.org'>{inside}</iq>" + asked(HELLO))
    assert b"type='error' id='q1'" in await connection.get(b"</iq>")
    assert (await connection.get(b"</iq>")).startswith(b"<iq type='result' id='c1'")
    assert (running.gateway.counts.failures, running.component.failures) == (0, 0)


async def test_slixmpps_own_reflexes_are_off(server: FakeServer, running: Running) -> None:
    connection = await greeted(server)
    for number in range(200):
        connection.send(f"<presence type='subscribe' from='u{number}@evil.example' to='filter.example.org'/>")
        connection.send(f"<presence from='u{number}@evil.example/x' to='filter.example.org'/>")
        connection.send(f"<message from='u{number}@evil.example/x' to='filter.example.org'><body>Hi</body></message>")
    connection.send(asked(HELLO))
    assert (await connection.get(b"</iq>")).startswith(b"<iq type='result' id='c1'")
    assert list(running.component.roster.keys()) == ["filter.example.org"]


async def test_a_handler_that_raises_tells_strangers_nothing(
    server: FakeServer, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = await greeted(server)
    monkeypatch.setattr(type(running.component.plugin["xep_0092"]), "version", property(lambda _: 1 / 0), raising=False)
    connection.send(
        "<iq type='get' id='q1' from='example.net' to='filter.example.org'><query xmlns='jabber:iq:version'/></iq>"
    )
    got = await connection.get(b"</iq>")
    assert b"<service-unavailable" in got
    assert b"ZeroDivision" not in got
    assert b"Slixmpp" not in got
    assert running.component.failures == 1


@pytest.mark.usefixtures("soon")
async def test_it_comes_back_after_a_loss_in_mid_stanza(server: FakeServer, running: Running) -> None:
    connection = await greeted(server)
    connection.send(asked(HELLO)[:200])
    await until(lambda: running.component._wire._splitter.carries)
    connection.transport.abort()
    again = await greeted(server)
    again.send(asked(HELLO))
    assert (await again.get(b"</iq>")).startswith(b"<iq type='result' id='c1'")


@pytest.mark.usefixtures("soon")
async def test_it_keeps_trying_while_nobody_listens(server: FakeServer, running: Running) -> None:
    first = await greeted(server)
    server.stop()
    await until(lambda: running.component._backoff.next >= backoff.LONGEST_RETRY_AT_HOME)
    assert not running.gateway.connected
    await server.listen()
    await greeted(server)
    assert first.lost
    assert running.gateway.connected


@pytest.mark.parametrize(
    ("host", "wanted"),
    [
        ("127.0.0.1", [1, 2, 4, 5, 5, 5, 5, 5]),
        ("::1", [1, 2, 4, 5, 5, 5, 5, 5]),
        ("localhost", [1, 2, 4, 5, 5, 5, 5, 5]),
        ("xmpp.example.org", [1, 2, 4, 8, 16, 32, 60, 60]),
        ("192.0.2.1", [1, 2, 4, 8, 16, 32, 60, 60]),
    ],
)
async def test_it_waits_longer_each_time_but_never_long_at_home(
    monkeypatch: pytest.MonkeyPatch, host: str, wanted: list[float]
) -> None:
    delays = Delays(monkeypatch, host)
    for _ in wanted:
        delays.component._try_again("not connected", "a test")
    assert [2 * delay for delay in delays.seconds] == wanted


async def test_a_stream_that_lived_begins_again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However short it lived: who can end our streams must not keep us away."""
    delays = Delays(monkeypatch, "192.0.2.1")
    for _ in range(5):
        delays.component._try_again("not connected", "a test")
    delays.seconds.clear()
    for _ in range(5):
        delays.component._since = delays.component.loop.time()
        delays.component._on_disconnected("a test")
    assert [2 * delay for delay in delays.seconds] == [backoff.FIRST_RETRY] * 5


class Delays:
    """How long a component that never gets anywhere waits."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, host: str) -> None:
        self.seconds: list[float] = []
        self.component = FilterComponent(
            Component(jid="filter.example.org", secret="unused", host=host),
            SECRET,
            Core(harness.settings(), State()).gateway,
            Journal(),
            jitter=lambda: 0.0,
        )
        monkeypatch.setattr(self.component, "_attempt", lambda: None)
        self.component._ticker.stop()
        monkeypatch.setattr(self.component.loop, "call_later", lambda delay, *_: self.seconds.append(delay))


@pytest.mark.usefixtures("soon")
async def test_a_wrong_secret_is_said_once_an_attempt_and_in_plain_words(
    server: FakeServer, caplog: pytest.LogCaptureFixture
) -> None:
    running = Running(server.port, "wrong")
    await until(lambda: len(server.connections) >= 2 and server.connections[0].lost)
    server.stop()
    await running.leave()
    said = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert len(said) <= len(server.connections)
    assert said[0].condition == "not-authorized"  # type: ignore[attr-defined]
    assert "secret" in said[0].advice  # type: ignore[attr-defined]


@pytest.mark.usefixtures("soon", "running")
async def test_a_server_that_forbids_foreign_addresses_is_told_of(
    server: FakeServer, caplog: pytest.LogCaptureFixture
) -> None:
    connection = await greeted(server)
    connection.send(STREAM_ERROR.format("invalid-from"))
    connection.transport.close()
    await greeted(server)
    (said,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert "validate_from_addresses = false" in said.advice  # type: ignore[attr-defined]
    assert "check_from: false" in said.advice  # type: ignore[attr-defined]


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("garbage", ["HTTP/1.1 400 Bad Request\r\n\r\n", "<iq><!DOCTYPE x></iq>"])
async def test_garbage_ends_the_stream_and_no_more(server: FakeServer, garbage: str) -> None:
    running = Running(server.port, max_stanza_size=4_000)
    connection = await greeted(server)
    connection.send(asked(HELLO) + garbage)
    assert b"id='c1'" in await connection.get(b"</stream:stream>")
    await connection.end()
    again = await greeted(server)
    again.send(asked(HELLO))
    await again.get(b"</iq>")
    server.stop()
    await running.leave()


@pytest.mark.parametrize("place", ["an attribute", "a body", "many children", "depth", "CDATA"])
async def test_what_is_too_large_costs_itself_and_not_the_stream(server: FakeServer, place: str) -> None:
    inside = {
        "an attribute": f"<x a='{'&apos;' * 2_000}'/>",
        "a body": f"<body>{'&gt;' * 2_000}</body>",
        "many children": "<x/>" * 2_000,
        "depth": "<x>" * 2_000 + "</x>" * 2_000,
        "CDATA": f"<body><![CDATA[{'</message>' * 500}]]></body>",
    }[place]
    running = Running(server.port, max_stanza_size=4_000)
    connection = await greeted(server)
    large = HELLO.replace("<body>Hello</body>", inside)
    for _ in range(20):
        connection.send(asked(large) + wrapped(large) + asked(HELLO))
    await connection.until(lambda: connection.received.count(b"</iq>") == 40)
    assert not connection.lost
    assert running.gateway.counts.too_large == 40
    assert len(server.connections) == 1
    await running.leave()


@pytest.mark.usefixtures("soon")
async def test_something_that_is_no_xmpp_server_is_left() -> None:
    async with FakeServer(greets=False) as web:
        running = Running(web.port)
        connection = await web.accept()
        connection.send("HTTP/1.1 400 Bad Request\r\n" + "x" * 20_000)
        await connection.end()
        web.stop()
        await running.leave()


@pytest.mark.usefixtures("soon")
async def test_a_server_that_never_accepts_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HANDSHAKE_WITHIN", 0.05)
    async with FakeServer(greets=False) as silent:
        running = Running(silent.port)
        await (await silent.accept()).end()
        await silent.accept()
        silent.stop()
        await running.leave()


async def test_one_read_is_answered_with_one_write(
    server: FakeServer, passing: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = await greeted(server)
    transport = passing.component.transport
    assert transport is not None
    reads = _counted(monkeypatch, passing.component._wire, "receive")
    writes = _counted(monkeypatch, transport, "write")
    connection.send((asked(HELLO) + wrapped(HELLO)) * 500)
    await connection.until(lambda: connection.received.count(b" from=") == 1_000)
    assert len(writes) == len(reads) < 100


async def test_no_read_takes_long(server: FakeServer, passing: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = await greeted(server)
    sizes: list[int] = []
    receive = passing.component._wire.receive

    def measured(data: bytes, out: list[bytes]) -> None:
        sizes.append(len(data))
        receive(data, out)

    monkeypatch.setattr(passing.component._wire, "receive", measured)
    connection.send(asked(HELLO) * 2_000)
    await connection.until(lambda: connection.received.count(b" from=") == 2_000)
    assert max(sizes) == module.READ < sum(sizes) / 4


def _counted(monkeypatch: pytest.MonkeyPatch, what: object, name: str) -> list[int]:
    calls: list[int] = []
    call = getattr(what, name)

    def counted(*arguments: object) -> None:
        calls.append(1)
        call(*arguments)

    monkeypatch.setattr(what, name, counted)
    return calls


async def test_a_server_that_stops_reading_costs_no_memory_and_loses_nothing(
    server: FakeServer, passing: Running
) -> None:
    connection = await greeted(server)
    connection.transport.pause_reading()
    question = wrapped(HELLO.replace("Hello", "x" * 10_000))
    transport = passing.component.transport
    assert transport is not None
    sent = 0
    async with asyncio.timeout(WITHIN):
        while transport.is_reading():
            connection.send(question * 20)
            sent += 20
            await asyncio.sleep(0)
    connection.send(question * 1_000)
    sent += 1_000
    await until(lambda: connection.transport.get_write_buffer_size() > 0)
    assert module.BUFFER <= transport.get_write_buffer_size() <= module.BUFFER + (512 << 10)
    connection.transport.resume_reading()
    await connection.until(lambda: connection.stanzas == sent)
    assert transport.is_reading()


async def test_it_leaves_politely(server: FakeServer) -> None:
    running = Running(server.port)
    connection = await greeted(server)
    connection.send(asked(HELLO) * 100)
    await connection.get(b"</iq>")
    running.stop.set()
    got = await connection.get(b"</stream:stream>")
    assert b"<iq" not in got.rpartition(b"</stream:stream>")[2]
    connection.send("</stream:stream>")
    connection.transport.close()
    await asyncio.wait_for(running.task, WITHIN)


async def test_what_was_taken_in_is_answered_before_leaving(server: FakeServer) -> None:
    running = Running(server.port, filters={})
    connection = await greeted(server)
    connection.transport.pause_reading()
    connection.send((wrapped(HELLO.replace("Hello", "x" * 10_000))) * 2_000)
    await until(lambda: not running.component._writable.is_set())
    taken = sum(running.gateway.counts.kinds)
    running.stop.set()
    await asyncio.sleep(0)
    connection.transport.resume_reading()
    await connection.until(lambda: connection.received.endswith(b"</stream:stream>"))
    assert connection.stanzas == taken
    connection.transport.close()
    await asyncio.wait_for(running.task, WITHIN)


async def test_it_leaves_in_time_from_a_server_that_does_not_read(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LINGER", 0.1)
    running = Running(server.port, filters={})
    connection = await greeted(server)
    connection.transport.pause_reading()
    connection.send((wrapped(HELLO.replace("Hello", "x" * 10_000))) * 2_000)
    await until(lambda: not running.component._writable.is_set())
    started = time.monotonic()
    await running.component.shutdown(within=0.5)
    assert time.monotonic() - started < 2
    await running.leave()


async def test_an_operators_command_is_performed(server: FakeServer, running: Running) -> None:
    connection = await greeted(server)
    running.component.perform([Send(b"<message to='a@b'/>")])
    assert await connection.get(b"/>") == b"<message to='a@b'/>"


async def test_nothing_is_sent_while_nobody_is_there() -> None:
    running = Running(1)
    running.component.perform([Send(b"<message to='a@b'/>")])
    await running.leave()


@pytest.mark.usefixtures("running")
async def test_verdicts_are_logged_without_what_was_said(server: FakeServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "xmppfilter.verdicts")
    connection = await greeted(server)
    connection.send(asked(HELLO) + asked(SPAM))
    await connection.get(b"action='drop'/></iq>")
    (said,) = [record for record in caplog.records if record.name == "xmppfilter.verdicts"]
    fields = said.fields  # type: ignore[attr-defined]
    assert fields["action"] == "drop"
    assert fields["decided_by"] == "error_without_child.missing"
    assert (fields["from"], fields["to"]) == ("mallory@evil.example", "alice@example.org")
    assert "Hello" not in str(fields)
    assert "/x" not in str(fields)


@pytest.mark.usefixtures("running")
async def test_the_gateways_clock_ticks(server: FakeServer) -> None:
    """A ban is pushed half a second after the last push, with nothing else going on."""
    connection = await greeted(server)
    connection.send(
        "<iq type='set' id='h1' from='example.org' to='filter.example.org'>"
        "<hello xmlns='urn:xmppfilter:check:0' version='0' software='test' route='verdict' options=''/></iq>"
    )
    await connection.get(b"</bans></iq>")
    connection.send(asked(SPAM))
    await connection.get(b"<ban jid='mallory@evil.example'")


@pytest.mark.parametrize("works", [True, False])
async def test_an_unlock_is_confirmed_once_the_pardon_is_stored(server: FakeServer, *, works: bool) -> None:
    may, done = asyncio.Event(), asyncio.Event()

    async def stored() -> str | None:
        await may.wait()
        done.set()
        return None if works else "the disk is full"

    running = Running(server.port, stored=stored)
    connection = await greeted(server)
    unlocked = f"<unlocked xmlns='{CHECK}' jid='robot@example.org'/>"
    connection.send(f"<iq type='set' id='u1' from='example.org' to='filter.example.org'>{unlocked}</iq>")
    connection.send(asked(HELLO))
    before = await connection.get(b"</iq>")
    may.set()
    await done.wait()
    connection.send(asked(SPAM))
    after = await connection.get(b"action='drop'/></iq>")
    assert (b"id='u1'" in before, b"type='result' id='u1'" in after) == (False, works)
    await running.leave()


@pytest.mark.usefixtures("running")
async def test_an_unlock_is_confirmed_at_once_where_nothing_is_stored(server: FakeServer) -> None:
    connection = await greeted(server)
    unlocked = f"<unlocked xmlns='{CHECK}' jid='robot@example.org'/>"
    connection.send(f"<iq type='set' id='u1' from='example.org' to='filter.example.org'>{unlocked}</iq>")
    assert b"type='result'" in await connection.get(b"id='u1'")


async def test_an_order_to_lock_an_account_is_stored_at_once(server: FakeServer) -> None:
    stored = asyncio.Event()

    async def store() -> None:
        stored.set()

    running = Running(server.port, stored=store)
    await greeted(server)
    running.component.perform([PushBan("mallory@evil.example", 1.0)])
    assert not stored.is_set()
    running.component.perform([LockAccount("robot@example.org")])
    async with asyncio.timeout(WITHIN):
        await stored.wait()
    await running.leave()
