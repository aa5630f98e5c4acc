"""A recording: what was judged comes back, whole or masked, and never more than the cap."""

import json
from pathlib import Path

import pytest

from tests.harness import LONG
from xmppfilter.replay.recorder import Recorder
from xmppfilter.stanza.view import Stanza


def message(body: str = LONG) -> Stanza:
    return Stanza.read(f"<message from='a@b.example' to='c@d.example'><body>{body}</body></message>", {"via": "s2s"})


def recorded(path: Path, *stanzas: Stanza, whole: bool, cap: int = 1 << 20) -> list[dict[str, object]]:
    recorder = Recorder(path, whole=whole, secret=b"secret", cap=cap)
    for n, stanza in enumerate(stanzas):
        recorder.stanza(stanza, float(n))
    recorder.close()
    return [json.loads(line) for line in path.read_text().split("\n") if line]


def test_a_whole_recording_is_the_stanza_itself(tmp_path: Path) -> None:
    stanza = message("one &amp; two")
    (row,) = recorded(tmp_path / "events.jsonl", stanza, whole=True)
    assert row == {"at": 0.0, "stanza": stanza.raw.decode(), "peer": {"via": "s2s"}}
    assert (tmp_path / "events.jsonl").stat().st_mode & 0o777 == 0o600


def test_a_masked_recording_keeps_lengths_and_equality_and_hides_the_words(tmp_path: Path) -> None:
    rows = recorded(tmp_path / "events.jsonl", message(), message(), message(LONG[::-1]), whole=False)
    bodies = [Stanza.read(str(row["stanza"])).bodies[0] for row in rows]
    assert bodies[0] == bodies[1] != bodies[2]
    assert [len(body) for body in bodies] == [len(LONG)] * 3
    assert "cheap" not in (tmp_path / "events.jsonl").read_text()


def test_it_ends_at_its_cap(tmp_path: Path) -> None:
    assert len(recorded(tmp_path / "events.jsonl", *[message()] * 100, whole=True, cap=1000)) < 10


def test_it_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").write_text("mine")
    with pytest.raises(FileExistsError):
        Recorder(tmp_path / "events.jsonl", whole=True, secret=b"")


def test_what_cannot_be_masked_is_left_out_and_counted(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "events.jsonl", whole=False, secret=b"")
    recorder.stanza(Stanza.parse(b"<message from='a@b.example' to='c@d.example'><body></message>"), 0.0)
    recorder.close()
    assert recorder.skipped == 1
    assert (tmp_path / "events.jsonl").read_text() == ""


class FullDisk:
    """Stands in for a file on a disk that takes only so many more bytes."""

    def __init__(self) -> None:
        self.room = 0
        self.taken = b""

    def write(self, data: bytes) -> int:
        if not self.room:
            raise OSError(28, "No space left on device")
        taken = data[: self.room]
        self.taken += taken
        self.room -= len(taken)
        return len(taken)

    def close(self) -> None:
        pass


def test_a_full_disk_loses_no_line_once_there_is_room_again(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "events.jsonl", whole=True, secret=b"secret")
    disk = FullDisk()
    recorder._file.close()
    recorder._file = disk  # type: ignore[assignment]
    for number in range(6):
        recorder.stanza(message(str(number)), float(number))
        disk.room += 100 if number < 4 else 0
        with pytest.raises(OSError, match="No space left"):
            recorder.flush()
    disk.room = 1 << 20
    recorder.close()
    rows = [json.loads(line) for line in disk.taken.split(b"\n") if line]
    assert [row["at"] for row in rows] == [0, 1, 2, 3, 4, 5]
    assert recorder.left_out == 0


def test_what_waits_for_a_full_disk_is_bounded_and_what_is_missing_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xmppfilter.replay.recorder.WAITING_AT_MOST", 2000)
    recorder = Recorder(tmp_path / "events.jsonl", whole=True, secret=b"secret")
    disk = FullDisk()
    recorder._file.close()
    recorder._file = disk  # type: ignore[assignment]
    for number in range(100):
        recorder.stanza(message(), float(number))
        with pytest.raises(OSError, match="No space left"):
            recorder.flush()
    disk.room = 1 << 20
    recorder.flush()
    assert len(disk.taken) < 2500
    assert len(disk.taken.splitlines()) == 100 - recorder.left_out
    recorder.stanza(message(), 100.0)
    recorder.close()
    assert json.loads(disk.taken.splitlines()[-1])["at"] == 100.0
