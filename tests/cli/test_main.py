"""The command as a whole: what it offers, how soon, and with which exit codes."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from xmppfilter import __version__
from xmppfilter.cli.main import COMMANDS, app

runner = CliRunner()


def test_the_version() -> None:
    result = runner.invoke(app, ["--version"])
    assert (result.exit_code, result.output) == (0, f"xmppfilter {__version__}\n")


def test_every_command_is_offered_with_what_it_does() -> None:
    result = runner.invoke(app, ["--help"], env={"COLUMNS": "200"})
    assert result.exit_code == 0
    assert [
        summary for name, (_, summary) in COMMANDS.items() if name not in result.output or summary not in result.output
    ] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str) -> None:
    result = runner.invoke(app, [name, "--help"])
    assert result.exit_code == 0
    assert f"{name} [OPTIONS]" in result.output


def test_a_misspelt_command_is_guessed() -> None:
    result = runner.invoke(app, ["exmple"])
    assert result.exit_code == 2
    assert "example" in result.output


def _imported(*arguments: str) -> set[str]:
    code = f"import sys\nfrom xmppfilter.cli.main import app\ntry: app({list(arguments)!r})\nexcept SystemExit: pass\n"
    code += "print('\\n' + ' '.join(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(ran.stdout.rsplit("\n", 2)[-2].split())


def test_help_waits_for_nothing_that_it_does_not_need() -> None:
    assert not {"pydantic", "slixmpp", "re2", "yaml", "asyncio"} & _imported("--help")


def test_checking_a_configuration_waits_for_no_network() -> None:
    assert not {"slixmpp", "aiosqlite", "aiohttp"} & _imported("check-config", "nowhere.yaml")


def test_python_m_is_the_same_command() -> None:
    ran = subprocess.run([sys.executable, "-m", "xmppfilter", "--version"], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (0, f"xmppfilter {__version__}\n")
