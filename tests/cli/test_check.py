"""`xmppfilter check-config`."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from xmppfilter.cli.main import app
from xmppfilter.judging.catalogue import filter_module

runner = CliRunner()
GOOD = "component: {jid: filter.example.org, secret: hush}\ndomains: [example.org]\n"


def config(folder: Path, text: str) -> str:
    (folder / "config.yaml").write_text(text)
    return str(folder / "config.yaml")


def test_a_good_configuration_is_summed_up_in_one_line(tmp_path: Path) -> None:
    file = config(
        tmp_path, GOOD + "policy: {action: bounce}\nfilters: {same_long_body: {mode: monitor}, known_spammers: }\n"
    )
    result = runner.invoke(app, ["check-config", file])
    assert result.exit_code == 0
    assert result.stderr == ""
    assert result.stdout == (
        f"{file}: fine; filter.example.org protects example.org; spam: bounce; "
        "filters: same_long_body (monitor), known_spammers\n"
    )


def test_monitor_mode_is_said(tmp_path: Path) -> None:
    result = runner.invoke(app, ["check-config", config(tmp_path, GOOD + "policy: {mode: monitor}\n")])
    assert "delivers everything (monitor); filters: none" in result.stdout


def test_notes_go_to_stderr_and_are_no_mistakes(tmp_path: Path) -> None:
    file = config(tmp_path, GOOD + "filters:\n  message-same-long-body:\n")
    result = runner.invoke(app, ["check-config", file])
    assert result.exit_code == 0
    assert result.stderr == f"{file}:4: note: filters.message-same-long-body: Tigase's name, read as same_long_body\n"


def test_a_control_path_that_is_no_socket_is_noted(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    result = runner.invoke(
        app, ["check-config", config(tmp_path, GOOD + "control: notes.txt\nfilters: {unreadable: }\n")]
    )
    assert result.exit_code == 0
    assert f"note: control: {tmp_path / 'notes.txt'} is no socket, so the gateway would not start" in result.stderr


def test_every_mistake_is_one_line_on_stderr_and_the_exit_code_is_2(tmp_path: Path) -> None:
    file = config(tmp_path, GOOD + "rout: verdict\nfilters:\n  paterns:\n  same_long_body: {window: 60}\n")
    result = runner.invoke(app, ["check-config", file])
    assert result.exit_code == 2
    assert result.stdout == ""
    assert [line.partition(": found ")[0] for line in result.stderr.splitlines()] == [
        f"{file}:3: rout",
        f"{file}:5: filters.paterns",
        f"{file}:6: filters.same_long_body.window",
    ]
    assert all(", wanted " in line for line in result.stderr.splitlines())


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    result = runner.invoke(app, ["check-config", str(tmp_path / "nowhere.yaml")])
    assert result.exit_code == 2
    assert "cannot be read: No such file or directory" in result.stderr


def test_a_configuration_can_be_checked_where_its_secret_is_not(tmp_path: Path) -> None:
    file = config(tmp_path, GOOD.replace("secret: hush", "secret_file: /nowhere/secret"))
    assert runner.invoke(app, ["check-config", file]).exit_code == 2
    assert runner.invoke(app, ["check-config", "--no-secrets", file]).exit_code == 0


def test_what_only_building_the_filters_shows_is_a_mistake_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise ValueError("the patterns together are too large")

    monkeypatch.setattr(filter_module("patterns"), "Filter", refuse)
    result = runner.invoke(app, ["check-config", config(tmp_path, GOOD + "filters: {patterns: {strings: [a]}}\n")])
    assert result.exit_code == 2
    assert "filters: cannot be built: the patterns together are too large" in result.stderr
