"""Corpora are read as they are written: a line ends where an editor ends it, and nothing in a text stops a tool."""

import json
from pathlib import Path

import pytest

from tests.bench.corpora import read_ham, sendable
from tests.bench.near_duplicates import Mutant, measure, read_mutants
from tests.bench.near_duplicates import read_ham as read_list
from xmppfilter.stanza.view import Stanza
from xmppfilter.stanza.xml import escape

ODD = ["\u2028", "\u2029", "\u0085", "\x0b", "\x0c", "\x1c", "\x00", "\ud83d", "\ufffe"]
"""What `str.splitlines` takes for the end of a line, and what no stanza can hold."""


@pytest.mark.parametrize("odd", ODD, ids=[f"U+{ord(odd):04X}" for odd in ODD])
@pytest.mark.parametrize("escaped", [True, False])
def test_mutants_hold_any_character(odd: str, escaped: bool, tmp_path: Path) -> None:
    path = tmp_path / "mutants.jsonl"
    said = f"Earn money{odd}at home, paid every evening, no experience wanted, write to our manager now"
    rows = [{"cluster": 1, "op": "base", "text": said}, {"cluster": 1, "op": "copy", "text": f"Hello, {said}"}]
    lines = [json.dumps(row, ensure_ascii=escaped or odd == "\ud83d") for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    mutants = read_mutants(path)
    assert mutants == [Mutant("1", "base", sendable(said)), Mutant("1", "copy", sendable(f"Hello, {said}"))]
    assert measure(mutants, [])["recall"] == 1


@pytest.mark.parametrize("odd", [odd for odd in ODD if odd != "\ud83d"])
def test_a_harmless_text_is_one_line(odd: str, tmp_path: Path) -> None:
    said = f"see you at{odd}the station"
    (tmp_path / "sms").mkdir()
    (tmp_path / "sms" / "some.tsv").write_text(f"ham\t{said}\nspam\tBuy\n", encoding="utf-8")
    (tmp_path / "youtube").mkdir()
    (tmp_path / "youtube" / "a.csv").write_text(f'CONTENT,CLASS\n"{said}, really",0\n', encoding="utf-8")
    assert read_ham(tmp_path) == [sendable(said), f"{sendable(said)}, really"]
    (tmp_path / "list.txt").write_text(f"{said}\nbye\n", encoding="utf-8")
    assert read_list(tmp_path / "list.txt") == [sendable(said), "bye"]


@pytest.mark.parametrize("odd", ODD)
def test_what_is_sendable_can_be_sent(odd: str) -> None:
    said = sendable(f"a{odd}b")
    stanza = Stanza.read(f"<message from='a@b.example' to='c@d.example'><body>{escape(said)}</body></message>")
    assert stanza.raw
    assert len(said) == 3
