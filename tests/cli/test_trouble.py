"""What is said at the end of a command that cannot go on."""

import errno
from pathlib import Path

import pytest

from xmppfilter.cli.trouble import told, told_of_a_bug


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (OSError(errno.ENOENT, "No such file or directory", "/etc/x"), "/etc/x: No such file or directory"),
        (OSError(errno.ENOENT, "No such file or directory", b"/etc/x"), "/etc/x: No such file or directory"),
        (OSError(errno.EPIPE, "Broken pipe"), "Broken pipe"),
        (OSError("the store is another program's"), "the store is another program's"),
    ],
)
def test_a_refusal_names_the_file_where_there_is_one(wrong: OSError, words: str) -> None:
    assert told(wrong) == words


def test_a_bug_is_told_in_one_line_with_its_place() -> None:
    try:
        int("none")
    except ValueError as wrong:
        line = told_of_a_bug(wrong)
    assert "ValueError" in line
    assert f"{Path(__file__).name}:" in line
    assert "\n" not in line
