"""People on Telegram and WhatsApp: every way to name one comes to the same."""

import pytest

from xmppfilter.text.messengers import digits_of, handles, in_app, is_messenger, names_whatsapp, on_web


@pytest.mark.parametrize(
    ("host", "path", "query", "value"),
    [
        ("t.me", "/Name", "", "t.me/name"), ("telegram.me", "/s/Name/5", "", "t.me/name"),
        ("t.me", "/+AbC", "", "t.me/+AbC"), ("telegram.dog", "/joinchat/AbC", "", "t.me/+AbC"),
        ("name.t.me", "/", "", "t.me/name"), ("t.me", "/", "", None),
        ("wa.me", "/+49 151 234567", "", "wa.me/49151234567"), ("wa.me", "/12", "", None),
        ("api.whatsapp.com", "/send", "phone=%2B49151234567&text=Hi", "wa.me/49151234567"),
    ],
)  # fmt: skip
def test_a_url_leads_to_one_form(host: str, path: str, query: str, value: str | None) -> None:
    assert is_messenger(host)
    assert on_web(host, path, query) == value


@pytest.mark.parametrize(
    ("scheme", "rest", "value"),
    [
        ("tg", "resolve?domain=Name", "t.me/name"), ("tg", "join?invite=AbC", "t.me/+AbC"), ("tg", "resolve?x=1", None),
        ("whatsapp", "send?phone=49151234567", "wa.me/49151234567"), ("whatsapp", "send", None),
    ],
)  # fmt: skip
def test_so_does_a_uri_that_opens_an_app(scheme: str, rest: str, value: str | None) -> None:
    assert in_app(scheme, rest) == value


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("my telegram: @Some_Name, come!", ["t.me/some_name"]), ("write to @Some_Name", []),
        ("whatsapp +49 (151) 234-567", ["wa.me/49151234567"]), ("call +49 (151) 234-567", []),
        ("\u0442\u0433 @abcd", ["t.me/abcd"]), ("telegram a@bcde.example", []), ("telegram @abc", []),
        ("WhatsApp 12345", []),
    ],
)  # fmt: skip
def test_handles_and_numbers_count_where_a_messenger_is_spoken_of(text: str, found: list[str]) -> None:
    assert list(handles(text)) == found


def test_whatsapp_is_known_in_several_spellings() -> None:
    assert names_whatsapp("my Whats App")
    assert names_whatsapp("\u0432\u0430\u0442\u0441\u0430\u043f")
    assert not names_whatsapp("what is up")


def test_a_number_is_its_digits() -> None:
    assert digits_of("+49 (0) 151-2") == "4901512"
    assert not is_messenger("not-t.me.example")
