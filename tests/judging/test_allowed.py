"""Who may send to many: by address, by domain, or by the network that it comes from."""

import pytest
from pydantic import TypeAdapter, ValidationError

from xmppfilter.judging.allowed import Broadcasters, SenderText
from xmppfilter.judging.case import Case, Rules
from xmppfilter.memory.state import State
from xmppfilter.stanza.view import Stanza

ALLOWED = ("news@a.example", "b.example", "192.0.2.0/24", "2001:db8::/32", "198.51.100.7")


def case(sender: str, ip: str = "") -> Case:
    stanza = Stanza.read(f"<message from='{sender}' to='alice@example.org'/>", {"ip": ip} if ip else {})
    return Case(stanza, Rules(), State().key)


@pytest.mark.parametrize(
    ("sender", "ip", "allowed"),
    [
        ("news@a.example/x", "", True), ("other@a.example/x", "", False), ("any@b.example/x", "", True),
        ("any@sub.b.example", "", False), ("m@evil.example", "192.0.2.255", True),
        ("m@evil.example", "192.0.3.0", False),
        ("m@evil.example", "2001:db8:1::5", True), ("m@evil.example", "2001:db9::5", False),
        ("m@evil.example", "::ffff:192.0.2.9", True), ("m@evil.example", "198.51.100.7", True),
        ("m@evil.example", "198.51.100.8", False), ("m@evil.example", "no address", False),
    ],
)  # fmt: skip
def test_a_sender_is_found_by_any_of_them(sender: str, ip: str, allowed: bool) -> None:
    assert Broadcasters(ALLOWED).has(case(sender, ip)) is allowed


def test_nobody_is_allowed_by_an_empty_list() -> None:
    assert not Broadcasters(()).has(case("news@a.example", "192.0.2.1"))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("News@A.Example", "news@a.example"), ("192.0.2.7", "192.0.2.7/32"), ("[2001:DB8::1]", "2001:db8::1/128"),
        ("192.0.2.0/24", "192.0.2.0/24"),
    ],
)  # fmt: skip
def test_an_option_is_read_in_its_normal_form(written: str, read: str) -> None:
    assert TypeAdapter(SenderText).validate_python(written) == read


@pytest.mark.parametrize("written", ["192.0.2.1/24", "a@b.example/x", "", 5])
def test_what_names_nobody_is_refused(written: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(SenderText).validate_python(written)
