"""The ban list: who is banned until when, how sure we are of each sender, and which accounts of ours that disables.

Filters hand offences and reports to it, operators ban and pardon, servers are told what it holds. What is judged in
monitor mode stands in a list of its own, which enforce mode never reads.
"""

from collections.abc import Callable, Collection, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, NamedTuple, Self

from xmppfilter.judging.effects import Effect, LockAccount, Notice, PushBan, Work
from xmppfilter.judging.verdict import Finding
from xmppfilter.memory.bans import Ban, Bans
from xmppfilter.memory.sets import Set
from xmppfilter.memory.state import Opener, Shared
from xmppfilter.memory.window import Window
from xmppfilter.registers.worst import AT_ONCE, everybody, named, newest

DAY: Final = 86400.0
SURE: Final = 1000
"""The sureness, in thousandths, at which an account of ours is disabled."""
SUSPECTED: Final = SURE // 2
"""The sureness at which the operator is told."""
NOT_ALONE: Final = 900
"""As far as soft findings, and those that others can bring about, bring an account of ours."""
APART: Final = 60.0
"""Seconds between two offences of an account of ours that both count: a burst is one."""
_MOST_OURS: Final = 100_000
"""Accounts of ours, and pairs of one and whom it has written to, that are remembered."""
_STORED_AS: Final = "known_spammers"
"""The scope of the structures' names in every store: it was the filter's before it was the register's."""
REPORT: Final = "report"
SOFT: Final = "soft"
OTHER: Final = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the configuration says of bans."""

    ban_time: float = 900.0
    """Seconds by which each offence makes a ban longer."""
    cache_time: float = 7 * DAY
    """Seconds after its last offence in which a sender is forgotten."""
    disable_account: bool = True
    """Whether accounts of ours of which we are sure are disabled."""
    weights: Mapping[str, int] = field(default_factory=lambda: {REPORT: SURE // 10, SOFT: SURE // 10, OTHER: SURE})
    """Thousandths of sureness that an offence adds, by rule or filter, `report`, `soft`, or else `other`."""
    provoked: Collection[str] = frozenset()
    """Filters that find what strangers can bring an account of ours to do: they alone disable none."""
    hearsay: Collection[str] = frozenset()
    """Filters that find what others list: they make us no surer of an account of ours."""
    print_frequency: float = DAY
    """Seconds between two lists of current spammers in the log."""
    max_senders: int = 100_000


class Offence(NamedTuple):
    """What somebody did, as a filter tells it."""

    key: bytes
    address: str
    written: str
    """The address as its server spelled it."""
    finding: Finding
    soft: bool
    """No finding was enough alone."""
    ours: bool
    """An account of ours did it."""
    monitored: bool


class _Stored(NamedTuple):
    """The structures behind the list."""

    counted: Window
    softly: Window
    wrote: Set
    bans: Bans
    watched: Bans


class BanList(Shared):
    """Bans, sureness and disabled accounts. One object as long as its structures are in use."""

    def __init__(self, key: Callable[[str], bytes], stored: _Stored) -> None:
        self._key = key
        self._stored = stored
        self._counted, self._softly, self._wrote, self._bans, self._watched = stored
        self._terms = Terms()
        self._never_disabled: frozenset[str] = frozenset()
        self.due: float | None = None
        """When the list is to be logged next; set at the first tick."""

    @classmethod
    def on(cls, opener: Opener, known: Self | None, terms: Terms | None = None) -> Self:
        """Return *known* if it is on the structures of *opener*, or else a new list that is; see `Shared`."""
        wanted = terms or (known.terms if known is not None else Terms())
        scope = opener.scoped(_STORED_AS)
        size, seconds = wanted.max_senders, wanted.cache_time
        stored = _Stored(
            counted=scope.window("counted", capacity=_MOST_OURS, limit=1, seconds=APART, persist=False),
            softly=scope.window("softly", capacity=_MOST_OURS, limit=1, seconds=DAY),
            wrote=scope.set("wrote", capacity=_MOST_OURS, seconds=seconds),
            bans=scope.bans("senders", capacity=size, seconds=seconds),
            watched=scope.bans("monitored", capacity=size, seconds=seconds),
        )
        found = known if known is not None and known.is_on(stored) else cls(opener.key, stored)
        opener.when_in_use(partial(found.go_by, wanted))
        return found

    def is_on(self, stored: _Stored) -> bool:
        """Whether these are the structures behind the list."""
        return all(ours is theirs for ours, theirs in zip(self._stored, stored, strict=True))

    @property
    def terms(self) -> Terms:
        """What the configuration in use says of bans."""
        return self._terms

    def go_by(self, terms: Terms) -> None:
        """Go by *terms* from now on."""
        self._terms = terms

    def resume(self, now: float, *, anew: bool, admins: Collection[str]) -> None:
        """Go on under another configuration; the accounts of *admins* are let be. See `seams.Resumes`."""
        self._never_disabled = frozenset(admins)
        if anew:
            self.due = None
        elif self.due is not None:
            self.due = min(self.due, now + self._terms.print_frequency)

    # --- what is asked of it

    def banned_until(self, key: bytes, monitored: bool, now: float) -> float:
        """Return the end of the ban of the sender *key*, 0.0 if it is not banned; *monitored*: in monitor mode."""
        until = self._bans.banned_until(key, now)
        return max(until, self._watched.banned_until(key, now)) if monitored else until

    def show(self, address: str, now: float) -> Ban | None:
        """Return what is known of *address*."""
        key = self._key(address)
        return self._bans.get(key, now) or self._watched.get(key, now)

    def known_by(self, key: bytes, now: float) -> Ban | None:
        """Return who is remembered under *key*."""
        return self._bans.get(key, now)

    def current(self, now: float) -> Iterator[Ban | None]:
        """Yield everybody who is remembered; see `everybody`."""
        return everybody(self._bans, now)

    def watched(self, now: float) -> Iterator[Ban | None]:
        """Yield everybody who is remembered of monitor mode; see `everybody`."""
        return everybody(self._watched, now)

    def newest(self, now: float, most: int) -> Generator[None, None, tuple[list[bytes], list[bytes]]]:
        """Return the keys of what servers are told when they greet us; see `newest`."""
        return newest(self._bans, now, most)

    # --- what filters tell it

    def wrote(self, writer: str, recipient: str, now: float) -> None:
        """Remember that *writer*, an account of ours, has written to *recipient*."""
        self._wrote.add(self._pair(writer, recipient), now)

    def offend(self, offence: Offence, now: float) -> tuple[Effect, ...] | None:
        """Ban whoever did *offence*, or ban it for longer."""
        key, ours = offence.key, offence.ours
        bans = self._watched if offence.monitored else self._bans
        if offence.soft and bans.banned_until(key, now):
            return None
        before = bans.get(key, now) if ours else None
        weight = self._weight(offence, before, now)
        until = bans.offend(key, offence.address, when=now, ban_time=self._terms.ban_time, weight=weight)
        if offence.monitored:
            return None
        push = PushBan(offence.address, until, offence.written)
        return (push, *self._grown_surer(key, before, now)) if ours else (push,)

    def _weight(self, offence: Offence, before: Ban | None, now: float) -> int:
        """Return by how much *offence* makes us surer, in thousandths; *before* is what was known of the sender."""
        weights, key, finding = self._terms.weights, offence.key, offence.finding
        if offence.soft:
            if self._softly.reached(key, now):
                return 0
            self._softly.note(key, now)
            weight = weights[SOFT]
        else:
            weight = weights.get(finding.rule, weights.get(finding.filter, weights[OTHER]))
        if not offence.ours:
            return weight
        if finding.filter in self._terms.hearsay or self._counted.reached(key, now):
            return 0
        self._counted.note(key, now)
        sureness = before.sureness if before is not None else 0
        if offence.soft or finding.filter in self._terms.provoked:
            return max(0, min(weight, NOT_ALONE - sureness))
        return weight

    def _grown_surer(self, key: bytes, before: Ban | None, now: float) -> tuple[Effect, ...]:
        """Tell whom of ours we suspect, and disable the account once we are sure; *before* is what was known of it."""
        ban = self._bans.get(key, now)
        known = before.sureness if before is not None else 0
        if ban is None or ban.disabled or ban.sureness <= known:
            return ()
        may = self._terms.disable_account and ban.jid not in self._never_disabled
        if may and known > 0 and ban.sureness >= SURE:
            self._bans.disable(key, when=now)
            return (LockAccount(ban.jid), Notice("account_disabled", {"jid": ban.jid}))
        if known < SUSPECTED <= ban.sureness:
            return (Notice("account_suspected", {"jid": ban.jid, "sureness": ban.sureness / SURE}),)
        return ()

    def _pair(self, writer: str, recipient: str) -> bytes:
        return self._key(f"{writer} {recipient}")

    def report(
        self, address: str, reporter: str | None, *, local: bool, monitored: bool, now: float
    ) -> tuple[Effect, ...]:
        """Take a user's report of *address*: it makes us surer, and bans nobody.

        A named reporter counts once a day, and once for an account of ours (*local*), where it counts only if that
        account has written to the reporter.
        """
        key = self._key(address)
        bans = self._watched if monitored else self._bans
        weight, before = self._terms.weights[REPORT], None
        who = self._key(reporter if local else f"{reporter} {int(now // DAY)}") if reporter else None
        if local:
            before = bans.get(key, now)
            if reporter is None or not self._wrote.has(self._pair(address, reporter), now):
                weight = 0
        bans.report(key, address, when=now, weight=weight, reporter=who)
        return self._grown_surer(key, before, now) if local and not monitored else ()

    # --- what operators tell it

    def ban(self, address: str, seconds: float | None, now: float) -> tuple[Effect, ...]:
        """Ban *address* by an operator's word, for that long or else for one `ban_time`."""
        until = now + (self._terms.ban_time if seconds is None else seconds)
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

    def begin_enforcing(self, now: float) -> None:
        """Forget the bans that were earned in monitor mode: at once, however many there are."""
        self._watched.clear(when=now)

    # --- the clock

    def tick(self, now: float) -> Work | None:
        """Return what logs the list, when it is due."""
        if self.due is not None and now < self.due:
            return None
        listing = self._logged(now) if self.due is not None else None
        self.due = now + self._terms.print_frequency
        return listing

    def _logged(self, now: float) -> Work:
        count, bans = yield from named(self._bans, now)
        rows: list[dict[str, Any]] = [
            {"jid": ban.jid, "offences": ban.offences, "sureness": ban.sureness / SURE, "until": ban.until}
            for ban in bans
        ]
        if count:
            yield Notice("spammers", {"count": count, "spammers": rows})
