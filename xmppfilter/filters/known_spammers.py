"""Catches whoever has sent spam before.

Any filter's judgement of a stanza as spam is an offence of its sender, and puts the sender in this list. Bans
accumulate: each offence makes the ban end `ban_time` later than it would have, so twenty at 15 minutes are five
hours. While banned nothing of that sender passes, except to its contacts; harmless stanzas are dropped without making
it worse. A sender is forgotten `cache_time` after its last offence. Each offence, and each user's report, also makes
us surer: an account of ours that reaches 1.0 is disabled.

Never looks at: what the stanza says.
"""

from collections.abc import Callable, Generator, Iterator, Mapping
from decimal import Decimal
from heapq import heappop, heappush, heapreplace
from typing import Annotated, Any, ClassVar, Final, TypeVar

from pydantic import Field, model_validator

from xmppfilter.effects import Effect, Event, LockAccount, PushBan, Work
from xmppfilter.filter import Stage
from xmppfilter.memory.bans import Ban, Bans
from xmppfilter.memory.state import Scope
from xmppfilter.options import Duration, MinuteOrLonger, Options, format_duration
from xmppfilter.stanza import ALL_KINDS, Kind, Stanza
from xmppfilter.verdict import Finding, Verdict

_Item = TypeVar("_Item", bound=tuple[Any, ...])

RULES = {"banned": "the sender is banned"}
DAY: Final = 86400.0
LISTED: Final = 1000
"""Spammers that one line of the log names at most, the worst."""
LISTED_CHARACTERS: Final = 1 << 16
"""Characters of their addresses, or a few more."""
SORTED: Final = 10_000
"""Spammers that are told in order; a million would have to be kept to be sorted."""
AT_ONCE: Final = 8
"""Records that are looked at in one step."""
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
        written = stanza.attributes.get("from", "")
        push = PushBan(address, until, written if stanza.occupant else written.partition("/")[0])
        return (push, *self._disable(key, now)) if stanza.from_local_user else (push,)

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
        # what came after the word, while others were pardoned, holds
        effects: tuple[Effect, ...] = (PushBan(address, self._bans.banned_until(key, now)),)
        return (*effects, LockAccount(address, locked=False)) if known.disabled else effects

    def pardon_all(
        self, covers: Callable[[str], bool], now: float, *, earned: bool = False
    ) -> Generator[Effect | None, None, int]:
        """Pardon every remembered address that *covers* says yes of, and return how many were.

        With *earned*, whom an operator banned stays banned, and what was disabled stays so.
        """
        count = 0
        for bans in (self._bans, self._watched):
            for number, key in enumerate(bans.keys()):
                ban = bans.get(key, now)
                if ban is not None and covers(ban.jid) and not (earned and (ban.imposed or ban.disabled)):
                    count += 1
                    yield from self.pardon(ban.jid, now) or ()
                    yield None
                elif number % AT_ONCE == 0:
                    yield None
        return count

    def show(self, address: str, now: float) -> Ban | None:
        """Return what is known of *address*."""
        key = self._key(address)
        return self._bans.get(key, now) or self._watched.get(key, now)

    def current(self, now: float) -> Iterator[Ban | None]:
        """Yield everybody who is remembered: the surest and longest banned first, who is beyond `SORTED` in no order.

        A None stands for a step in which nobody was found.
        """
        return self._sorted(self._bans, now)

    def watched(self, now: float) -> Iterator[Ban | None]:
        """Yield everybody who is remembered of monitor mode, in the same way."""
        return self._sorted(self._watched, now)

    def _sorted(self, bans: Bans, now: float) -> Iterator[Ban | None]:
        count, worst = yield from self._worst(bans, now, SORTED)
        shown = {key for *_, key in worst}
        yield from self._in_order(bans, worst, now)
        for key in bans.keys() if count > len(shown) else ():
            yield bans.get(key, now) if key not in shown else None

    def _in_order(self, bans: Bans, worst: list["_Bad"], now: float) -> Iterator[Ban | None]:
        order: list[tuple[float, float, str, Ban]] = []
        for *_, key in worst:
            if (ban := bans.get(key, now)) is not None:
                heappush(order, (-ban.sureness, -ban.until, ban.jid, ban))
            yield None
        while order:
            yield heappop(order)[-1]

    def _worst(self, bans: Bans, now: float, most: int) -> Generator[None, None, tuple[int, list["_Bad"]]]:
        """Count who is remembered, and find the *most* surest and longest banned of them, in no order."""
        count = 0
        worst: list[_Bad] = []
        for number, key in enumerate(bans.keys()):
            if (ban := bans.get(key, now)) is not None:
                count += 1
                _keep(worst, (ban.sureness, ban.until, key), most)
            if number % AT_ONCE == 0:
                yield
        return count, worst

    def newest(self, now: float, most: int) -> Generator[None, None, tuple[list[bytes], list[bytes]]]:
        """Find the *most* important bans that hold: whom an operator banned, then the newest offenders first.

        Return their keys, and those of accounts of ours that may be disabled.
        """
        found: list[tuple[bool, float, bytes]] = []
        edited: list[bytes] = []
        for number, key in enumerate(self._bans.keys()):
            seen = self._bans.glance(key)
            if seen is not None and seen.until > now:
                _keep(found, (seen.imposed_until > now, seen.last, key), most)
            if seen is not None and seen.edited:
                edited.append(key)
            if number % AT_ONCE == 0:
                yield
        keys: list[bytes] = []
        while found:
            keys.append(heappop(found)[-1])
            if len(found) % AT_ONCE == 0:
                yield
        keys.reverse()
        return keys, edited

    def known_by(self, key: bytes, now: float) -> Ban | None:
        """Return who is remembered under *key*."""
        return self._bans.get(key, now)

    def begin_enforcing(self, now: float) -> None:
        """Forget the bans that were earned in monitor mode: at once, however many there are."""
        self._watched.clear(when=now)

    def go_on_from(self, former: "Filter", now: float) -> None:
        """Log the list when *former* would have, or sooner where it is wanted more often."""
        if former.due is not None:
            self.due = min(former.due, now + self._config.print_frequency)

    def tick(self, now: float) -> Work | None:
        """Return what logs the list, when it is due."""
        if self.due is not None and now < self.due:
            return None
        listing = self._logged(now) if self.due is not None else None
        self.due = now + self._config.print_frequency
        return listing

    def _logged(self, now: float) -> Work:
        count, worst = yield from self._worst(self._bans, now, LISTED)
        rows: list[dict[str, Any]] = []
        room = LISTED_CHARACTERS
        for ban in self._in_order(self._bans, worst, now):
            if ban is None:
                yield None
            elif room > 0:
                room -= len(ban.jid)
                seen = {"jid": ban.jid, "offences": ban.offences, "sureness": ban.sureness / SURE, "until": ban.until}
                rows.append(seen)
        if count:
            yield Event("spammers", {"count": count, "spammers": rows})


_Bad = tuple[float, float, bytes]
"""How sure we are of a sender and until when it is banned, and its key: the greater, the worse."""


def _keep(greatest: list[_Item], item: _Item, most: int) -> None:
    """Put *item* into a heap of the *most* greatest."""
    if len(greatest) < most:
        heappush(greatest, item)
    elif item > greatest[0]:
        heapreplace(greatest, item)


def _thousandths(weight: float) -> int:
    # through the decimal that the admin wrote, so that ten times 0.1 is 1.0
    return int((Decimal(str(weight)) * SURE).to_integral_value())


def _rough(seconds: float) -> str:
    """Return *seconds* in the largest unit that says enough."""
    for unit in (DAY, 3600.0, 60.0):
        if seconds >= 2 * unit:
            return format_duration(seconds // unit * unit)
    return format_duration(max(1.0, seconds // 1))
