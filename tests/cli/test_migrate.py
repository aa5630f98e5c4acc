"""`xmppfilter migrate`: what is taken over, what is told, and that the result passes check-config."""

import time
from pathlib import Path

import pytest

from tests.cli.migration.migrated import migrate, run, runner
from xmppfilter.cli.main import app
from xmppfilter.cli.migration.lua import MAX_DEPTH

SECONDS = 10
"""Far more than any of this takes on a slow machine, far less than anything that is not linear."""


# --- whatever the file is


@pytest.mark.parametrize(
    ("origin", "text", "words"),
    [
        ("tigase", "", "neither spam-filter"),
        ("tigase", "'sess-man' () {}", "found no 'spam-filter'"),
        ("tigase", "'sess-man' () {\n", "line 1: found { that is not closed"),
        ("tigase", "a () {}\n}\n", "line 2: found } with nothing open"),
        ("tigase", "a {\n" * 60, "more than 50 blocks"),
        ("tigase", b"\xff\xfe", "line 1: found the byte 0xff, wanted text in UTF-8"),
        ("prosody", "", "found no option of mod_anti_spam"),
        ("prosody", "x = " + "{" * (MAX_DEPTH + 2), "more than 50 tables"),
        ("prosody", "x = 'a\ny = 'b'\n", "line 1: found a text that is not closed"),
        ("ejabberd", "", "found none of mod_antispam"),
        ("ejabberd", 'hosts: "a', "line 1: found what is not closed"),
        ("ejabberd", "- a\n", "found none of mod_antispam"),
        ("ejabberd", "x" * (5 << 20), "more than 4 MiB"),
    ],
)
def test_what_cannot_be_taken_over_is_told_in_one_line(
    tmp_path: Path, origin: str, text: str | bytes, words: str
) -> None:
    result = run(tmp_path, origin, text)
    assert (result.exit_code, result.stdout) == (1, "")
    assert words in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    result = runner.invoke(app, ["migrate", "tigase", str(tmp_path / "nowhere")])
    assert result.exit_code == 1
    assert "nowhere: No such file or directory" in result.stderr


def test_addresses_that_are_none_are_told(tmp_path: Path) -> None:
    text = "hosts: ['a b', '', example.org]\nacl: {admin: {user: ['@']}}\nmodules: {mod_antispam: {}}\n"
    migrated = migrate(tmp_path, "ejabberd", text)
    assert migrated.settings.domains == ["example.org"]
    assert migrated.told.count("is no address") == 3


def test_the_component_takes_a_name_that_nobody_has(tmp_path: Path) -> None:
    text = 'VirtualHost "a.example"\nVirtualHost "filter.a.example"\nanti_spam_services = {}\n'
    assert migrate(tmp_path, "prosody", text).settings.component.jid == "xfilter.a.example"


LARGE = {
    "strings": ("prosody", "anti_spam_block_strings = {" + '"spam";' * 200_000 + "}"),
    "patterns": ("prosody", "anti_spam_services = {}\nx = {" + "'" + '\\"' * 500_000),
    "open texts": ("prosody", '\\"' * 500_000),
    "brackets": ("prosody", "[" + "=" * 1_000_000),
    "operators": ("prosody", "x = a" + " .. b" * 200_000),
    "words": ("tigase", "a " * 500_000 + "{"),
    "quotes": ("tigase", "{" + "'\"" * 500_000),
    "properties": ("tigase", "a\\" * 500_000),
    "lines": ("tigase", "a=b\\\n" * 200_000),
}


@pytest.mark.parametrize("name", LARGE)
def test_a_large_file_is_read_in_linear_time(tmp_path: Path, name: str) -> None:
    began = time.process_time()
    result = run(tmp_path, *LARGE[name])
    assert result.exit_code in (0, 1)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert time.process_time() - began < SECONDS
