"""How commands read a configuration, and how they end where it cannot be used."""

from pathlib import Path

import pytest
import typer

from xmppfilter.cli.configuration import loaded_or_exit, settings_or_exit

GOOD = "component: {jid: filter.example.org, secret_file: secret}\ndomains: [example.org]\n"


def test_a_command_that_connects_needs_the_secret_and_another_does_not(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(GOOD)
    assert settings_or_exit(config).domains == ["example.org"]
    with pytest.raises(typer.Exit) as left:
        loaded_or_exit(config)
    assert left.value.exit_code == 2
    (tmp_path / "secret").write_text("hush\n")
    assert loaded_or_exit(config).secret == "hush"


def test_every_mistake_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(GOOD + "rout: inline\npolicy: {acton: drop}\n")
    with pytest.raises(typer.Exit):
        settings_or_exit(config)
    printed = capsys.readouterr()
    assert [line.split(": ")[0] for line in printed.err.splitlines()] == [f"{config}:3", f"{config}:4"]
    assert printed.out == ""
