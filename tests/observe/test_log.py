"""The log: one line for each event, whatever a stranger wrote into it."""

import json
import logging
from collections.abc import Iterator

import pytest

from xmppfilter.judging.effects import Notice
from xmppfilter.observe.log import Steady, Throttle, configure_logging, log_event


@pytest.fixture(autouse=True)
def _root_logger() -> Iterator[None]:
    """Put the root logger back as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def test_json_has_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("json", "info")
    log_event(Notice("hello", {"server": "example.org", "software": 'a "b"\nc'}))
    (line,) = capsys.readouterr().err.splitlines()
    row = json.loads(line)
    assert row["event"] == "hello"
    assert row["software"] == 'a "b"\nc'
    assert row["level"] == "info"


@pytest.mark.parametrize("hostile", ["a\nb", "a\r\nERROR forged", "\x1b[31mred", "a\u2028b", "\u202eevil"])
def test_a_stranger_cannot_begin_a_line_or_colour_the_terminal(
    capsys: pytest.CaptureFixture[str], hostile: str
) -> None:
    configure_logging("text", "info")
    log_event(Notice("hello", {"software": hostile}))
    (line,) = capsys.readouterr().err.split("\n")[:-1]
    assert all(char.isprintable() for char in line)


def test_the_level_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("text", "warning")
    log_event(Notice("hello", {}))
    log_event(Notice("account_disabled", {"jid": "robot@example.org"}))
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("account_disabled jid=robot@example.org")


def test_a_flood_is_kept_back_for_the_rest_of_its_minute() -> None:
    throttle = Throttle(at_most=3)
    assert [throttle.admits("malformed", at) for at in (0.0, 1.0, 2.0, 3.0, 59.0)] == [True, True, True, False, False]
    assert throttle.admits("disbelieved", 59.0)
    assert throttle.admits("malformed", 60.0)


@pytest.mark.parametrize("name", ["slixmpp", "slixmpp.xmlstream", "aiosqlite", "asyncio", "aiohttp.access"])
@pytest.mark.parametrize("level", ["debug", "info"])
def test_libraries_tell_neither_stanzas_nor_rows(capsys: pytest.CaptureFixture[str], name: str, level: str) -> None:
    configure_logging("text", level)
    logging.getLogger(name).debug("executing INSERT with %r", b"the key of the hashes")
    logging.getLogger(name).info("SEND: <message/>")
    assert capsys.readouterr().err == ""
    logging.getLogger(name).warning("something is wrong")
    assert "something is wrong" in capsys.readouterr().err


class FullStream:
    """A stream that takes nothing while it is full."""

    def __init__(self) -> None:
        self.full = True
        self.taken: list[str] = []

    def write(self, text: str) -> None:
        if self.full:
            raise OSError(28, "No space left on device")
        self.taken.append(text)

    def flush(self) -> None:
        pass


def test_a_log_that_cannot_be_written_raises_nothing_and_counts_what_is_lost() -> None:
    stream = FullStream()
    handler = Steady(stream)
    record = logging.LogRecord("xmppfilter", logging.INFO, "", 0, "a word", (), None)
    for _ in range(5):
        handler.handle(record)
    assert handler.lost == 5
    stream.full = False
    handler.setFormatter(logging.Formatter("%(message)s %(lines)s", defaults={"lines": ""}))
    handler.handle(record)
    assert stream.taken == ["log not written 5\n", "a word \n"]
    assert handler.lost == 0
