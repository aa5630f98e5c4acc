"""What an admin is told to paste, for each server and route."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from xmppfilter.cli.server_lines import EJABBERD_FILE, ejabberd_file, ejabberd_lines, prosody_lines

JID, DOMAINS, SECRET = "filter.example.org", ["example.org", "example.net"], 'a"b\\c: #${x}'


def settings(route: str) -> Any:
    return yaml.safe_load(ejabberd_file(JID, DOMAINS, SECRET, route))


@pytest.mark.parametrize("route", ["verdict", "inline"])
def test_ejabberds_file_holds_the_listener_and_every_host(route: str) -> None:
    written = settings(route)
    (listener,) = written["listen"]
    assert listener["hosts"] == {JID: {"password": SECRET}}
    modules = {domain: host["modules"]["mod_xmppfilter"] for domain, host in written["append_host_config"].items()}
    assert list(modules) == DOMAINS
    assert all(module["component"] == JID for module in modules.values())


def test_only_inline_may_send_in_everybody_s_name() -> None:
    assert settings("inline")["listen"][0]["check_from"] is False
    assert "check_from" not in settings("verdict")["listen"][0]
    assert "validate_from_addresses = false" in prosody_lines(JID, DOMAINS, SECRET, "inline")
    assert "validate_from_addresses" not in prosody_lines(JID, DOMAINS, SECRET, "verdict")


@pytest.mark.parametrize("route", ["verdict", "inline"])
def test_prosodys_lines_name_each_host_once(route: str) -> None:
    lines = prosody_lines(JID, DOMAINS, SECRET, route)
    assert [lines.count(f'VirtualHost "{domain}"') for domain in DOMAINS] == [1, 1]
    assert lines.count(f'Component "{JID}"') == 1
    assert lines.count('xmppfilter_route = "inline"') == (2 if route == "inline" else 0)
    assert 'component_secret = "a\\"b\\\\c: #${x}"' in lines


def test_a_folder_with_a_space_is_one_word_of_the_shell() -> None:
    assert f"cp '/tmp/my files/{EJABBERD_FILE}' /etc/" in ejabberd_lines(Path("/tmp/my files"))
