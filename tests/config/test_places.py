"""Whether files and sockets can be where a configuration says."""

from pathlib import Path

import pytest

from xmppfilter.config.loader import ConfigError, load_text
from xmppfilter.config.places import LONGEST_SOCKET_PATH

GOOD = "component: {jid: filter.example.org, secret: x}\ndomains: [example.org]\nfilters: {error_without_child: {}}\n"


def test_a_socket_s_path_may_be_as_long_as_the_system_takes(tmp_path: Path) -> None:
    longest = f"{tmp_path}/".ljust(LONGEST_SOCKET_PATH, "s")
    assert load_text(f"{GOOD}control: {longest}\n", {}).notes == ()
    with pytest.raises(ConfigError) as caught:
        load_text(f"{GOOD}control: {longest}s\n", {})
    (mistake,) = caught.value.mistakes
    assert (mistake.line, mistake.path) == (4, "control")
    assert f"{LONGEST_SOCKET_PATH + 1} bytes" in mistake.text


@pytest.mark.parametrize(("folder", "words"), [("none", "does not exist"), ("file", "is no folder")])
def test_a_folder_that_is_none_is_noted(tmp_path: Path, folder: str, words: str) -> None:
    (tmp_path / "file").touch()
    text = f"{GOOD}store: {{sqlite: {folder}/a.db}}\ncontrol: {folder}/b.sock\n"
    notes = load_text(text, {}, folder=tmp_path).notes
    assert sorted(note.path for note in notes) == ["control", "store.sqlite"]
    assert all(words in note.text for note in notes)
