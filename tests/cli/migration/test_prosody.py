"""What is taken over from Prosody's mod_anti_spam."""

from pathlib import Path

import pytest

from tests.cli.migration.migrated import migrate, run

PROSODY = """\
admins = { "admin@example.org" }
modules_enabled = { "roster"; --"mam";
  "anti_spam" }
--[[ anti_spam_services = { "commented.example" } ]]
anti_spam_services = { "xmppbl.org", "rtbl.example" }
anti_spam_block_strings = {
  -- Block messages containing the text "exploit"
  "exploit";
  'it\\'s ${HOME} \\195\\188';
  [==[long
]] string]==];
  secret_word;
}
anti_spam_block_patterns = {
  "^%?OTRv2?3?%?";
  "%f[%a]word";
  ".-";
}
anti_spam_actions = { ["spam-content"] = "drop", ["made-up"] = "drop" }
component_ports = { 5348 }
if os.getenv("X") then anti_spam_services = { "other.example" } end
log = function() anti_spam_services = { "another.example" } end
VirtualHost "example.org"
    anti_spam_block_strings = FileLines("words.txt")
VirtualHost("example.net")
Component "conference.example.org" "muc"
Component "filter.example.org"
    component_secret = "hush"
Include "conf.d/*.cfg.lua"
"""


def test_prosodys_mod_anti_spam(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("one\n\n# not this\ntwo words\n")
    migrated = migrate(tmp_path, "prosody", PROSODY)
    settings = migrated.settings
    assert settings.domains == ["example.org", "example.net"]
    assert settings.rooms == ["conference.example.org"]
    assert settings.admins == ["admin@example.org"]
    assert (settings.component.jid, settings.component.port) == ("filter.example.org", 5348)
    assert settings.policy.action == "bounce"
    assert settings.policy.actions == {"patterns": "drop"}
    patterns = migrated.filters["patterns"]
    assert patterns.strings == ["exploit", "it's ${HOME} ü", "long\n]] string", "one", "two words"]
    assert patterns.regexes == [r"^\?OTRv2?3?\?"]
    nodes = ["spam_source_domains", "spam_source_ips", "spam_source_jids_sha256"]
    assert migrated.drafted("blocklist") == {
        "services": [{"jid": "xmppbl.org", "nodes": nodes}, {"jid": "rtbl.example", "nodes": nodes}]
    }
    assert migrated.line_of("one entry is no plain text") == 12
    assert migrated.line_of("the Lua pattern '%f[%a]word' is not taken over") == 16
    assert migrated.line_of("matches every text") == 17
    assert migrated.line_of("made-up: has no counterpart") == 19
    assert "server.conf:21: anti_spam_services: stands inside of a block" in migrated.told
    assert "another.example" not in migrated.text
    assert migrated.line_of("example.org' alone, here for all domains") == 24
    assert migrated.line_of("'conf.d/*.cfg.lua' is not read") == 29
    assert "hush" not in migrated.text + migrated.told


def test_a_list_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "large").write_text("x\n" * (1 << 20))
    (tmp_path / "latin").write_bytes(b"caf\xe9\n")
    for name, why in (("nowhere", "No such file"), ("large", "1 MiB"), ("latin", "UTF-8")):
        migrated = migrate(tmp_path, "prosody", f'anti_spam_block_strings = FileLines("{name}")\n')
        assert migrated.line_of(why) == 1
        assert migrated.filters == {}


COMPUTED = """\
local domain = "example.org"
admins = { os.getenv("ADMIN"), "boss@" .. domain, "root@example.org"; }
modules_enabled = { "roster", "anti_spam" }
anti_spam_services = { "xmppbl.org", os.getenv("RTBL") }
anti_spam_default_action = strict and "bounce" or "drop"
VirtualHost(os.getenv("DOMAIN"))
VirtualHost (domain)
VirtualHost("chat." .. domain)
VirtualHost("static.example.org")
for _, host in ipairs(hosts) do VirtualHost(host) end
Component("rooms." .. domain) "muc"
Component "conference.example.org" "muc"
Component (os.getenv("X") or "y") "muc"
Include(os.getenv("D") .. "/x.lua")
"""


def test_what_is_computed_is_told_by_line_and_never_guessed(tmp_path: Path) -> None:
    migrated = migrate(tmp_path, "prosody", COMPUTED)
    settings = migrated.settings
    assert settings.domains == ["static.example.org"]
    assert settings.rooms == ["conference.example.org"]
    assert settings.admins == ["root@example.org"]
    assert " object at 0x" not in migrated.text + migrated.told
    told = {int(remark.split(":")[1]): remark for remark in migrated.told.splitlines()}
    for line, words in {
        2: "admins: one entry is no plain text",
        4: "anti_spam_services: one entry is no plain text",
        5: "anti_spam_default_action: only running the file tells",
        6: "VirtualHost: what it names is computed; put it into domains",
        7: "VirtualHost",
        8: "VirtualHost",
        10: "VirtualHost",
        11: "Component: what it names is computed; put it into rooms",
        13: "Component",
        14: "Include",
    }.items():
        assert words in told[line]
    assert len(told) == 10


@pytest.mark.parametrize("text", [PROSODY, COMPUTED], ids=["plain", "computed"])
@pytest.mark.parametrize("part", range(1, 40))
def test_a_file_that_ends_anywhere_is_read_or_refused(tmp_path: Path, text: str, part: int) -> None:
    (tmp_path / "words.txt").write_text("one\n")
    end = len(text) * part // 40
    for unfinished in (text[:end], text[end:], text[:end] + text[end + 7 :], text[:end] + "({[" + text[end:]):
        result = run(tmp_path, "prosody", unfinished)
        assert result.exception is None or isinstance(result.exception, SystemExit)
        if result.exit_code == 0:
            migrate(tmp_path, "prosody", unfinished)  # and check-config takes it
