"""What is taken over from ejabberd's mod_antispam."""

from pathlib import Path
from typing import Any

import pytest

from tests.cli.migration.migrated import migrate, run
from xmppfilter.config.loader import load_text
from xmppfilter.judging.catalogue import filter_names

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
    assert settings.rooms == ["rooms.example.org"], "the modules of example.net are others"
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
    assert migrated.line_of("access_spam: is not taken over whole; policy.unfiltered_recipients has JIDs") == 27
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


WHOLE = """\
hosts:
  - example.org
  - example.net
  - quiet.example
loglevel: 4
define_macro:
  ADMIN: admin@example.org
listen:
  - {port: 5222, module: ejabberd_c2s, access: c2s}
  - {port: 5269, module: ejabberd_s2s_in}
  - {port: 5347, ip: 127.0.0.1, module: ejabberd_service}
acl:
  local: {user_regexp: ""}
  admin: {user: [ADMIN]}
  abuse:
    user:
      - abuse: example.org
      - postmaster
  friends: {user: [bot@friend.example], server: [friend.example]}
  bad_servers:
    server: [xmpp.zombie.example, xmpp.spam.example]
access_rules:
  local: [{allow: local}]
  s2s:
    - deny: bad_servers
    - deny: {server: worse.example}
    - allow
  friends_too: [{allow: [{acl: friends}]}]
s2s_access: s2s
modules:
  mod_muc: {}
  mod_roster: {}
  mod_pres_counter:
    count: 10
    interval: 2 minutes
  mod_muc_rtbl: {}
  mod_block_strangers:
    access: friends_too
    captcha: true
    allow_local_users: true
    log: true
  mod_antispam:
    rtbl_services: [xmppbl.org]
    access_spam:
      - allow: abuse
append_host_config:
  example.net:
    modules:
      mod_muc: {host: "chat.@HOST@"}
host_config:
  quiet.example:
    modules:
      mod_roster: {}
"""


def test_a_whole_configuration(tmp_path: Path) -> None:
    migrated = migrate(tmp_path, "ejabberd", WHOLE)
    settings, filters = migrated.settings, migrated.filters
    assert settings.domains == ["example.org", "example.net", "quiet.example"]
    assert settings.rooms == ["conference.example.org", "chat.example.net"]
    assert settings.admins == ["admin@example.org"]
    assert filters["presence_subscribe_rate"].limit_per_minute == 5
    assert filters["blocklist"].feeds == {
        ("xmppbl.org", "muc_bans_sha256"): "jids_or_domains_sha256",
        ("xmppbl.org", "spam_source_domains"): "domains",
    }
    abuse = ["abuse@example.org", *(f"postmaster@{domain}" for domain in settings.domains)]
    assert (settings.policy.strangers, settings.policy.unfiltered_recipients) == ("requests", abuse)
    assert settings.trusted.jids == ["bot@friend.example"]
    for line, words in {
        25: "s2s_access: denies xmpp.zombie.example; `lists add domain xmpp.zombie.example`",
        26: "s2s_access: denies worse.example",
        33: "mod_pres_counter: 10 in 120s are 5 a minute here",
        36: "mod_muc_rtbl: keeps the listed out of rooms",
        37: "mod_block_strangers: lets users of the same server write",
        38: "access: is not taken over whole; trusted.jids has JIDs, this one goes by server",
        39: "captcha: has no counterpart",
    }.items():
        assert migrated.line_of(words) == line, words


@pytest.mark.parametrize(
    ("module", "options", "limit"),
    [
        ("", "{}", 5),
        ("count: 20", "", 20),
        ("count: 3, interval: 30", "", 6),
        ("count: 1, interval: 1h", "", 1),
        ("count: many", "", None),
        ("interval: infinity", "", None),
    ],
)
def test_presence_counters_become_a_rate(tmp_path: Path, module: str, options: str, limit: int | None) -> None:
    text = f"hosts: [a.example]\nmodules:\n  mod_pres_counter: {options or '{' + module + '}'}\n"
    migrated = migrate(tmp_path, "ejabberd", text)
    if limit is None:
        assert "presence_subscribe_rate" not in migrated.filters
        assert migrated.line_of("set presence_subscribe_rate.limit_per_minute yourself") == 3
    else:
        assert migrated.filters["presence_subscribe_rate"].limit_per_minute == limit


def test_a_list_of_rooms_of_another_name(tmp_path: Path) -> None:
    text = "modules:\n  mod_muc_rtbl: {rtbl_server: rtbl.example, rtbl_node: banned}\n"
    migrated = migrate(tmp_path, "ejabberd", text)
    assert migrated.filters["blocklist"].feeds == {("rtbl.example", "banned"): "jids_or_domains_sha256"}


def test_strangers_that_are_only_logged(tmp_path: Path) -> None:
    text = "modules:\n  mod_block_strangers: {drop: false, log: true}\n"
    migrated = migrate(tmp_path, "ejabberd", text)
    assert "strangers" not in migrated.text
    assert migrated.line_of("mod_block_strangers: drops nothing") == 2


@pytest.mark.parametrize("text", ["hosts: [a.example]\n", "", "modules: {}\n", "acl: {admin: {user: 5}}\n", "- 1\n"])
def test_where_nothing_is_there_to_take_over(tmp_path: Path, text: str) -> None:
    result = run(tmp_path, "ejabberd", text)
    assert result.exit_code == 1
    assert "mod_antispam" in result.stderr
