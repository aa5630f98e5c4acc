"""Catches one text, or near copies of it, sent to many strangers.

Spam comes in copies: with another greeting, a random tail, look-alike letters, words put in, dropped or in another
order. All that is the same text here. What is counted is how many strangers got it, from how many accounts, how fast.

The more of that, the higher the score: 0.5 or little more for a quarter of `strangers`, at most 6, and 10 only where no
people do so. That is, first, `strangers` of them, from `accounts` or more, at two thirds of `rate`. Second, `strangers`
of them from fewer accounts that each write to five strangers or more, at `rate`; or five times `strangers`, however
slowly. Third, five times `strangers` from four times `accounts`, however slowly, where most copies are varied. People
hand on a warning or a joke as it is, and not to twelve strangers a minute: slow copies to the letter never score more
than 6 (`same_long_body` counts those).

People repeat each other in what is short: fewer than 44 letters (some ten words), or links alone. So a stranger who got
such a text counts as a quarter, near copies of it are other texts, and many accounts never make it score more than 6.
With fewer than 20 letters a stranger counts as a sixteenth, and the score is at most 2. Few accounts that write to many
are another matter: they need not say much.

What an encrypted message says nobody knows, and its fallback is the same for everybody: beside a payload that somebody
could decrypt, only how many strangers that one sender writes to counts, and how fast. The same holds for the sentences
that clients write in place of what others cannot show, and for invitations to a room that say nothing. Of what servers
write in an invitation the addresses do not count. A whole fallback (XEP-0428) without an encrypted payload is shown by
many clients, so it counts as the text that it is, and so does what follows an OTR query.

Apart from the bodies all else that a client may show counts as one more text: subject, XHTML, nick, forms, what is
forwarded, whatever an extension that nobody knows has in words. Ids, JIDs and what services hand on do not.

Never looks at: groupchat, errors, senders on the `allow` list. Who answers (the recipient has written to it) is found
only where the campaign is sure.
"""

import re
from functools import partial
from itertools import islice
from math import log2
from typing import ClassVar, Final, NamedTuple

from pydantic import Field

from xmppfilter.duplicates.boilerplate import STANDARD
from xmppfilter.duplicates.clusters import Clusters, Text
from xmppfilter.duplicates.sketch import Exact, sketch_of
from xmppfilter.duplicates.tally import Cluster, Parties, Span
from xmppfilter.judging.allowed import Broadcasters, SenderText
from xmppfilter.judging.case import Case
from xmppfilter.judging.facts import beside, readable
from xmppfilter.judging.filter import Stage
from xmppfilter.judging.options import MinuteOrLonger, Options
from xmppfilter.judging.verdict import Finding, Verdict
from xmppfilter.memory.state import Scope
from xmppfilter.stanza.bodies import is_encrypted_anyhow
from xmppfilter.stanza.fields import texts
from xmppfilter.stanza.kind import Kind
from xmppfilter.stanza.namespaces import CONFERENCE, MUC_USER
from xmppfilter.stanza.view import Stanza
from xmppfilter.text.memo import remembered

RULES = {
    "copies": "one text was sent to many strangers by many accounts",
    "rate": "one text was sent to many strangers by one account, or a few",
}
SURE: Final = 10.0
MOST: Final = 6.0
"""What is not sure scores no more,"""
MOST_TINY: Final = 2.0
"""and that of a few letters no more than this."""
TINY: Final = 20
SHORT: Final = 44
"""Texts with fewer letters are compared for equality only (`MIN_GRAMS` of the sketch)."""
EACH_TO_MANY: Final = 5
"""Strangers for each account, from which on they are few accounts that write to many."""
WIDE: Final = 5
"""Times `strangers`: what is sure however slow it goes."""
MOST_COUNTED: Final = 7000
"""Strangers or accounts that a `Span` can tell apart; a limit beyond them would never be reached."""
MANY_AT: Final = 2 / 3
"""Of the rate at which few accounts send spam, the part at which many do."""

WEIGHTS: Final = ((TINY, 1 / 16), (SHORT, 1 / 4))
"""What a stranger counts as who got a text of fewer letters than that."""

OF_MESSAGE: Final = "the text of this message was sent to"
OF_REQUEST: Final = "the text of this request was sent to"
ENCRYPTED: Final = "encrypted messages were sent to"
INVITATIONS: Final = "invitations were sent to"

_SUBSCRIBE: Final = Kind.SUBSCRIBE
_OTR_QUERY: Final = re.compile(r"\A\?OTR\??(?:v\w*)?\?\s*")
_LINK: Final = re.compile(r"\s*[a-z][a-z0-9+.-]{1,15}:\S", re.IGNORECASE)
_LONG_LINKS: Final = 8 * SHORT
_MOST_REASONS: Final = 100  # of one stanza; no room gives more than one


class Config(Options):
    """Options of campaign."""

    strangers: int = Field(
        default=20, ge=4, le=MOST_COUNTED // WIDE, description="Strangers that a text must reach to be spam."
    )
    accounts: int = Field(
        default=5, ge=2, le=MOST_COUNTED // 4, description="From this number on they are many accounts."
    )
    rate: float = Field(
        default=0.3, gt=0, le=1000, description="Copies a second, over a minute, at which few accounts send spam."
    )
    window: MinuteOrLonger = Field(default=3600.0, description="A text is forgotten this long after its last copy.")
    allow: list[SenderText] = Field(
        default_factory=list,
        description="Who may send to many: JIDs, domains, addresses of servers (192.0.2.7, 2001:db8::/32).",
    )
    max_texts: int = Field(
        default=10_000,
        ge=100,
        le=1_000_000,
        description="Texts remembered at once, 1 to 3 kB each; those seen once go first.",
    )


_Said = tuple[Text, float, bool]
"""What a text says, as far as copies of it may be told; how much one stranger who got it counts; whether it is a
sentence that everybody's client writes."""


class _Copy(NamedTuple):
    """A text of a stanza."""

    text: Text
    weight: float
    """How much one stranger who got it counts."""
    subject: str
    """What went to all the strangers, in words."""


class Filter:
    """Keeps a sketch of each text, with bits of who sent it to whom."""

    stage: ClassVar = Stage.CONTENT
    kinds: ClassVar = frozenset({Kind.MESSAGE, Kind.SUBSCRIBE})
    observes: ClassVar = frozenset({Kind.MESSAGE, Kind.SUBSCRIBE})

    def __init__(self, config: Config, state: Scope) -> None:
        self._config = config
        self._key = state.key
        self._kept_key = state.kept_key
        self._allowed = Broadcasters(config.allow) if config.allow else None
        self._clusters = state.open(
            "texts", Clusters, capacity=config.max_texts, window=config.window, secret=state.number
        )
        self._worth_a_look = config.strangers / 4

    def check(self, case: Case, now: float) -> Finding | None:
        """Find a text that many strangers got; of two the worse one."""
        worst = None
        case.known[self] = copies = self._said(case)
        for copy in copies:
            cluster = self._clusters.match(copy.text, now)
            if cluster is None:
                continue
            seen = cluster.seen(now)
            if (strangers := seen.recipients) < self._worth_a_look:  # as are nearly all
                continue
            found = self._judge(copy, seen, strangers, cluster.per_second(now), now)
            if found is not None and (worst is None or found.score > worst.score):
                worst = found
        if worst is not None and worst.score < SURE and case.contacted(now):
            return None
        return worst

    def observe(self, case: Case, verdict: Verdict, now: float) -> None:  # noqa: ARG002 - blocked copies count too
        """Count the copy, whatever became of it."""
        copies = case.known[self] if self in case.known else self._said(case)
        if not copies:
            return
        sender, recipient, key = case.sender, case.recipient, self._kept_key
        who = self._key(sender.bare) if case.marked else case.sender_key
        parties = (who, key(recipient.bare), key(sender.domain), key(recipient.domain))
        self._clusters.note(copies[0].text, now, parties)
        if len(copies) > 1:
            self._note_beside(copies[0].text, copies[1].text, now, parties)

    def _note_beside(self, first: Text, second: Text, now: float, parties: Parties) -> None:
        """Count *second*, but for a text that only says again what *first* says: one stanza is one copy."""
        if second.key != first.key:
            again: Cluster | None = self._clusters.match(second, now)
            if again is None or again is not self._clusters.match(first, now):
                self._clusters.note(second, now, parties)

    def _judge(self, copy: _Copy, seen: Span, strangers: int, rate: float, now: float) -> Finding | None:
        config = self._config
        _, weight, subject = copy
        accounts = seen.senders
        few = accounts < config.accounts and strangers >= EACH_TO_MANY * accounts
        reached = strangers if few else strangers * weight
        if reached < self._worth_a_look:
            return None
        if few:
            sure = (reached >= config.strangers and rate >= config.rate) or reached >= WIDE * config.strangers
        else:
            quick = reached >= config.strangers and accounts >= config.accounts and rate >= MANY_AT * config.rate
            wide = reached >= WIDE * config.strangers and accounts >= 4 * config.accounts
            sure = weight == 1 and (quick or (wide and 2 * seen.varied > seen.copies))
        score = SURE if sure else self._soft(seen, reached, accounts, rate)
        if not few and weight == WEIGHTS[0][1]:
            score = min(MOST_TINY, score)
        detail = partial(_detail, subject, strangers, accounts, now - seen.start, rate)
        return Finding("campaign.rate" if few else "campaign.copies", detail, score)

    def _soft(self, seen: Span, reached: float, accounts: int, rate: float) -> float:
        """Weigh what is not sure: 1.5 for each doubling of the strangers reached, and a little for speed and spread."""
        config = self._config
        score = 0.5 + 1.5 * log2(reached / self._worth_a_look)
        score += min(1.5, rate / config.rate)
        score += min(1.0, accounts / (4 * config.accounts))
        senders, recipients = seen.domains
        score += 0.25 * min(4, senders - 1) + 0.25 * min(2, recipients - 1)
        return round(min(MOST, score), 1)

    def _said(self, case: Case) -> tuple[_Copy, ...]:
        """Return what *case* says in its bodies, and what beside them."""
        copies: tuple[_Copy, ...] = ()
        if self._allowed is None or not self._allowed.has(case):
            said, subject = self._read(case)
            if said is not None:
                copies = (self._copy(case, said, subject),)
            if not case.ordinary and (other := self._read_beside(case)) is not None:
                copies += (self._copy(case, other, OF_REQUEST if case.kind is _SUBSCRIBE else OF_MESSAGE),)
        return copies

    def _copy(self, case: Case, said: _Said, subject: str) -> _Copy:
        text, weight, standard = said
        return _Copy(self._of_sender(case, text.key)[0] if standard else text, weight, subject)

    def _read(self, case: Case) -> tuple[_Said | None, str]:
        """Return what *case* says in its bodies, and what went to all the strangers, in words."""
        stanza = case.stanza
        if case.kind is _SUBSCRIBE:
            text, subject = "" if case.ordinary else " ".join(texts(stanza, "status")), OF_REQUEST
        elif case.ordinary:
            text, subject = stanza.bodies[0] if stanza.bodies else "", OF_MESSAGE
        elif is_encrypted_anyhow(stanza):
            return self._of_sender(case, b"encrypted"), ENCRYPTED
        else:
            # in several languages it is one message; and a whole fallback is what many clients show
            bodies, subject = case.once(readable) or stanza.bodies, OF_MESSAGE
            if _is_invitation(stanza):
                bodies = (*islice(texts(stanza, "reason"), _MOST_REASONS), *map(_without_addresses, bodies))
                if not any(map(str.strip, bodies)):
                    return self._of_sender(case, b"invitation"), INVITATIONS
            text = "\n".join(dict.fromkeys(bodies))
        return _understood(text) if text else None, subject

    def _read_beside(self, case: Case) -> _Said | None:
        """Return what *case* says beside its bodies: each thing once, and not what every client writes."""
        others = case.once(beside)
        if not others:
            return None
        said = set(case.stanza.bodies)
        mine = "status" if case.kind is _SUBSCRIBE else "reason"  # see `_read`
        words = dict.fromkeys(part.words for part in others if part.field != mine and part.words not in said)
        words.pop("", None)
        if len(words) > 1:
            words = {text: None for text in words if sketch_of(text).key not in STANDARD}
        return _understood("\n".join(words)) if words else None

    def _of_sender(self, case: Case, what: bytes) -> _Said:
        """Take *what* for this sender's own: the copies of others are other texts."""
        # the mark of an occupant can be forged, and resources are free
        who = self._key(case.sender.bare) if case.marked else case.sender_key
        # in no sketch's key is a zero byte, save by chance in a digest, which has another length
        return Exact(b"\0" + who + what), 1.0, False


@remembered
def _understood(text: str) -> _Said | None:
    """Return what *text* says; None: nothing."""
    if text.startswith("?OTR"):
        text = _OTR_QUERY.sub("", text, count=1)
    if not text or text.isspace():
        return None
    sketch = sketch_of(text)
    length = len(sketch.letters)
    if sketch.key in STANDARD:
        return sketch, 1.0, True
    if length < _LONG_LINKS and _LINK.match(text) and all(map(_LINK.match, text.split())):
        return Exact(sketch.key), min(_weight(length), WEIGHTS[1][1]), False
    return sketch, _weight(length), False


def _weight(length: int) -> float:
    return 1.0 if length >= SHORT else next(weight for below, weight in WEIGHTS if length < below)


def _without_addresses(body: str) -> str:
    return " ".join(word for word in body.split() if "@" not in word)


def _is_invitation(stanza: Stanza) -> bool:
    """Whether *stanza* invites to a room, by way of the room (XEP-0045 7.8.2) or directly (XEP-0249)."""
    if not stanza.lacks(CONFERENCE.encode()) and next(stanza.children("x", CONFERENCE), None) is not None:
        return True
    return not stanza.lacks(MUC_USER.encode()) and any(
        x.find(f"{{{MUC_USER}}}invite") is not None for x in stanza.children("x", MUC_USER)
    )


def _detail(subject: str, strangers: int, accounts: int, seconds: float, rate: float) -> str:
    return (
        f"{subject} {strangers} strangers by {accounts} account{'s' * (accounts != 1)} "
        f"in {_rough(seconds)} ({rate:.2g} copies a second)"
    )


def _rough(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 600 else f"{seconds / 60:.0f} min"  # noqa: PLR2004 - minutes say enough
