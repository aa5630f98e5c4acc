"""Which filters and registers offer what (see `judging.seams`): found once in every configuration, called from here."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from math import inf
from typing import Any, Final

from xmppfilter.judging.effects import Effect, Notice, Work
from xmppfilter.judging.mount import Mount
from xmppfilter.judging.seams import Banning, Bans, Enforces, Evidence, Learns, Resumes, Timed
from xmppfilter.lists.library import WantsLists

_Who = str | type
"""A mounted filter by its name, or a register by its kind."""
_Learn = Callable[[Evidence, float], tuple[Effect, ...] | None]


class Seams:
    """Dispatch lists of one configuration."""

    def __init__(self, mounts: Iterable[Mount], registers: Mapping[type, Any]) -> None:
        mounted = tuple(mounts)
        parts: dict[_Who, Any] = {mount.name: mount.filter for mount in mounted}
        parts.update(registers.items())
        self._who = frozenset(parts)
        self._learns = tuple(_learners(mounted, parts))
        self._timed = tuple((_name_of(who), part) for who, part in parts.items() if isinstance(part, Timed))
        self._resumes = tuple((who, part) for who, part in parts.items() if isinstance(part, Resumes))
        self._enforces = tuple(part for part in parts.values() if isinstance(part, Enforces))
        self.bans: Final = tuple(mount for mount in mounted if isinstance(mount.filter, Bans))
        """The mounted filters whose bans servers may act on by themselves."""
        self.banning: Final = tuple(_registers_of(self.bans))
        """The registers of these bans."""
        self.wants_lists: Final = tuple(part for part in parts.values() if isinstance(part, WantsLists))
        """Who says what of lists."""

    def learn(self, evidence: Evidence, now: float) -> tuple[Effect, ...]:
        """Offer *evidence* to all who learn from it, and return what they want done."""
        effects: tuple[Effect, ...] = ()
        for name, learn in self._learns:
            try:
                effects += learn(evidence, now) or ()
            except Exception as failure:  # noqa: BLE001 - a mistake in one must not cost the others what they may learn
                why = f"{type(failure).__name__}: {failure}"
                effects += (Notice("filter_failed", {"filter": name, "failure": why, "muted": False}),)
        return effects

    @property
    def due(self) -> float:
        """The Unix time at which somebody has something to do that an operator sees; infinity: nobody has."""
        return min((part.due for _, part in self._timed if part.due is not None), default=inf)

    def ticks(self) -> Iterator[tuple[str, Callable[[float], Work | None]]]:
        """Yield who is to be called by the clock, with its name."""
        return ((name, part.tick) for name, part in self._timed)

    def resume(self, former: "Seams", now: float, admins: Collection[str]) -> None:
        """Tell those who have to know it that this configuration is in use, after *former*."""
        for who, part in self._resumes:
            part.resume(now, anew=who not in former._who, admins=admins)  # noqa: SLF001 - its like

    def begin_enforcing(self, now: float) -> None:
        """Have what was learnt in monitor mode forgotten."""
        for part in self._enforces:
            part.begin_enforcing(now)


def _name_of(who: _Who) -> str:
    return who if isinstance(who, str) else who.__name__


def _learners(mounts: Iterable[Mount], parts: Mapping[_Who, Any]) -> Iterator[tuple[str, _Learn]]:
    """Yield who learns; a filter that is only watched learns as in monitor mode."""
    watched = {mount.name for mount in mounts if mount.monitor}
    for who, part in parts.items():
        if isinstance(part, Learns):
            yield _name_of(who), _watching(part.learn) if who in watched else part.learn


def _watching(learn: _Learn) -> _Learn:
    return lambda evidence, now: learn(replace(evidence, monitored=True), now)


def _registers_of(mounts: Iterable[Mount]) -> Iterable[Banning]:
    """Return the registers of bans behind *mounts*, each once."""
    return dict.fromkeys(mount.filter.bans for mount in mounts if isinstance(mount.filter, Bans))
