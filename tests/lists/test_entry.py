"""What lists hold, as it is compared, written and stored."""

import pytest

from xmppfilter.lists.entry import Entry, What, network_of, stored_entry, written


@pytest.mark.parametrize(
    ("what", "value", "shown"),
    [
        ("domain", "spam.example", "spam.example"), ("subdomains", "spam.example", "*.spam.example"),
        ("jid", "a@spam.example", "a@spam.example"), ("ip", "192.0.2.0/24", "192.0.2.0/24"),
        ("url", "spam.example/x", "spam.example/x"),
    ],
)  # fmt: skip
def test_what_was_stored_is_written_as_an_operator_writes_it(what: str, value: str, shown: str) -> None:
    entry = stored_entry(what, value)
    assert entry == Entry(What(what), value)
    assert written(entry) == shown


@pytest.mark.parametrize(
    ("what", "value"), [("none", "x"), ("ip", "x/24"), ("ip", "192.0.2.0"), ("ip", "192.0.2.0/x"), ("ip", "")]
)
def test_what_was_never_stored_so_is_refused(what: str, value: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whatever it says
        stored_entry(what, value)


@pytest.mark.parametrize(
    ("value", "network"),
    [("192.0.2.0/24", (4, 24, 0xC0000200)), ("::1/128", (6, 128, 1)), ("0.0.0.0/0", (4, 0, 0))],
)
def test_a_network_is_a_version_a_length_and_a_number(value: str, network: tuple[int, int, int]) -> None:
    assert network_of(value) == network
