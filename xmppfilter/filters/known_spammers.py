"""Catches whoever has sent spam before.

Any filter's judgement of a stanza as spam is an offence of its sender, and puts the sender in this list. Bans
accumulate: each offence makes the ban end `ban_time` later than it would have, so twenty at 15 minutes are five
hours. While banned nothing of that sender passes, except to its contacts; harmless stanzas are dropped without making
it worse. Where several findings together made a stanza spam, none of which would have alone, the ban is `ban_time` and
does not grow while it lasts. A sender is forgotten `cache_time` after its last offence.

Each offence, and each user's report, also makes us surer, and an account of ours that reaches 1.0 is disabled. That
cannot be undone for whoever waits for an answer meanwhile, so it takes more than a ban does: offences count at most
once a minute, a first one alone disables nobody, what others write into lists does not count, and a report does only
where the account has written to the reporter, once for each. Copies of one text, and what is soft, bring nobody beyond
0.9: an autoresponder does no more than that. At half of it an event says whom we suspect. The `admins` are never
disabled.

Never looks at: what the stanza says.
"""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from decimal import Decimal
from heapq import heappop, heappush, heapreplace
from typing import Annotated, Any, ClassVar, Final, TypeVar

from pydantic import Field, model_validator

from xmppfilter.judging.effects import Effect, Event, LockAccount, PushBan, Work
from xmppfilter.judging.filter import Stage
from xmppfilter.judging.options import Duration, MinuteOrLonger, Options, format_duration
from xmppfilter.judging.verdict import PASSING, Finding, Verdict
from xmppfilter.memory.bans import Ban, Bans
from xmppfilter.memory.state import Scope
from xmppfilter.stanza.view import ALL_KINDS, Kind, Stanza

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
SUSPECTED: Final = SURE // 2
"""That at which the operator is told."""
NOT_ALONE: Final = 900
"""As far as copies of a text and soft findings bring an account of ours: people do that, too."""
APART: Final = 60.0
"""Seconds between two offences of an account of ours that both count: a burst is one."""
COPIES: Final = frozenset({"same_long_body", "campaign"})
"""Filters that find what somebody repeats."""
BY_OTHERS: Final = frozenset({"blocklist", "invitation", "mentions"})
"""Filters whose findings come out of lists that others keep: they make us no surer of an account of ours."""
_MOST_OURS: Final = 100_000
"""Accounts of ours, and pairs of one and whom it has written to, that are remembered."""
WEIGHTS: Final[Mapping[str, float]] = {
    "same_long_body": 0.4,
    "presence_subscribe_rate": 0.5,
    "patterns": 0.3,
    "report": 0.1,
    "soft": 0.1,
    "other": 1.0,
}
"""What an offence adds to sureness: by filter or rule; `report` is a user's report, `soft` a total to which no finding
was enough alone, at most once a day, `other` every filter that is not named."""


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
    observes: ClassVar = frozenset({Kind.MESSAGE, Kind.SUBSCRIBE})

    def __init__(self, config: Config, state: Scope) -> None:
        self._config = config
        self._key = state.key
        self._never_disabled: frozenset[str] = frozenset()
        self._counted = state.window("counted", capacity=_MOST_OURS, limit=1, seconds=APART, persist=False)
        self._softly = state.window("softly", capacity=_MOST_OURS, limit=1, seconds=DAY)
        self._wrote = state.set("wrote", capacity=_MOST_OURS, seconds=config.cache_time)
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
            if stanza.from_local_user and verdict.action in PASSING:
                self._wrote.add(self._pair(stanza.sender.bare, stanza.recipient.bare), now)
            return None
        key, address = stanza.sender_key, stanza.sender_id
        bans = self._watched if stanza.monitored else self._bans
        if verdict.offence_is_soft and bans.banned_until(key, now):
            return None
        before = bans.get(key, now) if stanza.from_local_user else None
        weight = self._weight(offence, verdict, before, key, now, ours=stanza.from_local_user)
        until = bans.offend(key, address, when=now, ban_time=self._config.ban_time, weight=weight)
        if stanza.monitored:
            return None
        written = stanza.attributes.get("from", "")
        push = PushBan(address, until, written if stanza.occupant else written.partition("/")[0])
        return (push, *self._grown_surer(key, before, now)) if stanza.from_local_user else (push,)

    def _weight(
        self, offence: Finding, verdict: Verdict, before: Ban | None, key: bytes, now: float, *, ours: bool
    ) -> int:
        """Return by how much *offence* makes us surer, in thousandths; *before* is what was known of the sender."""
        weights = self._weights
        if verdict.offence_is_soft:
            if self._softly.reached(key, now):
                return 0
            self._softly.note(key, now)
            weight = weights["soft"]
        else:
            weight = weights.get(offence.rule, weights.get(offence.filter, weights["other"]))
        if not ours:
            return weight
        if offence.filter in BY_OTHERS or self._counted.reached(key, now):
            return 0
        self._counted.note(key, now)
        sureness = before.sureness if before is not None else 0
        if verdict.offence_is_soft or offence.filter in COPIES:
            return max(0, min(weight, NOT_ALONE - sureness))
        return weight

    def _grown_surer(self, key: bytes, before: Ban | None, now: float) -> tuple[Effect, ...]:
        """Tell whom of ours we suspect, and disable the account once we are sure; *before* is what was known of it."""
        ban = self._bans.get(key, now)
        known = before.sureness if before is not None else 0
        if ban is None or ban.disabled or ban.sureness <= known:
            return ()
        may = self._config.disable_account and ban.jid not in self._never_disabled
        if may and known > 0 and ban.sureness >= SURE:
            self._bans.disable(key, when=now)
            return (LockAccount(ban.jid), Event("account_disabled", {"jid": ban.jid}))
        if known < SUSPECTED <= ban.sureness:
            return (Event("account_suspected", {"jid": ban.jid, "sureness": ban.sureness / SURE}),)
        return ()

    def _pair(self, writer: str, recipient: str) -> bytes:
        return self._key(f"{writer} {recipient}")

    def never_disable(self, addresses: Iterable[str]) -> None:
        """Let the accounts of these bare JIDs be, whatever they do."""
        self._never_disabled = frozenset(addresses)

    def report(
        self, address: str, reporter: str | None, *, local: bool, monitored: bool, now: float
    ) -> tuple[Effect, ...]:
        """Take a user's report of *address*: it makes us surer, and bans nobody.

        A named reporter counts once a day, and once for an account of ours (*local*), where it counts only if that
        account has written to the reporter.
        """
        key = self._key(address)
        bans = self._watched if monitored else self._bans
        weight, before = self._weights["report"], None
        who = self._key(reporter if local else f"{reporter} {int(now // DAY)}") if reporter else None
        if local:
            before = bans.get(key, now)
            if reporter is None or not self._wrote.has(self._pair(address, reporter), now):
                weight = 0
        bans.report(key, address, when=now, weight=weight, reporter=who)
        return self._grown_surer(key, before, now) if local and not monitored else ()

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
