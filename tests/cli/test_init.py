"""`xmppfilter init`: the files it writes, what it leaves alone, and what it tells."""

import stat
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from xmppfilter.cli import init as init_module
from xmppfilter.cli.main import app
from xmppfilter.config.loader import load

runner = CliRunner()


def init(folder: Path, *arguments: str, answers: str | None = None) -> Result:
    return runner.invoke(app, ["init", "--output-dir", str(folder), *arguments], input=answers)


def test_what_it_writes_is_fine_and_only_watches(tmp_path: Path) -> None:
    result = init(tmp_path, "--server", "prosody", "--domain", "example.org")
    assert result.exit_code == 0
    loaded = load(tmp_path / "config.yaml", {})
    assert loaded.notes == ()
    settings = loaded.settings
    assert (settings.component.jid, settings.domains) == ("filter.example.org", ["example.org"])
    assert settings.policy.mode == "monitor"
    assert settings.policy.unfiltered_recipients == ["abuse@example.org", "postmaster@example.org"]
    assert settings.store is not None
    assert settings.store.sqlite == str(tmp_path / "state.db")
    filters = {section.name: section.config for section in settings.filters}
    assert list(filters) == [
        "known_spammers",
        "error_without_child",
        "groupchat_to_bare_jid",
        "unreadable",
        "presence_subscribe_rate",
        "blocklist",
        "invitation",
        "mentions",
        "stranger_rate",
        "first_contact",
        "campaign",
        "same_long_body",
        "test",
    ]
    assert filters["same_long_body"].window == 3600
    scores = {section.name: section.common.score for section in settings.filters if section.common.score is not None}
    assert scores == {"same_long_body": 5}
    checked = runner.invoke(app, ["check-config", str(tmp_path / "config.yaml")])
    assert (checked.exit_code, checked.stderr) == (0, "")


def test_the_secret_is_random_and_nobody_elses(tmp_path: Path) -> None:
    secrets = set()
    for name in ("a", "b"):
        init(tmp_path / name, "--server", "prosody", "--domain", "example.org")
        file = tmp_path / name / "secret"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        secrets.add(load(tmp_path / name / "config.yaml", {}).secret)
    assert len(secrets) == 2
    assert min(map(len, secrets)) >= 43


@pytest.mark.parametrize("name", ["config.yaml", "secret"])
def test_nothing_is_overwritten_and_nothing_half_done(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    result = init(tmp_path, "--server", "prosody", "--domain", "example.org")
    assert result.exit_code == 1
    assert f"{tmp_path / name} is there already" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "mine"


def test_a_dangling_link_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "secret").symlink_to(tmp_path / "elsewhere")
    assert init(tmp_path, "--server", "prosody", "--domain", "example.org").exit_code == 1
    assert not (tmp_path / "elsewhere").exists()


def test_where_nothing_can_be_written_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = init(tmp_path / "file", "--server", "prosody", "--domain", "example.org")
    assert result.exit_code == 1
    assert str(tmp_path / "file") in result.stderr


def test_prosodys_lines(tmp_path: Path) -> None:
    told = init(tmp_path, "--server", "prosody", "--domain", "a.example", "--domain", "b.example").stdout
    secret = load(tmp_path / "config.yaml", {}).secret
    for line in (
        '    plugin_paths = { "/usr/local/lib/prosody/modules" }',
        '    VirtualHost "a.example"',
        '    VirtualHost "b.example"',
        '        modules_enabled = { "xmppfilter" }',
        '        xmppfilter_component = "filter.a.example"',
        f'    Component "filter.a.example"\n        component_secret = "{secret}"',
        f"    xmppfilter check-config {tmp_path / 'config.yaml'}",
        f"    xmppfilter run --config {tmp_path / 'config.yaml'}",
    ):
        assert line in told


def test_ejabberds_settings_are_a_file_that_nobody_else_can_read(tmp_path: Path) -> None:
    told = init(tmp_path, "--server", "ejabberd", "--domain", "example.org", "--jid", "spam.example.net").stdout
    file = tmp_path / "mod_xmppfilter.yml"
    secret = load(tmp_path / "config.yaml", {}).secret
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert secret not in told
    settings = yaml.safe_load(file.read_text())
    (listener,) = settings["listen"]
    assert listener["port"] == 5347
    assert listener["module"] == "ejabberd_service"
    assert listener["hosts"] == {"spam.example.net": {"password": secret}}
    assert settings["append_host_config"] == {
        "example.org": {"modules": {"mod_xmppfilter": {"component": "spam.example.net"}}}
    }


@pytest.mark.parametrize("route", ["verdict", "inline"])
@pytest.mark.parametrize("server", ["prosody", "ejabberd"])
def test_both_sides_agree_on_the_route_and_the_server_lets_it_work(tmp_path: Path, server: str, route: str) -> None:
    told = init(tmp_path, "--server", server, "--domain", "example.org", "--route", route).stdout
    assert load(tmp_path / "config.yaml", {}).settings.route == route
    if server == "ejabberd":
        told = (tmp_path / "mod_xmppfilter.yml").read_text()
    wanted = {
        "prosody": ('xmppfilter_route = "inline"', "validate_from_addresses = false"),
        "ejabberd": ("route: inline", "check_from: false"),
    }[server]
    assert [words in told for words in wanted] == [route == "inline"] * 2


def test_what_is_missing_is_asked_for_on_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(init_module, "on_terminal", lambda: True)
    result = init(tmp_path, answers="jabberd\nejabberd\nExample.ORG\n")
    assert result.exit_code == 0
    assert "ejabberdctl module_install" in result.stdout
    assert load(tmp_path / "config.yaml", {}).settings.domains == ["example.org"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--domain", "example.org"], "--server is missing"),
        (["--server", "prosody"], "--domain is missing"),
        (["--server", "prosody", "--domain", "a b"], "is no JID"),
        (["--server", "prosody", "--domain", "a@b.example"], "is no domain"),
        (["--server", "prosody", "--domain", "a.example", "--jid", "A.example"], "an address of its own"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_written(tmp_path: Path, arguments: list[str], words: str) -> None:
    result = init(tmp_path, *arguments)
    assert result.exit_code == 1
    assert words in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("domain", ["no", "127.0.0.1", "1.5", "[::1]", "münchen.example"])
def test_domains_that_yaml_would_read_otherwise_are_quoted(tmp_path: Path, domain: str) -> None:
    assert init(tmp_path, "--server", "prosody", "--domain", domain, "--jid", "f.example").exit_code == 0
    assert load(tmp_path / "config.yaml", {}).settings.domains == [domain]


SPELLINGS = ["xn--bcher-kva.example", "bücher.example"]


@pytest.mark.parametrize("domain", SPELLINGS)
@pytest.mark.parametrize("server", ["prosody", "ejabberd"])
def test_the_server_is_told_its_domain_as_it_is_spelled(tmp_path: Path, server: str, domain: str) -> None:
    other = next(spelled for spelled in SPELLINGS if spelled != domain)
    given = ["--server", server, "--domain", domain.upper(), "--domain", f"{domain}.", "--domain", other]
    told = init(tmp_path, *given).stdout
    if server == "ejabberd":
        file = yaml.safe_load((tmp_path / "mod_xmppfilter.yml").read_text())
        assert list(file["append_host_config"]) == [domain]
        assert list(file["listen"][0]["hosts"]) == [f"filter.{domain}"]
    else:
        assert told.count("    VirtualHost") == 1
        assert f'VirtualHost "{domain}"' in told
        assert f'Component "filter.{domain}"' in told
    settings = load(tmp_path / "config.yaml", {}).settings
    assert settings.component.written == f"filter.{domain}"
    assert settings.domains == ["bücher.example"]


def test_the_component_is_no_protected_domain_in_another_spelling(tmp_path: Path) -> None:
    given = ["--server", "prosody", "--domain", SPELLINGS[0], "--jid", SPELLINGS[1]]
    assert "an address of its own" in init(tmp_path, *given).stderr


def test_the_sizes_of_stanzas_fit_to_those_of_the_configuration(tmp_path: Path) -> None:
    prosody = init(tmp_path / "p", "--server", "prosody", "--domain", "example.org").stdout
    most = load(tmp_path / "p" / "config.yaml", {}).settings.max_stanza_size
    assert f"    component_stanza_size_limit = {most}  --" in prosody
    ejabberd = init(tmp_path / "e", "--server", "ejabberd", "--domain", "example.org").stdout
    most = load(tmp_path / "e" / "config.yaml", {}).settings.max_stanza_size
    assert most > 6 * 524288
    assert f"stanzas of {most} bytes at most" in ejabberd
    assert "max_stanza_size" not in yaml.safe_load((tmp_path / "e" / "mod_xmppfilter.yml").read_text())["listen"][0]
