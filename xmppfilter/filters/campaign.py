"""Catches one text, or near copies of it, sent to many strangers.

Spam comes in copies: with another greeting, a random tail, look-alike letters, words put in, dropped or in another
order, or with every word disguised (wrong vowels, stars, stray or scrambled letters). All that is the same text here.
What is counted is how many strangers got it, from how many accounts, how fast.

The more of that, the higher the score: 0.5 or little more for a quarter of `strangers`, at most 6, and 10 only where no
people do so. That is, first, `strangers` of them, from `accounts` or more, at two thirds of `rate`. Second, `strangers`
of them from fewer accounts that each write to five strangers or more, at `rate`; or five times `strangers`, however
slowly. Third, five times `strangers` from four times `accounts`, however slowly, where most copies are varied. People
hand on a warning or a joke as it is, and rarely to twelve strangers a minute: slow copies to the letter never score
more than 6 (`same_long_body` counts those), and where four times `accounts` send them slow is what is below `rate`.

People repeat each other in what is short: fewer than 44 letters (some ten words), or links alone. So a stranger who got
such a text counts as a quarter, near copies of it are other texts, and many accounts never make it score more than 6.
With fewer than 20 letters a stranger counts as a sixteenth, and the score is at most 2. Everybody who links the
same has the letters of the link: where links have half of the letters, only the words beside them are compared, and
where they have a quarter of them, a stranger counts as a quarter. Few accounts that write to many are another matter:
they need not say much; but who gets an invitation from them counts as a quarter, for one organiser may invite sixty.

What an encrypted message says nobody knows, and its fallback is the same for everybody: beside a payload that somebody
could decrypt, only how many strangers that one sender writes to counts, and how fast. The same holds for the sentences
that clients write in place of what others cannot show, and for invitations to a room that say nothing. Of what servers
write in an invitation the addresses do not count. A whole fallback (XEP-0428) without an encrypted payload is shown by
many clients, so it counts as the text that it is, and so does what follows an OTR query.

Apart from the bodies all else that a client may show counts as one more text: subject, XHTML, nick, forms, what is
forwarded, whatever an extension that nobody knows has in words. Ids, JIDs and what services hand on do not.

Who hands on a text is no spammer: a copy that is blocked is an offence of its sender only where that sender has sent
one before within `window`, to whomever.

Never looks at: groupchat, errors, senders on the `allow` list. Who answers (the recipient has written to it) is found
only where the campaign is sure.
"""

from functools import partial
from typing import ClassVar, Final

from pydantic import Field

from xmppfilter.duplicates.clusters import Clusters, Text
from xmppfilter.duplicates.tally import Cluster, Parties
from xmppfilter.judging.allowed import Broadcasters, SenderText
from xmppfilter.judging.case import Case
from xmppfilter.judging.filter import Stage
from xmppfilter.judging.options import MinuteOrLonger, Options
from xmppfilter.judging.reach import MOST_TINY, SURE, WIDE, Limits
from xmppfilter.judging.said import SIXTEENTH, Reader, Said
from xmppfilter.judging.verdict import About, Fact, Finding, Verdict
from xmppfilter.memory.state import Scope
from xmppfilter.stanza.kind import Kind

RULES = {
    "copies": "one text was sent to many strangers by many accounts",
    "rate": "one text was sent to many strangers by one account, or a few",
}
MOST_COUNTED: Final = 7000
"""Strangers or accounts that a `Span` can tell apart; a limit beyond them would never be reached."""


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


class Filter:
    """Keeps a sketch of each text, with bits of who sent it to whom."""

    stage: ClassVar = Stage.CONTENT
    kinds: ClassVar = frozenset({Kind.MESSAGE, Kind.SUBSCRIBE})
    observes: ClassVar = frozenset({Kind.MESSAGE, Kind.SUBSCRIBE})

    def __init__(self, config: Config, state: Scope) -> None:
        self._key = state.key
        self._kept_key = state.kept_key
        self._allowed = Broadcasters(config.allow) if config.allow else None
        self._reader = Reader(state.key)
        self._limits = Limits(config.strangers, config.accounts, config.rate)
        self._worth_a_look = config.strangers / 4
        texts, seconds = config.max_texts, config.window
        self._clusters = state.open("texts", Clusters, capacity=texts, window=seconds, secret=state.number)
        # Not stored, as the texts are not.
        self._own = state.window("own", capacity=2 * texts, limit=1, seconds=seconds, persist=False)

    def check(self, case: Case, now: float) -> Finding | None:
        """Find a text that many strangers got; of two the worse one, or of equals the sender's own."""
        worst = None
        case.known[self] = said = self._said(case)
        for one in said:
            cluster = self._clusters.match(one.text, now)
            if cluster is None:
                continue
            if (strangers := cluster.seen(now).recipients) < self._worth_a_look:  # as are nearly all
                continue
            found = self._judge(case, one, cluster, strangers, now)
            if found is not None and (worst is None or _weight(found) > _weight(worst)):
                worst = found
        if worst is not None and worst.score < SURE and case.contacted(now):
            return None
        return worst

    def observe(self, case: Case, verdict: Verdict, now: float) -> None:  # noqa: ARG002 - blocked copies count too
        """Count the copy, whatever became of it."""
        said = case.known[self] if self in case.known else self._said(case)
        if not said:
            return
        sender, recipient, key = case.sender, case.recipient, self._kept_key
        parties = (self._reader.account(case), key(recipient.bare), key(sender.domain), key(recipient.domain))
        first = self._note(case, said[0].text, now, parties)
        if len(said) > 1 and (second := said[1].text).key != said[0].text.key:
            # a text that only says again what the first says is no other copy
            again = self._clusters.match(second, now)
            if again is None or again is not first:
                self._note(case, second, now, parties)

    def _note(self, case: Case, text: Text, now: float, parties: Parties) -> Cluster | None:
        """Count *text*, and whose it is if it is a copy; return what it is a copy of."""
        cluster = self._clusters.match(text, now)
        if cluster is not None:
            self._own.note(self._of_sender(case, cluster), now)
        self._clusters.note(text, now, parties)
        return cluster

    def _of_sender(self, case: Case, cluster: Cluster) -> bytes:
        """Return the key of what the sender itself has sent of *cluster*: of an occupant, not of all in that room."""
        return case.sender_key + self._key(cluster.key.decode("latin-1"))

    def _judge(self, case: Case, said: Said, cluster: Cluster, strangers: int, now: float) -> Finding | None:
        seen, rate = cluster.seen(now), cluster.per_second(now)
        weighed = self._limits.of_copies(seen, strangers, rate, said.weight, said.of_few)
        if weighed is None:
            return None
        score = weighed.score
        if not weighed.few and said.weight == SIXTEENTH:
            score = min(MOST_TINY, score)
        detail = partial(_detail, said.subject, strangers, seen.senders, now - seen.start, rate)
        # who hands on a text once is no spammer, whatever others do with it
        about = About.SENDER if self._own.count(self._of_sender(case, cluster), now) else About.GROUP
        return Finding("campaign.rate" if weighed.few else "campaign.copies", detail, score, about, fact=Fact.SPREAD)

    def _said(self, case: Case) -> tuple[Said, ...]:
        """Return what *case* says, unless it may be said to many."""
        return () if self._allowed is not None and self._allowed.has(case) else self._reader.said(case)


def _weight(finding: Finding) -> tuple[float, bool]:
    return finding.score, finding.about is About.SENDER


def _detail(subject: str, strangers: int, accounts: int, seconds: float, rate: float) -> str:
    return (
        f"{subject} {strangers} strangers by {accounts} account{'s' * (accounts != 1)} "
        f"in {_rough(seconds)} ({rate:.2g} copies a second)"
    )


def _rough(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 600 else f"{seconds / 60:.0f} min"  # noqa: PLR2004 - minutes say enough
