"""What the documentation names and this version has not: refused by name, so that nobody looks for a misspelling."""

from typing import Final

from xmppfilter.config.mistakes import PathParts

NOT_BUILT: Final = "not built yet in this version"

PLANNED_FILTERS: Final = frozenset({"reputation", "bayes"})
PLANNED_OPTIONS: Final[frozenset[PathParts]] = frozenset({("store", "redis")})
PLANNED_WORDS: Final = frozenset({"relay", "quarantine", "defer"})
"""Planned values: a route, and actions."""
