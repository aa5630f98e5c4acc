"""Times are written as XEP-0082 has them, whatever they are."""

import pytest

from xmppfilter.stanza.timestamps import timestamp


@pytest.mark.parametrize(
    ("when", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (-5, "1970-01-01T00:00:00Z"),
        (1795300020.99, "2026-11-21T22:27:00Z"),
        (1e30, "9999-12-31T23:59:59Z"),
    ],
)
def test_timestamps(when: float, text: str) -> None:
    assert timestamp(when) == text
