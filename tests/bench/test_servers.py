"""The part of the server benchmark that needs no servers."""

import asyncio
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bench import servers
from tests.bench.mailboxes import Mailbox, Mailboxes
from tests.bench.running_server import Sample, cpu_seconds, processor
from tests.bench.strangers import Authority, Strangers
from tests.bench.traffic import Generator
from tests.bench.variants import VARIANTS, check_packages, with_list_in_file

# --- what is sent


def test_strangers_of_one_domain_write_to_those_who_are_online() -> None:
    stanza = (
        "<message xmlns='jabber:client' type='chat' to='user13@example.org' from='sender7@d7.example/phone' id='1'>"
        "<body>to='user1@example.org' from='x@y/z'</body></message>"
    )
    assert servers.from_strangers(stanza) == (
        "<message type='chat' to='user5@example.org' from='sender7@strangers.example/phone' id='1'>"
        "<body>to='user1@example.org' from='x@y/z'</body></message>"
    )


def test_what_is_no_message_of_the_generator_is_refused() -> None:
    with pytest.raises(ValueError, match="wanted a chat message"):
        servers.from_strangers("<presence type='subscribe' to='user1@example.org' from='sender1@d.example/x'/>")


def test_all_messages_of_the_generator_come_from_strangers() -> None:
    data = Generator().messages(200, servers.from_strangers).data
    assert data.count(b"@strangers.example/") == data.count(b"<message ") == data.count(b"</message>") == 200


# --- what is counted


@given(st.data())
def test_messages_are_counted_however_they_are_cut(data: st.DataObject) -> None:
    stream = b"<r/>" + b"<message><body>Hello</body></message>" * 7 + b"<message id='probe-1'><body/></message><pre"
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=30)))
    mailboxes = Mailboxes()
    mailboxes.look_for(b"'probe-1'")
    mailbox = Mailbox(mailboxes)
    for begin, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        mailbox.data_received(stream[begin:end])
    assert mailboxes.count == 8
    assert mailboxes.found


async def test_one_waits_until_all_have_arrived() -> None:
    mailboxes = Mailboxes()
    first, second = Mailbox(mailboxes), Mailbox(mailboxes)
    waiting = asyncio.ensure_future(mailboxes.until(3))
    first.data_received(b"<message/></message>" * 2)
    await asyncio.sleep(0)
    assert not waiting.done()
    second.data_received(b"</message>")
    await asyncio.wait_for(waiting, 10)


def test_words_that_were_not_sent_are_not_found() -> None:
    mailboxes = Mailboxes()
    mailboxes.look_for(b"probe-1")
    Mailbox(mailboxes).data_received(b"<message id='probe-2'></message>")
    assert not mailboxes.found


# --- the strangers' server


async def test_every_key_is_confirmed() -> None:
    async with Authority() as authority:
        reader, writer = await asyncio.open_connection("127.0.0.1", authority.port)
        writer.write(b"<stream:stream to='strangers.example' from='example.org' version='1.0'>")
        assert b"urn:xmpp:features:dialback" in await reader.readuntil(b"</stream:features>")
        writer.write(b"<db:verify id='7' to='strangers.example' from='example.org'>key</db:ver")
        writer.write(b"ify>")
        answer = await reader.readuntil(b"/>")
        assert answer == b"<db:verify from='strangers.example' to='example.org' id='7' type='valid'/>"
        assert not authority.was_refused("probe-1")
        writer.write(b"<message type='error' id='probe-1'/>")
        writer.write(b"<db:result to='strangers.example' from='example.org'>key</db:result>")
        await reader.readuntil(b"/>")  # so that all before it has been read
        assert authority.was_refused("probe-1")
        writer.close()


@pytest.mark.parametrize(("verdict", "believed"), [("valid", True), ("invalid", False)])
async def test_strangers_are_who_the_server_believes_them_to_be(verdict: str, believed: bool) -> None:
    asked: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"version='1.0' from='strangers.example' to='example.org'>")
        writer.write(b"<stream:stream id='1'><stream:features></stream:features>")
        asked.append(await reader.readuntil(b"</db:result>"))
        writer.write(f"<db:result from='example.org' to='strangers.example' type='{verdict}'/>".encode())

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    if believed:
        (await Strangers.connect("strangers.example", "example.org", port)).abort()
    else:
        with pytest.raises(RuntimeError, match="does not believe"):
            await Strangers.connect("strangers.example", "example.org", port)
    assert b"from='strangers.example'" in asked[0]
    server.close()


# --- what the servers need


def test_the_firewall_reads_a_file_instead_of_the_network() -> None:
    script = "# see https://example.org/\n%LIST blocklist: https://cdn.example/list.txt\n\n::deliver\nDROP.\n"
    assert with_list_in_file(script, Path("/tmp/list.txt")) == (
        "# see https://example.org/\n%LIST blocklist: file:/tmp/list.txt\n\n::deliver\nDROP.\n"
    )
    with pytest.raises(ValueError, match="found 0"):
        with_list_in_file("::deliver\nDROP.\n", Path("/tmp/list.txt"))


def test_a_missing_package_is_named(tmp_path: Path) -> None:
    (tmp_path / "there").touch()
    check_packages({"installed": f"{tmp_path}/th*"})
    with pytest.raises(RuntimeError, match=r"Debian packages missing lost$"):
        check_packages({"installed": f"{tmp_path}/there", "missing": f"{tmp_path}/not", "lost": f"{tmp_path}/lo*"})


def test_the_cpu_time_of_a_process_grows_with_its_work() -> None:
    before = cpu_seconds(os.getpid())
    assert sum(range(1_000_000)) > 0
    assert cpu_seconds(os.getpid()) > before


def test_a_thread_is_pinned_for_a_while() -> None:
    before = os.sched_getaffinity(0)
    with processor(max(before)):
        assert os.sched_getaffinity(0) == {max(before)}
    assert os.sched_getaffinity(0) == before


# --- what is made of it


def samples() -> Iterator[tuple[str, list[Sample]]]:
    for variant in VARIANTS:
        slower = {"none": 1.0, "own": 1.25, "ours": 2.0 if variant.kind == "prosody" else 2.5}[variant.filter]
        base = 100.0 if variant.kind == "prosody" else 50.0
        yield (
            variant.key,
            [
                Sample(
                    per_second=1e6 / (base * slower * noise),
                    server_us=base * slower * noise,
                    gateway_us=20.0 * noise if variant.filter == "ours" else 0.0,
                    generator_us=10.0,
                )
                for noise in (1.0, 3.0, 1.1, 0.9, 1.0)  # of a whole round: it disturbs no ratio
            ],
        )


def test_the_slower_server_decides() -> None:
    found = servers.summary(dict(samples()), 1000)
    assert found.server_x == pytest.approx(0.4)
    assert found.prosody_share == pytest.approx(0.2)
    assert found.details["server_x"]["prosody"]["median"] == pytest.approx(0.5)
    assert found.details["server_x"]["ejabberd"] == pytest.approx({"median": 0.4, "low": 0.4, "high": 0.4})
    assert found.details["server_cpu_x"]["ejabberd"]["median"] == pytest.approx(2.5)
    assert found.details["disturbed"] == []
    json.dumps(found.details)
    assert found.details["rows"]["prosody"]["server_us"] == pytest.approx(
        {"median": 100.0, "low": 100.0, "high": 110.0}
    )


def test_the_table_says_what_each_costs() -> None:
    lines = servers.table(servers.summary(dict(samples()), 1000)).splitlines()
    assert lines[1].split() == ["Prosody", "10000", "(9091-10000)", "100", "(100-110)", "-"]
    assert lines[3].split()[-4:] == ["200", "(200-220)", "20", "(20-22)"]
    assert not any("disturbed" in line for line in lines)


def test_the_table_says_what_was_disturbed() -> None:
    disturbed = {
        key: [Sample(per_second=one.per_second / 2, server_us=one.server_us, gateway_us=0.0, generator_us=0.0)]
        for key, (one, *_) in samples()
    }
    found = servers.summary(disturbed, 1000)
    assert found.details["disturbed"] == [variant.key for variant in VARIANTS]
    lines = servers.table(found).splitlines()
    assert sum("worked 50% of the time" in line for line in lines) == len(VARIANTS)
