"""What a filter or a register may offer besides `check` and `observe`: whoever has the method is called.

The gateway looks for these methods once in every configuration, so that a filter which needs one of them is still a
file of its own. `deploy/FILTERS.md` shows each of them at work.
"""

from collections.abc import Collection, Generator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from xmppfilter.judging.case import Case
from xmppfilter.judging.effects import Effect, Work
from xmppfilter.judging.verdict import Finding
from xmppfilter.memory.bans import Ban


class Source(StrEnum):
    """Where evidence comes from."""

    REPORT = "report"
    """A user has reported somebody (XEP-0377)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What somebody says of a sender, apart from any stanza that is judged."""

    source: Source
    about: str
    """The address that the sender is known by: a bare JID, or an occupant's full JID."""
    by: str | None
    """The bare JID of whoever says so; None: it is not known."""
    by_ours: bool = False
    """That is an account of ours."""
    local: bool
    """The sender is an account of ours."""
    monitored: bool
    """It is only watched: nothing may follow from it in enforce mode."""


@runtime_checkable
class Moderates(Protocol):
    """A filter that may know better than others what they have found: that it is no sign of spam with this sender."""

    def moderate(self, case: Case, findings: tuple[Finding, ...], now: float) -> Finding | None:
        """Lower the scores of *findings*, and return one that says why; changes nothing else.

        Asked once all filters were, and only where there are any findings.
        """
        ...


@runtime_checkable
class Learns(Protocol):
    """Who learns from evidence."""

    def learn(self, evidence: Evidence, now: float) -> tuple[Effect, ...] | None:
        """Remember *evidence*, and return what is to be done about it."""
        ...


@runtime_checkable
class Timed(Protocol):
    """Who is due by the clock."""

    @property
    def due(self) -> float | None:
        """The Unix time at which `tick` has something to do that an operator sees; None: it has not been called yet."""
        ...

    def tick(self, now: float) -> Work | None:
        """Return what is to be done, in steps; called several times a second, so None nearly always."""
        ...


@runtime_checkable
class Resumes(Protocol):
    """Who has to know that a configuration has come into use."""

    def resume(self, now: float, *, anew: bool, admins: Collection[str]) -> None:
        """Go on under it; *anew*: the one before did not have this one.

        *admins* are bare JIDs of whom nobody is to be punished: those of the operators, and of who gets everything.
        """
        ...


@runtime_checkable
class Enforces(Protocol):
    """Who keeps apart what it learns in monitor mode."""

    def begin_enforcing(self, now: float) -> None:
        """Forget what was learnt in monitor mode: from now on its like has consequences."""
        ...


@runtime_checkable
class Banning(Protocol):
    """A register of bans and locked accounts that servers are told of: all of them in answer to a server's hello.

    What changes later they learn from the effects `PushBan` and `LockAccount`.
    """

    def newest(self, now: float, most: int) -> Generator[None, None, tuple[list[bytes], list[bytes]]]:
        """Return the keys of the *most* important bans, the first first, and of all accounts that may be locked."""
        ...

    def known_by(self, key: bytes, now: float) -> Ban | None:
        """Return the ban under *key* as it is now."""
        ...


@runtime_checkable
class Bans(Protocol):
    """A filter that finds nothing but the banned: servers may drop their stanzas without asking."""

    @property
    def bans(self) -> Banning:
        """The register that it looks them up in."""
        ...
