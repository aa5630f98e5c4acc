"""Catches one long text sent over and over.

Spam comes in copies, by many senders to many recipients. Every body longer than `body_size` characters has one counter,
whoever sends it to whomever; once it has been seen `number_limit` times, each further copy is spam. With `window` only
the copies of that long count; without it a counter lasts as long as the process does. So does each text that a client
may show elsewhere: the subject, XHTML, a form, what is forwarded, in words whatever else. At most `counter_size_limit`
texts are held: when one more comes, those with the fewest copies go first, oldest first, so that a flood of one-off
texts does not push out the campaign being counted. Of the long texts of one stanza four are counted: those that were
seen most often already, and of new ones any.

People hand on chain letters and greetings, so a copy that is blocked is an offence of its sender only from the second
on that this sender has sent within `window` (without one, within a day); `offence_from` says otherwise.

Notices to colleagues come in copies as well, so a copy between two users of ours scores half; it is counted like any.

With `fuzzy` copies with a varied head, tail or middle, with words in another order or look-alike letters are counted
together as well, by what their letters have in common: a copy counts for up to `window`, or else for up to a day, and
fades in another. The other counters stay as they are.

Never looks at: groupchat, errors, messages without a text, the body of encrypted messages (it is the same for
everybody), the part of a body that XEP-0428 marks as fallback, OTR queries.
"""

from collections.abc import Iterable, Iterator
from heapq import nsmallest
from typing import ClassVar, Final

from pydantic import Field

from xmppfilter.duplicates.clusters import Clusters
from xmppfilter.duplicates.sketch import Sketch, sketch_of
from xmppfilter.duplicates.tally import Parties
from xmppfilter.judging.case import Case
from xmppfilter.judging.facts import beside, readable
from xmppfilter.judging.filter import Stage
from xmppfilter.judging.options import DurationOrOff, Options, format_duration
from xmppfilter.judging.verdict import About, Fact, Finding, Verdict
from xmppfilter.memory.state import Scope
from xmppfilter.stanza.bodies import is_otr_query
from xmppfilter.stanza.kind import Kind
from xmppfilter.text.fold import folded

RULES = {
    "copies": "a long body was seen more often than the limit",
    "near_copies": "near copies of a long body were seen more often than the limit (with fuzzy)",
}
DAY: Final = 86400.0
OF_COLLEAGUES: Final = 5.0
"""What a copy scores that one user of ours sends another."""
COUNTED: Final = 4
"""Long texts of one message that are counted, and compared with near copies: it may push out no more than that."""
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
    offence_from: int = Field(
        default=2,
        ge=1,
        le=100,
        description="From which of its own copies on a sender is banned for one; 1: for any, as with Tigase.",
    )


class Filter:
    """Counts copies by the keyed hash of the body, and near copies by a sketch of it."""

    stage: ClassVar = Stage.CONTENT
    kinds: ClassVar = frozenset({Kind.MESSAGE})
    observes: ClassVar = frozenset({Kind.MESSAGE})

    def __init__(self, config: Config, state: Scope) -> None:
        self._config = config
        self._key = state.key
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
            state.open(
                "near",
                Clusters,
                capacity=min(max(100, capacity), NEAR_AT_MOST),
                window=2 * (config.window or DAY),
                secret=state.number,
                persist=False,
            )
            if config.fuzzy
            else None
        )
        # Not stored: after a restart a sender's next copy counts as its first.
        self._own = (
            state.window(
                "own",
                capacity=capacity,
                limit=config.offence_from,
                seconds=config.window or DAY,
                persist=False,
            )
            if config.offence_from > 1
            else None
        )

    def check(self, case: Case, now: float) -> Finding | None:
        """Find a copy beyond the limit: of several one that is an offence."""
        found, score = None, OF_COLLEAGUES if case.colleagues else 10.0
        case.known[self] = keys, texts = self._read(case, now)
        for rule, detail, key in self._beyond(keys, texts, now) if keys else ():
            if self._own is None or self._own.count(case.sender_key + key, now) >= self._config.offence_from - 1:
                return Finding(rule, detail, score, fact=Fact.SPREAD)
            found = found or Finding(rule, detail, score, About.GROUP, fact=Fact.SPREAD)
        return found

    def _beyond(self, keys: Iterable[bytes], texts: Iterable[Sketch], now: float) -> Iterator[tuple[str, str, bytes]]:
        """Yield the rule, what was seen and the key for each text that was seen more often than the limit."""
        limit = self._config.number_limit
        for key in keys:
            if self._ever is not None:
                if (seen := self._ever.count(key)) >= limit:
                    yield "same_long_body.copies", f"copy {seen + 1} of this text; {limit} may pass", key
            elif self._recent is not None and self._recent.reached(key, now):
                yield "same_long_body.copies", self._too_many, key
        for text in texts:
            for known in self._near.known(text, now) if self._near is not None else ():
                if known.tally is not None and (seen := known.tally.seen(now).copies) >= limit:
                    detail = f"near copy {seen + 1} of this text; {limit} may pass"
                    yield "same_long_body.near_copies", detail, self._key_of(known.cluster.key)

    def observe(self, case: Case, verdict: Verdict, now: float) -> None:  # noqa: ARG002 - blocked copies count too
        """Count the copy, whatever became of it."""
        keys, texts = case.known[self] if self in case.known else self._read(case, now)
        for key in keys:
            if self._ever is not None:
                self._ever.note(key)
            elif self._recent is not None:
                self._recent.note(key, now)
            self._note_own(case, key, now)
        for text in self._note_near(texts, now):
            self._note_own(case, self._key_of(text), now)

    def _note_near(self, texts: Iterable[Sketch], now: float) -> list[bytes]:
        """Count near copies, each cluster once: a text in two places of one stanza is one copy. Return whose copies."""
        noted: list[bytes] = []
        near = self._near
        if near is None:
            return noted
        for text in texts:
            cluster = near.match(text, now)
            first = text.key if cluster is None else cluster.key
            if first not in noted:
                near.note(text, now, ANYBODY)
                noted.append(first)
        return noted

    def _note_own(self, case: Case, key: bytes, now: float) -> None:
        if self._own is not None:
            self._own.note(case.sender_key + key, now)

    def _key_of(self, first: bytes) -> bytes:
        """Return the key of a text and its near copies, by the first one's letters."""
        return self._key(first.decode("latin-1"))

    def _read(self, case: Case, now: float) -> tuple[Iterable[bytes], list[Sketch]]:
        """Return a key for each long text of *case* that counts, and with fuzzy their sketches."""
        size = self._config.body_size
        normalize = self._config.normalize
        found: dict[bytes, str] = {}
        for said in self._texts(case):
            if len(said) <= size or is_otr_query(said):
                continue
            text = folded(said) if normalize else said
            if len(text) > size:
                found.setdefault(self._key(text), said)
        keys = self._chosen(case, found, now) if len(found) > COUNTED else tuple(found)
        sketches = [sketch_of(found[key]) for key in keys] if self._near is not None else []
        return keys, sketches

    @staticmethod
    def _texts(case: Case) -> tuple[str, ...]:
        bodies = case.once(readable)
        others = () if case.ordinary else case.once(beside)
        return bodies + tuple(part.words for part in others) if others else bodies

    def _chosen(self, case: Case, found: Iterable[bytes], now: float) -> tuple[bytes, ...]:
        """Choose among very many: what was seen most often, and else whatever nobody can foretell by sending it."""
        recipient = self._key(case.recipient.bare)
        chance = int.from_bytes(case.sender_key) ^ int.from_bytes(recipient)

        def rank(key: bytes) -> tuple[int, int]:
            seen = self._ever.count(key) if self._ever is not None else 0
            if self._recent is not None:
                seen = self._recent.count(key, now)
            return -seen, int.from_bytes(key) ^ chance

        return tuple(nsmallest(COUNTED, found, rank))
