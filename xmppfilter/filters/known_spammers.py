"""Catches whoever has sent spam before.

Any filter's judgement of a stanza as spam is an offence of its sender, and puts the sender in this list. Bans
accumulate: each offence makes the ban end `ban_time` later than it would have, so twenty at 15 minutes are five
hours. While banned nothing of that sender passes, except to its contacts; harmless stanzas are dropped without making
it worse. Where several findings together made a stanza spam, none of which would have alone, the ban is `ban_time` and
does not grow while it lasts. A sender is forgotten `cache_time` after its last offence.

Each offence, and each user's report, also makes us surer, and an account of ours that reaches 1.0 is disabled. That
cannot be undone for whoever waits for an answer meanwhile, so it takes more than a ban does: offences count at most
once a minute, a first one alone disables nobody, what others write into lists does not count, and a report does only
where the account has written to the reporter, once for each. Copies of one text, too many messages, and what is soft
bring nobody beyond 0.9: an autoresponder does no more than that, whoever makes it answer. Reports lock an account only
where they would alone, or beside an offence of another sort. At half of it an event says whom we suspect. Never
disabled are the `admins`, and `unfiltered_recipients`, whose answers quote what they get.

A stranger whom several users of ours report within a day is banned for `ban_time` (`reporters`): those count to whom it
has written unasked, whose stanzas were delivered, each of them once, and of what one user reports twenty senders a day.
Occupants of rooms and rooms, admins, and accounts of ours are never banned so. `spammers pardon` forgets the reports.

Never looks at: what the stanza says, but for whether it says something.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, ClassVar, Final

from pydantic import BeforeValidator, Field, model_validator

from xmppfilter.judging.case import Case
from xmppfilter.judging.effects import Effect
from xmppfilter.judging.filter import Stage
from xmppfilter.judging.options import (
    COUNT_OR_OFF_SCHEMA,
    Duration,
    MinuteOrLonger,
    Options,
    format_duration,
    parse_off,
)
from xmppfilter.judging.seams import Evidence, Source
from xmppfilter.judging.verdict import PASSING, Finding, Rank, Verdict
from xmppfilter.memory.state import Scope
from xmppfilter.registers.bans import BanList
from xmppfilter.registers.reporters import MOST_REPORTERS
from xmppfilter.registers.terms import DAY, OTHER, REPORT, SOFT, SURE, Offence, Terms
from xmppfilter.stanza.kind import ALL_KINDS, Kind

RULES = {"banned": "the sender is banned"}
PROVOKED: Final = frozenset({"same_long_body", "campaign", "stranger_rate"})
"""Filters that find what somebody repeats, and how much it writes: whoever answers everybody can be brought to both."""
_MESSAGE: Final = Kind.MESSAGE
_SUBSCRIBE: Final = Kind.SUBSCRIBE
_WRITTEN: Final = (_MESSAGE, _SUBSCRIBE)
_SAYS_SOMETHING: Final = (b"body", b"subject", b"encrypted", b"openpgp", b"jabber:x:conference")
"""One of these has every message that is no receipt or the like."""
BY_OTHERS: Final = frozenset({"blocklist", "invitation", "mentions"})
"""Filters whose findings come out of lists that others keep."""
WEIGHTS: Final[Mapping[str, float]] = {
    "same_long_body": 0.4,
    "presence_subscribe_rate": 0.5,
    "patterns": 0.3,
    REPORT: 0.1,
    SOFT: 0.1,
    OTHER: 1.0,
}
"""What an offence adds to sureness: by filter or rule; `report` is a user's report, `soft` a total to which no finding
was enough alone, at most once a day, `other` every filter that is not named."""


Reporters = Annotated[
    Annotated[int, Field(ge=2, le=MOST_REPORTERS)] | None, BeforeValidator(parse_off), COUNT_OR_OFF_SCHEMA
]


class Config(Options):
    """Options of known_spammers."""

    by_rule: ClassVar = {"weights": (REPORT, SOFT, OTHER)}
    ban_time: Duration = Field(default=900.0, description="How much longer each offence makes the ban.")
    cache_time: Duration = Field(default=7 * DAY, description="A sender is forgotten this long after its last offence.")
    disable_account: bool = Field(
        default=True, description="Disable an account of ours when we are sure that it spams."
    )
    weights: dict[str, Annotated[float, Field(ge=0, le=1)]] = Field(
        default_factory=dict,
        description=f"How sure one offence makes us, by filter, rule, or one of report, soft, other ({dict(WEIGHTS)}).",
    )
    reporters: Reporters = Field(
        default=5,
        description="So many users of ours ban a stranger for one ban_time by reporting it within a day, each one that"
        " it has written to; off: reports ban nobody.",
    )
    print_frequency: MinuteOrLonger = Field(
        default=DAY, description="How often the list of current spammers is logged."
    )
    max_senders: int = Field(
        default=100_000, ge=100, le=100_000_000, description="Senders remembered at once; the mildest go first."
    )

    @model_validator(mode="after")
    def _is_remembered_while_banned(self) -> "Config":
        if self.cache_time < self.ban_time:
            ban, cache = format_duration(self.ban_time), format_duration(self.cache_time)
            raise ValueError(f"wanted cache_time to be at least ban_time, {ban}: with {cache} a ban is forgotten early")
        return self


class Filter:
    """Finds the banned, and hands offences and reports to the ban list."""

    stage: ClassVar = Stage.BAN
    kinds: ClassVar = ALL_KINDS
    observes: ClassVar = frozenset({Kind.MESSAGE, Kind.SUBSCRIBE})

    def __init__(self, config: Config, state: Scope) -> None:
        self._key = state.key
        self.bans = state.shared(BanList, _terms(config))
        """The ban list, which servers are told of."""
        self._reporters = config.reporters

    def check(self, case: Case, now: float) -> Finding | None:
        """Find a banned sender."""
        until = self.bans.banned_until(case.sender_key, case.monitored, now)
        if not until and case.marked:
            # who bears a mark that can be forged does not escape the ban of its bare JID
            until = self.bans.banned_until(self._key(case.sender.bare), case.monitored, now)
        if not until:
            return None
        rest, why = until - now, ""
        if (
            self._reporters
            and (count := self.bans.reporters.count(case.sender_key, case.monitored, now)) >= self._reporters
        ):
            why = f", reported by {count}"
        return Finding(
            "known_spammers.banned", lambda: f"the sender is banned for another {_rough(rest)}{why}", rank=Rank.BAN
        )

    def observe(self, case: Case, verdict: Verdict, now: float) -> tuple[Effect, ...] | None:
        """Make the sender of spam banned, and longer banned."""
        if verdict.action in PASSING and case.kind in _WRITTEN:
            if not case.from_local_user:
                self._reached(case, now)
            elif verdict.offence is None:
                self.bans.wrote(case.sender.bare, case.recipient.bare, now)
        if verdict.offence is None:
            return None
        written = case.stanza.attributes.get("from", "")
        offence = Offence(
            key=case.sender_key,
            address=case.sender_id,
            written=written if case.occupant else written.partition("/")[0],
            finding=verdict.offence,
            soft=verdict.offence_is_soft,
            ours=case.from_local_user,
            monitored=case.monitored,
        )
        return self.bans.offend(offence, now)

    def _reached(self, case: Case, now: float) -> None:
        """Note whom a stranger has written to, so that a report of it counts.

        Not where the user wrote first, or anybody's answers could be provoked and reported; nor of rooms, which hand on
        what others say.
        """
        if not self._reporters or not case.to_local_user or case.occupant or not case.sender.local:
            return
        reporters = self.bans.reporters
        pair = reporters.pair(case.sender_key, case.recipient.bare)
        if reporters.knows(pair, now) or case.contacted(now):
            return
        stanza = case.stanza
        if stanza.lacks(b"muc#user") and (
            case.kind is _SUBSCRIBE or not all(stanza.lacks(needle) for needle in _SAYS_SOMETHING)
        ):
            reporters.reached(pair, now)

    def learn(self, evidence: Evidence, now: float) -> tuple[Effect, ...] | None:
        """Grow surer of whom a user has reported."""
        if evidence.source is not Source.REPORT:
            return None
        return self.bans.report(
            evidence.about,
            evidence.by,
            local=evidence.local,
            monitored=evidence.monitored,
            ours=evidence.by_ours,
            now=now,
        )


def _terms(config: Config) -> Terms:
    return Terms(
        ban_time=config.ban_time,
        cache_time=config.cache_time,
        disable_account=config.disable_account,
        weights={name: _thousandths(weight) for name, weight in {**WEIGHTS, **config.weights}.items()},
        provoked=PROVOKED,
        hearsay=BY_OTHERS,
        reporters=config.reporters,
        print_frequency=config.print_frequency,
        max_senders=config.max_senders,
    )


def _thousandths(weight: float) -> int:
    # through the decimal that the admin wrote, so that ten times 0.1 is 1.0
    return int((Decimal(str(weight)) * SURE).to_integral_value())


def _rough(seconds: float) -> str:
    """Return *seconds* in the largest unit that says enough."""
    for unit in (DAY, 3600.0, 60.0):
        if seconds >= 2 * unit:
            return format_duration(seconds // unit * unit)
    return format_duration(max(1.0, seconds // 1))
