"""The demo passes, ends by itself, and leaves nothing behind; interrupted, it cleans up as well."""

import asyncio
import os
import re
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.live

A_MINUTE = 60.0


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a folder with a short name: the path of a socket in it may not be long."""
    with tempfile.TemporaryDirectory(prefix="xf-") as name:
        yield Path(name)


async def start_demo(folder: Path, **environment: str) -> asyncio.subprocess.Process:
    (folder / "home").mkdir()
    (folder / "tmp").mkdir()
    surroundings = {**os.environ, "HOME": str(folder / "home"), "TMPDIR": str(folder / "tmp"), **environment}
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-B", "-m", "tests.live.demo"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=surroundings,
        cwd=Path(__file__).parents[2],
    )


def assert_nothing_left(folder: Path, output: str) -> None:
    assert list((folder / "tmp").iterdir()) == []
    assert list((folder / "home").iterdir()) == []
    mine = os.fsencode(folder / "tmp")
    left = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = entry.read_bytes()
        except OSError:
            continue  # it has ended while we looked
        if mine in command:
            left.append(command)
    assert left == []
    port = re.search(r"Prosody on port (\d+)", output)
    assert port is not None
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(port[1]))) != 0


async def test_the_demo_passes_and_leaves_nothing_behind(folder: Path) -> None:
    began = time.monotonic()
    demo = await start_demo(folder)
    out, _ = await demo.communicate()
    output = out.decode()
    assert demo.returncode == 0, output
    assert time.monotonic() - began < A_MINUTE
    assert "passed in" in output
    assert "WRONG" not in output
    assert_nothing_left(folder, output)


async def test_the_demo_cleans_up_when_it_is_interrupted(folder: Path) -> None:
    demo = await start_demo(folder, KEEP="1")
    assert demo.stdout is not None
    lines: list[str] = []
    while not any("Ctrl-C ends it" in line for line in lines):
        line = (await demo.stdout.readline()).decode()
        assert line, "".join(lines)
        lines.append(line)
    demo.send_signal(signal.SIGINT)
    rest, _ = await demo.communicate()
    assert demo.returncode == 130, rest
    assert_nothing_left(folder, "".join(lines))
