"""The secret: three ways to give it, and no way to see it in a mistake."""

from pathlib import Path

import pytest

from xmppfilter.config.loader import ConfigError, Loaded, load_text

CONFIG = "domains: [example.org]\ncomponent:\n  jid: filter.example.org\n"


def read(option: str, folder: Path, **environ: str) -> Loaded:
    return load_text(CONFIG + option, environ, folder=folder)


def mistake(option: str, folder: Path, **environ: str) -> str:
    with pytest.raises(ConfigError) as caught:
        read(option, folder, **environ)
    (told,) = caught.value.mistakes
    return str(told)


def test_the_three_ways(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hush\n")
    (tmp_path / "secret").chmod(0o600)
    assert read("  secret: hush", tmp_path).secret == "hush"
    assert read("  secret: ${S}", tmp_path, S="hush").secret == "hush"
    assert read("  secret: h${S}", tmp_path, S="ush").secret == "hush"
    loaded = read("  secret_file: secret", tmp_path)
    assert loaded.secret == "hush"
    assert [note.text for note in loaded.notes] == ["no filter is on"]


def test_the_secret_is_not_in_the_settings(tmp_path: Path) -> None:
    assert "hush" not in repr(read("  secret: hush", tmp_path).settings)


def test_a_number_from_the_environment_is_text(tmp_path: Path) -> None:
    assert read("  secret: ${S}", tmp_path, S="123456").secret == "123456"


def test_none_and_two_ways_are_mistakes(tmp_path: Path) -> None:
    told = "config.yaml:2: component: found no secret, wanted secret, secret_file"
    assert told in mistake("", tmp_path)
    assert "config.yaml:5: component: found secret and secret_file" in mistake(
        "  secret: hush\n  secret_file: secret\n", tmp_path
    )


@pytest.mark.parametrize("value", ["123456", "no", "{a: hush}", "''", "' '", ""])
def test_what_is_no_text_is_a_mistake_that_does_not_show_it(tmp_path: Path, value: str) -> None:
    told = mistake(f"  secret: {value}", tmp_path)
    assert told.startswith("config.yaml:4: component.secret: found ")
    assert "123456" not in told
    assert "hush" not in told


def test_a_missing_or_empty_variable_is_named(tmp_path: Path) -> None:
    assert "no variable XMPP_SECRET" in mistake("  secret: ${XMPP_SECRET}", tmp_path)
    assert "${XMPP_SECRET}" in mistake("  secret: ${XMPP_SECRET}", tmp_path, XMPP_SECRET="")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"one\ntwo\n", "more than one short line"),
        (b"x" * 5000, "more than one short line"),
        (b"\xff", "UTF-8"),
    ],
)
def test_a_file_that_holds_no_secret_is_a_mistake(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "secret").write_bytes(content)
    told = mistake("  secret_file: secret", tmp_path)
    assert "config.yaml:4: component.secret_file" in told
    assert words in told


@pytest.mark.parametrize("name", ["nowhere", ".", "''", "5"])
def test_a_file_that_cannot_be_read_is_a_mistake(tmp_path: Path, name: str) -> None:
    assert "config.yaml:4: component.secret_file" in mistake(f"  secret_file: {name}", tmp_path)


def test_a_file_that_opens_and_cannot_be_read_is_a_mistake(tmp_path: Path) -> None:
    # nothing is mapped at its beginning, so that reading fails for root as well, whom no mode stops
    (tmp_path / "secret").symlink_to("/proc/self/mem")
    assert "cannot be read" in mistake("  secret_file: secret", tmp_path)


def test_a_file_that_everybody_can_read_is_noted(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hush\r\n")
    (tmp_path / "secret").chmod(0o644)
    loaded = read("  secret_file: secret", tmp_path)
    assert loaded.secret == "hush"
    assert [note for note in loaded.notes if "can be read by every user" in note.text and note.line == 4]


# --- the token of the HTTP listener

TOKEN = "a-token-of-some-length"


def http(option: str) -> str:
    return f"  secret: hush\nhttp:\n  listen: 0.0.0.0:8799\n{option}\n"


def test_a_token_is_given_in_the_same_ways(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    (tmp_path / "token").chmod(0o600)
    for option in (f"  token: {TOKEN}", "  token_file: token", "  token: ${T}"):
        loaded = read(http(option), tmp_path, T=TOKEN)
        assert loaded.token == TOKEN
        assert TOKEN not in repr(loaded.settings)
    assert read("  secret: hush\nhttp: {listen: 127.0.0.1:8799}", tmp_path).token is None


def test_a_token_need_not_be_there_to_check_the_rest(tmp_path: Path) -> None:
    text = CONFIG + http("  token_file: /nowhere/token")
    settings = load_text(text, {}, folder=tmp_path, secrets=False).settings
    assert settings.http is not None
    assert settings.http.token_file == "/nowhere/token"


@pytest.mark.parametrize("value", ["short-s3cret", "'spaces s3cret spaces s3cret'", "s3cret-ümlaut-s3cret"])
def test_a_token_that_cannot_travel_in_a_header_is_a_mistake_that_does_not_show_it(tmp_path: Path, value: str) -> None:
    told = mistake(http(f"  token: {value}"), tmp_path)
    assert "config.yaml:7: http.token: found " in told
    assert "s3cret" not in told
    (tmp_path / "token").write_text(value)
    (tmp_path / "token").chmod(0o600)
    assert "config.yaml:7: http.token_file: found a token that will not do" in mistake(
        http("  token_file: token"), tmp_path
    )


def test_both_ways_for_a_token_are_a_mistake(tmp_path: Path) -> None:
    told = mistake(http(f"  token: {TOKEN}\n  token_file: token"), tmp_path)
    assert "config.yaml:8: http: found token and token_file, wanted one of them" in told


def test_a_number_is_no_token_and_is_not_shown(tmp_path: Path) -> None:
    told = mistake(http("  token: 1234567890123456"), tmp_path)
    assert "what YAML reads as a number" in told
    assert "1234" not in told
