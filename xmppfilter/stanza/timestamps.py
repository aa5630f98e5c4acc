"""Times as XMPP writes them (XEP-0082)."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

_LAST: Final = 253402300799.0
"""The last second of the calendar; so far away, nobody tells the difference."""


def timestamp(when: float) -> str:
    """Return Unix time as XEP-0082 has it, to the second, within the calendar."""
    return _second(int(min(max(when, 0.0), _LAST)))


@lru_cache(maxsize=1024)  # those whom a flood gets banned within a second are banned until the same one
def _second(when: int) -> str:
    return datetime.fromtimestamp(when, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
