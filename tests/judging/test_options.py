"""The types of options: what an admin may type, and what comes of it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from xmppfilter.judging import options
from xmppfilter.judging.options import format_duration, is_loopback, parse_duration, parse_listen


def read(kind: Any, written: object) -> object:
    return TypeAdapter(kind).validate_python(written)


@pytest.mark.parametrize(
    ("kind", "written", "value"),
    [
        (options.Duration, "90s", 90.0), (options.Duration, "1.5m", 90.0), (options.Duration, "2w", 1209600.0),
        (options.Size, "64KiB", 65536), (options.Size, "1GiB", 1 << 30), (options.Size, 512, 512),
        (options.CountOrOff, "off", None), (options.CountOrOff, False, None), (options.CountOrOff, 5, 5),
        (options.ScoreOrOff, 0, 0.0), (options.ThresholdOrOff, 0.5, 0.5),
        (options.JidText, "A@B.example/X", "a@b.example/X"), (options.BareJidText, "A@B.example", "a@b.example"),
        (options.DomainText, "B\u00fcCHER.example", "b\u00fccher.example"),
        (options.HostText, "[::1]", "::1"), (options.HostText, "host.example", "host.example"),
    ],
)  # fmt: skip
def test_a_value_is_read(kind: object, written: object, value: object) -> None:
    assert read(kind, written) == value


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        (options.Duration, "0s"), (options.Duration, "0.001s"), (options.Duration, 90), (options.Duration, "9999w"),
        (options.Duration, "1h30m"), (options.Size, "64kB"), (options.Size, "-1"), (options.Size, True),
        (options.CountOrOff, 0), (options.CountOrOff, "no limit"), (options.ThresholdOrOff, 0),
        (options.ScoreOrOff, -1), (options.JidText, "@"), (options.BareJidText, "a@b.example/x"),
        (options.DomainText, "a@b.example"), (options.HostText, "a b"), (options.FileText, "a\0b"),
        (options.ListenText, "localhost"), (options.ListenText, "127.0.0.1:65536"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(kind: object, written: object) -> None:
    with pytest.raises(ValidationError):
        read(kind, written)


@given(st.integers(1, 10**8))
def test_a_duration_can_be_written_as_it_is_read(seconds: int) -> None:
    assert parse_duration(format_duration(float(seconds))) == seconds


@pytest.mark.parametrize(
    ("written", "host", "port", "loopback"),
    [
        ("127.0.0.1:9100", "127.0.0.1", 9100, True), ("[::1]:9100", "::1", 9100, True),
        ("0.0.0.0:80", "0.0.0.0", 80, False), ("[2001:db8::1]:80", "2001:db8::1", 80, False),
    ],
)  # fmt: skip
def test_where_to_listen(written: str, host: str, port: int, loopback: bool) -> None:
    assert parse_listen(written) == (host, port)
    assert is_loopback(host) is loopback
