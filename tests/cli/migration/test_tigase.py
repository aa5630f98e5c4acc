"""What is taken over from Tigase's configuration, in its DSL or as properties."""

from pathlib import Path

import pytest

from tests.cli.migration.migrated import migrate
from xmppfilter.judging.catalogue import filter_names

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
    assert copies.offence_from == 1
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
