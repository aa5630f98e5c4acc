"""Tigase's names are read as ours, with a note."""

import pytest

from xmppfilter.config.loader import ConfigError, Loaded, load_text

GOOD = "component: {jid: filter.example.org, secret: hush}\ndomains: [example.org]\n"


def read(text: str) -> Loaded:
    return load_text(GOOD + text, {})


TIGASE = """\
filters:
  known-spammers:
    ban-time: 15
    cache-time: 10080
    disable-account: false
    print-frequency: 1440
  message-same-long-body: {body-size: 150, number-limit: 30, counter-size-limit: 500}
  presence-subcribe:
    limit-per-minute: 7
  muc-message-ensure-to-full-jid:
  message-error-ensure-error-child: {}
"""


def test_all_of_tigases_filters_and_options() -> None:
    filters = {section.name: section.config for section in read(TIGASE).settings.filters}
    assert list(filters) == [
        "known_spammers",
        "same_long_body",
        "presence_subscribe_rate",
        "groupchat_to_bare_jid",
        "error_without_child",
    ]
    spammers = filters["known_spammers"]
    assert (spammers.ban_time, spammers.cache_time, spammers.print_frequency) == (900, 604800, 86400)
    assert spammers.disable_account is False
    copies = filters["same_long_body"]
    assert (copies.body_size, copies.number_limit, copies.counter_size_limit) == (150, 30, 500)
    assert filters["presence_subscribe_rate"].limit_per_minute == 7


def test_each_name_is_noted_with_its_line() -> None:
    told = {(note.line, note.path, note.text) for note in read(TIGASE).notes}
    assert (4, "filters.known-spammers", "Tigase's name, read as known_spammers") in told
    assert (5, "filters.known-spammers.ban-time", "Tigase's option, read as ban_time: 15m") in told
    assert (10, "filters.presence-subcribe", "Tigase's name, read as presence_subscribe_rate") in told
    assert len(told) == 5 + 8


def test_the_right_spelling_is_known_too() -> None:
    assert read("filters: {presence-subscribe: }").settings.filters[0].name == "presence_subscribe_rate"


def test_our_own_options_may_stand_beside_them() -> None:
    (section,) = read("filters: {message-same-long-body: {window: 1h, mode: monitor}}").settings.filters
    assert section.config.window == 3600
    assert section.common.mode == "monitor"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("filters: {same_long_body: , message-same-long-body: }", "a second time"),
        ("filters: {known-spammers: {ban-time: 5, ban_time: 5m}}", "a second time"),
        ("filters: {known-spammers: {ban_time: 5}}", "wanted a duration"),
        ("filters: {known_spammers: {ban-time: 5}}", "did you mean ban_time?"),
        ("filters: {message-same-long-body: {body-size: long}}", "wanted a whole number"),
        ("filters: {message-same-long-body: 5}", "wanted nothing behind the colon"),
    ],
)
def test_what_is_wrong_with_them_is_told(text: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(text)
    (mistake,) = caught.value.mistakes
    assert words in mistake.text
