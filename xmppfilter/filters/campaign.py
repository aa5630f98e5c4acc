"""Catches one text, or near copies of it, sent to many strangers, and what is advertised to them in other words.

Spam comes in copies: with another greeting or tail, look-alike letters or another alphabet, words put in, dropped or
moved, every word disguised, or said anew with the same address, figures and rare words. All that is the same text here.
What is counted is how many strangers got it, from how many accounts, how fast. A text is remembered for `window` after
its last copy; a copy counts in full for up to half of that, and then less and less for the other half.

The more of that, the higher the score: 0.5 or little more for a quarter of `strangers`, at most 6, and 10 only where no
people do so. That is, first, `strangers` of them, from `accounts` or more, at two thirds of `rate`; people hand on a
warning to the letter, so copies to the letter by four times `accounts` are sure at `rate`. Second, `strangers` from
fewer accounts that each write to five or more, at `rate`; or five times `strangers`, however slowly. Third, five times
`strangers` from four times `accounts`, however slowly, where most copies are varied. Fourth, `strangers`, however
slowly, from `accounts` or more that behave like robots, whatever the length of the text.

That is told from what each of up to 64 senders does to strangers, beside this text too. A robot writes what others
write too to one stranger after the other, hour after hour, and nobody answers. Whoever has written to one or two may be
anybody, and speaks against a campaign. So does, twice as much, who talks with somebody: one of four whom it has written
to has answered, or wrote first; or it writes texts of its own to one. Where one sender in eight does, or has got the
text before it sent it, people hand it on: then it scores 2 at most. People hand on to many at once: so many strangers
at one time say nothing, up to twelve, unless most copies of a long text are varied, or the text is short and the server
says that they are strangers (`contacted`, or a roster). What silent accounts hand on once each is never sure.

People repeat each other in what is short: fewer than 44 letters (some ten words), or links alone. So a stranger who got
such a text counts as a quarter, and many accounts that behave like people never make it score more than 6. What is
greeted with, names, figures, codes and links are no part of it ("Hi Anna, how are you?", "Hey Tom how are you"); a near
copy has letters mistyped, the words in another order, or few put in, but not one with another word in a place. With
fewer than 20 letters a stranger counts as a sixteenth, and the score is at most 2, from whomever, if it has written to
no stranger before. Everybody who links the same has the letters of the link: where links have half of the letters, only
the words beside them are compared, and where they have a quarter, a stranger counts as a quarter. Few accounts that
write to many need not say much; but of an invitation who gets it counts as a quarter, for one may invite sixty.

What an encrypted message says nobody knows, and its fallback is the same for everybody: beside a payload that somebody
could decrypt, only how many strangers that one sender writes to counts, and how fast. The same holds for the sentences
that clients write in place of what others cannot show, and for invitations to a room that say nothing. Of what servers
write in an invitation the addresses do not count. A whole fallback (XEP-0428) without an encrypted payload is shown by
many clients, so it counts as the text that it is, and so does what follows an OTR query.

Spam is padded with what honest people write as well. So a copy speaks only against those that say all that it says: not
against a part of it, nor against a text without its link; and what others add to a text is not held against it.

Apart from the bodies all else that a client may show counts as one more text: subject, XHTML, nick, forms, what is
forwarded, whatever an extension that nobody knows has in words. Ids, JIDs and what services hand on do not.

What is advertised counts like a text, in whatever words: a link, a handle, an address, a phone number, or a room, in an
invitation or a link. Of a link the registered domain counts; on hosts that everybody links (see `common_hosts`), and on
the sender's own domain, the path. `strangers` of them are sure at the same rates as for a text, or from robots; five
times `strangers` however slowly where each account writes to five of them or more, or to three in ever other words.
Slower, where each account writes to one or two as people do who hand it on, it scores 2 at most, else 4; a link alone
and an invitation by few accounts are sure later. What is ours (protected domains, `rooms`, `services`) never counts.

Who hands on a text is no spammer: a copy that is blocked is an offence of its sender only where that sender has sent
one before within `window`, to whomever; and what is advertised only where it has written so to five strangers itself.
So whoever advertises somebody else's shop or room can have messages that name it blocked while that goes on, at the
price of accounts that write to many strangers and are banned for it; but nobody else is banned.

Colleagues write to each other at once, too: between users of ours all of this scores half, and is sure only once it
has reached five times `strangers`, and where few accounts send it, so many for each.

Services write to many, as spammers do: newsletters, bots that send codes. What rests on the spread of a sender, whoever
finds it, weighs 4 at most (`service`) where the recipient wrote first, or one for each three strangers of a day has, or
answers; and where it has a domain of its own: fewer than five accounts of that write to strangers, `service_strangers`
in a day at most and three for each who answers, and lead to that domain or nowhere. Five accounts that send the text,
twenty that each lead home, 600 messages a minute, what passes for another, or reports by three who got it end that.

Never looks at: groupchat, errors, senders on the `allow` list. Who answers (the recipient has written to it) is found
only where the campaign is sure. With its first copy a user of ours scores 2 at most who has got the text, as does
whoever talks with several: they may ask somebody what it is.
"""

from collections.abc import Iterable
from functools import partial
from typing import ClassVar, Final

from pydantic import Field

from xmppfilter.duplicates.clusters import Clusters
from xmppfilter.duplicates.finding import Known
from xmppfilter.duplicates.tally import Cluster, Parties
from xmppfilter.judging.advertised import Advertised, CommonHostText, most_sent
from xmppfilter.judging.advertised import Reader as Advertising
from xmppfilter.judging.allowed import Broadcasters, SenderText
from xmppfilter.judging.case import Case
from xmppfilter.judging.crowd import Accounts
from xmppfilter.judging.effects import Effect
from xmppfilter.judging.filter import Stage
from xmppfilter.judging.options import CountOrOff, MinuteOrLonger, Options
from xmppfilter.judging.own_copies import OwnCopies
from xmppfilter.judging.reach import EACH_TO_MANY, MOST, MOST_HANDED_ON, MOST_TINY, SURE, WIDE, Limits, in_words
from xmppfilter.judging.said import ENCRYPTED, SIXTEENTH, Reader, Said
from xmppfilter.judging.verdict import About, Fact, Finding, Verdict, worse
from xmppfilter.memory.habits import Habits
from xmppfilter.memory.state import Scope
from xmppfilter.registers.services import Desk
from xmppfilter.stanza.kind import Kind
from xmppfilter.text.hosts import load_suffixes

RULES = {
    "copies": "one text was sent to many strangers by many accounts",
    "rate": "one text was sent to many strangers by one account, or a few",
    "service": "a service that strangers want, or that has a domain of its own: its spread alone is no spam",
    "target": "one link, address, phone number or room was sent to many strangers, in whatever words",
}
MOST_COUNTED: Final = 7000
"""Strangers or accounts that a `Span` can tell apart; a limit beyond them would never be reached."""
EACH_TEXT: Final = 5
"""Accounts whose habits are remembered, for each text that is."""
MOST_TARGETS: Final = 4
"""Things that are counted of what one stanza advertises."""


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
    window: MinuteOrLonger = Field(
        default=14 * 86400.0,
        description="A text is forgotten this long after its last copy; a copy counts in full for up to half of it.",
    )
    allow: list[SenderText] = Field(
        default_factory=list,
        description="Who may send to many: JIDs, domains, addresses of servers (192.0.2.7, 2001:db8::/32).",
    )
    common_hosts: list[CommonHostText] = Field(
        default_factory=list,
        description="Hosts that everybody links, beside the ones that are known: there the path of a link counts, and "
        "those parameters of its query that are named behind the host. With a minus before it a host is none.",
        examples=[["video.example v", "-news.example"]],
    )
    service_strangers: CountOrOff = Field(
        default=1000, description="Strangers a day for a service with a domain of its own; off: nobody is a service."
    )
    max_texts: int = Field(
        default=10_000,
        ge=100,
        le=1_000_000,
        description="Texts remembered at once, 2 to 6 kB each, and as many things that are advertised, in less; those "
        "seen once go first.",
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
        self._advertising = Advertising(state.key, config.common_hosts)
        self._limits = Limits(config.strangers, config.accounts, config.rate)
        self._worth_a_look = config.strangers / 4
        texts, seconds = config.max_texts, config.window
        self._clusters = state.open("texts", Clusters, capacity=texts, window=seconds, secret=state.number)
        self._targets = state.open("targets", Clusters, capacity=texts, window=seconds, secret=state.number)
        self._accounts = Accounts(state.open("accounts", Habits, capacity=EACH_TEXT * texts, seconds=seconds))
        services, accounts = config.service_strangers, config.accounts
        self._desk = Desk(state, "campaign.service", services, accounts, self._advertising, self._targets)
        own = state.window("own", capacity=4 * texts, limit=1, seconds=seconds)
        self._advertisers = state.rates("advertisers", capacity=2 * texts, limit=EACH_TO_MANY, seconds=seconds)
        self._own = OwnCopies(own, self._advertisers)
        load_suffixes()

    def check(self, case: Case, now: float) -> Finding | None:
        """Find what many strangers got; of several the worst one, or of equals the sender's own."""
        worst: Finding | None = None
        sure: Cluster | None = None
        said, advertised = self._read(case, now)
        clusters: list[Cluster | None] = []
        for one in said:
            clusters.append(cluster := self._clusters.match(one.text, now))
            for copied in () if cluster is None else self._clusters.known(one.text, now, links=len(one.links)):
                worst = worse(worst, self._judge(case, one, copied, now))
                if worst is not None and worst.score >= SURE:
                    sure = sure or cluster
        for target in advertised:
            worst = worse(worst, self._judge_target(case, target, now))
        case.known[self] = said, advertised, clusters, sure
        if worst is None:
            return None
        if worst.score < SURE:
            return None if case.contacted(now) else worst
        known = [*clusters, *(self._targets.match(one.text, now) for one in advertised)]
        new = not advertised and all(one.weight == SIXTEENTH for one in said)  # anybody's, if it is the sender's first
        if worst.about is About.GROUP and self._accounts.may_say(case, self._account(case), known, now, new=new):
            worst.score = MOST_HANDED_ON
            case.known[self] = said, advertised, clusters, None
        return worst

    def moderate(self, case: Case, findings: tuple[Finding, ...], now: float) -> Finding | None:
        """Let what rests on the spread of a service weigh little; see `seams.Moderates`."""
        said, _, clusters, _ = case.known.get(self) or ((), (), (), None)
        return self._desk.moderate(case, findings, said, clusters, now)

    def observe(self, case: Case, verdict: Verdict, now: float) -> tuple[Effect, ...] | None:
        """Count the copy, whatever became of it, and tell the operator of a service."""
        if self not in case.known:
            self.check(case, now)
        said, advertised, clusters, sure = case.known[self]
        told = self._desk.note(case, verdict, now)
        if not said:
            return told
        sender, recipient, key = case.sender, case.recipient, self._kept_key
        who = self._account(case)
        parties = (who, key(recipient.bare), key(sender.domain), key(recipient.domain))
        own = clusters[0] is None or said[0].subject is ENCRYPTED
        self._accounts.note(case, who, parties[1], clusters, now, own=own)
        if sure is not None:
            self._accounts.blame(who, sure, now)
        for number, one in enumerate(said):
            cluster = clusters[number]
            if number:
                # a text that only says again what the first says is no other copy
                if one.text.key == said[0].text.key:
                    break
                cluster = self._clusters.match(one.text, now)
                if cluster is not None and cluster is self._clusters.match(said[0].text, now):
                    break
            if cluster is not None and self._clusters.lasts(cluster):
                self._own.note(case.sender_key, self._clusters.known(one.text, now), parties[1], now)
            self._clusters.note(one.text, now, parties, links=len(one.links))
        if advertised:
            self._note_targets(case, advertised, now, (*parties[:3], self._key(said[0].text.key.decode("latin-1"))))
        return told

    def _account(self, case: Case) -> bytes:
        return case.sender_key if case.ordinary and not case.marked else self._reader.account(case)

    def _note_targets(self, case: Case, advertised: Iterable[Advertised], now: float, parties: Parties) -> None:
        """Count what is advertised; *parties* have the wording in place of the recipient's domain."""
        for one in advertised:
            if self._targets.match(one.text, now) is not None:
                self._advertisers.note(case.sender_key + one.text.key, parties[1], now)
            self._targets.note(one.text, now, parties)

    def _judge(self, case: Case, said: Said, known: Known, now: float) -> Finding | None:
        tally = self._own.tally(case.sender_key, known, now)
        if tally is None or (strangers := (seen := tally.seen(now)).recipients) < self._worth_a_look:
            return None
        rate = tally.per_second(now)
        crowd = self._accounts.crowd(tally, seen.copies, now)
        weighed = self._limits.of_copies(seen, strangers, rate, said.weight, said.of_few, crowd)
        if weighed is None:
            return None
        score = weighed.score
        if not weighed.few and said.weight == SIXTEENTH and score < SURE:
            score = min(MOST_TINY, score)
        score = self._between(case, score, strangers, seen.senders if weighed.few else 1)
        detail = partial(in_words, said.subject, strangers, seen.senders, now - seen.start, rate, crowd)
        about = About.SENDER if self._own.has(case.sender_key, known, now) else About.GROUP
        return Finding("campaign.rate" if weighed.few else "campaign.copies", detail, score, about, fact=Fact.SPREAD)

    def _judge_target(self, case: Case, one: Advertised, now: float) -> Finding | None:
        cluster = self._targets.match(one.text, now)
        if cluster is None or (strangers := (seen := cluster.seen(now)).recipients) < self._worth_a_look:
            return None
        rate = cluster.per_second(now)
        crowd = self._accounts.crowd(cluster, seen.copies, now)
        weighed = self._limits.of_target(seen, strangers, rate, bare=one.bare, invites=one.invites, crowd=crowd)
        if weighed is None:
            return None
        subject = f"the {one.target.kind} in this message was sent to"
        detail = partial(in_words, subject, strangers, seen.senders, now - seen.start, rate, crowd)
        # others may advertise what is somebody's own, so only who does as they do is an offender
        own = self._advertisers.distinct(case.sender_key + one.text.key, now)
        about = About.SENDER if own >= EACH_TO_MANY else About.GROUP
        score = self._between(case, weighed.score, strangers, seen.senders if weighed.few else 1)
        return Finding("campaign.target", detail, score, about, fact=Fact.SPREAD)

    def _between(self, case: Case, score: float, strangers: int, few: int) -> float:
        """Return *score*, or what is left of it between users of ours until very many got the same of each of *few*."""
        if not case.colleagues or strangers >= WIDE * self._limits.strangers * few:
            return score
        return min(MOST, score) / 2

    def _read(self, case: Case, now: float) -> tuple[tuple[Said, ...], tuple[Advertised, ...]]:
        """Return what *case* says, unless it may be said to many, and what it advertises to whom did not ask for it."""
        if self._allowed is not None and self._allowed.has(case):
            return (), ()
        said = self._reader.said(case)
        if case.ordinary and (not said or not said[0].links):  # as nearly all
            return said, ()
        found = self._advertising.advertised(case, said)
        if not found or case.contacted(now):
            return said, ()
        if len(found) > MOST_TARGETS:
            chance = int.from_bytes(case.sender_key) ^ int.from_bytes(self._kept_key(case.recipient.bare))
            found = most_sent(found, MOST_TARGETS, self._targets, chance, now)
        return said, found
