"""What the configuration says of bans, and what filters tell the ban list."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from xmppfilter.judging.verdict import Finding

DAY: Final = 86400.0
SURE: Final = 1000
"""The sureness, in thousandths, at which an account of ours is disabled."""
SUSPECTED: Final = SURE // 2
"""The sureness at which the operator is told."""
NOT_ALONE: Final = 900
"""As far as soft findings, and those that others can bring about, bring an account of ours."""
APART: Final = 60.0
"""Seconds between two offences of an account of ours that both count: a burst is one."""
REPORT: Final = "report"
SOFT: Final = "soft"
OTHER: Final = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the configuration says of bans."""

    ban_time: float = 900.0
    """Seconds by which each offence makes a ban longer."""
    cache_time: float = 7 * DAY
    """Seconds after its last offence in which a sender is forgotten."""
    disable_account: bool = True
    """Whether accounts of ours of which we are sure are disabled."""
    weights: Mapping[str, int] = field(default_factory=lambda: {REPORT: SURE // 10, SOFT: SURE // 10, OTHER: SURE})
    """Thousandths of sureness that an offence adds, by rule or filter, `report`, `soft`, or else `other`."""
    provoked: Collection[str] = frozenset()
    """Filters that find what strangers can bring an account of ours to do: they alone disable none."""
    hearsay: Collection[str] = frozenset()
    """Filters that find what others list: they make us no surer of an account of ours."""
    reporters: int | None = 5
    """Accounts of ours whose reports within a day ban a stranger that has written to them; None: no number of them."""
    print_frequency: float = DAY
    """Seconds between two lists of current spammers in the log."""
    max_senders: int = 100_000


class Offence(NamedTuple):
    """What somebody did, as a filter tells it."""

    key: bytes
    address: str
    written: str
    """The address as its server spelled it."""
    finding: Finding
    soft: bool
    """No finding was enough alone."""
    ours: bool
    """An account of ours did it."""
    monitored: bool
