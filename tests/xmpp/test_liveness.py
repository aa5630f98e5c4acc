"""Whether anybody is at the other end: told from what the kernel says, and never held against who is only slow."""

import asyncio
import socket

import pytest

from tests.xmpp.server import FakeServer
from xmppfilter.xmpp import liveness
from xmppfilter.xmpp.liveness import SILENT_FOR, Path


@pytest.mark.parametrize(
    ("path", "dead"),
    [
        (Path(retransmits=0, last_ack=0.0), False),
        (Path(retransmits=0, last_ack=3600.0), False),  # nothing of ours is on its way, or it takes nothing: it is slow
        (Path(retransmits=2, last_ack=SILENT_FOR - 1), False),
        (Path(retransmits=6, last_ack=SILENT_FOR), True),
    ],
)
def test_who_does_not_acknowledge_for_long_is_gone(path: Path, dead: bool) -> None:
    assert path.is_dead is dead


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.0.1", True),
        ("::1", True),
        ("localhost", True),
        ("LOCALHOST.", True),
        ("192.0.2.1", False),
        ("2001:db8::1", False),
        ("localhost.example.org", False),
        ("xmpp.example.org", False),
    ],
)
def test_what_is_this_machine(host: str, loopback: bool) -> None:
    assert liveness.is_loopback(host) is loopback


async def test_the_kernel_is_asked_to_probe_and_tells_of_the_way() -> None:
    """A peer that reads nothing is alive: its kernel acknowledges, and then says that there is no room."""
    async with FakeServer(greets=False) as server:
        transport, _ = await asyncio.get_running_loop().create_connection(asyncio.Protocol, "127.0.0.1", server.port)
        liveness.keep_alive(transport)
        connection = transport.get_extra_info("socket")
        assert connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        probes = [connection.getsockopt(socket.IPPROTO_TCP, getattr(socket, name)) for name, _ in liveness._KEEPALIVE]
        assert probes[0] + probes[1] * probes[2] <= 60
        peer = await server.accept()
        peer.transport.pause_reading()
        transport.write(b"x" * (8 << 20))
        await asyncio.sleep(0)
        path = liveness.path_of(transport)
        assert path is not None
        assert (path.retransmits, path.last_ack < SILENT_FOR) == (0, True)
        assert not liveness.is_dead(transport)
        transport.abort()
