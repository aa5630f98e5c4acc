"""Whatever is wrong, a command ends with a sentence that names it, and with the exit code of its kind."""

import fcntl
import gzip
import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from xmppfilter.cli.main import app

CONFIG = {
    "component": {"jid": "filter.example.org", "secret_file": "secret"},
    "domains": ["example.org"],
    "filters": {"known_spammers": None},
    "store": {"sqlite": "state.db"},
}


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended, and what it printed."""

    returncode: int
    stdout: str
    stderr: str


def xmppfilter(*arguments: str) -> Ran:
    """Run the command in this process and folder; what only the process would catch is a mistake."""
    result = CliRunner().invoke(app, list(arguments))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise AssertionError(f"{arguments} ended in {result.exception!r}") from result.exception
    return Ran(result.exit_code, result.stdout, result.stderr)


def process(*arguments: str) -> Ran:
    """Run the command as a process of its own; one that goes on for a minute has failed to end."""
    command = [sys.executable, "-m", "xmppfilter", *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=60, check=False)
    return Ran(ran.returncode, ran.stdout, ran.stderr)


def ended(ran: Ran, code: int, *words: str) -> None:
    assert "Traceback" not in ran.stdout + ran.stderr
    assert "a mistake of xmppfilter's own" not in ran.stderr
    assert ran.returncode == code, ran.stderr
    assert [word for word in words if word not in ran.stderr] == [], ran.stderr


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with a configuration that is fine; it is where the test is."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "secret").write_text("a secret of the test")
    (tmp_path / "secret").chmod(0o600)
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(CONFIG))
    (tmp_path / "in.gz").write_bytes(gzip.compress(b"<message/>"))
    return tmp_path


def _text(text: bytes | str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())

    return write


def _missing(path: Path) -> None:
    path.unlink(missing_ok=True)


def _directory(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.mkdir()


BAD_FILES = [
    ("missing", _missing, "No such file"),
    ("a directory", _directory, "Is a directory"),
    ("empty", _text(""), "found nothing, wanted the sections component and domains"),
    ("binary", _text(b"\x7fELF\x00\x01\x02"), "control character '\\x7f'"),
    ("not UTF-8", _text("domains: [münchen.example]".encode("latin-1")), "found the byte 0xfc, wanted text in UTF-8"),
    ("UTF-16", _text("domains: [a.example]".encode("utf-16")), "wanted text in UTF-8"),
    ("huge", _text("#" * (5 << 20)), "wanted"),
    ("a list", _text("- component\n- domains\n"), "found a list, wanted the sections component and domains"),
    ("a word", _text("config"), "wanted the sections component and domains"),
    ("half a bracket", _text("domains: ["), "wanted YAML"),
    ("two documents", _text("a: 1\n---\nb: 2\n"), "wanted"),
    ("itself", _text("a: &a [*a]"), "wanted"),
    ("nested without end", _text("[" * 100_000), "wanted YAML"),
]


@pytest.mark.parametrize("command", ["run", "check-config", "replay", "explain", "status"])
@pytest.mark.parametrize(("make", "words"), [row[1:] for row in BAD_FILES], ids=[row[0] for row in BAD_FILES])
def test_a_configuration_that_cannot_be_read(
    folder: Path, command: str, make: Callable[[Path], None], words: str
) -> None:
    make(folder / "config.yaml")
    (folder / "stanzas").write_text("<message/>")
    arguments = {"check-config": ["config.yaml"], "replay": ["stanzas"], "explain": ["stanzas"]}.get(command, [])
    ran = xmppfilter(command, *arguments)
    if command == "status" and (folder / "config.yaml").is_file():
        # it is asked only where the gateway may listen: what runs is what counts
        assert "Traceback" not in ran.stderr
        assert ran.returncode in {1, 2}
        assert ran.stderr
    else:
        ended(ran, 2, "config.yaml:", words)


SECTIONS = [
    ({"component": {"jid": "f.example", "secret_file": "nothere"}}, "nothere", "No such file"),
    ({"component": {"jid": "f.example", "secret_file": "."}}, "component.secret_file", "wanted a file"),
    ({"component": {"jid": "f.example", "secret_file": "empty"}}, "which is empty", "wanted the secret"),
    ({"component": {"jid": "f.example", "secret_file": "a\0b"}}, "component.secret_file", "wanted"),
    ({"component": {"jid": "f.example", "secret_file": "secret", "host": "a\0b"}}, "component.host", "wanted a name"),
    ({"component": {"jid": "f.example", "secret_file": "secret", "host": "a b"}}, "component.host", "wanted a name"),
    ({"component": {"jid": "f.example", "secret_file": "secret", "host": "a..b"}}, "component.host", "wanted a name"),
    ({"component": {"jid": "f.example", "secret_file": "secret", "host": "a:5347"}}, "the port 5347 under port"),
    ({"component": {"jid": "f.example", "secret_file": "secret", "host": "[::1]:1"}}, "the port 1 under port"),
    ({"component": {"jid": "f.example:5347", "secret_file": "secret"}}, "component.jid", "f.example:5347"),
    ({"store": {"sqlite": "a\0b"}}, "store.sqlite", "which has no NUL in it"),
    ({"control": "a\0b"}, "control", "which has no NUL in it"),
    ({"control": "x" * 120}, "control", "found a path of", "at most 107"),
    ({"http": {"listen": "nowhere"}}, "http.listen", "wanted an address and a port"),
    ({"filters": {"blocklist": {"files": {"jids": ["a\0b"]}}}}, "filters.blocklist.files.jids", "no NUL"),
    ({"log": {"level": "loud"}}, "log.level", "'loud'"),
]


@pytest.mark.parametrize(("sections", "words"), [(row[0], row[1:]) for row in SECTIONS])
def test_settings_that_cannot_work(folder: Path, sections: dict[str, object], words: tuple[str, ...]) -> None:
    (folder / "empty").write_text("\n")
    (folder / "config.yaml").write_text(yaml.safe_dump(CONFIG | sections))
    for arguments in (["run"], ["check-config"]):
        ended(xmppfilter(*arguments), 2, "config.yaml:", *words)


@contextmanager
def _nothing(_: Path) -> Iterator[None]:
    yield


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with (folder / "state.db.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def _others(folder: Path) -> Iterator[None]:
    connection = sqlite3.connect(folder / "state.db")
    connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    yield


@contextmanager
def _folder_in_place(folder: Path, name: str) -> Iterator[None]:
    (folder / name).mkdir()
    yield


ENVIRONMENT: list[tuple[dict[str, object], Callable[[Path], object], tuple[str, ...], tuple[str, ...]]] = [
    ({"store": {"sqlite": "no/state.db"}}, _nothing, (), ("no/state.db: cannot be opened (No such file", "a folder")),
    ({"store": {"sqlite": "secret/state.db"}}, _nothing, (), ("secret/state.db: cannot be opened (Not a directory",)),
    ({}, lambda at: _folder_in_place(at, "state.db"), (), ("state.db: cannot be opened (Is a directory",)),
    ({}, _locked, (), ("state.db: another xmppfilter uses this store",)),
    ({}, _others, (), ("state.db: a database of another program",)),
    ({}, lambda at: _folder_in_place(at, "control.sock"), (), ("control.sock: ", "no socket")),
    ({}, _nothing, ("--record", "no/where"), ("no/where: No such file",)),
    ({}, _nothing, ("--record", "secret"), ("secret: File exists",)),
]  # fmt: skip


@pytest.mark.parametrize(("sections", "hindered", "arguments", "words"), ENVIRONMENT)
def test_run_says_what_is_in_its_way(
    folder: Path,
    sections: dict[str, object],
    hindered: Callable[[Path], object],
    arguments: tuple[str, ...],
    words: tuple[str, ...],
) -> None:
    # should it come up after all, it is ended soon: nobody listens on the port
    (folder / "config.yaml").write_text(yaml.safe_dump(CONFIG | sections))
    with ExitStack() as stack:
        stack.enter_context(hindered(folder))  # type: ignore[arg-type]
        ended(process("run", *arguments), 1, "xmppfilter: ", *words)


def test_a_port_that_is_taken_is_named(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        (folder / "config.yaml").write_text(yaml.safe_dump(CONFIG | {"http": {"listen": listen}}))
        ended(process("run"), 1, f"cannot listen on {listen}", "in use")


INPUTS = {
    "missing": None,
    "empty": b"",
    "binary": bytes(range(256)) * 20,
    "not UTF-8": "<message>ü</message>".encode("latin-1"),
    "half a stanza": b"<message",
    "no words": b'{"at":1,"command":[]}',
    "deep": b"<message>" + b"<a>" * 5_000 + b"</a>" * 5_000 + b"</message>",
    "deep JSON": b"[" * 100_000,
    "odd JSON": b'null\n[]\n3\n{"at":1e999}\n{"at":1,"stanza":5}\n{"command":3}\n{"fetch":1}\n{"roster":[]}\n',
    "a long line": b"x" * 2_000_000,
    "YAML": b"modules: {mod_antispam: [1, {2: 3}]}",
    "odd options": b'anti_spam_services = { 1, { "x" }, function() end',
}  # fmt: skip


@pytest.mark.parametrize("name", INPUTS)
def test_input_that_is_none(folder: Path, name: str) -> None:
    text = INPUTS[name]
    if text is not None:
        (folder / "in").write_bytes(text)
    for command in (
        ("replay", "in"),
        ("replay", "--json", "in"),
        ("explain", "in"),
        *(("migrate", origin, "in") for origin in ("prosody", "ejabberd", "tigase")),
    ):
        ran = xmppfilter(*command)
        assert "Traceback" not in ran.stdout + ran.stderr
        assert "a mistake of xmppfilter's own" not in ran.stderr
        assert ran.returncode in {0, 1}
        assert ran.stdout or ran.stderr or not text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["ctl", "status"], "nobody answers on"),
        (["ctl", "status", "--socket", "secret"], "nobody answers on secret"),
        (["ctl", "status", "--socket", "."], "nobody answers on ."),
        (["status", "--socket", "/" + "a" * 300], "nobody answers on /aaa"),
        (["explain", "nothere"], "nothere: No such file"),
        (["explain", "."], ".: Is a directory"),
        (["replay", "in.gz"], "in.gz: is gzip data; unpack it first"),
        (["explain", "in.gz"], "in.gz: is gzip data; unpack it first"),
        (["help", "no_filter"], "no_filter is no filter"),
        (["help", "\x1b[2J"], "is no filter"),
        (["migrate", "prosody", "."], ".: Is a directory"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_words_that_lead_nowhere(arguments: list[str], words: str) -> None:
    ended(xmppfilter(*arguments), 1, words)


def test_names_that_are_no_text_can_be_told(folder: Path) -> None:
    name = os.fsdecode(b"\xff.yaml")
    (folder / "config.yaml").rename(folder / name)
    ended(process("check-config", name), 0)
    ended(process("check-config", name + "x"), 2, "cannot be read")


def test_an_output_that_is_full_or_closed_is_no_mistake_of_ours(folder: Path) -> None:
    command = [sys.executable, "-m", "xmppfilter", "example"]
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(command, cwd=folder, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (ran.returncode, "Traceback" in ran.stderr) == (1, False)
    assert "No space left" in ran.stderr
    (folder / "many").write_text("<message/>\n" * 20_000)
    with subprocess.Popen(
        [sys.executable, "-m", "xmppfilter", "replay", "--json", "many"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.readline()
        running.stdout.close()
        assert running.stderr.read() == b""


def test_what_nobody_foresaw_is_one_line_that_a_report_can_have(folder: Path) -> None:
    code = "from xmppfilter.cli import main, reference; reference.json_schema = {}; main.main()"
    ran = subprocess.run(
        [sys.executable, "-c", code, "schema"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 1
    (line,) = ran.stderr.splitlines()
    assert "please report it: TypeError(" in line
    assert "reference.py:" in line
