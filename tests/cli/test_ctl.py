"""The help of commands is rendered from their records, and so is the document."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.cli.make_commands import DOCUMENT, document
from xmppfilter.cli.main import app
from xmppfilter.operators.registry import begun_by, offers

FOLDER = Path(__file__).parents[2]
WIDE = {"COLUMNS": "200"}


def printed(*words: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, ["ctl", *words], env=WIDE)
    assert result.exit_code == code, result.output
    return result.output


@pytest.mark.parametrize("words", [["--help"], ["help"]])
def test_every_command_is_listed_with_what_it_does(words: list[str]) -> None:
    said = " ".join(printed(*words).split())
    for command in (offer.command for offer in offers()):
        assert command.usage in said
        assert " ".join(command.doc.partition("\n")[0].split()) in said


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["spammers"], ["spammers list", "spammers show JID", "spammers ban JID [DURATION]", "spammers pardon WHOM"]),
        (["spammers", "ban"], ["DURATION: how long, such as 12h or 30d", "it is logged who did it", "banned, until"]),
        (["lists", "show"], ["lists show\n", "lists show domain|jid|ip|url VALUE", "Changes nothing."]),
        (["senders"], ["Only where the filter mentions is on."]),
        (["status", "more"], ["status\n"]),
    ],
)
def test_one_command_is_told_whole(words: list[str], says: list[str]) -> None:
    said = printed("help", *words)
    assert [text for text in says if text not in said] == []


@pytest.mark.parametrize(
    ("words", "says"),
    [(["lst"], "no command 'lst'; wanted one of"), (["lists", "ad"], "lists: found 'ad'; wanted show, add or remove")],
)
def test_help_on_what_is_no_command_says_so(words: list[str], says: str) -> None:
    assert says in printed("help", *words, code=1)


def test_the_document_is_what_the_records_say() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == document(), "run: python -m tests.cli.make_commands"


@pytest.mark.parametrize("path", ["README.md", "deploy/PROTOCOL.md", "deploy/METRICS.md", "CHANGELOG.md"])
def test_documents_name_only_commands_that_there_are(path: str) -> None:
    text = (FOLDER / path).read_text(encoding="utf-8")
    named = re.findall(r"`(?:xmppfilter )?ctl (?:--config \S+ )?((?!help)[a-z][^`|\n]*)`", text)
    assert named or path != "README.md"
    for words in named:
        assert begun_by(words.split())
