"""Catches one long text sent over and over.

Spam comes in copies, by many senders to many recipients. Every body longer than `body_size` characters has one counter,
whoever sends it to whomever; once it has been seen `number_limit` times, each further copy is spam. With `window` only
the copies of that long count; without it a counter lasts as long as the process does. At most `counter_size_limit`
bodies are held: when one more comes, bodies below the limit go first, oldest first, so that a flood of one-off texts
does not push out the campaign being counted.

Never looks at: groupchat, errors, messages without a body, encrypted messages (their fallback body is the same for
everybody), the part of a body that XEP-0428 marks as fallback, OTR queries.
"""

from typing import ClassVar

from pydantic import Field

from xmppfilter.filter import Stage
from xmppfilter.memory.state import Scope
from xmppfilter.options import DurationOrOff, Options, format_duration
from xmppfilter.stanza import Kind, Stanza
from xmppfilter.text.fold import fold_light
from xmppfilter.text.readable import is_otr_query, readable_bodies
from xmppfilter.verdict import Finding, Verdict

RULES = {"copies": "a long body was seen more often than the limit"}


class Config(Options):
    """Options of same_long_body."""

    body_size: int = Field(
        default=100, ge=0, le=1_000_000, description="Bodies of this many characters or fewer are not counted."
    )
    number_limit: int = Field(default=20, ge=1, le=100_000, description="Copies that pass; the next one is spam.")
    counter_size_limit: int = Field(
        default=10_000, ge=1, le=100_000_000, description="Bodies that are counted at the same time."
    )
    window: DurationOrOff = Field(
        default=None, description="Copies count for this long; off: for as long as the process lives."
    )
    normalize: bool = Field(
        default=False, description="Take bodies that differ only in case, white space or invisible characters for one."
    )


class Filter:
    """Counts copies by the keyed hash of the body."""

    stage: ClassVar = Stage.CONTENT
    kinds: ClassVar = frozenset({Kind.MESSAGE})
    observes: ClassVar = frozenset({Kind.MESSAGE})

    def __init__(self, config: Config, state: Scope) -> None:
        self._config = config
        self._key = state.key
        self._last: tuple[Stanza | None, set[bytes]] = (None, set())
        capacity, limit = config.counter_size_limit, config.number_limit
        self._ever = state.counter("copies", capacity=capacity, limit=limit) if config.window is None else None
        self._recent = (
            state.window("recent", capacity=capacity, limit=limit, seconds=config.window)
            if config.window is not None
            else None
        )

    def check(self, stanza: Stanza, now: float) -> Finding | None:
        """Find a copy beyond the limit."""
        limit = self._config.number_limit
        for key in self._keys(stanza):
            if self._ever is not None:
                if (seen := self._ever.count(key)) >= limit:
                    return Finding("same_long_body.copies", f"copy {seen + 1} of this text; {limit} may pass")
            elif self._recent is not None and self._recent.reached(key, now):
                within = format_duration(self._config.window or 0.0)
                return Finding("same_long_body.copies", f"more than {limit} copies of this text within {within}")
        return None

    def observe(self, stanza: Stanza, verdict: Verdict, now: float) -> None:  # noqa: ARG002 - blocked copies count too
        """Count the copy, whatever became of it."""
        for key in self._keys(stanza):
            if self._ever is not None:
                self._ever.note(key)
            elif self._recent is not None:
                self._recent.note(key, now)

    def _keys(self, stanza: Stanza) -> set[bytes]:
        """Return a key for each different long text in *stanza*; `check` and `observe` ask for the same."""
        if self._last[0] is stanza:
            return self._last[1]
        size = self._config.body_size
        normalize = self._config.normalize
        keys: set[bytes] = set()
        for body in readable_bodies(stanza):
            if len(body) <= size or is_otr_query(body):
                continue
            text = fold_light(body) if normalize else body
            if len(text) > size:
                keys.add(self._key(text))
        self._last = (stanza, keys)
        return keys
