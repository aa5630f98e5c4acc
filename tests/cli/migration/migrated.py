"""Runs `xmppfilter migrate` on a text, and looks at what came of it."""

from pathlib import Path
from typing import Any

import yaml
from typer.testing import CliRunner, Result

from xmppfilter.cli.main import app
from xmppfilter.config.loader import load_text

runner = CliRunner()


class Migrated:
    """What came of one file."""

    def __init__(self, result: Result) -> None:
        assert result.exit_code == 0, result.output
        self.text = result.stdout
        self.told = result.stderr
        self.settings = load_text(self.text, {}, secrets=False).settings

    @property
    def filters(self) -> dict[str, Any]:
        return {section.name: section.config for section in self.settings.filters}

    def drafted(self, name: str) -> Any:
        """Return the section of a filter as it was written, whether or not this version has the filter."""
        lines = self.text.partition("\nfilters:\n")[2].splitlines()
        bare = [line.replace("  # ", "  ", 1) for line in lines if not line.endswith("what it would be:")]
        return yaml.safe_load("\n".join(bare))[name]

    def line_of(self, words: str) -> int:
        """Return the line in which what has *words* in it was found."""
        (remark,) = [remark for remark in self.told.splitlines() if words in remark]
        return int(remark.split(":")[1])


def run(folder: Path, origin: str, text: str | bytes) -> Result:
    file = folder / "server.conf"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return runner.invoke(app, ["migrate", origin, str(file)])


def migrate(folder: Path, origin: str, text: str) -> Migrated:
    return Migrated(run(folder, origin, text))
