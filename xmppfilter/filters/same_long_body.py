"""Catches one long text sent over and over.

Spam comes in copies, by many senders to many recipients. Every body longer than `body_size` characters has one counter,
whoever sends it to whomever; once it has been seen `number_limit` times, each further copy is spam. With `window` only
the copies of that long count; without it a counter lasts as long as the process does. At most `counter_size_limit`
bodies are held: when one more comes, bodies below the limit go first, oldest first, so that a flood of one-off texts
does not push out the campaign being counted.

With `fuzzy` copies with a varied head, tail or middle, with words in another order or look-alike letters are counted
together as well, by what their letters have in common: a copy counts for one to two times `window`, or else for one to
two days. The other counters stay as they are. Of more than eight long bodies in one message eight are compared so.

Never looks at: groupchat, errors, messages without a body, encrypted messages (their fallback body is the same for
everybody), the part of a body that XEP-0428 marks as fallback, OTR queries.
"""

from collections.abc import Iterable
from typing import ClassVar, Final

from pydantic import Field

from xmppfilter.filter import Stage
from xmppfilter.memory.cluster import Parties
from xmppfilter.memory.state import Scope
from xmppfilter.options import DurationOrOff, Options, format_duration
from xmppfilter.stanza import Kind, Stanza
from xmppfilter.text.fold import folded
from xmppfilter.text.readable import is_otr_query, readable_bodies
from xmppfilter.text.reading import remembered
from xmppfilter.text.sketch import Sketch, sketch_of
from xmppfilter.verdict import Finding, Verdict

RULES = {
    "copies": "a long body was seen more often than the limit",
    "near_copies": "near copies of a long body were seen more often than the limit (with fuzzy)",
}
DAY: Final = 86400.0
COMPARED: Final = 8
"""Bodies of one message that are compared with near copies."""
NEAR_AT_MOST: Final = 1_000_000
"""Texts whose near copies are counted, a kilobyte each, whatever the limit of the other counters."""
ANYBODY: Final[Parties] = (bytes(8), bytes(8), bytes(8), bytes(8))
"""Who sends it to whom makes no difference here."""


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
    fuzzy: bool = Field(
        default=False, description="Count varied copies of a body together: another head, tail, middle or order."
    )


class Filter:
    """Counts copies by the keyed hash of the body, and near copies by a sketch of it."""

    stage: ClassVar = Stage.CONTENT
    kinds: ClassVar = frozenset({Kind.MESSAGE})
    observes: ClassVar = frozenset({Kind.MESSAGE})

    def __init__(self, config: Config, state: Scope) -> None:
        self._config = config
        self._key = remembered(state.key)
        self._last: tuple[Stanza | None, tuple[Iterable[bytes], list[Sketch]]] = (None, ((), []))
        capacity, limit = config.counter_size_limit, config.number_limit
        within = format_duration(config.window or 0.0)
        self._too_many = f"more than {limit} copies of this text within {within}"
        self._ever = state.counter("copies", capacity=capacity, limit=limit) if config.window is None else None
        self._recent = (
            state.window("recent", capacity=capacity, limit=limit, seconds=config.window)
            if config.window is not None
            else None
        )
        self._near = (
            state.clusters("near", capacity=min(max(100, capacity), NEAR_AT_MOST), window=config.window or DAY)
            if config.fuzzy
            else None
        )

    def check(self, stanza: Stanza, now: float) -> Finding | None:
        """Find a copy beyond the limit."""
        limit = self._config.number_limit
        keys, texts = self._read(stanza)
        if not keys:
            return None
        for key in keys:
            if self._ever is not None:
                if (seen := self._ever.count(key)) >= limit:
                    return Finding("same_long_body.copies", f"copy {seen + 1} of this text; {limit} may pass")
            elif self._recent is not None and self._recent.reached(key, now):
                return Finding("same_long_body.copies", self._too_many)
        for text in texts:
            cluster = self._near.match(text, now) if self._near is not None else None
            if cluster is not None and (seen := cluster.seen(now).copies) >= limit:
                return Finding("same_long_body.near_copies", f"near copy {seen + 1} of this text; {limit} may pass")
        return None

    def observe(self, stanza: Stanza, verdict: Verdict, now: float) -> None:  # noqa: ARG002 - blocked copies count too
        """Count the copy, whatever became of it."""
        keys, texts = self._read(stanza)
        for key in keys:
            if self._ever is not None:
                self._ever.note(key)
            elif self._recent is not None:
                self._recent.note(key, now)
        if self._near is not None:
            for text in texts:
                self._near.note(text, now, ANYBODY)

    def _read(self, stanza: Stanza) -> tuple[Iterable[bytes], list[Sketch]]:
        """Return a key for each different long text in *stanza*, and with fuzzy their sketches.

        `check` and `observe` ask for the same.
        """
        if self._last[0] is stanza:
            return self._last[1]
        size = self._config.body_size
        normalize = self._config.normalize
        keys: dict[bytes, None] = {}
        texts: list[Sketch] = []
        for body in readable_bodies(stanza):
            if len(body) <= size or is_otr_query(body):
                continue
            text = folded(body) if normalize else body
            if len(text) > size and (key := self._key(text)) not in keys:
                keys[key] = None
                if self._near is not None and len(texts) < COMPARED:
                    texts.append(sketch_of(body))
        self._last = (stanza, (keys, texts))
        return keys, texts
