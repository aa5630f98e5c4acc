"""What the gateway counts, for status and metrics."""

from collections import Counter
from dataclasses import dataclass, field

from xmppfilter.stanza.kind import Kind


@dataclass(slots=True)
class Counts:
    """What went by, for status and metrics."""

    kinds: list[int] = field(default_factory=lambda: [0] * len(Kind))
    actions: Counter[str] = field(default_factory=Counter)
    """Verdicts that were not a plain delivery, by action."""
    would: Counter[str] = field(default_factory=Counter)
    exempt: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    reports: Counter[str] = field(default_factory=Counter)
    invalid: int = 0
    disbelieved: int = 0
    """What was said to us by JIDs that may not say it."""
    malformed: int = 0
    """What servers said to us that could not be understood."""
    too_large: int = 0
    """Stanzas that went by unread because they had more bytes than may be held."""
    failures: int = 0
    """Stanzas delivered because judging them failed."""
