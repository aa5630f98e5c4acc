"""Catches whoever has sent spam before.

Any filter's judgement of a stanza as spam is an offence of its sender, and puts the sender in this list. Bans
accumulate: each offence makes the ban end `ban_time` later than it would have, so twenty at 15 minutes are five
hours. While banned nothing of that sender passes, except to its contacts; harmless stanzas are dropped without making
it worse. A sender is forgotten `cache_time` after its last offence. Each offence, and each user's report, also makes
us surer: an account of ours that reaches 1.0 is disabled.

Never looks at: what the stanza says.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, ClassVar, Final

from pydantic import Field, model_validator

from xmppfilter.effects import Effect, Event, LockAccount, PushBan
from xmppfilter.filter import Stage
from xmppfilter.memory.bans import Ban
from xmppfilter.memory.state import Scope
from xmppfilter.options import Duration, MinuteOrLonger, Options, format_duration
from xmppfilter.stanza import ALL_KINDS, Kind, Stanza
from xmppfilter.verdict import Finding, Verdict

RULES = {"banned": "the sender is banned"}
DAY: Final = 86400.0
LISTED: Final = 1000
"""Spammers that one line of the log names at most, the worst."""
SURE: Final = 1000
"""The sureness, in thousandths, at which an account of ours is disabled."""
WEIGHTS: Final[Mapping[str, float]] = {
    "same_long_body": 0.4,
    "presence_subscribe_rate": 0.5,
    "patterns": 0.3,
    "report": 0.1,
    "soft": 0.3,
    "other": 1.0,
}
"""What an offence adds to sureness: by filter or rule; `report` is a user's report, `soft` a total to which no finding
was enough alone, `other` every filter that is not named."""


class Config(Options):
    """Options of known_spammers."""

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
    """Keeps the ban list; offences judged in monitor mode stand in a list that enforce mode never sees."""

    stage: ClassVar = Stage.BAN
    kinds: ClassVar = ALL_KINDS
    observes: ClassVar[frozenset[Kind]] = frozenset()

    def __init__(self, config: Config, state: Scope) -> None:
        self._config = config
        self._key = state.key
        self._weights = {name: _thousandths(weight) for name, weight in {**WEIGHTS, **config.weights}.items()}
        self._bans = state.bans("senders", capacity=config.max_senders, seconds=config.cache_time)
        self._watched = state.bans("monitored", capacity=config.max_senders, seconds=config.cache_time)
        self.due: float | None = None
        """When the list is to be logged next; set at the first tick."""

    def check(self, stanza: Stanza, now: float) -> Finding | None:
        """Find a banned sender."""
        until = self._banned_until(stanza.sender_key, stanza.monitored, now)
        if not until and stanza.marked:
            # who bears a mark that can be forged does not escape the ban of its bare JID
            until = self._banned_until(self._key(stanza.sender.bare), stanza.monitored, now)
        if not until:
            return None
        return Finding("known_spammers.banned", lambda: f"the sender is banned for another {_rough(until - now)}")

    def _banned_until(self, key: bytes, monitored: bool, now: float) -> float:
        until = self._bans.banned_until(key, now)
        return max(until, self._watched.banned_until(key, now)) if monitored else until

    def observe(self, stanza: Stanza, verdict: Verdict, now: float) -> tuple[Effect, ...] | None:
        """Make the sender of spam banned, and longer banned."""
        offence = verdict.offence
        if offence is None:
            return None
        weight = self._weights["soft"] if verdict.offence_is_soft else self._weight(offence)
        key, address = stanza.sender_key, stanza.sender_id
        ban_time = self._config.ban_time
        if stanza.monitored:
            self._watched.offend(key, address, when=now, ban_time=ban_time, weight=weight)
            return None
        until = self._bans.offend(key, address, when=now, ban_time=ban_time, weight=weight)
        if not stanza.from_local_user:
            return (PushBan(address, until),)
        return (PushBan(address, until), *self._disable(key, now))

    def _weight(self, offence: Finding) -> int:
        weights = self._weights
        return weights.get(offence.rule, weights.get(offence.filter, weights["other"]))

    def _disable(self, key: bytes, now: float) -> tuple[Effect, ...]:
        """Disable the account of ours that *key* stands for, once we are sure that it spams."""
        ban = self._bans.get(key, now)
        if ban is None or ban.disabled or ban.sureness < SURE or not self._config.disable_account:
            return ()
        self._bans.disable(key, when=now)
        return (LockAccount(ban.jid), Event("account_disabled", {"jid": ban.jid}))

    def report(
        self, address: str, reporter: str | None, *, local: bool, monitored: bool, now: float
    ) -> tuple[Effect, ...]:
        """Take a user's report of *address*: it makes us surer, and bans nobody. A named reporter counts once a day."""
        key = self._key(address)
        who = self._key(f"{reporter} {int(now // DAY)}") if reporter else None
        bans = self._watched if monitored else self._bans
        bans.report(key, address, when=now, weight=self._weights["report"], reporter=who)
        return self._disable(key, now) if local and not monitored else ()

    def ban(self, address: str, seconds: float | None, now: float) -> tuple[Effect, ...]:
        """Ban *address* by an operator's word, for that long or else for one `ban_time`."""
        until = now + (self._config.ban_time if seconds is None else seconds)
        self._bans.impose(self._key(address), address, when=now, until=until)
        return (PushBan(address, until),)

    def pardon(self, address: str, now: float) -> tuple[Effect, ...] | None:
        """Forget all that is known of *address*, and enable its account again; None: nothing was known."""
        key = self._key(address)
        known = self._bans.get(key, now)
        watched = self._watched.pardon(key, when=now)
        pardoned = self._bans.pardon(key, when=now)
        if known is None:
            return () if watched or pardoned else None
        effects: tuple[Effect, ...] = (PushBan(address, 0.0),)
        return (*effects, LockAccount(address, locked=False)) if known.disabled else effects

    def show(self, address: str, now: float) -> Ban | None:
        """Return what is known of *address*."""
        key = self._key(address)
        return self._bans.get(key, now) or self._watched.get(key, now)

    def current(self, now: float) -> list[Ban]:
        """Return everybody who is remembered, the surest and longest banned first."""
        return sorted(self._bans.current(now), key=lambda ban: (-ban.sureness, -ban.until, ban.jid))

    def watched(self, now: float) -> list[Ban]:
        """Return everybody who is remembered of monitor mode, in the same order."""
        return sorted(self._watched.current(now), key=lambda ban: (-ban.sureness, -ban.until, ban.jid))

    def banned(self, now: float) -> list[Ban]:
        """Return everybody whose ban holds: whom an operator banned, then the newest offenders first."""
        banned = (ban for ban in self._bans.current(now) if ban.until > now)
        return sorted(banned, key=lambda ban: (not ban.imposed, -ban.last))

    def disabled(self, now: float) -> list[str]:
        """Return the accounts of ours that are disabled."""
        return [ban.jid for ban in self._bans.current(now) if ban.disabled]

    def begin_enforcing(self, now: float) -> None:
        """Forget the bans that were earned in monitor mode."""
        self._watched.clear(when=now)

    def go_on_from(self, former: "Filter", now: float) -> None:
        """Log the list when *former* would have, or sooner where it is wanted more often."""
        if former.due is not None:
            self.due = min(former.due, now + self._config.print_frequency)

    def tick(self, now: float) -> tuple[Effect, ...]:
        """Log the list when it is due."""
        if self.due is None:
            self.due = now + self._config.print_frequency
            return ()
        if now < self.due:
            return ()
        self.due = now + self._config.print_frequency
        known = self.current(now)
        rows = [
            {"jid": ban.jid, "offences": ban.offences, "sureness": ban.sureness / SURE, "until": ban.until}
            for ban in known[:LISTED]
        ]
        return (Event("spammers", {"count": len(known), "spammers": rows}),) if known else ()


def _thousandths(weight: float) -> int:
    # through the decimal that the admin wrote, so that ten times 0.1 is 1.0
    return int((Decimal(str(weight)) * SURE).to_integral_value())


def _rough(seconds: float) -> str:
    """Return *seconds* in the largest unit that says enough."""
    for unit in (DAY, 3600.0, 60.0):
        if seconds >= 2 * unit:
            return format_duration(seconds // unit * unit)
    return format_duration(max(1.0, seconds // 1))
