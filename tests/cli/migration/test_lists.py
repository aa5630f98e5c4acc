"""Plain lists that other filters keep in files."""

from pathlib import Path

import pytest

from xmppfilter.cli.migration.draft import Draft
from xmppfilter.cli.migration.lists import MAX_BYTES, lines_of


def test_entries_are_the_lines_that_say_something(tmp_path: Path) -> None:
    (tmp_path / "list").write_text("  one \n\n# a comment\ntwo\r\n")
    draft = Draft()
    assert lines_of(tmp_path / "list", 3, "spam_domains_file", draft) == ["one", "two"]
    assert draft.remarks == []


@pytest.mark.parametrize(
    ("content", "why"),
    [(None, "No such file"), (b"\xff\n", "not in UTF-8"), (b"a\n" * (MAX_BYTES // 2 + 1), "more than 1 MiB")],
    ids=["missing", "latin", "large"],
)
def test_what_cannot_be_read_is_remarked_where_it_was_named(tmp_path: Path, content: bytes | None, why: str) -> None:
    path = tmp_path / "list"
    if content is not None:
        path.write_bytes(content)
    draft = Draft()
    assert lines_of(path, 7, "spam_domains_file", draft) == []
    (remark,) = draft.remarks
    assert remark.line == 7
    assert "spam_domains_file" in remark.text
    assert why in remark.text
