"""Writes deploy/COMMANDS.md anew: `python -m tests.cli.make_commands`."""

from pathlib import Path

from xmppfilter.cli.rendering import meanings
from xmppfilter.operators.registry import Offer, offers

DOCUMENT = Path(__file__).parents[2] / "deploy" / "COMMANDS.md"
HEAD = """\
# Commands

What an operator can order while the gateway runs, by `xmppfilter ctl COMMAND`; `xmppfilter ctl help COMMAND` says the
same. The result is JSON. Where something was changed that the store could not write, it has `not_stored` in it, with
the reason. Each change is logged: who ordered it, in which words, and what came of it. `replay` takes the same words
as events: `{"at": 1700000000, "command": ["spammers", "pardon", "all"]}`.

| command | what it does | parameters |
| --- | --- | --- |
"""


def document() -> str:
    return HEAD + "".join(_row(offer) for offer in offers())


def _row(offer: Offer) -> str:
    command = offer.command
    about = " ".join(command.doc.split()) + f" (Filter `{offer.of}`.)" * bool(offer.of)
    return f"| `{_cell(command.usage)}` | {_cell(about)} | {_cell('; '.join(meanings(command)))} |\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
