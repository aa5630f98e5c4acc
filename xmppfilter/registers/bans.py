"""The ban list: who is banned until when, how sure we are of each sender, and which accounts of ours that disables.

Filters hand offences and reports to it, operators ban and pardon, servers are told what it holds. What is judged in
monitor mode stands in a list of its own, which enforce mode never reads.
"""

from collections.abc import Callable, Collection, Generator, Iterator
from functools import partial
from typing import Any, Final, NamedTuple, Self

from xmppfilter.judging.effects import Effect, LockAccount, Notice, PushBan, Work
from xmppfilter.memory.bans import Ban, Bans
from xmppfilter.memory.sets import Set
from xmppfilter.memory.state import Opener, Shared
from xmppfilter.memory.window import Window
from xmppfilter.registers.reporters import Reporters
from xmppfilter.registers.terms import APART, DAY, NOT_ALONE, OTHER, REPORT, SOFT, SURE, SUSPECTED, Offence, Terms
from xmppfilter.registers.worst import AT_ONCE, everybody, named, newest

_MOST_OURS: Final = 100_000
"""Accounts of ours, and pairs of one and whom it has written to, that are remembered."""
_STORED_AS: Final = "known_spammers"
"""The scope of the structures' names in every store: it was the filter's before it was the register's."""


class _Stored(NamedTuple):
    """The structures behind the list."""

    counted: Window
    softly: Window
    wrote: Set
    bans: Bans
    watched: Bans
    surely: Set
    reached: Set
    reported: Bans
    reporting: Window


class BanList(Shared):
    """Bans, sureness and disabled accounts. One object as long as its structures are in use."""

    def __init__(self, opener: Opener, stored: _Stored) -> None:
        self._key = opener.key
        self._stored = stored
        self._counted, self._softly, self._wrote, self._bans, self._watched, self._surely = stored[:6]
        self.reporters = Reporters(opener, stored.reached, stored.reported, stored.reporting)
        """Whom strangers have written to, and who of them has reported whom."""
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
            surely=scope.set("surely", capacity=_MOST_OURS, seconds=seconds),
            **Reporters.structures(scope, size),
        )
        found = known if known is not None and known.is_on(stored) else cls(opener, stored)
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
        if weight and not offence.monitored:
            self._surely.add(key, now)
        return weight

    def _grown_surer(self, key: bytes, before: Ban | None, now: float) -> tuple[Effect, ...]:
        """Tell whom of ours we suspect, and disable the account once we are sure; *before* is what was known of it."""
        ban = self._bans.get(key, now)
        known = before.sureness if before is not None else 0
        if ban is None or ban.disabled or ban.sureness <= known:
            return ()
        may = self._terms.disable_account and ban.jid not in self._never_disabled
        if may and known > 0 and ban.sureness >= SURE and self._is_sure(key, now):
            self._bans.disable(key, when=now)
            return (LockAccount(ban.jid), Notice("account_disabled", {"jid": ban.jid}))
        if known < SUSPECTED <= ban.sureness:
            return (Notice("account_suspected", {"jid": ban.jid, "sureness": ban.sureness / SURE}),)
        return ()

    def _is_sure(self, key: bytes, now: float) -> bool:
        """Whether an account did something that nobody can bring it to do, or those that it wrote to are sure alone."""
        reported = self._bans.reporters(key, now - self._terms.cache_time) * self._terms.weights[REPORT]
        return self._surely.has(key, now) or reported >= SURE

    def _pair(self, writer: str, recipient: str) -> bytes:
        return self._key(f"{writer} {recipient}")

    def report(
        self, address: str, reporter: str | None, *, local: bool, monitored: bool, ours: bool, now: float
    ) -> tuple[Effect, ...]:
        """Take a user's report of *address*: it makes us surer, and several bans.

        A named reporter counts once a day, and once for an account of ours (*local*), where it counts only if that
        account has written to the reporter. Others are banned for `ban_time` once as many accounts of ours (*ours*: the
        reporter is one) have reported them as the terms say; see `Reporters`.
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
        if local:
            return () if monitored else self._grown_surer(key, before, now)
        return self._reported_by(reporter, address, monitored, now) if ours and reporter is not None else ()

    def _reported_by(self, reporter: str, address: str, monitored: bool, now: float) -> tuple[Effect, ...]:
        wanted, key = self._terms.reporters, self._key(address)
        if wanted is None or address in self._never_disabled:
            return ()
        count = self.reporters.report(key, address, reporter, monitored=monitored, now=now)
        if count < wanted or self.banned_until(key, monitored, now):
            return ()
        bans = self._watched if monitored else self._bans
        until = bans.offend(key, address, when=now, ban_time=self._terms.ban_time, weight=0)
        if monitored:
            return ()
        return (PushBan(address, until), Notice("banned_by_reports", {"jid": address, "reporters": count}))

    # --- what operators tell it

    def ban(self, address: str, seconds: float | None, now: float) -> tuple[Effect, ...]:
        """Ban *address* by an operator's word, for that long or else for one `ban_time`."""
        until = now + (self._terms.ban_time if seconds is None else seconds)
        self._bans.impose(self._key(address), address, when=now, until=until)
        return (PushBan(address, until),)

    def pardon(self, address: str, now: float) -> tuple[Effect, ...] | None:
        """Forget all that is known of *address*, and enable its account again; None: nothing was known."""
        key = self._key(address)
        self.reporters.forget(key, now)
        if self._surely.has(key, now):
            self._surely.remove(key, now)
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
