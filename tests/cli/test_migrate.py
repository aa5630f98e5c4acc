"""`xmppfilter migrate`: what is taken over, what is told, and that the result passes check-config."""

import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from xmppfilter.cli.main import app
from xmppfilter.cli.migration.lua import MAX_DEPTH, UNKNOWN, Called, read_lua
from xmppfilter.cli.migration.luapattern import to_regex
from xmppfilter.config.loader import load_text
from xmppfilter.judging.catalogue import filter_names

runner = CliRunner()
SECONDS = 10
"""Far more than any of this takes on a slow machine, far less than anything that is not linear."""


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


# --- Tigase

TDSL = """\
admins = [ 'admin@example.org', 'ops@example.org' ]
'default-virtual-host' = 'example.org'
dataSource () {
    default () {
        uri = 'jdbc:derby:tigase_derbydb;create=true'  # 'known-spammers' () {
    }
}
muc () {}
'sess-man' () {
    'spam-filter' () {
        return-error = true
        'message-same-long-body' () { 'body-size' = 50
            'number-limit' = 10
            'counter-size-limit' = 1000000
            skip-otr-check = false
        }
        'known-spammers' () {
            ban-time = 30
            cache-time = 10080L
            disable-account = false
            print-spammers = true
            print-spammers-frequency = 60
        }
        'presence-subcribe' () {
            'limit-per-minute' = 7
        }
        'muc-message-ensure-to-full-jid' (active: false) {}
        'dummy-detector' (class: test.DummyDetector, active: true) {}
    }
}
"""


def test_tigases_dsl(tmp_path: Path) -> None:
    migrated = migrate(tmp_path, "tigase", TDSL)
    settings, filters = migrated.settings, migrated.filters
    assert (settings.component.jid, settings.domains) == ("filter.example.org", ["example.org"])
    assert settings.rooms == ["muc.example.org"]
    assert settings.admins == ["admin@example.org", "ops@example.org"]
    assert (settings.policy.mode, settings.policy.action) == ("monitor", "bounce")
    assert set(filters) == {"known_spammers", "error_without_child", "presence_subscribe_rate", "same_long_body"}
    copies, spammers = filters["same_long_body"], filters["known_spammers"]
    assert (copies.body_size, copies.number_limit, copies.counter_size_limit) == (50, 10, 1_000_000)
    assert (spammers.ban_time, spammers.cache_time, spammers.print_frequency) == (1800, 7 * 86400, 3600)
    assert spammers.disable_account is False
    assert filters["presence_subscribe_rate"].limit_per_minute == 7
    assert migrated.line_of("skip-otr-check: has no counterpart") == 15
    assert migrated.line_of("print-spammers: has no counterpart") == 21
    assert migrated.line_of("dummy-detector: has no counterpart") == 28
    assert len(migrated.told.splitlines()) == 3


@pytest.mark.parametrize(
    "text",
    [
        "'sess-man' () {\n    'spam-filter' () {}\n}\n",
        "'sess-man () {\n    'spam-filter' () {}\n}\n",  # as Tigase's manual has it
        "sess-man() { spam-filter() { } }",
    ],
)
def test_tigases_filter_alone_means_all_five(tmp_path: Path, text: str) -> None:
    migrated = migrate(tmp_path, "tigase", text)
    assert migrated.told == ""
    assert set(migrated.filters) == set(filter_names()) & {
        "known_spammers",
        "error_without_child",
        "groupchat_to_bare_jid",
        "presence_subscribe_rate",
        "same_long_body",
    }
    assert migrated.settings.policy.action == "drop"
    assert "No domain of yours was found" in migrated.text


def test_what_tigase_does_not_run_is_told(tmp_path: Path) -> None:
    migrated = migrate(tmp_path, "tigase", "'sess-man' () {\n  'spam-filter' {\n  }\n}\n")
    assert migrated.line_of("does not run in Tigase") == 2
    assert len(migrated.filters) == 5


def test_values_that_our_filters_refuse_are_told_and_left_at_their_defaults(tmp_path: Path) -> None:
    text = (
        "'sess-man' () {\n'spam-filter' () {\n'message-same-long-body' () {\n"
        "number-limit = 0\nbody-size = 'many'\ncounter-size-limit = env('SIZE')\n}\n"
        "'known-spammers' () {\nban-time = 0\ndisable-account = 'perhaps'\nreportedSpammerProbability = 0.2d\n}\n}\n}\n"
    )
    migrated = migrate(tmp_path, "tigase", text)
    copies, spammers = migrated.filters["same_long_body"], migrated.filters["known_spammers"]
    assert (copies.number_limit, copies.body_size, copies.counter_size_limit) == (20, 100, 10_000)
    assert (spammers.ban_time, spammers.disable_account, spammers.weights) == (900, True, {"report": 0.2})
    assert migrated.line_of("same_long_body.number_limit cannot be 0") == 4
    assert migrated.line_of("same_long_body.body_size cannot be 'many'") == 5
    assert migrated.line_of("counter-size-limit: is worked out by Tigase") == 6
    assert migrated.line_of("known_spammers.ban_time cannot be") == 9
    assert migrated.line_of("known_spammers.disable_account cannot be 'perhaps'") == 10


PROPERTIES = """\
# Tigase 7
--virt-hosts=example.org,example.net:max-users=5
--admins = admin@example.org
--sm-plugins=+spam-filter,+urn\\:xmpp\\:ping
--comp-name-1=rooms
--comp-class-1=tigase.muc.MUCComponent
sess-man/plugins-conf/spam-filter/filter-classes[s]=tigase.spam.filters.KnownSpammersFilter,\\
    tigase.spam.filters.MessageFilterSameLongBody,test.Dummy
sess-man/plugins-conf/spam-filter/known-spammers-ban-time[L]=20
sess-man/plugins-conf/spam-filter/message-same-long-body/number-limit[I]=30
sess-man/plugins-conf/spam-filter/return-error[B]=true
sess-man/plugins-conf/spam-filter/unheard-of=1
"""


def test_tigases_properties(tmp_path: Path) -> None:
    migrated = migrate(tmp_path, "tigase", PROPERTIES)
    assert migrated.settings.domains == ["example.org", "example.net"]
    assert migrated.settings.rooms == ["rooms.example.org", "rooms.example.net"]
    assert migrated.settings.admins == ["admin@example.org"]
    assert migrated.settings.policy.action == "bounce"
    assert set(migrated.filters) == {"known_spammers", "same_long_body"}
    assert migrated.filters["known_spammers"].ban_time == 1200
    assert migrated.filters["same_long_body"].number_limit == 30
    assert migrated.line_of("Dummy: has no counterpart") == 7
    assert migrated.line_of("unheard-of: has no counterpart") == 12


# --- Prosody

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


@pytest.mark.parametrize(
    ("pattern", "regex"),
    [
        ("exploit", "exploit"),
        ("^%?OTRv2?3?%?", r"^\?OTRv2?3?\?"),
        ("a.-b$", "a(?s:.)*?b$"),
        ("a$b^", r"a\$b\^"),
        ("%d+%s*%W", "[[:digit:]]+[[:space:]]*[[:^alnum:]]"),
        ("[%a_][^%d-]", r"[[:alpha:]_][^[:digit:]\-]"),
        ("[]a][a-z]", r"[\]a][a-z]"),
        ("(ab)*", r"(?:ab)\*"),
        ("a|{b}", r"a\|\{b\}"),
        ("-+", r"-+"),
        ("größer", "größer"),
    ],
)
def test_lua_patterns_become_regular_expressions(pattern: str, regex: str) -> None:
    assert to_regex(pattern) == regex


@pytest.mark.parametrize("pattern", ["%1", "(a)%1", "%b()", "%f[a]", "(a", "a)", "[a", "a%", "[%", "ü+", "[ü]"])
def test_lua_patterns_that_have_no_counterpart(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        to_regex(pattern)


# --- ejabberd

EJABBERD = """\
define_macro:
  LISTS: "@CONFIG_PATH@/jids.txt"
hosts: [example.org, example.net]
listen:
  - {port: 5222, module: ejabberd_c2s}
  - {port: 8888, module: ejabberd_service}
acl:
  admin:
    user:
      - admin@example.org
      - ops: example.org
modules:
  mod_muc:
    host: rooms.@HOST@
  mod_antispam:
    rtbl_services:
      - xmppbl.org
      - pubsub.example:
          spam_source_domains_node: my_domains
      - {host: rtbl.example, node: others}
    spam_jids_file: LISTS
    spam_urls_file: /etc/ejabberd/urls.txt
    spam_domains_file: none
    whitelist_domains_file: allowed.txt
    spam_dump_file: "@LOG_PATH@/spam-@HOST@.log"
    cache_size: 5000
    access_spam: allow_spam
host_config:
  example.net:
    modules:
      mod_spam_filter:
        rtbl_host: xmppbl.org
        rtbl_domains_node: theirs
        spam_domains_file: "/lists/@HOST@.txt"
"""


def test_ejabberds_mod_antispam(tmp_path: Path) -> None:
    (tmp_path / "allowed.txt").write_text("good.example\nfine.example\n")
    migrated = migrate(tmp_path, "ejabberd", EJABBERD)
    settings = migrated.settings
    assert settings.domains == ["example.org", "example.net"]
    assert settings.rooms == ["rooms.example.org", "rooms.example.net"]
    assert settings.admins == ["admin@example.org", "ops@example.org"]
    assert (settings.component.port, settings.policy.action) == (8888, "bounce")
    jids = str(tmp_path / "jids.txt")
    assert migrated.drafted("blocklist") == {
        "services": [
            {"jid": "xmppbl.org", "nodes": ["spam_source_domains"]},
            {"jid": "pubsub.example", "nodes": [{"name": "my_domains", "holds": "domains"}]},
            {"jid": "rtbl.example", "nodes": [{"name": "others", "holds": "domains"}]},
            {"jid": "xmppbl.org", "nodes": [{"name": "theirs", "holds": "domains"}]},
        ],
        "files": {"jids": [jids]},
        "allow": {"domains": ["good.example", "fine.example"]},
    }
    assert migrated.drafted("mentions") == {
        "files": {"jids": [jids], "urls": ["/etc/ejabberd/urls.txt"]},
        "cache_size": 5000,
    }
    assert migrated.filters["blocklist"].feeds == {
        ("xmppbl.org", "spam_source_domains"): "domains",
        ("pubsub.example", "my_domains"): "domains",
        ("rtbl.example", "others"): "domains",
        ("xmppbl.org", "theirs"): "domains",
    }
    assert migrated.line_of("spam_dump_file: has no counterpart") == 25
    assert migrated.line_of("access_spam: has no counterpart") == 27
    assert migrated.line_of("mod_spam_filter: holds for example.net alone") == 31
    assert migrated.line_of("spam_domains_file: '/lists/@HOST@.txt' is no path") == 34


@pytest.mark.parametrize(
    ("node", "drafted"),
    [
        ("spam_source_domains", ["spam_source_domains"]),
        ("muc_bans_sha256", [{"name": "muc_bans_sha256", "holds": "domains"}]),  # it is asked for domains
        ("'a\\b: c, ${X}'", [{"name": "a\\b: c, ${X}", "holds": "domains"}]),
        ("12", [{"name": "12", "holds": "domains"}]),
    ],
)
def test_a_node_of_any_name_is_taken_over(tmp_path: Path, node: str, drafted: list[Any]) -> None:
    text = f"modules:\n  mod_spam_filter:\n    rtbl_host: xmppbl.org\n    rtbl_domains_node: {node}\n"
    migrated = migrate(tmp_path, "ejabberd", text)
    (service,) = migrated.filters["blocklist"].services
    assert [(one.name, one.holds) for one in service.nodes] == [
        (one, "domains") if isinstance(one, str) else (one["name"], one["holds"]) for one in drafted
    ]
    assert migrated.told == ""


def test_filters_of_a_later_version_are_comments_and_say_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = [name for name in filter_names() if name not in ("blocklist", "mentions")]
    monkeypatch.setattr("xmppfilter.cli.migration.draft.filter_names", lambda: known)
    text = 'hosts: [a.example]\nmodules:\n  mod_antispam:\n    rtbl_services: ["a\\nb: c"]\n'
    result = run(tmp_path, "ejabberd", text)
    assert "  # blocklist is not built yet in this version; what it would be:\n  # blocklist:\n" in result.stdout
    assert load_text(result.stdout, {}, secrets=False).settings.filters == []


# --- whatever the file is


@pytest.mark.parametrize(
    ("origin", "text", "words"),
    [
        ("tigase", "", "neither spam-filter"),
        ("tigase", "'sess-man' () {}", "found no 'spam-filter'"),
        ("tigase", "'sess-man' () {\n", "line 1: found { that is not closed"),
        ("tigase", "a () {}\n}\n", "line 2: found } with nothing open"),
        ("tigase", "a {\n" * 60, "more than 50 blocks"),
        ("tigase", b"\xff\xfe", "line 1: found the byte 0xff, wanted text in UTF-8"),
        ("prosody", "", "found no option of mod_anti_spam"),
        ("prosody", "x = " + "{" * (MAX_DEPTH + 2), "more than 50 tables"),
        ("prosody", "x = 'a\ny = 'b'\n", "line 1: found a text that is not closed"),
        ("ejabberd", "", "found neither mod_antispam"),
        ("ejabberd", 'hosts: "a', "line 1: found what is not closed"),
        ("ejabberd", "- a\n", "found neither mod_antispam"),
        ("ejabberd", "x" * (5 << 20), "more than 4 MiB"),
    ],
)
def test_what_cannot_be_taken_over_is_told_in_one_line(
    tmp_path: Path, origin: str, text: str | bytes, words: str
) -> None:
    result = run(tmp_path, origin, text)
    assert (result.exit_code, result.stdout) == (1, "")
    assert words in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    result = runner.invoke(app, ["migrate", "tigase", str(tmp_path / "nowhere")])
    assert result.exit_code == 1
    assert "nowhere: No such file or directory" in result.stderr


def test_addresses_that_are_none_are_told(tmp_path: Path) -> None:
    text = "hosts: ['a b', '', example.org]\nacl: {admin: {user: ['@']}}\nmodules: {mod_antispam: {}}\n"
    migrated = migrate(tmp_path, "ejabberd", text)
    assert migrated.settings.domains == ["example.org"]
    assert migrated.told.count("is no address") == 3


def test_the_component_takes_a_name_that_nobody_has(tmp_path: Path) -> None:
    text = 'VirtualHost "a.example"\nVirtualHost "filter.a.example"\nanti_spam_services = {}\n'
    assert migrate(tmp_path, "prosody", text).settings.component.jid == "xfilter.a.example"


LARGE = {
    "strings": ("prosody", "anti_spam_block_strings = {" + '"spam";' * 200_000 + "}"),
    "patterns": ("prosody", "anti_spam_services = {}\nx = {" + "'" + '\\"' * 500_000),
    "open texts": ("prosody", '\\"' * 500_000),
    "brackets": ("prosody", "[" + "=" * 1_000_000),
    "operators": ("prosody", "x = a" + " .. b" * 200_000),
    "words": ("tigase", "a " * 500_000 + "{"),
    "quotes": ("tigase", "{" + "'\"" * 500_000),
    "properties": ("tigase", "a\\" * 500_000),
    "lines": ("tigase", "a=b\\\n" * 200_000),
}


@pytest.mark.parametrize("name", LARGE)
def test_a_large_file_is_read_in_linear_time(tmp_path: Path, name: str) -> None:
    began = time.process_time()
    result = run(tmp_path, *LARGE[name])
    assert result.exit_code in (0, 1)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert time.process_time() - began < SECONDS


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("'a'", "a"),
        ("[[\n a]]", " a"),
        ("[[{]]", "{"),
        ("[=[function]=]", "function"),
        ("0x10", 16),
        ("true", True),
        ("nil", None),
        ("'a' .. 'b'", UNKNOWN),
        ("os.getenv('A') or 'b'", UNKNOWN),
        ("-1", UNKNOWN),
        ("not true", UNKNOWN),
        ("(function() z = 1 return 'a' end)()", UNKNOWN),
        ("function(a) if a then z = 1 end return function() end end", UNKNOWN),
        ("'\\255'", UNKNOWN),
        ("'\\u{d800}'", UNKNOWN),
        ("'\\x41\\66\\z\n   \\u{fc}\\n'", "ABü\n"),
    ],
)
def test_lua_is_read_and_never_run(expression: str, value: object) -> None:
    first, last = read_lua(f"x = {expression}\ny = 'after'")
    assert (first.name, first.value) == ("x", value)
    assert (last.name, last.value) == ("y", "after")


def test_entries_of_a_lua_table_keep_their_names_and_lines() -> None:
    (statement,) = read_lua('x = { "a"; b = { 1 }, ["c"] = function() return {} end,\n f("d"), -- e\n }')
    assert isinstance(statement.value, list)
    assert [(item.key, item.line) for item in statement.value] == [(None, 1), ("b", 1), ("c", 1), (None, 2)]
    assert statement.value[3].value == Called("f", "d")
