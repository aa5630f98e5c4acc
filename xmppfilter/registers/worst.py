"""Walks over all bans in steps, the worst senders first: nobody waits for a million records to be sorted."""

from collections.abc import Generator, Iterator
from heapq import heappop, heappush, heapreplace
from typing import Any, Final, TypeVar

from xmppfilter.memory.bans import Ban, Bans

_Item = TypeVar("_Item", bound=tuple[Any, ...])

LISTED: Final = 1000
"""Spammers that one line of the log names at most, the worst."""
LISTED_CHARACTERS: Final = 1 << 16
"""Characters of their addresses, or a few more."""
SORTED: Final = 10_000
"""Senders that are yielded in order; a million would have to be kept to be sorted."""
AT_ONCE: Final = 8
"""Records that are read in one step."""

Bad = tuple[float, float, bytes]
"""Sureness and end of the ban of a sender, and its key: the greater, the worse."""


def everybody(bans: Bans, now: float) -> Iterator[Ban | None]:
    """Yield every remembered sender: the surest and longest banned first, those beyond `SORTED` in no order.

    A None stands for a step in which nobody was found.
    """
    count, bad = yield from worst(bans, now, SORTED)
    shown = {key for *_, key in bad}
    yield from in_order(bans, bad, now)
    for key in bans.keys() if count > len(shown) else ():
        yield bans.get(key, now) if key not in shown else None


def in_order(bans: Bans, bad: list[Bad], now: float) -> Iterator[Ban | None]:
    """Yield the bans of *bad*, the worst first; a None stands for a step."""
    order: list[tuple[float, float, str, Ban]] = []
    for *_, key in bad:
        if (ban := bans.get(key, now)) is not None:
            heappush(order, (-ban.sureness, -ban.until, ban.jid, ban))
        yield None
    while order:
        yield heappop(order)[-1]


def worst(bans: Bans, now: float, most: int) -> Generator[None, None, tuple[int, list[Bad]]]:
    """Return how many senders are remembered, and the *most* surest and longest banned of them, in no order."""
    count = 0
    bad: list[Bad] = []
    for number, key in enumerate(bans.keys()):
        if (ban := bans.get(key, now)) is not None:
            count += 1
            _keep(bad, (ban.sureness, ban.until, key), most)
        if number % AT_ONCE == 0:
            yield
    return count, bad


def named(bans: Bans, now: float) -> Generator[None, None, tuple[int, list[Ban]]]:
    """Return how many senders are remembered, and as many of the worst as one line may name, in order."""
    count, bad = yield from worst(bans, now, LISTED)
    found: list[Ban] = []
    room = LISTED_CHARACTERS
    for ban in in_order(bans, bad, now):
        if ban is None:
            yield None
        elif room > 0:
            room -= len(ban.jid)
            found.append(ban)
    return count, found


def newest(bans: Bans, now: float, most: int) -> Generator[None, None, tuple[list[bytes], list[bytes]]]:
    """Return the keys of the *most* important bans that hold, and of all accounts that may be disabled.

    Senders whom an operator banned come first, then the newest offenders.
    """
    found: list[tuple[bool, float, bytes]] = []
    edited: list[bytes] = []
    for number, key in enumerate(bans.keys()):
        seen = bans.glance(key)
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


def _keep(greatest: list[_Item], item: _Item, most: int) -> None:
    """Put *item* into a heap of the *most* greatest."""
    if len(greatest) < most:
        heappush(greatest, item)
    elif item > greatest[0]:
        heapreplace(greatest, item)
