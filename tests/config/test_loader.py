"""What a good configuration becomes."""

from pathlib import Path

import pytest

from xmppfilter.config.loader import ConfigError, Loaded, load, load_text
from xmppfilter.config.settings import Settings

GOOD = """\
component: {jid: filter.example.org, secret: hush}
domains: [example.org, example.net]
"""


def read(text: str, **environ: str) -> Loaded:
    return load_text(GOOD + text, environ, folder=Path("/etc/xmppfilter"))


def settings(text: str, **environ: str) -> Settings:
    return read(text, **environ).settings


def test_everything_but_component_and_domains_has_a_default() -> None:
    loaded = read("")
    assert loaded.settings.route == "verdict"
    assert loaded.settings.policy.mode == "enforce"
    assert loaded.settings.filters == []
    assert loaded.settings.store is None
    assert [note.text for note in loaded.notes] == ["no filter is on"]


def test_filters_keep_their_order_and_nothing_behind_a_name_means_its_defaults() -> None:
    filters = settings("filters:\n  same_long_body:\n  known_spammers: {}\n  patterns:\n    strings: [a]\n").filters
    assert [section.name for section in filters] == ["same_long_body", "known_spammers", "patterns"]
    assert filters[0].config.number_limit == 20
    assert filters[1].config.ban_time == 900
    assert filters[2].config.strings == ["a"]


def test_the_options_of_every_filter_are_told_from_its_own() -> None:
    text = (
        "filters: {patterns: {mode: monitor, score: 3, scores: {patterns.regex: 4}, only: [A.Example], except: [a@b]}}"
    )
    (section,) = settings(text).filters
    assert section.common.mode == "monitor"
    assert section.common.score == 3
    assert section.common.scores == {"patterns.regex": 4}
    assert section.common.only == ["a.example"]
    assert section.common.except_ == ["a@b"]


@pytest.mark.parametrize("off", ["off", "no", "false", "'off'", "'no'"])
def test_options_that_say_off_take_off_no_and_false(off: str) -> None:
    text = f"policy: {{thresholds: {{tag: {off}}}}}\nfilters: {{same_long_body: {{window: {off}}}}}\n"
    read_settings = settings(text)
    assert read_settings.policy.thresholds.tag is None
    assert read_settings.filters[0].config.window is None


@pytest.mark.parametrize(
    ("written", "seconds"), [("90s", 90), ("15m", 900), ("12h", 43200), ("7d", 604800), ("1.5h", 5400)]
)
def test_durations_have_a_unit(written: str, seconds: float) -> None:
    assert settings(f"filters: {{known_spammers: {{ban_time: {written}}}}}").filters[0].config.ban_time == seconds


def test_sizes() -> None:
    assert settings("max_stanza_size: 64KiB").max_stanza_size == 65536


def test_a_section_or_list_whose_lines_are_all_left_out_means_its_default() -> None:
    read_settings = settings("policy:\nrooms:\nfilters:\nlog:\n")
    assert read_settings.policy.action == "drop"
    assert read_settings.rooms == []


def test_addresses_are_read_in_their_normal_form() -> None:
    read_settings = settings("rooms: [Conference.EXAMPLE.org]\nadmins: [Admin@Example.Org]\n")
    assert read_settings.rooms == ["conference.example.org"]
    assert read_settings.admins == ["admin@example.org"]


def test_the_policy_of_one_domain() -> None:
    policy = settings("policy: {per_domain: {EXAMPLE.net: {action: tag}}}").policy
    assert policy.per_domain["example.net"].action == "tag"


def test_anchors_aliases_and_merge_keys() -> None:
    text = "x: &one {score: 3, mode: monitor}\n"
    with pytest.raises(ConfigError, match="found x"):
        settings(text)
    text = (
        "filters:\n"
        "  patterns: &common {score: 3, mode: monitor}\n"
        "  same_long_body: {<<: *common, score: 4}\n"
        "  error_without_child: *common\n"
    )
    filters = settings(text).filters
    assert [section.common.score for section in filters] == [3, 4, 3]
    assert {section.common.mode for section in filters} == {"monitor"}


def test_a_mistake_behind_an_alias_is_told_where_it_was_written() -> None:
    with pytest.raises(ConfigError) as caught:
        settings("filters:\n  patterns: &common\n    score: x\n  same_long_body: *common\n")
    assert {mistake.line for mistake in caught.value.mistakes} == {5}


def test_quoted_words_and_blocks_are_text() -> None:
    (section,) = settings("filters:\n  patterns:\n    strings: ['no', \"5\", !!str off]\n").filters
    assert section.config.strings == ["no", "5", "off"]


def test_words_that_yaml_reads_otherwise_only_elsewhere_are_text() -> None:
    (section,) = settings("filters: {patterns: {strings: [2026-11-21, 1:30, 0x10, 1_000, y]}}").filters
    assert section.config.strings == ["2026-11-21", "1:30", "0x10", "1_000", "y"]


def test_paths_are_relative_to_the_folder_of_the_configuration(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(GOOD + "store: {sqlite: state.db}\ncontrol: /run/x.sock\n")
    with file.open("a") as more:
        more.write("http: {listen: '[::1]:8799', token_file: token}\n")
    (tmp_path / "token").write_text("a-token-of-some-length")
    loaded = load(file, {})
    assert loaded.settings.http is not None
    assert loaded.settings.http.token_file == str(tmp_path / "token")
    assert loaded.settings.store is not None
    assert loaded.settings.store.sqlite == str(tmp_path / "state.db")
    assert loaded.settings.control == "/run/x.sock"


def test_the_environment_is_put_into_texts() -> None:
    text = "admins: ['${WHO}@${WHERE}']\ncontrol: /$${WHO}\nfilters: {patterns: {strings: ['${2}']}}\n"
    read_settings = settings(text, WHO="me", WHERE="example.org")
    assert read_settings.admins == ["me@example.org"]
    assert read_settings.control == "/${WHO}"
    assert read_settings.filters[0].config.strings == ["${2}"]


def test_what_comes_from_the_environment_is_not_shown_in_mistakes() -> None:
    with pytest.raises(ConfigError) as caught:
        settings("log: {level: '${LEVEL}'}", LEVEL="very secret")
    assert "what ${LEVEL} holds" in str(caught.value)
    assert "very secret" not in str(caught.value)


def test_without_secrets_neither_secret_nor_environment_need_be_there() -> None:
    text = "component: {jid: filter.example.org, secret_file: /nowhere}\ndomains: [example.org]\ncontrol: ${WHERE}\n"
    assert load_text(text, {}, secrets=False).secret == ""
    assert load_text(text.replace("_file: /nowhere", ": '${S}'"), {}, secrets=False).secret == ""


def test_a_byte_order_mark_is_no_mistake() -> None:
    assert load_text(b"\xef\xbb\xbf" + GOOD.encode(), {}).settings.domains == ["example.org", "example.net"]


@pytest.mark.parametrize("name", ["nowhere.yaml", "."])
def test_a_file_that_cannot_be_read_is_a_mistake(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / name, {})


STRANGER_RATES = [
    *(f"{who}{what}_per_minute" for who in ("", "domain_", "server_") for what in ("messages", "recipients")),
    "quiet_per_minute",
    "recipient_senders_per_10_minutes",
    "unanswered",
]


@pytest.mark.parametrize(
    ("filters", "path", "words"),
    [
        ("{patterns: }", "filters.patterns", "neither strings nor regexes"),
        ("{patterns: {case_sensitive: false}}", "filters.patterns", "neither strings nor regexes"),
        (r"{patterns: {regexes: ['ok', '\bжди\b']}}", "filters.patterns.regexes[1]", r"\b knows ASCII alone in RE2"),
        (r"{patterns: {regexes: ['диж\w+']}}", "filters.patterns.regexes[0]", r"\w knows ASCII alone in RE2"),
        ("{blocklist: }", "filters.blocklist", "no services and no files"),
        ("{mentions: }", "filters.mentions", "no files, and blocklist is not on"),
        ("{invitation: }", "filters.invitation", "blocklist is not on"),
        (
            f"{{stranger_rate: {{{', '.join(f'{name}: off' for name in STRANGER_RATES)}}}}}",
            "filters.stranger_rate",
            "every limit is off",
        ),
    ],
)
def test_a_filter_that_can_find_nothing_is_noted_where_it_stands(filters: str, path: str, words: str) -> None:
    assert [note for note in read(f"filters: {filters}").notes if words in note.text and note.path == path]


@pytest.mark.parametrize(
    "filters",
    [
        r"{patterns: {regexes: ['\bcasino\b', 'жди\\\\b', 'жди']}}",
        "{blocklist: {services: [{jid: bl.example, nodes: [spam_source_domains]}]}, mentions: , invitation: }",
        "{blocklist: {files: {domains: [d.txt]}}}",
        "{mentions: {files: {urls: [u.txt]}}}",
        "{stranger_rate: {messages_per_minute: off}}",
    ],
)
def test_a_filter_that_has_something_to_look_for_is_not_noted(filters: str) -> None:
    assert read(f"filters: {filters}").notes == ()
