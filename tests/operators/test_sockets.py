"""Where a gateway listens for its operators, and who does already."""

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.harness import settings
from xmppfilter.config.settings import Component, Store
from xmppfilter.operators.sockets import LONGEST_PATH, control_paths, first_free, is_answered, places


@contextmanager
def listening(path: Path) -> Iterator[None]:
    """Listen on *path*, and leave the socket behind as a process does that was killed."""
    with closing(socket.socket(socket.AF_UNIX)) as server:
        server.bind(str(path))
        server.listen()
        yield


@pytest.mark.parametrize(
    ("control", "store", "jid", "names"),
    [
        ("/run/x.sock", "/var/a.db", "f.example", ["/run/x.sock"]),
        (None, "/var/a.db", "f.example", ["/var/control.sock", "/var/control-f.example.sock"]),
        (None, "/var/a.db", None, ["/var/control.sock"]),
        (None, None, "f.example", []),
    ],
)
def test_a_socket_is_where_control_says_or_beside_the_store(
    control: str | None, store: str | None, jid: str | None, names: list[str]
) -> None:
    assert [str(path) for path in places(control, store, jid)] == names


@pytest.mark.parametrize("jid", ["a" * 200 + ".example", "a/b"])
def test_a_name_that_no_socket_can_have_is_a_hash(jid: str) -> None:
    _, own = places(None, "/var/lib/a.db", jid)
    assert own.parent == Path("/var/lib")
    assert len(bytes(own)) <= LONGEST_PATH
    assert own != places(None, "/var/lib/a.db", f"{jid}x")[1]


async def test_gateways_with_stores_in_one_folder_have_sockets_of_their_own(tmp_path: Path) -> None:
    one, two = (
        control_paths(
            settings(store=Store(sqlite=str(tmp_path / f"{name}.db")), component=Component(jid=name, secret="s"))
        )
        for name in ("one.example", "two.example")
    )
    assert one[0] == two[0] == tmp_path / "control.sock"
    assert await first_free(one) == one[0]
    with listening(one[0]):
        assert await first_free(two) == two[1]
        assert two[1] != one[1]
        with listening(two[1]), pytest.raises(OSError, match="another process listens"):
            await first_free(two)
    assert await first_free(two) == two[0], "nobody answers there"


async def test_only_who_listens_answers(tmp_path: Path) -> None:
    path = tmp_path / "s"
    assert not await is_answered(path)
    with listening(path):
        assert await is_answered(path)
    assert path.is_socket()
    assert not await is_answered(path)
