"""The contract between a filter and the pipeline.

A filter is one module: a docstring (its first line says what the filter catches; a paragraph "Never looks at: …" ends
it), `RULES`, `Config` and `Filter`. The module's name is the YAML key, the metric label and the log field. The
entry-point group `xmppfilter.filters` finds it, so a filter may come in a package of its own.
"""

from enum import IntEnum
from typing import Any, ClassVar, Protocol

from xmppfilter.judging.case import Case
from xmppfilter.judging.effects import Effect
from xmppfilter.judging.options import Options
from xmppfilter.judging.verdict import Finding, Verdict
from xmppfilter.memory.state import Scope
from xmppfilter.stanza.kind import Kind


class Stage(IntEnum):
    """When a filter runs: what is cheap and certain comes first. Within a stage the order is the configuration's."""

    BAN = 0
    ADDRESS = 10
    RATE = 20
    CONTENT = 30
    """Judges what a message says; not asked about an invitation by a contact."""
    REST = 40
    """Judges what the others could not look at."""


class Filter(Protocol):
    """One mounted filter: `Filter(config, state)`, built anew on every reload upon the same state."""

    stage: ClassVar[Stage]
    kinds: ClassVar[frozenset[Kind]]
    """The kinds of stanzas that `check` is asked about."""
    observes: ClassVar[frozenset[Kind]]
    """The kinds that `observe` is told of even where no filter found anything.

    One that is told so only of users of ours names the kinds in `observes_ours`, which is optional.
    """

    def __init__(self, config: Any, state: Scope) -> None: ...

    def check(self, case: Case, now: float) -> Finding | tuple[Finding, ...] | None:
        """Say what is suspicious (or reassuring) about *case*, or nothing; only read. *now* is in Unix seconds."""
        ...

    def observe(self, case: Case, verdict: Verdict, now: float) -> tuple[Effect, ...] | None:
        """Remember *case*, once its verdict is known; the only place where state changes."""
        ...


class FilterModule(Protocol):
    """What a filter's module offers."""

    __name__: str
    __doc__: str | None
    RULES: dict[str, str]
    """What each rule (the part behind `filter.`) means, in a few words."""
    Config: type[Options]
    Filter: type[Filter]
