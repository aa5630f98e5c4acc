"""Files of lists: read, read again when they change, and never trusted to be well made."""

import asyncio
import gzip
import os
import time
from pathlib import Path

import pytest

from xmppfilter.lists.entry import Entry, What
from xmppfilter.lists.library import ListRead
from xmppfilter.lists.lists import ListFile
from xmppfilter.observe.tasks import spawn
from xmppfilter.store import listfiles
from xmppfilter.store.listfiles import LONGEST_LINE, REPORTED_AT_MOST, REST_EVERY, Watcher, read_list
from xmppfilter.store.magic import not_text


def domains(path: Path) -> ListFile:
    return ListFile("domains", str(path))


@pytest.mark.parametrize(
    ("kind", "content", "values"),
    [
        (
            "domains",
            "spam.example\n*.evil.example\n",
            [(What.DOMAIN, "spam.example"), (What.SUBDOMAINS, "evil.example")],
        ),
        ("domains", "\n  \n# comment\n\tSpam.Example # why\r\n", [(What.DOMAIN, "spam.example")]),
        ("jids", "A@b.example", [(What.JID, "a@b.example")]),
        ("jids", "A" * 64, [(What.HASH, "a" * 64)]),
        ("ips", "192.0.2.7\n2001:DB8::/32", [(What.IP, "192.0.2.7/32"), (What.IP, "2001:db8::/32")]),
        ("urls", "https://Spam.example/top#top", [(What.URL, "spam.example/top")]),
        ("domains", "\ufeffspam.example\r\n", [(What.DOMAIN, "spam.example")]),
        ("domains", "spam.example\u2028\r\n\u0085\r\n", [(What.DOMAIN, "spam.example")]),
        ("domains", "# one\u2028spam.example\u0085 \x0b still one\nb.example", [(What.DOMAIN, "b.example")]),
        ("urls", "spam.example/a#b", [(What.URL, "spam.example/a")]),
        ("urls", "", []),
    ],
)
def test_what_is_read(tmp_path: Path, kind: str, content: str, values: list[tuple[What, str]]) -> None:
    (tmp_path / "list").write_text(content)
    read = read_list(ListFile(kind, str(tmp_path / "list")))
    assert read.entries is not None
    assert sorted(read.entries) == sorted(Entry(*value) for value in values)
    assert read.skipped == 0


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("domains", b"two words"),
        ("domains", b"a@b.example"),
        ("domains", b"*.*.example"),
        ("domains", b"spam.*"),
        ("domains", b"\xff\xfe"),
        ("domains", b"a" * 5000),
        ("jids", b"@b.example"),
        ("ips", b"192.0.2"),
        ("ips", b"0.0.0.0/0"),
        ("urls", b"javascript:alert(1)"),
    ],
)
def test_a_bad_line_is_told_and_the_rest_is_kept(tmp_path: Path, kind: str, line: bytes) -> None:
    good, better = {
        "domains": (b"spam.example", b"spam.other"),
        "jids": (b"a@b.example", b"b@b.example"),
        "ips": (b"192.0.2.7", b"192.0.2.8"),
        "urls": (b"https://spam.example", b"https://spam.other"),
    }[kind]
    (tmp_path / "list").write_bytes(good + b"\n" + line + b"\n\n" + better)
    read = read_list(ListFile(kind, str(tmp_path / "list")))
    assert read.entries is not None
    assert len(read.entries) == 2
    ((number, text),) = read.bad_lines
    assert number == 2
    assert "wanted" in text
    assert len(text) < 400


@pytest.mark.parametrize("length", [LONGEST_LINE, LONGEST_LINE + 1, LONGEST_LINE + 2, 3 * LONGEST_LINE + 7])
@pytest.mark.parametrize("end", [b"", b"\n", b"\nspam.other\n"])
def test_a_line_of_any_length_is_one_line(tmp_path: Path, length: int, end: bytes) -> None:
    (tmp_path / "list").write_bytes(b"\xef\xbb\xbfspam.example\n#" + b"x" * (length - 1) + end)
    read = read_list(domains(tmp_path / "list"))
    assert read.entries is not None
    assert len(read.entries) == 1 + (b"other" in end)
    assert [number for number, _ in read.bad_lines] == ([] if length <= LONGEST_LINE else [2])


@pytest.mark.parametrize("between", ["\u2028", "\u2029", "\u0085", "\x0b", "\x0c", "\x1c", "\r"])
def test_only_a_line_feed_ends_a_line(tmp_path: Path, between: str) -> None:
    (tmp_path / "list").write_bytes(f"a.example\nb.example{between}c.example\nno domain\n".encode())
    read = read_list(domains(tmp_path / "list"))
    assert read.entries is not None
    assert [entry.value for entry in read.entries] == ["a.example"]
    assert [number for number, _ in read.bad_lines] == [2, 3]


@pytest.mark.parametrize("content", [gzip.compress(b"spam.example\n", mtime=0), b"spam.example\n\0", b"\xff\xfes\0"])
def test_what_is_no_text_is_called_what_it_is(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "list").write_bytes(content)
    read = read_list(domains(tmp_path / "list"))
    assert (read.entries, read.error, read.bad_lines) == (None, f"is {not_text(content)}", ())


def test_a_file_that_is_too_large_lists_nothing_new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listfiles, "LARGEST", 100_000)
    for content in (b"spam.example\n" * 7_700, b"x" * 100_001):
        (tmp_path / "list").write_bytes(content)
        read = read_list(domains(tmp_path / "list"))
        assert (read.entries, read.error[:11]) == (None, "larger than")


def test_the_thread_that_reads_rests_again_and_again(tmp_path: Path) -> None:
    (tmp_path / "list").write_text("\n".join(f"d{n}.example" for n in range(10 * REST_EVERY)))
    rests: list[None] = []
    read_list(domains(tmp_path / "list"), lambda: rests.append(None))
    assert len(rests) == 10


def test_not_every_bad_line_is_told(tmp_path: Path) -> None:
    (tmp_path / "list").write_text("no domain\n" * 500 + "spam.example")
    read = read_list(domains(tmp_path / "list"))
    assert (len(read.bad_lines), read.skipped) == (REPORTED_AT_MOST, 500)
    assert read.entries is not None
    assert len(read.entries) == 1


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    assert read_list(domains(tmp_path / "none")).error == "No such file or directory"
    assert read_list(domains(tmp_path)).error == "Is a directory"


class Told:
    def __init__(self) -> None:
        self.reads: list[ListRead] = []

    def __call__(self, read: ListRead) -> None:
        self.reads.append(read)

    @property
    def values(self) -> list[str]:
        entries = self.reads[-1].entries
        return [] if entries is None else [entry.value for entry in entries]


def watching(*wanted: ListFile) -> tuple[Watcher, Told]:
    told = Told()
    return Watcher(lambda: wanted, told), told


async def test_it_reads_once_and_again_when_a_file_has_changed(tmp_path: Path) -> None:
    file = tmp_path / "list"
    file.write_text("one.example")
    watcher, told = watching(domains(file))
    await watcher.look()
    await watcher.look()
    assert len(told.reads) == 1
    file.write_text("two.example, of another size")
    file.write_text("three.example")
    await watcher.look()
    assert told.values == ["three.example"]
    assert len(told.reads) == 2


async def test_the_first_look_hurries_and_later_ones_let_others_go_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rests: list[float] = []
    monkeypatch.setattr(time, "sleep", rests.append)
    file = tmp_path / "list"
    file.write_text("one.example\n" * 4 * REST_EVERY)
    watcher, _ = watching(domains(file))
    await watcher.look()
    assert rests == []
    await watcher.look(anew=True)
    assert rests == [listfiles.REST] * 4


async def test_a_file_that_is_replaced_by_another_is_seen(tmp_path: Path) -> None:
    file, other = tmp_path / "list", tmp_path / "new"
    file.write_text("one.example")
    other.write_text("two.example")
    os.utime(other, ns=(file.stat().st_mtime_ns, file.stat().st_mtime_ns))
    watcher, told = watching(domains(file))
    await watcher.look()
    other.rename(file)
    await watcher.look()
    assert told.values == ["two.example"]


async def test_a_file_that_goes_and_comes_back(tmp_path: Path) -> None:
    file = tmp_path / "list"
    watcher, told = watching(domains(file))
    await watcher.look()
    assert told.reads[-1].entries is None
    await watcher.look()
    assert len(told.reads) == 1, "told once"
    file.write_text("one.example")
    await watcher.look()
    assert told.values == ["one.example"]
    file.unlink()
    await watcher.look()
    assert told.reads[-1].error == "No such file or directory"


async def test_it_runs_beside_everything_else(tmp_path: Path) -> None:
    file = tmp_path / "list"
    file.write_text("one.example")
    heard: asyncio.Future[ListRead] = asyncio.get_running_loop().create_future()
    task = spawn(Watcher(lambda: (domains(file),), heard.set_result).run(), name="watch")
    async with asyncio.timeout(10):
        entries = (await heard).entries
    assert entries is not None
    assert [*entries] == [Entry(What.DOMAIN, "one.example")]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
