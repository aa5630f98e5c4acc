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

Never looks at: groupchat, errors, senders on the `allow` list.
"""

import re
from functools import partial
from itertools import islice
from math import log2
from typing import ClassVar, Final

from pydantic import Field

from xmppfilter.broadcasters import Broadcasters, SenderText
from xmppfilter.filter import Stage
from xmppfilter.memory.cluster import Span
from xmppfilter.memory.state import Scope
from xmppfilter.memory.texts import Text
from xmppfilter.options import MinuteOrLonger, Options
from xmppfilter.stanza import MUC_USER, Kind, Stanza
from xmppfilter.text.fields import texts
from xmppfilter.text.readable import is_encrypted, readable_bodies
from xmppfilter.text.reading import remembered
from xmppfilter.text.sketch import Exact, sketch_of
from xmppfilter.text.standard import STANDARD
from xmppfilter.verdict import Finding, Verdict
from xmppfilter.xmltree import all_text

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
_PGP: Final = "jabber:x:encrypted"
_CONFERENCE: Final = "jabber:x:conference"


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
        self._clusters = state.clusters("texts", capacity=config.max_texts, window=config.window)
        self._worth_a_look = config.strangers / 4
        self._last: tuple[Stanza | None, Text | None, float, str] = (None, None, 0.0, "")

    def check(self, stanza: Stanza, now: float) -> Finding | None:
        """Find a text that many strangers got."""
        text = self._said(stanza)
        if text is None:
            return None
        cluster = self._clusters.match(text, now)
        if cluster is None:
            return None
        seen = cluster.seen(now)
        if (strangers := seen.recipients) < self._worth_a_look:  # as are nearly all
            return None
        return self._judge(seen, strangers, cluster.per_second(now), now)

    def observe(self, stanza: Stanza, verdict: Verdict, now: float) -> None:  # noqa: ARG002 - blocked copies count too
        """Count the copy, whatever became of it."""
        text = self._said(stanza)
        if text is not None:
            sender, recipient, key = stanza.sender, stanza.recipient, self._kept_key
            who = self._key(sender.bare) if stanza.marked else stanza.sender_key
            self._clusters.note(text, now, (who, key(recipient.bare), key(sender.domain), key(recipient.domain)))

    def _judge(self, seen: Span, strangers: int, rate: float, now: float) -> Finding | None:
        config = self._config
        _, _, weight, subject = self._last
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

    def _said(self, stanza: Stanza) -> Text | None:
        """Say what *stanza* says; once, for `check` and `observe`."""
        if self._last[0] is stanza:
            return self._last[1]
        said, subject = None, ""
        if self._allowed is None or not self._allowed.has(stanza):
            said, subject = self._read(stanza)
        if said is None:
            self._last = (stanza, None, 0.0, subject)
            return None
        text, weight, standard = said
        if standard:
            text = self._of_sender(stanza, text.key)[0]
        self._last = (stanza, text, weight, subject)
        return text

    def _read(self, stanza: Stanza) -> tuple[_Said | None, str]:
        """Return what *stanza* says, and what went to all the strangers, in words."""
        if stanza.kind is _SUBSCRIBE:
            text, subject = "" if stanza.ordinary else " ".join(texts(stanza, "status")), OF_REQUEST
        elif stanza.ordinary:
            text, subject = stanza.bodies[0] if stanza.bodies else "", OF_MESSAGE
        elif _is_encrypted(stanza):
            return self._of_sender(stanza, b"encrypted"), ENCRYPTED
        else:
            # in several languages it is one message; and a whole fallback is what many clients show
            bodies, subject = readable_bodies(stanza) or stanza.bodies, OF_MESSAGE
            if _is_invitation(stanza):
                bodies = (*islice(texts(stanza, "reason"), _MOST_REASONS), *map(_without_addresses, bodies))
                if not any(map(str.strip, bodies)):
                    return self._of_sender(stanza, b"invitation"), INVITATIONS
            text = "\n".join(dict.fromkeys(bodies))
        return _understood(text) if text else None, subject

    def _of_sender(self, stanza: Stanza, what: bytes) -> _Said:
        """Take *what* for this sender's own: the copies of others are other texts."""
        # the mark of an occupant can be forged, and resources are free
        who = self._key(stanza.sender.bare) if stanza.marked else stanza.sender_key
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


def _is_encrypted(stanza: Stanza) -> bool:
    """Whether somebody could decrypt *stanza*; the old way (XEP-0027) counts too."""
    if stanza.lacks(b"encrypted") and stanza.lacks(b"openpgp"):
        return False
    return is_encrypted(stanza) or any(all_text(x).strip() for x in stanza.children("x", _PGP))


def _is_invitation(stanza: Stanza) -> bool:
    """Whether *stanza* invites to a room, by way of the room (XEP-0045 7.8.2) or directly (XEP-0249)."""
    if not stanza.lacks(_CONFERENCE.encode()) and next(stanza.children("x", _CONFERENCE), None) is not None:
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
