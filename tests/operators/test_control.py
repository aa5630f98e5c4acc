"""The control socket: who may open it, and what it answers to whatever comes."""

import asyncio
import os
import socket
import stat
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from pwd import getpwuid
from typing import Any

import pytest
from aiohttp import ClientSession, UnixConnector

from xmppfilter.cli.asking import ask_first
from xmppfilter.observe.tasks import spawn
from xmppfilter.operators.control import LARGEST, Control, ControlError, NobodyAnswersError, ask
from xmppfilter.operators.sockets import LONGEST_PATH
from xmppfilter.registers.command import CommandError


async def echo(words: Sequence[str]) -> dict[str, Any]:
    if "bad" in words:
        raise CommandError("found bad; wanted good")
    return {"words": list(words)}


@asynccontextmanager
async def control(path: Path) -> AsyncIterator[Path]:
    listener = Control(path, echo)
    await listener.start()
    try:
        yield path
    finally:
        await listener.stop()


async def post(path: Path, body: bytes, kind: str = "application/json") -> tuple[int, Any]:
    async with (
        ClientSession(connector=UnixConnector(str(path))) as session,
        session.post("http://gateway/command", data=body, headers={"Content-Type": kind}) as response,
    ):
        return response.status, await response.json()


async def test_a_command_is_performed_and_its_result_returned(tmp_path: Path) -> None:
    async with control(tmp_path / "s") as path:
        assert await ask(path, ["spammers", "show", "mälory@evil.example"]) == {
            "words": ["spammers", "show", "mälory@evil.example"]
        }
        assert await ask(path, []) == {"words": []}


@pytest.mark.parametrize(
    ("words", "logged"),
    [
        (["spammers", "ban", "m@evil.example"], {"command": "spammers ban m@evil.example", "result": '{"words": ["sp'}),
        (["mode", "bad"], {"command": "mode bad", "refused": "found bad; wanted good"}),
        (["lists", "add", "domain", "x" * 5000], {"command": "lists add domain x", "result": '{"words": ["lists"'}),
        (["spammers", "bna", "x"], {"command": "spammers bna x"}),
        (["nonsense"], {"command": "nonsense"}),
        (["status"], None),
        (["status", "more"], None),
        (["spammers", "list"], None),
        (["lists", "show", "domain", "bad.example"], None),
        (["filters"], None),
        (["explain", "<message/>"], None),
    ],
)
async def test_what_an_operator_changes_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, words: list[str], logged: dict[str, str] | None
) -> None:
    with caplog.at_level("INFO", "xmppfilter.operators.control"):
        async with control(tmp_path / "s") as path:
            with suppress(ControlError):
                await ask(path, words)
    told = [vars(record)["fields"] for record in caplog.records if record.message == "command"]
    assert len(told) == (logged is not None)
    for fields in told:
        assert fields["by"] == f"{getpwuid(os.getuid()).pw_name} (process {os.getpid()})"
        assert all(text in fields[name] and len(fields[name]) <= 1000 for name, text in (logged or {}).items())


async def test_only_its_owner_may_open_it_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        async with control(tmp_path / "s") as path:
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
    finally:
        os.umask(before)


def leave_behind(path: Path) -> None:
    """Leave a socket that nobody listens on, as a process does that is killed."""
    with socket.socket(socket.AF_UNIX) as killed:
        killed.bind(str(path))
        killed.listen()


async def test_it_is_removed_at_the_end_and_one_left_behind_is_replaced(tmp_path: Path) -> None:
    leave_behind(tmp_path / "s")
    async with control(tmp_path / "s") as path:
        assert await ask(path, ["status"]) == {"words": ["status"]}
    assert not path.exists()


async def test_a_socket_that_somebody_answers_on_is_never_taken(tmp_path: Path) -> None:
    async with control(tmp_path / "s") as path:
        with pytest.raises(OSError, match="another process listens on this socket; give each gateway its own"):
            await Control(path, echo).start()
        assert await ask(path, ["status"]) == {"words": ["status"]}


async def test_a_gateway_takes_only_its_own_socket_away(tmp_path: Path) -> None:
    first = Control(tmp_path / "s", echo)
    await first.start()
    (tmp_path / "s").unlink()
    async with control(tmp_path / "s") as path:
        await first.stop()
        assert await ask(path, ["status"]) == {"words": ["status"]}


async def test_only_the_gateway_that_is_meant_carries_a_command_out(tmp_path: Path) -> None:
    listener = Control(tmp_path / "s", echo, jid="one.example")
    await listener.start()
    try:
        assert await ask(tmp_path / "s", ["mode", "monitor"], "one.example") == {"words": ["mode", "monitor"]}
        with pytest.raises(NobodyAnswersError, match=r"the gateway of one\.example, and not that of two\.example"):
            await ask(tmp_path / "s", ["mode", "monitor"], "two.example")
        paths = [tmp_path / "nobody", tmp_path / "s"]
        assert await ask_first(paths, ["status"], "one.example") == {"words": ["status"]}
        with pytest.raises(ControlError, match=r"not that of two\.example"):
            await ask_first(paths, ["status"], "two.example")
    finally:
        await listener.stop()


async def test_a_socket_that_was_taken_away_is_made_again(tmp_path: Path) -> None:
    listener = Control(tmp_path / "s", echo)
    await listener.start()
    await listener.look()
    (tmp_path / "s").unlink()
    await listener.look()
    assert await ask(tmp_path / "s", ["status"]) == {"words": ["status"]}
    await listener.stop()


@pytest.mark.parametrize("trouble", [None, "the disk is full"])
async def test_what_changes_something_is_answered_once_that_is_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: str | None
) -> None:
    monkeypatch.setattr("xmppfilter.operators.control.HEARTBEAT", 0.001)
    begun, go = asyncio.Event(), asyncio.Event()

    async def stored() -> str | None:
        begun.set()
        await go.wait()
        return trouble

    listener = Control(tmp_path / "s", echo, stored=stored)
    await listener.start()
    assert await ask(tmp_path / "s", ["status"]) == {"words": ["status"]}
    assert not begun.is_set()
    asking = spawn(ask(tmp_path / "s", ["mode", "monitor"]), name="ask")
    await begun.wait()
    await ask(tmp_path / "s", ["status"])
    assert not asking.done()
    go.set()
    assert await asking == {"words": ["mode", "monitor"]} | ({"not_stored": trouble} if trouble else {})
    await listener.stop()


async def test_leaving_waits_for_the_commands_under_way(tmp_path: Path) -> None:
    begun, go = asyncio.Event(), asyncio.Event()

    async def slow(words: Sequence[str]) -> dict[str, Any]:
        begun.set()
        await go.wait()
        return {"words": list(words)}

    listener = Control(tmp_path / "s", slow)
    await listener.start()
    asking = spawn(ask(tmp_path / "s", ["reload"]), name="ask")
    await begun.wait()
    leaving = spawn(listener.stop(), name="leave")
    await asyncio.sleep(0)
    go.set()
    assert await asking == {"words": ["reload"]}
    await leaving
    assert not (tmp_path / "s").exists()


async def test_leaving_waits_no_longer_than_it_may(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xmppfilter.operators.control.FAREWELL", 0.01)
    begun = asyncio.Event()

    async def endless(_: Sequence[str]) -> dict[str, Any]:
        begun.set()
        await asyncio.Event().wait()
        return {}

    listener = Control(tmp_path / "s", endless)
    await listener.start()
    asking = spawn(ask(tmp_path / "s", ["reload"]), name="ask")
    await begun.wait()
    async with asyncio.timeout(10):
        await listener.stop()
        with pytest.raises(ControlError):
            await asking


async def test_what_is_no_socket_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "state.db").write_text("bans")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("state.db", "link"):
        with pytest.raises(OSError, match=rf"{name}: there is something that is no socket"):
            await Control(tmp_path / name, echo).start()
    assert (tmp_path / "state.db").read_text() == "bans"


async def test_a_path_too_long_for_a_socket_is_told(tmp_path: Path) -> None:
    long = tmp_path / ("x" * LONGEST_PATH)
    with pytest.raises(OSError, match="107 bytes at most; set control to a shorter one"):
        await Control(long, echo).start()
    with pytest.raises(ControlError, match="is xmppfilter running"):
        await ask(long, ["status"])


async def test_a_command_that_is_none_is_told_in_the_commands_words(tmp_path: Path) -> None:
    async with control(tmp_path / "s") as path:
        with pytest.raises(ControlError, match=r"^found bad; wanted good$"):
            await ask(path, ["bad"])
        assert await post(path, b'{"command": ["bad"]}') == (400, {"error": "found bad; wanted good"})


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"status",
        b"\xff\xfe",
        b"[]",
        b"5",
        b"{}",
        b'{"command": null}',
        b'{"command": "status"}',
        b'{"command": [1]}',
        b'{"command": [["status"]]}',
        b"[" * 60_000,
        b'{"command": ["' + b"x" * LARGEST + b'"]}',
    ],
    ids=lambda body: body[:24].decode("ascii", "replace"),
)
async def test_what_is_no_command_is_answered_with_400_and_harms_nobody(tmp_path: Path, body: bytes) -> None:
    async with control(tmp_path / "s") as path:
        status, answer = await post(path, body)
        assert status == 400
        assert list(answer) == ["error"]
        assert len(answer["error"]) < 200
        assert await ask(path, ["status"]) == {"words": ["status"]}


async def test_a_charset_that_nobody_knows_is_no_command_either(tmp_path: Path) -> None:
    async with control(tmp_path / "s") as path:
        assert (await post(path, b"{}", "application/json; charset=klingon"))[0] == 400


async def test_a_command_of_too_many_words_is_told(tmp_path: Path) -> None:
    async with control(tmp_path / "s") as path:
        with pytest.raises(ControlError, match="found more than 4 MiB, wanted a command"):
            await ask(path, ["x" * LARGEST])


async def test_nobody_there(tmp_path: Path) -> None:
    with pytest.raises(ControlError, match=r"nobody answers on .*: is xmppfilter running"):
        await ask(tmp_path / "s", ["status"])


async def test_somebody_else_there(tmp_path: Path) -> None:
    async def chatter(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n")
        writer.close()

    async with await asyncio.start_unix_server(chatter, tmp_path / "s"):
        with pytest.raises(ControlError, match="nobody answers"):
            await ask(tmp_path / "s", ["status"])
