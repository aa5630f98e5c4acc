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
bring nobody beyond 0.9: an autoresponder does no more than that, whoever makes it answer. At half of it an event says
whom we suspect. Never disabled are the `admins`, and `unfiltered_recipients`, whose answers quote what they get.

Never looks at: what the stanza says.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, ClassVar, Final

from pydantic import Field, model_validator

from xmppfilter.judging.case import Case
from xmppfilter.judging.effects import Effect
from xmppfilter.judging.filter import Stage
from xmppfilter.judging.options import Duration, MinuteOrLonger, Options, format_duration
from xmppfilter.judging.seams import Evidence, Source
from xmppfilter.judging.verdict import PASSING, Finding, Rank, Verdict
from xmppfilter.memory.state import Scope
from xmppfilter.registers.bans import DAY, OTHER, REPORT, SOFT, SURE, BanList, Offence, Terms
from xmppfilter.stanza.kind import ALL_KINDS, Kind

RULES = {"banned": "the sender is banned"}
PROVOKED: Final = frozenset({"same_long_body", "campaign", "stranger_rate"})
"""Filters that find what somebody repeats, and how much it writes: whoever answers everybody can be brought to both."""
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
    observes: ClassVar[frozenset[Kind]] = frozenset()
    observes_ours: ClassVar = frozenset({Kind.MESSAGE, Kind.SUBSCRIBE})

    def __init__(self, config: Config, state: Scope) -> None:
        self._key = state.key
        self.bans = state.shared(BanList, _terms(config))
        """The ban list, which servers are told of."""

    def check(self, case: Case, now: float) -> Finding | None:
        """Find a banned sender."""
        until = self.bans.banned_until(case.sender_key, case.monitored, now)
        if not until and case.marked:
            # who bears a mark that can be forged does not escape the ban of its bare JID
            until = self.bans.banned_until(self._key(case.sender.bare), case.monitored, now)
        if not until:
            return None
        rest = until - now
        return Finding(
            "known_spammers.banned", lambda: f"the sender is banned for another {_rough(rest)}", rank=Rank.BAN
        )

    def observe(self, case: Case, verdict: Verdict, now: float) -> tuple[Effect, ...] | None:
        """Make the sender of spam banned, and longer banned."""
        if verdict.offence is None:
            if case.from_local_user and verdict.action in PASSING:
                self.bans.wrote(case.sender.bare, case.recipient.bare, now)
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

    def learn(self, evidence: Evidence, now: float) -> tuple[Effect, ...] | None:
        """Grow surer of whom a user has reported."""
        if evidence.source is not Source.REPORT:
            return None
        return self.bans.report(
            evidence.about, evidence.by, local=evidence.local, monitored=evidence.monitored, now=now
        )


def _terms(config: Config) -> Terms:
    return Terms(
        ban_time=config.ban_time,
        cache_time=config.cache_time,
        disable_account=config.disable_account,
        weights={name: _thousandths(weight) for name, weight in {**WEIGHTS, **config.weights}.items()},
        provoked=PROVOKED,
        hearsay=BY_OTHERS,
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
